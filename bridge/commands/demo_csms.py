"""The other side of `demo --csms`: a small central system that accepts everybody, and shows what it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bridge.commands.demo_book import Book
from bridge.commands.demo_v16 import CentralV16
from bridge.commands.demo_v201 import CentralV201
from bridge.ocppj.codes import ErrorCode, code_of_problem
from bridge.ocppj.events import Answered, Asked, AskedAgain, Malformed, Refused
from bridge.ocppj.exchange import Exchange
from bridge.ocppj.frames import Call
from bridge.ocppj.schemas import Schemas
from bridge.ports import Clock
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.payload_error import PayloadError

_HEARTBEAT_S = 60
_FIRST_ORDERS = 3
_FIRST_ORDERS_EVERY_S = 5.0
_ORDER_EVERY_S = 60.0
"""between two limits that it gives the charger that obeys"""
_LARGEST_FRAME_BYTES = 1 << 20
_QUIET = frozenset({"Heartbeat"})


class DemoCsms:
    """Accepts every station and driver in 2.0.1 and in 1.6; one station that obeys is given orders."""

    def __init__(self, clock: Clock, obeying: str, chargers: Mapping[str, str], show: Callable[[str], None]) -> None:
        """`obeying` and the keys of `chargers` are identities of stations; its values name the charger behind each."""
        self._clock = clock
        self._obeying = obeying
        self._show = show
        book = Book(chargers, show)
        self._speaks = {
            central.version.subprotocol: central for central in (CentralV201(book), CentralV16(book, clock))
        }
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._talk,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol(name) for name in self._speaks],
            compression=None,
            max_size=_LARGEST_FRAME_BYTES,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Where stations connect, without their identity."""
        assert self._server is not None
        return f"ws://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/ocpp"

    async def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        assert connection.subprotocol is not None, "the handshake fails without one"
        identity = unquote(connection.request.path.rpartition("/")[2])
        await _Conversation(connection, identity, self._speaks[connection.subprotocol], self._clock, self._show).run(
            obeys=identity == self._obeying
        )


class _Conversation:
    """One connection of a station."""

    def __init__(
        self,
        connection: ServerConnection,
        identity: str,
        central: CentralV16 | CentralV201,
        clock: Clock,
        show: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._identity = identity
        self._central = central
        self._clock = clock
        self._show = show
        self._exchange = Exchange(central.version)
        self._schemas = Schemas(central.version)

    async def run(self, *, obeys: bool) -> None:
        """Answer until the connection is gone."""
        self._show(f"{self._identity} speaks OCPP {self._central.version}")
        orders: asyncio.Task[None] | None = None
        try:
            async for text in self._connection:
                match self._exchange.receive(text):
                    case Asked(call=call):
                        reply = self._answer(call)
                        if reply is not None:
                            await self._connection.send(reply)
                        if orders is None and obeys and call.action == "BootNotification":
                            orders = asyncio.create_task(self._give_orders())
                    case AskedAgain(reply=str(reply)) | Malformed(reply=str(reply)):
                        await self._connection.send(reply)
                    case Answered(call=call, payload=payload):
                        status = payload.get("status", "") if isinstance(payload, dict) else ""
                        self._show(f"{self._identity} answers {call.action}: {status}")
                    case Refused(call=call, error=refusal):
                        self._show(f"{self._identity} refuses {call.action}: {refusal.code}")
        except ConnectionClosed:
            pass
        finally:
            if orders is not None:
                orders.cancel()
                await asyncio.gather(orders, return_exceptions=True)

    def _answer(self, call: Call) -> str | None:
        if not self._schemas.knows(call.action):
            return self._exchange.refuse(call, ErrorCode.NOT_IMPLEMENTED, "this version does not know it")
        try:
            self._schemas.check_request(call.action, call.payload)
            if call.action not in _QUIET:
                self._show(f"{self._identity} {call.action} {' '.join(_words(call.payload))}".rstrip())
            answer = self._answer_of_all(call.action)
            if answer is None:
                answer = self._central.answer(self._identity, call.action, call.payload)
        except PayloadError as error:
            self._show(f"{self._identity} {call.action} is not what OCPP allows: {error.seen}")
            return self._exchange.refuse(call, code_of_problem(error), error.seen)
        if answer is None:
            return self._exchange.refuse(call, ErrorCode.NOT_SUPPORTED, "the demo does not do this")
        return self._exchange.answer(call, answer)

    def _answer_of_all(self, action: str) -> dict[str, Any] | None:
        """Return the answer that is the same in both versions."""
        now = to_rfc3339(self._clock.now())
        answers: dict[str, dict[str, Any]] = {
            "BootNotification": {"status": "Accepted", "currentTime": now, "interval": _HEARTBEAT_S},
            "Heartbeat": {"currentTime": now},
            "DataTransfer": {"status": "UnknownVendorId"},
        }
        return answers.get(action)

    async def _give_orders(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for number, (action, payload) in enumerate(self._central.orders()):
                await self._clock.sleep(_FIRST_ORDERS_EVERY_S if number < _FIRST_ORDERS else _ORDER_EVERY_S)
                if self._exchange.in_flight is not None:
                    self._exchange.give_up()
                await self._connection.send(self._exchange.call(Call(f"order-{number}", action, payload)))


def _words(told: dict[str, Any], within: str = "") -> Iterator[str]:
    """Say what a person reads of a payload in a line."""
    for key, value in told.items():
        if isinstance(value, dict):
            yield from _words(value, f"{within}{key}.")
        elif not isinstance(value, list):
            yield f"{within}{key}={value}"
        elif value and isinstance(value[0], dict) and "sampledValue" in value[0]:
            yield f"{len(value)} moments from {value[0]['timestamp']} to {value[-1]['timestamp']}"
        else:
            yield f"{within}{key}: {len(value)}"
