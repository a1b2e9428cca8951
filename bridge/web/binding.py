"""Taking the port, with an error that a person can act on."""

from __future__ import annotations

import asyncio
import errno
import socket

from bridge.errors import Blame, BridgeError

BACKLOG = 64


class WebStartError(BridgeError):
    """The page cannot start: its port, its address or its token is wrong."""

    blame = Blame.OPERATOR


async def bind(host: str, port: int) -> socket.socket:
    """Return a bound, not yet listening socket; raises WebStartError."""
    where = f"web {url_of(host, port)}"
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise WebStartError(
            where,
            f"the name {host} is not known ({error.strerror})",
            todo="Set host of web to an address such as 127.0.0.1",
        ) from error
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setblocking(False)  # noqa: FBT003 -- the standard library's own signature
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _explain(where, host, port, error) from error
    return bound


def url_of(host: str, port: int) -> str:
    """Return the address for a browser on this computer."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- translated, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _explain(where: str, host: str, port: int, error: OSError) -> WebStartError:
    if error.errno == errno.EADDRINUSE:
        return WebStartError(
            where,
            f"another program listens on port {port}, perhaps a second bridge",
            todo="Stop that program or set another port under web",
        )
    if error.errno == errno.EACCES:
        return WebStartError(
            where, f"this user may not listen on port {port}", todo="Set a port of 1024 or more under web"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return WebStartError(
            where,
            f"{host} is not an address of this computer",
            todo="Set host of web to 127.0.0.1, or to 0.0.0.0 together with a token",
        )
    return WebStartError(where, f"cannot listen ({error.strerror})", todo="Check host and port under web")
