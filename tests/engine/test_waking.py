"""An alarm rings in time, and is not wound up anew for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bridge.engine.waking import Alarm
from tests.clock import FakeClock


def play(act: Callable[[Alarm, asyncio.Event, FakeClock], Awaitable[None]]) -> None:
    """Play with an alarm, and see that it leaves nobody asleep."""

    async def run() -> None:
        clock, event = FakeClock(), asyncio.Event()
        alarm = Alarm(event, clock)
        await act(alarm, event, clock)
        await alarm.stop()
        assert clock.parked == 0

    asyncio.run(run())


def test_it_rings_when_it_is_time_and_once() -> None:
    """Not before, and not again by itself."""

    async def act(alarm: Alarm, event: asyncio.Event, clock: FakeClock) -> None:
        alarm.set(10.0)
        await clock.advance(9.9)
        assert not event.is_set()
        await clock.advance(0.1)
        assert event.is_set()
        event.clear()
        await clock.advance(100.0)
        assert not event.is_set()

    play(act)


def test_the_earlier_moment_counts() -> None:
    """What was asked for last is never passed by, whatever was asked for before; one sleep serves them all."""

    async def act(alarm: Alarm, event: asyncio.Event, clock: FakeClock) -> None:
        for delay_s in (30.0, 5.0, 60.0):
            alarm.set(delay_s)
            await clock.settle()
            assert clock.parked == 1
        await clock.advance(5.0)
        assert event.is_set()
        event.clear()
        alarm.set(55.0)
        await clock.advance(55.0)
        assert event.is_set()

    play(act)


def test_after_the_stop_it_rings_no_more() -> None:
    """Also where it was never set."""

    async def act(alarm: Alarm, event: asyncio.Event, clock: FakeClock) -> None:
        await alarm.stop()
        alarm.set(5.0)
        await clock.settle()
        await alarm.stop()
        await clock.advance(10.0)
        assert not event.is_set()

    play(act)
