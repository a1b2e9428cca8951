"""A central system on loopback that may speak another version of OCPP on each connection, and notes all it is told."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from bridge.types.facts import to_rfc3339
from tests.uplink.peer.held_port import HeldPort
from tests.uplink.peer.message_check import V16, problems_of
from tests.uplink.peer.tcp_reset import reset
from tests.uplink.station_scene import AT

CALL, CALLRESULT = 2, 3
_QUIET = logging.getLogger("tests.versatile")
_QUIET.setLevel(logging.CRITICAL)
_ACCEPTED = {"status": "Accepted"}
_EMPTY = frozenset({"MeterValues", "NotifyEvent", "NotifyReport", "SecurityEventNotification", "StatusNotification"})


@dataclass(frozen=True, slots=True)
class Told:
    """One CALL of the station."""

    line: int
    """counts the connections from 1"""
    version: str
    message_id: str
    action: str
    payload: dict[str, Any]


@dataclass
class VersatileCsms:
    """Takes the first version of `speaks` that is offered, and refuses who offers none of them."""

    speaks: list[str]
    """may be changed at any time"""
    password: str | None = None
    """that has to be shown; None for none"""
    refusal: HTTPStatus | None = None
    """of every handshake"""
    refuses_versions_with: HTTPStatus | None = None
    """who offers none of `speaks`; else as the websocket library does, which says why"""
    boots: deque[tuple[str, int]] = field(default_factory=deque)
    """status and interval of the next answers to boots, before they are Accepted"""
    silent: set[str] = field(default_factory=set)
    """actions that get no answer; `*` for all"""
    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """other answers than the usual, by action"""
    told: list[Told] = field(default_factory=list)
    offers: list[tuple[str, ...]] = field(default_factory=list)
    """subprotocols of each handshake, those that were refused too"""
    identities: list[str] = field(default_factory=list)
    """likewise"""
    spoken: list[str] = field(default_factory=list)
    """version of each connection"""
    violations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._port = HeldPort()
        self._server: Server | None = None
        self._connection: ServerConnection | None = None
        self._asked: dict[str, asyncio.Future[list[Any]]] = {}
        self._accepted = False
        self._numbers = 0

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()
        self._port.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://127.0.0.1:{self._port.number}"

    @property
    def is_connected(self) -> bool:
        """Whether a station has a line."""
        return self._connection is not None

    async def up(self) -> None:
        """Listen."""
        self._server = await serve(
            self._serve,
            sock=self._port.listener(),
            process_request=self._admit,
            select_subprotocol=self._choose,
            compression=None,
            ping_interval=None,
            close_timeout=0.1,
            logger=_QUIET,
        )

    async def down(self) -> None:
        """Break the line, and refuse new ones until `up`."""
        server, self._server = self._server, None
        if server is None:
            return
        if self._connection is not None:
            reset(self._connection)
        server.close()
        await server.wait_closed()

    async def cut(self) -> None:
        """Break the line without a word."""
        assert self._connection is not None
        gone = self._connection
        reset(gone)
        await gone.wait_closed()
        if self._connection is gone:
            self._connection = None

    def forget(self) -> None:
        """Know of no boot any more."""
        self._accepted = False

    # --- what it was told ----------------------------------------------------------------------------------------

    def of(self, action: str, **wanted: Any) -> list[Told]:
        """Return the CALLs of an action whose payloads say so, or whose `line` or `version` it is."""
        return [
            told
            for told in self.told
            if told.action == action
            and all(
                (getattr(told, name) if name in {"line", "version"} else told.payload.get(name)) == value
                for name, value in wanted.items()
            )
        ]

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return the TransactionEvents, of one kind."""
        return [told.payload for told in self.of("TransactionEvent") if kind in {None, told.payload["eventType"]}]

    @property
    def boot_reasons(self) -> list[str]:
        """The reasons of the boots, in 2.x."""
        return [told.payload["reason"] for told in self.of("BootNotification")]

    # --- what it asks --------------------------------------------------------------------------------------------

    async def ask(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Ask the station and return the payload of its answer; AssertionError for a CALLERROR."""
        connection = self._connection
        assert connection is not None
        self._numbers += 1
        name = f"asked-{self._numbers}"
        waiter: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._asked[name] = waiter
        await connection.send(json.dumps([CALL, name, action, payload]))
        async with asyncio.timeout(5.0):
            frame = await waiter
        assert frame[0] == CALLRESULT, frame
        answer: dict[str, Any] = frame[2]
        problems = problems_of(action, answer, answer=True, version=self.spoken[-1])
        self.violations += [f"answer to {action}: {problem.text}" for problem in problems]
        return answer

    async def set_variable(self, place: str, value: str) -> str:
        """Set `Component.Variable` and return what became of it."""
        component, variable = place.split(".")
        name, _, instance = variable.rstrip("]").partition("[")
        named = {"name": name} | ({"instance": instance} if instance else {})
        data = {"component": {"name": component}, "variable": named, "attributeValue": value}
        (result,) = (await self.ask("SetVariables", {"setVariableData": [data]}))["setVariableResult"]
        status: str = result["attributeStatus"]
        return status

    # --- the line ------------------------------------------------------------------------------------------------

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.identities.append(request.path.rpartition("/")[2])
        said = request.headers.get("Sec-WebSocket-Protocol", "")
        self.offers.append(tuple(word.strip() for word in said.split(",")))
        if self.refusal is not None:
            return connection.respond(self.refusal, "no\n")
        is_spoken = {f"ocpp{version}" for version in self.speaks} & set(self.offers[-1])
        if self.refuses_versions_with is not None and not is_spoken:
            return connection.respond(self.refuses_versions_with, "no\n")
        shown = base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if self.password is not None and shown.partition(":")[2] != self.password:
            return connection.respond(HTTPStatus.UNAUTHORIZED, "no\n")
        return None

    def _choose(self, _: ServerConnection, offered: Any) -> Subprotocol | None:
        for version in self.speaks:
            if f"ocpp{version}" in offered:
                return Subprotocol(f"ocpp{version}")
        raise NegotiationError("no subprotocol that is spoken here")

    async def _serve(self, connection: ServerConnection) -> None:
        version = (connection.subprotocol or "").removeprefix("ocpp")
        self.spoken.append(version)
        line = len(self.spoken)
        self._connection = connection
        try:
            with suppress(ConnectionClosed):
                async for text in connection:
                    reply = self._take(line, version, json.loads(text))
                    if reply is not None:
                        await connection.send(json.dumps(reply))
        finally:
            if self._connection is connection:
                self._connection = None

    def _take(self, line: int, version: str, frame: list[Any]) -> list[Any] | None:
        if frame[0] != CALL:
            waiter = self._asked.pop(frame[1], None)
            if waiter is not None and not waiter.done():
                waiter.set_result(frame)
            return None
        _, message_id, action, payload = frame
        self._judge(version, action, payload)
        self.told.append(Told(line, version, message_id, action, payload))
        if self.silent & {action, "*"}:
            return None
        return [CALLRESULT, message_id, dict(self.answers.get(action) or self._answer(version, action, payload))]

    def _judge(self, version: str, action: str, payload: dict[str, Any]) -> None:
        self.violations += [f"{action}: {problem.text}" for problem in problems_of(action, payload, version=version)]
        if action != "BootNotification" and not self._accepted:
            self.violations.append(f"{action} before a boot was accepted")

    def _answer(  # noqa: PLR0911 -- one line per question
        self, version: str, action: str, payload: dict[str, Any]
    ) -> Mapping[str, Any]:
        now = {"currentTime": to_rfc3339(AT)}
        match action:
            case "BootNotification":
                status, interval_s = self.boots.popleft() if self.boots else ("Accepted", 300)
                self._accepted = status == "Accepted"
                return {**now, "status": status, "interval": interval_s}
            case "Heartbeat":
                return now
            case "StartTransaction":
                self._numbers += 1
                return {"transactionId": self._numbers, "idTagInfo": _ACCEPTED}
            case "TransactionEvent":
                return {"idTokenInfo": _ACCEPTED} if "idToken" in payload else {}
            case "StopTransaction":
                return {}
            case "DataTransfer":
                return _ACCEPTED
            case "Authorize":
                return {"idTagInfo" if version == V16 else "idTokenInfo": _ACCEPTED}
            case _ if action in _EMPTY:
                return {}
        self.violations.append(f"{action} is not known here")
        return {}
