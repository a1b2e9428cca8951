"""Taking a port, with an error that a person can act on."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Final

from bridge.errors import Blame, BridgeError

BACKLOG: Final = 256
"""hundreds of stations come back at once after a restart"""


class CentralStartError(BridgeError):
    """The server for chargers cannot start: its port, its address or its certificate is wrong."""

    blame = Blame.OPERATOR
    waiting_helps = True


async def bind(host: str, port: int, key: str) -> socket.socket:
    """Return a socket that listens; raises CentralStartError. `key` is what the port is called in the config."""
    where = f"central {host}:{port}"
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        seen = f"the name {host} is not known ({error.strerror})"
        raise CentralStartError(where, seen, todo="Set host of central to an address of this computer") from error
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setblocking(False)  # noqa: FBT003 -- the standard library's own signature
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        seen, todo = _explain(host, port, key, error)
        raise CentralStartError(where, seen, todo=todo) from error
    return bound


def _explain(host: str, port: int, key: str, error: OSError) -> tuple[str, str]:
    match error.errno:
        case errno.EADDRINUSE:
            seen = f"another program listens on port {port}, perhaps another central system or a second bridge"
            return seen, f"Stop that program or set another {key} under central"
        case errno.EACCES:
            return f"this user may not listen on port {port}", f"Set {key} of central to 1024 or more"
        case errno.EADDRNOTAVAIL:
            return f"{host} is not an address of this computer", "Set host of central to 0.0.0.0, or to one that is"
    return f"cannot listen ({error.strerror})", f"Check host and {key} under central"
