"""Serving on a port of this computer: taking it, with an error that a person can act on, and answering HTTP there."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from uvicorn import Config, Server

from bridge.errors import Blame, BridgeError
from bridge.ports import Clock

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
RETRY_S: Final = 30.0
"""until a port that is taken is tried again"""
_GRACE_S: Final = 0.4
"""how long running answers may take to end when a server stops"""


class ServerStartError(BridgeError):
    """A server cannot start: its port, its address, or what it needs beside them is wrong."""

    blame = Blame.OPERATOR


@dataclass(frozen=True, slots=True)
class Port:
    """A port as the config names it."""

    where: str
    """how errors name it"""
    section: str
    key: str
    host: str
    number: int
    """0 leaves the choice to the system"""
    hosts: str
    """what to set `host` to where it is wrong"""


async def bind(port: Port, backlog: int) -> socket.socket:
    """Return a socket that listens. Raises ServerStartError."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(port.host, port.number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        seen = f"the name {port.host} is not known ({error.strerror})"
        raise ServerStartError(port.where, seen, todo=f"Set host of {port.section} to {port.hosts}") from error
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setblocking(False)  # noqa: FBT003 -- the standard library's own signature
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(backlog)
    except OSError as error:
        bound.close()
        seen, todo = _explain(port, error)
        raise ServerStartError(port.where, seen, todo=todo) from error
    return bound


def _explain(port: Port, error: OSError) -> tuple[str, str]:
    match error.errno:
        case errno.EADDRINUSE:
            seen = f"another program listens on port {port.number}, perhaps a second bridge"
            return seen, f"Stop that program or set another {port.key} under {port.section}"
        case errno.EACCES:
            seen = f"this user may not listen on port {port.number}"
            return seen, f"Set a {port.key} of 1024 or more under {port.section}"
        case errno.EADDRNOTAVAIL:
            return f"{port.host} is not an address of this computer", f"Set host of {port.section} to {port.hosts}"
    return f"cannot listen ({error.strerror})", f"Check host and {port.key} under {port.section}"


async def until_started(
    start: Callable[[], Awaitable[T]], what: str, notes: MutableMapping[str, str], topic: str, clock: Clock
) -> T:
    """Try to start until it works; what is wrong is told once, and stands among the notes of the page meanwhile."""
    while True:
        try:
            started = await start()
        except ServerStartError as error:
            error.meanwhile = f"Everything else goes on; {what} is tried again every {RETRY_S:.0f} s"
            if notes.get(topic) != str(error):
                _LOG.error("%s", error)
            notes[topic] = str(error)
            await clock.sleep(RETRY_S)
        else:
            notes.pop(topic, None)
            return started


class HttpServer:
    """Answers HTTP on a socket until it is stopped; touches neither signals nor logging.

    uvicorn's own endless loop is left out: it wakes ten times a second for a clock header and a flag, and here
    `start` and `stop` say what the flag would.
    """

    def __init__(
        self,
        app: Any,
        *,
        backlog: int,
        most_connections: int,
        keep_alive_s: int,
        interface: Literal["auto", "asgi3"] = "auto",
    ) -> None:
        """`app` is an ASGI application; of more than `most_connections` each is answered 503."""
        self._config = Config(
            app,
            interface=interface,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            backlog=backlog,
            limit_concurrency=most_connections,
            timeout_keep_alive=keep_alive_s,
        )
        self._server = Server(self._config)

    async def start(self, bound: socket.socket) -> None:
        """Begin to answer."""
        self._config.load()
        self._server.lifespan = self._config.lifespan_class(self._config)
        await self._server.startup(sockets=[bound])

    async def stop(self) -> None:
        """Let go of the port; running answers get a moment to end."""
        server = self._server
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
