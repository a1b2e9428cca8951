from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.uplink.network.choosing import Choosing, Course
from bridge.uplink.network.slots import FORMER, OWN

LAWS = settings(max_examples=300, deadline=None, derandomize=True)


def course(*priority: int, attempts: int = 1, worked: int = OWN) -> Course:
    return Course(priority=priority, attempts=attempts, worked=worked)


def tried(choosing: Choosing, along: Course, times: int) -> list[int]:
    """Return the slots that are tried while every try fails."""
    slots = []
    for _ in range(times):
        slots.append(choosing.slot(along))
        choosing.failed()
    return slots


@pytest.mark.parametrize(
    ("along", "slots"),
    [
        (course(), [0, 0, 0, 0]),
        (course(OWN, attempts=3), [0, 0, 0, 0]),
        (course(1), [1, 0, 1, 0]),
        (course(1, attempts=2), [1, 1, 0, 0, 1, 1, 0, 0]),
        (course(1, worked=1), [1, 0, 1, 0]),
        (course(1, 2, worked=2), [1, 2, 0, 1, 2, 0]),
        (course(1, 2, worked=3), [1, 2, 3, 0, 1, 2, 3, 0]),
        (course(1, 2, worked=1), [1, 2, 1, 0, 1, 2]),
        (course(OWN, 1, worked=1), [0, 1, 0, 1]),
        (course(1, OWN, worked=1), [1, 0, 1, 0]),
        (course(2, worked=FORMER), [2, FORMER, 0, 2]),
        (course(1, attempts=0), [1, 0, 1]),
    ],
)
def test_a_round(along: Course, slots: list[int]) -> None:
    """The priority, what worked last, the own connection, and again; nothing twice in a row but its attempts."""
    assert tried(Choosing(), along, len(slots)) == slots


def test_a_slot_that_worked_is_tried_first_and_afresh() -> None:
    """However far its attempts had gone."""
    choosing, along = Choosing(), course(1, 2, attempts=2)
    assert tried(choosing, along, 3) == [1, 1, 2]
    assert choosing.slot(along) == 2
    choosing.took()
    assert tried(choosing, course(1, 2, attempts=2, worked=2), 3) == [2, 2, OWN]


def test_asking_is_not_trying() -> None:
    """The answer stays until something came of it."""
    choosing = Choosing()
    assert [choosing.slot(course(1)) for _ in range(3)] == [1, 1, 1]


def test_after_a_reboot_it_begins_with_the_first() -> None:
    """Whatever worked last."""
    choosing = Choosing()
    assert tried(choosing, course(1, 2, attempts=2), 3) == [1, 1, 2]
    choosing.reboot()
    assert tried(choosing, course(1, 2, attempts=2), 3) == [1, 1, 2]


def test_another_priority_begins_with_its_first() -> None:
    """It counts from the next connection on."""
    choosing = Choosing()
    assert choosing.slot(course(1, 2)) == 1
    choosing.took()
    assert tried(choosing, course(2, 1, worked=1), 4) == [2, 1, OWN, 2]


def test_a_slot_that_is_overwritten_is_tried_with_what_it_holds_now() -> None:
    """And what worked before is next."""
    choosing = Choosing()
    assert choosing.slot(course(1, attempts=2)) == 1
    choosing.took()
    assert tried(choosing, course(1, attempts=2, worked=FORMER), 6) == [1, 1, FORMER, FORMER, OWN, OWN]


def test_a_slot_that_is_gone_is_left() -> None:
    """What worked is overwritten while another is wanted: the wanted one is tried, then the former."""
    choosing = Choosing()
    assert tried(choosing, course(2, worked=1), 1) == [2]
    assert choosing.slot(course(2, worked=1)) == 1
    assert tried(choosing, course(2, worked=FORMER), 3) == [2, FORMER, OWN]


SLOTS = st.integers(OWN, 3)
COURSES = st.builds(
    Course,
    priority=st.lists(SLOTS, unique=True, max_size=4).map(tuple),
    attempts=st.integers(0, 4),
    worked=st.integers(FORMER, 3),
)
WORDS = st.lists(st.sampled_from(["failed", "took", "reboot", "ask"]), max_size=40)


@LAWS
@given(st.lists(st.tuples(COURSES, WORDS), max_size=6), COURSES)
def test_whatever_happened_each_is_tried_again_within_a_round(
    history: list[tuple[Course, list[str]]], along: Course
) -> None:
    """What worked last, the own connection and every slot of the priority; none more often in a row than allowed."""
    choosing = Choosing()
    for before, words in history:
        for word in words:
            slot = choosing.slot(before)
            assert slot in (*before.priority, before.worked, OWN)
            if word == "failed":
                choosing.failed()
            elif word == "took":
                choosing.took()
                before = Course(priority=before.priority, attempts=before.attempts, worked=slot)  # noqa: PLW2901
            elif word == "reboot":
                choosing.reboot()
    attempts = max(1, along.attempts)
    wanted = {*along.priority, along.worked, OWN}
    slots = tried(choosing, along, 3 * (len(along.priority) + 2) * attempts)
    rest = slots[attempts:]  # the first may have failed already
    assert set(rest[: (len(along.priority) + 2) * attempts]) == wanted
    if len(wanted) > 1:
        longest = run = 1
        for one, next_one in pairwise(slots):
            run = run + 1 if one == next_one else 1
            longest = max(longest, run)
        assert longest <= attempts
