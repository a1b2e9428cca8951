"""Sessions and readings are kept once and found again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from bridge.ports import ReadingRow
from bridge.store.database import Database
from bridge.store.readings import ReadingTables
from bridge.types.charger import ChargerIdentity, ConnectorReading
from bridge.types.journal import EntryKind
from bridge.types.words import ConnectorStatus, SessionFlag
from tests.store.stores import AT, new_store, session_of

HOUR = timedelta(hours=1)


class Watched(Database):
    """A real database that remembers what it was asked."""

    def __init__(self, path: Path) -> None:
        self.seen: list[tuple[str, Sequence[Any]]] = []
        super().__init__(path)

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Ask, and remember."""
        self.seen.append((statement, values))
        return super().execute(statement, values)


def connector(connector_id: int, power_w: float | None = None) -> ConnectorReading:
    """Return what was read of a connector."""
    return ConnectorReading(
        evse_id=connector_id,
        connector_id=connector_id,
        status=ConnectorStatus.CHARGING,
        status_raw=None,
        power_w=power_w,
    )


def test_an_open_session_is_updated_in_place(tmp_path: Path) -> None:
    """The same key never makes a second row; each change is journaled, a repetition is not."""
    with new_store(tmp_path) as store:
        running = session_of("34", AT)
        assert store.put_sessions("garage", [running], AT) == 1
        assert store.put_sessions("garage", [running], AT) == 0
        assert store.open_sessions("garage") == [running]
        ended = running.model_copy(update={"ended_at": AT + HOUR, "energy_wh": 1234.567})
        assert store.put_sessions("garage", [ended], AT) == 1
        assert store.open_sessions("garage") == []
        assert store.sessions() == [("garage", ended)]
        assert store.session("garage", "34", AT) == ended
        assert [entry.kind for entry in store.journal(0, 10)] == [EntryKind.SESSION] * 2


def test_a_session_id_used_again_after_a_reset_is_another_session(tmp_path: Path) -> None:
    """The start belongs to the key: numbering that begins anew overwrites nothing."""
    with new_store(tmp_path) as store:
        store.put_sessions("garage", [session_of("1", AT, AT + HOUR)], AT)
        store.put_sessions("garage", [session_of("1", AT + 5 * HOUR, AT + 6 * HOUR)], AT)
        assert len(store.sessions("garage")) == 2


def test_sessions_are_found_by_overlap_newest_first(tmp_path: Path) -> None:
    """A session belongs to every range that it touches, a running one to every later range."""
    first = session_of("1", AT, AT + HOUR)
    second = session_of("2", AT + 2 * HOUR, AT + 4 * HOUR)
    running = session_of("3", AT + 5 * HOUR)
    with new_store(tmp_path) as store:
        store.put_sessions("garage", [running, first, second], AT)
        found = store.sessions("garage", AT + 3 * HOUR, AT + 6 * HOUR)
        assert [session.session_id for _, session in found] == ["3", "2"]
        assert store.sessions("carport") == []


def test_flags_and_all_words_survive_the_store(tmp_path: Path) -> None:
    """What is read is equal to what was written, to the last field."""
    session = session_of("9", AT, AT + HOUR).model_copy(
        update={"flags": (SessionFlag.SHORT, SessionFlag.FAULT_STOP), "user": "Zoë «13»", "meter_start_wh": 0.001}
    )
    with new_store(tmp_path) as store:
        store.put_sessions("garage", [session], AT)
        assert store.sessions()[0][1] == session


def test_readings_keep_the_difference_of_zero_and_unknown(tmp_path: Path) -> None:
    """0 W stays 0 W, not reported stays not reported, and the batch is journaled as one range."""
    with new_store(tmp_path) as store:
        zero = ConnectorReading(
            evse_id=1, connector_id=1, status=ConnectorStatus.AVAILABLE, status_raw="Available", power_w=0.0
        )
        unknown = ConnectorReading(evse_id=1, connector_id=2, status=None, status_raw="Odd")
        store.put_readings("garage", [(AT, zero), (AT, unknown), (AT + HOUR, zero)], AT)
        rows = store.readings("garage", AT, AT + HOUR)
        assert rows == [
            ReadingRow(AT, 1, ConnectorStatus.AVAILABLE, 0.0, None, None),
            ReadingRow(AT, 2, None, None, None, None),
        ]
        (entry,) = store.journal(0, 10)
        start_s = int(AT.timestamp())
        assert entry.body == {"from_s": start_s, "to_s": start_s + 3601}


