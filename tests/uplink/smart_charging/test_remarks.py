from __future__ import annotations

from typing import Any

import pytest

from bridge.uplink.smart_charging.remarks import remarks
from tests.uplink.smart_charging.making import profile

CURVE = [{"frequency": 49.0, "power": 0.0}, {"frequency": 51.0, "power": 9000.0}]


@pytest.mark.parametrize(
    ("period", "unit", "why"),
    [
        ({"operationMode": "CentralSetpoint", "setpoint": -6.0}, "A", "cannot discharge"),
        ({"operationMode": "CentralSetpoint", "setpoint": 6.0, "setpoint_L2": -1.0}, "A", "cannot discharge"),
        ({"limit": 6.0, "dischargeLimit": -6.0}, "A", "cannot discharge"),
        ({"operationMode": "LocalFrequency", "v2xFreqWattCurve": CURVE, "v2xBaseline": -1.0}, "W", "cannot discharge"),
        ({"operationMode": "LocalFrequency", "v2xFreqWattCurve": CURVE}, "W", "net's frequency"),
        ({"operationMode": "LocalLoadBalancing"}, "A", "load of its site"),
        ({"operationMode": "ExternalSetpoint"}, "A", "No other system"),
        ({"limit": 6.0, "limit_L2": 8.0}, "A", "least of what each"),
        ({"limit": 6.0, "setpointReactive": 0.0}, "A", "reactive"),
        ({"limit": 6.0, "evseSleep": True}, "A", "sleep"),
        ({"limit": 6.0, "preconditioningRequest": True}, "A", "battery warm"),
    ],
)
def test_what_is_not_followed_to_the_letter_is_said(period: dict[str, Any], unit: str, why: str) -> None:
    """In a sentence, once, however many periods ask for it."""
    periods = [{"startPeriod": start} | period for start in (0, 60)]
    said = remarks(profile(unit=unit, schedule={"chargingSchedulePeriod": periods}))
    assert said is not None
    assert said.count(why) == 1
    assert len(said) <= 512


@pytest.mark.parametrize(
    "period",
    [
        {"limit": 6.0},
        {"limit": 6.0, "operationMode": "ChargingOnly", "evseSleep": False, "dischargeLimit": 0.0},
        {"operationMode": "CentralSetpoint", "setpoint": 8.0},
        {"operationMode": "Idle"},
    ],
)
def test_what_is_followed_needs_no_remark(period: dict[str, Any]) -> None:
    """A plain limit, a setpoint that charges, and a pause."""
    assert remarks(profile(schedule={"chargingSchedulePeriod": [{"startPeriod": 0} | period]})) is None
