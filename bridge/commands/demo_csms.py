"""The other side of `demo --csms`: a small central system that accepts everybody, and shows what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.events import Answered, Asked, AskedAgain, Malformed, Refused
from bridge.ocppj.exchange import Exchange
from bridge.ocppj.frames import Call
from bridge.ports import Clock
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.version import OcppVersion

_HEARTBEAT_S = 60
_ORDER_EVERY_S = 60.0
"""between two limits that it gives the charger that obeys"""
_ORDERS_A = (16.0, 8.0)
_LARGEST_FRAME_BYTES = 1 << 20
_QUIET = frozenset({"Heartbeat"})
_ACCEPTED = {"idTagInfo": {"status": "Accepted"}}


class DemoCsms:
    """Accepts every station and driver; starts, and then limits, the charging at one station that obeys."""

    def __init__(self, clock: Clock, obeying: str, show: Callable[[str], None]) -> None:
        self._clock = clock
        self._obeying = obeying
        self._show = show
        self._numbers = itertools.count(1)
        self._known: dict[str, int] = {}
        """transactions by what makes them the same: a start that is repeated gets its number again"""
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._talk,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol("ocpp1.6")],
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
        identity = unquote(connection.request.path.rpartition("/")[2])
        exchange = Exchange(OcppVersion.V16)
        orders: asyncio.Task[None] | None = None
        try:
            async for text in connection:
                match exchange.receive(text):
                    case Asked(call=call):
                        self._show_call(identity, call)
                        reply = self._answer(identity, exchange, call)
                        if reply is not None:
                            await connection.send(reply)
                        if orders is None and identity == self._obeying and call.action == "BootNotification":
                            orders = asyncio.create_task(self._give_orders(connection, exchange))
                    case AskedAgain(reply=str(reply)) | Malformed(reply=str(reply)):
                        await connection.send(reply)
                    case Answered(call=call, payload=payload):
                        status = payload.get("status", "") if isinstance(payload, dict) else ""
                        self._show(f"{identity} answers {call.action}: {status}")
                    case Refused(call=call, error=refusal):
                        self._show(f"{identity} refuses {call.action}: {refusal.code}")
        except ConnectionClosed:
            pass
        finally:
            if orders is not None:
                orders.cancel()
                await asyncio.gather(orders, return_exceptions=True)

    def _answer(self, identity: str, exchange: Exchange, call: Call) -> str | None:
        now = to_rfc3339(self._clock.now())
        told: dict[str, Any] = call.payload if isinstance(call.payload, dict) else {}
        answers: dict[str, dict[str, Any]] = {
            "BootNotification": {"status": "Accepted", "currentTime": now, "interval": _HEARTBEAT_S},
            "Heartbeat": {"currentTime": now},
            "StatusNotification": {},
            "MeterValues": {},
            "StopTransaction": {},
            "SecurityEventNotification": {},
            "DiagnosticsStatusNotification": {},
            "LogStatusNotification": {},
            "Authorize": _ACCEPTED,
            "DataTransfer": {"status": "UnknownVendorId"},
        }
        if call.action == "StartTransaction":
            name = repr((identity, sorted(told.items())))
            number = self._known.setdefault(name, next(self._numbers))
            return exchange.answer(call, _ACCEPTED | {"transactionId": number})
        if call.action in answers:
            return exchange.answer(call, answers[call.action])
        return exchange.refuse(call, ErrorCode.NOT_IMPLEMENTED, "the demo does not know this")

    def _show_call(self, identity: str, call: Call) -> None:
        told: dict[str, Any] = call.payload if isinstance(call.payload, dict) else {}
        if call.action in _QUIET:
            return
        words = [f"{key}={value}" for key, value in told.items() if isinstance(value, str | int | float)]
        moments = told.get("meterValue") or told.get("transactionData") or []
        if moments:
            words.append(f"{len(moments)} moments from {moments[0].get('timestamp')} to {moments[-1].get('timestamp')}")
        self._show(f"{identity} {call.action} {' '.join(words)}".rstrip())

    async def _give_orders(self, connection: ServerConnection, exchange: Exchange) -> None:
        """Let the station charge, and limit it to 16 A and 8 A in turn."""
        orders: list[tuple[str, dict[str, Any]]] = [
            ("RemoteStartTransaction", {"connectorId": 1, "idTag": "DEMO"}),
            *(("SetChargingProfile", _limit(number, limit_a)) for number, limit_a in enumerate(_ORDERS_A * 500, 1)),
        ]
        with contextlib.suppress(ConnectionClosed):
            for number, (action, payload) in enumerate(orders):
                await self._clock.sleep(5.0 if number < 2 else _ORDER_EVERY_S)  # noqa: PLR2004 -- the first two
                if exchange.in_flight is not None:
                    exchange.give_up()
                await connection.send(exchange.call(Call(f"order-{number}", action, payload)))


def _limit(number: int, limit_a: float) -> dict[str, Any]:
    return {
        "connectorId": 0,
        "csChargingProfiles": {
            "chargingProfileId": 1 + number % 2,
            "stackLevel": 0,
            "chargingProfilePurpose": "ChargePointMaxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "startSchedule": "2026-01-01T00:00:00Z",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}],
            },
        },
    }
