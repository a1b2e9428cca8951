from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.types.ocpp.charging_profile import ChargingProfilePurpose
from bridge.uplink.smart_charging.layout import Layout, Supply
from bridge.uplink.smart_charging.limit import Because, LimitNow, limit_at
from tests.uplink.smart_charging.making import DEFAULT, MAX, NOON, PAIR, TX, instant, profile, running, stack

AT_NOON = {"startSchedule": "2026-06-10T12:00:00Z"}


def test_where_nothing_limits_there_is_no_limit() -> None:
    """Not the supply's number: the charger's own limit is to hold."""
    assert limit_at(stack(), 1, NOON) == LimitNow(None, None, None, None)


def test_the_limit_says_why_and_until_when() -> None:
    """The decisive profile is named; the end is the next instant at which limit or reason changes."""
    made = stack(
        (profile(1, DEFAULT, (0, 16.0), (600, 16.0), (1200, 10.0), schedule=AT_NOON | {"duration": 1800}), 0),
        (profile(2, MAX, (0, 12.0), level=3), 0),
        transactions=[running()],
    )
    cap = Because(2, ChargingProfilePurpose.CHARGING_STATION_MAX_PROFILE, 0, 3)
    base = Because(1, ChargingProfilePurpose.TX_DEFAULT_PROFILE, 0, 0)
    minute = timedelta(minutes=1)
    assert limit_at(made, 1, NOON) == LimitNow(12.0, NOON + 20 * minute, cap, 12.0)
    assert limit_at(made, 1, NOON + 25 * minute) == LimitNow(10.0, NOON + 30 * minute, base, 10.0)
    assert limit_at(made, 1, NOON + 30 * minute) == LimitNow(12.0, None, cap, 12.0)


def test_where_the_last_profile_ends_the_limit_is_lifted() -> None:
    """None again, and the instant is told before."""
    made = stack((profile(1, DEFAULT, (0, 8.0), schedule=AT_NOON | {"duration": 60}), 1))
    end_at = NOON + timedelta(minutes=1)
    assert limit_at(made, 1, NOON).until_at == end_at
    assert limit_at(made, 1, end_at) == LimitNow(None, None, None, None)


@pytest.mark.parametrize(
    ("wanted_a", "limit_a"), [(0.0, 0.0), (0.1, 0.0), (5.99, 0.0), (6.0, 6.0), (6.1, 6.1), (32.0, 32.0), (80.0, 32.0)]
)
def test_less_than_6_a_is_a_pause(wanted_a: float, limit_a: float) -> None:
    """It cannot be offered; more than the supply gives is not."""
    told = limit_at(stack((profile(1, DEFAULT, (0, wanted_a)), 1)), 1, NOON)
    assert (told.limit_a, told.wanted_a) == (limit_a, min(wanted_a, 32.0))


@pytest.mark.parametrize("voltage_v", [229.9, 230.0, 231.7, 237.3, 240.1])
def test_the_watts_of_6_a_are_6_a(voltage_v: float) -> None:
    """What the way through watts leaves of a number does not make a pause of it."""
    layout = Layout({1: Supply(voltage_v, 3, 16.0)})
    made = stack((profile(1, DEFAULT, (0, voltage_v * 3 * 6), unit="W"), 1), layout=layout)
    limit_a = limit_at(made, 1, NOON).limit_a
    assert limit_a is not None
    assert 6.0 <= limit_a < 6.000001


def test_watts_are_spread_over_all_phases_of_the_supply() -> None:
    """A charger that is told amperes chooses no phases; amperes of each phase stay what they are."""
    assert limit_at(stack((profile(1, DEFAULT, (0, 6900.0, 1), unit="W"), 1)), 1, NOON).limit_a == 10.0
    assert limit_at(stack((profile(1, DEFAULT, (0, 10.0, 1)), 1)), 1, NOON).limit_a == 10.0
    assert limit_at(stack((profile(1, DEFAULT, (0, 2300.0), unit="W"), 2), layout=PAIR), 2, NOON).limit_a == 10.0


def test_before_a_transaction_the_limit_is_the_one_it_would_start_with() -> None:
    """A relative profile stays at its first period as long as nobody charges."""
    made = stack((profile(1, DEFAULT, (0, 8.0), (60, 16.0), kind="Relative"), 0))
    assert [limit_at(made, 1, NOON + timedelta(hours=hours)).limit_a for hours in (0, 1, 99)] == [8.0, 8.0, 8.0]
    made.start_transaction(running(started_at=NOON))
    assert limit_at(made, 1, NOON + timedelta(hours=1)).limit_a == 16.0


def test_a_change_far_away_is_found() -> None:
    """Months and nothing in between: it is told at once."""
    late = profile(1, DEFAULT, (0, 8.0), validFrom="2027-01-01T00:00:00Z")
    assert limit_at(stack((late, 0)), 1, NOON).until_at == instant("2027-01-01T00:00:00Z")


def test_where_much_recurs_and_nothing_changes_it_is_looked_at_again() -> None:
    """Runs of a day that say the same are passed over a bounded number of times; the instant told lies far ahead."""
    daily = profile(1, DEFAULT, (0, 8.0), kind="Recurring", recurrencyKind="Daily", schedule=AT_NOON)
    until_at = limit_at(stack((daily, 0)), 1, NOON).until_at
    assert until_at is not None
    assert until_at > NOON + timedelta(days=100)


def test_a_change_after_the_last_year_is_none() -> None:
    """What no date can say is not said."""
    far = profile(1, DEFAULT, (0, 8.0), (2**31 - 1, 6.0), schedule={"startSchedule": "9999-12-31T00:00:00Z"})
    late = instant("9999-12-31T12:00:00Z")
    assert limit_at(stack((far, 0)), 1, late) == LimitNow(8.0, None, limit_at(stack((far, 0)), 1, late).because, 8.0)


def test_when_a_transaction_ends_its_limit_goes_with_it() -> None:
    """The default holds again."""
    made = stack((profile(1, TX, (0, 8.0)), 1), (profile(2, DEFAULT, (0, 12.0)), 1), transactions=[running()])
    assert limit_at(made, 1, NOON).limit_a == 8.0
    made.end_transaction(1)
    assert limit_at(made, 1, NOON).limit_a == 12.0


@pytest.mark.parametrize("evse_id", [0, 5])
def test_only_an_evse_has_a_limit(evse_id: int) -> None:
    """The whole layout is told none, and an unknown EVSE has none."""
    with pytest.raises(LookupError):
        limit_at(stack(), evse_id, NOON)
