"""A lean transport for httpx: one kept-alive connection to one charger.

httpx's own pool is made for many hosts and costs several times as much CPU for a single one.
"""

from __future__ import annotations

import asyncio

import httpx

from bridge.errors import ChargerAnswerError, ChargerError, ChargerUnreachableError
from bridge.http.answer import AnswerReader, AnswerRefusedError
from bridge.http.connection import Connection, LineBrokenError
from bridge.http.dial import dial
from bridge.http.peer import Limits, Peer

TOTAL_S = "total_s"
"""key of the request extension that bounds the whole exchange, connecting included"""

ONCE = "once"
"""key of the request extension that forbids to send a read again on a fresh connection"""

HEADERS = "headers"
"""key of the response extension that holds the answer's headers, names in lower case"""

_REPEATABLE = frozenset({"GET", "HEAD"})
_FOREIGN = {b"SSH-": "SSH", b"RFB ": "VNC", b"220 ": "FTP or mail", b"RTSP": "RTSP"}
_TLS_ALERT = b"\x15\x03"


class ChargerTransport(httpx.AsyncBaseTransport):
    """Carries requests to one peer, one at a time (the caller sees to that). Raises `ChargerError`s."""

    def __init__(self, peer: Peer, limits: Limits) -> None:
        self._peer = peer
        self._limits = limits
        self._connection: Connection | None = None
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and read the whole answer.

        The response itself has no headers: httpx would only search them for redirects, cookies and
        compression, none of which are wanted here. They are in the extension `HEADERS`.
        """
        reader = AnswerReader(request.method, self._limits.answer_bytes)
        total_s: float = request.extensions[TOTAL_S]
        try:
            async with asyncio.timeout(total_s):
                await self._exchange(request, reader)
        except (TimeoutError, LineBrokenError, AnswerRefusedError) as error:
            raise self._explain(request, reader, error) from None
        return httpx.Response(reader.status, content=reader.body, extensions={HEADERS: reader.headers})

    async def aclose(self) -> None:
        """Close the connection, also one that is just being made."""
        self._closed = True
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _exchange(self, request: httpx.Request, reader: AnswerReader) -> None:
        wire = _wire(request)
        repeatable = request.method in _REPEATABLE and ONCE not in request.extensions
        if not repeatable:
            # What may not be repeated must not meet a connection whose end has already arrived unread: the
            # first turn of the loop collects it from the socket, the second handles it.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        if self._connection is not None and self._connection.usable:
            try:
                await self._connection.exchange(wire, reader)
            except LineBrokenError:
                # A server closes an idle connection whenever it likes; when the request crossed that on
                # its way, no byte of an answer has come, and a read may be sent once more.
                if reader.seen_bytes or not repeatable or self._closed:
                    raise
            else:
                return
        self._connection = connection = await dial(self._peer, self._limits)
        if self._closed:
            await connection.close()
        await connection.exchange(wire, reader)

    def _explain(self, request: httpx.Request, reader: AnswerReader, error: Exception) -> ChargerError:
        peer = self._peer
        # The query is left out: nothing secret belongs there, and nothing is lost.
        asked = f"{request.method} {request.url.path}"
        if isinstance(error, AnswerRefusedError):
            if reader.opening.startswith(_TLS_ALERT):
                return ChargerAnswerError(
                    peer.where,
                    f"{peer.address} speaks TLS",
                    todo=f"Write https://{peer.address} in url.",
                )
            if reader.opening in _FOREIGN:
                return ChargerAnswerError(
                    peer.where,
                    f"{peer.address} speaks {_FOREIGN[reader.opening]}, not HTTP",
                    todo="Check the port in url.",
                )
            return ChargerAnswerError(
                peer.where,
                f"{asked} at {peer.address}: {error}",
                todo="Check that url leads to the charger itself.",
            )
        if isinstance(error, LineBrokenError):
            return ChargerUnreachableError(
                peer.where,
                f"{asked} at {peer.address}: it {error}",
                todo="If this happens often, check the charger's network, and restart the charger.",
            )
        total_s = request.extensions[TOTAL_S]
        got = f"only {reader.seen_bytes} bytes of an answer" if reader.seen_bytes else "no answer"
        return ChargerUnreachableError(
            peer.where,
            f"{asked} at {peer.address}: {got} within {total_s:g} s",
            todo="If this charger needs longer, raise its timeout.",
        )


def _wire(request: httpx.Request) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%b: %b" % header for header in request.headers.raw]
    lines += [b"", request.content]
    return b"\r\n".join(lines)
