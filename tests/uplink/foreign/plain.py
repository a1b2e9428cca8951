"""A station without manners: a plain websocket that sends what the test wants."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

LIMIT_S = 10.0


class PlainStation:
    """One connection; frames are lists."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._count = 0

    async def send(self, *frame: Any) -> None:
        """Send one frame."""
        await self.socket.send(json.dumps(frame))

    async def frame(self) -> list[Any]:
        """Return the next frame that comes."""
        async with asyncio.timeout(LIMIT_S):
            frame: list[Any] = json.loads(await self.socket.recv())
        return frame

    async def ask(self, method: str, params: Any) -> list[Any]:
        """Send a CALL and return what comes next, without the message id, which is checked."""
        self._count += 1
        message_id = f"m{self._count}"
        await self.send(2, message_id, method, params)
        kind, answered_id, *rest = await self.frame()
        assert answered_id == message_id
        return [kind, *rest]

    async def answer(self, kind: int, *rest: Any) -> tuple[str, Any]:
        """Answer the next CALL with a frame of that kind; return its action and payload."""
        two, message_id, action, payload = await self.frame()
        assert two == 2
        await self.send(kind, message_id, *rest)
        return action, payload


@asynccontextmanager
async def plain_station(
    url: str,
    identity: str,
    *,
    user: str | None = None,
    password: bytes | None = None,
    protocol: str = "ocpp1.6",
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[PlainStation]:
    """Connect as that station; `user` is another user name than the identity."""
    headers = {}
    if password is not None:
        word = base64.b64encode((user or identity).encode() + b":" + password).decode()
        headers["Authorization"] = f"Basic {word}"
    async with connect(
        f"{url}/{identity}",
        subprotocols=[Subprotocol(protocol)],
        additional_headers=headers,
        ssl=tls,
        proxy=None,
        compression=None,
        open_timeout=LIMIT_S,
        close_timeout=1.0,
    ) as socket:
        yield PlainStation(socket)
