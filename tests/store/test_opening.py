"""The store's file is private, checked when opened, and set aside when damaged, never deleted."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bridge.errors import StoreDamagedError, StoreError
from bridge.store.desk import StoreThread
from bridge.store.sqlite import FILE_NAME, DataDirLock, open_checked_store, open_store
from bridge.types.series import CellState
from tests.clock import FakeClock
from tests.store.stores import AT, MIDNIGHT_S, batch_of, new_store


def fill(folder: Path, days: int = 40) -> None:
    """Write enough that the file has many pages."""
    with new_store(folder) as store:
        for day in range(days):
            column: list[float | None] = [float(day * i % 977) for i in range(288)]
            store.put_intervals(
                "garage", batch_of(MIDNIGHT_S + day * 86_400, ("building", column)), CellState.POLLED, AT
            )


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    """Card numbers are personal: folder and file are shut to other users."""
    folder = tmp_path / "data"
    with new_store(folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["garbage", "torn", "short"])
def test_a_damaged_file_is_set_aside_whole(tmp_path: Path, damage: str) -> None:
    """A new store begins, the message names the old file, and the old file still holds its bytes."""
    fill(tmp_path)
    path = tmp_path / FILE_NAME
    content = bytearray(path.read_bytes())
    if damage == "garbage":
        content[:] = b"this is no database" * 400
    elif damage == "torn":
        for page in range(3, len(content) // 4096):
            content[page * 4096 : page * 4096 + 2048] = b"\xff" * 2048
    else:
        del content[len(content) // 2 :]
    path.write_bytes(content)
    store, message = open_checked_store(tmp_path, FakeClock())
    with store:
        assert store.chargers() == []
    aside = [p for p in tmp_path.iterdir() if ".damaged-" in p.name and not p.name.endswith(("-wal", "-shm"))]
    assert [p.read_bytes() for p in aside] == [bytes(content)]
    assert message is not None
    assert aside[0].name in message
    assert "damaged" in message
    again, nothing = open_checked_store(tmp_path, FakeClock())
    again.close()
    assert nothing is None


def test_two_damaged_files_in_one_second_are_both_kept(tmp_path: Path) -> None:
    """The second does not overwrite the first."""
    for _ in range(2):
        (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
        open_checked_store(tmp_path, FakeClock())[0].close()
    assert len([p for p in tmp_path.iterdir() if ".damaged-" in p.name]) == 2


def test_others_than_the_owner_leave_a_damaged_file_alone(tmp_path: Path) -> None:
    """A reading command refuses it, says what to do, and moves nothing."""
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(StoreDamagedError, match="chargebridge run"):
        open_store(tmp_path, read_only=True)
    assert [p.name for p in tmp_path.iterdir() if "damaged" in p.name] == []


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    """An older program does not touch what a newer one wrote, and does not call it damaged."""
    fill(tmp_path, days=1)
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version=999")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        open_checked_store(tmp_path, FakeClock())
    assert not [p for p in tmp_path.iterdir() if "damaged" in p.name]


def test_a_missing_store_is_not_made_by_a_reader(tmp_path: Path) -> None:
    """Reading commands say that there is nothing yet."""
    with pytest.raises(StoreError, match="no store yet"):
        open_store(tmp_path / "nowhere", read_only=True)
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    """The error names the path and what to do."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="data_dir"):
        open_store(tmp_path / "file" / "data")


def test_a_second_run_on_the_same_store_is_refused(tmp_path: Path) -> None:
    """The lock holds until it is released."""
    lock = DataDirLock(tmp_path)
    with pytest.raises(StoreError, match="already uses"):
        DataDirLock(tmp_path)
    lock.release()
    DataDirLock(tmp_path).release()


def test_a_reader_sees_what_a_running_writer_commits(tmp_path: Path) -> None:
    """Another connection may read while the first writes."""
    with new_store(tmp_path) as writer, open_store(tmp_path, read_only=True) as reader:
        writer.put_intervals("garage", batch_of(MIDNIGHT_S, ("building", [1.0])), CellState.POLLED, AT)
        assert reader.chargers() == ["garage"]
        with pytest.raises(StoreError):
            reader.put_setting("a", "b")


def test_a_full_disk_is_told_and_passes(tmp_path: Path) -> None:
    """A write that finds no room fails whole, says so, and works again when there is room."""
    with new_store(tmp_path) as store:
        store.put_intervals("garage", batch_of(MIDNIGHT_S, ("building", [1.0])), CellState.POLLED, AT)
        pages = store.database.execute("PRAGMA page_count")[0][0]
        store.database.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StoreError, match="disk is full"):
            store.put_setting("key", "x" * 100_000)
        with store.transaction():
            assert store.chargers() == ["garage"]
        store.database.execute("PRAGMA max_page_count=1000000")
        store.put_setting("key", "x" * 100_000)
        assert store.setting("key") == "x" * 100_000


CRASHING = """
import os, sys
from pathlib import Path
from bridge.store.sqlite import open_store
from bridge.types.series import CellState, IntervalBatch
from bridge.types.facts import from_epoch_s
store = open_store(Path(sys.argv[1]))
number = 0
while True:
    start_s = 1772323200 + number * 86400
    with store.transaction():
        batch = IntervalBatch([start_s + i * 300 for i in range(288)], {"building": [float(number)] * 288})
        store.put_intervals("garage", batch, CellState.FILLED, from_epoch_s(start_s))
        store.put_setting("last", str(number))
    print(number, flush=True)
    number += 1
"""


def test_kill_9_in_the_middle_of_writing_leaves_whole_commits(tmp_path: Path) -> None:
    """Everything that was acknowledged is there after the kill, and nothing is half there."""
    for acknowledged in (3, 11):
        process = subprocess.Popen([sys.executable, "-c", CRASHING, tmp_path], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process.stdout as output:
            for line in output:
                if int(line) >= acknowledged:
                    process.kill()
                    break
        process.wait(timeout=10)
        store, message = open_checked_store(tmp_path, FakeClock())
        with store:
            assert message is None
            last = int(store.setting("last") or "-1")
            assert last >= acknowledged
            whole = store.counts("garage", "building", MIDNIGHT_S, MIDNIGHT_S + (last + 1) * 86_400)
            assert whole.missing == 0


def test_the_desk_does_work_in_order_and_closes_after_it(tmp_path: Path) -> None:
    """Work given earlier is done earlier; closing waits for what was given."""

    async def scene() -> list[str]:
        desk = StoreThread(open_store(tmp_path))
        writes = [desk.run(lambda store, n=n: store.put_setting("last", str(n))) for n in range(20)]  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        await asyncio.gather(*writes)
        last = await desk.run(lambda store: store.setting("last"))
        await desk.aclose()
        return [last or ""]

    assert asyncio.run(scene()) == ["19"]


def test_work_given_to_the_desk_is_done_although_its_caller_is_cancelled(tmp_path: Path) -> None:
    """A stop in the middle of a backfill loses nothing that was handed over, also what still waits its turn."""

    async def scene() -> str | None:
        desk = StoreThread(open_store(tmp_path))
        busy = threading.Event()
        first = asyncio.create_task(desk.run(lambda _: busy.wait(10)))
        second = asyncio.create_task(desk.run(lambda store: store.put_setting("kept", "yes")))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        busy.set()
        await first
        kept = await desk.run(lambda store: store.setting("kept"))
        await desk.aclose()
        return kept

    assert asyncio.run(scene()) == "yes"
