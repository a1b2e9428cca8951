"""What is known of an observed connector, and what a session's numbers and flags follow from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus, SessionFlag

_SHORT = timedelta(seconds=60)
_HIGHEST_WH = 1_000_000.0


@dataclass(slots=True)
class ConnectorMemory:
    """What is known of a connector beside its running session; kept in the store."""

    connector_id: int
    seen_at: datetime | None = None
    status: ConnectorStatus | None = None
    """as readers were told"""
    register_wh: float | None = None
    session_energy_wh: float | None = None
    """as the charger told it: since the vehicle was plugged in"""
    base_wh: float = 0.0
    """how much of that belongs to earlier sessions of the same vehicle"""
    connected_at: datetime | None = None
    session_id: str | None = None
    """of the session that runs, or of the last one while its vehicle is plugged in"""
    ended_in_plug: bool = False
    """whether a session ended since the vehicle was plugged in"""
    started_at: datetime | None = None
    """of the newest session"""
    ended_at: datetime | None = None
    """likewise"""
    stop_at: datetime | None = None
    """charging was told to stop, and the end is not seen yet"""
    stop_confirmed: bool = False
    id_token: str | None = None
    """who had charging begun"""
    token_at: datetime | None = None


def measured(session: ChargingSession, stop_wh: float | None, max_power_w: float | None) -> ChargingSession:
    """Return a session with its latest register; its energy is the difference, None where the register fell."""
    start_wh = session.meter_start_wh
    stop_wh = None if stop_wh is None else round(stop_wh, 3)
    energy_wh = None
    if start_wh is not None and stop_wh is not None and SessionFlag.REGISTER_FELL not in session.flags:
        energy_wh = round(stop_wh - start_wh, 3)
    return session.model_copy(update={"meter_stop_wh": stop_wh, "energy_wh": energy_wh, "max_power_w": max_power_w})


def flagged(session: ChargingSession, *flags: SessionFlag) -> ChargingSession:
    """Return a session with these flags too, in the order of `SessionFlag`."""
    raised = {*session.flags, *flags}
    return session.model_copy(update={"flags": tuple(flag for flag in SessionFlag if flag in raised)})


def higher(first: float | None, second: float | None) -> float | None:
    """Return the higher of two; None is not zero."""
    return second if first is None else first if second is None else max(first, second)


def with_end_flags(session: ChargingSession, *, end_seen: bool, faulted: bool) -> ChargingSession:
    """Return a session that has ended with the flags that its numbers call for."""
    raised = {
        SessionFlag.END_NOT_SEEN: not end_seen,
        SessionFlag.FAULT_STOP: faulted,
        SessionFlag.NO_REGISTER: session.meter_start_wh is None or session.meter_stop_wh is None,
        SessionFlag.IMPLAUSIBLE_ENERGY: session.energy_wh is not None and session.energy_wh > _HIGHEST_WH,
        SessionFlag.SHORT: end_seen and _is_short(session),
    }
    return flagged(session, *(flag for flag, is_raised in raised.items() if is_raised))


def _is_short(session: ChargingSession) -> bool:
    if session.ended_at is None or SessionFlag.START_NOT_SEEN in session.flags:
        return False
    return session.ended_at - session.started_at < _SHORT
