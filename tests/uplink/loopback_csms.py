"""Central systems on loopback for a station's connection: websockets, and whatever else may listen at a port."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest
from pydantic import SecretStr
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from bridge.errors import CsmsError
from bridge.uplink.line.address import Address
from bridge.uplink.line.link import Limits, Line, open_line

WHERE = "garage → employer (config.yaml:21)"
PASSWORD = "correct horse battery"
_QUIET = logging.getLogger("tests.csms")
_QUIET.setLevel(logging.CRITICAL)

Handler = Callable[[ServerConnection], Awaitable[None]]


@dataclass
class Csms:
    """A central system as the test sees it."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    closes: asyncio.Queue[int | None] = field(default_factory=asyncio.Queue)

    async def closed(self) -> int | None:
        """Return the code with which the next connection ended."""
        async with asyncio.timeout(5.0):
            return await self.closes.get()


async def _listen(connection: ServerConnection) -> None:
    async for _ in connection:
        pass


@asynccontextmanager
async def csms(
    handler: Handler = _listen,
    *,
    subprotocol: str | None = "ocpp1.6",
    refuse: Callable[[], tuple[int, dict[str, str]]] | None = None,
    page: str = "no\n",
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Csms]:
    """Run a central system; it counts requests, and refuses all with `refuse` and `page` where that is given.

    It speaks `subprotocol` whether that was offered or not.
    """
    seen = Csms()

    def look(connection: ServerConnection, request: Request) -> Response | None:
        seen.requests.append(request)
        if refuse is None:
            return None
        status, headers = refuse()
        response = connection.respond(HTTPStatus(status), page)
        for name, value in headers.items():
            response.headers[name] = value
        return response

    async def handle(connection: ServerConnection) -> None:
        await handler(connection)
        await connection.wait_closed()
        seen.closes.put_nowait(connection.close_code)

    def choose(_: ServerConnection, offered: Any) -> Subprotocol | None:
        assert offered
        return None if subprotocol is None else Subprotocol(subprotocol)

    async with serve(
        handle,
        "127.0.0.1",
        0,
        process_request=look,
        select_subprotocol=choose,
        ssl=tls,
        logger=_QUIET,
        close_timeout=0.1,
    ) as server:
        seen.port = next(iter(server.sockets)).getsockname()[1]
        yield seen


def address(port: int, scheme: str = "ws", **given: Any) -> Address:
    """Return the address of a station at that port."""
    if isinstance(given.get("password"), str):
        given["password"] = SecretStr(given["password"])
    return Address(
        **{
            "where": WHERE,
            "url": f"{scheme}://127.0.0.1:{port}/ocpp",
            "identity": "GARAGE-1",
            "subprotocols": ("ocpp1.6",),
            **given,
        }
    )


@asynccontextmanager
async def line_to(where: Address, limits: Limits = Limits(close_s=0.5)) -> AsyncIterator[Line]:  # noqa: B008 -- frozen
    """Give a line that is closed afterwards."""
    line = await open_line(where, limits)
    try:
        yield line
    finally:
        await line.close()


async def failure(where: Address, limits: Limits = Limits(open_s=5.0)) -> CsmsError:  # noqa: B008 -- frozen
    """Return the error of a connection that cannot be made."""
    with pytest.raises(CsmsError) as failed:
        await open_line(where, limits)
    assert failed.value.where == WHERE
    assert PASSWORD not in f"{failed.value} {failed.value!r} {failed.value.args}"
    return failed.value


async def end_of(line: Line) -> CsmsError:
    """Read until the line is gone, and return why."""
    with pytest.raises(CsmsError) as failed:
        await asyncio.wait_for(_read(line), 10.0)
    return failed.value


async def _read(line: Line) -> None:
    async for _ in line.texts():
        pass