def test_the_last_reading_is_the_one_of_a_connector_and_a_range(tmp_path: Path) -> None:
    """The end of the range is outside, the beginning inside, and neighbours and other chargers are not looked at."""
    with new_store(tmp_path) as store:
        for number, charger in enumerate(("garage", "carport")):
            at = [AT + number * timedelta(microseconds=1) + each * HOUR for each in range(4)]
            store.put_readings(charger, [(each, connector(1, power_w=index)) for index, each in enumerate(at)], AT)
        store.put_readings("garage", [(AT + 2 * HOUR + timedelta(seconds=1), connector(2, power_w=9.0))], AT)

        def last(from_h: float, to_h: float, connector_id: int = 1) -> ReadingRow | None:
            return store.last_reading("garage", connector_id, AT + from_h * HOUR, AT + to_h * HOUR)

        assert last(0, 3) == store.readings("garage", AT + 2 * HOUR, AT + 2 * HOUR + timedelta(microseconds=1))[0]
        found = last(3, 9)
        assert found is not None
        assert (found.at, found.power_w) == (AT + 3 * HOUR, 3.0)
        assert last(0.5, 1) is None
        assert last(0, 9, connector_id=3) is None
        assert store.last_reading("nobody", 1, AT, AT + HOUR) is None


def test_the_last_reading_is_looked_for_backwards_in_time(tmp_path: Path) -> None:
    """No row of a long range is read that lies before it, and nothing is sorted."""
    with new_store(tmp_path) as store:
        store.put_readings("garage", [(AT, connector(1))], AT)
        watched = Watched(store.database.path)
        ReadingTables(watched).last_reading("garage", 1, AT, AT + HOUR)
        statement, values = watched.seen[-1]
        (step,) = watched.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        assert step[-1] == "SEARCH reading USING PRIMARY KEY (at_us>? AND at_us<?)"
        watched.close()


def test_old_readings_go_and_only_those(tmp_path: Path) -> None:
    """The retention deletes what is older and nothing else."""
    reading = ConnectorReading(evse_id=1, connector_id=1, status=None, status_raw=None)
    with new_store(tmp_path) as store:
        store.put_readings("garage", [(AT, reading), (AT + HOUR, reading)], AT)
        assert store.drop_readings(AT + HOUR) == 1
        assert [row.at for row in store.readings("garage", AT, AT + 2 * HOUR)] == [AT + HOUR]


def test_identity_is_journaled_when_it_changes(tmp_path: Path) -> None:
    """A new firmware is one entry; the same identity again is none."""
    old = ChargerIdentity(vendor_name="Etrel", firmware_version="1")
    new = ChargerIdentity(vendor_name="Etrel", firmware_version="2")
    with new_store(tmp_path) as store:
        assert store.identity("garage") is None
        assert [store.put_identity("garage", who, AT) for who in (old, old, new)] == [True, False, True]
        assert store.identity("garage") == new
        assert len(store.journal(0, 10)) == 2


def test_a_running_session_whose_start_is_corrected_stays_one(tmp_path: Path) -> None:
    """The row with the earlier start goes; one of the same number long ago, or one that has ended, stays."""
    with new_store(tmp_path) as store:
        long_ago, ended = session_of("5", AT - 24 * 30 * HOUR), session_of("5", AT - 3 * HOUR, AT - 2 * HOUR)
        store.put_sessions("garage", [long_ago, ended, session_of("5", AT)], AT)
        corrected = session_of("5", AT + timedelta(minutes=3))
        store.put_sessions("garage", [corrected], AT)
        assert [session for _, session in store.sessions()] == [corrected, ended, long_ago]


def test_sessions_that_began_in_a_range_are_counted_in_one_range(tmp_path: Path) -> None:
    """Over midnight of a month's end: overlapping in both months, begun in one, even when it ends before it starts."""
    over, odd = session_of("1", AT - HOUR, AT + HOUR), session_of("2", AT, AT - timedelta(seconds=2))
    with new_store(tmp_path) as store:
        store.put_sessions("garage", [over, odd], AT)
        before, after = (AT - 5 * HOUR, AT), (AT, AT + 5 * HOUR)
        assert [s.session_id for _, s in store.sessions("garage", *before)] == ["1"]
        assert [s.session_id for _, s in store.sessions("garage", *after)] == ["2", "1"]
        assert [s.session_id for _, s in store.sessions("garage", *before, overlapping=False)] == ["1"]
        assert [s.session_id for _, s in store.sessions("garage", *after, overlapping=False)] == ["2"]
