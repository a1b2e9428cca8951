"""The session log: filtered, ordered and paged by the fields of the charger's own page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.etrel.simulation.curve import to_kw
from adapters.etrel.simulation.profile import QueryError
from adapters.etrel.simulation.sessions import Session
from adapters.etrel.simulation.ticks import as_single, parse_ticks, write_instant, write_span

LARGEST_PAGE = 1000

_Key = Callable[[Session, int], Any]
_COLUMNS: Mapping[str, _Key] = {
    "chargingSessionId": lambda s, _: s.session_id,
    "connectorId": lambda s, _: s.connector_id,
    "identificationCode": lambda s, _: s.card.code,
    "userId": lambda s, _: s.card.user_id or 0,
    "vehicleConnectedTime": lambda s, _: s.stay.connected_at,
    "chargingStartedTime": lambda s, _: s.started_at,
    "chargingEndedTime": lambda s, at: s.seen_end(at) or at + 1,
    "timeSpentCharging": lambda s, at: s.lasted(at),
    "activeEnergyConsumed": lambda s, at: s.energy_mwh(at),
    "maxSessionPower": lambda s, at: s.stay.curve.peak_steps(s.charged(at)),
    "chargingSessionStopReason": lambda s, at: (s.seen_end(at) and s.stop_reason) or "",
}
_FILTERS: Mapping[str, Callable[[Session, int], str]] = {
    "identificationSource": lambda s, _: s.card.source,
    "identificationType": lambda s, _: s.card.type,
    "identificationCode": lambda s, _: s.card.code,
    "userId": lambda s, _: "" if s.card.user_id is None else str(s.card.user_id),
    "chargingSessionStopReason": lambda s, at: (s.stop_reason or "") if s.seen_end(at) else "",
}


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What part of the log is asked for; empty fields ask for nothing in particular."""

    page_size: int
    page_number: int
    """counts from 1"""
    column: str
    descending: bool
    from_at: int | None
    to_at: int | None
    """both ends are included"""
    wanted: Mapping[str, str]

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> LogQuery:
        """Read the fields of the charger's own page; raises QueryError."""
        column = given.get("orderByColumn") or "chargingStartedTime"
        direction = given.get("orderDirection") or "Descending"
        if column not in _COLUMNS:
            raise QueryError(f"orderByColumn {column!r} is no column")
        if direction not in ("Ascending", "Descending"):
            raise QueryError(f"orderDirection {direction!r} is neither Ascending nor Descending")
        return cls(
            page_size=_whole(given, "pageSize", 25, LARGEST_PAGE),
            page_number=_whole(given, "pageNumber", 1, 1_000_000),
            column=column,
            descending=direction == "Descending",
            from_at=_instant(given, "chargingStartedTimeFrom"),
            to_at=_instant(given, "chargingStartedTimeTo"),
            wanted={name: given[name] for name in _FILTERS if given.get(name)},
        )

    def takes(self, session: Session, at: int) -> bool:
        """Tell whether a session is asked for."""
        return (
            (self.from_at is None or session.started_at >= self.from_at)
            and (self.to_at is None or session.started_at <= self.to_at)
            and all(_FILTERS[name](session, at) == value for name, value in self.wanted.items())
        )


def write_log(sessions: list[Session], query: LogQuery, at: int) -> bytes:
    """Return the page that was asked for; `sessions` is the whole log, oldest first."""
    taken = [s for s in sessions if query.takes(s, at)]
    key = _COLUMNS[query.column]
    taken.sort(key=lambda s: (key(s, at), s.started_at), reverse=query.descending)
    first = (query.page_number - 1) * query.page_size
    rows = ",".join(write_session(s, at) for s in taken[first : first + query.page_size])
    pages = -(-len(taken) // query.page_size)
    paging = f'"pagingInfo":{{"numOfRows":{len(taken)},"pageCount":{pages}}}'
    return f'{{"errorCode":0,"errorMessage":"","content":[{rows}],{paging}}}'.encode()


def as_energy_kwh(energy_mwh: int) -> float:
    """Return the energy as the charger's 32-bit kWh: 62,832,631 mWh read 62.83263."""
    return as_single(energy_mwh / 1e6)


def write_session(session: Session, at: int) -> str:
    """Return one row of the log as it reads at `at`."""
    end = session.seen_end(at)
    unplugged_at = session.stay.unplugged_at
    energy_kwh = as_energy_kwh(session.energy_mwh(at))
    text = json.dumps(
        {
            "userIdentification": session.card.identification(),
            "user": session.card.user(),
            "chargingSessionId": session.session_id,
            "connectorId": session.connector_id,
            "identificationCode": session.card.code,
            "parkingStartedTime": None,
            "vehicleConnectedTime": write_instant(session.stay.connected_at),
            "chargingStartedTime": write_instant(session.started_at),
            "chargingEndedTime": None if end is None else write_instant(end),
            "vehicleDisconnectedTime": (
                None if unplugged_at is None or unplugged_at > at else write_instant(unplugged_at)
            ),
            "parkingEndedTime": None,
            "timeSpentCharging": write_span(session.lasted(at)),
            "meterValueStart": session.meter_start_mwh,
            "meterValueEnd": session.meter_mwh(at),
            "activeEnergyConsumed": energy_kwh,
            "maxSessionPower": to_kw(session.stay.curve.peak_steps(session.charged(at))),
            "chargingSessionStatus": "Active" if end is None else "Finished",
            "chargingAuthorizationId": session.session_id + 17,
            "chargingReservationId": None,
            "userId": session.card.user_id,
            "userIdentificationId": session.card.identification_id,
            "userVehicleId": None,
            "vehicleMeasuredMinCurrent": None,
            "vehicleMeasuredMaxCurrent": None,
            "vehicleMeasuredNumberOfPhases": None,
            "chargingMode": session.mode,
            "selectedDepartureTime": write_instant(session.planned_departure()),
            "proposedDepartureTime": None,
            "requiredEnergy": None,
            "chargingSessionStopReason": None if end is None else session.stop_reason,
            "energyCosts": None,
            "gridConnectionCosts": None,
            "powerManagementSavings": None,
            "powerManagementOverloadInterventions": None,
            "backendTransactionId": None,
            "sentToPrimaryMaster": True,
            "sentToSecondaryMaster": False,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    # .NET writes 5E-06 where Python writes 5e-06.
    return text.replace(f":{energy_kwh!r},", f":{energy_kwh!r},".upper())


def _whole(given: Mapping[str, str], name: str, default: int, highest: int) -> int:
    text = given.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= highest:
        raise QueryError(f"{name} {text!r} is no number from 1 to {highest}")
    return int(text)


def _instant(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name)
    if not text:
        return None
    try:
        return parse_ticks(text)
    except ValueError as wrong:
        raise QueryError(f"{name}: {wrong}") from wrong
