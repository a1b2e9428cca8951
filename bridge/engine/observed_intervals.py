"""5-minute power of a charger that has no history, made from what its polls say. Pure: readings in, rows out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bridge.types.series import INTERVAL_S, floor_interval_s

COVERED = 0.8
"""a row needs polls over this part of its interval"""


class Row(NamedTuple):
    """The mean power of one connector over [start_s, start_s + 300)."""

    connector_id: int
    start_s: int
    power_w: float


@dataclass(slots=True)
class _Line:
    """Power between polls of one connector, in the interval that is not over yet."""

    at_s: float
    power_w: float
    start_s: int
    covered_s: float = 0.0
    energy_ws: float = 0.0


class ObservedIntervals:
    """Draws a line between polls and takes its mean over every interval; never draws through a gap.

    Polls more than `gap_s` apart are a gap. A row is given when its interval is over and known; a gap is none.
    """

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._lines: dict[int, _Line] = {}

    def take(self, connector_id: int, at_s: float, power_w: float | None) -> list[Row]:
        """Go on by one reading; return the rows of intervals that are over now."""
        if power_w is None:
            return []
        line = self._lines.get(connector_id)
        if line is None or at_s < line.at_s:  # a clock that was set back: what it had measured counts twice else
            self._lines[connector_id] = _Line(at_s, power_w, floor_interval_s(at_s))
            return []
        if at_s - line.at_s > self._gap_s:
            rows = list(self._close(connector_id, line, at_s))
        else:
            rows = list(self._draw(connector_id, line, at_s, power_w))
        line.at_s, line.power_w = at_s, power_w
        return rows

    def pass_by(self, now_s: float) -> list[Row]:
        """Return the rows of intervals that are over although no reading has come since."""
        rows: list[Row] = []
        for connector_id, line in self._lines.items():
            if now_s - line.at_s > self._gap_s:
                rows += self._close(connector_id, line, now_s)
        return rows

    def _draw(self, connector_id: int, line: _Line, to_s: float, to_w: float) -> Iterator[Row]:
        slope = (to_w - line.power_w) / (to_s - line.at_s) if to_s > line.at_s else 0.0
        at_s, power_w = line.at_s, line.power_w
        while at_s < to_s:
            end_s = min(to_s, float(line.start_s + INTERVAL_S))
            end_w = line.power_w + slope * (end_s - line.at_s)
            line.covered_s += end_s - at_s
            line.energy_ws += (end_s - at_s) * (power_w + end_w) / 2
            at_s, power_w = end_s, end_w
            yield from self._close(connector_id, line, at_s)

    def _close(self, connector_id: int, line: _Line, at_s: float) -> Iterator[Row]:
        """Begin the interval of this moment; yield the one before when it is well enough known."""
        start_s = floor_interval_s(at_s)
        if start_s == line.start_s:
            return
        if line.covered_s >= INTERVAL_S * COVERED:
            yield Row(connector_id, line.start_s, round(line.energy_ws / line.covered_s, 3))
        line.start_s, line.covered_s, line.energy_ws = start_s, 0.0, 0.0
