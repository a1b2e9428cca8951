"""The power series keeps what it is given and knows what it lacks."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.store.blocks import DayBlock
from bridge.types.journal import EntryKind
from bridge.types.series import DAY_S, INTERVAL_S, CellState, Interval, IntervalBatch
from tests.store.stores import AT, MIDNIGHT_S, batch_of, new_store

WATTS = st.one_of(st.none(), st.floats(-1e6, 1e6))
PIECES = st.lists(st.tuples(st.integers(0, 3 * 288), st.lists(WATTS, min_size=1, max_size=20)), max_size=12)


@settings(max_examples=40, deadline=None)
@given(PIECES)
def test_any_pieces_in_any_order_are_kept_to_the_last_bit(pieces: list[tuple[int, list[float | None]]]) -> None:
    """What is read is the last value given for each interval, however the pieces overlap; None never writes."""
    expected: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder, new_store(Path(folder)) as store:
        for slot, column in pieces:
            store.put_intervals("garage", batch_of(MIDNIGHT_S + slot * 300, ("building", column)), CellState.POLLED, AT)
            for i, power_w in enumerate(column):
                if power_w is not None:
                    expected[MIDNIGHT_S + (slot + i) * 300] = power_w
        found = store.intervals("garage", "building", MIDNIGHT_S, MIDNIGHT_S + 4 * DAY_S)
        assert {interval.start_s: interval.power_w for interval in found} == expected
        assert [interval.start_s for interval in found] == sorted(expected)
        assert store.power("garage", "building", MIDNIGHT_S, MIDNIGHT_S + 4 * DAY_S) == sorted(expected.items())
        counts = store.counts("garage", "building", MIDNIGHT_S, MIDNIGHT_S + 4 * DAY_S)
        assert (counts.present, counts.expected) == (len(expected), 4 * 288)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 700)), st.integers(0, 700), st.integers(0, 700))
def test_holes_are_exactly_what_is_missing(present: set[int], low: int, high: int) -> None:
    """Every missing interval of the asked range lies in one hole and no other interval does."""
    low, high = sorted((low, high))
    with tempfile.TemporaryDirectory() as folder, new_store(Path(folder)) as store:
        for slot in present:
            store.put_intervals("garage", batch_of(MIDNIGHT_S + slot * 300, ("building", [1.0])), CellState.FILLED, AT)
        holes = store.holes("garage", ["building"], MIDNIGHT_S + low * 300, MIDNIGHT_S + high * 300)
        missing = {
            slot for start, end in holes for slot in range((start - MIDNIGHT_S) // 300, (end - MIDNIGHT_S) // 300)
        }
        assert missing == set(range(low, high)) - present
        counts = store.counts("garage", "building", MIDNIGHT_S + low * 300, MIDNIGHT_S + high * 300)
        assert counts.missing == len(missing)
        assert counts.expected == high - low


def test_zero_is_a_value_and_none_is_not(tmp_path: Path) -> None:
    """A reported 0 W is kept as 0 W; an unreported one stays missing."""
    with new_store(tmp_path) as store:
        store.put_intervals("garage", batch_of(MIDNIGHT_S, ("building", [0.0, None, 5.5])), CellState.POLLED, AT)
        assert store.intervals("garage", "building", MIDNIGHT_S, MIDNIGHT_S + DAY_S) == [
            Interval(MIDNIGHT_S, 0.0, CellState.POLLED),
            Interval(MIDNIGHT_S + 600, 5.5, CellState.POLLED),
        ]


def test_the_same_rows_again_change_nothing(tmp_path: Path) -> None:
    """Writing intervals that are already there adds nothing to the journal and keeps their source."""
    batch = batch_of(MIDNIGHT_S, ("building", [1.0, 2.0]), ("cluster", [3.0, None]))
    with new_store(tmp_path) as store:
        assert store.put_intervals("garage", batch, CellState.POLLED, AT) == 3
        seq = store.last_seq()
        assert store.put_intervals("garage", batch, CellState.FILLED, AT) == 0
        assert store.last_seq() == seq
        assert store.counts("garage", "building", MIDNIGHT_S, MIDNIGHT_S + 600).polled == 2


def test_a_corrected_row_is_journaled_with_its_range(tmp_path: Path) -> None:
    """The entry of a change names the changed measures and the smallest range that holds all changes."""
    with new_store(tmp_path) as store:
        store.put_intervals("garage", batch_of(MIDNIGHT_S, ("building", [1.0] * 288)), CellState.POLLED, AT)
        store.put_intervals("garage", batch_of(MIDNIGHT_S + 600, ("building", [9.0, 1.0, 8.0])), CellState.POLLED, AT)
        entry = store.journal(0, 10)[-1]
        assert entry.kind is EntryKind.INTERVALS
        assert entry.body == {"from_s": MIDNIGHT_S + 600, "to_s": MIDNIGHT_S + 1500, "measures": ["building"]}


def test_absent_intervals_are_not_asked_for_again_unless_young(tmp_path: Path) -> None:
    """What the charger does not have is no hole any more, except since the moment the asker names."""
    end_s = MIDNIGHT_S + DAY_S
    with new_store(tmp_path) as store:
        store.put_intervals("garage", batch_of(MIDNIGHT_S, ("building", [1.0] * 10)), CellState.FILLED, AT)
        store.put_absent("garage", ["building"], MIDNIGHT_S, end_s)
        assert store.holes("garage", ["building"], MIDNIGHT_S, end_s) == []
        young_s = end_s - 2 * INTERVAL_S
        assert store.holes("garage", ["building"], MIDNIGHT_S, end_s, absent_since_s=young_s) == [(young_s, end_s)]
        counts = store.counts("garage", "building", MIDNIGHT_S, end_s)
        assert (counts.filled, counts.absent, counts.missing) == (10, 278, 0)


def test_a_value_that_comes_after_all_replaces_the_absence(tmp_path: Path) -> None:
    """An interval once noted as absent is filled when the charger shows it later."""
    with new_store(tmp_path) as store:
        store.put_absent("garage", ["building"], MIDNIGHT_S, MIDNIGHT_S + 600)
        store.put_intervals("garage", batch_of(MIDNIGHT_S, ("building", [7.0])), CellState.FILLED, AT)
        counts = store.counts("garage", "building", MIDNIGHT_S, MIDNIGHT_S + 600)
        assert (counts.filled, counts.absent) == (1, 1)


def test_mean_power_counts_only_what_is_there(tmp_path: Path) -> None:
    """A bucket's mean is over intervals with a value, and a bucket without one does not appear."""
    with new_store(tmp_path) as store:
        store.put_intervals("garage", batch_of(MIDNIGHT_S, ("building", [2.0, None, 4.0])), CellState.POLLED, AT)
        store.put_intervals("garage", batch_of(MIDNIGHT_S + 7200, ("building", [0.0])), CellState.POLLED, AT)
        buckets = store.mean_power("garage", "building", MIDNIGHT_S, MIDNIGHT_S + DAY_S, 3600)
        assert buckets == [(MIDNIGHT_S, 3.0, 4.0, 2), (MIDNIGHT_S + 7200, 0.0, 0.0, 1)]


