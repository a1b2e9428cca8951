"""What a store sends to its disk: counted by the system, with the system's own habit of waiting half a minute."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bridge.ports import Store
from bridge.store.sqlite import FILE_NAME, SqliteStore

T = TypeVar("T")

WRITEBACK_S = 30.0
"""a page that was written stays in memory for this long and then goes to the disk [doc: dirty_expire_centisecs]"""
COMMIT_COST_MB = 0.085
"""what a commit costs an SD card on ext4, whatever its size, between 70 and 100 kB"""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written in a span of time."""

    passed_mb: float
    """what SQLite handed to the system"""
    disk_mb: float
    """pages that the system sent, or will send, to the disk for it; 0 where the file system does not count"""
    commits: int


class CountingDesk:
    """`bridge.ports.StoreDesk` that works at once and counts the commits as another process would see them."""

    def __init__(self, store: SqliteStore, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._outside = sqlite3.connect(f"{(folder / FILE_NAME).as_uri()}?mode=ro", uri=True)
        self._version = self._data_version()
        self.commits = 0

    async def run(self, work: Callable[[Store], T]) -> T:
        """Do it; two commits in one piece of work count as one."""
        result = work(self._store)
        version = self._data_version()
        self.commits += version != self._version
        self._version = version
        return result

    def write_back(self) -> None:
        """Do what the system does by itself after `WRITEBACK_S`."""
        for path in self._folder.iterdir():
            file = os.open(path, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)

    def close(self) -> None:
        """Close the look from outside."""
        self._outside.close()

    def _data_version(self) -> int:
        return int(self._outside.execute("PRAGMA data_version").fetchone()[0])


def written_bytes() -> tuple[int, int]:
    """Return (bytes passed to the system, bytes it counts towards the disk) of this process until now."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    counts = {name: int(value) for name, _, value in (line.partition(": ") for line in lines)}
    return counts["wchar"], counts["write_bytes"]
