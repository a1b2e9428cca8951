"""Connects to a charger and says in a sentence why that did not work."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from functools import partial

from bridge.errors import ChargerTlsError, ChargerUnreachableError
from bridge.http import tls
from bridge.http.connection import Connection
from bridge.http.peer import Limits, Peer
from bridge.worker import Worker, WorkerHangsError

_Sockaddr = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
_ADDRESSES_TRIED = 4
_NO_ROUTE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN})
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"})


async def dial(peer: Peer, limits: Limits) -> Connection:
    """Return a connection that is ready for a request, its certificate checked.

    Tries the addresses of a name one after the other. Raises ChargerUnreachableError or ChargerTlsError.
    """
    reasons: list[str] = []
    todo = ""
    for family, sockaddr in await _addresses(peer, limits):
        try:
            async with asyncio.timeout(limits.connect_s):
                return await _connect(peer, family, sockaddr, limits)
        except ssl.SSLError as error:
            raise await _tls_error(peer, family, sockaddr, limits, error) from None
        except OSError as error:
            reason, todo = explain_failure(error, limits.connect_s)
            if reason not in reasons:
                reasons.append(reason)
    raise ChargerUnreachableError(
        peer.where, f"nothing answers at {peer.address} ({', '.join(reasons)})", todo=todo
    ) from None


async def _addresses(peer: Peer, limits: Limits) -> list[tuple[int, _Sockaddr]]:
    # The loop's own resolver works in threads that the end of the program waits for, however long they hang.
    resolver = Worker("resolver", lambda: None)
    look_up = partial(socket.getaddrinfo, peer.host, peer.port, type=socket.SOCK_STREAM)
    try:
        found = await resolver.run(look_up, limits.connect_s)
    except WorkerHangsError:
        seen = f"the name service gave no address for «{peer.host}» within {limits.connect_s:g} s"
    except OSError as error:
        temporary = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        seen = (
            f"the name service did not answer when asked for «{peer.host}»"
            if temporary
            else f"the name «{peer.host}» is not known here"
        )
    else:
        return [(family, sockaddr) for family, _, _, _, sockaddr in found[:_ADDRESSES_TRIED]]
    finally:
        resolver.close()
    raise ChargerUnreachableError(
        peer.where, seen, todo="Check how it is spelt, or write the charger's IP address."
    ) from None


async def _connect(peer: Peer, family: int, sockaddr: _Sockaddr, limits: Limits) -> Connection:
    if not peer.tls:
        return await _open(peer, family, sockaddr, limits, None)
    if peer.pinned is None and peer.verify:
        return await _open(peer, family, sockaddr, limits, tls.authority_context())
    connection = await _open(peer, family, sockaddr, limits, tls.any_certificate_context())
    if peer.pinned is not None:
        shown = tls.fingerprint(connection.certificate)
        if not tls.same_fingerprint(shown, peer.pinned):
            await connection.close()
            spelt = tls.spell_fingerprint(shown)
            raise ChargerTlsError(
                peer.where,
                f"{peer.address} shows another certificate than the pinned one (SHA-256 {spelt})",
                todo="If the charger got a new certificate, for example with an update, check it on the "
                f"charger and write tls_fingerprint: {spelt}. Otherwise something else answers there.",
            )
    return connection


async def _open(
    peer: Peer,
    family: int,
    sockaddr: _Sockaddr,
    limits: Limits,
    context: ssl.SSLContext | None,
) -> Connection:
    # Our own socket keeps what a host name alone would lose: the scope of a link-local IPv6 address, and
    # the error of each single address.
    loop = asyncio.get_running_loop()
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(0)
        await loop.sock_connect(sock, sockaddr)
        _, connection = await loop.create_connection(
            lambda: Connection(limits.silence_s),
            sock=sock,
            ssl=context,
            server_hostname=peer.host if context else None,
        )
    except BaseException:
        sock.close()
        raise
    return connection


def explain_failure(error: OSError, waited_s: float) -> tuple[str, str]:
    """Return what was seen, in a few words, and what to do about it."""
    code = error.errno
    if code == errno.ECONNREFUSED:
        return "refused", "Check the port in url; the machine is there, and nothing listens on that port."
    if code in _NO_ROUTE:
        return "no route", "Check that the charger is switched on and in the same network as this computer."
    if code == errno.ETIMEDOUT or isinstance(error, TimeoutError):
        return (
            f"{waited_s:g} s of silence",
            "Check that the charger is switched on and that the address is still its own.",
        )
    if isinstance(error, ConnectionError):
        return (
            "it broke the connection off before anything was asked",
            "If the address begins with https, check that this port speaks it.",
        )
    return os.strerror(code) if code else type(error).__name__, "Check the address and this computer's network."


async def _tls_error(
    peer: Peer, family: int, sockaddr: _Sockaddr, limits: Limits, error: ssl.SSLError
) -> ChargerTlsError:
    if isinstance(error, ssl.SSLCertVerificationError):
        certificate = await _shown_certificate(peer, family, sockaddr, limits)
        seen = f"the certificate of {peer.address} is not trusted ({error.verify_message})"
        if certificate is None:
            return ChargerTlsError(peer.where, seen, todo="If that is your charger, pin it with tls_fingerprint.")
        spelt = tls.spell_fingerprint(tls.fingerprint(certificate))
        name = tls.common_name(certificate) or "none"
        return ChargerTlsError(
            peer.where,
            f"{seen}; it shows CN {name}, SHA-256 {spelt}",
            todo=f"If that is your charger, pin it: tls_fingerprint: {spelt}",
        )
    if error.reason in _NOT_TLS:
        return ChargerTlsError(
            peer.where,
            f"{peer.address} does not speak TLS; that port speaks http",
            todo=f"Write http://{peer.address} in url.",
        )
    return ChargerTlsError(
        peer.where,
        f"the TLS handshake with {peer.address} failed ({error.reason or type(error).__name__})",
        todo="Its TLS may be too old for this computer; a firmware update or its http port may help.",
    )


async def _shown_certificate(peer: Peer, family: int, sockaddr: _Sockaddr, limits: Limits) -> bytes | None:
    # A failed handshake hides the certificate, so it is looked at once more, without sending anything.
    try:
        async with asyncio.timeout(limits.connect_s):
            connection = await _open(peer, family, sockaddr, limits, tls.any_certificate_context())
    except OSError:
        return None
    certificate = connection.certificate
    await connection.close()
    return certificate
