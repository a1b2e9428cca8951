from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.uplink.smart_charging.assertion import ASSERT_EVERY, Asserted, Step, plan
from bridge.uplink.smart_charging.limit import LimitNow
from tests.uplink.smart_charging.making import NOON

MINUTE = timedelta(minutes=1)


def tell(limit_a: float | None, look_at: datetime | None) -> Step:
    return Step(send=True, limit_a=limit_a, look_at=look_at)


def wait(limit_a: float | None, look_at: datetime | None) -> Step:
    return Step(send=False, limit_a=limit_a, look_at=look_at)


def limit(limit_a: float | None, until_at: datetime | None = None) -> LimitNow:
    return LimitNow(limit_a, until_at, None, limit_a)


@pytest.mark.parametrize(
    ("now", "last", "expected"),
    [
        pytest.param(limit(None), None, wait(None, None), id="never limited and not limited: nothing is told"),
        pytest.param(limit(8.0), None, tell(8.0, NOON + ASSERT_EVERY), id="the first limit is told"),
        pytest.param(limit(0.0), None, tell(0.0, NOON + ASSERT_EVERY), id="a pause is a limit"),
        pytest.param(
            limit(8.0), Asserted(8.0, NOON - MINUTE), wait(8.0, NOON + ASSERT_EVERY - MINUTE), id="known: wait"
        ),
        pytest.param(limit(8.0), Asserted(8.0, NOON - ASSERT_EVERY), tell(8.0, NOON + ASSERT_EVERY), id="told again"),
        pytest.param(limit(9.0), Asserted(8.0, NOON), tell(9.0, NOON + ASSERT_EVERY), id="a change is told"),
        pytest.param(limit(None), Asserted(8.0, NOON - MINUTE), tell(None, None), id="the end is told"),
        pytest.param(limit(None), Asserted(None, NOON - ASSERT_EVERY), wait(None, None), id="and told once"),
        pytest.param(limit(8.0), Asserted(None, NOON), tell(8.0, NOON + ASSERT_EVERY), id="limited again"),
        pytest.param(limit(0.0), Asserted(None, NOON), tell(0.0, NOON + ASSERT_EVERY), id="0 is not None"),
        pytest.param(limit(8.0), Asserted(8.0, NOON + MINUTE), tell(8.0, NOON + ASSERT_EVERY), id="a clock set back"),
        pytest.param(
            limit(8.0, NOON + MINUTE), Asserted(8.0, NOON), wait(8.0, NOON + MINUTE), id="the change comes first"
        ),
        pytest.param(limit(None, NOON + MINUTE), None, wait(None, NOON + MINUTE), id="free until it is limited"),
    ],
)
def test_a_charger_is_told_on_change_and_again_from_time_to_time(
    now: LimitNow, last: Asserted | None, expected: Step
) -> None:
    """What is sent, and when to look next."""
    assert plan(now, last, NOON) == expected


@given(st.lists(st.tuples(st.integers(1, 20), st.sampled_from([None, 0.0, 8.0, 9.0])), max_size=30))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_charger_that_takes_all_is_told_every_change_and_not_more_often_than_need_be(
    life: list[tuple[int, float | None]],
) -> None:
    """It knows the limit at once, none is older than the interval when looked at, none is sent alike early."""
    at, last = NOON, None
    for minutes, limit_a in life:
        at += minutes * MINUTE
        step = plan(limit(limit_a), last, at)
        if step.send:
            assert last is None or last.limit_a != limit_a or at - last.at >= ASSERT_EVERY
            last = Asserted(step.limit_a, at)
        assert (None if last is None else last.limit_a) == limit_a
        assert step.look_at is None or at < step.look_at <= at + ASSERT_EVERY
        assert plan(limit(limit_a), last, at).send is False
