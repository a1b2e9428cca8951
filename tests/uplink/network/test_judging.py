from __future__ import annotations

from typing import Any

import pytest

from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.network.judging import judge, offered_versions
from tests.uplink.network.making import PASSWORD, grounds, profile

TLS = "wss://csms.example/ocpp"
APN = {"apn": "internet", "apnAuthentication": "AUTO"}
VPN = {"server": "vpn", "user": "u", "password": PASSWORD, "key": "k", "type": "IPSec"}


@pytest.mark.parametrize(
    ("given", "by"),
    [
        ({}, {}),
        ({"ocppInterface": "Any", "messageTimeout": -1, "ocppVersion": None}, {}),
        ({"ocppVersion": "OCPP16"}, {}),
        ({"ocppVersion": "OCPP21", "identity": "A:1"}, {}),
        ({"securityProfile": 1}, {"has_password": True}),
        ({"securityProfile": 1, "basicAuthPassword": PASSWORD}, {}),
        ({"securityProfile": 2, "ocppCsmsUrl": TLS, "identity": "B"}, {"has_password": True, "identity": "a:b"}),
        ({"securityProfile": 2, "ocppCsmsUrl": TLS}, {"has_password": True, "security_profile": 2}),
        ({"securityProfile": 3, "ocppCsmsUrl": TLS}, {"has_certificate": True, "security_profile": 2}),
        ({"ocppCsmsUrl": TLS}, {}),
    ],
)
def test_what_the_bridge_can_connect_with_is_taken(given: dict[str, Any], by: dict[str, Any]) -> None:
    """Each security profile with what it needs, in either edition's words, over any interface."""
    assert judge(1, profile(**given), grounds(**by)) is None


@pytest.mark.parametrize(
    ("given", "by", "reason", "said"),
    [
        ({"ocppTransport": "SOAP"}, {}, "UnsupportedParam", "SOAP is not spoken"),
        ({"ocppVersion": "OCPP15"}, {}, "UnsupportedParam", "OCPP15 is not spoken"),
        ({"apn": APN}, {}, "UnsupportedParam", "apn cannot be set up: the station uses the network that it is in"),
        ({"vpn": VPN}, {}, "UnsupportedParam", "vpn cannot be set up: the station uses the network that it is in"),
        (
            {"securityProfile": 1},
            {"security_profile": 2},
            "NoSecurityDowngrade",
            "security profile 2 is in force and may only rise",
        ),
        (
            {"messageTimeout": 0},
            {},
            "InvalidNetworkConf",
            "messageTimeout is at least 1 s, or -1 for the station's own",
        ),
        *(
            (
                {"ocppCsmsUrl": url},
                {},
                "InvalidNetworkConf",
                "ocppCsmsUrl is ws:// or wss:// with a host, and without query, fragment and password",
            )
            for url in ("", "http://h", "ws://", "ws://u:p@h", "ws://h?a", "ws://h:99999", "ws://h\n", "h", "WS://h")
        ),
        (
            {"identity": "a b"},
            {},
            "InvalidNetworkConf",
            "identity is 1 to 48 letters, digits and * - _ = : + | @ .",
        ),
        ({"securityProfile": 4}, {}, "InvalidNetworkConf", "securityProfile is 0, 1, 2 or 3"),
        (
            {"securityProfile": 2},
            {"has_password": True},
            "InvalidNetworkConf",
            "security profile 2 needs a url that begins with wss://",
        ),
        (
            {"securityProfile": 3, "ocppCsmsUrl": TLS, "basicAuthPassword": PASSWORD},
            {},
            "InvalidNetworkConf",
            "security profile 3 needs a certificate that this station does not have",
        ),
        (
            {"securityProfile": 2, "ocppCsmsUrl": TLS, "basicAuthPassword": ""},
            {},
            "InvalidNetworkConf",
            "security profile 2 needs a password that this station does not have",
        ),
        (
            {"securityProfile": 1},
            {"has_password": True, "identity": "a:b"},
            "InvalidNetworkConf",
            "an identity with a colon cannot have a password",
        ),
    ],
)
def test_what_it_cannot_is_refused_with_its_reason(
    given: dict[str, Any], by: dict[str, Any], reason: str, said: str
) -> None:
    """A word of OCPP's, and a sentence for people, without any secret."""
    objection = judge(1, profile(**given), grounds(**by))
    assert objection is not None
    assert (objection.reason_code, objection.said) == (reason, said)


@pytest.mark.parametrize("slot", [-1, 0, 4, 2**31 - 1])
def test_other_slots_cannot_be_set(slot: int) -> None:
    """The station's own connection stays what a person wrote, and the number of slots is bounded."""
    objection = judge(slot, profile(), grounds())
    assert objection is not None
    assert objection.reason_code == "InvalidConfSlot"
    assert "slots from 1 to 3" in objection.said


ALL = (OcppVersion.V21, OcppVersion.V201, OcppVersion.V16)


@pytest.mark.parametrize(
    ("word", "offered"),
    [
        ("OCPP16", (OcppVersion.V16,)),
        ("OCPP20", (OcppVersion.V201,)),
        ("OCPP201", (OcppVersion.V201,)),
        ("OCPP21", (OcppVersion.V21,)),
        (None, ALL),
    ],
)
def test_the_profile_says_which_version_is_offered(word: str | None, offered: tuple[OcppVersion, ...]) -> None:
    """2.0.1's own edition calls it OCPP20; without a word the config's hold."""
    assert offered_versions(profile(ocppVersion=word), ALL) == offered


def test_the_own_connection_offers_what_the_config_says() -> None:
    """There is no profile that could say otherwise."""
    assert offered_versions(None, ALL) == ALL
