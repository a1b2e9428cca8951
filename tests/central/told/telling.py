"""Tells a row maker what a station would, and holds the rows as a store would in the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.central.told.rows import Row, RowMaker
from bridge.central.told.sample import Sample
from bridge.ports import ReadingRow
from bridge.types.facts import from_epoch_us
from bridge.types.ocpp.meter_value import ReadingContext
from bridge.types.series import INTERVAL_S
from bridge.types.words import ConnectorStatus

START_S = 1_772_323_200


def sample(
    at_s: float, register_wh: float | None = None, power_w: float | None = None, context: ReadingContext | None = None
) -> Sample:
    """Return a sample so many seconds after a whole interval."""
    at = from_epoch_us(round((START_S + at_s) * 1e6))
    return Sample(at=at, register_wh=register_wh, power_w=power_w, context=context)


def energies(
    from_s: float, to_s: float, power_w: float, step_s: float = 10.0, register_wh: float = 1e5
) -> list[Sample]:
    """Return the registers of a steady power, at a steady pace."""
    steps = [from_s + i * step_s for i in range(int((to_s - from_s) / step_s) + 1)]
    return [sample(at_s, register_wh + (at_s - from_s) * power_w / 3600) for at_s in steps]


def powers(from_s: float, to_s: float, power_w: float, step_s: float = 10.0) -> list[Sample]:
    """Return samples of a steady power."""
    return [sample(from_s + i * step_s, None, power_w) for i in range(int((to_s - from_s) / step_s) + 1)]


class Told:
    """A row maker with a clock, and the rows as a store would have them in the end."""

    def __init__(self, late_by_s: float = 0.0) -> None:
        self.maker = RowMaker()
        self.late_by_s = late_by_s
        self.given: list[Row] = []

    def now_s(self, at_s: float) -> float:
        """Return the time at which this is told."""
        return at_s + self.late_by_s

    def take(self, *samples: Sample, connector_id: int = 1) -> Told:
        """Tell samples one by one, each at its own time or so long after."""
        for each in samples:
            self._add(self.maker.take(connector_id, each, self.now_s(each.at.timestamp())))
        return self

    def take_at(self, at_s: float, samples: Iterable[Sample]) -> Told:
        """Tell samples all at one time."""
        for each in samples:
            self._add(self.maker.take(1, each, START_S + at_s))
        return self

    def idle(self, from_s: float, to_s: float, step_s: float = 60.0) -> Told:
        """Say again and again that nothing is drawn."""
        for i in range(int((to_s - from_s) / step_s) + 1):
            at_s = START_S + from_s + i * step_s
            self._add(self.maker.take_idle(1, from_epoch_us(round(at_s * 1e6)), self.now_s(at_s)))
        return self

    def pass_by(self, at_s: float) -> Told:
        """Let time go on."""
        self._add(self.maker.pass_by(START_S + at_s))
        return self

    def _add(self, rows: Sequence[Row]) -> None:
        assert list(rows) == sorted(rows)
        self.given += rows

    @property
    def rows(self) -> list[tuple[int, float]]:
        """The rows as they are in the end: which interval, and W."""
        last = {row.start_s: row.power_w for row in self.given}
        return [((start_s - START_S) // INTERVAL_S, power_w) for start_s, power_w in sorted(last.items())]


def kept(samples: Iterable[Sample], status: ConnectorStatus = ConnectorStatus.CHARGING) -> list[ReadingRow]:
    """Return samples as the store keeps them."""
    return [
        ReadingRow(
            at=each.at,
            connector_id=1,
            status=status,
            power_w=each.power_w,
            current_a=None,
            session_energy_wh=None,
            register_wh=each.register_wh,
        )
        for each in samples
    ]


def things_kept(told: Told) -> int:
    """Count all that is kept of connectors."""
    count = 0
    for track in told.maker._tracks.values():
        lines = (track._registers, track._powers)
        count += sum(len(points) for line in lines for points in line._points.values())
        count += len(track._due) + len(track._given_w) + len(track._full) + len(track._closed)
    return count
