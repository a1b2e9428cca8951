"""When a schedule begins: once, or again and again. All in whole seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple, Protocol

from bridge.types.ocpp.charging_profile import RecurrencyKind

RECURS_EVERY_S = {RecurrencyKind.DAILY: 86_400, RecurrencyKind.WEEKLY: 604_800}

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- a wall clock has no zone
_LAST_WALL_S = int((datetime.max - _EPOCH).total_seconds())  # noqa: DTZ901 -- a wall clock has no zone
_FIRST_WALL_S = int((datetime.min - _EPOCH).total_seconds())  # noqa: DTZ901 -- a wall clock has no zone


class Occurrence(NamedTuple):
    """One run of a schedule."""

    start_s: int
    following_s: int | None
    """start of the next run; None when there is none"""


class Occurrences(Protocol):
    """All runs of a schedule."""

    @property
    def first_s(self) -> int:
        """Start of the first."""
        ...

    def at(self, at_s: int) -> Occurrence | None:
        """Return the run that began last at or before this second; None before the first."""
        ...


@dataclass(frozen=True, slots=True)
class Once:
    """A schedule that runs once."""

    first_s: int

    def at(self, at_s: int) -> Occurrence | None:
        """Return the only run; None before it."""
        return Occurrence(self.first_s, None) if at_s >= self.first_s else None


@dataclass(frozen=True, slots=True)
class Recurring:
    """A schedule that runs again every so many seconds: every 24 hours of UTC have the same length."""

    first_s: int
    every_s: int

    def at(self, at_s: int) -> Occurrence | None:
        """Return the run that began last, however long ago: one that began yesterday may go on over midnight."""
        if at_s < self.first_s:
            return None
        start_s = at_s - (at_s - self.first_s) % self.every_s
        return Occurrence(start_s, start_s + self.every_s)


@dataclass(frozen=True, slots=True)
class RecurringLocally:
    """A schedule that runs again when the clock on the wall shows the same time, so days have 23 to 25 hours.

    Of a time that the wall shows twice the first is meant; one that it skips comes as much later as was skipped
    (PEP 495).
    """

    wall_s: int
    """the first start, read from the wall as if it were UTC"""
    every_s: int
    zone: tzinfo

    @property
    def first_s(self) -> int:
        """The first start, in UTC."""
        return from_wall_s(self.wall_s, self.zone)

    def at(self, at_s: int) -> Occurrence | None:
        """Return the run that began last."""
        if at_s < self.first_s:
            return None
        # The wall differs from UTC by less than a day, so the guess is at most one run too early.
        number = max(0, (at_s - self.wall_s) // self.every_s - 1)
        while self._start_s(number + 1) <= at_s:
            number += 1
        return Occurrence(self._start_s(number), self._start_s(number + 1))

    def _start_s(self, number: int) -> int:
        return from_wall_s(self.wall_s + number * self.every_s, self.zone)


def from_wall_s(wall_s: int, zone: tzinfo) -> int:
    """Return the UTC second at which the wall in this zone shows what `wall_s` would be in UTC."""
    known_s = min(max(wall_s, _FIRST_WALL_S), _LAST_WALL_S)
    offset = (_EPOCH + timedelta(seconds=known_s)).replace(tzinfo=zone).utcoffset() or timedelta(0)
    return wall_s - int(offset.total_seconds())
