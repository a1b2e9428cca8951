"""Why a connection to a central system could not be made, or is gone, in a sentence for a person."""

from __future__ import annotations

import os
import re
import socket
import ssl
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus, NegotiationError
from websockets.http11 import Response

from bridge.errors import CsmsError, CsmsRefusedError, CsmsSubprotocolError, CsmsTlsError, CsmsUnreachableError
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.line.address import Address

_REDIRECTS = range(300, 400)
_SUCCESSES = range(200, 300)
_SERVER_FAULTS = range(500, 600)
_SHOWN_CHARACTERS = 80
_OTHER_NAME_CODES = frozenset({62, 64})
"""OpenSSL's codes for a certificate of another host name or address"""
_EXPIRED_CODE = 10
_ERRNO = re.compile(r"\[Errno (\d+)\]")
_ABOUT_SUBPROTOCOL = re.compile(r"sub-?\s?protocol|sec-websocket-protocol|(ocpp|protocol)[ -]version", re.IGNORECASE)
_READ_BYTES = 4096
"""of the page that comes with a refusal"""


class UnaskedSubprotocolError(NegotiationError):
    """The other side chose a subprotocol that was not offered, or several."""

    def __init__(self, chosen: str) -> None:
        super().__init__(chosen)
        self.chosen = chosen


def explain(  # noqa: PLR0911 -- one sentence per way to fail
    error: Exception, address: Address, open_limit_s: float
) -> CsmsError:
    """Return the error for a person; `open_limit_s` is how long was waited at most."""
    where, at = address.where, address.place
    match error:
        case CsmsError():
            return error
        case ssl.SSLError():
            return _tls_failure(error, address)
        case InvalidHandshake():
            return _no_handshake(error, address)
        case ConnectionResetError():
            return _hung_up(address)
        case TimeoutError() if error.errno is None:
            return CsmsUnreachableError(where, f"nothing answers at {at} within {open_limit_s:g} s")
        case socket.gaierror():
            seen = f"the name {urlsplit(address.url).hostname} is not known"
            return CsmsUnreachableError(where, seen, todo="See whether it is spelt right and this computer has DNS")
        case OSError():
            return CsmsUnreachableError(where, f"nothing answers at {at} ({words_of(error)})")
        case ValueError():
            return CsmsUnreachableError(where, f"{at} is no address", todo="Correct the url")
    return CsmsUnreachableError(where, f"the connection could not be made ({type(error).__name__})")


def _tls_failure(error: ssl.SSLError, address: Address) -> CsmsError:
    if not isinstance(error, ssl.SSLCertVerificationError):
        reason = error.reason or "no reason given"
        if "ALERT" in reason:
            return CsmsTlsError(
                address.where, f"it refused the TLS handshake ({reason})", todo=_about_certificate(address)
            )
        is_plain = reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"}
        todo = "That port does not seem to speak TLS: try a url with ws://" if is_plain else _about_certificate(address)
        return CsmsTlsError(address.where, f"the TLS handshake failed ({reason})", todo=todo)
    if error.verify_code in _OTHER_NAME_CODES:
        todo = "Write the url with a name for which the certificate was made"
    elif error.verify_code == _EXPIRED_CODE:
        todo = "Its operator has to renew it, unless this computer's clock is wrong"
    else:
        todo = "If it is that central system, name who signed it with `ca_file`"
    seen = f"its certificate is not believed ({printable(error.verify_message).rstrip('.')})"
    return CsmsTlsError(address.where, seen, todo=todo)


def _about_certificate(address: Address) -> str:
    if address.certificate_file is None:
        return "It may want a station's certificate: security_profile 3"
    return "It may not believe the station's certificate: ask its operator who has to sign it"


def _hung_up(address: Address) -> CsmsError:
    """Word the end of a line on which nothing was answered; with TLS that is also how certificates are refused."""
    if address.has_tls:
        todo = f"{_about_certificate(address)}. Or that port does not speak TLS"
        return CsmsTlsError(address.where, "it hung up within the TLS handshake", todo=todo)
    todo = "If it goes on like that, see whether the url has to begin with wss://"
    return CsmsUnreachableError(address.where, f"{address.place} hung up without an answer", todo=todo)


def _no_handshake(error: InvalidHandshake, address: Address) -> CsmsError:
    match error:
        case InvalidStatus():
            return _refusal(error.response, address)
        case UnaskedSubprotocolError():
            return _unasked(error.chosen, address)
        case InvalidMessage() if isinstance(error.__cause__, EOFError):
            return _hung_up(address)
    return CsmsRefusedError(
        address.where,
        f"what answers at {address.place} is no websocket",
        todo="See that the url is its OCPP-J endpoint, and whether it has to begin with wss://",
    )


