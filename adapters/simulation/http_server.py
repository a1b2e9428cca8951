"""The HTTP server under the simulators: uvicorn's protocol on a socket of our own, without uvicorn's process.

No signal handler, no logging set-up and no ticking task: many of these live in one event loop beside other
things. Stopping takes well under a second whatever the peers do.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_BACKLOG = 128
_GRACE_S = 0.3
_CLOSE_S = 0.3
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


class _Connection(HttpToolsProtocol):
    """One connection, without access log."""

    def connection_made(  # type: ignore[override] # uvicorn narrows the argument in the same way
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self.access_log = False


class HttpServer:
    """Serves one ASGI application on one socket."""

    def __init__(self, application: Application, host: str, port: int, keep_alive_s: int) -> None:
        self._host = host
        self._port = port
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._config = Config(
            application,
            http=_Connection,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            proxy_headers=False,
            timeout_keep_alive=keep_alive_s,
        )

    @property
    def port(self) -> int:
        """The port that is listened on; before the start the one that was asked for."""
        return self._port

    async def start(self) -> None:
        """Bind and listen; raises OSError where the port is taken."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(config=self._config, server_state=self._state, app_state={}),
            self._host,
            self._port,
            backlog=_BACKLOG,
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Take no more connections, let answers under way finish for a moment, then close everything."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(set(self._state.tasks), timeout=_GRACE_S)
        for connection in list(self._state.connections):
            connection.transport.abort()
        if self._state.tasks:
            await asyncio.wait(set(self._state.tasks), timeout=_CLOSE_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), _CLOSE_S)
        # Closed transports tell their protocols in the next round of the loop.
        await asyncio.sleep(0)
        self._server = None

    def reset(self, scope: Scope) -> None:
        """Break the connection of a request with a TCP reset."""
        transport = self._transport(scope)
        if transport is not None:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
            transport.abort()

    def close(self, scope: Scope) -> None:
        """Close the connection of a request after what was written so far."""
        transport = self._transport(scope)
        if transport is not None:
            transport.close()

    def _transport(self, scope: Scope) -> asyncio.Transport | None:
        return next(
            (
                connection.transport
                for connection in self._state.connections
                if isinstance(connection, _Connection) and connection.client == scope["client"]
            ),
            None,
        )
