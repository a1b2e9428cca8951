from __future__ import annotations

import pytest

from bridge.uplink.smart_charging.outside import OutsideLimit

Look = tuple[float | None, float | None]


def told(*looks: Look, percent: float = 1.0) -> list[float | None]:
    """Return the limit known after each look."""
    known, after = OutsideLimit(), []
    for told_a, shown_a in looks:
        known = known.seen(told_a, shown_a, percent)
        after.append(known.limit_a)
    return after


@pytest.mark.parametrize(
    ("looks", "after"),
    [
        ([(16, 10), (16, 10), (16, 10), (16, 16)], [None, 10, 10, None]),
        ([(16, 10), (16, 16), (16, 10)], [None, None, None]),
        ([(16, 10), (16, 8), (16, 8)], [None, None, 8]),
        ([(16, 10), (16, 10), (16, 8), (16, 8)], [None, 10, 10, 8]),
        ([(16, 10), (16, 10), (16, 10.05)], [None, 10, 10]),
        ([(16, 15.2), (16, 15.2)], [None, None]),
        ([(16, 10), (16, 10), (None, None)], [None, 10, None]),
        ([(16, 0), (16, 0)], [None, 0]),
        ([(0, 0), (0, 0)], [None, None]),
    ],
)
def test_two_looks_in_a_row_show_a_limit_and_one_that_it_is_over(looks: list[Look], after: list[float | None]) -> None:
    """One look may have caught the charger on its way; what it merely rounds is no limit."""
    assert told(*looks) == after


def test_what_is_significant_is_a_setting() -> None:
    """Ten percent of 32 A are 3.2 A."""
    assert told((32, 29), (32, 29), percent=10.0) == [None, None]
    assert told((32, 28), (32, 28), percent=10.0) == [None, 28]
