"""The server of the local page and API."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from uvicorn import Config, Server

from bridge.engine.board import Board
from bridge.ports import CentralSystem, ChargePointInterface, Clock, StoreDesk
from bridge.web.binding import BACKLOG, WebStartError, bind, url_of
from bridge.web.options import WebOptions, is_loopback
from bridge.web.site import build_site
from bridge.web.sources import Sources

_KEEP_ALIVE_S = 30
_MAX_CONNECTIONS = 64
"""more are answered 503"""
_GRACE_S = 0.4
"""how long running answers may take to end when the server stops"""


class WebServer:
    """Serves until it is stopped; touches neither signals nor logging.

    uvicorn's own endless loop is left out: it wakes ten times a second for a clock header and a flag, and here
    `start` and `stop` say what the flag would.
    """

    def __init__(
        self,
        options: WebOptions,
        desk: StoreDesk,
        board: Board,
        clock: Clock,
        zone: ZoneInfo,
        token: SecretStr | None,
        stations: Mapping[tuple[str, str], ChargePointInterface] = MappingProxyType({}),
        central: CentralSystem | None = None,
    ) -> None:
        self._options = options
        self._sources = Sources(desk, board, clock, zone, stations, central)
        self._token = token
        self._server: Server | None = None
        self.url = url_of(options.host, options.port)
        """what to type into a browser on this computer; final once started"""

    async def start(self) -> None:
        """Take the port and begin to answer; raises WebStartError, RuntimeError when it runs already."""
        if self._server is not None:
            raise RuntimeError("the web server runs already")
        self._check_token()
        bound = await bind(self._options.host, self._options.port)
        config = Config(
            build_site(self._options, self._sources, self._token),
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            backlog=BACKLOG,
            limit_concurrency=_MAX_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )
        config.load()
        server = Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[bound])
        self._server = server
        self.url = url_of(self._options.host, bound.getsockname()[1])

    async def stop(self) -> None:
        """Let go of the port; running answers get a moment to end. Harmless when nothing runs."""
        server, self._server = self._server, None
        if server is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.shutdown(), _GRACE_S)
        tasks = list(server.server_state.tasks)
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        # An answer ends by itself when it sees its connection gone; cancelling at once would be logged as a fault.
        if tasks:
            _, stuck = await asyncio.wait(tasks, timeout=_GRACE_S)
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)

    def _check_token(self) -> None:
        where = f"web {self.url}"
        if self._token is None and not is_loopback(self._options.host):
            raise WebStartError(
                where,
                "other computers could reach this address, and there is no token",
                todo="Name a token with token_file or token_env under web, or set host to 127.0.0.1",
            )
        if self._token is not None and not self._token.get_secret_value():
            raise WebStartError(where, "the token is empty", todo="Write a long random word where it is kept")
