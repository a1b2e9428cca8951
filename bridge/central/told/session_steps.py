"""What each event makes of a charging session. Pure: a session and a happening in, the session after it out.

A session is *told to be over* where its `stop_reason` is there; one that has an end without it was only taken to be
over (its connector began another), and its true end still counts. Energy is the difference of its registers and
nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bridge.central.told.happening import Happening
from bridge.central.told.told_times import is_set
from bridge.engine.observed_facts import flagged, higher, measured, with_end_flags
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.session import ChargingSession
from bridge.types.words import SessionFlag, StopReason

MOVES_WITHIN: Final = timedelta(days=2)
"""a start that is told later than what follows it is believed when it lies not further back; the store keeps to that"""
_FAULTS: Final = frozenset(
    {
        StopReason.EMERGENCY_STOP,
        StopReason.GROUND_FAULT,
        StopReason.OVERCURRENT_FAULT,
        StopReason.POWER_LOSS,
        StopReason.POWER_QUALITY,
    }
)
_SEEN: Final = (SessionFlag.START_NOT_SEEN, SessionFlag.END_NOT_SEEN)
"""flags that say what was told; all others follow from the numbers"""


def is_told_over(session: ChargingSession) -> bool:
    """Tell whether the station itself has said that it is over."""
    return session.ended_at is not None and session.stop_reason is not None


def begun(happening: Happening, session_id: str, connector_id: int) -> ChargingSession:
    """Return the session that begins with a start, or, where that was not told, with the first that was."""
    is_start = happening.kind is TransactionEvent.STARTED
    at, is_true = _time(happening)
    if happening.kind is TransactionEvent.ENDED and happening.begin_at is not None:
        at = min(at, happening.begin_at) if is_set(happening.begin_at, happening.arrived_at) else at
    start_wh = happening.begin_wh
    if start_wh is None and happening.kind is not TransactionEvent.ENDED:
        start_wh = happening.first_wh
    session = ChargingSession(
        session_id=session_id,
        connector_id=connector_id,
        started_at=at,
        meter_start_wh=_rounded(start_wh),
        id_token=happening.id_token,
        id_token_type=happening.id_token_type,
        charging_mode=happening.charging_mode,
    )
    return session if is_start and is_true else flagged(session, SessionFlag.START_NOT_SEEN)


def is_start_open(session: ChargingSession, happening: Happening) -> bool:
    """Tell whether the start of a session was not told, and this event has a time that can tell it."""
    return SessionFlag.START_NOT_SEEN in session.flags and happening.has_true_time


def begins_before(session: ChargingSession, happening: Happening) -> bool:
    """Tell whether an event betters a start that was not told: by its time, or by the first register of then."""
    if not is_start_open(session, happening):
        return False
    has_register = session.meter_start_wh is None and happening.first_wh is not None
    return happening.at < session.started_at or (has_register and happening.at == session.started_at)


def begun_earlier(session: ChargingSession, happening: Happening) -> ChargingSession:
    """Return a session whose start was not seen with what an earlier event tells; the same where it tells no more."""
    at = happening.at
    is_start = happening.kind is TransactionEvent.STARTED
    if not (begins_before(session, happening) or (is_start and is_start_open(session, happening))):
        return session
    if session.started_at - at >= MOVES_WITHIN or at - session.started_at >= MOVES_WITHIN:
        return session
    first = begun(happening, session.session_id, happening.connector_id or session.connector_id)
    changes: dict[str, Any] = {
        "started_at": first.started_at,
        "connector_id": first.connector_id,
        "meter_start_wh": session.meter_start_wh if first.meter_start_wh is None else first.meter_start_wh,
        "id_token": first.id_token or session.id_token,
        "id_token_type": first.id_token_type or session.id_token_type,
        "flags": tuple(flag for flag in session.flags if flag is not SessionFlag.START_NOT_SEEN or not is_start),
    }
    if session.ended_at is not None:
        changes["ended_at"] = max(session.ended_at, first.started_at)
    return counted(session.model_copy(update=changes))


def gone_on(session: ChargingSession, happening: Happening, *, is_newer: bool) -> ChargingSession:
    """Return a session with what an update tells; its register counts where it is newer than what is known."""
    changes: dict[str, Any] = {"max_power_w": higher(session.max_power_w, happening.max_power_w)}
    if session.id_token is None and happening.id_token is not None:
        changes |= {"id_token": happening.id_token, "id_token_type": happening.id_token_type}
    if happening.connector_id is not None and not happening.is_numbered:
        changes["connector_id"] = happening.connector_id
    if happening.charging_s is not None and happening.charging_s >= (session.charging_s or 0.0):
        changes["charging_s"] = happening.charging_s
    if happening.charging_mode is not None:
        changes["charging_mode"] = happening.charging_mode
    start_wh = session.meter_start_wh
    if start_wh is None:
        start_wh = happening.first_wh if happening.begin_wh is None else happening.begin_wh
        changes["meter_start_wh"] = _rounded(start_wh)
    stop_wh = session.meter_stop_wh
    if happening.last_wh is not None and (is_newer or stop_wh is None or happening.last_wh > stop_wh):
        changes["meter_stop_wh"] = _rounded(happening.last_wh)
    if all(getattr(session, name) == value for name, value in changes.items()):
        return session
    return counted(session.model_copy(update=changes))


def ended(session: ChargingSession, happening: Happening) -> ChargingSession:
    """Return a session with the end that the station told."""
    at, is_true = _time(happening)
    start_wh, stop_wh = session.meter_start_wh, _stop_wh(session, happening)
    begin_wh = happening.begin_wh
    lacks_start = not start_wh or SessionFlag.START_NOT_SEEN in session.flags
    if lacks_start and begin_wh is not None and (stop_wh is None or begin_wh <= stop_wh):
        start_wh = begin_wh
    changes: dict[str, Any] = {
        "ended_at": max(at, session.started_at),
        "meter_start_wh": _rounded(start_wh),
        "meter_stop_wh": _rounded(stop_wh),
        "max_power_w": higher(session.max_power_w, happening.max_power_w),
        "charging_s": session.charging_s if happening.charging_s is None else happening.charging_s,
        "stop_reason": happening.stop_reason,
        "stop_reason_raw": happening.stop_reason_raw,
        "flags": tuple(flag for flag in session.flags if flag is not SessionFlag.END_NOT_SEEN),
    }
    if happening.connector_id is not None:
        changes["connector_id"] = happening.connector_id
    if session.id_token is None and SessionFlag.START_NOT_SEEN in session.flags:
        changes |= {"id_token": happening.id_token, "id_token_type": happening.id_token_type}
    over = session.model_copy(update=changes)
    if not is_true or at < session.started_at:
        over = flagged(over, SessionFlag.END_NOT_SEEN)
    return counted(over)


def taken_to_be_over(session: ChargingSession, last_at: datetime, not_after: datetime) -> ChargingSession:
    """Return a session that must be over though nobody said so, with an end when it was last heard of."""
    at = max(session.started_at, min(last_at, not_after))
    over = session.model_copy(update={"ended_at": at})
    return counted(flagged(over, SessionFlag.END_NOT_SEEN))


def counted(session: ChargingSession) -> ChargingSession:
    """Return a session with the energy and the flags that follow from its numbers."""
    seen = tuple(flag for flag in session.flags if flag in _SEEN)
    plain = session if seen == session.flags else session.model_copy(update={"flags": seen})
    start_wh, stop_wh = plain.meter_start_wh, plain.meter_stop_wh
    if start_wh is not None and stop_wh is not None and stop_wh < start_wh:
        plain = flagged(plain, SessionFlag.REGISTER_FELL)
    plain = measured(plain, stop_wh, plain.max_power_w)
    if plain.ended_at is None:
        return plain
    end_seen = SessionFlag.END_NOT_SEEN not in plain.flags
    return with_end_flags(plain, end_seen=end_seen, faulted=plain.stop_reason in _FAULTS)


def _stop_wh(session: ChargingSession, happening: Happening) -> float | None:
    """Return the register at the end; 0 stands for one that was not read where a higher one is known [guess]."""
    told: Mapping[str, float | None] = {"end": happening.end_wh, "last": happening.last_wh}
    stop_wh = next((wh for wh in told.values() if wh), None)
    if stop_wh is not None:
        return stop_wh
    if session.meter_stop_wh is not None:
        return session.meter_stop_wh
    return next((wh for wh in told.values() if wh is not None), None)


def _time(happening: Happening) -> tuple[datetime, bool]:
    """Return when it happened and whether that is the station's own time: where its clock is not set, it is ours."""
    return (happening.at, True) if happening.has_true_time else (happening.arrived_at, False)


def _rounded(wh: float | None) -> float | None:
    return None if wh is None else round(wh, 3)
