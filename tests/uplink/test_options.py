from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.types.ocpp.version import OcppVersion
from bridge.types.station_options import OcppOptions

EMPLOYER = {
    "name": "employer",
    "url": "ws://127.0.0.1:9000/ocpp",
    "identity": "GARAGE-1",
    "version": "1.6",
    "control": True,
}
REFUND = {
    "name": "refund",
    "url": "wss://csms.example/ocpp",
    "identity": "HOME-7",
    "security_profile": 2,
    "password_file": "refund.password",
}
CERTIFIED = {"security_profile": 3, "url": "wss://csms.example", "certificate_file": "a.pem", "key_file": "a.key"}


def options(**given: Any) -> OcppOptions:
    return OcppOptions.model_validate({**EMPLOYER, **given})


def problem(**given: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        options(**given)
    (error,) = refused.value.errors()
    return str(error["msg"]).removeprefix("Value error, ")


def test_two_central_systems_of_a_charger() -> None:
    """One that commands and one that only gets reports, as a person writes them."""
    employer, refund = (OcppOptions.model_validate(given) for given in (EMPLOYER, REFUND))
    assert (employer.control, employer.security_profile, employer.password_file) == (True, 0, None)
    assert (refund.control, refund.security_profile, refund.version) == (False, 2, "1.6")


def test_what_may_be_left_out() -> None:
    """Name, url and identity are enough; everything else is off."""
    plain = OcppOptions.model_validate({"name": "a", "url": "ws://host", "identity": "A"})
    assert not plain.control
    assert not plain.although_charger_reports
    assert (plain.since, plain.ca_file, plain.custom_keys) == (None, None, {})
    for missing in ("name", "url", "identity"):
        given = {"name": "a", "url": "ws://host", "identity": "A"}
        del given[missing]
        with pytest.raises(ValidationError, match="Field required"):
            OcppOptions.model_validate(given)


@pytest.mark.parametrize(
    "url",
    [
        "ws://host",
        "ws://host:9000/",
        "wss://csms.example/a/b",
        "ws://[::1]:9000/ocpp",
        "ws://10.0.0.1/ocpp/CentralSystem",
    ],
)
def test_urls_that_are_taken(url: str) -> None:
    """Host, port and path of an endpoint, without the identity."""
    assert options(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://host/ocpp",
        "WS://host",
        "host:9000/ocpp",
        "ws://",
        "ws:///ocpp",
        "ws://user:password@host/ocpp",
        "ws://host/ocpp?id=1",
        "ws://host/ocpp#1",
        "ws://ho st/ocpp",
        "ws://host/ocpp\n",
    ],
)
def test_urls_that_are_none(url: str) -> None:
    """Another scheme, a password in the url, a query or a fragment are refused."""
    assert "should match pattern" in problem(url=url)


@pytest.mark.parametrize(
    "url", ["ws://host:99999/ocpp", "ws://host:0/ocpp", "ws://host:abc", "ws://[::1/ocpp", "ws://:9000/ocpp"]
)
def test_urls_that_could_never_be_reached(url: str) -> None:
    """A port that is none, or no host at all, is found when the config is read."""
    assert problem(url=url) == "a url has a host and, after a colon, a port between 1 and 65535"


@pytest.mark.parametrize("identity", ["A", "GARAGE-1", "a*b_c=d:e+f|g@h.i", "x" * 48])
def test_identities_that_are_taken(identity: str) -> None:
    """OCPP's identifierString."""
    assert options(identity=identity).identity == identity


@pytest.mark.parametrize("identity", ["", "x" * 49, "a b", "a/b", "ä", "a\n", "a?b"])
def test_identities_that_are_none(identity: str) -> None:
    """What could not be part of the url everywhere, or in the handshake, is refused."""
    assert "should match pattern" in problem(identity=identity)


@pytest.mark.parametrize(
    ("version", "offered"),
    [
        ("1.6", (OcppVersion.V16,)),
        ("2.0.1", (OcppVersion.V201,)),
        ("2.1", (OcppVersion.V21,)),
        ("auto", (OcppVersion.V21, OcppVersion.V201, OcppVersion.V16)),
    ],
)
def test_versions(version: str, offered: tuple[OcppVersion, ...]) -> None:
    """One of them, or all with the latest first."""
    assert options(version=version).versions == offered


