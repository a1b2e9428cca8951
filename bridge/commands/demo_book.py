"""What the demo's central system was told of charging sessions, in one form whatever the version of OCPP."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.meter_value import Measurand, ReadingContext, SampledValue
from bridge.types.ocpp.transaction import TransactionEventRequest
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.ocpp.version import OcppVersion

_REMEMBERED = 1000
"""sessions that have ended, of all stations"""


@dataclass(frozen=True, slots=True)
class ToldSession:
    """A session as one station told it."""

    started_at: datetime
    start_wh: int | None
    """register in whole Wh, as a meter shows it; None where it was not told"""
    ended_at: datetime | None = None
    stop_wh: int | None = None

    def __str__(self) -> str:
        """Say it in a line that is the same for the same session."""
        start, stop = ("?" if wh is None else str(wh) for wh in (self.start_wh, self.stop_wh))
        if self.ended_at is None:
            return f"began {to_rfc3339(self.started_at)} at {start} Wh"
        taken = "?" if self.start_wh is None or self.stop_wh is None else str(self.stop_wh - self.start_wh)
        return f"{to_rfc3339(self.started_at)} to {to_rfc3339(self.ended_at)}, {start} to {stop} Wh: {taken} Wh"

    def overlaps(self, other: ToldSession) -> bool:
        """Tell whether both, which have ended, can be the same: one charger of the demo has one connector."""
        assert self.ended_at is not None
        assert other.ended_at is not None
        return self.started_at < other.ended_at and other.started_at < self.ended_at


class Book:
    """Sessions by station. Who tells the same charger in another version is held against it."""

    def __init__(self, chargers: Mapping[str, str], show: Callable[[str], None]) -> None:
        """`chargers` are those behind the stations, by the stations' identities."""
        self._chargers = chargers
        self._show = show
        self._open: dict[tuple[str, str], tuple[ToldSession, int]] = {}
        """by station and transaction, with the number of the last event"""
        self._ended: dict[tuple[str, str], tuple[OcppVersion, ToldSession]] = {}

    def take(self, station: str, version: OcppVersion, event: TransactionEventRequest) -> None:
        """Write an event down; one that is repeated changes nothing."""
        key = (station, event.transaction_info.transaction_id)
        charger = self._chargers.get(station, station)
        if key in self._ended:
            if event.event_type is TransactionEvent.UPDATED:
                self._show(f"session of {charger} in {version} goes on after its end")
            return
        if event.event_type is TransactionEvent.STARTED:
            if key not in self._open:
                session = ToldSession(event.timestamp, _register_wh(event, ReadingContext.TRANSACTION_BEGIN))
                self._open[key] = session, event.seq_no
                self._show(f"session of {charger} in {version} {session}")
            return
        if key not in self._open:
            self._show(f"session of {charger} in {version} goes on, and its beginning was told to somebody else")
            return
        session, last = self._open[key]
        if event.seq_no > last + 1:
            self._show(
                f"session of {charger} in {version} lacks what lies between the events {last} and {event.seq_no}"
            )
        self._open[key] = session, max(last, event.seq_no)
        if event.event_type is TransactionEvent.ENDED:
            del self._open[key]
            stop_wh = _register_wh(event, ReadingContext.TRANSACTION_END)
            self._close(key, version, replace(session, ended_at=event.timestamp, stop_wh=stop_wh))

    def next_number(self, station: str, transaction_id: str) -> int:
        """Return the number of a transaction's next event, for a version in which they have none."""
        _, last = self._open.get((station, transaction_id), (None, 0))
        return last + 1

    def _close(self, key: tuple[str, str], version: OcppVersion, session: ToldSession) -> None:
        station, _ = key
        charger = self._chargers.get(station, station)
        self._show(f"session of {charger} in {version} {session}")
        for (another, _), (its_version, its_session) in self._ended.items():
            if another != station and self._chargers.get(another) == charger and session.overlaps(its_session):
                said = f"the same in {its_version} and {version}"
                if session != its_session:
                    said = f"NOT the same in {its_version} and {version}: {its_session}; {session}"
                self._show(f"session of {charger} {said}")
        self._ended[key] = version, session
        if len(self._ended) > _REMEMBERED:
            del self._ended[next(iter(self._ended))]


def _register_wh(event: TransactionEventRequest, context: ReadingContext) -> int | None:
    """Return the energy register that an event tells for the beginning or the end."""
    for value in event.meter_value or ():
        for item in value.sampled_value:
            if item.context is context and item.measurand in (None, Measurand.ENERGY_ACTIVE_IMPORT_REGISTER):
                return _whole_wh(item)
    return None


def _whole_wh(item: SampledValue) -> int:
    measure = item.unit_of_measure
    power = 0 if measure is None or measure.multiplier is None else measure.multiplier
    per_unit = 1000.0 if measure is not None and measure.unit == "kWh" else 1.0
    return math.floor(item.value * per_unit * 10.0**power)
