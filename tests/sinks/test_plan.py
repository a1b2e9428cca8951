from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.sinks.pieces import HealthPiece, PowerPiece, ReadingsPiece, SessionsPiece, StatusPiece
from bridge.sinks.plan import Plan, make_plan
from bridge.types.journal import Entry, EntryKind
from bridge.types.series import DAY_S
from bridge.types.words import Health

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def entry(seq: int, kind: EntryKind, **body: Any) -> Entry:
    return Entry(seq, AT, kind, "garage", body)


def intervals(seq: int, from_s: int, to_s: int, *measures: str) -> Entry:
    return entry(seq, EntryKind.INTERVALS, from_s=from_s, to_s=to_s, measures=list(measures or ["building"]))


def power(plan: Plan) -> list[PowerPiece]:
    return [step.piece for step in plan.steps if isinstance(step.piece, PowerPiece)]


ranges = st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 900)), min_size=1, max_size=12)


@given(ranges)
def test_every_interval_is_planned_once(pairs: list[tuple[int, int]]) -> None:
    """However the ranges of a batch overlap, each of their intervals is in exactly one piece of one day."""
    entries = [intervals(i + 1, a * 300, (a + n) * 300) for i, (a, n) in enumerate(pairs)]
    wanted = {slot for a, n in pairs for slot in range(a, a + n)}
    planned = [s for p in power(make_plan(0, entries)) for s in range(p.from_s // 300, p.to_s // 300)]
    assert sorted(planned) == sorted(wanted)
    for piece in power(make_plan(0, entries)):
        assert piece.from_s // DAY_S == (piece.to_s - 1) // DAY_S


@given(ranges)
def test_the_cursor_never_passes_what_is_not_delivered(pairs: list[tuple[int, int]]) -> None:
    """The seq that counts as delivered before a step excludes every entry that still needs this step or a later one."""
    entries = [intervals(10 * (i + 1), a * 300, (a + n) * 300) for i, (a, n) in enumerate(pairs)]
    plan = make_plan(3, entries)
    for offset in range(len(plan.steps) + 1):
        done = {
            slot
            for step in plan.steps[:offset]
            if isinstance(step.piece, PowerPiece)
            for slot in range(step.piece.from_s // 300, step.piece.to_s // 300)
        }
        for (a, n), told in zip(pairs, entries, strict=True):
            if told.seq <= plan.safe_seq(offset):
                assert done.issuperset(range(a, a + n))
    assert plan.safe_seq(0) == 3
    assert plan.safe_seq(len(plan.steps)) == entries[-1].seq


def test_a_year_is_cut_into_days() -> None:
    """An entry over a year becomes a piece per day and measure, oldest first."""
    plan = make_plan(0, [intervals(1, 150 * 300, 150 * 300 + 365 * DAY_S, "connector1", "building")])
    assert len(power(plan)) == 2 * 366
    assert [p.from_s for p in power(plan)] == sorted(p.from_s for p in power(plan))


def test_kinds_become_their_pieces_in_order() -> None:
    """States, readings and health are told in the order of the journal, and what concerns no sink is passed over."""
    plan = make_plan(
        0,
        [
            entry(1, EntryKind.STATUS, connector_id=1, evse_id=1, status="Charging", previous=None, raw="CHG"),
            entry(2, EntryKind.IDENTITY),
            entry(3, EntryKind.READINGS, from_s=0, to_s=10),
            entry(4, EntryKind.HEALTH, health="charger_fault", previous="normal", last_heard_us=None),
        ],
    )
    status, readings, health = [step.piece for step in plan.steps]
    assert isinstance(status, StatusPiece)
    assert status.status == "Charging"
    assert isinstance(readings, ReadingsPiece)
    assert isinstance(health, HealthPiece)
    assert health.health is Health.CHARGER_FAULT
    assert [step.safe_seq for step in plan.steps] == [0, 2, 3]
    assert plan.last_seq == 4


def test_neighbouring_sessions_share_a_look_and_distant_ones_do_not() -> None:
    """Sessions within a week of each other are read together; one from another year is read alone."""
    starts = [0, 3600, 7200, 400 * DAY_S]
    entries = [
        entry(i + 1, EntryKind.SESSION, session_id=str(i), started_us=start * 1_000_000)
        for i, start in enumerate(starts)
    ]
    pieces = [step.piece for step in make_plan(0, entries).steps]
    assert [len(p.keys) for p in pieces if isinstance(p, SessionsPiece)] == [3, 1]


def test_an_entry_that_makes_no_sense_is_named_and_the_rest_goes_on() -> None:
    """A broken entry is reported with its reason and plans nothing, and its neighbours are planned."""
    plan = make_plan(
        0,
        [
            entry(1, EntryKind.INTERVALS, from_s=0),
            entry(2, EntryKind.STATUS, connector_id=1, status="Dancing"),
            intervals(3, 0, 10**15),
            intervals(4, 0, 300),
        ],
    )
    assert [u.entry.seq for u in plan.unreadable] == [1, 2, 3]
    assert len(plan.steps) == 1
    assert "Dancing" in plan.unreadable[1].reason
