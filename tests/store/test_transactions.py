"""What stations told is kept per station, found again by number, by session and by phase, and read in order."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bridge.errors import StoreError
from bridge.store.sqlite import SqliteStore
from bridge.types.transaction import StationTransaction, TransactionPhase
from tests.store.stores import AT, new_store

STATION = "ocpp/garage/employer"
P = TransactionPhase


def transaction(session_id: str = "1", minutes: int = 0, phase: P = P.NEW, **more: object) -> StationTransaction:
    """Return a transaction with as little as possible."""
    at = AT + timedelta(minutes=minutes)
    told: dict[str, object] = {"sampled_until_at": at, "aligned_until_at": at} | more
    return StationTransaction.model_validate(
        {"charger": "garage", "session_id": session_id, "started_at": at, "phase": phase} | told
    )


def numbers(found: list[StationTransaction]) -> list[str]:
    """Return the sessions of transactions."""
    return [each.session_id for each in found]


def test_a_transaction_comes_back_as_it_was_put(tmp_path: Path) -> None:
    """Every field survives a restart, the frames to the byte."""
    full = transaction(
        phase=P.DEAD,
        transaction_id="7",
        first_started_at=AT - timedelta(microseconds=1),
        id_tag="ÄÖ €",
        start_call='[2,"a","StartTransaction",{"idTag":"\\u00e4"}]',
        stop_call="[]",
        meter_calls=("x", "y"),
        sampled_wh=0.1,
        aligned_wh=0.2,
        attempts=2,
        retry_at=AT,
        generation=3,
        dead_in=P.STOPPING,
        reason="no",
    )
    with new_store(tmp_path) as store:
        store.put_transaction(STATION, transaction())
        store.put_transaction(STATION, full)
    with new_store(tmp_path) as store:
        assert store.transactions(STATION, P.DEAD) == [full]
        assert store.transaction_by_number(STATION, "7") == full


def test_a_body_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """Fields that came later have a value where the kept body lacks them."""
    with new_store(tmp_path) as store:
        store.put_transaction(STATION, transaction())
        for field in ("first_started_at", "meter_calls", "sampled_wh", "aligned_wh", "generation"):
            store.database.execute("UPDATE station_transaction SET body = json_remove(body, ?)", (f"$.{field}",))
        assert store.transactions(STATION) == [transaction()]


def test_stations_know_nothing_of_each_other(tmp_path: Path) -> None:
    """The same session is kept once per station."""
    with new_store(tmp_path) as store:
        store.put_transaction(STATION, transaction(transaction_id="7"))
        store.put_transaction("ocpp/garage/refund", transaction(phase=P.TOLD))
        assert store.transactions(STATION) == [transaction(transaction_id="7")]
        assert store.transactions("ocpp/garage/refund") == []
        assert store.transaction_by_number("ocpp/garage/refund", "7") is None
        assert store.transactions_of_session("ocpp/garage/refund", "1") == [transaction(phase=P.TOLD)]


def test_transactions_come_oldest_start_first(tmp_path: Path) -> None:
    """By start and then by session, in the phases that are asked for; without phases all that are not told."""
    with new_store(tmp_path) as store:
        store.put_transaction(STATION, transaction("c", 2, P.RUNNING))
        store.put_transaction(STATION, transaction("b", 1, P.TOLD))
        store.put_transaction(STATION, transaction("a", 3, P.DEAD))
        store.put_transaction(STATION, transaction("d", 0))
        store.put_transaction(STATION, transaction("0", 2))
        assert numbers(store.transactions(STATION)) == ["d", "0", "c", "a"]
        assert numbers(store.transactions(STATION, P.NEW, P.RUNNING)) == ["d", "0", "c"]
        assert numbers(store.transactions(STATION, P.TOLD)) == ["b"]
        assert numbers(store.transactions(STATION, *P)) == ["d", "b", "0", "c", "a"]


@pytest.mark.parametrize("length", [1, 2, 3, 7, 100])
def test_pieces_join_to_the_whole(length: int, tmp_path: Path) -> None:
    """Read on behind the last of each piece, nothing is missing and nothing comes twice, at equal starts too."""
    with new_store(tmp_path) as store:
        for number in range(20):
            store.put_transaction(STATION, transaction(f"{number:02}", number // 4))
        found: list[StationTransaction] = []
        while piece := store.transactions(STATION, P.NEW, limit=length, after=found[-1] if found else None):
            assert len(piece) <= length
            found += piece
        assert found == store.transactions(STATION)
        assert all((a.started_at, a.session_id) < (b.started_at, b.session_id) for a, b in pairwise(found))


def test_a_session_number_may_come_again(tmp_path: Path) -> None:
    """All transactions of sessions with one id are found, oldest first; one can be dropped by its start."""
    with new_store(tmp_path) as store:
        for minutes in (5, 0):
            store.put_transaction(STATION, transaction("1", minutes, transaction_id="9"))
        assert [each.started_at for each in store.transactions_of_session(STATION, "1")] == [
            AT,
            AT + timedelta(minutes=5),
        ]
        newest = store.transaction_by_number(STATION, "9")
        assert newest is not None
        assert newest.started_at == AT + timedelta(minutes=5)
        store.drop_transaction(STATION, "1", AT)
        store.drop_transaction(STATION, "1", AT)
        assert store.transactions_of_session(STATION, "1") == [newest]


def test_counting_leaves_out_what_is_told(tmp_path: Path) -> None:
    """Told transactions grow for ever and concern nobody."""
    with new_store(tmp_path) as store:
        for number, phase in enumerate((P.NEW, P.NEW, P.DEAD, P.TOLD)):
            store.put_transaction(STATION, transaction(str(number), number, phase))
        assert store.count_transactions(STATION) == {P.NEW: 2, P.DEAD: 1}


@pytest.mark.parametrize("phases", [(), (P.NEW, P.RUNNING)])
def test_open_ones_are_found_by_an_index_however_many_are_told(phases: tuple[P, ...], tmp_path: Path) -> None:
    """The statement walks the index of what is not told, and sorts nothing."""
    with new_store(tmp_path) as store:
        seen: list[str] = []
        traced = Tracing(store, seen)
        traced.transactions(STATION, *phases, limit=4, after=transaction())
        plan = " ".join(row[3] for row in store.database.execute(f"EXPLAIN QUERY PLAN {seen[-1]}"))
        assert "station_transaction_open" in plan
        assert "TEMP B-TREE" not in plan


class Tracing(SqliteStore):
    """Notes the statements of a store as SQLite runs them."""

    def __init__(self, store: SqliteStore, seen: list[str]) -> None:
        super().__init__(store.database)
        store.database._connection.set_trace_callback(seen.append)


def test_a_transaction_is_part_of_the_commit_around_it(tmp_path: Path) -> None:
    """What was put before a fault is not there after it."""
    with new_store(tmp_path) as store:
        with suppress(StoreError), store.transaction():
            store.put_transaction(STATION, transaction())
            raise StoreError("here", "the disk is full")
        assert store.transactions(STATION) == []
        store.put_transaction(STATION, transaction())
        assert len(store.transactions(STATION)) == 1


# --- small things and what was set aside -------------------------------------------------------------------------


def test_small_things_are_found_by_how_their_names_begin(tmp_path: Path) -> None:
    """In the order of the rest of their names, whatever characters stand in them; a dropped one is gone."""
    with new_store(tmp_path) as store:
        for key in ("a/2", "a/1", "a", "a0", "a/ü€", "b/1", "a/%", "a/\U0010fffe"):
            store.put_setting(key, f"value of {key}")
        assert list(store.settings("a/")) == ["%", "1", "2", "ü€", "\U0010fffe"]
        assert store.settings("a/1") == {"": "value of a/1"}
        assert store.settings("c") == {}
        store.drop_setting("a/1")
        store.drop_setting("a/1")
        assert store.setting("a/1") is None
        assert list(store.settings("a/")) == ["%", "2", "ü€", "\U0010fffe"]


def test_what_was_set_aside_is_taken_once(tmp_path: Path) -> None:
    """By its number and its sink, and what was taken can be set aside again."""
    with new_store(tmp_path) as store:
        store.put_aside(STATION, AT, "why", ["one", "two", "one"])
        one, two = store.set_aside(STATION)
        assert (one.payload, two.payload) == ("one", "two")
        assert store.take_from_aside("influx home", one.number) is None
        assert store.take_from_aside(STATION, one.number) == one
        assert store.take_from_aside(STATION, one.number) is None
        assert store.count_set_aside(STATION) == 1
        store.put_aside(STATION, AT, "again", ["one"])
        assert sorted(each.payload for each in store.set_aside(STATION)) == ["one", "two"]
