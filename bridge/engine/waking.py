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


class Alarm:
    """Sets an event when it is time, for somebody who waits for it again and again.

    It may ring earlier than was asked for last, never later: each new beginning costs a task, and an event for nothing
    costs a look.
    """

    def __init__(self, event: asyncio.Event, clock: Clock) -> None:
        self._event = event
        self._clock = clock
        self._ringing: asyncio.Task[None] | None = None
        self._at_s = 0.0

    def set(self, delay_s: float) -> None:
        """Ring in `delay_s` at the latest."""
        at_s = self._clock.monotonic_s() + delay_s
        if self._ringing is not None and not self._ringing.done():
            if self._at_s <= at_s:
                return
            self._ringing.cancel()
        self._at_s = at_s
        self._ringing = asyncio.ensure_future(self._ring(delay_s))

    async def _ring(self, delay_s: float) -> None:
        await self._clock.sleep(delay_s)
        self._event.set()

    async def stop(self) -> None:
        """Ring no more."""
        if self._ringing is not None:
            self._ringing.cancel()
            await asyncio.gather(self._ringing, return_exceptions=True)


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
