"""The only room that asks the time."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's clocks, as `bridge.ports.Clock` asks for them."""

    def now(self) -> datetime:
        """Return this instant, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 -- this is the room

    def monotonic_s(self) -> float:
        """Return seconds that never go back and do not follow the wall clock."""
        return time.monotonic()

    async def sleep(self, delay_s: float) -> None:
        """Wait `delay_s` seconds of the monotonic clock."""
        await asyncio.sleep(delay_s)
