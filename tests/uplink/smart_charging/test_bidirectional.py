from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.base import to_ocpp
from bridge.types.ocpp.charging_schedule import ChargingRateUnit
from bridge.uplink.smart_charging.composite import composite
from tests.uplink.smart_charging.any_profiles import wishes
from tests.uplink.smart_charging.making import MAX, NOON, PAIR, TX, profile, running, stack

ALL_FIELDS = {
    "limit": 10.0,
    "limit_L2": 9.0,
    "limit_L3": 8.0,
    "numberPhases": 3,
    "dischargeLimit": -4.0,
    "dischargeLimit_L2": -5.0,
    "dischargeLimit_L3": -6.0,
    "setpoint": 7.0,
    "setpoint_L2": -2.0,
    "setpoint_L3": 6.5,
    "setpointReactive": 1.0,
    "setpointReactive_L2": -1.0,
    "setpointReactive_L3": 0.5,
    "preconditioningRequest": True,
    "evseSleep": True,
    "v2xBaseline": 500.0,
    "operationMode": "CentralSetpoint",
}


def told(
    period: dict[str, Any], *, unit: str = "A", ask: str | None = None, cap: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the composite's only period while this one of a transaction holds, under a cap in A."""
    schedule = {"chargingSchedulePeriod": [{"startPeriod": 0} | period]}
    made = stack((profile(1, TX, unit=unit, schedule=schedule), 1), transactions=[running()])
    if cap is not None:
        made.install(profile(2, MAX, schedule={"chargingSchedulePeriod": [{"startPeriod": 0, **cap}]}), 0, NOON)
    wanted = ChargingRateUnit(ask or unit)
    (only,) = composite(made, 1, NOON, 60, unit=wanted, bidirectional=True).charging_schedule_period
    return {key: value for key, value in to_ocpp(only).items() if key != "startPeriod"}


def test_all_of_a_profile_alone_comes_out_as_it_went_in() -> None:
    """Every field of every phase."""
    assert told(ALL_FIELDS) == ALL_FIELDS


@given(st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_of_a_profile_alone_nothing_is_lost(data: st.DataObject) -> None:
    """What no limit bounds comes out as it went in, and each of the others that was given is there."""
    unit = data.draw(st.sampled_from("AW"))
    wish: dict[str, Any] = data.draw(wishes(unit, 0)) | {"numberPhases": 3}
    said = told(wish, unit=unit)
    for name, value in wish.items():
        if name.startswith(("limit", "setpoint", "dischargeLimit")):
            assert name in said
        elif name != "startPeriod" and value not in (False, "ChargingOnly"):
            assert said[name] == value


def test_a_cap_narrows_a_wish() -> None:
    """Of limits the least, of discharge limits the one nearest to zero, and the setpoint between the two."""
    wish: dict[str, Any] = {"operationMode": "CentralSetpoint", "limit": 20.0, "dischargeLimit": -20.0}
    cap: dict[str, Any] = {"limit": 12.0, "dischargeLimit": -8.0, "operationMode": "ExternalLimits"}
    held: dict[str, Any] = {
        "operationMode": "CentralSetpoint",
        "limit": 12.0,
        "dischargeLimit": -8.0,
        "numberPhases": 3,
    }
    assert told(wish | {"setpoint": 16.0}, cap=cap) == held | {"setpoint": 12.0}
    assert told(wish | {"setpoint": -16.0}, cap=cap) == held | {"setpoint": -8.0}
    assert told(wish | {"setpoint": 5.0}, cap=cap) == held | {"setpoint": 5.0}


def test_a_plain_cap_does_not_forbid_to_discharge() -> None:
    """It limits charging alone; one that idles leaves nothing to charge."""
    wish: dict[str, Any] = {"operationMode": "CentralSetpoint", "setpoint": -10.0}
    assert told(wish, cap={"limit": 6.0})["setpoint"] == -10.0
    assert told(wish, cap={"operationMode": "Idle"})["limit"] == 0.0
    assert told(wish, cap={"limit": 6.0, "evseSleep": True})["evseSleep"] is True


def test_units_are_turned_into_each_other() -> None:
    """W of all phases into A of each, and W of one phase into its A."""
    wish: dict[str, Any] = {
        "operationMode": "CentralSetpoint",
        "limit": 6900.0,
        "setpoint": -3450.0,
        "dischargeLimit": -4600.0,
    }
    said = told(wish, unit="W", ask="A")
    assert (said["limit"], said["setpoint"], said["dischargeLimit"]) == (10.0, -5.0, pytest.approx(-20 / 3))
    split = told({"limit": 2300.0, "limit_L2": 1840.0, "limit_L3": 1610.0}, unit="W", ask="A")
    assert (split["limit"], split["limit_L2"], split["limit_L3"]) == (10.0, 8.0, 7.0)
    back = told({"limit": 10.0, "limit_L2": 8.0, "limit_L3": 7.0}, ask="W")
    assert (back["limit"], back["limit_L2"], back["limit_L3"]) == (2300.0, 1840.0, 1610.0)


def test_fewer_phases_take_the_least_of_those_that_are_not_used() -> None:
    """One number for one phase, two for two: nobody knows which of them a vehicle uses."""
    split: dict[str, Any] = {"limit": 10.0, "limit_L2": 9.0, "limit_L3": 8.0}
    assert told(split | {"numberPhases": 1}) == {"limit": 8.0, "numberPhases": 1}
    assert told(split | {"numberPhases": 2}) == {"limit": 10.0, "limit_L2": 8.0, "numberPhases": 2}


def test_a_curve_is_told_in_watts_and_what_it_charges_in_amperes() -> None:
    """Its points count in W: in A there is no way to say it, and without a unit W is chosen."""
    curve = [{"frequency": 49.0, "power": -6900.0}, {"frequency": 51.0, "power": 6900.0}]
    wish: dict[str, Any] = {
        "operationMode": "LocalFrequency",
        "v2xFreqWattCurve": curve,
        "v2xBaseline": 6900.0,
        "limit": 11_040.0,
    }
    assert told(wish, unit="W") == wish | {"numberPhases": 3}
    assert told(wish, unit="W", ask="A") == {"limit": 10.0, "numberPhases": 3}
    made = stack(
        (profile(1, TX, unit="W", schedule={"chargingSchedulePeriod": [{"startPeriod": 0, **wish}]}), 1),
        (profile(2, MAX, (0, 20.0)), 0),
        transactions=[running()],
    )
    assert composite(made, 1, NOON, 60, bidirectional=True).charging_rate_unit is ChargingRateUnit.W


def test_of_the_whole_station_what_is_charged_is_expected() -> None:
    """Its chargers cannot discharge, so nothing flows back through the grid connection."""
    wish: dict[str, Any] = {"operationMode": "CentralSetpoint", "setpoint": -10.0, "startPeriod": 0}
    made = stack((profile(1, TX, schedule={"chargingSchedulePeriod": [wish]}), 1), transactions=[running()])
    (period,) = composite(made, 0, NOON, 60, bidirectional=True).charging_schedule_period
    assert to_ocpp(period) == {"startPeriod": 0, "limit": 0.0, "numberPhases": 3}


def test_a_cap_of_the_station_is_shared_by_those_that_charge() -> None:
    """In equal parts, discharging and single phases included."""
    cap = {
        "startPeriod": 0,
        "limit": 20.0,
        "limit_L2": 16.0,
        "dischargeLimit": -10.0,
        "operationMode": "ExternalLimits",
    }
    made = stack(
        (profile(1, MAX, schedule={"chargingSchedulePeriod": [cap]}), 0),
        layout=PAIR,
        transactions=[running(1), running(2)],
    )
    (period,) = composite(made, 1, NOON, 60, bidirectional=True).charging_schedule_period
    shared = {"limit": 10.0, "limit_L2": 8.0, "limit_L3": 10.0, "dischargeLimit": -5.0, "numberPhases": 3}
    assert to_ocpp(period) == {"startPeriod": 0} | shared


def test_watts_of_all_phases_are_spread_over_those_that_are_used() -> None:
    """4600 W over two phases leave 2300 W for each, whatever each is given."""
    wish = {"startPeriod": 0, "limit": 4000.0, "limit_L2": 2000.0, "limit_L3": 4000.0, "numberPhases": 2}
    made = stack(
        (profile(1, TX, unit="W", schedule={"chargingSchedulePeriod": [wish]}), 1),
        (profile(2, MAX, (0, 4600.0), unit="W"), 0),
        transactions=[running()],
    )
    (period,) = composite(made, 1, NOON, 60, bidirectional=True).charging_schedule_period
    assert to_ocpp(period) == {"startPeriod": 0, "limit": 2300.0, "limit_L2": 2000.0, "numberPhases": 2}
