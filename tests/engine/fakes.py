"""A charger and a desk at the ports, for tests of the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bridge.engine.board import Board, ChargerCard
from bridge.engine.changes import ChangeWatch
from bridge.engine.health import HealthThresholds, HealthWatch
from bridge.engine.history import History
from bridge.engine.observation import Observation
from bridge.engine.poller import Poller
from bridge.engine.recorder import Recorder
from bridge.errors import ChargerAnswerError, ChargerBusyError, ChargerUnreachableError
from bridge.ports import Store
from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.charger import ChargerIdentity, ConnectorReading, Outcome, Snapshot
from bridge.types.command import Command
from bridge.types.series import INTERVAL_S, IntervalBatch
from bridge.types.session import ChargingSession
from bridge.types.words import Ability, CommandStatus, ConnectorStatus
from tests.clock import FakeClock

T = TypeVar("T")
MEASURES = ("connector1", "building")


@dataclass
class DirectDesk:
    """Does the work at once, in the caller's thread, on a real store."""

    store: SqliteStore
    failing: Exception | None = None

    async def run(self, work: Callable[[Store], T]) -> T:
        """Do it, or fail as told."""
        if self.failing is not None:
            raise self.failing
        return work(self.store)


@dataclass
class FakeCharger:
    """Answers from memory; `errors` are raised first, one per question."""

    clock: FakeClock
    rows: dict[int, float] = field(default_factory=dict)
    """start of an interval → W, the same for every measure"""
    log: list[ChargingSession] = field(default_factory=list)
    status: ConnectorStatus = ConnectorStatus.AVAILABLE
    session_id: str | None = None
    session_energy_wh: float | None = None
    register_wh: float | None = None
    power_w: float | None = 0.0
    errors: list[Exception] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    bad_days: set[int] = field(default_factory=set)
    busy_days: set[int] = field(default_factory=set)
    given_measures: Sequence[str] = MEASURES
    firmware_version: str | None = None
    silent_after_windows: int | None = None
    asked: list[str] = field(default_factory=list)
    windows: list[tuple[int, int]] = field(default_factory=list)
    abilities: frozenset[Ability] = frozenset()
    keeps_session_log: bool = True
    tells_itself: bool = False
    told: Snapshot | None = None
    """what a charger that tells by itself told last, whenever that was"""

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.errors:
            raise self.errors.pop(0)

    async def identify(self) -> ChargerIdentity:
        """Say who it is."""
        return ChargerIdentity(vendor_name="Fake", firmware_version=self.firmware_version)

    async def snapshot(self) -> Snapshot:
        """Say how it is."""
        self._ask("snapshot")
        if self.told is not None:
            return self.told
        reading = ConnectorReading(
            evse_id=1,
            connector_id=1,
            status=self.status,
            status_raw=self.status.value,
            power_w=self.power_w,
            register_wh=self.register_wh,
            session_id=self.session_id,
            session_energy_wh=self.session_energy_wh,
        )
        return Snapshot(read_at=self.clock.now(), connectors=(reading,), notes=self.notes)

    async def sessions(self, from_at: datetime, to_at: datetime) -> AsyncIterator[Sequence[ChargingSession]]:
        """Yield the log in pages of two."""
        self._ask("sessions")
        found = sorted((s for s in self.log if from_at <= s.started_at < to_at), key=lambda s: s.started_at)[::-1]
        for low in range(0, len(found), 2):
            yield found[low : low + 2]

    async def intervals(self, measures: Sequence[str], from_s: int, to_s: int) -> IntervalBatch:
        """Return the rows of the range."""
        self._ask("intervals")
        if self.silent_after_windows is not None and len(self.windows) >= self.silent_after_windows:
            raise ChargerUnreachableError("garage", "silence", retry_after_s=60)
        self.windows.append((from_s, to_s))
        if from_s // 86_400 in self.bad_days:
            raise ChargerAnswerError("garage", "not JSON")
        if from_s // 86_400 in self.busy_days:
            raise ChargerBusyError("garage", "failed inside (500)")
        starts = [start_s for start_s in range(from_s, to_s, INTERVAL_S) if start_s in self.rows]
        return IntervalBatch(starts, {measure: [self.rows[s] for s in starts] for measure in measures})

    async def measures(self) -> Sequence[str]:
        """Name what it measures."""
        return self.given_measures

    async def execute(self, command: Command) -> Outcome:
        """Do it."""
        self._ask(command.ability)
        return Outcome(status=CommandStatus.DONE)

    async def aclose(self) -> None:
        """Nothing to let go of."""


class Scene:
    """One charger, its poller and history, a real store and a clock that stands still."""

    def __init__(self, folder: Path, *, poll_s: float = 10.0, since_at: datetime | None = None) -> None:
        self.clock = FakeClock(datetime(2026, 3, 10, 12, tzinfo=UTC))
        self.store = open_store(folder)
        self.desk = DirectDesk(self.store)
        self.board = Board(self.clock.now(), "home")
        self.card = self.board.chargers["garage"] = ChargerCard("garage", poll_s, "http://garage")
        self.charger = FakeCharger(self.clock)
        self.recorder = Recorder(self.desk, self.clock, self.board)
        self.health = HealthWatch(self.board, self.recorder, self.clock, HealthThresholds())
        since_at = since_at or datetime(2026, 3, 8, tzinfo=UTC)
        self.since_s = int(since_at.timestamp())
        self.history = History(self.card, self.charger, self.desk, self.recorder, self.clock, since_at)
        self.changes = ChangeWatch()
        self.observe()

    def observe(self) -> None:
        """Begin to poll as a bridge does that was just started; the charger may keep a log or none."""
        self.observation = Observation(
            "garage", self.charger, self.history, self.recorder, self.clock, self.card.poll_s
        )
        self.poller = Poller(
            self.card,
            self.charger,
            self.recorder,
            self.health,
            self.changes,
            self.clock,
            self.history,
            self.observation,
        )

    def has_rows(self, until: datetime | None = None, watts: float = 100.0) -> None:
        """Let the charger's history be whole from the beginning until now."""
        end_s = int((until or self.clock.now()).timestamp())
        self.charger.rows = dict.fromkeys(range(self.since_s, end_s - INTERVAL_S + 1, INTERVAL_S), watts)
