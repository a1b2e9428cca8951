"""A server for chargers on loopback, a member's answers from memory, and stations that say what a test has them say."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from bridge.central.conversation import LIMITS, Limits
from bridge.central.house import CentralHouse, Member
from bridge.central.options import CentralOptions
from bridge.central.roster import Roster
from bridge.central.secret import KnownSecret
from bridge.central.server import CentralServer, SocketLimits
from bridge.central.talk import Talk
from bridge.engine.board import Board, StationCard
from bridge.engine.recorder import Recorder
from bridge.ocppj.frames import Call
from bridge.store.sqlite import open_store
from bridge.types.ocpp.version import OcppVersion
from tests.clock import FakeClock
from tests.engine.fakes import DirectDesk

LIMIT_S = 5.0
"""for anything that a test waits for; what is prompt takes milliseconds"""
PASSWORD = "0123456789abcdef-right"
SOCKET_LIMITS = SocketLimits(close_s=0.5)
NOW = datetime(2025, 3, 3, 12, tzinfo=UTC)
BOOT_V16 = {"chargePointVendor": "Acme", "chargePointModel": "One", "chargePointSerialNumber": "S-1"}
BOOT_V2 = {"reason": "PowerUp", "chargingStation": {"vendorName": "Acme", "model": "Two", "serialNumber": "S-2"}}


class FakeAnswers:
    """Answers heartbeats; `fault` is raised instead, `gate` holds an answer up, `after` is done once it was sent."""

    def __init__(self) -> None:
        self.heard_count = 0
        self.asked: list[Call] = []
        self.followed: list[Call] = []
        self.fault: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.reply: Mapping[str, Any] = {"currentTime": "2025-03-03T12:00:00Z"}
        self.working = 0
        self.most_working = 0
        self.started = asyncio.Event()
        self.after: Callable[[], Awaitable[None]] | None = None
        self.has_sequels = True

    def heard(self) -> None:
        """Count."""
        self.heard_count += 1

    async def answer(self, call: Call, version: OcppVersion) -> Mapping[str, Any]:
        """Answer as told."""
        del version
        self.asked.append(call)
        self.working += 1
        self.most_working = max(self.most_working, self.working)
        self.started.set()
        try:
            if self.gate is not None:
                await self.gate.wait()
            if self.fault is not None:
                raise self.fault
            return self.reply
        finally:
            self.working -= 1

    def is_followed(self, call: Call) -> bool:
        """Say what a test wants said."""
        del call
        return self.has_sequels

    async def answered(self, call: Call, version: OcppVersion) -> None:
        """Note it, and do what a test wants done."""
        del version
        self.followed.append(call)
        if self.after is not None:
            await self.after()


class FakeMember:
    """Who stands for a member."""

    def __init__(self) -> None:
        self.answering = FakeAnswers()
        self.talks: list[Talk] = []
        self.gone: list[str] = []
        self.local_hosts: list[str] = []
        self.came = asyncio.Event()
        self.left = asyncio.Event()

    def attach(self, talk: Talk, local_host: str) -> None:
        """Take a connection."""
        self.talks.append(talk)
        self.local_hosts.append(local_host)
        self.came.set()

    def detach(self, talk: Talk, why: str) -> None:
        """Note why it went."""
        assert talk in self.talks
        self.gone.append(why)
        self.left.set()

    async def until_gone(self, count: int = 1) -> str:
        """Wait until so many connections have gone; returns why the last did."""
        async with asyncio.timeout(LIMIT_S):
            while len(self.gone) < count:
                self.left.clear()
                await self.left.wait()
        return self.gone[-1]


def member(identity: str = "CP1", profile: int = 0, password: str | None = None, charger: str = "carport") -> Member:
    """Return a member as the config makes one."""
    secret = None if password is None else KnownSecret(password)
    return Member(identity, charger, f"{charger} (config.yaml:12)", profile, secret)


@contextmanager
def a_house(folder: Path, **options: Any) -> Iterator[CentralHouse]:
    """Give a house whose clock stands still and whose store is real."""
    clock = FakeClock(NOW)
    board = Board(started_at=NOW, site="home")
    store = open_store(folder)
    try:
        desk = DirectDesk(store)
        given = CentralOptions.model_validate({"host": "127.0.0.1", "port": 0, **options})
        yield CentralHouse(given, desk, Recorder(desk, clock, board), board, clock, folder)
    finally:
        store.close()


@dataclass(slots=True)
class Scene:
    """A server that serves."""

    house: CentralHouse
    roster: Roster
    server: CentralServer
    members: dict[str, FakeMember]
    job: asyncio.Task[None]

    @property
    def clock(self) -> FakeClock:
        """The clock of the house."""
        assert isinstance(self.house.clock, FakeClock)
        return self.house.clock

    @property
    def board(self) -> Board:
        """What is shown."""
        return self.house.board

    @property
    def card(self) -> StationCard:
        """The card of the first member."""
        return self.board.stations["carport"]

    def url(self, identity: str = "CP1", *, secure: bool = False) -> str:
        """Return where a station connects to."""
        port = self.server.tls_port if secure else self.server.port
        assert port is not None
        return f"{'wss' if secure else 'ws'}://127.0.0.1:{port}/ocpp/{identity}"

    @asynccontextmanager
    async def station(
        self,
        identity: str = "CP1",
        *,
        version: str = "1.6",
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> AsyncIterator[Station]:
        """Connect a station; InvalidStatus where it is refused."""
        station = await Station.open(self.url(identity, secure=tls is not None), [f"ocpp{version}"], password, tls)
        try:
            yield station
        finally:
            await station.close()

    async def refused(self, identity: str = "CP1", password: str | None = None, **more: Any) -> InvalidStatus:
        """Connect a station that is refused; returns how."""
        try:
            async with self.station(identity, password=password, **more):
                pass
        except InvalidStatus as refusal:
            return refusal
        raise AssertionError("it came in")

    async def passes(self, seconds: float) -> None:
        """Let time pass, and sockets what they need."""
        await self.clock.advance(seconds)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(LIMIT_S):
            while not condition():  # noqa: ASYNC110 -- of many kinds, and some know no event
                await asyncio.sleep(0.001)  # what is waited for comes over sockets


@asynccontextmanager
async def serving(
    folder: Path,
    members: Sequence[Member],
    *,
    limits: Limits = LIMITS,
    socket_limits: SocketLimits = SOCKET_LIMITS,
    **options: Any,
) -> AsyncIterator[Scene]:
    """Serve on loopback."""
    with a_house(folder, **options) as house:
        roster = Roster(members, house)
        await roster.restore()
        stands: dict[str, FakeMember] = {}
        server = CentralServer(
            house,
            roster,
            lambda one: stands.setdefault(one.identity, FakeMember()),
            limits=limits,
            socket_limits=socket_limits,
        )
        for one in members:
            stands[one.identity] = FakeMember()
        job = asyncio.create_task(server.run())
        try:
            async with asyncio.timeout(LIMIT_S):
                await server.listening()
            yield Scene(house, roster, server, stands, job)
        finally:
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)


@dataclass(slots=True)
class Station:
    """A station that is connected."""

    connection: ClientConnection
    asked: int = field(default=0)

    @classmethod
    async def open(
        cls,
        url: str,
        subprotocols: Sequence[str],
        password: str | bytes | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> Self:
        """Connect."""
        headers = {}
        if password is not None:
            raw = password.encode() if isinstance(password, str) else password
            account = url.rpartition("/")[2].encode() + b":" + raw
            headers["Authorization"] = f"Basic {base64.b64encode(account).decode()}"
        connection = await connect(
            url,
            subprotocols=[Subprotocol(word) for word in subprotocols] or None,
            additional_headers=headers,
            ssl=tls,
            compression=None,
            proxy=None,
            ping_interval=None,
            open_timeout=30.0,
            close_timeout=0.5,
        )
        return cls(connection)

    async def close(self) -> None:
        """Leave."""
        await self.connection.close()
        self.connection.transport.abort()

    async def say(self, *frame: Any) -> None:
        """Send a frame."""
        await self.connection.send(json.dumps(frame))

    async def hear(self) -> list[Any]:
        """Return the next frame."""
        async with asyncio.timeout(LIMIT_S):
            frame: list[Any] = json.loads(await self.connection.recv())
        return frame

    async def ask(self, action: str, payload: Any = None, message_id: str | None = None) -> list[Any]:
        """Ask, and return the answer, which has to be the next frame."""
        self.asked += 1
        number = message_id or f"m{self.asked}"
        await self.say(2, number, action, {} if payload is None else payload)
        answer = await self.hear()
        assert answer[1] == number
        return answer

    async def heartbeat(self) -> None:
        """Ask for the time, and get it."""
        kind, _, payload = await self.ask("Heartbeat")
        assert kind == 3
        assert "currentTime" in payload

    async def until_closed(self) -> tuple[int, str]:
        """Wait until the server has closed the connection; returns code and reason."""
        async with asyncio.timeout(LIMIT_S):
            try:
                while True:
                    await self.connection.recv()
            except ConnectionClosed as closed:
                return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd is not None else (1006, "")
