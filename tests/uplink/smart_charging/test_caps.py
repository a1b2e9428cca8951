from __future__ import annotations

from typing import Any

import pytest

from bridge.uplink.smart_charging.limit import limit_at
from tests.uplink.smart_charging.making import DEFAULT, MAX, NOON, TX, profile, running, stack


def amperes(*, unit: str = "A", cap: dict[str, Any] | None = None, **period: Any) -> float | None:
    """Return what a charger is told while this period holds."""
    told = {"chargingSchedulePeriod": [{"startPeriod": 0, **period}]}
    made = stack((profile(1, TX, unit=unit, schedule=told), 1), transactions=[running()])
    if cap is not None:
        schedule = {"chargingSchedulePeriod": [{"startPeriod": 0, **cap}]}
        made.install(profile(2, MAX, schedule=schedule), 0, NOON)
    return limit_at(made, 1, NOON).limit_a


@pytest.mark.parametrize(
    ("period", "limit_a"),
    [
        ({"limit": 16.0, "limit_L2": 10.0, "limit_L3": 12.0}, 10.0),
        ({"limit": 8.0, "limit_L2": 10.0}, 8.0),
        ({"limit": 16.0, "operationMode": "CentralSetpoint", "setpoint": 9.0}, 9.0),
        ({"limit": 7.0, "operationMode": "CentralSetpoint", "setpoint": 9.0}, 7.0),
        ({"operationMode": "ExternalSetpoint", "setpoint": 9.0}, 9.0),
        ({"operationMode": "ExternalSetpoint"}, 32.0),
        ({"operationMode": "ExternalLimits", "limit": 11.0}, 11.0),
        ({"operationMode": "ExternalLimits"}, 32.0),
        ({"operationMode": "CentralSetpoint", "setpoint": -9.0, "dischargeLimit": -20.0, "limit": 16.0}, 0.0),
        ({"operationMode": "CentralSetpoint", "setpoint": 0.0, "limit": 16.0}, 0.0),
        ({"operationMode": "CentralSetpoint", "setpoint": 16.0, "setpoint_L2": -6.0, "setpoint_L3": 16.0}, 0.0),
        ({"operationMode": "CentralFrequency", "limit": 16.0, "setpoint": 8.0}, 8.0),
        ({"operationMode": "CentralFrequency", "limit": 16.0}, 16.0),
        ({"operationMode": "LocalLoadBalancing", "limit": 16.0, "v2xBaseline": -4000.0}, 16.0),
        ({"operationMode": "Idle", "limit": 16.0}, 0.0),
        ({"operationMode": "Idle"}, 0.0),
        ({"limit": 16.0, "evseSleep": True}, 0.0),
        ({"limit": 16.0, "evseSleep": False, "preconditioningRequest": True, "setpointReactive": 3.0}, 16.0),
        ({"operationMode": "ExternalLimits", "limit": 0.0, "dischargeLimit": -16.0}, 0.0),
    ],
)
def test_a_mode_is_followed_as_far_as_a_charger_can_that_only_charges(period: dict[str, Any], limit_a: float) -> None:
    """The least of its limits and setpoints on any phase; a pause where discharging, idling or sleep is asked for."""
    assert amperes(**period) == limit_a


@pytest.mark.parametrize(
    ("points", "baseline", "limit_a"),
    [
        ([(49.0, -9000.0), (51.0, 9000.0)], 6900.0, 10.0),
        ([(49.0, -9000.0), (51.0, 9000.0)], None, 0.0),
        ([(51.0, 9000.0), (49.0, -9000.0), (50.0, 4830.0)], None, 7.0),
        ([(59.0, 0.0), (61.0, 13_800.0)], None, 10.0),
        ([(50.1, 6900.0), (50.2, -6900.0)], None, 10.0),
        ([(49.8, -6900.0), (49.9, 6900.0)], None, 10.0),
        ([(50.0, -6900.0), (50.1, 6900.0)], 0.0, 0.0),
    ],
)
def test_a_curve_is_read_at_the_nominal_frequency(
    points: list[tuple[float, float]], baseline: float | None, limit_a: float
) -> None:
    """Straight between its points, level beyond them, on top of the baseline; what would discharge is a pause."""
    curve = [{"frequency": hertz, "power": watts} for hertz, watts in points]
    told: dict[str, Any] = {"operationMode": "LocalFrequency", "v2xFreqWattCurve": curve}
    if baseline is not None:
        told["v2xBaseline"] = baseline
    assert amperes(unit="W", **told) == pytest.approx(limit_a)
    assert amperes(unit="W", limit=4140.0, **told) == pytest.approx(min(limit_a, 6.0))


def test_watts_of_one_phase_are_not_those_of_all() -> None:
    """With L2 or L3 beside it a limit is L1's; without them it is that of all phases together."""
    assert amperes(unit="W", limit=6900.0) == 10.0
    assert amperes(unit="W", limit=6900.0, limit_L2=2300.0, limit_L3=6900.0) == 10.0
    assert amperes(unit="W", limit=2300.0, limit_L3=4600.0) == 10.0


def test_a_cap_that_idles_idles_all() -> None:
    """Whatever the transaction's own profile wishes."""
    assert amperes(limit=16.0, cap={"operationMode": "Idle"}) == 0.0
    assert amperes(limit=16.0, cap={"limit": 10.0, "setpoint": 8.0, "operationMode": "CentralSetpoint"}) == 8.0


def test_a_profile_without_a_limit_holds_over_those_below_it() -> None:
    """ExternalLimits on a higher level lifts the limit of a lower one: that is what it was installed for."""
    free = {"chargingSchedulePeriod": [{"startPeriod": 0, "operationMode": "ExternalLimits"}]}
    made = stack((profile(1, DEFAULT, (0, 8.0)), 1), (profile(2, DEFAULT, level=1, schedule=free), 1))
    assert limit_at(made, 1, NOON).limit_a == 32.0
