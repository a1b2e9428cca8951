"""The present of one station, out of what it has told: states, values of the moment, faults. No I/O, time handed in.

A measured value is shown as long as it is not older than twice the interval at which the station tells values, counted
up to when the station was last heard: so what a mere heartbeat brings about shows states and no stale values, and an
unchanged `read_at` means an unchanged snapshot. With the end of a transaction its power and currents go; a connector
that is Available has no vehicle, so its power and currents are 0 and that is true.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Final

from bridge.central.told.sample import Sample
from bridge.types.charger import ConnectorReading, Snapshot
from bridge.types.ocpp.transaction import ChargingState
from bridge.types.ocpp.translate.words_v2 import ConnectorStatusEnumType, status_of
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus

MOST_CONNECTORS: Final = 99
"""as many as there are names of measures for"""
_DOING: Final = {
    ConnectorStatus.CHARGING: ChargingState.CHARGING,
    ConnectorStatus.SUSPENDED_EV: ChargingState.SUSPENDED_EV,
    ConnectorStatus.SUSPENDED_EVSE: ChargingState.SUSPENDED_EVSE,
}
"""what a transaction does, by the state of 2.x that was journaled"""
_FLOWING: Final = ("power_w", "current_a", "current_l2_a", "current_l3_a", "current_offered_a")
"""what is over with a transaction"""
_AT_REST: Final = ("power_w", "current_a", "current_l2_a", "current_l3_a")
"""what is 0 where nothing is plugged in"""
_SHOWN: Final = (*_FLOWING, "voltage_l1_v", "voltage_l2_v", "voltage_l3_v", "register_wh")
_KEPT_OF_SAMPLE: Final = tuple(each.name for each in fields(Sample) if each.name in _SHOWN)


@dataclass(slots=True)
class _Place:
    """A connector of 1.6, an EVSE of 2.x."""

    status: ConnectorStatus | None = None
    raw: str | None = None
    fault: str | None = None
    words: dict[int, ConnectorStatusEnumType] = field(default_factory=dict)
    """2.x: the states of its connectors"""
    charging_state: ChargingState | None = None
    is_over: bool = False
    """2.x: its transaction has ended, and the vehicle is still there"""
    alarm: str | None = None
    """2.x: what the last event of a fault said"""
    values: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    """by field, with when it came"""
    phases: set[str] = field(default_factory=set)
    """which currents were ever told"""


class StationState:
    """One station's; `sample_s` is the interval at which it tells values while it charges."""

    def __init__(self, sample_s: float) -> None:
        self._holds = timedelta(seconds=2 * sample_s)
        self._places: dict[int, _Place] = {}
        self._whole: tuple[ConnectorStatus, str | None] | None = None
        """of the station as a whole, where it is not in order"""
        self.heard_at: datetime | None = None
        self.source_at: datetime | None = None
        """its own clock, as last told"""

    @property
    def connectors(self) -> tuple[int, ...]:
        """Those that are known, ascending."""
        return tuple(sorted(self._places))

    def know(self, connector_id: int) -> None:
        """Note that there is such a connector."""
        self._place(connector_id)

    def restore(self, connector_id: int, status: ConnectorStatus | None, raw: str | None) -> None:
        """Go on from the last state that was journaled: a station tells only what changes."""
        place = self._place(connector_id)
        if place is not None:
            place.status, place.raw = status, raw
            if raw == ConnectorStatusEnumType.OCCUPIED.value and status is not None:
                # A station of 2.x says only Occupied again; what its transaction did was told before.
                place.charging_state, place.is_over = _DOING.get(status), status is ConnectorStatus.FINISHING

    def status(self, connector_id: int) -> ConnectorStatus | None:
        """Return the state of a connector."""
        place = self._places.get(connector_id)
        return None if place is None else place.status

    # --- what is told ----------------------------------------------------------------------------------------------

    def take_status(self, connector_id: int, status: ConnectorStatus, fault: str | None) -> None:
        """Take a state of 1.6; 0 is the station as a whole, of which only what is out of order matters."""
        if connector_id == 0:
            is_out = status in (ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED)
            self._whole = (status, fault) if is_out or fault else None
            return
        place = self._place(connector_id)
        if place is not None:
            place.status, place.raw, place.fault = status, status.value, fault

    def take_unknown(self, connector_id: int, raw: str) -> None:
        """Take a state in a word that is not known: what it means is not guessed."""
        place = self._place(connector_id) if connector_id else None
        if place is not None:
            place.status, place.raw = None, raw

    def take_word(self, evse_id: int, connector_id: int, word: ConnectorStatusEnumType) -> None:
        """Take a state of 2.x: of an EVSE's connectors the one that is not Available counts."""
        place = self._place(evse_id)
        if place is None or (connector_id not in place.words and len(place.words) >= MOST_CONNECTORS):
            return
        place.words[connector_id] = word
        if word is ConnectorStatusEnumType.AVAILABLE:
            place.is_over, place.charging_state = False, None
        self._settle(place)

    def take_alarm(self, evse_id: int, text: str | None) -> None:
        """Take what an event says of a fault of an EVSE; None that it is over."""
        place = self._place(evse_id)
        if place is not None:
            place.alarm = text
            self._settle(place)

    def take_charging_state(self, evse_id: int, state: ChargingState | None, *, is_over: bool) -> None:
        """Take what a transaction of 2.x says of its EVSE: what it does, or that it has ended."""
        place = self._place(evse_id)
        if place is None:
            return
        available = ConnectorStatusEnumType.AVAILABLE
        is_gone = bool(place.words) and all(word is available for word in place.words.values())
        place.is_over = is_over and not is_gone
        place.charging_state = None if is_over else state or place.charging_state
        if not place.words and (state is not None or is_over):
            self._settle(place, assumed=ConnectorStatusEnumType.OCCUPIED)
        else:
            self._settle(place)

    def take_sample(self, connector_id: int, sample: Sample, arrived_at: datetime) -> None:
        """Take values of now."""
        place = self._place(connector_id)
        if place is None:
            return
        for name in _KEPT_OF_SAMPLE:
            value = getattr(sample, name)
            if value is not None:
                place.values[name] = value, arrived_at
                if name in _AT_REST:
                    place.phases.add(name)

    def end_flow(self, connector_id: int) -> None:
        """Let go of what a transaction drew: it is over."""
        place = self._places.get(connector_id)
        if place is not None:
            for name in _FLOWING:
                place.values.pop(name, None)

    def _settle(self, place: _Place, assumed: ConnectorStatusEnumType | None = None) -> None:
        """Find the state of an EVSE from what is known of it."""
        available = ConnectorStatusEnumType.AVAILABLE
        word = next((word for _, word in sorted(place.words.items()) if word is not available), None)
        if word is None:
            word = available if place.words else assumed
        if word is None:
            return
        place.status = status_of(word, place.charging_state, over=place.is_over)
        place.raw = word.value
        place.fault = place.alarm if place.status is ConnectorStatus.FAULTED else None

    def _place(self, connector_id: int) -> _Place | None:
        place = self._places.get(connector_id)
        if place is None and 1 <= connector_id <= MOST_CONNECTORS:
            place = self._places[connector_id] = _Place()
        return place

    # --- what is shown ---------------------------------------------------------------------------------------------

    def snapshot(self, running: Iterable[ChargingSession]) -> Snapshot | None:
        """Return the present with the sessions that run, oldest first; None where nothing was ever heard."""
        if self.heard_at is None:
            return None
        by_place = {session.connector_id: session for session in running}
        readings = tuple(
            self._reading(connector_id, self._places[connector_id], by_place.get(connector_id), self.heard_at)
            for connector_id in self.connectors
        )
        return Snapshot(read_at=self.heard_at, source_at=self.source_at, connectors=readings)

    def _reading(
        self, connector_id: int, place: _Place, session: ChargingSession | None, read_at: datetime
    ) -> ConnectorReading:
        since_at = read_at - self._holds
        values: dict[str, float] = {name: value for name, (value, at) in place.values.items() if at >= since_at}
        if place.status is ConnectorStatus.AVAILABLE and session is None:
            values = {**dict.fromkeys(("power_w", "current_a", *place.phases), 0.0), **_at_rest(values)}
        return ConnectorReading(
            evse_id=connector_id,
            connector_id=connector_id,
            status=place.status,
            status_raw=place.raw,
            session_id=None if session is None else session.session_id,
            session_energy_wh=None if session is None else session.energy_wh,
            fault=self._fault(place),
            **values,
        )

    def _fault(self, place: _Place) -> str | None:
        if place.fault is not None or self._whole is None:
            return place.fault
        status, fault = self._whole
        return f"the station as a whole: {fault or status.value}"


def _at_rest(values: dict[str, float]) -> dict[str, float]:
    """Return values without those that are 0 at rest."""
    return {name: value for name, value in values.items() if name not in _AT_REST}
