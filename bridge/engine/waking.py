"""Waiting for a moment or an event, whichever comes first."""

from __future__ import annotations

import asyncio

from bridge.ports import Clock


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
