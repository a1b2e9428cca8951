"""The journal as all stations of a bridge read it: each entry once, however many they are.

A commit of the readings of 500 chargers is 500 entries, none of which tells a station anything. If each of the 500
stations read all of them, that would be most of what the bridge does.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator

from bridge.errors import StoreError
from bridge.ports import Store, StoreDesk
from bridge.types.journal import Entry, EntryKind

_ENTRIES_AT_ONCE = 2000
_MOST_KEPT = 4000
"""a station that is further behind reads by itself"""
_TOLD = frozenset({EntryKind.SESSION, EntryKind.STATUS, EntryKind.HEALTH, EntryKind.SECURITY})
_EVERYBODY = ""


class SharedJournal:
    """The newest entries that tell stations something, by charger.

    Every method belongs to the store's thread, outside of any transaction: what is rolled back must not stay here.
    """

    def __init__(self, most_kept: int = _MOST_KEPT) -> None:
        self._most_kept = most_kept
        self._from_seq: int | None = None
        """everything after this one is here"""
        self._until_seq = 0
        self._kept: deque[Entry] = deque()
        self._by_charger: dict[str, deque[Entry]] = {}
        self._fresh: set[str] = set()
        """chargers of which something was read since somebody asked"""

    def since(self, store: Store, charger: str, seq: int) -> tuple[list[Entry], int]:
        """Return what was told of a charger, or of all, after `seq`, in its order, and up to where that is.

        Raises StoreError.
        """
        self._read_on(store)
        assert self._from_seq is not None, "it is known once something was read"
        if seq < self._from_seq:
            return _read(store, charger, seq)
        of_it = (self._by_charger.get(name, ()) for name in (charger, _EVERYBODY))
        found = [entry for entries in of_it for entry in entries if entry.seq > seq]
        return sorted(found, key=lambda entry: entry.seq), self._until_seq

    def fresh(self, store: Store) -> set[str]:
        """Return the chargers of which something was told since this was last asked; "" where it concerns all.

        Raises StoreError.
        """
        self._read_on(store)
        found, self._fresh = self._fresh, set()
        return found

    def _read_on(self, store: Store) -> None:
        if self._from_seq is None:
            self._from_seq = self._until_seq = store.last_seq()
        newest_seq = store.last_seq()
        for entry in _told(store, self._until_seq):
            self._keep(entry)
            self._until_seq = entry.seq
        self._until_seq = max(self._until_seq, newest_seq)

    def _keep(self, entry: Entry) -> None:
        self._kept.append(entry)
        self._fresh.add(entry.charger)
        self._by_charger.setdefault(entry.charger, deque()).append(entry)
        if len(self._kept) > self._most_kept:
            oldest = self._kept.popleft()
            self._by_charger[oldest.charger].popleft()
            self._from_seq = oldest.seq


class NewsBell:
    """Wakes the stations of those chargers of which a commit told something. Lives on the event loop."""

    def __init__(self, desk: StoreDesk, journal: SharedJournal) -> None:
        self._desk = desk
        self._journal = journal
        self._sleepers: list[tuple[str, Callable[[], None]]] = []
        self._is_asked = False
        self._looking: asyncio.Task[None] | None = None

    def add(self, charger: str, wake: Callable[[], None]) -> None:
        """Call `wake` whenever something was told of this charger, or of all."""
        self._sleepers.append((charger, wake))

    def ring(self) -> None:
        """Say that something was committed; never blocks."""
        self._is_asked = True
        if self._looking is None and self._sleepers:
            self._looking = asyncio.ensure_future(self._look())

    async def _look(self) -> None:
        try:
            while self._is_asked:
                self._is_asked = False
                fresh = await self._fresh()
                for charger, wake in self._sleepers:
                    if charger in fresh or _EVERYBODY in fresh:
                        wake()
        finally:
            self._looking = None

    async def _fresh(self) -> set[str]:
        try:
            return await self._desk.run(self._journal.fresh)
        except StoreError:
            return {_EVERYBODY}  # they will find out for themselves, and say so


def _read(store: Store, charger: str, seq: int) -> tuple[list[Entry], int]:
    newest_seq = store.last_seq()
    found = [entry for entry in _told(store, seq) if entry.charger in (charger, _EVERYBODY)]
    return found, max(seq, newest_seq)


def _told(store: Store, seq: int) -> Iterator[Entry]:
    """Yield what was told after `seq`; most entries are of readings, and the store passes over them."""
    while entries := store.journal(seq, _ENTRIES_AT_ONCE, _TOLD):
        yield from entries
        seq = entries[-1].seq