def test_chargers_and_measures_do_not_mix(tmp_path: Path) -> None:
    """The same measure of two chargers is two series; connectors are named first."""
    with new_store(tmp_path) as store:
        for charger in ("garage", "carport"):
            columns = [("cluster", [1.0]), ("connector10", [1.0]), ("connector2", [1.0])]
            store.put_intervals(charger, batch_of(MIDNIGHT_S, *columns), CellState.POLLED, AT)  # type: ignore[arg-type]  # lists of float
        store.put_intervals("garage", batch_of(MIDNIGHT_S, ("cluster", [5.0])), CellState.POLLED, AT)
        assert store.intervals("carport", "cluster", MIDNIGHT_S, MIDNIGHT_S + 300)[0].power_w == 1.0
        assert store.measures("garage") == ["connector2", "connector10", "cluster"]
        assert store.measures("unheard-of") == []
        assert store.intervals("unheard-of", "cluster", 0, MIDNIGHT_S) == []


def test_a_rollback_forgets_series_made_in_it(tmp_path: Path) -> None:
    """After a failed transaction the same series can be written as if it had never been tried."""
    with new_store(tmp_path) as store:

        def put_and_fail() -> None:
            with store.transaction():
                store.put_intervals("garage", batch_of(MIDNIGHT_S, ("building", [1.0])), CellState.POLLED, AT)
                raise LookupError("on purpose")

        with pytest.raises(LookupError):
            put_and_fail()
        assert store.chargers() == []
        store.put_intervals("garage", batch_of(MIDNIGHT_S, ("building", [2.0])), CellState.POLLED, AT)
        assert [i.power_w for i in store.intervals("garage", "building", MIDNIGHT_S, MIDNIGHT_S + 300)] == [2.0]


@given(st.binary(max_size=400))
def test_a_damaged_block_is_an_error_and_no_value(packed: bytes) -> None:
    """Bytes that are no block are refused."""
    with pytest.raises(ValueError, match="not a day block"):
        DayBlock.decode(packed)


def test_a_damaged_day_counts_as_missing_and_is_set_aside(tmp_path: Path) -> None:
    """A bit that fell over in one block costs that day alone; it is kept aside and can be filled again."""
    with new_store(tmp_path) as store:
        for day in range(3):
            batch = batch_of(MIDNIGHT_S + day * DAY_S, ("building", [5.0] * 288))
            store.put_intervals("garage", batch, CellState.FILLED, AT)
        store.database.change("UPDATE interval_day SET block = x'00ff' WHERE day = ?", (MIDNIGHT_S // DAY_S + 1,))
        end_s = MIDNIGHT_S + 3 * DAY_S
        assert len(store.intervals("garage", "building", MIDNIGHT_S, end_s)) == 2 * 288
        assert store.put_damaged_blocks_aside() == 1
        assert store.put_damaged_blocks_aside() == 0
        hole = (MIDNIGHT_S + DAY_S, MIDNIGHT_S + 2 * DAY_S)
        assert store.holes("garage", ["building"], MIDNIGHT_S, end_s) == [hole]
        assert store.database.execute("SELECT hex(block) FROM damaged_day") == [("00FF",)]
        store.put_intervals("garage", batch_of(hole[0], ("building", [5.0] * 288)), CellState.FILLED, AT)
        assert store.counts("garage", "building", MIDNIGHT_S, end_s).missing == 0


def test_columns_that_are_too_short_are_refused_whole(tmp_path: Path) -> None:
    """A ragged batch writes nothing."""
    ragged = IntervalBatch([MIDNIGHT_S, MIDNIGHT_S + 300], {"building": [1.0, 2.0], "cluster": [1.0]})
    with new_store(tmp_path) as store:
        with pytest.raises(ValueError, match="as long as"):
            store.put_intervals("garage", ragged, CellState.POLLED, AT)
        assert store.chargers() == []
