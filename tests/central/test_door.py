from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.central.door import (
    Admitted,
    Asks,
    Decision,
    Knock,
    Turned,
    identity_of,
    look,
    password_of,
    version_of,
)
from bridge.central.house import Member
from bridge.central.secret import KnownSecret, PinnedSecret
from bridge.types.ocpp.version import OcppVersion
from bridge.types.station_options import is_identity
from tests.central.stations import PASSWORD, member


def basic(name: str, password: str | bytes) -> str:
    """Word an Authorization header."""
    raw = password.encode() if isinstance(password, str) else password
    return f"Basic {base64.b64encode(name.encode() + b':' + raw).decode()}"


def knock(known: Member | None, *, takes_unknown: bool = False, **shown: Any) -> Decision:
    """Knock as CP1, where this member is known."""
    given = {"path": "/ocpp/CP1", "subprotocols": ["ocpp1.6"], **shown}
    members = {} if known is None else {known.identity: known}
    return look(Knock(**given), members.get, takes_unknown=takes_unknown)


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/CP1", "CP1"),
        ("/ocpp/1.6/CP1", "CP1"),
        ("/ocpp/CP1/", "CP1"),
        ("/ocpp/CP1?token=7", "CP1"),
        ("/ocpp/RDAM%7C123", "RDAM|123"),
        ("/%43P1", "CP1"),
        ("/", None),
        ("", None),
        ("/ocpp/a%2Fb", None),
        ("/ocpp/%ff", None),
        ("/ocpp/CP%201", None),
        ("/ocpp/" + "x" * 49, None),
        ("/ocpp/..%2f..%2fetc", None),
    ],
)
def test_identity_is_the_last_segment_of_the_path(path: str, identity: str | None) -> None:
    """It is decoded, and has to be what a station may be called."""
    assert identity_of(path) == identity


@given(st.text(max_size=80))
def test_no_path_is_a_problem(path: str) -> None:
    """Whatever the path is, there is an identity that may be one, or none."""
    identity = identity_of(path)
    assert identity is None or is_identity(identity)


def test_first_version_that_is_spoken_is_taken() -> None:
    """A station lists them in the order of its wishes; what is unknown is passed over."""
    assert version_of(["ocpp2.0", "ocpp1.6", "ocpp2.0.1"]) is OcppVersion.V16
    assert version_of(["ocpp2.1", "ocpp1.6"]) is OcppVersion.V21
    assert version_of(["ocpp1.5", "chat"]) is None
    assert version_of([]) is None


def test_password_belongs_to_the_identity() -> None:
    """The name has to be the identity, which may have a colon; what is no Basic header has no password."""
    assert password_of(basic("CP1", "a:b"), "CP1") == b"a:b"
    assert password_of(basic("a:b", "c"), "a:b") == b"c"
    assert password_of(basic("CP2", "x"), "CP1") is None
    assert password_of(basic("CP1", "x").lower().replace("basic", "BASIC"), "cp1") is None
    assert password_of("Basic !!!", "CP1") is None
    assert password_of("Bearer abc", "CP1") is None
    assert password_of("Basic \u20ac", "CP1") is None
    assert password_of(basic("CP1", "x" * 300), "CP1") is None
    assert password_of(None, "CP1") is None


@given(st.text(max_size=200))
def test_no_authorization_header_is_a_problem(header: str) -> None:
    """Whatever it says, there is a password or none."""
    assert password_of(header, "CP1") is None or header


def test_unknown_identity_is_refused_or_waits() -> None:
    """Refused with 404 that names it, or let in as one that waits, with the password that it would have."""
    refused = knock(None)
    assert isinstance(refused, Turned)
    assert refused.status is HTTPStatus.NOT_FOUND
    assert "CP1" in refused.seen
    waits = knock(None, takes_unknown=True, authorization=basic("CP1", PASSWORD), is_encrypted=True)
    assert isinstance(waits, Admitted)
    assert waits.member is None
    assert waits.password == PASSWORD.encode()
    assert waits.security_profile == 2
    nameless = knock(None, takes_unknown=True, path="/")
    assert isinstance(nameless, Turned)
    assert nameless.status is HTTPStatus.NOT_FOUND


def test_profile_0_takes_anything() -> None:
    """With or without TLS, and a password is not looked at."""
    for shown in ({}, {"authorization": basic("CP1", "anything")}, {"is_encrypted": True}):
        admitted = knock(member(), **shown)
        assert isinstance(admitted, Admitted)
        assert admitted.version is OcppVersion.V16
        assert admitted.password is None


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_profile_1_asks_for_the_password(*, is_encrypted: bool) -> None:
    """It is looked at wherever it came; without one, or with another name, the answer is 401 with a challenge."""
    known = member(profile=1, password=PASSWORD)
    asks = knock(known, authorization=basic("CP1", PASSWORD), is_encrypted=is_encrypted)
    assert isinstance(asks, Asks)
    assert asks.password == PASSWORD.encode()
    assert asks.if_right.member is known
    assert asks.if_wrong.status is HTTPStatus.UNAUTHORIZED
    for header in (None, basic("CP2", PASSWORD), "Bearer x"):
        turned = knock(known, authorization=header, is_encrypted=is_encrypted)
        assert isinstance(turned, Turned)
        assert turned.status is HTTPStatus.UNAUTHORIZED
        assert dict(turned.headers)["WWW-Authenticate"].startswith("Basic ")


