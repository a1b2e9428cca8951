"""Rows of the session log → charging sessions; pure."""

from __future__ import annotations

from datetime import datetime

from adapters.decoding import ShapeError, quote
from adapters.etrel.quantities import CONNECTOR_POWER, ENERGY, REGISTER
from adapters.etrel.times import parse_instant, parse_timespan_s
from adapters.etrel.wire import SessionWire, UserWire, parse_row
from adapters.etrel.words import is_fault_stop, read_id_token_type, read_stop_reason
from bridge.types.session import ChargingSession
from bridge.types.words import SessionFlag

_SHORT_S = 60.0
_HIGHEST_WH = 1_000_000.0
_POWER_MARGIN = 1.1
"""the highest power is a sample, so the true one may have been a little higher [guess]"""
_POWER_MARGIN_WH = 10.0
_MISMATCH = 0.001
_MISMATCH_WH = 1.0
"""`activeEnergyConsumed` is a 32-bit float: its rounding alone must not look like a mismatch"""


def decode_session(row: object, path: str) -> ChargingSession | None:
    """Return the charging session of a row that stands at `path` of the answer; ShapeError if it cannot be read.

    None for a row that has neither begun nor ended charging: there is nothing to know it by yet.
    """
    wire = parse_row(SessionWire, row, path)
    started_at = _instant(wire.charging_started_time, f"{path}.chargingStartedTime")
    ended_at = _instant(wire.charging_ended_time, f"{path}.chargingEndedTime")
    if started_at is None:
        if ended_at is None:
            return None
        raise ShapeError(f"{path}.chargingStartedTime: none, although the session has ended")
    disconnected_at = _instant(wire.vehicle_disconnected_time, f"{path}.vehicleDisconnectedTime")
    start_wh, stop_wh = REGISTER.read(wire.meter_value_start), REGISTER.read(wire.meter_value_end)
    if ended_at is None and stop_wh == 0:
        stop_wh = None  # a running session has no end yet; 0 stands for that
    token = wire.identification_code or (
        wire.user_identification.identification_code if wire.user_identification else None
    )
    stop_word = wire.charging_session_stop_reason or None
    kind = wire.user_identification.user_identification_type if wire.user_identification else None
    session = ChargingSession(
        session_id=wire.charging_session_id,
        connector_id=wire.connector_id,
        started_at=started_at,
        ended_at=ended_at,
        connected_at=_instant(wire.vehicle_connected_time, f"{path}.vehicleConnectedTime"),
        disconnected_at=disconnected_at,
        meter_start_wh=start_wh,
        meter_stop_wh=stop_wh,
        energy_wh=_energy_wh(start_wh, stop_wh),
        reported_energy_wh=ENERGY.read(wire.active_energy_consumed),
        max_power_w=CONNECTOR_POWER.read(wire.max_session_power),
        charging_s=_charging_s(wire, path),
        id_token=token or None,
        id_token_type=read_id_token_type(kind) if token and kind else None,
        user=_name(wire.user),
        stop_reason=read_stop_reason(stop_word) if stop_word else None,
        stop_reason_raw=stop_word,
        charging_mode=wire.charging_mode or None,
    )
    return session.model_copy(update={"flags": find_flags(session)})


def find_flags(session: ChargingSession) -> tuple[SessionFlag, ...]:
    """Return what a reader should know before trusting the session, in the order of `SessionFlag`."""
    ended_at, energy_wh = session.ended_at, session.energy_wh
    duration_s = None if ended_at is None else (ended_at - session.started_at).total_seconds()
    start_wh, stop_wh = session.meter_start_wh, session.meter_stop_wh
    missing = start_wh is None or (stop_wh is None and ended_at is not None)
    raised = {
        SessionFlag.FAULT_STOP: session.stop_reason_raw is not None and is_fault_stop(session.stop_reason_raw),
        SessionFlag.SHORT: duration_s is not None and duration_s < _SHORT_S,
        SessionFlag.IMPLAUSIBLE_ENERGY: _is_implausible(energy_wh, session.max_power_w, duration_s),
        SessionFlag.REGISTER_FELL: start_wh is not None and stop_wh is not None and stop_wh < start_wh,
        SessionFlag.ENERGY_MISMATCH: ended_at is not None and _differs(energy_wh, session.reported_energy_wh),
        SessionFlag.NO_REGISTER: missing,
        SessionFlag.ENDED_AFTER_UNPLUG: _is_after(ended_at, session.disconnected_at),
    }
    return tuple(flag for flag in SessionFlag if raised.get(flag, False))


def _instant(text: str | None, path: str) -> datetime | None:
    try:
        return parse_instant(text) if text else None
    except ValueError as error:
        raise ShapeError(f"{path}: {error}, not {quote(text)}") from None


def _charging_s(wire: SessionWire, path: str) -> float | None:
    if not wire.time_spent_charging:
        return None
    try:
        charging_s = parse_timespan_s(wire.time_spent_charging)
    except ValueError as error:
        seen = quote(wire.time_spent_charging)
        raise ShapeError(f"{path}.timeSpentCharging: {error}, not {seen}") from None
    return charging_s if charging_s >= 0 else None


def _energy_wh(start_wh: float | None, stop_wh: float | None) -> float | None:
    if start_wh is None or stop_wh is None or stop_wh < start_wh:
        return None
    return round(stop_wh - start_wh, 3)


def _is_implausible(energy_wh: float | None, max_power_w: float | None, duration_s: float | None) -> bool:
    if energy_wh is None:
        return False
    if energy_wh > _HIGHEST_WH:
        return True
    if not max_power_w or duration_s is None:
        return False
    possible_wh = max_power_w * max(duration_s, 0.0) / 3600
    return energy_wh > possible_wh * _POWER_MARGIN + _POWER_MARGIN_WH


def _differs(energy_wh: float | None, reported_wh: float | None) -> bool:
    if energy_wh is None or reported_wh is None:
        return False
    return abs(energy_wh - reported_wh) > max(_MISMATCH_WH, _MISMATCH * energy_wh)


def _is_after(ended_at: datetime | None, disconnected_at: datetime | None) -> bool:
    return ended_at is not None and disconnected_at is not None and ended_at > disconnected_at


def _name(user: UserWire | None) -> str | None:
    if user is None:
        return None
    parts = (part.strip() for part in (user.first_name, user.last_name) if part)
    return " ".join(part for part in parts if part) or None
