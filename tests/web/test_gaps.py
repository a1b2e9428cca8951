"""Where nothing is, and why."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bridge.engine.board import Board
from bridge.store.sqlite import open_store
from bridge.types.series import CellState, IntervalBatch
from bridge.types.words import Health
from bridge.web.gaps import Gap, GapReason, down_since_s, find_gaps, join, subtract
from tests.web.scene import NOW, card

HOUR = 3600
T = 1_700_006_400


def test_every_cell_without_a_value_is_told_with_its_reason(tmp_path: Path) -> None:
    """Absent, missing and silent stretches follow each other and never overlap a value."""
    with open_store(tmp_path) as store:
        batch = IntervalBatch([T, T + 300], {"connector1": [1.0, 0.0]})
        store.put_intervals("garage", batch, CellState.POLLED, NOW)
        store.put_absent("garage", ["connector1"], T + 600, T + HOUR)

        gaps = find_gaps(store, "garage", "connector1", (T - 600, T + 3 * HOUR), T + 2 * HOUR)

    assert gaps == [
        Gap(T - 600, T, GapReason.MISSING),
        Gap(T + 600, T + HOUR, GapReason.ABSENT),
        Gap(T + HOUR, T + 2 * HOUR, GapReason.MISSING),
        Gap(T + 2 * HOUR, T + 3 * HOUR, GapReason.DOWN),
    ]


def test_an_empty_span_has_no_gap(tmp_path: Path) -> None:
    """What lies in the future is not asked."""
    with open_store(tmp_path) as store:
        assert find_gaps(store, "garage", "connector1", (T, T), None) == []


def test_touching_gaps_of_one_reason_become_one() -> None:
    """A gap over a border of chunks is one gap, and another reason begins another."""
    day = 86_400
    joined = join(
        [Gap(0, day, GapReason.MISSING), Gap(day, 2 * day, GapReason.MISSING), Gap(2 * day, 3 * day, GapReason.DOWN)]
    )

    assert joined == [Gap(0, 2 * day, GapReason.MISSING), Gap(2 * day, 3 * day, GapReason.DOWN)]


def _spans(cells: set[int]) -> list[tuple[int, int]]:
    """Return ascending spans of neighbouring cells."""
    spans: list[tuple[int, int]] = []
    for cell in sorted(cells):
        if spans and spans[-1][1] == cell:
            spans[-1] = (spans[-1][0], cell + 1)
        else:
            spans.append((cell, cell + 1))
    return spans


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
def test_subtracting_spans_is_subtracting_their_cells(left: set[int], right: set[int]) -> None:
    """Spans minus spans leave exactly the cells that only the first had."""
    rest = subtract(_spans(left), _spans(right))

    assert {cell for a, b in rest for cell in range(a, b)} == left - right
    assert all(a < b for a, b in rest)


def test_only_a_silent_charger_is_down() -> None:
    """Silence counts from the last time the charger was heard, or from the bridge's start."""
    board = Board(started_at=NOW, site="home")
    card(board)
    silent = card(board, "yard", health=Health.CHARGER_FAULT)
    never = card(board, "attic", health=Health.COMMUNICATION_FAULT, last_heard_at=None)

    assert silent.last_heard_at is not None
    assert never.last_heard_at is None
    assert down_since_s(board, "garage") is None
    assert down_since_s(board, "removed") is None
    assert down_since_s(board, "yard") == int(silent.last_heard_at.timestamp()) // 300 * 300
    assert down_since_s(board, "attic") == int(NOW.timestamp()) // 300 * 300
