"""A small HTTP server on loopback that takes line protocol and answers whatever a test wants."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Reply:
    """An answer; status 0 breaks the connection instead, status -1 never answers."""

    status: int = 204
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False


def influx_error(status: int, message: str, **headers: str) -> Reply:
    """Return an answer as InfluxDB words it [doc]."""
    body = json.dumps({"code": "invalid", "message": message})
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    lines: list[str]


class WriteServer:
    """Keeps the lines of every request that it answers with 2xx."""

    def __init__(self, answer: Callable[[Request], Reply] = lambda _: Reply()) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.taken: Counter[str] = Counter()
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._writers: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self._stopping = asyncio.Event()
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; again on the same port after `stop`."""
        self._stopping.clear()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Break all connections and listen no more."""
        self._stopping.set()
        if self._server is not None:
            self._server.close()
            tasks = [task for task in self._writers.values() if task is not None]
            self.drop()
            await asyncio.gather(*tasks)
            await self._server.wait_closed()
            self._server = None

    def drop(self) -> None:
        """Break all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers[writer] = asyncio.current_task()
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone, or the test broke the line
        finally:
            del self._writers[writer]
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {n.strip().lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:]) if n}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        url = urlsplit(target)
        request = Request(method, url.path, parse_qs(url.query), headers, body.decode().splitlines())
        self.requests.append(request)
        reply = self.answer(request)
        if reply.status == 0:
            writer.transport.abort()
            return False
        if reply.status < 0:
            await self._stopping.wait()
            return False
        if 200 <= reply.status < 300:
            self.taken.update(request.lines)
        content = reply.text.encode()
        answered = {"Content-Length": str(len(content)), **reply.headers}
        if reply.close:
            answered["Connection"] = "close"
        lines = [f"HTTP/1.1 {reply.status} Told", *(f"{n}: {v}" for n, v in answered.items()), "", ""]
        writer.write("\r\n".join(lines).encode() + content)
        await writer.drain()
        return not reply.close


def refuse_lines(bad: Callable[[str], bool], status: int = 400) -> Callable[[Request], Reply]:
    """Answer `status` to every request with a bad line in it, as a strict server does."""

    def answer(request: Request) -> Reply:
        found: Sequence[str] = [line for line in request.lines if bad(line)]
        return influx_error(status, f"unable to parse '{found[0]}'") if found else Reply()

    return answer
