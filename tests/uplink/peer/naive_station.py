"""The least of a station that the peers can be tested with; it does whatever it is told, right or wrong."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import suppress
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

Frame = list[Any]

BOOT = {"chargePointVendor": "Naive", "chargePointModel": "Station"}


class NaiveStation:
    """One identity, one connection at a time."""

    def __init__(
        self, url: str, identity: str = "GARAGE-1", password: str | None = None, *, version: str = "1.6"
    ) -> None:
        self._subprotocol = Subprotocol(f"ocpp{version}")
        self.identity = identity
        self.url = f"{url}/{identity}"
        self.answers: dict[str, Any] = {}
        """action → payload with which the central system's CALLs are answered; else Accepted"""
        self.errors: dict[str, str] = {}
        """action → error code with which they are answered instead"""
        self.taken: list[Frame] = []
        """every frame that came, in order"""
        self._headers: dict[str, str] = {}
        if password is not None:
            text = base64.b64encode(f"{identity}:{password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {text}"
        self._connection: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._arrived = asyncio.Condition()
        self._number = 0

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self) -> None:
        """Connect; what `websockets` raises comes through."""
        await self.close()
        self._connection = await connect(
            self.url,
            subprotocols=[self._subprotocol],
            additional_headers=self._headers,
            proxy=None,
            compression=None,
            ping_interval=None,
            open_timeout=2,
            close_timeout=0.2,
        )
        self._reader = asyncio.create_task(self._read(self._connection))

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None and self._reader is not None:
            await connection.close()
            await connection.wait_closed()
            await self._reader

    @property
    def connection(self) -> ClientConnection:
        """The connection, which must have been made."""
        assert self._connection is not None
        return self._connection

    async def send(self, frame: Any) -> None:
        """Send any JSON."""
        await self.connection.send(json.dumps(frame))

    async def call(self, action: str, payload: Any, message_id: str | None = None, limit_s: float = 2.0) -> Frame:
        """Send a CALL and return the frame that answers it; TimeoutError, ConnectionError."""
        message_id = message_id or self.next_id()
        known = len(self.taken)
        await self.send([2, message_id, action, payload])
        return await self.answer(message_id, known, limit_s)

    async def answer(self, message_id: str, known: int = 0, limit_s: float = 2.0) -> Frame:
        """Return the first answer to a message after the first `known` frames."""

        def answers() -> list[Frame]:
            return [frame for frame in self.taken[known:] if frame[0] != 2 and frame[1] == message_id]

        async with asyncio.timeout(limit_s), self._arrived:
            await self._arrived.wait_for(lambda: answers() or self._is_over())
        if not answers():
            raise ConnectionError("lost")
        return answers()[0]

    async def tell(self, action: str, payload: Any, patience_s: float = 0.05, attempts: int = 100) -> Frame:
        """Say something again and again, word for word and reconnecting, until it is answered with a CALLRESULT."""
        message_id = self.next_id()
        for _ in range(attempts):
            with suppress(OSError, TimeoutError, ConnectionClosed, InvalidHandshake):
                if self._connection is None or self._is_over():
                    await self.connect()
                frame = await self.call(action, payload, message_id, patience_s)
                if frame[0] == 3:
                    return frame
            await asyncio.sleep(0.001)
        raise AssertionError(f"{action} was not taken in {attempts} attempts")

    def next_id(self) -> str:
        """Return a fresh message id."""
        self._number += 1
        return f"{self.identity}-{self._number}"

    def _is_over(self) -> bool:
        return self._reader is None or self._reader.done() or self.connection.close_code is not None

    def _answer_to(self, frame: Frame) -> Frame:
        if frame[2] in self.errors:
            return [4, frame[1], self.errors[frame[2]], "", {}]
        return [3, frame[1], self.answers.get(frame[2], {"status": "Accepted"})]

    async def _read(self, connection: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in connection:
                frame = json.loads(text)
                self.taken.append(frame)
                if frame[0] == 2:
                    await connection.send(json.dumps(self._answer_to(frame)))
                async with self._arrived:
                    self._arrived.notify_all()
        async with self._arrived:
            self._arrived.notify_all()


def start(**changes: Any) -> dict[str, Any]:
    """Return a StartTransaction.req."""
    return {"connectorId": 1, "idTag": "HOME", "meterStart": 1000, "timestamp": "2025-03-03T12:00:00Z"} | changes


def values(transaction_id: int | None, minute: int, wh: float, **changes: Any) -> dict[str, Any]:
    """Return a MeterValues.req."""
    sample = {"value": f"{wh:g}", "unit": "Wh"}
    said = {"connectorId": 1, "meterValue": [{"timestamp": f"2025-03-03T12:{minute:02}:00Z", "sampledValue": [sample]}]}
    return said | ({} if transaction_id is None else {"transactionId": transaction_id}) | changes


def stop(transaction_id: int, **changes: Any) -> dict[str, Any]:
    """Return a StopTransaction.req."""
    said = {"transactionId": transaction_id, "meterStop": 3000, "timestamp": "2025-03-03T12:30:00Z"}
    return said | {"reason": "Local"} | changes


def status(word: str, connector_id: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a StatusNotification.req."""
    return {"connectorId": connector_id, "errorCode": "NoError", "status": word} | changes
