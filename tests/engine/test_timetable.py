"""What is aligned to the clock runs then, and goes on when the clock is set."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.engine.board import Board
from bridge.engine.breaker import Breaker
from bridge.engine.housekeeping import Housekeeping
from bridge.engine.supervisor import CALM_S, keep_running
from bridge.engine.timetable import Timetable
from tests.clock import FakeClock
from tests.engine.fakes import Scene


class Fixed:
    """Jitter without chance."""

    def uniform(self, low: float, high: float) -> float:
        """Return the upper end."""
        assert low <= high
        return high


def test_a_clock_set_back_is_noticed_and_told() -> None:
    """A jump of the wall clock against the monotonic one plans everything anew and is handed on."""
    clock = FakeClock()
    jumps: list[float] = []
    timetable = Timetable(clock, jumps.append)
    timetable.every_minutes(5, 7, lambda: None)
    timetable.hourly("17:30", lambda: None)
    timetable.nightly("03:40", lambda: None)

    async def play() -> None:
        task = asyncio.create_task(timetable.run())
        await clock.advance(10.0)
        clock.jump(-3600.0)
        await clock.advance(2.0)
        await clock.advance(10.0)
        clock.jump(5.0)
        await clock.advance(10.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(play())
    assert jumps == [pytest.approx(-3600.0)]


def test_only_divisors_of_an_hour_are_aligned() -> None:
    """Seven minutes would drift over the hour and are refused."""
    with pytest.raises(ValueError, match="divisors"):
        Timetable(FakeClock(), lambda _: None).every_minutes(7, 0, lambda: None)


def test_the_breaker_opens_at_the_third_failure_and_grows_to_five_minutes() -> None:
    """Two failures cost nothing; then one minute, two, four, five at most; a success closes it."""
    breaker = Breaker(10.0, Fixed())  # type: ignore[arg-type]  # only `uniform` is used
    assert [breaker.fail(None) for _ in range(7)] == [0, 0, 60, 120, 240, 300, 300]
    breaker.succeed()
    assert not breaker.is_open
    assert breaker.fail(None) == 0


def test_the_breaker_honours_retry_after_up_to_an_hour() -> None:
    """What the charger asks for holds from the first failure; nonsense is cut to an hour."""
    breaker = Breaker(10.0, Fixed())  # type: ignore[arg-type]  # only `uniform` is used
    assert breaker.fail(90.0) == 90.0
    assert breaker.fail(1e9) == 3600.0
    assert breaker.fail(1.0) == 60.0


def test_a_task_that_fails_is_told_of_and_started_again(caplog: pytest.LogCaptureFixture) -> None:
    """A defect leaves a trace and a sentence; the task runs again, and the sentence goes when it is well again."""
    clock = FakeClock()
    board = Board(clock.now(), "home")
    runs: list[int] = []

    async def work() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise LookupError("defect")
        if len(runs) == 2:
            raise asyncio.CancelledError  # something inside was cancelled, not this task
        await clock.sleep(1e9)

    async def play() -> None:
        task = asyncio.create_task(keep_running("history of garage", work, clock, board))
        await clock.advance(10.0)
        assert len(runs) == 3
        assert "history of garage" in board.notes["history of garage"]
        await clock.advance(CALM_S)
        assert board.notes == {}
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    asyncio.run(play())
    assert "LookupError" in caplog.text


def test_housekeeping_drops_old_readings_and_asks_again_for_absent_rows(tmp_path: Path) -> None:
    """A night's work: readings past the retention go, and rows the charger lacked are asked for once more."""
    scene = Scene(tmp_path, since_at=datetime(2026, 3, 1, tzinfo=UTC))
    housekeeping = Housekeeping(scene.desk, [scene.history], scene.clock, 86_400.0)

    async def play() -> None:
        await scene.poller.poll()
        await scene.recorder.commit()
        await scene.history.fill()
        scene.has_rows()
        await scene.clock.advance(2 * 86_400.0)
        tasks = [asyncio.create_task(run()) for run in (housekeeping.run, scene.history.run)]
        housekeeping.wake()
        await scene.clock.advance(60.0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(play())
    assert scene.store.drop_readings(scene.clock.now()) == 0
    assert scene.store.counts("garage", "building", scene.since_s, scene.since_s + 86_400).filled == 288
