"""Charging sessions: what a charger's own log records."""

from __future__ import annotations

from bridge.types.facts import Fact, Instant
from bridge.types.words import IdTokenType, SessionFlag, StopReason


class ChargingSession(Fact):
    """One row of a charger's log. The key is (charger, session_id, started_at)."""

    session_id: str
    connector_id: int
    started_at: Instant
    ended_at: Instant | None = None
    """None while it runs"""
    connected_at: Instant | None = None
    disconnected_at: Instant | None = None
    meter_start_wh: float | None = None
    """the connector's energy register at the start, to the thousandth of a Wh"""
    meter_stop_wh: float | None = None
    """the same at the end; of a running session the latest that the charger tells, if it tells one"""
    energy_wh: float | None = None
    """difference of the two registers and nothing else; None where that makes no sense"""
    reported_energy_wh: float | None = None
    """the charger's own figure, for comparison"""
    max_power_w: float | None = None
    charging_s: float | None = None
    """the charger's own count of time spent charging"""
    id_token: str | None = None
    id_token_type: IdTokenType | None = None
    user: str | None = None
    """the name that the charger's own list gives to the token"""
    stop_reason: StopReason | None = None
    stop_reason_raw: str | None = None
    charging_mode: str | None = None
    flags: tuple[SessionFlag, ...] = ()
