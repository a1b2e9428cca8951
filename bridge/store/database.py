"""One connection to the store's file: statements, transactions and the translation of errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bridge.errors import StoreDamagedError, StoreError

_BUSY_MS = 10_000
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PRIMARY_CODE = 0xFF


class Database:
    """A connection in autocommit mode in which `transaction()` says what belongs together."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._depth = 0
        try:
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise self._translate(error) from error
        self.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        if not read_only:
            # NORMAL in WAL mode: a power cut may take the last commits and never the file. Checkpoints stay as rare as
            # SQLite makes them: a page that every commit changes is then brought home once for a hundred commits.
            self.execute("PRAGMA journal_mode=WAL")
            self.execute("PRAGMA synchronous=NORMAL")

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run one statement and return all its rows."""
        self._hold_together()
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._translate(error) from error

    def change(self, statement: str, values: Sequence[Any] = ()) -> tuple[int, int]:
        """Run one writing statement; return (rows changed, last row id)."""
        self._hold_together()
        try:
            done = self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise self._translate(error) from error
        return done.rowcount, done.lastrowid or 0

    def change_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one writing statement for every row."""
        self._hold_together()
        try:
            self._connection.executemany(statement, rows)
        except sqlite3.Error as error:
            raise self._translate(error) from error

    def run_script(self, script: str) -> None:
        """Run several statements; the script must hold its own BEGIN and COMMIT."""
        try:
            self._connection.executescript(script)
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise self._translate(error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside at once, or nothing; what is nested is committed with the outermost one.

        What fails in a nested one is undone by itself: whoever catches it outside may go on with the rest.
        """
        if self._depth == 0:
            self.execute("BEGIN IMMEDIATE")
        elif self._depth == 1:  # further in, the part to be undone is that of the second one
            self.execute("SAVEPOINT part")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            self._undo()
            raise
        self._depth -= 1
        if self._depth > 1:
            return
        try:
            self.execute("COMMIT" if self._depth == 0 else "RELEASE part")
        except StoreError:
            self._undo()
            raise

    def _undo(self) -> None:
        if not self._connection.in_transaction:
            return  # SQLite has done so: with a full disk it undoes all of it
        try:
            if self._depth == 0:
                self._connection.rollback()
            elif self._depth == 1:
                self._connection.execute("ROLLBACK TO part")
                self._connection.execute("RELEASE part")
        except sqlite3.Error:
            self._connection.rollback()  # what cannot be undone in part is undone whole

    def _hold_together(self) -> None:
        """Raise StoreError where SQLite has undone the transaction: what follows would be committed by itself."""
        if self._depth and not self._connection.in_transaction:
            raise StoreError(
                str(self.path),
                "what was to be written together was undone because a part of it could not be",
                meanwhile="It is tried again",
            )

    def close(self) -> None:
        """Close; with WAL this folds the log into the file when no other process has it open."""
        self._connection.close()

    def _translate(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        where = str(self.path)
        if code in _DAMAGED:
            return StoreDamagedError(
                where,
                f"the store's file is damaged ({error})",
                todo="Start `chargebridge run`: it sets the file aside and fetches again what the chargers still have",
            )
        if code == sqlite3.SQLITE_FULL:
            return StoreError(
                where,
                "the disk is full, nothing can be written",
                todo="Free some space",
                meanwhile="Polling goes on; what was read waits in memory as long as it fits and is written then",
            )
        if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
            return StoreError(
                where,
                f"the store cannot be opened or written ({error})",
                todo="Give this user the right to write there, or set another `data_dir`",
            )
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return StoreError(
                where,
                f"another process kept the store locked for {_BUSY_MS // 1000} s",
                todo="See which one with `fuser`; chargebridge itself never does that",
                meanwhile="It is tried again",
            )
        return StoreError(
            where,
            f"the store could not be read or written ({error})",
            todo="Look at the disk (`dmesg`)",
            meanwhile="It is tried again",
        )
