from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedule, ChargingSchedulePeriod
from bridge.uplink.smart_charging.composite import composite
from bridge.uplink.smart_charging.limit import limit_at
from bridge.uplink.smart_charging.outlook import Spoken, evse_outlook
from bridge.uplink.smart_charging.profiles import Installed
from bridge.uplink.smart_charging.stack import ProfileStack
from tests.uplink.smart_charging.any_profiles import days, stacks, started
from tests.uplink.smart_charging.brute_force import allowed
from tests.uplink.smart_charging.making import NOON, ZURICH, profile

TOLD = settings(max_examples=200, deadline=None, derandomize=True)
WINDOW_S = 3 * 86_400
SURE = timedelta(days=3)
"""in which no stack made here has as many edges as are looked at for a change"""


def at_second(schedule: ChargingSchedule, second: int) -> tuple[float, int]:
    period = [one for one in schedule.charging_schedule_period if one.start_period <= second][-1]
    assert period.limit is not None
    assert period.number_phases is not None
    return period.limit, period.number_phases


def telling_seconds(made: ProfileStack, schedule: ChargingSchedule, from_at: datetime, duration_s: int) -> set[int]:
    """Return the seconds of a window at which a mistake would show: around every edge, and every hour."""
    edges = {period.start_period for period in schedule.charging_schedule_period}
    edges |= set(range(0, duration_s, 3600))
    for one in made.installed:
        starts = [one.schedule.start_schedule, one.profile.valid_from, one.profile.valid_to, one.installed_at]
        for start in (*starts, *started(made).values()):
            if start is None:
                continue
            begin_s = int((start - from_at).total_seconds())
            runs = range(begin_s % 86_400 - 86_400, duration_s, 86_400)
            lengths = [period.start_period for period in one.schedule.charging_schedule_period]
            lengths.append(one.schedule.duration or 0)
            edges |= {run + length for run in (begin_s, *runs) for length in (0, *lengths)}
    near = {edge + step for edge in edges for step in (-1, 0, 1)}
    return {second for second in near if 0 <= second < duration_s}


@given(st.data())
@TOLD
def test_a_composite_is_what_is_worked_out_second_by_second(data: st.DataObject) -> None:
    """In every second that could matter, for all purposes, kinds, units, phases and levels, both agree."""
    day = data.draw(days)
    made = data.draw(stacks(day))
    evse_id = data.draw(st.sampled_from([0, *made.layout.evses]))
    from_at = day + timedelta(seconds=data.draw(st.integers(-86_400, 86_400)))
    duration_s = data.draw(st.integers(1, WINDOW_S))
    in_a = composite(made, evse_id, from_at, duration_s, unit=ChargingRateUnit.A)
    in_w = composite(made, evse_id, from_at, duration_s, unit=ChargingRateUnit.W)
    for second in telling_seconds(made, in_a, from_at, duration_s):
        at = from_at + timedelta(seconds=second)
        expected = allowed(made.installed, evse_id, at, started(made), made.layout, from_at, lost_at=made.offline_since)
        (current_a, phases), (power_w, same_phases) = at_second(in_a, second), at_second(in_w, second)
        assert current_a == pytest.approx(expected.current_a, rel=1e-9), at
        assert power_w == pytest.approx(expected.power_w, rel=1e-9), at
        assert phases == same_phases == expected.phases, at


@given(st.data())
@TOLD
def test_a_composite_covers_its_window_in_steps(data: st.DataObject) -> None:
    """It starts at 0, goes up strictly, ends inside the window, no neighbours are equal, and nothing is negative."""
    day = data.draw(days)
    made = data.draw(stacks(day))
    duration_s = data.draw(st.integers(0, WINDOW_S))
    schedule = composite(made, data.draw(st.sampled_from([0, *made.layout.evses])), day, duration_s)
    starts = [period.start_period for period in schedule.charging_schedule_period]
    told = [(period.limit, period.number_phases) for period in schedule.charging_schedule_period]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert starts[-1] < max(1, duration_s)
    assert all(one != other for one, other in pairwise(told))
    assert all(limit is not None and limit >= 0 for limit, _ in told)
    assert (schedule.start_schedule, schedule.duration) == (day, duration_s)