def test_the_version_is_1_6_where_none_is_given() -> None:
    """A config of an earlier release means what it meant."""
    assert OcppOptions(name="a", url="ws://host", identity="A").versions == (OcppVersion.V16,)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("2.0", "OCPP 2.0 was withdrawn in favour of 2.0.1: write 2.0.1"),
        ("1.5", "Input should be '1.6', '2.0.1', '2.1' or 'auto'"),
        ("", "Input should be '1.6', '2.0.1', '2.1' or 'auto'"),
    ],
)
def test_other_versions(version: str, message: str) -> None:
    """What is not spoken is refused, and whoever writes 2.0 is told what is meant."""
    assert problem(version=version) == message


@pytest.mark.parametrize("name", ["", "Employer", "a b", "-a", "x" * 49])
def test_names_that_are_none(name: str) -> None:
    """A name is one that a charger could have too."""
    assert "should match pattern" in problem(name=name)


PASSWORD = {"password_file": "p"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"security_profile": 1}, "security_profile 1 needs a password_file or password_env"),
        ({"security_profile": 2, "url": "wss://h"}, "security_profile 2 needs a password_file or password_env"),
        (PASSWORD, "security_profile 0 sends no password"),
        ({"password_env": "P"}, "security_profile 0 sends no password"),
        ({**CERTIFIED, **PASSWORD}, "security_profile 3 sends no password"),
        (
            {"security_profile": 1, "password_env": "P", **PASSWORD},
            "password_file and password_env exclude each other",
        ),
        (
            {"security_profile": 1, "identity": "a:b", **PASSWORD},
            "an identity with a colon cannot have a password: the name would end at the colon",
        ),
        ({"security_profile": 2, **PASSWORD}, "security_profile 2 needs a url that begins with wss://"),
        ({**CERTIFIED, "url": "ws://h"}, "security_profile 3 needs a url that begins with wss://"),
        (
            {**CERTIFIED, "certificate_file": None, "key_file": None},
            "security_profile 3 needs a certificate_file and a key_file",
        ),
        (
            {"certificate_file": "a", "key_file": "b"},
            "security_profile 0 sends no certificate of the station",
        ),
        ({**CERTIFIED, "key_file": None}, "certificate_file needs a key_file"),
        ({"key_file": "b"}, "key_file needs a certificate_file"),
        ({"security_profile": 4}, "Input should be less than or equal to 3"),
        ({"security_profile": -1}, "Input should be greater than or equal to 0"),
        ({"since": "31.01.2026"}, "a date looks like 2026-01-31"),
        ({"since": "86400"}, "a date looks like 2026-01-31"),
        ({"hots": "a"}, "Extra inputs are not permitted"),
        ({"custom_keys": {"": "a"}}, r"String should match pattern '^[\x21-\x7e]{1,50}$'"),
        ({"custom_keys": {"a b": "a"}}, r"String should match pattern '^[\x21-\x7e]{1,50}$'"),
        (
            {"custom_keys": {f"k{n}": "" for n in range(51)}},
            "Dictionary should have at most 50 items after validation, not more",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(given: dict[str, Any], message: str) -> None:
    """Each rule has its sentence."""
    assert problem(**given) == message


@pytest.mark.parametrize(
    "given",
    [
        {"security_profile": 1, "password_env": "P"},
        {"security_profile": 1, "url": "wss://h", **PASSWORD},
        {"security_profile": "2", "url": "wss://h", **PASSWORD},
        {"url": "wss://h", "ca_file": "ca.pem"},
        {**CERTIFIED, "ca_file": "ca.pem"},
        {"identity": "a:b"},
    ],
)
def test_what_fits_together_is_taken(given: dict[str, Any]) -> None:
    """Each profile with what it needs, and an encrypted line without any."""
    assert options(**given).name == "employer"


def test_a_day_and_keys_of_ones_own() -> None:
    """A date is a date, and custom keys keep their spelling."""
    given = options(since="2026-01-31", custom_keys={"Site/Name": "Hof 3"})
    assert given.since == date(2026, 1, 31)
    assert given.custom_keys == {"Site/Name": "Hof 3"}
