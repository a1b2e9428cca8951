"""What a station's own time is worth: whether its clock was set, and whether it tells of now or of earlier. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_OLDEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(days=1)
_SPACED_S: Final = 5.0
"""messages that come closer together may stem from a queue that is being emptied"""
_STEADY_S: Final = 2.0
_STEADY: Final = 0.1
_TRUSTED_S: Final = 60.0
"""a clock that is off by less is right enough for everything"""


def is_set(told_at: datetime, arrived_at: datetime) -> bool:
    """Tell whether a station's time can be true: a clock that nobody has set stands before 2020, or far ahead."""
    return _OLDEST <= told_at <= arrived_at + _AHEAD


@dataclass(slots=True)
class StationClock:
    """Tells values of now from those of a queue, also where the station's clock is wrong by hours.

    A clock is taken to be right until two messages in a row show that it goes in step with this computer's at another
    time (a time zone taken for UTC [seen]): then they are as far apart in its time as in ours, which those of a queue
    are not.
    """

    near_s: float
    """what is not older than this is of now"""
    offset_s: float = 0.0
    """its clock minus this computer's, as far as it matters"""
    _last: tuple[datetime, datetime] | None = None

    def is_live(self, told_at: datetime, arrived_at: datetime) -> bool:
        """Take note of a message's own time; tell whether it is of now."""
        if not is_set(told_at, arrived_at):
            return False
        lag_s = (arrived_at - told_at).total_seconds()
        last, self._last = self._last, (told_at, arrived_at)
        if abs(lag_s) <= min(self.near_s, _TRUSTED_S):
            self.offset_s = 0.0
        elif last is not None:
            apart_s = (arrived_at - last[1]).total_seconds()
            told_apart_s = (told_at - last[0]).total_seconds()
            if apart_s >= _SPACED_S and abs(told_apart_s - apart_s) <= _STEADY_S + _STEADY * apart_s:
                self.offset_s = -lag_s
        return abs(lag_s + self.offset_s) <= self.near_s

    def here(self, told_at: datetime) -> datetime:
        """Return the instant of this computer's clock at which its clock stood so."""
        return told_at - timedelta(seconds=self.offset_s) if self.offset_s else told_at
