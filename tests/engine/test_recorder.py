"""Few commits, nothing lost while the store refuses, everything on disk at the end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.errors import StoreError
from bridge.types.journal import EntryKind
from bridge.types.series import CellState, IntervalBatch
from tests.engine.fakes import Scene


def kept_readings(scene: Scene) -> int:
    """Count the readings in the store."""
    now = scene.clock.now()
    return len(scene.store.readings("garage", now - timedelta(days=1), now + timedelta(days=1)))


def test_readings_wait_for_the_five_minute_rows(tmp_path: Path) -> None:
    """Polls alone commit nothing; the next rows bring them along in one commit, ten seconds later."""
    scene = Scene(tmp_path)
    commits: list[int] = []
    scene.recorder.on_commit(lambda: commits.append(1))

    async def play() -> None:
        task = asyncio.create_task(scene.recorder.run())
        await scene.poller.poll()
        await scene.clock.advance(1.0)
        commits.clear()
        for _ in range(20):
            await scene.poller.poll()
            await scene.clock.advance(10.0)
        assert not commits
        scene.recorder.take_intervals("garage", IntervalBatch([1_772_323_200], {"building": [1.0]}), CellState.POLLED)
        scene.recorder.take_intervals("carport", IntervalBatch([1_772_323_200], {"building": [1.0]}), CellState.POLLED)
        await scene.clock.advance(9.0)
        assert not commits
        await scene.clock.advance(2.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(play())
    assert len(commits) == 1
    assert kept_readings(scene) == 21
    assert scene.store.chargers() == ["garage", "carport"]


def test_a_full_disk_loses_no_reading_and_no_entry(tmp_path: Path) -> None:
    """While the store refuses, readings and entries wait in order; the page says why, and the note goes away."""
    scene = Scene(tmp_path)
    scene.desk.failing = StoreError("store", "the disk is full", todo="Free some space")

    async def play() -> None:
        task = asyncio.create_task(scene.recorder.run())
        for number in range(5):
            await scene.poller.poll()
            scene.recorder.note(EntryKind.CLOCK_JUMP, "", {"jump_s": number})
            await scene.clock.advance(60.0)
        assert "disk is full" in scene.board.notes["store"]
        scene.desk.failing = None
        await scene.clock.advance(60.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(play())
    assert kept_readings(scene) == 5
    jumps = [e.body["jump_s"] for e in scene.store.journal(0, 100) if e.kind is EntryKind.CLOCK_JUMP]
    assert jumps == [0, 1, 2, 3, 4]
    assert "store" not in scene.board.notes


def test_a_commit_with_nothing_to_say_writes_nothing(tmp_path: Path) -> None:
    """No empty transaction wears the card."""
    scene = Scene(tmp_path)
    commits: list[int] = []
    scene.recorder.on_commit(lambda: commits.append(1))
    assert asyncio.run(scene.recorder.commit())
    assert not commits


def test_a_defect_in_fetched_rows_takes_no_reading_along(tmp_path: Path) -> None:
    """A batch that cannot be written is dropped alone; the readings come with the next commit."""
    scene = Scene(tmp_path)
    ragged = IntervalBatch([1_772_323_200, 1_772_323_500], {"building": [1.0]})

    async def play() -> None:
        await scene.poller.poll()
        scene.recorder.take_intervals("garage", ragged, CellState.POLLED)
        with pytest.raises(ValueError, match="as long as"):
            await scene.recorder.commit()
        assert await scene.recorder.commit()

    asyncio.run(play())
    assert kept_readings(scene) == 1


def test_a_store_that_can_be_written_again_is_told(tmp_path: Path) -> None:
    """Rows that were dropped meanwhile are looked for at once and not within the hour."""
    scene = Scene(tmp_path)
    told: list[int] = []
    scene.recorder.on_recovery(lambda: told.append(1))
    scene.desk.failing = StoreError("store", "the disk is full")

    async def play() -> None:
        await scene.poller.poll()
        assert not await scene.recorder.commit()
        assert told == []
        scene.desk.failing = None
        assert await scene.recorder.commit()

    asyncio.run(play())
    assert told == [1]


def test_a_caller_that_stops_waiting_for_a_commit_loses_nothing(tmp_path: Path) -> None:
    """The commit goes on without it, and what a store refuses then is kept all the same."""
    scene = Scene(tmp_path)
    scene.desk.failing = StoreError("store", "the disk is full")

    async def play() -> None:
        await scene.poller.poll()
        waiting = asyncio.create_task(scene.recorder.commit())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await scene.clock.settle()
        scene.desk.failing = None
        assert await scene.recorder.commit()

    asyncio.run(play())
    assert kept_readings(scene) == 1


def test_what_was_noted_waits_for_the_store_and_is_replaced_by_its_successor(tmp_path: Path) -> None:
    """While the store refuses, one thing of each key waits; then all are written once, in one commit."""
    scene = Scene(tmp_path)
    scene.desk.failing = StoreError("store", "the disk is full")

    def note(key: str, value: str) -> None:
        scene.recorder.take_noted(key, lambda store, _: store.put_setting(key, value))

    async def play() -> None:
        note("a", "1")
        note("b", "1")
        assert not await scene.recorder.commit()
        note("a", "2")
        assert not await scene.recorder.commit()
        scene.desk.failing = None
        assert await scene.recorder.commit()

    asyncio.run(play())
    assert (scene.store.setting("a"), scene.store.setting("b")) == ("2", "1")