@given(st.data())
@TOLD
def test_where_a_window_is_cut_changes_nothing(data: st.DataObject) -> None:
    """While a transaction runs, two windows in a row say what one over both says."""
    day = data.draw(days)
    made = data.draw(stacks(day, always_running=True))
    evse_id = data.draw(st.sampled_from([0, *made.layout.evses]))
    cut_s, rest_s = data.draw(st.integers(1, WINDOW_S)), data.draw(st.integers(1, WINDOW_S))
    unit = data.draw(st.sampled_from(ChargingRateUnit))
    whole = composite(made, evse_id, day, cut_s + rest_s, unit=unit)
    first = composite(made, evse_id, day, cut_s, unit=unit)
    second = composite(made, evse_id, day + timedelta(seconds=cut_s), rest_s, unit=unit)
    for at_s in {period.start_period for period in whole.charging_schedule_period} | {0, cut_s - 1, cut_s}:
        part = at_second(first, at_s) if at_s < cut_s else at_second(second, at_s - cut_s)
        assert at_second(whole, at_s) == part


@given(st.data())
@TOLD
def test_nothing_exceeds_the_cap_of_the_station(data: st.DataObject) -> None:
    """Whatever else is installed, neither the layout nor all its busy EVSEs together go over its cap, in A or W."""
    day = data.draw(days)
    made = data.draw(stacks(day, always_running=True))
    caps = [one for one in made.installed if one.evse_id == 0 and "Tx" not in one.profile.charging_profile_purpose]
    from_at = day + timedelta(seconds=data.draw(st.integers(0, 86_400)))
    alone = ProfileStack(made.layout, made.limits, caps)
    alone.offline_since = made.offline_since
    for unit in ChargingRateUnit:
        cap, _ = at_second(composite(alone, 0, from_at, 0, unit=unit), 0)
        total, _ = at_second(composite(made, 0, from_at, 0, unit=unit), 0)
        each = [at_second(composite(made, evse_id, from_at, 0, unit=unit), 0)[0] for evse_id in made.layout.evses]
        assert total <= cap * (1 + 1e-9)
        if unit is ChargingRateUnit.W or all(one.schedule.charging_rate_unit is unit for one in caps):
            assert sum(each) <= cap * (1 + 1e-9)


@given(st.data())
@TOLD
def test_the_limit_holds_until_it_is_said_to_change(data: st.DataObject) -> None:
    """It is the brute force's over all phases of the supply; it stays until `until_at`, and is another one then."""
    day = data.draw(days)
    made = data.draw(stacks(day, always_running=True))
    evse_id = data.draw(st.sampled_from(list(made.layout.evses)))
    at = day + timedelta(seconds=data.draw(st.integers(-86_400, 86_400)))
    assume(all(one.started_at <= at for one in made.transactions))  # one of the future counts from now on
    now = limit_at(made, evse_id, at)
    end = now.until_at or at + timedelta(days=20)
    assert end > at
    for part in (0.1, 0.5, 0.9):
        between = limit_at(made, evse_id, at + (end - at) * part)
        assert (between.limit_a, between.because) == (now.limit_a, now.because)
    if now.until_at is not None and now.until_at - at < SURE:
        then = limit_at(made, evse_id, now.until_at)
        assert (then.limit_a, then.because) != (now.limit_a, now.because)
    if now.wanted_a is not None:
        assert now.limit_a == (0 if now.wanted_a < 6 - 1e-6 else pytest.approx(now.wanted_a))
        expected = allowed(
            made.installed, evse_id, at, started(made), made.layout, at, all_phases=True, lost_at=made.offline_since
        )
        assert now.wanted_a == pytest.approx(expected.current_a, rel=1e-9)


