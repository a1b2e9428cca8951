"""The bridge as the central system of many stations, in a process of its own: all of it but the page.

`python -m tests.bench.central_bridge STATIONS` prints its url and the memory of a bridge without stations, then for
each line of its input, a number of seconds, lets that time pass and prints what it has used so far; for null, how many
messages with values it has kept.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from adapters import registry
from bridge.app import add_card
from bridge.central.central import Central, member_of
from bridge.central.house import CentralHouse
from bridge.central.options import CentralOptions
from bridge.engine.board import Board
from bridge.engine.collector import spare_the_collector
from bridge.engine.crew import Crew, jobs_of
from bridge.engine.health import HealthThresholds, HealthWatch
from bridge.engine.recorder import Recorder
from bridge.engine.supervisor import Tasks
from bridge.ports import Store
from bridge.store.desk import StoreThread
from bridge.store.sqlite import open_store
from bridge.types.series import INTERVAL_S
from tests.bench.ocpp_site import BEGIN_AT, MovedClock, charger_name, quiet
from tests.bench.running import resident_mb

POLL_S = 10
"""between two looks whether something was told: the default"""
_STOP_LIMIT_S = 10.0


class Bridge:
    """`async with Bridge(folder, 500) as bridge` runs it on a clock that is moved."""

    def __init__(self, folder: Path, stations: int) -> None:
        self._clock = MovedClock(BEGIN_AT)
        self._names = [charger_name(number) for number in range(stations)]
        self._desk = StoreThread(open_store(folder))
        self._board = Board(self._clock.now(), "bench")
        self._recorder = Recorder(self._desk, self._clock, self._board)
        health = HealthWatch(self._board, self._recorder, self._clock, HealthThresholds())
        self._health = health
        self._crew = Crew(self._board, self._desk, self._recorder, health, self._clock, ZoneInfo("Europe/Zurich"))
        self._tasks = Tasks(self._clock, self._board)
        options = CentralOptions.model_validate({"host": "127.0.0.1", "port": 0, "sample": "10s"})
        house = CentralHouse(options, self._desk, self._recorder, self._board, self._clock, folder)
        members = [
            member_of(charger=name, where=name, password=None, identity=name, security_profile=0)
            for name in self._names
        ]
        self._central = Central(members, house)

    async def __aenter__(self) -> Self:
        """Start it, as the composition root does, and wait until stations can connect."""
        for station in await self._central.restore():
            given = {"id": station.charger, "type": "ocpp", "identity": station.charger, "poll": f"{POLL_S}s"}
            options = registry.options_model("ocpp").model_validate(given)
            add_card(self._board, options)
            worker = await self._crew.take(options.id, registry.build_connecting(options, station), None)
            self._tasks.begin(jobs_of(worker))
            station.on_news(lambda worker=worker, station=station: worker.told(station.identity))  # type: ignore[misc]
        self._tasks.begin([("OCPP server", self._central.run), ("recorder", self._recorder.run)])
        self._tasks.start()
        spare_the_collector()
        await self._central.server.listening()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._tasks.end(_STOP_LIMIT_S)
        await self._crew.aclose()
        await self._central.aclose()
        await self._desk.aclose()

    @property
    def url(self) -> str:
        """Where stations connect, without their identity."""
        return f"ws://127.0.0.1:{self._central.server.port}"

    async def let_pass(self, seconds: int) -> None:
        """Let time pass, with what is due in it: looks whether something was told, and the timetable."""
        end_s = self._passed_s + seconds
        await quiet()
        while self._passed_s < end_s:
            next_s = min(self._passed_s // POLL_S * POLL_S + POLL_S, end_s)
            self._clock.move(next_s - self._passed_s)
            if next_s % INTERVAL_S == POLL_S:  # a little late, as in the timetable
                self._health.check()
                self._central.pass_by()
                self._recorder.wake()
            await quiet()

    @property
    def _passed_s(self) -> int:
        return int((self._clock.now() - BEGIN_AT).total_seconds())

    async def kept(self) -> int:
        """Return how many of the moments that stations told of are in the store; those of a start do not count."""
        await self._recorder.commit()
        from_at, to_at = (at + timedelta(seconds=1) for at in (BEGIN_AT, self._clock.now()))

        def count(store: Store) -> int:
            return sum(
                reading.register_wh is not None
                for name in self._names
                for reading in store.readings(name, from_at, to_at)
            )

        return await self._desk.run(count)


async def _run(count: int) -> None:
    questions = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    with tempfile.TemporaryDirectory() as name:
        async with Bridge(Path(name) / "empty", 0) as empty:
            await empty.let_pass(1)
            empty_mb = resident_mb(os.getpid())
        async with Bridge(Path(name) / "full", count) as bridge:
            print(json.dumps({"url": bridge.url, "empty_mb": empty_mb}), flush=True)
            while line := await questions.readline():
                seconds = json.loads(line)
                if seconds is None:
                    print(json.dumps({"told": await bridge.kept()}), flush=True)
                else:
                    await bridge.let_pass(seconds)
                    print(json.dumps({"cpu_s": time.process_time(), "mb": resident_mb(os.getpid())}), flush=True)


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1])))
