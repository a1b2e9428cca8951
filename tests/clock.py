"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta

SETTLE_TURNS = 50
"""turns of the event loop in which tasks that were woken run to their next wait"""


class FakeClock:
    """A `bridge.ports.Clock` whose sleepers are parked until `advance` reaches them.

    Work in other threads and on sockets goes on in real time, so a test that has some waits with
    `until_parked` until everybody sleeps again before it moves the time.
    """

    def __init__(self, now: datetime = datetime(2025, 3, 3, 12, tzinfo=UTC)) -> None:
        self._now = now
        self._monotonic_s = 1000.0
        self._order = 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._changed: asyncio.Event | None = None

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self._now

    def monotonic_s(self) -> float:
        """Return seconds that only `advance` moves."""
        return self._monotonic_s

    async def sleep(self, delay_s: float) -> None:
        """Park until the clock was advanced that far; give way once when there is nothing to wait for."""
        if delay_s <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order += 1
        sleeper = (self._monotonic_s + delay_s, self._order, future)
        heapq.heappush(self._sleepers, sleeper)
        if self._changed is not None:
            self._changed.set()
        try:
            await future
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)
                heapq.heapify(self._sleepers)

    @property
    def parked(self) -> int:
        """How many sleep."""
        return len(self._sleepers)

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone, as a time server or a person does; nobody wakes."""
        self._now += timedelta(seconds=seconds)

    async def settle(self) -> None:
        """Let the tasks of this event loop run until they wait."""
        for _ in range(SETTLE_TURNS):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Move both clocks; each sleeper wakes at its own instant, in order, and runs before time goes on."""
        await self.settle()
        target_s = self._monotonic_s + seconds
        while self._sleepers and self._sleepers[0][0] <= target_s:
            wake_at_s, _, future = heapq.heappop(self._sleepers)
            self._move_to(wake_at_s)
            if not future.done():
                future.set_result(None)
            await self.settle()
        self._move_to(target_s)
        await self.settle()

    async def until_parked(self, count: int = 1, limit_s: float = 10.0) -> None:
        """Wait, in real time, until at least `count` sleep; TimeoutError after `limit_s`."""
        self._changed = asyncio.Event()
        async with asyncio.timeout(limit_s):
            await self.settle()
            while len(self._sleepers) < count:
                await self._changed.wait()
                self._changed.clear()
                await self.settle()

    def _move_to(self, monotonic_s: float) -> None:
        if monotonic_s > self._monotonic_s:
            self._now += timedelta(seconds=monotonic_s - self._monotonic_s)
            self._monotonic_s = monotonic_s
