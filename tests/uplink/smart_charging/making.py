"""Makes stations, profiles and stacks with as few words as a test needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bridge.types.ocpp.base import from_ocpp
from bridge.types.ocpp.charging_profile import ChargingProfile
from bridge.types.ocpp.charging_schedule import ChargingSchedule
from bridge.uplink.smart_charging.layout import Layout, Limits, Supply
from bridge.uplink.smart_charging.profiles import Transaction
from bridge.uplink.smart_charging.stack import Change, ProfileStack

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
ZURICH = ZoneInfo("Europe/Zurich")
THREE_PHASES = Supply(voltage_v=230.0, phases=3, max_current_a=32.0)
ONE_PHASE = Supply(voltage_v=230.0, phases=1, max_current_a=16.0)
STATION = Layout({1: THREE_PHASES}, zone=ZURICH)
PAIR = Layout({1: THREE_PHASES, 2: ONE_PHASE}, zone=ZURICH)

MAX, DEFAULT, TX, OUTSIDE = (
    "ChargingStationMaxProfile",
    "TxDefaultProfile",
    "TxProfile",
    "ChargingStationExternalConstraints",
)


def instant(text: str) -> datetime:
    """Return the instant of a text with a zone, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def profile(
    number: int = 1,
    purpose: str = DEFAULT,
    *periods: tuple[float, ...],
    level: int = 0,
    unit: str = "A",
    kind: str = "Absolute",
    schedule: dict[str, Any] | None = None,
    **more: Any,
) -> ChargingProfile:
    """Return a profile; its periods are (start, limit) or (start, limit, phases), one of 16 without any."""
    told: dict[str, Any] = {
        "id": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": [
            {
                "id": number,
                "chargingRateUnit": unit,
                "chargingSchedulePeriod": [
                    dict(zip(("startPeriod", "limit", "numberPhases"), period, strict=False))
                    for period in periods or ((0, 16.0),)
                ],
            }
            | (schedule or {})
        ],
    }
    return from_ocpp(ChargingProfile, told | more)


def running(evse_id: int = 1, started_at: datetime = NOON, transaction_id: str | None = "7") -> Transaction:
    """Return a transaction that runs."""
    return Transaction(evse_id, f"session-{evse_id}", started_at, transaction_id)


def stack(
    *installed: tuple[ChargingProfile, int],
    layout: Layout = STATION,
    limits: Limits | None = None,
    transactions: Iterable[Transaction] = (),
    at: datetime = NOON,
) -> ProfileStack:
    """Return a stack in which these profiles were accepted at these EVSEs."""
    made = ProfileStack(layout, limits or Limits())
    for transaction in transactions:
        made.start_transaction(transaction)
    for one, evse_id in installed:
        change = made.install(one, evse_id, at)
        assert isinstance(change, Change), change
    return made


def steps(schedule: ChargingSchedule) -> list[tuple[int, float | None]]:
    """Return the starts and limits of a schedule, limits to a thousandth."""
    return [
        (period.start_period, None if period.limit is None else round(period.limit, 3))
        for period in schedule.charging_schedule_period
    ]
