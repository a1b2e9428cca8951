"""A day of polling on a clock that is advanced: what the bridge writes meanwhile, and what one commit per poll does.

Run as a process of its own, `python -m tests.bench.simulated_day SIDE CHARGERS HOURS FOLDER`, because the system
counts what is written by process. Prints the counts as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bridge import app
from bridge.engine.board import Board, ChargerCard
from bridge.engine.health import HealthThresholds, HealthWatch
from bridge.engine.housekeeping import Housekeeping
from bridge.engine.recorder import Recorder
from bridge.engine.timetable import Timetable
from bridge.engine.worker import ChargerWorker
from bridge.sinks.lines import LineProtocol
from bridge.sinks.pump import Pump
from bridge.store.sqlite import open_store
from tests.bench.direct_charger import direct_charger
from tests.bench.disk import WRITEBACK_S, CountingDesk, Written, written_bytes
from tests.clock import FakeClock

POLL_S = 10.0
START_AT = datetime(2026, 3, 10, 12, 0, 5, tzinfo=UTC)
HISTORY_DAYS = 2
_TURNS = 8
_HOUR_S = 3600.0
_BEGIN_S = 600.0
"""the first backfill is over by then; what a start writes is not what a day writes"""


class DayClock(FakeClock):
    """Moves faster than a test's clock: nothing here waits for threads or sockets."""

    async def settle(self) -> None:
        """Let the tasks run until they wait."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)


class TakingSink:
    """A server on another machine that takes everything: it writes nothing to this disk."""

    name = "taking"
    url = "http://elsewhere"

    def __init__(self) -> None:
        self.wording = LineProtocol("bench")

    async def write(self, lines: Sequence[str]) -> bool:  # noqa: ARG002 -- they are gone
        """Take them."""
        return False

    async def aclose(self) -> None:
        """Nothing to let go of."""


async def _count(clock: FakeClock, desk: CountingDesk, hours: float) -> Written:
    """Let the time pass and count."""
    await _pass(clock, desk, _BEGIN_S)
    passed, disk = written_bytes()
    commits = desk.commits
    await _pass(clock, desk, hours * _HOUR_S)
    passed_end, disk_end = written_bytes()
    return Written((passed_end - passed) / 1e6, (disk_end - disk) / 1e6, desk.commits - commits)


async def _pass(clock: FakeClock, desk: CountingDesk, seconds: float) -> None:
    for _ in range(max(1, round(seconds / WRITEBACK_S))):
        await clock.advance(WRITEBACK_S)
        desk.write_back()


async def _keep_to(timetable: Timetable, clock: FakeClock) -> None:
    """Wake what a timetable wakes, second by second of the simulated day; `schedule` itself asks the machine."""
    while True:
        now = clock.now()
        for job in timetable._scheduler.jobs:
            at = job.at_time
            assert at is not None
            assert job.job_func is not None
            hour = at.hour if job.unit == "days" else now.hour
            if (now.hour, now.minute, now.second) == (hour, at.minute, at.second):
                job.job_func()
        await clock.sleep(1.0)


async def bridge_day(folder: Path, chargers: int, hours: float) -> Written:
    """Run engine, timetable, store and delivery as `run` joins them."""
    clock = DayClock(START_AT)
    with open_store(folder) as store, contextlib.closing(CountingDesk(store, folder)) as desk:
        board = Board(clock.now(), "bench")
        recorder = Recorder(desk, clock, board)
        names = [f"charger{number}" for number in range(chargers)]
        board.chargers.update({name: ChargerCard(name, POLL_S, "") for name in names})
        health = HealthWatch(board, recorder, clock, HealthThresholds())
        workers = [
            ChargerWorker(
                name,
                direct_charger(number, clock, HISTORY_DAYS),
                clock.now() - timedelta(days=HISTORY_DAYS),
                board=board,
                desk=desk,
                recorder=recorder,
                health=health,
                clock=clock,
            )
            for number, name in enumerate(names)
        ]
        pump = Pump(TakingSink(), desk, clock, board, jitter=lambda: 0.5)
        recorder.on_commit(pump.wake)
        housekeeping = Housekeeping(desk, [worker.history for worker in workers], clock, 30 * 86_400.0)
        # The very timetable that `run` uses: a copy of it here would measure something else one day.
        timetable = app.build_timetable(clock, recorder, health, workers, housekeeping)
        jobs = [lambda: _keep_to(timetable, clock), recorder.run, housekeeping.run, pump.run]
        jobs += [job for worker in workers for job in (worker.poll, worker.keep_history)]
        tasks = [asyncio.create_task(job()) for job in jobs]
        try:
            return await _count(clock, desk, hours)
        finally:
            ended = [task for task in tasks if task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for task in ended:
                task.result()


async def plain_day(folder: Path, chargers: int, hours: float) -> Written:
    """Write every poll to the same store in a commit of its own; neither history nor delivery."""
    clock = DayClock(START_AT)
    with open_store(folder) as store, contextlib.closing(CountingDesk(store, folder)) as desk:

        async def poll(number: int) -> None:
            charger, name = direct_charger(number, clock, 0), f"charger{number}"
            while True:
                snapshot = await charger.snapshot()
                rows = [(snapshot.read_at, reading) for reading in snapshot.connectors]
                at = clock.now()
                await desk.run(lambda store: store.put_readings(name, rows, at))  # noqa: B023 -- run at once
                await clock.sleep(POLL_S)

        tasks = [asyncio.create_task(poll(number)) for number in range(chargers)]
        try:
            return await _count(clock, desk, hours)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


SIDES = {"bridge": bridge_day, "plain": plain_day}

if __name__ == "__main__":
    counted = asyncio.run(SIDES[sys.argv[1]](Path(sys.argv[4]), int(sys.argv[2]), float(sys.argv[3])))
    print(json.dumps(dataclasses.asdict(counted)))
