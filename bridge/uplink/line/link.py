"""One websocket at a time from a station to its central system; every failure becomes a sentence for a person."""

from __future__ import annotations

import asyncio
import base64
import logging
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.datastructures import HeadersLike
from websockets.exceptions import ConnectionClosed, InvalidHeader, InvalidMessage, NegotiationError
from websockets.frames import CloseCode
from websockets.typing import Subprotocol

from bridge.errors import CsmsError, CsmsSubprotocolError, CsmsTlsError, CsmsUnreachableError
from bridge.uplink.line.address import Address
from bridge.uplink.line.link_failures import (
    UnaskedSubprotocolError,
    explain,
    no_subprotocol,
    printable,
    speaks_of_subprotocol,
    words_of,
)
from bridge.uplink.line.reach import reach

LARGEST_FRAME_BYTES = 1 << 20
"""a composite schedule of a thousand periods is 60 kB"""
_USER_AGENT = "chargebridge"
_CONTEXTS_KEPT = 16

_WIRE_LOG = logging.getLogger("bridge.uplink.wire")
"""of the websocket library, which at DEBUG writes down the password of the handshake and all that is said"""
_WIRE_LOG.setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long is waited."""

    open_s: float = 30.0
    send_s: float = 20.0
    close_s: float = 2.0


_LIMITS = Limits()


class _Connection(ClientConnection):
    """Remembers a TLS alert that came instead of an answer: in TLS 1.3 that is how a certificate is refused."""

    _lost_by: Exception | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note of why the line is gone."""
        self._lost_by = exc
        super().connection_lost(exc)

    async def handshake(
        self, additional_headers: HeadersLike | None = None, user_agent_header: str | None = None
    ) -> None:
        """Shake hands; raises what is known best of why it failed."""
        try:
            await super().handshake(additional_headers, user_agent_header)
        except InvalidMessage:
            if isinstance(self._lost_by, ssl.SSLError):
                raise self._lost_by from None
            raise
        except (NegotiationError, InvalidHeader):
            chosen = ", ".join(self.response.headers.get_all("Sec-WebSocket-Protocol")) if self.response else ""
            if chosen and chosen not in (self.protocol.available_subprotocols or ()):
                raise UnaskedSubprotocolError(chosen) from None
            raise


class _Connect(connect):
    """Follows no redirect: the password is for the one address that a person wrote down."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Take a redirect for the refusal that it is."""
        return exc


class Line:
    """An open connection."""

    def __init__(self, connection: ClientConnection, where: str, limits: Limits) -> None:
        self.subprotocol: str = connection.subprotocol or ""
        """what the central system chose of those that were offered"""
        self._connection = connection
        self._where = where
        self._limits = limits

    async def send(self, text: str) -> None:
        """Send one frame. Raises CsmsError when the line is dead, or takes nothing for long."""
        try:
            async with asyncio.timeout(self._limits.send_s):
                await self._connection.send(text)
        except TimeoutError:
            seen = f"it took nothing for {self._limits.send_s:g} s"
            raise CsmsUnreachableError(self._where, seen) from None
        except (ConnectionClosed, OSError) as error:
            raise self._lost(error) from None

    async def texts(self) -> AsyncIterator[str | bytes]:
        """Yield what arrives. Raises CsmsError when the line is gone, however it went."""
        try:
            async for text in self._connection:
                yield text
        except (ConnectionClosed, OSError) as error:
            raise self._lost(error) from None
        raise self._left()

    async def close(self) -> None:
        """Close in order where the other side plays along, at once where it does not."""
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._connection.close(CloseCode.GOING_AWAY)
        except (TimeoutError, OSError):
            pass  # it does not play along
        finally:
            self._connection.transport.abort()  # does nothing to one that is closed

    def _lost(self, error: Exception) -> CsmsError:
        if not isinstance(error, ConnectionClosed):
            return CsmsUnreachableError(self._where, f"the line broke ({words_of(error)})")
        if error.sent is None or error.rcvd_then_sent:
            return self._left() if error.rcvd is not None else CsmsUnreachableError(self._where, "the line broke")
        match error.sent.code:  # why our side closed it
            case CloseCode.MESSAGE_TOO_BIG:
                seen = f"it sent a message of more than {LARGEST_FRAME_BYTES >> 20} MiB, which is not taken"
            case CloseCode.PROTOCOL_ERROR | CloseCode.INVALID_DATA:
                seen = "it sent what is no websocket frame"
            case CloseCode.INTERNAL_ERROR:
                seen = "it answered no ping"
            case _:
                seen = "the connection was closed from here"
        return CsmsUnreachableError(self._where, seen)

    def _left(self) -> CsmsError:
        code, reason = self._connection.close_code, printable(self._connection.close_reason or "")
        seen = f"it closed the connection (code {code}{f', «{reason}»' if reason else ''})"
        if speaks_of_subprotocol(reason):
            return CsmsSubprotocolError(self._where, seen, todo="Choose another version: of OCPP in the config")
        return CsmsUnreachableError(self._where, seen)


