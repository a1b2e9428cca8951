from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.types.facts import from_epoch_s
from bridge.types.ocpp.charging_profile import ChargingProfile
from bridge.types.ocpp.charging_schedule import ChargingRateUnit
from bridge.types.ocpp.translate.charging_profiles import Place
from bridge.types.ocpp.translate.composite_schedules import composite_schedule
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.smart_charging import composite as composites
from bridge.uplink.smart_charging.composite import composite
from bridge.uplink.smart_charging.layout import Layout, Limits, Supply, whole_seconds
from bridge.uplink.smart_charging.profiles import Transaction
from bridge.uplink.smart_charging.stack import Change
from tests.types.ocpp.schemas import check
from tests.uplink.smart_charging.making import (
    DEFAULT,
    MAX,
    NOON,
    OUTSIDE,
    PAIR,
    STATION,
    THREE_PHASES,
    TX,
    instant,
    profile,
    running,
    stack,
    steps,
)

A, W = ChargingRateUnit.A, ChargingRateUnit.W
HOUR = 3600
DAY = 24 * HOUR
AT_NOON = {"startSchedule": "2026-06-10T12:00:00Z"}


def absolute(
    number: int, purpose: str, *periods: tuple[int, float], level: int = 0, **schedule: Any
) -> ChargingProfile:
    return profile(number, purpose, *periods, level=level, schedule=AT_NOON | schedule)


def test_where_no_profile_says_anything_the_supply_is_the_limit() -> None:
    """One period with what the supply gives, in A and in W, with its phases."""
    told = composite(stack(), 1, NOON, 600)
    assert (told.charging_rate_unit, steps(told), told.duration) == (A, [(0, 32.0)], 600)
    assert told.charging_schedule_period[0].number_phases == 3
    assert steps(composite(stack(), 1, NOON, 600, unit=W)) == [(0, 32.0 * 230 * 3)]


def test_the_periods_of_one_profile_are_its_own() -> None:
    """An absolute schedule is told as it stands, counted from the start of the answer."""
    made = stack((absolute(1, DEFAULT, (0, 10.0), (HOUR, 16.0), (2 * HOUR, 8.0)), 1))
    assert steps(composite(made, 1, NOON, 3 * HOUR)) == [(0, 10.0), (HOUR, 16.0), (2 * HOUR, 8.0)]
    half_past = NOON + timedelta(minutes=90)
    assert steps(composite(made, 1, half_past, 3 * HOUR)) == [(0, 16.0), (1800, 8.0)]


def test_before_its_start_and_after_its_duration_a_profile_says_nothing() -> None:
    """The supply is the limit there; the end is where the duration says."""
    made = stack((absolute(1, DEFAULT, (0, 10.0), duration=HOUR), 1))
    told = composite(made, 1, NOON - timedelta(hours=1), 3 * HOUR)
    assert steps(told) == [(0, 32.0), (HOUR, 10.0), (2 * HOUR, 32.0)]


def test_before_the_first_period_a_profile_says_nothing() -> None:
    """A first startPeriod after 0 leaves the time before it to lower levels."""
    made = stack((absolute(1, DEFAULT, (HOUR, 10.0), level=1), 1), (absolute(2, DEFAULT, (0, 7.0)), 1))
    assert steps(composite(made, 1, NOON, 2 * HOUR)) == [(0, 7.0), (HOUR, 10.0)]


def test_the_highest_level_that_says_something_holds() -> None:
    """A higher level holds while its schedule lasts, whether its limit is higher or lower; then the lower one does."""
    made = stack(
        (absolute(1, DEFAULT, (0, 10.0)), 1),
        (absolute(2, DEFAULT, (0, 20.0), (HOUR, 6.0), level=5, duration=2 * HOUR), 1),
    )
    assert steps(composite(made, 1, NOON, 3 * HOUR)) == [(0, 20.0), (HOUR, 6.0), (2 * HOUR, 10.0)]


