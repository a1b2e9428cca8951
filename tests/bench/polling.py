"""A bridge that polls real HTTP on ticks that the bench gives: client, adapter, engine and store as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from adapters.etrel.adapter import EtrelOptions
from bridge.app import build_charger
from bridge.clock import SystemClock
from bridge.config.load import ConfiguredCharger
from bridge.engine.board import Board, ChargerCard
from bridge.engine.collector import spare_the_collector
from bridge.engine.health import HealthThresholds, HealthWatch
from bridge.engine.recorder import Recorder
from bridge.engine.worker import ChargerWorker
from bridge.store.desk import StoreThread
from bridge.store.sqlite import open_store
from bridge.types.options import Credentials

TICKS_PER_COMMIT = 30
"""polls every ten seconds, commits every five minutes"""
_TICK_LIMIT_S = 60.0


class TickClock:
    """The machine's clock, except that whoever sleeps is woken by the next tick."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._sleepers: list[asyncio.Future[None]] = []
        self._wanted = 0
        self._all_asleep = asyncio.Event()

    def now(self) -> datetime:
        """Return this instant."""
        return self._system.now()

    def monotonic_s(self) -> float:
        """Return seconds that never go back."""
        return self._system.monotonic_s()

    async def sleep(self, delay_s: float) -> None:  # noqa: ARG002 -- the bench says how long that is
        """Wait for the next tick."""
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers.append(sleeper)
        if len(self._sleepers) >= self._wanted:
            self._all_asleep.set()
        await sleeper

    async def tick(self, sleepers: int) -> None:
        """Wake everybody and wait until that many sleep again; TimeoutError after a minute."""
        self._wanted = sleepers
        self._all_asleep.clear()
        woken, self._sleepers = self._sleepers, []
        for sleeper in woken:
            sleeper.set_result(None)
        async with asyncio.timeout(_TICK_LIMIT_S):
            await self._all_asleep.wait()


def configured_charger(number: int, url: str) -> ConfiguredCharger:
    """Return a charger of a config, without an account."""
    options = EtrelOptions.model_validate({"id": f"charger{number}", "type": "etrel", "url": url})
    return ConfiguredCharger(options, f"charger{number} (bench)", Credentials())


class PollingBridge:
    """Everything between the charger's socket and the store's file. Methods run in one event loop."""

    def __init__(self, folder: Path, urls: Sequence[str]) -> None:
        self._folder = folder
        self._urls = urls
        self._workers: list[ChargerWorker] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Build everything and poll once."""
        self._clock = TickClock()
        self._board = Board(self._clock.now(), "bench")
        self._desk = StoreThread(open_store(self._folder))
        self._recorder = Recorder(self._desk, self._clock, self._board)
        for number, url in enumerate(self._urls):
            self._board.chargers[f"charger{number}"] = ChargerCard(f"charger{number}", 10.0, url)
        health = HealthWatch(self._board, self._recorder, self._clock, HealthThresholds())
        for number, url in enumerate(self._urls):
            worker = ChargerWorker(
                f"charger{number}",
                build_charger(configured_charger(number, url), self._clock),
                self._clock.now() - timedelta(days=1),
                board=self._board,
                desk=self._desk,
                recorder=self._recorder,
                health=health,
                clock=self._clock,
            )
            self._workers.append(worker)
            self._tasks.append(asyncio.create_task(worker.poll()))
        await self._clock.tick(len(self._tasks))
        await self._recorder.commit()
        spare_the_collector()

    async def run(self, ticks: int) -> None:
        """Poll every charger that many times and commit as often as a real bridge does."""
        for number in range(1, ticks + 1):
            await self._clock.tick(len(self._tasks))
            if number % TICKS_PER_COMMIT == 0:
                await self._recorder.commit()
        await self._recorder.commit()

    async def stop(self) -> None:
        """Let go of everything; RuntimeError when a poll had failed, since such a figure means nothing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self._workers:
            await worker.aclose()
        await self._desk.aclose()
        failed = {card.charger: card.error for card in self._board.chargers.values() if card.failures}
        if failed:
            raise RuntimeError(f"polls failed: {failed}")
