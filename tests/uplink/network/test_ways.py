from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.line.address import Address
from bridge.uplink.network.slots import OWN
from bridge.uplink.network.ways import InForce, way
from tests.uplink.network.making import PASSWORD, profile

OWN_SECRET = SecretStr("of the station")
CA = Path("ca.pem")
HOME = Address("garage → home (config.yaml:7)", "ws://home.example/ocpp", "GARAGE-1", ("ocpp1.6",), ca_file=CA)
TLS = "wss://csms.example/ocpp"


def in_force(level: int = 0, **given: Any) -> InForce:
    usual = {"password": OWN_SECRET, "ping_interval_s": 20.0, "versions": (OcppVersion.V21, OcppVersion.V16)}
    return InForce(security_profile=level, **{**usual, **given})


@pytest.mark.parametrize(
    ("level", "url", "password"),
    [
        (0, "ws://home.example/ocpp", None),
        (1, "ws://home.example/ocpp", OWN_SECRET),
        (2, "wss://home.example/ocpp", OWN_SECRET),
        (3, "wss://home.example/ocpp", None),
    ],
)
def test_the_own_connection_rises_with_the_security_in_force(level: int, url: str, password: SecretStr | None) -> None:
    """On the same host and port, and with a password only where one is sent."""
    found = way(HOME, None, in_force(level), slot=OWN)
    assert (found.address.url, found.address.password, found.security_profile) == (url, password, level)
    assert (found.address.identity, found.address.where, found.message_timeout_s) == (HOME.identity, HOME.where, None)
    assert (found.address.subprotocols, found.address.ping_interval_s) == (("ocpp2.1", "ocpp1.6"), 20.0)


def test_a_profile_says_where_and_as_whom() -> None:
    """Its url, identity, password, version and patience; this computer's authorities stay as configured."""
    given = profile(ocppCsmsUrl=TLS, securityProfile=2, identity="B", basicAuthPassword=PASSWORD, ocppVersion="OCPP201")
    found = way(HOME, given, in_force(1), slot=2)
    assert found.address == Address(
        "garage → home (config.yaml:7), network 2",
        TLS,
        "B",
        ("ocpp2.0.1",),
        password=SecretStr(PASSWORD),
        ca_file=CA,
        ping_interval_s=20.0,
    )
    assert (found.security_profile, found.message_timeout_s) == (2, 30.0)
    assert PASSWORD not in repr(found)


def test_what_a_profile_leaves_out_is_the_stations_own() -> None:
    """Identity, password and versions."""
    given = profile(ocppCsmsUrl=TLS, securityProfile=2, ocppVersion=None, messageTimeout=-1)
    found = way(HOME, given, in_force(), slot=1)
    assert (found.address.identity, found.address.password) == ("GARAGE-1", OWN_SECRET)
    assert (found.address.subprotocols, found.message_timeout_s) == (("ocpp2.1", "ocpp1.6"), None)


@pytest.mark.parametrize("level", [0, 3])
def test_a_profile_without_basic_sends_no_password(level: int) -> None:
    """Also where it brought one."""
    given = profile(ocppCsmsUrl=TLS, securityProfile=level, basicAuthPassword=PASSWORD)
    assert way(HOME, given, in_force(), slot=1).address.password is None


def test_nobody_is_waited_for_for_a_day() -> None:
    """A message timeout has a limit."""
    assert way(HOME, profile(messageTimeout=86400), in_force(), slot=1).message_timeout_s == 600.0