@pytest.mark.parametrize(
    ("valid", "expected"),
    [
        ({"validFrom": "2026-06-10T13:00:00Z"}, [(0, 32.0), (HOUR, 10.0)]),
        ({"validTo": "2026-06-10T13:00:00Z"}, [(0, 10.0), (HOUR, 32.0)]),
        (
            {"validFrom": "2026-06-10T13:00:00Z", "validTo": "2026-06-10T14:00:00Z"},
            [(0, 32.0), (HOUR, 10.0), (2 * HOUR, 32.0)],
        ),
        ({"validFrom": "2026-06-10T14:00:00Z", "validTo": "2026-06-10T13:00:00Z"}, [(0, 32.0)]),
    ],
)
def test_a_profile_holds_from_valid_from_until_before_valid_to(
    valid: dict[str, Any], expected: list[tuple[int, float]]
) -> None:
    """The first second is inside, the last outside; a window upside down never holds."""
    made = stack((profile(1, DEFAULT, (0, 10.0), schedule=AT_NOON, **valid), 1))
    assert steps(composite(made, 1, NOON, 4 * HOUR)) == expected


def test_the_profile_of_a_transaction_goes_before_the_default_where_it_says_something() -> None:
    """It overrides whatever the levels, higher or lower; outside its schedule the default holds."""
    made = stack(
        (absolute(1, DEFAULT, (0, 10.0), level=9), 1),
        (absolute(2, TX, (HOUR, 20.0), duration=2 * HOUR), 1),
        transactions=[running()],
    )
    assert steps(composite(made, 1, NOON, 3 * HOUR)) == [(0, 10.0), (HOUR, 20.0), (2 * HOUR, 10.0)]


def test_a_cap_of_the_station_is_never_exceeded_and_never_raises() -> None:
    """The least of base and cap holds; the unit may differ."""
    cap = profile(9, MAX, (0, 13.0 * 690), unit="W", schedule=AT_NOON)
    made = stack((absolute(1, DEFAULT, (0, 10.0), (HOUR, 20.0)), 1), (cap, 0))
    assert steps(composite(made, 1, NOON, 2 * HOUR, unit=A)) == [(0, 10.0), (HOUR, 13.0)]
    assert steps(composite(made, 1, NOON, 2 * HOUR, unit=W)) == [(0, 6900.0), (HOUR, 8970.0)]


def test_constraints_from_outside_cap_an_evse_and_the_station() -> None:
    """One at the EVSE and one for the station hold side by side, whatever their levels."""
    made = stack(
        (absolute(1, OUTSIDE, (0, 20.0), level=5), 1),
        (absolute(2, OUTSIDE, (0, 25.0), (HOUR, 15.0)), 0),
    )
    assert steps(composite(made, 1, NOON, 2 * HOUR)) == [(0, 20.0), (HOUR, 15.0)]


def test_an_evses_own_default_goes_before_the_stations_on_the_same_level() -> None:
    """On the same level the EVSE's own holds there; a higher level of the station's goes before it."""
    defaults = [(profile(1, DEFAULT, (0, 10.0), level=1), 0), (profile(2, DEFAULT, (0, 8.0), level=1), 1)]
    made = stack(*defaults, layout=PAIR)
    assert steps(composite(made, 1, NOON, 60)) == [(0, 8.0)]
    assert steps(composite(made, 2, NOON, 60)) == [(0, 10.0)]
    assert isinstance(made.install(profile(3, DEFAULT, (0, 12.0), level=2), 0, NOON), Change)
    assert steps(composite(made, 1, NOON, 60)) == [(0, 12.0)]


def test_a_daily_profile_that_began_yesterday_goes_on_over_midnight() -> None:
    """22:00 to 06:00 holds at 01:00, and comes again the next evening."""
    night = profile(
        1,
        DEFAULT,
        (0, 6.0),
        kind="Recurring",
        recurrencyKind="Daily",
        schedule={"startSchedule": "2026-06-01T22:00:00Z", "duration": 8 * HOUR},
    )
    told = composite(stack((night, 0)), 1, instant("2026-06-11T01:00:00Z"), 24 * HOUR)
    assert steps(told) == [(0, 6.0), (5 * HOUR, 32.0), (21 * HOUR, 6.0)]


def test_a_recurring_profile_says_nothing_before_its_first_start() -> None:
    """The day before startSchedule is free."""
    daily = profile(
        1,
        DEFAULT,
        (0, 6.0),
        kind="Recurring",
        recurrencyKind="Daily",
        schedule={"startSchedule": "2026-06-11T12:00:00Z"},
    )
    assert steps(composite(stack((daily, 0)), 1, NOON, 2 * DAY)) == [(0, 32.0), (DAY, 6.0)]


