"""What the answers to one station work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.central.options import CentralOptions
from bridge.central.told.authorizing import Authorizing
from bridge.central.told.book import Book, Entered
from bridge.central.told.happening import Happening
from bridge.central.told.meter import Meter
from bridge.central.told.remarks import Remarks
from bridge.central.told.sample import Sample
from bridge.central.told.samples import samples_of
from bridge.central.told.state import StationState
from bridge.engine.board import StationCard
from bridge.engine.recorder import Recorder
from bridge.ports import Clock
from bridge.types.charger import ChargerIdentity
from bridge.types.ocpp.meter_value import MeterValue
from bridge.types.words import SessionFlag

Report = Callable[[str, Mapping[str, Any]], None]
"""Takes a part of a report that was asked for: the action and its payload."""


@dataclass(slots=True)
class Parts:
    """One station's."""

    charger: str
    clock: Clock
    options: CentralOptions
    recorder: Recorder
    card: StationCard
    book: Book
    state: StationState
    meter: Meter
    authorizing: Authorizing
    remarks: Remarks
    on_news: Callable[[], None]
    on_report: Report
    identity: ChargerIdentity | None = None

    def samples(self, values: Sequence[MeterValue] | None) -> list[Sample]:
        """Return the samples of a message; what could not be used is remarked once."""
        if not values:
            return []
        samples, notes = samples_of(values)
        for note in notes:
            self.remarks.once(note)
        return samples

    async def enter(self, happening: Happening, notes: Sequence[str]) -> Entered:
        """Write an event of a transaction down, and remark what is odd about it. Raises StoreError."""
        entered = await self.book.enter(happening)
        for note in notes:
            self.remarks.once(note)
        for name in entered.lost:
            self.remarks.add(f"transaction {name} was never told to have ended: another began in its place")
        session = entered.session
        if session is not None and (entered.has_begun or entered.has_ended):
            name = session.session_id
            if not happening.has_true_time:
                self.remarks.add(
                    f"transaction {name} came with a clock that is not set: the time of its arrival counts"
                )
            elif SessionFlag.START_NOT_SEEN in session.flags:
                self.remarks.add(f"the beginning of transaction {name} was not told")
        return entered

    def show(self, entered: Entered, samples: Sequence[Sample], *, is_end: bool) -> int | None:
        """Bring what an event of a transaction tells to the present; return the connector, None where it has none."""
        session = entered.session
        if session is None:
            return None
        place = session.connector_id
        self.state.know(place)
        runs = session.ended_at is None
        if entered.has_ended and self.book.running_at(place) is None:
            self.state.end_flow(place)
        has_news = self.meter.take(place, samples, session.session_id, is_running=runs, is_told_again=is_end)
        self.card.clock_offset_s = self.meter.clock_offset_s
        if has_news or entered.has_begun or entered.has_ended:
            self.on_news()
        return place
