"""Whether a station may come in, by what its handshake shows: pure, and nothing of a password is told.

    identity unknown ──▶ refused (404), or it may wait
    member ──▶ profile 0: comes in | 1: password | 2: password over TLS | 3: its certificate [spec: OCPP security]
           ──▶ a subprotocol that is spoken here, or none: then the handshake completes and the line is closed [spec]

Whoever shows more than is asked for comes in too: a certificate that is right is as good as the password.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from bridge.central.house import Member
from bridge.types.ocpp.version import OcppVersion
from bridge.types.station_options import (
    PROFILE_BASIC,
    PROFILE_CLIENT_CERTIFICATE,
    PROFILE_TLS,
    is_identity,
)

LONGEST_PASSWORD: Final = 256
"""bytes that are looked at; OCPP allows 40 characters in 1.6 and 64 in 2.x"""


@dataclass(frozen=True, slots=True)
class Knock:
    """What the handshake of a station shows."""

    path: str
    """of the request, still encoded"""
    subprotocols: Sequence[str] = ()
    authorization: str | None = field(default=None, repr=False)
    is_encrypted: bool = False
    certificate_names: frozenset[str] = frozenset()
    """of a certificate that TLS has checked"""


@dataclass(frozen=True, slots=True)
class Admitted:
    """It may come in."""

    identity: str
    member: Member | None
    """None for one that nobody knows and that may wait"""
    version: OcppVersion | None
    """to be spoken; None when none of those that are offered is spoken here: the line is closed at once"""
    security_profile: int
    """that it came with"""
    password: bytes | None = field(default=None, repr=False)
    """of one that waits: accepting it means this password"""


@dataclass(frozen=True, slots=True)
class Asks:
    """It may come in if this is its password."""

    member: Member
    password: bytes = field(repr=False)
    if_right: Admitted
    if_wrong: Turned


@dataclass(frozen=True, slots=True)
class Turned:
    """It may not come in."""

    status: HTTPStatus
    said: str
    """to the station"""
    seen: str
    """for a person: half a sentence about the station as `it`"""
    todo: str = ""
    identity: str | None = None
    member: Member | None = None
    headers: tuple[tuple[str, str], ...] = ()


Decision = Admitted | Asks | Turned


def identity_of(path: str) -> str | None:
    """Return the identity in a path: its last segment, decoded; None where that is none."""
    segment = path.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
    try:
        identity = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return None
    return identity if is_identity(identity) else None


def version_of(subprotocols: Sequence[str]) -> OcppVersion | None:
    """Return the first that is spoken here: a client lists them in the order of its wishes [spec: RFC 6455, 1.9]."""
    spoken = (OcppVersion.of_subprotocol(word) for word in subprotocols)
    return next((version for version in spoken if version is not None), None)


def password_of(authorization: str | None, identity: str) -> bytes | None:
    """Return the password of Basic authentication for this identity; None without one or for another name."""
    scheme, _, encoded = (authorization or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        account = base64.b64decode(encoded.strip().encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    name = f"{identity}:".encode()  # not split at the first colon: 1.6 allows one in an identity
    return account[len(name) :] if account.startswith(name) and len(account) <= len(name) + LONGEST_PASSWORD else None


def look(knock: Knock, find: Callable[[str], Member | None], *, takes_unknown: bool) -> Decision:
    """Say whether who knocks may come in. `find` knows the members, `takes_unknown` lets others wait."""
    identity = identity_of(knock.path)
    member = None if identity is None else find(identity)
    if identity is None or (member is None and not takes_unknown):
        return _unknown(identity)
    password = password_of(knock.authorization, identity)
    has_certificate = identity in knock.certificate_names
    shown = _profile(knock, has_certificate=has_certificate, has_password=password is not None)
    admitted = Admitted(identity, member, version_of(knock.subprotocols), shown, None if member else password)
    if member is None or member.security_profile == 0 or has_certificate:
        return admitted
    if member.security_profile >= PROFILE_TLS and not knock.is_encrypted:
        return _plain(member, has_password=password is not None)
    if member.security_profile == PROFILE_CLIENT_CERTIFICATE:
        return _no_certificate(member, knock.certificate_names)
    if password is None:
        return _no_password(member, knock.authorization)
    return Asks(member, password, admitted, _wrong_password(member))


def _profile(knock: Knock, *, has_certificate: bool, has_password: bool) -> int:
    if has_certificate:
        return PROFILE_CLIENT_CERTIFICATE
    if has_password:
        return PROFILE_TLS if knock.is_encrypted else PROFILE_BASIC
    return 0


def _unknown(identity: str | None) -> Turned:
    if identity is None:
        seen, todo = "its address ends in no identity", "Give the charger an address such as ws://this-computer/CP001"
    else:
        seen = f"nobody knows the identity {identity}"
        todo = f"Add a charger of type ocpp with identity: {identity}, or set unknown: wait under central"
    return Turned(HTTPStatus.NOT_FOUND, "There is no such charge point.", seen, todo, identity)


def _plain(member: Member, *, has_password: bool) -> Turned:
    seen = f"it came without TLS, and security_profile {member.security_profile} needs it"
    if has_password:
        seen += "; its password went over the network for all to read"
    todo = "Give the charger the wss:// address, and a new password where one was sent"
    return _turned(member, HTTPStatus.FORBIDDEN, "TLS is needed.", seen, todo)


def _no_certificate(member: Member, names: frozenset[str]) -> Turned:
    if names:
        shown = ", ".join(sorted(name[:60] for name in names)[:3])
        seen = f"its certificate is for {shown}"
        todo = f"The common name of its certificate has to be {member.identity}"
    else:
        seen = "it showed no certificate"
        todo = "Install one in the charger that is signed by who stands in client_ca_file, or set another profile"
    return _turned(member, HTTPStatus.FORBIDDEN, "A certificate for this charge point is needed.", seen, todo)


def _no_password(member: Member, authorization: str | None) -> Turned:
    seen = "it sent no password" if authorization is None else "it sent no password for its own identity"
    return _unauthorized(member, seen, "Set the password (AuthorizationKey, BasicAuthPassword) in the charger")


def _wrong_password(member: Member) -> Turned:
    return _unauthorized(member, "its password is wrong", "Set the same password in the charger and for the bridge")


def _unauthorized(member: Member, seen: str, todo: str) -> Turned:
    header = ("WWW-Authenticate", 'Basic realm="OCPP", charset="UTF-8"')
    return _turned(member, HTTPStatus.UNAUTHORIZED, "The password is missing or wrong.", seen, todo, header)


def _turned(member: Member, status: HTTPStatus, said: str, seen: str, todo: str, *headers: tuple[str, str]) -> Turned:
    return Turned(status, said, seen, todo, member.identity, member, headers)