def test_a_run_is_cut_where_the_next_begins() -> None:
    """Periods and durations beyond a day do not reach into the next run, which may begin with a gap."""
    daily = profile(
        1,
        DEFAULT,
        (HOUR, 6.0),
        (DAY + HOUR, 9.0),
        kind="Recurring",
        recurrencyKind="Daily",
        schedule=AT_NOON | {"duration": 3 * DAY},
    )
    told = composite(stack((daily, 0)), 1, NOON, 2 * DAY)
    assert steps(told) == [(0, 32.0), (HOUR, 6.0), (DAY, 32.0), (DAY + HOUR, 6.0)]


def test_a_weekly_profile_recurs_after_seven_days() -> None:
    """It holds on its day and no other."""
    weekly = profile(
        1,
        DEFAULT,
        (0, 6.0),
        kind="Recurring",
        recurrencyKind="Weekly",
        schedule={"startSchedule": "2026-06-03T12:00:00Z", "duration": HOUR},
    )
    told = composite(stack((weekly, 0)), 1, NOON, 8 * DAY)
    assert steps(told) == [(0, 6.0), (HOUR, 32.0), (7 * DAY, 6.0), (7 * DAY + HOUR, 32.0)]


@pytest.mark.parametrize(
    ("use_local_time", "day", "runs"),
    [
        (False, "2026-03-28T22:00:00Z", [0, DAY, 2 * DAY]),
        (False, "2026-10-24T22:00:00Z", [0, DAY, 2 * DAY]),
        (True, "2026-03-28T21:00:00Z", [0, 23 * HOUR, 47 * HOUR]),
        (True, "2026-10-24T20:00:00Z", [0, 25 * HOUR, 49 * HOUR]),
    ],
)
def test_recurrence_follows_utc_or_the_clock_on_the_wall(use_local_time: bool, day: str, runs: list[int]) -> None:  # noqa: FBT001 -- a column of the table
    """22:00 of UTC comes every 24 hours; 22:00 on the wall after 23 or 25 where clocks change."""
    schedule = {"startSchedule": "2026-01-01T22:00:00Z", "duration": HOUR, "useLocalTime": use_local_time}
    daily = profile(1, DEFAULT, (0, 6.0), kind="Recurring", recurrencyKind="Daily", schedule=schedule)
    told = composite(stack((daily, 0)), 1, instant(day), 2 * DAY + 2 * HOUR)
    assert [start for start, limit in steps(told) if limit == 6.0] == runs


@pytest.mark.parametrize("day", ["2026-03-27T23:00:00Z", "2026-10-23T22:00:00Z"])
def test_a_schedule_of_a_whole_local_day_leaves_no_gap_where_the_day_has_25_hours(day: str) -> None:
    """A duration of 24 hours, day after day in local time, holds without an hour in which everything is allowed."""
    schedule = {"startSchedule": "2026-01-01T00:00:00Z", "duration": DAY, "useLocalTime": True}
    daily = profile(1, DEFAULT, (0, 6.0), kind="Recurring", recurrencyKind="Daily", schedule=schedule)
    assert steps(composite(stack((daily, 0)), 1, instant(day), 4 * DAY)) == [(0, 6.0)]


def test_an_absolute_schedule_in_local_time_starts_by_the_wall() -> None:
    """Its digits are read in the site's zone: 12:00 is 10:00 UTC in summer."""
    made = stack((absolute(1, DEFAULT, (0, 6.0), useLocalTime=True), 0))
    assert steps(composite(made, 1, instant("2026-06-10T09:00:00Z"), 2 * HOUR)) == [(0, 32.0), (HOUR, 6.0)]


@pytest.mark.parametrize("kind", ["Relative", "Absolute"])
def test_a_schedule_without_a_start_counts_from_the_transaction(kind: str) -> None:
    """Relative, and Absolute without startSchedule, count from the start of the transaction, for both its purposes."""
    started_at = NOON - timedelta(minutes=30)
    for purpose in (DEFAULT, TX):
        one = profile(1, purpose, (0, 10.0), (HOUR, 16.0), kind=kind)
        made = stack((one, 1), transactions=[running(started_at=started_at)])
        assert steps(composite(made, 1, NOON, 2 * HOUR)) == [(0, 10.0), (1800, 16.0)]


def test_without_a_transaction_one_is_taken_to_start_now() -> None:
    """A relative default counts from the start of the answer, and so does a profile that waits for its transaction."""
    made = stack((profile(1, DEFAULT, (0, 10.0), (HOUR, 16.0), kind="Relative"), 0))
    assert steps(composite(made, 1, NOON, 2 * HOUR)) == [(0, 10.0), (HOUR, 16.0)]
    waiting = profile(2, TX, (0, 8.0), (HOUR, 9.0), kind="Relative")
    assert isinstance(made.install(waiting, 1, NOON, for_next_transaction=True), Change)
    assert steps(composite(made, 1, NOON, 2 * HOUR)) == [(0, 8.0), (HOUR, 9.0)]