def charged(period: ChargingSchedulePeriod, unit: ChargingRateUnit, voltage_v: float) -> float:
    """Read a period of 2.1 as a charger that cannot discharge, on as many phases as it says."""
    phases = period.number_phases or 3
    source = Installed(profile=profile(unit=unit.value), evse_id=1, installed_at=NOON)
    spoken = Spoken(source, period)
    return spoken.in_a(voltage_v, phases) if unit is ChargingRateUnit.A else spoken.in_w(voltage_v, phases)


@given(st.data())
@TOLD
def test_a_composite_of_2_1_charges_what_the_plain_one_does(data: st.DataObject) -> None:
    """Whatever it says beyond that; its limits, discharge limits and setpoint are in order on every phase."""
    day = data.draw(days)
    made = data.draw(stacks(day))
    evse_id, unit = data.draw(st.sampled_from(list(made.layout.evses))), data.draw(st.sampled_from(ChargingRateUnit))
    duration_s = data.draw(st.integers(1, WINDOW_S))
    plain = composite(made, evse_id, day, duration_s, unit=unit)
    told = composite(made, evse_id, day, duration_s, unit=unit, bidirectional=True)
    voltage_v = made.layout.supply(evse_id).voltage_v
    starts = {period.start_period for one in (plain, told) for period in one.charging_schedule_period}
    for second in starts:
        period = [one for one in told.charging_schedule_period if one.start_period <= second][-1]
        limit, phases = at_second(plain, second)
        assert period.number_phases == phases
        assert charged(period, unit, voltage_v) == pytest.approx(limit, rel=1e-9, abs=1e-9)
        for tail in ("", "_L2", "_L3"):
            most, least, wish = (getattr(period, name + tail) for name in ("limit", "discharge_limit", "setpoint"))
            assert most is None or most >= 0
            assert least is None or least <= 0
            if tail or period.setpoint_L2 is None is period.limit_L2 is period.discharge_limit_L2:
                assert wish is None or least is None or wish >= least - 1e-9
                assert wish is None or most is None or wish <= most + 1e-9


@given(st.data())
@TOLD
def test_the_amperes_told_exceed_nothing_that_holds(data: st.DataObject) -> None:
    """Never more than a limit or a setpoint in force, never negative, and 0 where the setpoint is not positive."""
    day = data.draw(days)
    made = data.draw(stacks(day, always_running=True))
    evse_id = data.draw(st.sampled_from(list(made.layout.evses)))
    at = day + timedelta(seconds=data.draw(st.integers(0, 86_400)))
    told = limit_at(made, evse_id, at)
    if told.limit_a is None:
        return
    assert told.limit_a >= 0
    supply = made.layout.supply(evse_id)
    now = evse_outlook(made, evse_id, int(at.timestamp())).at(int(at.timestamp()), supply.phases)
    for spoken in (now.base, *now.others):
        if spoken is None:
            continue
        period, by_a = spoken.period, spoken.unit is ChargingRateUnit.A
        for first, second, third in (
            (period.limit, period.limit_L2, period.limit_L3),
            (period.setpoint, period.setpoint_L2, period.setpoint_L3),
        ):
            whole = second is None and third is None
            drawn = told.limit_a * (1.0 if by_a else supply.voltage_v * (supply.phases if whole else 1))
            for number in (first, second, third):
                assert number is None or drawn <= max(number, 0.0) * (1 + 1e-6)
                assert number is None or number > 0 or told.limit_a == 0


def test_the_brute_force_itself_knows_the_days_on_which_clocks_change() -> None:
    """What everything is held against is held against the calendar: local midnights are 23 and 25 hours apart."""
    for day, hours in ((datetime(2026, 3, 29, tzinfo=UTC), 23), (datetime(2026, 10, 25, tzinfo=UTC), 25)):
        midnights = [(day + timedelta(days=n)).replace(tzinfo=ZURICH).astimezone(UTC) for n in (0, 1)]
        assert midnights[1] - midnights[0] == timedelta(hours=hours)
