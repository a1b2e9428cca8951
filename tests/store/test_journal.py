"""The journal grows by one, readers stand where they stood, and joining old entries loses nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bridge.ports import CursorPosition
from bridge.types.charger import ConnectorReading
from bridge.types.journal import EntryKind
from bridge.types.series import CellState
from tests.store.stores import AT, MIDNIGHT_S, batch_of, new_store, session_of

LATER = AT + timedelta(days=40)


def test_entries_come_in_order_and_in_portions(tmp_path: Path) -> None:
    """A reader gets what follows its place, oldest first, as much as it asked for."""
    with new_store(tmp_path) as store:
        for number in range(5):
            store.append(EntryKind.CLOCK_JUMP, "", AT, {"jump_s": number})
        assert [entry.body["jump_s"] for entry in store.journal(1, 3)] == [1, 2, 3]
        assert store.last_seq() == 5


def test_entries_of_some_kinds_are_read_as_if_there_were_no_others(tmp_path: Path) -> None:
    """A limit counts those of the kinds alone, and their order is that of the journal."""
    with new_store(tmp_path) as store:
        for kind in (EntryKind.READINGS, EntryKind.HEALTH, EntryKind.READINGS, EntryKind.STATUS, EntryKind.HEALTH):
            store.append(kind, "garage", AT, {})
        kinds = {EntryKind.STATUS, EntryKind.HEALTH}
        assert [entry.seq for entry in store.journal(0, 2, kinds)] == [2, 4]
        assert [entry.seq for entry in store.journal(4, 2, kinds)] == [5]
        assert store.journal(5, 2, kinds) == []


def test_a_cursor_stands_where_it_was_put(tmp_path: Path) -> None:
    """A new reader begins at 0; a moved one is found again after the store was closed."""
    with new_store(tmp_path) as store:
        assert store.cursor("influx home") == CursorPosition(0, 0)
        store.put_cursor("influx home", CursorPosition(7, 3), AT)
    with new_store(tmp_path) as store:
        assert store.cursor("influx home") == CursorPosition(7, 3)


def test_the_latest_state_is_told_per_connector(tmp_path: Path) -> None:
    """Of every connector the newest entry is returned, and nothing of another charger."""
    with new_store(tmp_path) as store:
        for connector_id, status in ((1, "Available"), (2, "Charging"), (1, "Faulted")):
            store.append(EntryKind.STATUS, "garage", AT, {"connector_id": connector_id, "status": status})
        store.append(EntryKind.STATUS, "carport", AT, {"connector_id": 1, "status": "Preparing"})
        found = store.latest(EntryKind.STATUS, "garage")
        assert {entry.body["connector_id"]: entry.body["status"] for entry in found} == {1: "Faulted", 2: "Charging"}
        assert store.latest(EntryKind.HEALTH, "garage") == []


def test_joining_keeps_every_interval_reachable_from_every_cursor(tmp_path: Path) -> None:
    """After the joining, each reader's next entries still cover all that it had not read."""
    with new_store(tmp_path) as store:
        for day in range(6):
            batch = batch_of(MIDNIGHT_S + day * 86_400, ("building", [1.0 + day]))
            store.put_intervals("garage", batch, CellState.FILLED, AT + timedelta(days=day))
        assert store.compact_journal(AT + timedelta(days=4)) == 3
        for cursor in range(6):
            entries = store.journal(cursor, 100)
            for day in range(cursor, 6):
                start_s = MIDNIGHT_S + day * 86_400
                assert any(e.body["from_s"] <= start_s < e.body["to_s"] for e in entries), (cursor, day)


def test_joining_drops_pointers_and_never_what_only_the_journal_tells(tmp_path: Path) -> None:
    """Of one session the newest pointer stays, pointers to readings go, states and health stay for ever."""
    reading = ConnectorReading(evse_id=1, connector_id=1, status=None, status_raw=None)
    with new_store(tmp_path) as store:
        store.append(EntryKind.STATUS, "garage", AT, {"connector_id": 1, "status": "Charging"})
        store.append(EntryKind.HEALTH, "garage", AT, {"health": "normal"})
        store.put_readings("garage", [(AT, reading)], AT)
        session = session_of("1", AT)
        store.put_sessions("garage", [session], AT)
        store.put_sessions("garage", [session.model_copy(update={"ended_at": LATER})], AT)
        assert store.compact_journal(LATER) == 2
        kinds = [entry.kind for entry in store.journal(0, 10)]
        assert kinds == [EntryKind.STATUS, EntryKind.HEALTH, EntryKind.SESSION]
        assert store.last_seq() == 5


def test_a_number_is_never_used_twice(tmp_path: Path) -> None:
    """Even after the newest entries went, the next one gets a number that no reader has passed."""
    reading = ConnectorReading(evse_id=1, connector_id=1, status=None, status_raw=None)
    with new_store(tmp_path) as store:
        store.put_readings("garage", [(AT, reading)], AT)
        store.compact_journal(LATER)
        assert store.append(EntryKind.CLOCK_JUMP, "", LATER, {"jump_s": 1}) == 2


def test_what_was_refused_is_kept_once_with_its_reason(tmp_path: Path) -> None:
    """The same payload refused again is not kept twice; sinks do not see each other's."""
    with new_store(tmp_path) as store:
        store.put_aside("home", AT, "field type conflict", ["a", "b"])
        store.put_aside("home", LATER, "field type conflict", ["b", "c"])
        assert [kept.payload for kept in store.set_aside("home")] == ["a", "b", "c"]
        assert store.count_set_aside("home") == 3
        assert store.count_set_aside("cloud") == 0