def test_a_transaction_that_seems_to_start_later_counts_from_now() -> None:
    """A charger whose clock is ahead must not be free of its limit until then."""
    one = profile(1, TX, (0, 10.0), kind="Relative")
    made = stack((one, 1), transactions=[running(started_at=NOON + timedelta(hours=2))])
    assert steps(composite(made, 1, NOON, HOUR)) == [(0, 10.0)]


def test_a_cap_without_a_start_counts_from_its_installation() -> None:
    """The station knows no transaction."""
    made = stack((profile(1, MAX, (0, 10.0), (HOUR, 20.0)), 0), at=NOON - timedelta(minutes=30))
    assert steps(composite(made, 1, NOON, HOUR)) == [(0, 10.0), (1800, 20.0)]


@pytest.mark.parametrize(
    ("period", "unit", "in_a", "in_w", "phases"),
    [
        ((0, 6900.0), "W", 10.0, 6900.0, 3),
        ((0, 6900.0, 3), "W", 10.0, 6900.0, 3),
        ((0, 3680.0, 1), "W", 16.0, 3680.0, 1),
        ((0, 9200.0, 2), "W", 20.0, 9200.0, 2),
        ((0, 10.0), "A", 10.0, 6900.0, 3),
        ((0, 10.0, 2), "A", 10.0, 4600.0, 2),
        ((0, 0.0), "W", 0.0, 0.0, 3),
        ((0, 100.0), "A", 32.0, 22_080.0, 3),
        ((0, 100.0, 1), "A", 32.0, 7360.0, 1),
    ],
)
def test_watts_are_amperes_times_volts_times_the_phases_that_are_used(
    period: tuple[int, float] | tuple[int, float, int], unit: str, in_a: float, in_w: float, phases: int
) -> None:
    """Three phases where none are told; the supply is never exceeded."""
    made = stack((profile(1, DEFAULT, period, unit=unit), 0))
    for asked, expected in ((A, in_a), (W, in_w)):
        told = composite(made, 1, NOON, 60, unit=asked)
        assert steps(told) == [(0, expected)]
        assert told.charging_schedule_period[0].number_phases == phases


def test_no_more_phases_are_told_than_the_supply_has() -> None:
    """3450 W are 15 A where there is one phase."""
    made = stack((profile(1, DEFAULT, (0, 3450.0, 3), unit="W"), 0), layout=PAIR)
    told = composite(made, 2, NOON, 60, unit=A)
    assert (steps(told), told.charging_schedule_period[0].number_phases) == ([(0, 15.0)], 1)


def test_a_limit_in_a_and_one_in_w_are_both_kept_when_phases_differ() -> None:
    """One phase of 20 A under a cap of 10 A per phase is 10 A, although 20 A on one phase are fewer watts."""
    made = stack((profile(1, DEFAULT, (0, 20.0, 1)), 1), (profile(2, MAX, (0, 10.0, 3)), 0))
    assert steps(composite(made, 1, NOON, 60, unit=A)) == [(0, 10.0)]
    assert steps(composite(made, 1, NOON, 60, unit=W)) == [(0, 2300.0)]


def test_without_a_wish_it_counts_as_the_profiles_do() -> None:
    """W where all that matter count in W, A where they differ, W where the station takes no A."""
    in_w, in_a = (profile(1, DEFAULT, (0, 6900.0), unit="W"), 1), (profile(2, MAX, (0, 10.0)), 0)
    assert composite(stack(in_w), 1, NOON, 60).charging_rate_unit is W
    assert composite(stack(in_w, in_a), 1, NOON, 60).charging_rate_unit is A
    assert composite(stack(limits=Limits(units=frozenset({W}))), 1, NOON, 60).charging_rate_unit is W


def test_neighbours_that_are_equal_are_one_period() -> None:
    """Periods with the same limit, runs of a day and levels that say the same are joined."""
    daily = profile(
        1,
        DEFAULT,
        (0, 6.0),
        (HOUR, 6.0),
        kind="Recurring",
        recurrencyKind="Daily",
        schedule=AT_NOON | {"duration": DAY},
    )
    other = absolute(2, DEFAULT, (0, 6.0), level=1, duration=2 * HOUR)
    assert steps(composite(stack((daily, 0), (other, 0)), 1, NOON, 5 * DAY)) == [(0, 6.0)]


