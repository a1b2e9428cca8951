"""What a station's meter shows, brought to where it is wanted: the present, the 5-minute rows, the kept readings."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.central.told.rows import Row, RowMaker
from bridge.central.told.sample import Sample
from bridge.central.told.state import MOST_CONNECTORS, StationState
from bridge.central.told.told_times import StationClock, is_set
from bridge.engine.recorder import Recorder
from bridge.ports import Clock, ReadingRow, Store
from bridge.types.charger import ConnectorReading
from bridge.types.series import CellState, IntervalBatch
from bridge.types.words import ConnectorStatus

RESTORED = timedelta(minutes=25)
"""what of the kept readings the rows go on from; the store finds them by time alone, among those of all stations"""

_OFFSETS = 8
_FEWEST_OFFSETS = 3


@dataclass(frozen=True, slots=True)
class _Late:
    """A sample of earlier as a reading."""

    at: datetime
    reading: ConnectorReading


class Meter:
    """One station's. Nothing here waits: what is kept goes through the recorder."""

    def __init__(self, charger: str, state: StationState, recorder: Recorder, clock: Clock, sample_s: float) -> None:
        self._charger = charger
        self._state = state
        self._recorder = recorder
        self._clock = clock
        self._rows = RowMaker()
        self._station_clock = StationClock(near_s=2 * sample_s)
        self._offsets_s: deque[float] = deque(maxlen=_OFFSETS)
        """the time of the last values of now minus that of their arrival; on the way only little can be lost of it"""

    @property
    def clock_offset_s(self) -> float | None:
        """The station's clock minus this computer's; None while too little was told to say.

        A value that waited in a queue for a moment looks like a clock that is behind: the least late of several counts.
        """
        return max(self._offsets_s) if len(self._offsets_s) >= _FEWEST_OFFSETS else None

    def _compare(self, offset_s: float) -> None:
        if self._offsets_s and abs(offset_s - max(self._offsets_s)) > self._station_clock.near_s:
            self._offsets_s.clear()  # no mere lateness: it was set
        self._offsets_s.append(offset_s)

    def restore(self, readings: Sequence[ReadingRow]) -> None:
        """Go on from the readings that were kept last."""
        self._rows.restore(readings, self._now_s())

    def take(
        self,
        connector_id: int,
        samples: Sequence[Sample],
        session_id: str | None,
        *,
        is_running: bool = True,
        is_told_again: bool = False,
    ) -> bool:
        """Take the samples of one message, ascending; return whether they change the present.

        `is_running` is False for those of a transaction that is over: they are of the past, however young.
        `is_told_again` is for those that come with the end of a transaction, which were told before, as a rule: they
        make rows and no readings.
        """
        if not samples or not 1 <= connector_id <= MOST_CONNECTORS:
            return False
        arrived_at = self._clock.now()
        self._state.source_at = samples[-1].at
        has_news, late, rows = False, [], []
        newest_is_live = self._station_clock.is_live(samples[-1].at, arrived_at)
        if newest_is_live:
            self._compare((samples[-1].at - arrived_at).total_seconds())
        for sample in samples:
            at = self._station_clock.here(sample.at)
            if not is_set(sample.at, arrived_at):
                at = arrived_at
            is_now = newest_is_live and abs((arrived_at - at).total_seconds()) <= self._station_clock.near_s
            if is_now and is_running:
                self._state.take_sample(connector_id, sample, arrived_at)
                has_news = True
            elif not is_now and not is_told_again:
                late.append(_Late(at, _reading(connector_id, sample, session_id)))
            if at is not sample.at:
                sample = replace(sample, at=at)  # noqa: PLW2901 -- in our time
            rows += self._rows.take(connector_id, sample, arrived_at.timestamp())
        self._keep_rows(rows)
        self._keep_late(late)
        return has_news

    def pass_by(self, *, is_connected: bool) -> None:
        """Give the rows that are over. A connector that is Available draws nothing, which nobody tells."""
        now, rows = self._clock.now(), []
        if is_connected:
            for connector_id in self._state.connectors:
                if self._state.status(connector_id) is ConnectorStatus.AVAILABLE:
                    rows += self._rows.take_idle(connector_id, now, now.timestamp())
        rows += self._rows.pass_by(now.timestamp())
        self._keep_rows(rows)

    def _keep_rows(self, rows: Sequence[Row]) -> None:
        for row in rows:
            batch = IntervalBatch((row.start_s,), {f"connector{row.connector_id}": (row.power_w,)})
            state = CellState.FILLED if row.is_late else CellState.POLLED
            self._recorder.take_noted(
                ("row", self._charger, row.connector_id, row.start_s), _PutRow(self._charger, batch, state)
            )

    def _keep_late(self, late: Sequence[_Late]) -> None:
        if not late:
            return
        rows, charger = [(each.at, each.reading) for each in late], self._charger

        def put(store: Store, at: datetime) -> None:
            store.put_readings(charger, rows, at)

        self._recorder.take_noted(("late", charger, late[0].reading.connector_id, late[0].at, late[-1].at), put)

    def _now_s(self) -> float:
        return self._clock.now().timestamp()


@dataclass(frozen=True, slots=True)
class _PutRow:
    """Keeps one row."""

    charger: str
    batch: IntervalBatch
    state: CellState

    def __call__(self, store: Store, at: datetime) -> None:
        store.put_intervals(self.charger, self.batch, self.state, at)


def _reading(connector_id: int, sample: Sample, session_id: str | None) -> ConnectorReading:
    """Return a sample of earlier as a reading; what state the connector was in then nobody knows."""
    return ConnectorReading(
        evse_id=connector_id,
        connector_id=connector_id,
        status=None,
        status_raw=None,
        power_w=sample.power_w,
        current_a=sample.current_a,
        current_l2_a=sample.current_l2_a,
        current_l3_a=sample.current_l3_a,
        voltage_l1_v=sample.voltage_l1_v,
        voltage_l2_v=sample.voltage_l2_v,
        voltage_l3_v=sample.voltage_l3_v,
        current_offered_a=sample.current_offered_a,
        session_id=session_id,
        register_wh=sample.register_wh,
    )
