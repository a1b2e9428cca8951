"""A station's life told in 1.6 and in 2.0.1, with repetitions, restarts, queues and lost disks: one truth in both."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.words import SessionFlag
from tests.central.told.scene import NOON, Scene, event
from tests.clock import FakeClock

CONNECTORS = (1, 2)
TAGS = ("TAG1", "TAG2")
Message = Callable[[Scene], None]


@dataclass
class Life:
    """A transaction as it truly was."""

    name: str
    connector_id: int
    tag: str
    started_at: datetime
    start_wh: int
    number: int = 0
    """what 1.6 was last answered; 0 before"""
    seq_no: int = 0
    stopped_at: datetime | None = None
    stop_wh: int | None = None
    is_whole: bool = True
    """whether its book has been there all the time"""


@dataclass
class Side:
    """The station in one version, with what it has still to tell and what it told lately."""

    scene: Scene
    outbox: list[Message] = field(default_factory=list)
    told: deque[Message] = field(default_factory=lambda: deque(maxlen=8))

    def deliver(self, place: int = 0) -> None:
        """Tell one message; a later one overtakes those before it."""
        message = self.outbox.pop(place % len(self.outbox))
        self.told.append(message)
        message(self.scene)


class Lives:
    """Two books that are told the same."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.stores = 0
        self.clock = FakeClock(NOON)
        self.v16, self.v2 = (
            Side(Scene(self.new_folder(), version, clock=self.clock)) for version in (OcppVersion.V16, OcppVersion.V201)
        )
        self.meters = dict.fromkeys(CONNECTORS, 1000)
        self.running: dict[int, Life] = {}
        self.lives: list[Life] = []
        self.numbers: dict[int, Life] = {}
        self.over: dict[str, set[str]] = {"1.6": set(), "2.0.1": set()}

    def new_folder(self) -> Path:
        """Return a place for a new store."""
        self.stores += 1
        return Path(self.folder.name) / str(self.stores)

    def tell(self, in_v16: Message, in_v2: Message) -> None:
        """Have it told in both versions."""
        self.v16.outbox.append(in_v16)
        self.v2.outbox.append(in_v2)

    # --- what happens at the station ---------------------------------------------------------------------------------

    def charge(self, connector_id: int, tag: str, energies_wh: list[int], pause_s: int, *, stays: bool) -> None:
        """Let a driver begin where nobody charges, energy flow, and the driver end it or stay."""
        life = self.running.get(connector_id) or self.start(connector_id, tag)
        for energy_wh in energies_wh:
            self.flow(life, energy_wh)
        if not stays:
            self.v16.scene.wait(pause_s)
            self.stop(life)

    def start(self, connector_id: int, tag: str) -> Life:
        """Begin a transaction."""
        name = f"tx-{len(self.lives)}"
        life = Life(name, connector_id, tag, self.clock.now(), self.meters[connector_id])
        self.lives.append(life)
        self.running[connector_id] = life
        at, wh = to_rfc3339(life.started_at), life.start_wh
        begin = event("Started", name, 0, wh, at, evse=connector_id, tag=tag)

        def in_v16(scene: Scene) -> None:
            life.number = scene.start(connector_id, tag, wh, at)
            owner = self.numbers.setdefault(life.number, life)
            assert owner is life, "a number was given twice"

        self.tell(in_v16, lambda scene: self.told_v2(scene, begin))
        return life

    def flow(self, life: Life, energy_wh: int) -> None:
        """Let energy flow, and the station tell its meter."""
        self.v16.scene.wait(60)
        self.meters[life.connector_id] += energy_wh
        life.seq_no += 1
        at, wh = self.v16.scene.at(), self.meters[life.connector_id]
        told = event("Updated", life.name, life.seq_no, wh, at, evse=life.connector_id)
        self.tell(
            lambda scene: scene.values(life.number, wh, life.connector_id, at),
            lambda scene: self.told_v2(scene, told),
        )

    def stop(self, life: Life) -> None:
        """End it, a second before anybody else can begin."""
        del self.running[life.connector_id]
        life.stopped_at, life.stop_wh = self.clock.now(), self.meters[life.connector_id]
        self.v16.scene.wait(1)
        at, wh = to_rfc3339(life.stopped_at), life.stop_wh
        more: dict[str, Any] = {"evse": life.connector_id, "reason": "Local", "tag": life.tag}
        told = event("Ended", life.name, life.seq_no + 1, wh, at, **more)
        self.tell(
            lambda scene: self.stopped(scene, life, wh, at),
            lambda scene: self.told_v2(scene, told),
        )

    @staticmethod
    def stopped(scene: Scene, life: Life, wh: int, at: str) -> None:
        """Tell 1.6's end, with the number that is known by then."""
        scene.stop(life.number, wh, at, reason="Local", idTag=life.tag)

    @staticmethod
    def told_v2(scene: Scene, told: dict[str, Any]) -> None:
        """Tell an event of 2.x."""
        scene.ask("TransactionEvent", told)

    # --- what becomes of what it tells -------------------------------------------------------------------------------

    def deliver(self, places: list[int]) -> None:
        """Let the line stand for a while. 2.x, where nobody waits for a number, does not keep to the order."""
        for place in places:
            if self.v16.outbox:
                self.v16.deliver()
            if self.v2.outbox:
                self.v2.deliver(place)

    def repeat(self, places: list[int]) -> None:
        """Tell again what was told lately: an answer was lost, or a queue was not tidied."""
        for side in (self.v16, self.v2):
            for place in places:
                if side.told:
                    side.told[place % len(side.told)](side.scene)

    def restart(self, *, is_killed: bool) -> None:
        """Start the bridge anew, after the power was gone or in order."""
        for side in (self.v16, self.v2):
            side.scene.restart(is_killed=is_killed)

    def commit(self) -> None:
        """Let five minutes pass for what waits to be committed."""
        self.v16.scene.wait(300)
        for side in (self.v16, self.v2):
            side.scene.commit()

    def lose_store(self) -> None:
        """Lose the disk; the station has told everything up to then, and knows nothing of it."""
        self.empty()
        self.v16.scene.wait(60)
        for side in (self.v16, self.v2):
            side.scene.lose_store(self.new_folder())
            side.told.clear()
        for life in self.lives:
            life.is_whole = False
        self.over = {"1.6": set(), "2.0.1": set()}

    def empty(self) -> None:
        """Empty the queues: now both books say what truly was."""
        for side in (self.v16, self.v2):
            while side.outbox:
                side.deliver()
        in_v16, in_v2 = ({_truth(each) for each in side.scene.sessions()} for side in (self.v16, self.v2))
        assert in_v16 == in_v2
        for life in self.lives:
            if life.is_whole:
                for side, name in ((self.v16, str(life.number)), (self.v2, life.name)):
                    _hold(side.scene, name, life)

    # --- what is always so -------------------------------------------------------------------------------------------

    def each_is_there_once(self) -> None:
        """No session is there twice, one that is over never runs again, and energy is a difference of registers."""
        for side in (self.v16, self.v2):
            sessions = side.scene.sessions()
            names = [session.session_id for session in sessions]
            assert len(set(names)) == len(names)
            told_over = {session.session_id for session in sessions if session.stop_reason is not None}
            assert self.over[side.scene.version] <= told_over
            self.over[side.scene.version] = told_over
            for session in sessions:
                _count(session)
            at_places = [session.connector_id for session in sessions if session.ended_at is None]
            assert len(set(at_places)) == len(at_places)
            running = {session.session_id for session in sessions if session.ended_at is None}
            told = {side.scene.told.transaction_id(connector_id) for connector_id in CONNECTORS} - {None}
            assert running == told

    def close(self) -> None:
        """Let go of the files."""
        for side in (self.v16, self.v2):
            side.scene.close()
        self.folder.cleanup()


