"""5-minute power of a station's connectors, made from what it tells, now or long after. Pure: samples in, rows out.

How a row comes about:
- What a register rose by between two readings is spread evenly over the time between them; where no registers tell, a
  straight line between two powers counts, and between two moments at which nothing could be drawn, zero. What lies
  further apart than the limits in `line` is a gap and makes no row, however much the register rose: the session has
  that energy.
- A row is the mean of what is known of its interval, and needs four fifths of it.
- Registers tell import only, so what a vehicle gives back shows in a row only where it is made of powers.
- A row is given when its interval is over, and again whenever what is told later makes it another; the same values told
  twice change nothing, and their order matters little: not at all within `CLOSE_AFTER_S`. A row is not taken back,
  though a reset that comes to light may show that it was thought to be known.

What is kept: an interval that was known in full for `CLOSE_AFTER_S` is closed, and its points go, but for those next to
one that is not. So a connector that tells a value every ten seconds costs some hundred points and not a day's. What is
told of a closed interval is a repetition and ignored; what is told of one that nothing or little is known of fills it,
until `WINDOW_S` after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bridge.central.told.line import REACH, Line, Piece, Point, PowerLine, RegisterLine
from bridge.central.told.sample import Sample
from bridge.ports import ReadingRow
from bridge.types.ocpp.meter_value import ReadingContext
from bridge.types.series import INTERVAL_S, floor_interval_s
from bridge.types.words import ConnectorStatus

COVERED: Final = 0.8
"""a row needs to know this part of its interval"""
WINDOW_S: Final = 3 * 86_400
"""what is told later than that makes no rows"""
AHEAD_S: Final = 300.0
"""a station's clock may be so much ahead of ours; what it tells of a later time is not believed"""
CLOSE_AFTER_S: Final = 1200.0
LATE_S: Final = 600.0
"""a row that comes so long after its interval's end is late"""
PATIENCE_S: Final = 60.0
"""`pass_by` waits so long after an interval's end for a value that covers its last seconds"""

_FULL_S: Final = INTERVAL_S - 0.001
_DIGITS_KEPT: Final = 3


class Row(NamedTuple):
    """The mean power of one connector over [start_s, start_s + 300)."""

    connector_id: int
    start_s: int
    power_w: float
    is_late: bool
    """whether the interval was over long before"""


class RowMaker:
    """Makes the rows of one station. Time is handed in: `now_s` is ours, in epoch seconds; `at` is the station's."""

    def __init__(self) -> None:
        self._tracks: dict[int, _Track] = {}

    def take(self, connector_id: int, sample: Sample, now_s: float) -> list[Row]:
        """Take a sample in; return the rows that it finished or changed, ascending."""
        at_s = sample.at.timestamp()
        if not now_s - WINDOW_S <= at_s <= now_s + AHEAD_S:
            return []
        track = self._track(connector_id)
        if sample.register_wh is not None:
            track.put_register(at_s, sample.register_wh)
        before_w = after_w = sample.power_w
        if sample.context is ReadingContext.TRANSACTION_BEGIN:
            before_w = 0.0
        elif sample.context is ReadingContext.TRANSACTION_END:
            after_w = 0.0
        track.put_power(at_s, before_w, after_w)
        return track.rows(at_s, now_s)

    def take_idle(self, connector_id: int, at: datetime, now_s: float) -> list[Row]:
        """Note that the connector draws nothing at this moment for certain; return the rows as `take` does.

        That is so when the station is connected and says Available; nothing is drawn through a longer silence, so say
        it at least every five minutes.
        """
        at_s = at.timestamp()
        if not now_s - WINDOW_S <= at_s <= now_s + AHEAD_S:
            return []
        track = self._track(connector_id)
        track.put_power(at_s, 0.0, 0.0)
        return track.rows(at_s, now_s)

    def pass_by(self, now_s: float) -> list[Row]:
        """Return the rows of intervals that are over although nothing was told since; call it about every minute."""
        return [row for track in self._tracks.values() for row in track.rows(now_s - PATIENCE_S, now_s)]

    def restore(self, readings: Sequence[ReadingRow], now_s: float) -> None:
        """Go on from readings that were kept, ascending: those of a day are a good measure, 20 minutes the least.

        The rows that they come to are taken as given already, but for the last interval in which something was read.
        A connector that was Available and told no power drew none.
        """
        newest_s: dict[int, float] = {}
        for reading in readings:
            at_s = reading.at.timestamp()
            if not now_s - WINDOW_S <= at_s <= now_s + AHEAD_S:
                continue
            newest_s[reading.connector_id] = at_s
            track = self._track(reading.connector_id)
            if reading.register_wh is not None:
                track.put_register(at_s, reading.register_wh)
            power_w = reading.power_w
            if power_w is None and reading.status is ConnectorStatus.AVAILABLE:
                power_w = 0.0
            track.put_power(at_s, power_w, power_w)
        for connector_id, at_s in newest_s.items():
            self._tracks[connector_id].rows(at_s, now_s)

    def _track(self, connector_id: int) -> _Track:
        track = self._tracks.get(connector_id)
        if track is None:
            track = self._tracks[connector_id] = _Track(connector_id)
        return track


