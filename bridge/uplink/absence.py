"""When there was no central system to tell: OCPP 2.x marks what happened then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class Absence:
    """The last time without a connection on which the station was accepted, half open."""

    since_at: datetime | None = None
    """None where nobody knows: since ever"""
    until_at: datetime | None = None
    """None for no time at all"""

    def covers(self, at: datetime) -> bool:
        """Tell whether a moment lies in it."""
        return self.until_at is not None and at < self.until_at and (self.since_at is None or at >= self.since_at)


NO_ABSENCE: Final = Absence()
