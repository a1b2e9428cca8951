from __future__ import annotations

from typing import Any

import pytest

from bridge.types.ocpp.charging_schedule import ChargingRateUnit
from bridge.uplink.smart_charging.acceptance import refusal, refusal_of_2_x
from bridge.uplink.smart_charging.layout import Layout, Limits, Supply
from tests.uplink.smart_charging.making import DEFAULT, MAX, OUTSIDE, PAIR, STATION, TX, profile

LIMITS = Limits(max_stack_level=5, max_periods=2, units=frozenset({ChargingRateUnit.A}))
START = {"startSchedule": "2026-06-10T12:00:00Z"}


@pytest.mark.parametrize(
    ("told", "evse_id", "code", "why"),
    [
        ({"purpose": MAX}, 1, "InvalidProfile", "EVSE 0"),
        ({"purpose": TX}, 0, "InvalidProfile", "one EVSE"),
        ({}, 3, "UnknownEvse", "no EVSE 3"),
        ({"purpose": "PriorityCharging"}, 1, "UnsupportedParam", "PriorityCharging"),
        ({"purpose": "LocalGeneration"}, 1, "UnsupportedParam", "LocalGeneration"),
        ({"kind": "Dynamic"}, 1, "UnsupportedParam", "Dynamic"),
        ({"purpose": MAX, "kind": "Relative"}, 0, "InvalidProfile", "Relative"),
        ({"purpose": OUTSIDE, "kind": "Relative"}, 1, "InvalidProfile", "Relative"),
        ({"kind": "Recurring", "recurrencyKind": "Daily"}, 1, "InvalidSchedule", "startSchedule"),
        ({"schedule": {"useLocalTime": True}}, 1, "InvalidSchedule", "startSchedule"),
        ({"level": 6}, 1, "InvalidStackLevel", "up to 5"),
        ({"unit": "W"}, 1, "UnsupportedRateUnit", "count in A, not in W"),
        ({"periods": [(0, 6.0), (1, 7.0), (2, 8.0)]}, 1, "TooManyElements", "at most 2 periods, not 3"),
        ({"schedule": {"limitAtSoC": {"soc": 80, "limit": 6.0}}}, 1, "UnsupportedParam", "battery"),
        ({"periods": [(0, -1.0)]}, 1, "ValuePositiveOnly", "at 0 s"),
        ({"periods": [(0, 6.0), (9, 6.0, 0)]}, 1, "ValueZeroNotAllowed", "at 9 s"),
        ({"period": {"limit_L2": -6.0}}, 1, "ValuePositiveOnly", "at 0 s"),
        ({"period": {"operationMode": "CentralSetpoint"}}, 1, "InvalidSchedule", "needs a setpoint"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_its_reason(
    told: dict[str, Any], evse_id: int, code: str, why: str
) -> None:
    """A wrong place, a kind or field that means something else, or too much of anything: each says what and why."""
    told = {"purpose": DEFAULT} | told
    periods = told.pop("periods", [(0, 6.0)])
    if "period" in told:
        period: dict[str, Any] = {"startPeriod": 0, "limit": 6.0, **told.pop("period")}
        told["schedule"] = {"chargingSchedulePeriod": [period]}
    said = refusal(profile(1, told.pop("purpose"), *periods, **told), evse_id, PAIR, LIMITS)
    assert said is not None
    assert said.code == code
    assert why in said.why
    assert len(said.code) <= 20


@pytest.mark.parametrize(
    ("told", "code", "why"),
    [
        ({"purpose": OUTSIDE}, "InvalidProfile", "others than the central system"),
        ({"purpose": TX}, "MissingParam", "transactionId"),
        ({"purpose": DEFAULT, "periods": [(1, 6.0)]}, "InvalidSchedule", "starts at 0"),
        ({"purpose": MAX, "schedule": {"randomizedDelay": 5}}, "InvalidSchedule", "randomizedDelay"),
        ({"purpose": DEFAULT, "phase": 2}, "UnsupportedParam", "phaseToUse"),
    ],
)
def test_2_x_refuses_more(told: dict[str, Any], code: str, why: str) -> None:
    """What 1.6 has no rule for or does not know."""
    if "phase" in told:
        period = {"startPeriod": 0, "limit": 6.0, "numberPhases": 1, "phaseToUse": told["phase"]}
        told = {"purpose": told["purpose"], "schedule": {"chargingSchedulePeriod": [period]}}
    periods = told.get("periods", [(0, 6.0)])
    said = refusal_of_2_x(profile(1, told["purpose"], *periods, schedule=told.get("schedule")))
    assert said is not None
    assert (said.code, why in said.why) == (code, True)


def test_2_x_takes_the_profile_of_a_remote_start_without_an_id() -> None:
    """There is no transaction yet whose id could be told; and one with its id is right as well."""
    assert refusal_of_2_x(profile(1, TX), for_next_transaction=True) is None
    assert refusal_of_2_x(profile(1, TX, transactionId="7", schedule={"randomizedDelay": 5})) is None


def test_several_schedules_are_refused() -> None:
    """A station without ISO 15118 cannot choose among them."""
    one = profile()
    said = refusal(one.model_copy(update={"charging_schedule": one.charging_schedule * 2}), 1, STATION, Limits())
    assert said is not None
    assert "ISO 15118" in said.why


@pytest.mark.parametrize(
    ("told", "evse_id"),
    [
        ({"purpose": MAX}, 0),
        ({"purpose": OUTSIDE}, 0),
        ({"purpose": OUTSIDE}, 2),
        ({"purpose": DEFAULT}, 0),
        ({"purpose": DEFAULT, "kind": "Relative"}, 2),
        ({"purpose": TX, "kind": "Relative"}, 1),
        ({"purpose": DEFAULT, "kind": "Recurring", "recurrencyKind": "Weekly", "schedule": START}, 1),
        ({"purpose": DEFAULT, "level": 5}, 1),
        ({"purpose": DEFAULT, "schedule": {"randomizedDelay": 60, "powerTolerance": 10.0}}, 1),
    ],
)
def test_what_can_be_followed_is_taken(told: dict[str, Any], evse_id: int) -> None:
    """Every supported purpose, kind and place, up to the limits."""
    purpose = told["purpose"]
    rest = {key: value for key, value in told.items() if key != "purpose"}
    assert refusal(profile(1, purpose, (0, 6.0), (60, 0.0), **rest), evse_id, PAIR, LIMITS) is None


@pytest.mark.parametrize("more", [{}, {"phaseToUse": 2, "numberPhases": 1}])
def test_a_mode_that_is_what_everybody_means_is_taken(more: dict[str, int]) -> None:
    """ChargingOnly, a switch that is off, and which phase to use change nothing."""
    period = {"startPeriod": 0, "limit": 6.0, "operationMode": "ChargingOnly", "evseSleep": False} | more
    assert refusal(profile(schedule={"chargingSchedulePeriod": [period]}), 1, STATION, Limits()) is None


@pytest.mark.parametrize("numbers", [(0.0, 3, 16.0), (230.0, 0, 16.0), (230.0, 4, 16.0), (230.0, 3, -1.0)])
def test_a_supply_that_cannot_be_is_an_error(numbers: tuple[float, int, float]) -> None:
    """No volts, no phases, four phases, negative amperes."""
    with pytest.raises(ValueError, match="a supply has"):
        Supply(*numbers)


def test_a_station_has_evses_from_1_on_and_limits_that_leave_something() -> None:
    """None, or one with the number of the whole station, is an error; so are limits that allow nothing."""
    supply = Supply(230.0, 1, 16.0)
    for evses in ({}, {0: supply}):
        with pytest.raises(ValueError, match="from 1"):
            Layout(evses)
    for max_periods in (0, 1025):
        with pytest.raises(ValueError, match="1 to 1024"):
            Limits(max_periods=max_periods)
    with pytest.raises(ValueError, match="and a unit"):
        Limits(units=frozenset())
