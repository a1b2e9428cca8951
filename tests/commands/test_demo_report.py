from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.commands.demo_report import ToldSessions
from bridge.types.session import ChargingSession

CHARGERS = {"GARAGE-1": "garage", "GARAGE-2": "garage", "CARPORT-1": "carport"}
VERSIONS = {"GARAGE-1": "2.0.1", "GARAGE-2": "1.6", "CARPORT-1": "2.0.1"}
BEGAN, ENDED = datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 1, 31, 13, 30, tzinfo=UTC)
SPAN = "2026-01-31T12:00:00Z to 2026-01-31T13:30:00Z, 1000 to 4300 Wh: 3300 Wh"


def session(session_id: str, start_wh: float | None, stop_wh: float, ended_at: datetime | None) -> ChargingSession:
    """Return a session as the store has it."""
    return ChargingSession(
        session_id=session_id,
        connector_id=1,
        started_at=BEGAN,
        ended_at=ended_at,
        meter_start_wh=start_wh,
        meter_stop_wh=stop_wh,
    )


def test_a_session_told_in_both_versions_is_seen_to_be_the_same() -> None:
    """Times and whole Wh are shown in one form, once; the second telling is held against the first."""
    told = ToldSessions(CHARGERS, VERSIONS)
    began = "GARAGE-1 session began 2026-01-31T12:00:00Z at 1000 Wh"
    assert list(told.take("GARAGE-1", session("5f2d", 1000.5, 1000.5, None))) == [began]
    assert list(told.take("GARAGE-1", session("5f2d", 1000.5, 2000, None))) == []
    assert list(told.take("GARAGE-1", session("5f2d", 1000.5, 4300.9, ENDED))) == [f"GARAGE-1 session {SPAN}"]
    assert list(told.take("GARAGE-2", session("7", 1000, 4300, ENDED))) == [
        f"GARAGE-2 session {SPAN}",
        "garage tells the same session in 2.0.1 (GARAGE-1) and 1.6 (GARAGE-2)",
    ]
    assert list(told.take("GARAGE-2", session("7", 1000, 4300, ENDED))) == []


@pytest.mark.parametrize(
    ("start_wh", "stop_wh", "ended_at"),
    [(1000, 4301, ENDED), (1000, 4300, ENDED + timedelta(seconds=1)), (None, 4300, ENDED)],
)
def test_a_session_told_differently_is_seen(start_wh: float | None, stop_wh: float, ended_at: datetime) -> None:
    """One Wh or one second is a difference, and so is a register that one of them lacks."""
    told = ToldSessions(CHARGERS, VERSIONS)
    list(told.take("GARAGE-1", session("5f2d", 1000, 4300, ENDED)))
    *_, said = told.take("GARAGE-2", session("7", start_wh, stop_wh, ended_at))
    assert said.startswith(f"garage tells NOT the same session in 2.0.1 (GARAGE-1) and 1.6 (GARAGE-2): {SPAN}; ")


def test_other_sessions_are_not_held_against_each_other() -> None:
    """Neither those of another charger, nor those of another time, nor one that still runs."""
    told = ToldSessions(CHARGERS, VERSIONS)
    list(told.take("GARAGE-1", session("5f2d", 1000, 4300, ENDED)))
    assert len(list(told.take("CARPORT-1", session("a0", 1, 2, ENDED)))) == 1
    assert len(list(told.take("GARAGE-2", session("7", 1000, 4300, None)))) == 1
    later = session("8", 4300, 5000, ENDED + timedelta(hours=2)).model_copy(update={"started_at": ENDED})
    assert len(list(told.take("GARAGE-2", later))) == 1
