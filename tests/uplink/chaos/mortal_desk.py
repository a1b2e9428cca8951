"""A store that is there until the bridge is killed: before or after the n-th commit, or whenever somebody says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar, cast

from bridge.errors import StoreError
from bridge.ports import Store
from bridge.store.sqlite import SqliteStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AtCommit:
    """Death at a commit of this life, counted from 1: just before it, so that it is lost, or just after."""

    number: int
    is_kept: bool


class _LostError(Exception):
    """Rolls back what the killed bridge was about to commit."""


class MortalDesk:
    """`bridge.ports.StoreDesk` in the caller's thread."""

    def __init__(self, store: SqliteStore, death: AtCommit | None, is_full: Callable[[], bool] = lambda: False) -> None:
        """Make it; while the disk `is_full` nothing can be written, and the bridge lives on."""
        self._store = store
        self._death = death
        self._is_full = is_full
        self._commits = 0
        self.refused = 0
        """commits for which the disk had no room"""
        self.killed = asyncio.Event()
        """set when the moment has come; from then on nothing reaches the store, and nobody gets an answer"""
        self._buried = asyncio.Event()

    async def run(self, work: Callable[[Store], T]) -> T:
        """Do the work, unless it is the one at which the bridge dies."""
        if self.killed.is_set():
            await self._never()
        if self._is_full():
            return self._read_only(work)
        next_dies = self._death is not None and self._commits + 1 == self._death.number
        if not next_dies:
            before = self._changes()
            result = work(self._store)
            self._commits += self._changes() > before
            return result
        died = self._die_at(work, is_kept=self._death is not None and self._death.is_kept)
        if self.killed.is_set():
            await self._never()
        return cast("T", died)

    def _read_only(self, work: Callable[[Store], T]) -> T:
        before = self._changes()
        with self._store.transaction():
            result = work(self._store)
            if self._changes() > before:
                self.refused += 1
                raise StoreError("the store", "the disk is full")
        return result

    async def _never(self) -> None:
        await self._buried.wait()
        raise StoreError("the store", "the bridge that asked has died")

    def bury(self) -> None:
        """Let go of who still waits, when everything else of the bridge is gone."""
        self.killed.set()
        self._buried.set()

    def _die_at(self, work: Callable[[Store], T], *, is_kept: bool) -> T | None:
        before = self._changes()
        result = None
        with suppress(_LostError), self._store.transaction():
            result = work(self._store)
            if self._changes() > before and not is_kept:
                raise _LostError
        if self._changes() > before:
            self.killed.set()
        return result

    def _changes(self) -> int:
        (row,) = self._store.database.execute("SELECT total_changes()")
        return int(row[0])
