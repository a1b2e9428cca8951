from __future__ import annotations

from typing import Any

import pytest

from bridge.central.operations.redaction import redacted, redacted_text

SECRET = "Hidden-4711"
PASSWORD = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}


@pytest.mark.parametrize(
    "value",
    [
        {"key": "AuthorizationKey", "value": SECRET},
        {"key": "authorizationkey", "value": 4711, "x": "authorizationkey"},
        {"key": "AcmeWifiPassword", "value": SECRET},
        {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": SECRET}]},
        {"setVariableData": [{**PASSWORD, "attributeValue": SECRET}]},
        {"getVariableResult": [{**PASSWORD, "attributeValue": SECRET}]},
        {"reportData": [{**PASSWORD, "variableAttribute": [{"value": SECRET}, {"mutability": "WriteOnly"}]}]},
        {"connectionData": {"basicAuthPassword": SECRET, "apn": {"apnPassword": SECRET, "simPin": 4711}}},
        {"connectionData": {"vpn": {"server": "a", "user": "b", "password": SECRET, "key": SECRET}}},
        {"connectionData": {"ocppCsmsUrl": f"wss://user:{SECRET}@csms.example/ocpp"}},
        {"location": f"ftp://user:{SECRET}@host/folder/"},
        {"location": f"ftp://user:pa?ss#{SECRET}@host/folder/"},
        {"log": {"remoteLocation": f"https://bucket.example/a?X-Signature={SECRET}"}},
        {"firmware": {"location": f"https://{SECRET}@host/a#{SECRET}"}},
        {"data": [f"see ftp://a:{SECRET}@b/c and http://d"]},
    ],
)
def test_no_secret_is_left(value: dict[str, Any]) -> None:
    """Whichever shape it came in, in a question or in an answer."""
    shown = redacted(value)
    assert SECRET not in str(shown)
    assert "4711" not in str(shown)
    assert "***" in str(shown)


def test_everything_else_stays_as_it_is() -> None:
    """A key is no secret, nor is a setting whose name is harmless."""
    value = {
        "key": ["AuthorizationKey"],
        "configurationKey": [
            {"key": "HeartbeatInterval", "value": "300"},
            {"key": "AuthorizationKey", "readonly": True},
        ],
        "location": "ftp://host/folder/",
        "text": "a@b",
        "number": 8.1,
        "nothing": None,
    }
    assert redacted(value) == value
    assert redacted({"key": "LocalPreAuthorize", "value": "true"})["value"] == "true"


def test_an_address_stays_readable() -> None:
    """Where it leads is no secret."""
    assert redacted_text("ftp://user:pass@host/folder?sig=1") == "ftp://***@host/folder?***"


def test_what_is_hidden_by_name_is_taken_out_everywhere() -> None:
    """The address for an upload holds a word that opens it."""
    shown = redacted({"log": {"remoteLocation": "http://192.0.2.1:8889/tok/"}, "a": ["tok"]}, ("tok",))
    assert shown == {"log": {"remoteLocation": "http://192.0.2.1:8889/***/"}, "a": ["***"]}


def test_what_is_nested_without_end_is_hidden() -> None:
    """No walk goes deeper than any message."""
    deep: Any = SECRET
    for _ in range(200):
        deep = [deep]
    assert SECRET not in str(redacted({"a": deep}))
