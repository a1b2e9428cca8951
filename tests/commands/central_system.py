"""A central system in a thread that lets stations in, or does not, and remembers what it saw."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Self

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

_LIMIT_S = 10.0


@dataclass
class Visit:
    """One connection of a station."""

    path: str
    authorization: str
    said: list[str] = field(default_factory=list)
    close_code: int | None = None


class CentralSystem:
    """Listens on a free port of loopback from entering to leaving."""

    def __init__(
        self,
        *,
        speaks: str = "ocpp1.6",
        refuses_with: HTTPStatus | None = None,
        closes_with: tuple[int, str] | None = None,
        asks: str = "",
    ) -> None:
        self.visits: list[Visit] = []
        self._refuses_with = refuses_with
        self._closes_with = closes_with
        self._asks = asks
        self._server: Server = serve(
            self._talk,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol(speaks)],
            select_subprotocol=lambda _, offered: next((one for one in offered if one == speaks), None),
            process_request=self._admit,
        )
        self._thread = threading.Thread(target=self._server.serve_forever, name="central system")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join(_LIMIT_S)

    @property
    def url(self) -> str:
        """Its endpoint, without an identity."""
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/ocpp"

    def _admit(self, connection: ServerConnection, _request: Request) -> Response | None:
        if self._refuses_with is None:
            return None
        return connection.respond(self._refuses_with, "not you\n")

    def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        visit = Visit(connection.request.path, connection.request.headers.get("Authorization", ""))
        self.visits.append(visit)
        if self._closes_with is not None:
            connection.close(*self._closes_with)
            return
        if self._asks:
            connection.send(self._asks)
        with contextlib.suppress(ConnectionClosed):
            visit.said.extend(str(text) for text in connection)
        visit.close_code = connection.protocol.close_code
