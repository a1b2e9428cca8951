"""A charger without a log in a world that is known, and the engine that notes its sessions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bridge.engine.observed_sessions import Observed, ObservedSessions
from bridge.types.charger import ConnectorReading, Snapshot
from bridge.types.command import Command
from bridge.types.session import ChargingSession
from bridge.types.words import CommandStatus, ConnectorStatus

GAP = timedelta(seconds=60)
POLL_S = 10.0
START_AT = datetime(2026, 11, 24, 13, 45, tzinfo=UTC)
FULL_W = 7200.0
"""2 Wh a second"""


@dataclass
class World:
    """One box and its vehicle; time moves only by `wait`."""

    now: datetime = START_AT
    register_wh: float = 100_000.0
    plug_wh: float = 0.0
    status: ConnectorStatus = ConnectorStatus.AVAILABLE
    tells_plug_energy: bool = True

    def wait(self, seconds: float) -> None:
        """Let time pass; energy flows while it charges."""
        self.now += timedelta(seconds=seconds)
        if self.status is ConnectorStatus.CHARGING:
            self.register_wh += FULL_W * seconds / 3600
            self.plug_wh += FULL_W * seconds / 3600

    def plug(self, status: ConnectorStatus = ConnectorStatus.SUSPENDED_EV) -> None:
        """Let another vehicle come: the box counts from zero."""
        self.status, self.plug_wh = status, 0.0

    def snapshot(self) -> Snapshot:
        """Return how the box is, as an adapter without memory tells it."""
        reading = ConnectorReading(
            evse_id=1,
            connector_id=1,
            status=self.status,
            status_raw=None,
            power_w=FULL_W if self.status is ConnectorStatus.CHARGING else 0.0,
            register_wh=round(self.register_wh, 3),
            session_energy_wh=round(self.plug_wh, 3) if self.tells_plug_energy else None,
        )
        return Snapshot(read_at=self.now, connectors=(reading,))


@dataclass
class Notebook:
    """The engine's notes on a world, and what of them is in the store."""

    world: World = field(default_factory=World)
    kept: dict[str, ChargingSession] = field(default_factory=dict)
    told: list[ChargingSession] = field(default_factory=list)
    states: list[ConnectorStatus | None] = field(default_factory=list)
    memory: str | None = None

    def __post_init__(self) -> None:
        self.observer = ObservedSessions(GAP)

    def poll(self) -> Observed:
        """Look once, and keep what is due."""
        observed = self.observer.take(self.world.snapshot())
        if observed.due:
            self.keep(observed.sessions)
        self.states.append(observed.snapshot.connectors[0].status)
        return observed

    def keep(self, sessions: tuple[ChargingSession, ...]) -> None:
        """Write down as the store would."""
        self.told += sessions
        self.kept.update({session.session_id: session for session in sessions})
        self.memory = self.observer.memory

    def go(self, seconds: float) -> None:
        """Poll for a while at the usual pace."""
        for _ in range(int(seconds / POLL_S)):
            self.world.wait(POLL_S)
            self.poll()

    def be(self, status: ConnectorStatus, seconds: float) -> None:
        """Let the box be in a state for a while."""
        self.world.status = status
        self.go(seconds)

    def command(self, command: Command, status: CommandStatus = CommandStatus.DONE) -> None:
        """Tell the engine what was commanded."""
        self.observer.note_command(command, status, self.world.now)
        self.memory = self.observer.memory

    def restart(self) -> None:
        """Kill the bridge: only what is kept is known then."""
        self.observer = ObservedSessions(GAP)
        running = [session for session in self.sessions if session.ended_at is None]
        self.keep(tuple(self.observer.restore(self.memory, running, ())))

    @property
    def sessions(self) -> list[ChargingSession]:
        """All sessions, oldest first."""
        return sorted(self.kept.values(), key=lambda session: session.started_at)

    @property
    def one(self) -> ChargingSession:
        """The only session."""
        (session,) = self.sessions
        return session
