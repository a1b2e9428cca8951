"""One life of a bridge: a recorder that sees the charger, and a station that tells of it; ended without a word."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge.engine.board import Board, ChargerCard, UplinkCard
from bridge.engine.changes import ChangeWatch
from bridge.engine.health import HealthThresholds, HealthWatch
from bridge.engine.recorder import Recorder
from bridge.errors import ChargerUnreachableError
from bridge.ports import Clock
from bridge.store.sqlite import open_store
from bridge.types.charger import ChargerIdentity, Outcome, Snapshot
from bridge.types.charger_options import SupplyOptions
from bridge.types.command import Command
from bridge.types.journal import EntryKind
from bridge.types.station_options import OcppOptions
from bridge.types.words import Ability, CommandStatus, ConnectorStatus, Health
from bridge.uplink.build import BuiltStation, StationPlan, build_station, new_card
from bridge.uplink.house import House
from tests.uplink.chaos.day import BEGIN_AT, Day
from tests.uplink.chaos.mortal_desk import AtCommit, MortalDesk
from tests.uplink.chaos.outliving import outlive
from tests.uplink.peer.message_check import V16

CHARGER = "garage"
CSMS = "employer"
IDENTITY = "GARAGE-1"
ID_TAG = "HOME"
STATION = f"ocpp/{CHARGER}/{CSMS}"
_HEALTH_EVERY_S = 300.0


class _NobodyCommands:
    """`bridge.ports.Commander` of a charger that can only be read."""

    def __init__(self, day: Day, clock: Clock) -> None:
        self._day = day
        self._clock = clock

    def abilities(self, _: str) -> frozenset[Ability]:
        return frozenset()

    async def execute(self, _charger: str, _command: Command, _origin: str) -> Outcome:
        return Outcome(status=CommandStatus.REFUSED)

    async def look(self, charger: str, _max_age_s: float) -> Snapshot:
        raise ChargerUnreachableError(charger, "it is looked at when it is polled")


@dataclass(frozen=True, slots=True)
class Watching:
    """How a bridge looks at its charger."""

    poll_s: float
    silences: tuple[tuple[datetime, datetime], ...]
    """in which the charger answers nobody"""

    def is_silent(self, at: datetime) -> bool:
        """Say whether the charger answers nobody at this moment."""
        return any(from_at <= at < to_at for from_at, to_at in self.silences)


class Life:
    """A bridge from its start to its end; `end` is no shutdown."""

    def __init__(
        self,
        folder: Path,
        url: str,
        day: Day,
        watching: Watching,
        clock: Clock,
        death: AtCommit | None,
        seed: str,
        *,
        version: str = V16,
    ) -> None:
        self._day = day
        self._watching = watching
        self._clock = clock
        self._store = open_store(folder)
        self.desk = MortalDesk(self._store, death)
        board = Board(clock.now(), "home")
        self._card = board.chargers[CHARGER] = ChargerCard(CHARGER, watching.poll_s, "http://garage")
        self._card.identity = ChargerIdentity(vendor_name="Etrel", model="INCH", serial_number="123456")
        self._recorder = Recorder(self.desk, clock, board)
        self._health = HealthWatch(board, self._recorder, clock, HealthThresholds())
        self._changes = ChangeWatch()
        self._told: set[tuple[str, bool]] = set()
        self._restore()
        options = OcppOptions.model_validate(
            {"name": CSMS, "url": url, "identity": IDENTITY, "since": BEGIN_AT.date(), "version": version}
        )
        plan = StationPlan(options, "garage → employer", ID_TAG, SupplyOptions())
        self.card: UplinkCard = new_card(plan, CHARGER)
        house = House(self.desk, self._recorder, _NobodyCommands(day, clock), clock, ZoneInfo("Europe/Zurich"))
        random.seed(seed)  # the back-off's jitter
        self.built: BuiltStation = build_station(plan, self._card, self.card, house, 0)
        self.contacts: list[tuple[datetime, bool]] = [(clock.now(), False)]
        """since when the station was accepted on a line, and since when not"""
        self.built.charge_point.subscribe(self._note_contact)
        jobs = (self._recorder.run, self.built.uplink.run, self._watch, self._judge_health)
        self._tasks = [asyncio.create_task(job(), name=job.__qualname__) for job in jobs]

    def _note_contact(self, name: str, value: object) -> None:
        if name == "is_connected":
            self.contacts.append((self._clock.now(), bool(value)))

    def _restore(self) -> None:
        for entry in self._store.latest(EntryKind.STATUS, CHARGER):
            word = entry.body["status"]
            status = None if word is None else ConnectorStatus(word)
            self._changes.restore(entry.body["connector_id"], status, entry.body["raw"])
        for entry in self._store.latest(EntryKind.HEALTH, CHARGER):
            self._health.restore(CHARGER, Health(entry.body["health"]), entry.at, None)

    async def last(self, until: asyncio.Event, limit_s: float) -> str | None:
        """Live until the event, the death or the limit; return what went wrong, None when nothing did."""
        return await outlive(self._tasks, (until, self.desk.killed), limit_s)

    async def end(self) -> None:
        """Be gone; the line must have been cut before, for the dead send no close frame."""
        self.desk.killed.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.desk.bury()
        await asyncio.sleep(0.001)
        self._store.close()

    # --- what the engine does in a real bridge -------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            if not self._watching.is_silent(self._clock.now()):
                self._look()
            await self._clock.sleep(self._watching.poll_s)

    def _look(self) -> None:
        now = self._clock.now()
        snapshot = Snapshot(
            read_at=now,
            connectors=tuple(self._day.reading(connector_id, now) for connector_id in self._day.connectors),
        )
        self._card.snapshot = snapshot
        self._health.heard(CHARGER, now)
        changes = self._changes.take(snapshot)
        self._recorder.take_snapshot(CHARGER, changes.snapshot)
        for kind, body in changes.entries:
            self._recorder.note(kind, CHARGER, body)
        log = self._day.log(now)
        told = {(session.session_id, session.ended_at is not None) for session in log}
        if told != self._told:
            self._told = told
            self._recorder.take_sessions(CHARGER, log, at_once=True)
        self._recorder.wake()

    async def _judge_health(self) -> None:
        while True:
            await self._clock.sleep(_HEALTH_EVERY_S)
            self._health.check()

    # --- what can be asked ---------------------------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether the station says that nothing is left to tell."""
        return self.card.waiting == 0 and self.card.open_transactions == 0
