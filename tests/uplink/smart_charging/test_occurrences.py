from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.uplink.smart_charging.layout import whole_seconds
from bridge.uplink.smart_charging.occurrences import Once, Recurring, RecurringLocally, from_wall_s
from tests.uplink.smart_charging.making import ZURICH, instant

DAY = 86_400


def second(text: str) -> int:
    return whole_seconds(instant(text))


def test_one_run_has_no_following() -> None:
    """Before it there is none."""
    once = Once(100)
    assert (once.at(99), once.at(100), once.at(10**9)) == (None, (100, None), (100, None))


def test_runs_follow_each_other() -> None:
    """The one that began last, however long ago the first was."""
    daily = Recurring(100, DAY)
    assert daily.at(99) is None
    assert daily.at(100 + 5 * DAY - 1) == (100 + 4 * DAY, 100 + 5 * DAY)
    assert daily.at(100 + 5 * DAY) == (100 + 5 * DAY, 100 + 6 * DAY)


@pytest.mark.parametrize(
    ("wall", "in_utc"),
    [
        ("2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z"),
        ("2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z"),
        ("2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z"),
        ("2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z"),
    ],
)
def test_times_that_the_wall_skips_or_shows_twice(wall: str, in_utc: str) -> None:
    """One that is skipped comes as much later as was skipped; of two the first is meant."""
    assert from_wall_s(second(wall), ZURICH) == second(in_utc)


def test_a_night_that_begins_at_the_hour_that_is_skipped() -> None:
    """02:30 every night: at 03:30 on the night without it, and at 02:30 again on the next."""
    nightly = RecurringLocally(second("2026-03-01T02:30:00Z"), DAY, ZURICH)
    run = nightly.at(second("2026-03-29T12:00:00Z"))
    assert run == (second("2026-03-29T01:30:00Z"), second("2026-03-30T00:30:00Z"))


@given(
    st.integers(second("2025-01-01T00:00:00Z"), second("2026-01-01T00:00:00Z")),
    st.integers(0, 700 * DAY),
    st.sampled_from([DAY, 7 * DAY]),
    st.sampled_from(["Europe/Zurich", "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago"]),
)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_run_that_began_last_is_found_in_local_time(wall_s: int, later_s: int, every_s: int, zone: str) -> None:
    """It began before or now, the next comes after, and both are whole local days apart."""
    local = RecurringLocally(wall_s, every_s, ZoneInfo(zone))
    at_s = local.first_s + later_s
    run = local.at(at_s)
    assert run is not None
    assert run.following_s is not None
    assert run.start_s <= at_s < run.following_s
    assert abs(run.following_s - run.start_s - every_s) <= 3600
    assert local.at(run.start_s) == run
    before = local.at(run.start_s - 1)
    assert before is None or before.following_s == run.start_s
    assert local.at(local.first_s - 1) is None


def test_a_zone_that_is_utc_is_utc() -> None:
    """Local time and UTC say the same there."""
    assert RecurringLocally(100, DAY, UTC).at(100 + 3 * DAY + 5) == Recurring(100, DAY).at(100 + 3 * DAY + 5)
    assert timedelta(0) == instant("2026-01-01T00:00:00Z").utcoffset()
