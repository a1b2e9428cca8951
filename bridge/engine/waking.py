"""Waiting for a moment, an event or a piece of work, whichever comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bridge.ports import Clock

T = TypeVar("T")


async def sleep_unless(event: asyncio.Event, delay_s: float, clock: Clock) -> None:
    """Wait until the event is set, at most `delay_s`."""
    sleeping = asyncio.ensure_future(clock.sleep(delay_s))
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait((sleeping, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleeping.cancel()
        waiting.cancel()
        await asyncio.gather(sleeping, waiting, return_exceptions=True)


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns or raise what it raises; it goes on although whoever waits for it is cancelled."""
    working = asyncio.ensure_future(work)
    working.add_done_callback(_take_notice)
    return await asyncio.shield(working)


def _take_notice(done: asyncio.Future[T]) -> None:
    """Look at the error of work whose caller has gone, so that nobody calls it forgotten."""
    if not done.cancelled():
        done.exception()


async def within(limit_s: float, work: Coroutine[Any, Any, T], clock: Clock) -> T:
    """Return what `work` returns or raise what it raises; cancel it and raise TimeoutError after `limit_s`."""
    sleeping = asyncio.ensure_future(clock.sleep(limit_s))
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait((sleeping, working), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise TimeoutError
        return working.result()
    finally:
        sleeping.cancel()
        working.cancel()
        await asyncio.gather(sleeping, working, return_exceptions=True)