def test_a_duration_of_nothing_is_answered_with_what_holds_now() -> None:
    """One period, and a duration of 0: not the supply's limit, not an empty list."""
    made = stack((absolute(1, MAX, (0, 10.0)), 0))
    told = composite(made, 1, NOON, 0)
    assert (steps(told), told.duration) == ([(0, 10.0)], 0)
    with pytest.raises(ValueError, match="-1 s"):
        composite(made, 1, NOON, -1)


def test_what_has_too_many_periods_ends_earlier() -> None:
    """A schedule that would need more than the station may tell is cut there, and its duration says so."""
    one = absolute(1, DEFAULT, *[(hour * HOUR, 6.0 + hour) for hour in range(5)])
    made = stack((one, 1), limits=Limits(max_periods=5))
    assert len(steps(composite(made, 1, NOON, 24 * HOUR))) == 5
    early = composite(made, 1, NOON - timedelta(hours=1), 24 * HOUR)
    assert (len(steps(early)), early.duration) == (5, 5 * HOUR)


def test_a_window_of_68_years_does_not_take_for_ever() -> None:
    """What changes nothing is passed over a bounded number of times; the duration says how far it is certain."""
    daily = profile(
        1,
        DEFAULT,
        *[(minute * 60, 20.0 + minute % 2) for minute in range(100)],
        kind="Recurring",
        recurrencyKind="Daily",
        schedule=AT_NOON,
    )
    made = stack((daily, 0), (profile(2, MAX, (0, 10.0)), 0))
    told = composite(made, 1, NOON, 2**31 - 1)
    assert steps(told) == [(0, 10.0)]
    assert told.duration is not None
    assert told.duration > composites.BOUNDARIES_AT_MOST / 101 * DAY * 0.9


def test_a_year_of_days_is_told_whole() -> None:
    """Two periods a day for a year are 730, each at its second."""
    nightly = profile(
        1, DEFAULT, (0, 6.0), (8 * HOUR, 16.0), kind="Recurring", recurrencyKind="Daily", schedule=AT_NOON
    )
    told = composite(stack((nightly, 0), limits=Limits(max_periods=1024)), 1, NOON, 365 * DAY)
    assert steps(told) == [
        (day * DAY + start, limit) for day in range(365) for start, limit in ((0, 6.0), (28_800, 16.0))
    ]


def test_the_station_is_the_sum_of_its_evses_under_its_cap() -> None:
    """What is expected at the grid: 32 A of three phases and 16 A of one, or less where profiles say so."""
    assert steps(composite(stack(layout=PAIR), 0, NOON, 60, unit=A)) == [(0, 48.0)]
    assert steps(composite(stack(layout=PAIR), 0, NOON, 60, unit=W)) == [(0, 22_080.0 + 3680.0)]
    made = stack((absolute(1, DEFAULT, (0, 10.0), (HOUR, 6.0)), 0), (absolute(2, MAX, (0, 15.0)), 0), layout=PAIR)
    assert steps(composite(made, 0, NOON, 2 * HOUR, unit=A)) == [(0, 15.0), (HOUR, 12.0)]
    assert composite(made, 0, NOON, 60).evse == 0
    capped = stack((absolute(1, MAX, (0, 10.0)), 0), layout=PAIR)
    assert steps(composite(capped, 0, NOON, 60, unit=W)) == [(0, 6900.0)]


def test_a_grid_connection_that_gives_less_than_its_evses_could_take_is_the_limit() -> None:
    """Two EVSEs of 32 A behind 40 A are expected to take 40 A."""
    layout = Layout({1: THREE_PHASES, 2: THREE_PHASES}, grid=Supply(230.0, 3, 40.0))
    assert steps(composite(stack(layout=layout), 0, NOON, 60, unit=A)) == [(0, 40.0)]


@pytest.mark.parametrize("purpose", [MAX, OUTSIDE])
def test_a_cap_of_the_station_is_shared_by_the_evses_that_charge(purpose: str) -> None:
    """Alone an EVSE has all of it, two that charge half of it each: together they never take more."""
    cap = (absolute(1, purpose, (0, 14.0)), 0)
    one = stack(cap, layout=PAIR, transactions=[running(1)])
    assert steps(composite(one, 1, NOON, 60)) == [(0, 14.0)]
    both = stack(cap, layout=PAIR, transactions=[running(1), running(2)])
    assert [steps(composite(both, evse_id, NOON, 60)) for evse_id in (1, 2)] == [[(0, 7.0)], [(0, 7.0)]]


