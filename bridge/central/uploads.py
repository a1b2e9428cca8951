"""Where chargers upload their logs to: this computer, for those that were given an address of their own.

    PUT|POST /{token}/{name}

An address is for one file of one charger within an hour; a repetition of the same upload takes the place of the first.
Everything else is answered 404, and nothing can be read here.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, Final

from bridge.central.binding import BACKLOG, port_of
from bridge.central.house import CentralHouse
from bridge.central.upload_folder import LARGEST_FILE, UploadFolder, safe_name
from bridge.engine.board import Remark
from bridge.engine.waking import within
from bridge.serving import HttpServer, bind, until_started

_LOG = logging.getLogger(__name__)

LIFETIME_S: Final = 3600.0
"""of an address"""
MOST_OPEN: Final = 256
"""addresses; the oldest goes"""
SILENCE_S: Final = 60.0
"""after which an upload is given up"""
_MOST_CONNECTIONS: Final = 32
_KEEP_ALIVE_S: Final = 10
_TOKEN_BYTES: Final = 18
_SEGMENTS: Final = 2

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


@dataclass(slots=True)
class _Open:
    """An address that was given out."""

    charger: str
    until_s: float
    """monotonic"""
    name: str | None = None
    """as the charger called the file that came"""
    place: Path | None = None
    attempts: int = 0


class _RefusedError(Exception):
    """An upload is not taken."""

    def __init__(self, status: HTTPStatus, said: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.said = said
        """for the card, where somebody should know"""


class Uploads:
    """The server for uploads; only where `upload_port` is set."""

    def __init__(self, house: CentralHouse) -> None:
        self._house = house
        self._folder = UploadFolder(house.data_dir / "uploads")
        self._open: dict[str, _Open] = {}
        self.port: int | None = None
        """that is listened on; None while it is not"""
        self.listening: Final = asyncio.Event()

    def target(self, charger: str, host: str) -> str | None:
        """Return the address of a folder for one upload of a charger; None while nothing can be taken.

        `host` is this computer's address as the charger reaches it, such as that of its connection here. The address is
        a secret until it was used.
        """
        if self.port is None:
            return None
        now_s = self._house.clock.monotonic_s()
        self._open = {token: one for token, one in self._open.items() if one.until_s > now_s}
        while len(self._open) >= MOST_OPEN:
            del self._open[next(iter(self._open))]
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._open[token] = _Open(charger, now_s + LIFETIME_S)
        return f"http://{_in_url(host)}:{self.port}/{token}/"

    async def run(self) -> None:
        """Take uploads until cancelled; a port that is taken is tried again."""
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self._folder.sweep)
        server = HttpServer(
            self.answer,
            backlog=BACKLOG,
            most_connections=_MOST_CONNECTIONS,
            keep_alive_s=_KEEP_ALIVE_S,
            interface="asgi3",
        )
        bound = await self._bound()
        await server.start(bound)
        self.port = bound.getsockname()[1]
        self.listening.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.port = None
            self.listening.clear()
            await server.stop()

    async def _bound(self) -> socket.socket:
        house, key = self._house, "upload_port"
        port = port_of(house.options, key, house.options.upload_port or 0)
        return await until_started(lambda: bind(port, BACKLOG), "it", house.board.notes, f"central {key}", house.clock)

    async def answer(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            return
        try:
            status = await self._take(scope, receive)
        except _RefusedError as refused:
            status = refused.status
        # what was not read to its end would pass for the next request
        headers = [(b"content-length", b"0"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _take(self, scope: _Message, receive: _Receive) -> HTTPStatus:
        token, upload, name = self._asked(scope)
        if _announced(scope) > LARGEST_FILE:
            said = f"{safe_name(name)} was not taken: it has more than {LARGEST_FILE // 1_000_000} MB"
            self._remark(upload.charger, said)
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        upload.attempts += 1
        place = upload.place or self._folder.place(upload.charger, name, self._house.clock.now())
        try:
            size = await self._write(place, f"{token}-{upload.attempts}", receive)
        except _RefusedError as refused:
            if refused.said:
                self._remark(upload.charger, f"{safe_name(name)} was not taken: {refused.said}")
            raise
        except OSError as error:
            self._remark(upload.charger, f"{safe_name(name)} could not be kept: {error.strerror}")
            raise _RefusedError(HTTPStatus.INSUFFICIENT_STORAGE) from None
        upload.name, upload.place = name, place
        self._remark(upload.charger, f"{safe_name(name)} has come ({size:,} bytes): {self._shown(place)}")
        return HTTPStatus.CREATED

    def _asked(self, scope: _Message) -> tuple[str, _Open, str]:
        """Return the token, what it stands for, and the file's name. Raises _RefusedError (404)."""
        segments = str(scope["path"]).removeprefix("/").split("/")
        upload = self._open.get(segments[0])
        name = segments[1] if len(segments) == _SEGMENTS else ""
        is_late = upload is not None and upload.until_s <= self._house.clock.monotonic_s()
        if upload is None or is_late or len(segments) > _SEGMENTS or scope["method"] not in ("PUT", "POST"):
            raise _RefusedError(HTTPStatus.NOT_FOUND)
        if upload.name not in (None, name):
            raise _RefusedError(HTTPStatus.NOT_FOUND)
        return segments[0], upload, name

    async def _write(self, place: Path, token: str, receive: _Receive) -> int:
        part, file = await asyncio.to_thread(self._folder.begin, place, token)
        try:
            size = await self._write_body(file, receive)
            await asyncio.to_thread(self._folder.finish, file, part, place)
        except BaseException:
            self._folder.give_up(file, part)
            raise
        return size

    async def _write_body(self, file: BinaryIO, receive: _Receive) -> int:
        size = 0
        while True:
            try:
                message = await within(SILENCE_S, _one(receive), self._house.clock)
            except TimeoutError:
                raise _RefusedError(HTTPStatus.REQUEST_TIMEOUT, f"nothing came for {SILENCE_S:.0f} s") from None
            if message["type"] != "http.request":
                raise _RefusedError(HTTPStatus.BAD_REQUEST, "the line broke before its end")
            piece = message.get("body", b"")
            size += len(piece)
            if size > LARGEST_FILE:
                said = f"it has more than {LARGEST_FILE // 1_000_000} MB"
                raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
            if piece:
                await asyncio.to_thread(file.write, piece)
            if not message.get("more_body", False):
                return size

    def _shown(self, place: Path) -> str:
        return "/".join(place.parts[-3:])

    def _remark(self, charger: str, text: str) -> None:
        card = self._house.board.stations.get(charger)
        if card is not None:
            card.remarks.append(Remark(self._house.clock.now(), text))
        _LOG.info("%s: %s", charger, text)


async def _one(receive: _Receive) -> _Message:
    return await receive()


def _announced(scope: _Message) -> int:
    """Return how long the body says it is; 0 where it does not say."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


def _in_url(host: str) -> str:
    """Return an address as it stands in a URL: IPv6 in brackets, IPv4 that was mapped as itself, no zone."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped) if address.ipv4_mapped else f"[{address}]"
    return str(address)