class _Track:
    """What is known of one connector."""

    __slots__ = ("_closed", "_connector_id", "_due", "_full", "_given_w", "_powers", "_registers", "_tidied_s")

    def __init__(self, connector_id: int) -> None:
        self._connector_id = connector_id
        self._registers = RegisterLine()
        self._powers = PowerLine()
        self._due: set[int] = set()
        """intervals of which more is known than was given"""
        self._given_w: dict[int, float] = {}
        self._full: set[int] = set()
        self._closed: set[int] = set()
        self._tidied_s = 0

    def put_register(self, at_s: float, register_wh: float) -> None:
        self._put(self._registers, Point(at_s, register_wh, register_wh))

    def put_power(self, at_s: float, before_w: float | None, after_w: float | None) -> None:
        if before_w is not None or after_w is not None:
            self._put(self._powers, Point(at_s, before_w, after_w))

    def _put(self, line: Line, point: Point) -> None:
        self._due.update(line.put(point, self._closed))

    def rows(self, until_s: float, now_s: float) -> list[Row]:
        """Return the new rows of intervals that are over at `until_s`."""
        rows = []
        for start_s in sorted(start_s for start_s in self._due if start_s + INTERVAL_S <= until_s):
            self._due.discard(start_s)
            if start_s in self._closed:
                continue
            covered_s, energy_ws = self._known(start_s)
            if covered_s >= _FULL_S:
                self._full.add(start_s)
            if covered_s < INTERVAL_S * COVERED:
                continue
            power_w = round(energy_ws / covered_s, _DIGITS_KEPT)
            if self._given_w.get(start_s) != power_w:
                self._given_w[start_s] = power_w
                is_late = now_s - start_s - INTERVAL_S >= LATE_S
                rows.append(Row(self._connector_id, start_s, power_w, is_late))
        if floor_interval_s(now_s) != self._tidied_s:
            self._tidy(floor_interval_s(now_s))
        return rows

    def _known(self, start_s: int) -> tuple[float, float]:
        """Return how many seconds of an interval are known, and their energy in Ws."""
        told = list(self._registers.pieces(start_s, start_s + INTERVAL_S))
        covered_s, energy_ws = _sum(told)
        if covered_s < _FULL_S:
            for low_s, high_s in _between(told, start_s):
                more_s, more_ws = _sum(self._powers.pieces(low_s, high_s))
                covered_s, energy_ws = covered_s + more_s, energy_ws + more_ws
        return covered_s, energy_ws

    def _tidy(self, now_s: int) -> None:
        """Close what has long been known in full and forget what nobody asks for any more."""
        self._tidied_s = now_s
        oldest_s = now_s - WINDOW_S
        for start_s in [each_s for each_s in self._full if each_s + INTERVAL_S + CLOSE_AFTER_S <= now_s]:
            self._full.discard(start_s)
            self._given_w.pop(start_s, None)
            self._closed.add(start_s)
        reach = [far * INTERVAL_S for far in range(-REACH, REACH + 1)]

        def is_over(start_s: int) -> bool:
            return start_s < oldest_s or all(start_s + far_s in self._closed for far_s in reach)

        self._registers.forget(is_over)
        self._powers.forget(is_over)
        self._closed = {start_s for start_s in self._closed if start_s >= oldest_s}
        for start_s in [start_s for start_s in self._given_w if start_s < oldest_s]:
            del self._given_w[start_s]


def _sum(pieces: Sequence[Piece] | Iterator[Piece]) -> tuple[float, float]:
    covered_s = energy_ws = 0.0
    for piece in pieces:
        covered_s += piece.to_s - piece.from_s
        energy_ws += piece.energy_ws
    return covered_s, energy_ws


def _between(pieces: Sequence[Piece], start_s: int) -> Iterator[tuple[float, float]]:
    """Yield what an interval has beside these pieces."""
    edge_s = float(start_s)
    for piece in pieces:
        if piece.from_s > edge_s:
            yield edge_s, piece.from_s
        edge_s = piece.to_s
    if edge_s < start_s + INTERVAL_S:
        yield edge_s, float(start_s + INTERVAL_S)
