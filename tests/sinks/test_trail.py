from __future__ import annotations

from datetime import UTC, datetime

from bridge.sinks.plan import Plan, make_plan
from bridge.sinks.trail import Place, Trail
from bridge.types.journal import Entry, EntryKind
from bridge.types.series import DAY_S

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def place(seq: int) -> Place:
    """Return the place after this entry."""
    return Place(Plan(seq))


def plan_of_days(after_seq: int, days: int) -> Plan:
    body = {"from_s": 0, "to_s": days * DAY_S, "measures": ["building"]}
    return make_plan(after_seq, [Entry(after_seq + 1, AT, EntryKind.INTERVALS, "garage", body)])


def test_a_place_settles_after_a_quarter_of_an_hour_of_life() -> None:
    """What the server took becomes settled when it was seen alive 15 minutes later, and not before."""
    trail = Trail(place(0))
    for minute in range(16):
        trail.reach(place(minute + 1), 60.0 * minute)
        assert trail.settled.safe_seq == (1 if minute == 15 else 0)


def test_an_outage_settles_nothing() -> None:
    """The hours in which the server was away do not count."""
    trail = Trail(place(0))
    trail.reach(place(1), 0.0)
    trail.interrupt()
    trail.reach(place(2), 7200.0)
    assert trail.settled.safe_seq == 0


def test_a_break_is_followed_by_one_repetition() -> None:
    """After an interruption there is one way back to the settled place, and none without."""
    trail = Trail(place(5))
    trail.reach(place(6), 0.0)
    assert trail.repeat(1.0) is None
    trail.interrupt()
    trail.reach(place(7), 10.0)
    found = trail.repeat(11.0)
    assert found is not None
    assert found.safe_seq == 5
    assert trail.repeat(12.0) is None


def test_repetitions_are_a_minute_apart() -> None:
    """A line that breaks all the time does not cause repetition after repetition."""
    trail = Trail(place(0))
    trail.interrupt()
    assert trail.repeat(0.0) is not None
    trail.interrupt()
    assert trail.repeat(59.0) is None
    assert trail.repeat(60.0) is not None


def test_nothing_settles_until_the_repetition_is_through() -> None:
    """Between a break and the end of the repetition the settled place stands still, however old it is."""
    trail = Trail(place(0))
    trail.reach(place(1), 0.0)
    trail.reach(place(2), 800.0)
    trail.suspect()
    trail.reach(place(3), 1000.0)
    assert trail.settled.safe_seq == 0
    assert trail.repeat(1000.0) is not None
    trail.reach(place(2), 1001.0)
    assert trail.settled.safe_seq == 0
    trail.reach(place(3), 1002.0)
    assert trail.settled.safe_seq == 1


def test_what_is_repeated_is_not_new() -> None:
    """A place is new once; delivering it again is not progress."""
    trail = Trail(place(0))
    assert trail.reach(place(1), 0.0)
    assert not trail.reach(place(1), 1.0)
    assert trail.reach(place(2), 2.0)


def test_progress_within_one_long_entry_is_seen() -> None:
    """Days of a single entry over months are places of their own, also right behind an older plan."""
    plan = plan_of_days(9, 30)
    trail = Trail(place(9))
    assert [trail.reach(Place(plan, offset), float(offset)) for offset in (1, 2, 2, 30)] == [True, True, False, True]
    assert Place(plan, 30).finished
    assert trail.farthest.safe_seq == 10


def test_places_amid_the_same_entry_of_two_plans_are_not_compared() -> None:
    """Two plans may cut an entry differently, so neither place counts as farther."""
    one, other = Place(plan_of_days(9, 30), 5), Place(plan_of_days(9, 30), 7)
    assert not one.is_beyond(other)
    assert not other.is_beyond(one)