def _hold(scene: Scene, name: str, life: Life) -> None:
    """Hold a session against the life that it is of."""
    (session,) = [each for each in scene.sessions() if each.session_id == name]
    assert SessionFlag.START_NOT_SEEN not in session.flags
    assert SessionFlag.END_NOT_SEEN not in session.flags
    assert (session.connector_id, session.id_token) == (life.connector_id, life.tag)
    assert (session.started_at, session.meter_start_wh) == (life.started_at, life.start_wh)
    assert session.ended_at == life.stopped_at
    if life.stop_wh is not None:
        assert session.meter_stop_wh == life.stop_wh
        assert session.energy_wh == life.stop_wh - life.start_wh


def _count(session: ChargingSession) -> None:
    start_wh, stop_wh = session.meter_start_wh, session.meter_stop_wh
    if start_wh is None or stop_wh is None or stop_wh < start_wh:
        assert session.energy_wh is None
    else:
        assert session.energy_wh == stop_wh - start_wh


def _truth(session: ChargingSession) -> tuple[Any, ...]:
    """Return what both versions have to agree about; of a session whose start was lost 1.6 cannot say the place."""
    is_whole = SessionFlag.START_NOT_SEEN not in session.flags
    stop_wh = session.meter_stop_wh if session.ended_at is not None else None
    energy_wh = session.energy_wh if session.ended_at is not None else None
    return (
        session.started_at,
        session.ended_at,
        session.meter_start_wh,
        stop_wh,
        energy_wh,
        session.stop_reason,
        session.flags,
        session.id_token,
        session.connector_id if is_whole else None,
    )


@dataclass(frozen=True)
class Step:
    """Something that happens, with whatever any of it needs."""

    what: str
    connector_id: int
    tag: str
    energies_wh: list[int]
    stays: bool
    pause_s: int
    places: list[int]

    def do(self, lives: Lives) -> None:
        """Let it happen."""
        match self.what:
            case "charge":
                lives.charge(self.connector_id, self.tag, self.energies_wh, self.pause_s, stays=self.stays)
            case "deliver":
                lives.deliver(self.places)
            case "repeat":
                lives.repeat(self.places[:3])
            case "restart":
                lives.restart(is_killed=self.stays)
            case "commit":
                lives.commit()
            case "empty":
                lives.empty()
            case "lose":
                lives.lose_store()


STEPS = st.builds(
    Step,
    # most of life is charging and telling; a disk is lost rarely
    what=st.sampled_from(
        ["charge"] * 6 + ["deliver"] * 5 + ["repeat"] * 3 + ["restart"] * 2 + ["commit", "empty", "lose"]
    ),
    connector_id=st.sampled_from(CONNECTORS),
    tag=st.sampled_from(TAGS),
    energies_wh=st.lists(st.integers(0, 5000), max_size=2),
    stays=st.booleans(),
    pause_s=st.sampled_from((0, 1, 120)),
    places=st.lists(st.integers(0, 7), min_size=1, max_size=5),
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(STEPS, min_size=8, max_size=25))
def test_every_life_is_told_truly(steps: list[Step]) -> None:
    """Whatever a station lives through, each of its sessions is kept once, truly, and the same in both versions."""
    lives = Lives()
    try:
        for step in steps:
            step.do(lives)
            lives.each_is_there_once()
        lives.empty()
        lives.each_is_there_once()
    finally:
        lives.close()
