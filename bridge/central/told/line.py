"""A quantity over time, drawn between the moments at which a station told it; never through a gap. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import ClassVar, Final, NamedTuple

from bridge.types.series import INTERVAL_S, floor_interval_s

MOST_POINTS: Final = 64
"""of one interval; of more every other one goes, and what is left spans the same time"""
REACH: Final = 2
"""how many intervals away the next point may be: no gap that is drawn over may be longer than that"""

_WS_PER_WH: Final = 3600.0


class Point(NamedTuple):
    """A moment in epoch seconds, and what the quantity was up to it and from it on; None is not known."""

    at_s: float
    before: float | None
    after: float | None


class Piece(NamedTuple):
    """What is known of the energy between two moments."""

    from_s: float
    to_s: float
    energy_ws: float


_at = itemgetter(0)


class Line(ABC):
    """Points of one connector by the interval in which they lie, in any order and any number of times."""

    __slots__ = ("_points", "newest_s")
    gap_s: ClassVar[float]
    """points further apart are not joined; at most `REACH` intervals"""

    def __init__(self) -> None:
        self._points: dict[int, list[Point]] = {}
        self.newest_s = float("-inf")

    def put(self, point: Point, closed: Collection[int]) -> list[int]:
        """Add a point; return the intervals of which more may be known now.

        Nothing that reaches into an interval in `closed` changes any more.
        """
        start_s = floor_interval_s(point.at_s)
        if start_s in closed:
            return []
        if point.at_s > self.newest_s:
            self.newest_s = point.at_s
            points = self._points.setdefault(start_s, [])
            points.append(point)
        else:
            if self._is_settled(start_s, point.at_s, closed):
                return []
            points = self._points.setdefault(start_s, [])
            place = bisect_left(points, point.at_s, key=_at)
            if place < len(points) and points[place].at_s == point.at_s:
                points[place] = self._merged(points[place], point)
            else:
                points.insert(place, point)
        first_s, last_s = points[0].at_s, points[-1].at_s
        if len(points) > MOST_POINTS:
            del points[1:-1:2]
        touched = [start_s]
        for far in range(1, REACH + 1):
            if point.at_s == first_s:
                touched.append(start_s - far * INTERVAL_S)
            if point.at_s == last_s < self.newest_s:
                touched.append(start_s + far * INTERVAL_S)
        return touched

    def pieces(self, from_s: float, to_s: float) -> Iterator[Piece]:
        """Yield what is known of [from_s, to_s), which lies within one interval, in order."""
        for first, second in pairwise(self._around(floor_interval_s(from_s))):
            low_s, high_s = max(first.at_s, from_s), min(second.at_s, to_s)
            if low_s < high_s:
                energy_ws = self._joined_ws(first, second, low_s, high_s)
                if energy_ws is not None:
                    yield Piece(low_s, high_s, energy_ws)

    def forget(self, is_over: Callable[[int], bool]) -> None:
        """Let go of the points of intervals that nobody will ask for, themselves or beside another."""
        for start_s in [start_s for start_s in self._points if is_over(start_s)]:
            del self._points[start_s]

    def _around(self, start_s: int) -> Sequence[Point]:
        """Return the points of an interval, with the nearest one on each side."""
        points = list(self._points.get(start_s, ()))
        for far in range(1, REACH + 1):
            earlier = self._points.get(start_s - far * INTERVAL_S)
            if earlier:
                points.insert(0, earlier[-1])
                break
        for far in range(1, REACH + 1):
            later = self._points.get(start_s + far * INTERVAL_S)
            if later:
                points.append(later[0])
                break
        return points

    def _is_settled(self, start_s: int, at_s: float, closed: Collection[int]) -> bool:
        """Tell whether a moment lies between points that are joined already, and that into a closed interval."""
        points = self._around(start_s)
        place = bisect_left(points, at_s, key=_at)
        if place in (0, len(points)) or points[place].at_s == at_s:
            return False
        first, second = points[place - 1], points[place]
        if self._joined_ws(first, second, first.at_s, second.at_s) is None:
            return False
        crossed = range(floor_interval_s(first.at_s), floor_interval_s(second.at_s) + 1, INTERVAL_S)
        return any(each_s in closed for each_s in crossed)

    @staticmethod
    @abstractmethod
    def _merged(one: Point, other: Point) -> Point:
        """Return what two points of one moment say together, whichever came first."""

    @abstractmethod
    def _joined_ws(self, first: Point, second: Point, low_s: float, high_s: float) -> float | None:
        """Return the energy of a part of the way between two neighbours; None where they cannot be joined."""


class RegisterLine(Line):
    """An energy register in Wh; the energy between two readings is spread evenly over the time."""

    __slots__ = ()
    gap_s: ClassVar[float] = 600.0
    """two values at whole five minutes, with one missing between them"""
    _ROUNDING_WH: ClassVar[float] = 1.0
    """a register that falls by less was told once with decimals and once without"""
    _MOST_W: ClassVar[float] = 1e6
    _STEP_WH: ClassVar[float] = 1000.0
    """the coarsest register counts whole kWh: so much may come at once"""

    @staticmethod
    def _merged(one: Point, other: Point) -> Point:
        return max(one, other, key=itemgetter(1))

    def _joined_ws(self, first: Point, second: Point, low_s: float, high_s: float) -> float | None:
        """Return None also where the register fell, which is a new meter or a reset, or rose beyond belief."""
        step_s = second.at_s - first.at_s
        if step_s > self.gap_s or first.after is None or second.before is None:
            return None
        rise_wh = second.before - first.after
        if rise_wh < 0.0:
            return 0.0 if rise_wh > -self._ROUNDING_WH else None
        if rise_wh > self._STEP_WH + self._MOST_W * step_s / _WS_PER_WH:
            return None
        return rise_wh * _WS_PER_WH * (high_s - low_s) / step_s


class PowerLine(Line):
    """Power in W, which goes straight from one value to the next."""

    __slots__ = ()
    gap_s: ClassVar[float] = 360.0
    """values at whole five minutes, told a little late"""

    @staticmethod
    def _merged(one: Point, other: Point) -> Point:
        """Of two powers the one nearer to zero counts: that nothing flows is told by who knows."""
        return Point(one.at_s, _nearer(one.before, other.before), _nearer(one.after, other.after))

    def _joined_ws(self, first: Point, second: Point, low_s: float, high_s: float) -> float | None:
        step_s = second.at_s - first.at_s
        if step_s > self.gap_s or first.after is None or second.before is None:
            return None
        slope = (second.before - first.after) / step_s
        middle_w = first.after + slope * ((low_s + high_s) / 2 - first.at_s)
        return middle_w * (high_s - low_s)


def _nearer(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other, key=lambda power_w: (abs(power_w), power_w))