def test_profile_2_takes_the_password_over_tls_alone() -> None:
    """The right password in the clear is refused, and the person is told that everybody could read it."""
    known = member(profile=2, password=PASSWORD)
    assert isinstance(knock(known, authorization=basic("CP1", PASSWORD), is_encrypted=True), Asks)
    turned = knock(known, authorization=basic("CP1", PASSWORD))
    assert isinstance(turned, Turned)
    assert turned.status is HTTPStatus.FORBIDDEN
    assert "for all to read" in turned.seen
    without = knock(known, is_encrypted=True)
    assert isinstance(without, Turned)
    assert without.status is HTTPStatus.UNAUTHORIZED


def test_profile_3_takes_the_certificate_of_the_identity() -> None:
    """Another's certificate, none, and a password instead are refused."""
    known = member(profile=3)
    names = frozenset({"CP1", "charger.example"})
    assert isinstance(knock(known, is_encrypted=True, certificate_names=names), Admitted)
    for shown in (
        {"is_encrypted": True},
        {"is_encrypted": True, "certificate_names": frozenset({"CP2"})},
        {"is_encrypted": True, "authorization": basic("CP1", PASSWORD)},
        {"authorization": basic("CP1", PASSWORD)},
    ):
        turned = knock(known, **shown)
        assert isinstance(turned, Turned)
        assert turned.status is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("profile", [0, 1, 2])
def test_more_than_is_asked_for_is_fine(profile: int) -> None:
    """A certificate that is right is as good as a password."""
    known = member(profile=profile, password=PASSWORD)
    admitted = knock(known, is_encrypted=True, certificate_names=frozenset({"CP1"}))
    assert isinstance(admitted, Admitted)
    assert admitted.security_profile == 3


def test_version_that_is_not_spoken_comes_in_to_be_closed() -> None:
    """The handshake completes without a subprotocol [spec], but only for who may come in."""
    admitted = knock(member(), subprotocols=["ocpp1.5"])
    assert isinstance(admitted, Admitted)
    assert admitted.version is None
    assert isinstance(knock(member(profile=1, password=PASSWORD), subprotocols=["ocpp1.5"]), Turned)


def test_no_password_is_shown() -> None:
    """Neither what was knocked with nor what was decided shows it."""
    header = basic("CP1", PASSWORD)
    shown = [
        Knock("/CP1", authorization=header),
        knock(member(profile=1, password=PASSWORD), authorization=header),
        knock(None, takes_unknown=True, authorization=header),
        member(profile=1, password=PASSWORD),
    ]
    for one in shown:
        assert PASSWORD not in repr(one)
        assert header[6:] not in repr(one)


def test_known_secret_takes_a_key_as_text_and_as_bytes() -> None:
    """1.6 sends an AuthorizationKey as the bytes that its digits mean [spec]; others send the digits."""
    key = "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF"
    secret = KnownSecret(key)
    assert secret.fits(key.encode())
    assert secret.fits(bytes.fromhex(key))
    assert not secret.fits(bytes.fromhex(key)[:-1])
    assert not secret.fits(b"")
    assert KnownSecret(PASSWORD).fits(PASSWORD.encode())
    assert not KnownSecret(PASSWORD).fits(b"wrong")


def test_pinned_secret_keeps_a_digest() -> None:
    """It knows the password again, also after it was kept, and another one from it; each pin has its own salt."""
    pinned = PinnedSecret.of(PASSWORD.encode())
    again = PinnedSecret.from_json(pinned.as_json())
    for secret in (pinned, again):
        assert secret.fits(PASSWORD.encode())
        assert secret.fits(PASSWORD.encode()), "the second time, which is quick"
        assert not secret.fits(b"wrong")
        assert PASSWORD not in repr(secret)
    assert pinned.as_json()["digest"] != PinnedSecret.of(PASSWORD.encode()).as_json()["digest"]
    assert PASSWORD not in str(pinned.as_json())


@pytest.mark.parametrize("change", [{"digest": "00"}, {"n": 1 << 24}, {"salt": "x"}, {"p": 0}, {"r": None}])
def test_pinned_secret_refuses_what_is_none(change: dict[str, Any]) -> None:
    """A digest that was tampered with is no secret that opens."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        PinnedSecret.from_json({**PinnedSecret.of(b"x").as_json(), **change})
