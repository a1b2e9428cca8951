"""The server of the local page and API."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from bridge.engine.board import Board
from bridge.ports import CentralSystem, ChargePointInterface, Clock, StoreDesk
from bridge.serving import HttpServer, Port, ServerStartError, bind
from bridge.web.options import WebOptions, is_loopback, url_of
from bridge.web.site import build_site
from bridge.web.sources import Sources

_KEEP_ALIVE_S = 30
_MAX_CONNECTIONS = 64
_BACKLOG = 64
_HOSTS = "127.0.0.1, or to 0.0.0.0 together with a token"


class WebServer:
    """Serves until it is stopped."""

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
        self._server: HttpServer | None = None
        self.url = url_of(options.host, options.port)
        """what to type into a browser on this computer; final once started"""

    async def start(self) -> None:
        """Take the port and begin to answer; raises ServerStartError, RuntimeError when it runs already."""
        if self._server is not None:
            raise RuntimeError("the web server runs already")
        self._check_token()
        options = self._options
        port = Port(f"web {url_of(options.host, options.port)}", "web", "port", options.host, options.port, _HOSTS)
        bound = await bind(port, _BACKLOG)
        server = HttpServer(
            build_site(options, self._sources, self._token),
            backlog=_BACKLOG,
            most_connections=_MAX_CONNECTIONS,
            keep_alive_s=_KEEP_ALIVE_S,
        )
        await server.start(bound)
        self._server = server
        self.url = url_of(self._options.host, bound.getsockname()[1])

    async def stop(self) -> None:
        """Let go of the port; running answers get a moment to end. Harmless when nothing runs."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop()

    def _check_token(self) -> None:
        where = f"web {self.url}"
        if self._token is None and not is_loopback(self._options.host):
            raise ServerStartError(
                where,
                "other computers could reach this address, and there is no token",
                todo="Name a token with token_file or token_env under web, or set host to 127.0.0.1",
            )
        if self._token is not None and not self._token.get_secret_value():
            raise ServerStartError(where, "the token is empty", todo="Write a long random word where it is kept")