def test_the_least_rate_is_told_where_all_comes_from_one_profile() -> None:
    """It is passed on in its own unit only, and not where another profile or none is decisive for a while."""
    one = (absolute(1, DEFAULT, (0, 10.0), (HOUR, 8.0), minChargingRate=6.5), 1)
    made = stack(one)
    assert composite(made, 1, NOON, 2 * HOUR).min_charging_rate == 6.5
    assert composite(made, 1, NOON, 2 * HOUR, unit=W).min_charging_rate is None
    assert composite(made, 1, NOON - timedelta(hours=1), 2 * HOUR).min_charging_rate is None
    assert composite(stack(one, (absolute(2, MAX, (HOUR, 7.0)), 0)), 1, NOON, 2 * HOUR).min_charging_rate is None


def test_the_level_of_the_decisive_profile_is_noted_where_it_is_wanted() -> None:
    """EVerest's own schedule has it, and tells two profiles with the same limit apart."""
    made = stack((absolute(1, DEFAULT, (0, 10.0), level=3, duration=HOUR), 1), (absolute(2, DEFAULT, (0, 10.0)), 1))
    plain = composite(made, 1, NOON, 2 * HOUR)
    assert [period.stack_level for period in plain.charging_schedule_period] == [None]
    noted = composite(made, 1, NOON, 2 * HOUR, with_stack_levels=True)
    assert [(one.start_period, one.stack_level) for one in noted.charging_schedule_period] == [(0, 3), (HOUR, 0)]


def test_fractions_of_seconds_are_cut_everywhere() -> None:
    """The answer starts at a whole second, and a change comes up to a second early but never late by one."""
    one = profile(1, DEFAULT, (0, 10.0), schedule={"startSchedule": "2026-06-10T12:00:05.9Z"})
    told = composite(stack((one, 1)), 1, NOON + timedelta(milliseconds=999), 60)
    assert (told.start_schedule, steps(told)) == (NOON, [(0, 32.0), (5, 10.0)])
    assert whole_seconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("start", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("kind", ["Absolute", "Recurring"])
def test_the_ends_of_time_do_no_harm(kind: str, start: str, local: bool) -> None:  # noqa: FBT001 -- a column of the table
    """A schedule from the year 1 or 9999, with periods beyond, is followed like any other."""
    more: dict[str, Any] = {"recurrencyKind": "Daily"} if kind == "Recurring" else {}
    one = profile(
        1,
        DEFAULT,
        (0, 10.0),
        (2**31 - 1, 6.0),
        kind=kind,
        schedule={"startSchedule": start, "useLocalTime": local},
        **more,
    )
    expected = {"9999": 32.0, "0001": 10.0 if kind == "Recurring" else 6.0}[start[:4]]
    assert steps(composite(stack((one, 1)), 1, NOON, DAY)) == [(0, expected)]


@pytest.mark.parametrize("version", OcppVersion)
def test_the_answer_is_valid_in_every_version(version: OcppVersion) -> None:
    """GetCompositeSchedule is answered with what its schema takes, limits cut to a decimal in 1.6."""
    made = stack((profile(1, DEFAULT, (0, 7000.0), (HOUR, 3000.0), unit="W"), 1))
    said = composite_schedule(composite(made, 1, NOON, 2 * HOUR, unit=A), version, Place(1, 1))
    assert said.payload is not None
    assert said.payload["status"] == "Accepted"
    check(said.payload, version, "GetCompositeSchedule", answer=True)
    if version is OcppVersion.V16:
        assert said.payload["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 10.1


def test_an_evse_that_is_not_there_has_no_schedule() -> None:
    """LookupError names it."""
    with pytest.raises(LookupError, match="no EVSE 5"):
        composite(stack(), 5, NOON, 60)


def test_the_profile_of_a_transaction_that_does_not_run_says_nothing() -> None:
    """One that was kept over a restart holds only once its own transaction goes on."""
    made = stack((profile(1, TX, (0, 6.0)), 1), transactions=[running()])
    again = type(made)(STATION, Limits(), made.installed)
    assert steps(composite(again, 1, NOON, 60)) == [(0, 32.0)]
    again.start_transaction(Transaction(1, "session-1", from_epoch_s(0)))
    assert steps(composite(again, 1, NOON, 60)) == [(0, 6.0)]
