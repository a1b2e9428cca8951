"""However many stations read the journal, each is told what it would read by itself, and nothing wakes the others."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import StoreError
from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.journal import Entry, EntryKind
from bridge.uplink.journal import NewsBell, SharedJournal
from tests.engine.fakes import DirectDesk

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOLD = (EntryKind.STATUS, EntryKind.HEALTH, EntryKind.SESSION, EntryKind.SECURITY)
KINDS = (*TOLD, EntryKind.READINGS)
CHARGERS = ("garage", "carport", "")
LAWS = settings(max_examples=40, deadline=None, derandomize=True)
TURNS = 10


@contextmanager
def a_store() -> Iterator[SqliteStore]:
    """Open an empty store."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        try:
            yield store
        finally:
            store.close()


def tell(store: SqliteStore, kind: EntryKind, charger: str) -> None:
    """Journal something."""
    store.append(kind, charger, AT, {})


def read_alone(store: SqliteStore, charger: str, seq: int) -> list[Entry]:
    """Read what is told of a charger, and of all, as a station without the others would."""
    return [entry for entry in store.journal(seq, 1000) if entry.charger in (charger, "") and entry.kind in TOLD]


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(CHARGERS)), max_size=30),
    st.lists(st.integers(0, 30), min_size=1, max_size=6),
    st.integers(1, 40),
)
@LAWS
def test_what_is_shared_is_what_each_would_read_alone(
    told: list[tuple[EntryKind, str]], places: list[int], most_kept: int
) -> None:
    """From any place, also one of which nothing is kept any more, and whatever was there before anybody read."""
    with a_store() as store:
        shared, first = SharedJournal(most_kept), len(told) // 3
        for number, (kind, charger) in enumerate(told):
            if number >= first and number % 2:
                shared.since(store, "garage", 0)
            tell(store, kind, charger)
        for place in places:
            for charger in CHARGERS[:2]:
                entries, until_seq = shared.since(store, charger, place)
                assert entries == read_alone(store, charger, place)
                assert until_seq == store.last_seq() or (place > until_seq and not entries)


async def turns() -> None:
    """Let the tasks of this event loop run."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


def test_a_commit_wakes_those_of_whom_it_tells() -> None:
    """Readings wake nobody, a state its charger's stations, and what concerns all wakes all."""

    async def act(store: SqliteStore) -> None:
        bell, woken = NewsBell(DirectDesk(store), SharedJournal()), list[str]()
        bell.add("garage", lambda: woken.append("garage"))
        bell.add("carport", lambda: woken.append("carport"))
        bell.ring()
        await turns()
        for kind, charger, expected in (
            (EntryKind.READINGS, "garage", []),
            (EntryKind.STATUS, "garage", ["garage"]),
            (EntryKind.SESSION, "carport", ["carport"]),
            (EntryKind.SECURITY, "", ["garage", "carport"]),
        ):
            woken.clear()
            tell(store, kind, charger)
            bell.ring()
            bell.ring()
            await turns()
            assert woken == expected

    with a_store() as store:
        asyncio.run(act(store))


def test_a_commit_while_it_is_looked_is_looked_at_too() -> None:
    """What is told after the look has begun wakes as well."""

    async def act(store: SqliteStore) -> None:
        bell, woken = NewsBell(DirectDesk(store), SharedJournal()), list[str]()

        def wake() -> None:
            woken.append("garage")
            if len(woken) == 1:
                tell(store, EntryKind.STATUS, "garage")
                bell.ring()

        bell.add("garage", wake)
        bell.ring()
        await turns()
        tell(store, EntryKind.STATUS, "garage")
        bell.ring()
        await turns()
        assert len(woken) == 2

    with a_store() as store:
        asyncio.run(act(store))


def test_a_store_that_cannot_be_read_wakes_all() -> None:
    """They find out for themselves, and say so."""

    async def act(store: SqliteStore) -> None:
        woken = list[str]()
        bell = NewsBell(DirectDesk(store, StoreError("here", "the disk is gone")), SharedJournal())
        bell.add("garage", lambda: woken.append("garage"))
        bell.ring()
        await turns()
        assert woken == ["garage"]

    with a_store() as store:
        asyncio.run(act(store))
