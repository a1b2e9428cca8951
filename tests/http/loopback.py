"""A raw server on loopback that answers with whatever bytes a test wants, and the client towards it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bridge.http.client import ChargerHttp
from bridge.http.peer import DEFAULT_LIMITS, Limits
from bridge.types.charger_options import HttpChargerOptions

WHERE = "garage (config.yaml:12)"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@dataclass
class Line:
    """One accepted connection."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> bytes:
        """Return the next whole request; IncompleteReadError when there is none."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return head + await self.reader.readexactly(length)

    def reset(self) -> None:
        """End the connection with RST."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class Loopback:
    """The server as the test sees it."""

    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)


Script = Callable[[Line], Awaitable[None]]


@asynccontextmanager
async def listening(
    script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Loopback]:
    """Run `script` once for every connection; the connection is closed when it returns."""
    loopback = Loopback()
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        loopback.connections += 1
        try:
            await script(Line(loopback.connections, reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has gone, as clients do
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            running.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    loopback.port = server.sockets[0].getsockname()[1]
    try:
        yield loopback
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running)
        await server.wait_closed()


@asynccontextmanager
async def answering(
    *answers: bytes, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Loopback]:
    """Answer the nth request, over all connections, with the nth bytes, and from then on with the last."""
    loopback: Loopback

    async def script(line: Line) -> None:
        while True:
            loopback.requests.append(await line.request())
            line.writer.write(answers[min(len(loopback.requests), len(answers)) - 1])
            await line.writer.drain()

    async with listening(script, tls=tls, host=host) as loopback:
        yield loopback


@asynccontextmanager
async def client(url: str, *, limits: Limits = DEFAULT_LIMITS, **options: object) -> AsyncIterator[ChargerHttp]:
    """Give a client for that address and close it afterwards."""
    given = {"id": "garage", "type": "made", "url": url, "timeout": 5, **options}
    http = ChargerHttp(HttpChargerOptions.model_validate(given), WHERE, limits=limits)
    try:
        yield http
    finally:
        await http.aclose()
