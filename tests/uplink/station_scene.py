"""A station with a real store and a real line, a clock that stands still, and a desk that can fail or be slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from bridge.engine.board import Board, ChargerCard, UplinkCard
from bridge.engine.recorder import Recorder
from bridge.errors import StoreError
from bridge.ports import Store
from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.charger import ConnectorReading, Outcome, Snapshot
from bridge.types.command import Command
from bridge.types.journal import EntryKind
from bridge.types.session import ChargingSession
from bridge.types.station_options import OcppOptions
from bridge.types.words import Ability, CommandStatus, ConnectorStatus
from bridge.uplink.charge_point import ChargePoint
from bridge.uplink.house import House
from bridge.uplink.line.address import Address
from bridge.uplink.smart_charging.layout import Supply
from bridge.uplink.speech import speech_of
from bridge.uplink.station import Station
from bridge.uplink.uplink import Uplink
from tests.clock import FakeClock

T = TypeVar("T")

CHARGER = "garage"
CSMS = "home"
ME = "GARAGE-1"
AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
LIMIT_S = 10.0
FULL = StoreError("the store", "the disk is full")


@dataclass
class Desk:
    """`bridge.ports.StoreDesk` on a real store, in the caller's thread."""

    store: SqliteStore
    failures: list[Exception] = field(default_factory=list)
    """raised first, one per work"""
    failing: Exception | None = None
    """raised by all works"""
    passed: int = 0
    """works that are done before `failures` count"""
    held: asyncio.Event | None = None
    """the next work is done, and whoever gave it hears of that only when this is set"""
    hold_when: Callable[[SqliteStore], object] = lambda _: True
    """the next work after which this is so"""

    async def run(self, work: Callable[[Store], T]) -> T:
        """Do it, or fail as told."""
        if self.failing is not None:
            raise self.failing
        if self.failures and not self.passed:
            raise self.failures.pop(0)
        self.passed = max(0, self.passed - 1)
        result = work(self.store)
        if self.held is not None and self.hold_when(self.store):
            held, self.held = self.held, None
            await held.wait()
        return result


@dataclass
class Chargers:
    """`bridge.ports.Commander` of one charger that does what it is told, unless told otherwise."""

    clock: FakeClock
    snapshot: Snapshot | None = None
    may: frozenset[Ability] = frozenset()
    commands: list[Command] = field(default_factory=list)
    outcome: Outcome = field(default_factory=lambda: Outcome(status=CommandStatus.DONE))
    """of each command"""

    def abilities(self, _charger: str) -> frozenset[Ability]:
        """Say what it can."""
        return self.may

    async def execute(self, _charger: str, command: Command, _origin: str) -> Outcome:
        """Do it."""
        self.commands.append(command)
        return self.outcome

    async def look(self, _charger: str, _max_age_s: float) -> Snapshot:
        """Look."""
        return self.snapshot or snapshot_of(self.clock, 1)


def snapshot_of(clock: FakeClock, *connectors: int, reports_to: str | None = None) -> Snapshot:
    """Return a poll that saw these connectors."""
    readings = tuple(
        ConnectorReading(
            evse_id=number, connector_id=number, status=ConnectorStatus.AVAILABLE, status_raw="FREE", register_wh=1000.0
        )
        for number in connectors
    )
    return Snapshot(read_at=clock.now(), connectors=readings, reports_to_csms=reports_to)


class Scene:
    """One bridge with one station. `die` and another scene on the same folder are a restart."""

    def __init__(self, folder: Path, url: str, *, may: Sequence[Ability] = (), **options: Any) -> None:
        self.clock = FakeClock(AT)
        self.store = open_store(folder)
        self.desk = Desk(self.store)
        self.board = Board(self.clock.now(), "home")
        self.charger = ChargerCard(CHARGER, 10.0, "http://garage")
        self.recorder = Recorder(self.desk, self.clock, self.board)
        self.chargers = Chargers(self.clock, may=frozenset(may))
        password = options.pop("password", None)
        self.card = UplinkCard(CHARGER, CSMS, f"{url}/{ME}", ME, "1.6", control=bool(may))
        configured = OcppOptions(name=CSMS, url=url, identity=ME, control=bool(may), **options)
        self.station = Station(
            configured,
            "HOME",
            Supply(230.0, 3, 16.0),
            self.charger,
            self.card,
            House(self.desk, self.recorder, self.chargers, self.clock, ZoneInfo("UTC")),
            speech_of(configured.versions[0]),
        )
        secret = None if password is None else SecretStr(password)
        address = Address(where="garage → home", url=url, identity=ME, subprotocols=(), password=secret)
        self.uplink = Uplink(self.station, address, speech_of, jitter=lambda: 1.0)
        self.charge_point = ChargePoint(self.uplink)
        self.published: list[tuple[str, object]] = []
        self.charge_point.subscribe(lambda name, value: self.published.append((name, value)))
        self.recorder.on_commit(self.station.following.wake)

    @property
    def connected(self) -> list[object]:
        """Every value of `is_connected` that was published."""
        return [value for name, value in self.published if name == "is_connected"]

    # --- the charger ---------------------------------------------------------------------------------------------

    async def is_seen(self, status: ConnectorStatus = ConnectorStatus.AVAILABLE, connector_id: int = 1) -> None:
        """Journal that a connector is in another state."""
        body = {"connector_id": connector_id, "evse_id": connector_id, "status": status.value, "raw": "x"}
        self.recorder.note(EntryKind.STATUS, CHARGER, {**body, "previous": None})
        assert await self.recorder.commit()

    async def charges(
        self, session_id: str, *, since_s: float = 0.0, ended: bool = False, connector_id: int = 1, **more: Any
    ) -> ChargingSession:
        """Have the charger's log tell of a session that began so long ago."""
        end: dict[str, Any] = {"ended_at": self.clock.now(), "meter_stop_wh": 3000.0} if ended else {}
        session = ChargingSession(
            session_id=session_id,
            started_at=self.clock.now() - timedelta(seconds=since_s),
            connector_id=connector_id,
            meter_start_wh=1000.0,
            **end,
            **more,
        )
        self.recorder.take_sessions(CHARGER, [session])
        assert await self.recorder.commit()
        return session

    async def ends(self, session: ChargingSession) -> None:
        """Have the charger's log tell of a session's end."""
        ended = session.model_copy(update={"ended_at": self.clock.now(), "meter_stop_wh": 3000.0})
        self.recorder.take_sessions(CHARGER, [ended])
        assert await self.recorder.commit()

    # --- the life ------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let the uplink run meanwhile; a defect in it is raised here."""
        task = asyncio.create_task(self.uplink.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def until(self, is_so: Callable[[], object], *, by_s: float = 0.0) -> None:
        """Let sockets and tasks work until it is so; with `by_s` the clock is moved so far in each turn."""
        async with asyncio.timeout(LIMIT_S):
            while not is_so():
                await (self.clock.advance(by_s) if by_s else asyncio.sleep(0))

    def die(self) -> None:
        """Let go of the store."""
        self.store.close()


@asynccontextmanager
async def scene_at(folder: Path, url: str, **options: Any) -> AsyncIterator[Scene]:
    """Give a scene and close its store at the end."""
    scene = Scene(folder, url, **options)
    try:
        yield scene
    finally:
        scene.die()
