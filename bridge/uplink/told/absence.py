"""When there was no central system to tell: OCPP 2.x marks what happened then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

_MOST_EARLIER = 100
"""absences that are remembered beside the last; of more, the oldest count as one"""


@dataclass(frozen=True, slots=True)
class Absence:
    """The last time without a connection on which the station was accepted, half open, and those before it.

    On a line that breaks again and again, what happened in one absence is told after the next.
    """

    since_at: datetime | None = None
    """None where nobody knows: since ever"""
    until_at: datetime | None = None
    """None for no time at all"""
    earlier: tuple[tuple[datetime | None, datetime], ...] = ()
    """those before it, from and until, oldest first"""

    def covers(self, at: datetime) -> bool:
        """Tell whether a moment lies in one of them."""
        spans = self.earlier if self.until_at is None else (*self.earlier, (self.since_at, self.until_at))
        return any(at < until_at and (since_at is None or at >= since_at) for since_at, until_at in spans)

    def and_then(self, since_at: datetime | None, until_at: datetime) -> Absence:
        """Return these absences with another one behind them."""
        if self.until_at is None:
            return Absence(since_at, until_at)
        earlier = (*self.earlier, (self.since_at, self.until_at))
        if len(earlier) > _MOST_EARLIER:
            (oldest_at, _), (_, until_oldest_at), *rest = earlier
            earlier = ((oldest_at, until_oldest_at), *rest)
        return Absence(since_at, until_at, earlier)


NO_ABSENCE: Final = Absence()
