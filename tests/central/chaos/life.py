"""One life of a central system: the real one over a real store and real sockets; ended without a word, or in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from bridge.central.central import Central, member_of
from bridge.central.house import CentralHouse
from bridge.central.options import CentralOptions
from bridge.engine.board import Board, ChargerCard
from bridge.engine.changes import ChangeWatch
from bridge.engine.recorder import Recorder
from bridge.engine.timetable import Timetable
from bridge.errors import ChargerUnreachableError
from bridge.ports import Clock
from bridge.store.sqlite import open_store
from bridge.types.journal import EntryKind
from bridge.types.words import ConnectorStatus
from tests.uplink.chaos.life import IDENTITY
from tests.uplink.chaos.mortal_desk import AtCommit, MortalDesk
from tests.uplink.chaos.outliving import outlive

CHARGER = "carport"
_RECENT_SECOND = 7
_MOST_CONNECTORS = 3


class CentralLife:
    """A central system from its start to its end; `begin` first, and then one of `die` and `stop`."""

    def __init__(
        self,
        folder: Path,
        options: CentralOptions,
        clock: Clock,
        death: AtCommit | None,
        is_full: Callable[[], bool],
    ) -> None:
        self._clock = clock
        self._store = open_store(folder)
        self.desk = MortalDesk(self._store, death, is_full)
        self.board = Board(clock.now(), "work")
        self.board.chargers[CHARGER] = ChargerCard(CHARGER, 10.0, "")
        self._recorder = Recorder(self.desk, clock, self.board)
        self._changes = ChangeWatch()
        house = CentralHouse(options, self.desk, self._recorder, self.board, clock, folder)
        where = "carport (config.yaml:1)"
        member = member_of(charger=CHARGER, where=where, password=None, identity=IDENTITY, security_profile=0)
        self.central = Central([member], house)
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Go on from the store, and listen."""
        (self.station,) = await self.central.restore()
        for entry in self._store.latest(EntryKind.STATUS, CHARGER):
            word = entry.body["status"]
            status = None if word is None else ConnectorStatus(word)
            self._changes.restore(entry.body["connector_id"], status, entry.body["raw"])
        self.station.on_news(self._take_news)
        timetable = Timetable(self._clock, lambda _: None)
        timetable.every_minutes(5, _RECENT_SECOND, self.central.pass_by)
        timetable.every_minutes(5, 40, self._recorder.wake)
        jobs = (self.central.run, self._recorder.run, timetable.run)
        self._tasks = [asyncio.create_task(job(), name=job.__qualname__) for job in jobs]

    def _take_news(self) -> None:
        """Take what is told as a poll, as the charger's worker does in a real bridge."""
        try:
            snapshot = self.station.snapshot()
        except ChargerUnreachableError:
            return
        changes = self._changes.take(snapshot)
        self._recorder.take_snapshot(CHARGER, changes.snapshot)
        for kind, body in changes.entries:
            self._recorder.note(kind, CHARGER, body)

    def faults_of_memory(self) -> list[str]:
        """Return a sentence for each connector where another transaction is taken to run than the store says."""
        stored = {session.connector_id: session.session_id for session in self._store.open_sessions(CHARGER)}
        known = {number: self.station.transaction_id(number) for number in range(1, _MOST_CONNECTORS + 1)}
        return [
            f"connector {number}: transaction {name} is taken to run, and stored is {stored.get(number)}"
            for number, name in known.items()
            if name != stored.get(number)
        ]

    async def last(self, until: tuple[asyncio.Event, ...], limit_s: float) -> str | None:
        """Live until one of the events, the death or the limit; return what went wrong, None when nothing did."""
        return await outlive(self._tasks, (*until, self.desk.killed), limit_s)

    async def die(self) -> None:
        """Be gone; the line must have been cut before, for the dead send no close frame."""
        self.desk.killed.set()
        await self._end_tasks()
        self.desk.bury()
        await self.central.aclose()
        await asyncio.sleep(0.001)
        self._store.close()

    async def stop(self) -> None:
        """End as SIGTERM ends it."""
        await self._end_tasks()
        await self.central.aclose()
        await self._recorder.commit()
        self.desk.bury()
        await asyncio.sleep(0.001)
        self._store.close()

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