def _refusal(  # noqa: PLR0911 -- one sentence per status
    response: Response, address: Address
) -> CsmsError:
    where, status = address.where, response.status_code
    shown = f"HTTP {status}"
    match status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            with_password = address.password is not None
            seen = f"it refused {'the password' if with_password else 'a station without a password'} ({shown})"
            todo = "Check the password and the identity" if with_password else "Set security_profile and password_file"
            return CsmsRefusedError(where, seen, todo=todo)
        case HTTPStatus.NOT_FOUND:
            return CsmsRefusedError(
                where,
                f"it does not know «{address.identity}» or has no OCPP at this url ({shown})",
                todo="Add the station there under this identity, or correct identity or url",
            )
        case HTTPStatus.BAD_REQUEST | HTTPStatus.NOT_ACCEPTABLE | HTTPStatus.UPGRADE_REQUIRED:
            kind = CsmsSubprotocolError if _names_subprotocol(response) else CsmsRefusedError
            seen = f"it did not accept {_in_words(address, 'or')} at this url ({shown})"
            return kind(where, seen, todo=_about_versions(address))
        case _ if status in _REDIRECTS:
            todo = "Write the address that it names into the config, if it is right"
            return CsmsRefusedError(where, f"it points to another address ({shown}), which is not followed", todo=todo)
        case _ if status in _SUCCESSES:
            seen = f"what answers at {address.place} is a web page, no websocket ({shown})"
            return CsmsRefusedError(where, seen, todo="See that the url is its OCPP-J endpoint")
        case _ if status in _SERVER_FAULTS or status == HTTPStatus.TOO_MANY_REQUESTS:
            return CsmsUnreachableError(where, f"it cannot now ({shown})", retry_after_s=_retry_after_s(response))
    todo = "Ask its operator whether the url is right and the station known"
    return CsmsRefusedError(where, f"it refused the connection ({shown})", todo=todo)


def no_subprotocol(address: Address) -> CsmsSubprotocolError:
    """Word a handshake that went well, and in which nothing of what was offered was chosen."""
    seen = f"it connected and chose no subprotocol, where {_in_words(address, 'and')} {_was(address)} offered"
    todo = f"See that the url ends where its OCPP-J endpoint is. {_about_versions(address)}"
    return CsmsSubprotocolError(address.where, seen, todo=todo)


def _unasked(chosen: str, address: Address) -> CsmsSubprotocolError:
    seen = f"it chose «{printable(chosen)}», where {_in_words(address, 'and')} {_was(address)} offered"
    version = OcppVersion.of_subprotocol(chosen)
    todo = _about_versions(address) if version is None else f'Write version: "{version}" into the config'
    return CsmsSubprotocolError(address.where, seen, todo=todo)


def _about_versions(address: Address) -> str:
    todo = "Ask its operator which versions of OCPP it speaks, and at which url"
    if len(address.subprotocols) > 1:
        return todo
    return f"{todo}; version: in the config chooses another, or all of them with auto"


def _in_words(address: Address, joint: str) -> str:
    *others, last = address.subprotocols
    return f"{', '.join(others)} {joint} {last}" if others else last


def _was(address: Address) -> str:
    return "was" if len(address.subprotocols) == 1 else "were"


def _names_subprotocol(response: Response) -> bool:
    """Tell whether a refusal speaks of the subprotocol, which is all that can be known of its reason."""
    said = f"{response.reason_phrase}\n{(response.body or b'')[:_READ_BYTES].decode('utf-8', 'replace')}"
    return speaks_of_subprotocol(said) or "Sec-WebSocket-Protocol" in response.headers


def speaks_of_subprotocol(text: str) -> bool:
    """Tell whether somebody's reason for leaving has to do with the version of OCPP."""
    return _ABOUT_SUBPROTOCOL.search(text) is not None


def _retry_after_s(response: Response) -> float | None:
    """Return Retry-After in seconds; its other form, a date, is passed over."""
    said = response.headers.get_all("Retry-After")
    return float(said[0]) if said and re.fullmatch(r"[0-9]{1,9}", said[0]) else None


def words_of(error: Exception) -> str:
    """Say an error of the network as the system says it; asyncio's own wording repeats addresses."""
    found = _ERRNO.search(str(error))
    return os.strerror(int(found[1])).lower() if found else printable(str(error)) or "no reason given"


def printable(text: str) -> str:
    """Make a text of others fit for a log: one line, not long, and nothing that a terminal would obey."""
    line = " ".join(text.split())[:_SHOWN_CHARACTERS]
    return "".join(c if c.isprintable() else "?" for c in line)
