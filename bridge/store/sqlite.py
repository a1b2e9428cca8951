"""The store in one SQLite file: opening, checking, migrating, and setting a damaged file aside."""

from __future__ import annotations

import fcntl
import os
from importlib import resources
from pathlib import Path
from typing import Self

from bridge.errors import StoreDamagedError, StoreError
from bridge.ports import Clock
from bridge.store.database import Database
from bridge.store.identities import IdentityTables
from bridge.store.readings import ReadingTables
from bridge.store.series import SeriesTables
from bridge.store.sessions import SessionTables
from bridge.store.transactions import TransactionTables

FILE_NAME = "chargebridge.sqlite"
_SIDE_FILES = ("", "-wal", "-shm")


class SqliteStore(SeriesTables, SessionTables, ReadingTables, IdentityTables, TransactionTables):
    """`bridge.ports.Store` in one file; belongs to one thread at a time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; everything committed is in it."""
        self.database.close()


def open_store(data_dir: Path, *, read_only: bool = False) -> SqliteStore:
    """Open the store in a folder, making and migrating it where that is allowed.

    Raises StoreDamagedError for a damaged file and StoreError for one that cannot be opened or that a newer
    version has written.
    """
    path = data_dir / FILE_NAME
    if read_only and not path.exists():
        raise StoreError(str(path), "there is no store yet", todo="Start `chargebridge run` with this config first")
    if not read_only:
        _make_private(data_dir, path)
    database = Database(path, read_only=read_only)
    try:
        _migrate(database, read_only=read_only)
    except BaseException:
        database.close()
        raise
    return SqliteStore(database)


def open_checked_store(data_dir: Path, clock: Clock) -> tuple[SqliteStore, str | None]:
    """Open the store for the process that owns it, after an integrity check.

    A damaged file is set aside under another name, never deleted, and a new store is begun; the second value
    is then the sentence for the person, else None.
    """
    try:
        store = open_store(data_dir)
        try:
            findings = store.database.execute("PRAGMA quick_check(3)")
        except BaseException:
            store.close()
            raise
        if findings == [("ok",)]:
            return store, None
        store.close()
        seen = "; ".join(str(row[0]) for row in findings)
    except StoreDamagedError as error:
        seen = error.seen
    aside = _put_file_aside(data_dir / FILE_NAME, clock)
    message = str(
        StoreError(
            str(data_dir / FILE_NAME),
            f"the store was damaged ({' '.join(seen.split())})",
            todo=f"It was set aside as {aside.name}; keep it or restore a backup over {FILE_NAME} while nothing runs",
            meanwhile="A new store was begun and everything that the chargers still have is fetched again",
        )
    )
    return open_store(data_dir), message


class DataDirLock:
    """Keeps a second `run` away from the same store; the system lets go of it whenever the process ends."""

    def __init__(self, data_dir: Path) -> None:
        _make_private(data_dir, data_dir / "chargebridge.lock")
        self._file = os.open(data_dir / "chargebridge.lock", os.O_RDWR)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise StoreError(
                str(data_dir),
                "another `chargebridge run` already uses this data_dir",
                todo="Stop that one first, or give this one a `data_dir` of its own",
                meanwhile="The other one goes on undisturbed",
            ) from error

    def release(self) -> None:
        """Let the next one in."""
        os.close(self._file)


def _make_private(folder: Path, path: Path) -> None:
    """Make folder and file readable by this user alone: card numbers are personal data."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            str(path),
            f"cannot be made or opened ({error.strerror})",
            todo="Give this user the right to write there, or set another `data_dir`",
        ) from error


def _put_file_aside(path: Path, clock: Clock) -> Path:
    stamp = clock.now().strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    for ending in _SIDE_FILES:
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def _migrate(database: Database, *, read_only: bool) -> None:
    version = int(database.execute("PRAGMA user_version")[0][0])
    folder = resources.files("bridge.store").joinpath("schema")
    scripts = sorted((p for p in folder.iterdir() if p.name.endswith(".sql")), key=lambda p: p.name)
    if version > len(scripts):
        raise StoreError(
            str(database.path),
            f"the store was written by a newer version (schema {version}, this one knows {len(scripts)})",
            todo="Install the newer version again",
        )
    if read_only and version < len(scripts):
        raise StoreError(
            str(database.path),
            f"the store is of an older version (schema {version}, needed {len(scripts)})",
            todo="Start `chargebridge run` once: it brings the store up to date",
        )
    for number, script in enumerate(scripts[version:], version + 1):
        text = script.read_text(encoding="utf-8")
        database.run_script(f"BEGIN IMMEDIATE;\n{text}\nPRAGMA user_version={number};\nCOMMIT;")
