"""A TCP connection to a central system, without what would hold up the end of the program."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from bridge.errors import CsmsUnreachableError
from bridge.uplink.line.address import Address
from bridge.worker import Worker, WorkerHangsError

_HTTP_PORT = 80
_HTTPS_PORT = 443
_ADDRESSES_TRIED = 4
_Sockaddr = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


async def reach(address: Address, limit_s: float) -> socket.socket:
    """Return a connected socket, tried at one address of the host after the other.

    Raises OSError, and CsmsUnreachableError where the name service hangs.
    """
    parts = urlsplit(address.url)
    port = parts.port or (_HTTPS_PORT if address.has_tls else _HTTP_PORT)
    found = await _addresses(address, parts.hostname or "", port, limit_s)
    failure: OSError | None = None
    for family, sockaddr in found:
        try:
            async with asyncio.timeout(limit_s / len(found)):
                return await _connect(family, sockaddr)
        except OSError as error:  # a TimeoutError is one
            failure = error
    raise failure or OSError("the name service gave no address")


async def _addresses(address: Address, host: str, port: int, limit_s: float) -> list[tuple[int, _Sockaddr]]:
    def look_up(flags: int = 0) -> list[tuple[int, _Sockaddr]]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
        return [(family, sockaddr) for family, _, _, _, sockaddr in found[:_ADDRESSES_TRIED]]

    with suppress(socket.gaierror):  # it is a name
        return look_up(socket.AI_NUMERICHOST)
    # The loop's own resolver works in threads that the end of the program waits for, however long they hang.
    resolver = Worker("resolver", lambda: None)
    try:
        return await resolver.run(look_up, limit_s)
    except WorkerHangsError:
        seen = f"the name service gave no address for «{host}» within {limit_s:g} s"
        todo = "See whether this computer has DNS"
        raise CsmsUnreachableError(address.where, seen, todo=todo) from None
    finally:
        resolver.close()


async def _connect(family: int, sockaddr: _Sockaddr) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's own
        await asyncio.get_running_loop().sock_connect(sock, sockaddr)
    except BaseException:
        sock.close()
        raise
    return sock