async def open_line(address: Address, limits: Limits = _LIMITS) -> Line:
    """Connect. Raises CsmsUnreachableError, CsmsRefusedError (or its CsmsSubprotocolError) or CsmsTlsError."""
    headers = {}
    if address.password is not None:
        account = f"{address.identity}:{address.password.get_secret_value()}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(account).decode('ascii')}"
    try:
        async with asyncio.timeout(limits.open_s):
            connection = await _open(address, headers, limits)
    except Exception as error:  # noqa: BLE001 -- whatever a library raises, a person gets a sentence
        raise explain(error, address, limits.open_s) from None
    if connection.subprotocol is None:
        await Line(connection, address.where, limits).close()
        raise no_subprotocol(address)
    return Line(connection, address.where, limits)


async def _open(address: Address, headers: HeadersLike, limits: Limits) -> ClientConnection:
    tls = _tls(address) if address.has_tls else None
    sock = await reach(address, limits.open_s)
    try:
        return await _Connect(
            address.full_url,
            sock=sock,
            subprotocols=[Subprotocol(word) for word in address.subprotocols],
            additional_headers=headers,
            ssl=tls,
            compression=None,  # 18 kB per connection instead of 52
            proxy=None,  # a proxy of the environment is for a browser
            open_timeout=None,
            close_timeout=limits.close_s,
            ping_interval=address.ping_interval_s,
            ping_timeout=address.ping_interval_s,
            max_size=LARGEST_FRAME_BYTES,
            user_agent_header=_USER_AGENT,
            logger=_WIRE_LOG,
            create_connection=_Connection,
        )
    except BaseException:
        sock.close()
        raise


def _tls(address: Address) -> ssl.SSLContext:
    files = (address.ca_file, address.certificate_file, address.key_file)
    try:
        return _context(files, tuple(None if file is None else _stamp(file) for file in files))
    except (OSError, ssl.SSLError) as error:
        named = [str(path) for path in files if path is not None]
        raise CsmsTlsError(
            address.where,
            f"the certificates cannot be read ({printable(str(error))})",
            todo=f"Look at {', '.join(named)}: PEM is needed, and a key without a passphrase",
        ) from None


def _stamp(file: Path) -> tuple[int, int]:
    """Return what changes when a file is replaced: a renewed certificate holds from the next connection on."""
    about = file.stat()
    return about.st_mtime_ns, about.st_size


@lru_cache(maxsize=_CONTEXTS_KEPT)
def _context(files: tuple[Path | None, ...], _stamps: tuple[tuple[int, int] | None, ...]) -> ssl.SSLContext:
    """Return a context, shared by all stations with the same files: building one costs 20 ms and 1 MB."""
    ca_file, certificate_file, key_file = files
    context = ssl.create_default_context(cafile=ca_file)
    if certificate_file is not None:
        context.load_cert_chain(certificate_file, key_file, password=lambda: "")
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
