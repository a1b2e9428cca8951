"""A clock that runs faster than the real one, so that waits of minutes take seconds."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from bridge.clock import SystemClock


class QuickClock:
    """A `bridge.ports.Clock` that begins at the present and goes `speed` times as fast."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._real = SystemClock()
        self._began_at = self._real.now()
        self._began_s = self._real.monotonic_s()

    def now(self) -> datetime:
        """Return its instant."""
        return self._began_at + timedelta(seconds=self.monotonic_s() - self._began_s)

    def monotonic_s(self) -> float:
        """Return seconds that go by as fast as its instants."""
        return self._began_s + (self._real.monotonic_s() - self._began_s) * self._speed

    async def sleep(self, delay_s: float) -> None:
        """Wait that many of its own seconds."""
        await asyncio.sleep(delay_s / self._speed)
