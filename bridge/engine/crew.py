"""All chargers at work, those that join while the bridge runs included."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from bridge.engine.beginning import begin_history
from bridge.engine.board import Board
from bridge.engine.health import HealthWatch
from bridge.engine.history import History
from bridge.engine.recorder import Recorder
from bridge.engine.supervisor import Job
from bridge.engine.worker import ChargerWorker
from bridge.ports import Charger, Clock, StoreDesk


@dataclass(slots=True)
class Crew:
    """Gives each charger its worker. Who needs all of them holds one of the lists, which grow."""

    board: Board
    desk: StoreDesk
    recorder: Recorder
    health: HealthWatch
    clock: Clock
    zone: ZoneInfo
    workers: list[ChargerWorker] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)

    async def take(self, charger_id: str, charger: Charger, history_since: date | None) -> ChargerWorker:
        """Return the worker of a charger that has its card on the board. Raises StoreError."""
        now = self.clock.now()
        since_at = await self.desk.run(lambda store: begin_history(store, charger_id, history_since, self.zone, now))
        worker = ChargerWorker(
            charger_id,
            charger,
            since_at,
            board=self.board,
            desk=self.desk,
            recorder=self.recorder,
            health=self.health,
            clock=self.clock,
        )
        await worker.restore()
        self.recorder.on_recovery(worker.history.wake_fill)
        self.workers.append(worker)
        self.histories.append(worker.history)
        return worker

    async def aclose(self) -> None:
        """Let go of all chargers."""
        for worker in self.workers:
            await worker.aclose()


def jobs_of(worker: ChargerWorker) -> list[tuple[str, Job]]:
    """Return what is to be run for a charger, with its names; one that tells everything by itself has no history."""
    jobs: list[tuple[str, Job]] = [(f"polling of {worker.name}", worker.poll)]
    return jobs if worker.tells_itself else [*jobs, (f"history of {worker.name}", worker.keep_history)]
