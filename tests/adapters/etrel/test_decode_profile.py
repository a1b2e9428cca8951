"""Rows of the power profile become columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.decoding import ShapeError
from adapters.etrel.decode_profile import decode_profile
from adapters.etrel.wire import parse_rows
from bridge.types.series import DAY_S
from tests.adapters.etrel.fixtures import body

_MEASURES = ("connector1", "building", "cluster")
_START = datetime(2022, 10, 8, 2, 50, tzinfo=UTC)
_START_S = int(_START.timestamp())
_FROM_S = _START_S - _START_S % DAY_S


def _row(minutes: float, **values: Any) -> dict[str, Any]:
    return {"time": (_START + timedelta(minutes=minutes)).isoformat(), **values}


def test_the_seed_becomes_columns() -> None:
    """Power in kW becomes W without losing a digit of the charger's 32-bit floats."""
    batch = decode_profile(parse_rows(body("overnight", "power_profile")), _MEASURES, _FROM_S, _FROM_S + DAY_S)
    assert batch.starts_s == [_START_S, _START_S + 300]
    assert batch.power_w == {"connector1": [0.0, 0.0], "building": [710.41, 796.35996], "cluster": [0.0, 0.0]}
    assert batch.notes == ()


def test_oddities_are_put_right_and_noted() -> None:
    """Rows are sorted, the later of two wins, one between two starts is floored, impossible numbers are None."""
    rows = parse_rows(body("profile_oddities", "power_profile"))
    batch = decode_profile(rows, _MEASURES, _FROM_S, _FROM_S + DAY_S)
    assert batch.starts_s == [_START_S + 300 * i for i in range(5)]
    assert batch.power_w["connector1"] == [0.0, 64.0, 128.0, 1000.0, None]
    assert batch.power_w["building"] == [710.41, 796.35996, 600.0, -2500.0, None]
    assert batch.power_w["cluster"] == [0.0, 64.0, 128.0, None, None]
    assert len(batch.notes) == 3


def test_the_range_is_half_open() -> None:
    """The charger's range includes its end; ours does not, and nothing outside comes through."""
    rows = [_row(minutes, connector1=1.0) for minutes in (-5, 0, 5, 10)]
    batch = decode_profile(rows, ("connector1",), _START_S, _START_S + 600)
    assert batch.starts_s == [_START_S, _START_S + 300]


def test_no_rows_are_no_intervals() -> None:
    """An empty history is an empty batch with a column for each measure."""
    batch = decode_profile([], _MEASURES, _FROM_S, _FROM_S + DAY_S)
    assert batch.starts_s == []
    assert batch.power_w == {"connector1": [], "building": [], "cluster": []}


def test_a_measure_that_was_not_asked_for_stays_out() -> None:
    """Only the measures asked for come back."""
    batch = decode_profile([_row(0, connector1=1.0, cluster=2.0)], ("cluster",), _FROM_S, _FROM_S + DAY_S)
    assert batch.power_w == {"cluster": [2000.0]}


@pytest.mark.parametrize("value", ["0.5", True, [], {}])
def test_a_value_that_is_no_number_names_its_row(value: object) -> None:
    """A text where a power belongs is an error with its row and measure."""
    rows = [_row(0, connector1=0.5), _row(5, connector1=value)]
    with pytest.raises(ShapeError, match=r"^\$\[1\]\.connector1: a number was expected"):
        decode_profile(rows, ("connector1",), _FROM_S, _FROM_S + DAY_S)


@pytest.mark.parametrize(
    "row",
    [
        5,
        None,
        [],
        {},
        {"time": None},
        {"time": 1665197400},
        {"time": "soon"},
        {"time": "2022-10-08T02:99:00Z"},
        {"time": "0001-01-01T00:00:00"},
        {"time": "2022-10-08T02:5:00Z"},
    ],
)
def test_a_row_without_a_time_names_itself(row: object) -> None:
    """A row whose time cannot be read is an error with its number."""
    with pytest.raises(ShapeError, match=r"^\$\[1\]"):
        decode_profile([_row(0), row], ("connector1",), _FROM_S, _FROM_S + DAY_S)


@given(
    st.lists(
        st.tuples(st.integers(-4000, 40_000), st.none() | st.floats(0, 900, allow_subnormal=False)),
        max_size=60,
    )
)
def test_columns_keep_their_promises(points: list[tuple[int, float | None]]) -> None:
    """Whatever rows come, starts are aligned, ascending and each once, and each value is that of a row."""
    rows = [_row(seconds / 60, connector1=kw) for seconds, kw in points]
    from_s, to_s = _START_S, _START_S + 30_000
    batch = decode_profile(rows, ("connector1",), from_s, to_s)
    expected: dict[int, float | None] = {}
    for seconds, kw in points:
        at_s = _START_S + seconds
        if from_s <= at_s - at_s % 300 < to_s:
            expected[at_s - at_s % 300] = kw
    assert list(batch.starts_s) == sorted(expected)
    for start_s, power_w in zip(batch.starts_s, batch.power_w["connector1"], strict=True):
        kw = expected[start_s]
        assert power_w == (None if kw is None else pytest.approx(kw * 1000, abs=1e-6))
