"""What a person sets for EVerest's interface over MQTT."""

from __future__ import annotations

import re
import ssl

import pytest
from pydantic import ValidationError

from bridge.everest.options import MqttOptions


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("mqtt://192.168.1.5", "192.168.1.5", 1883, False),
        ("mqtt://broker.local:1884", "broker.local", 1884, False),
        ("mqtts://broker.local", "broker.local", 8883, True),
        ("mqtt://[::1]:1883", "::1", 1883, False),
    ],
)
def test_an_address_is_host_port_and_scheme(url: str, host: str, port: int, *, tls: bool) -> None:
    """Ports follow the scheme when not given; brackets belong to the address only."""
    options = MqttOptions(url=url)
    assert (options.host, options.port, options.tls, options.prefix) == (host, port, tls, "everest")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "http://broker"}, "String should match pattern"),
        ({"url": "mqtt://user:word@broker"}, "String should match pattern"),
        ({"url": "mqtt://broker:99999"}, "a port from 1 to 65535"),
        ({"url": "mqtt://broker:0"}, "a port from 1 to 65535"),
        ({"url": "mqtt://[::1"}, "a port from 1 to 65535"),
        ({"url": "mqtt://:1883"}, "a port from 1 to 65535"),
        ({"url": "mqtt://b", "prefix": "everest/"}, "String should match pattern"),
        ({"url": "mqtt://b", "prefix": "a/#"}, "String should match pattern"),
        ({"url": "mqtt://b", "password_file": "p"}, "a password needs a username"),
        ({"url": "mqtt://b", "username": "u", "password_file": "p", "password_env": "P"}, "exclude each other"),
        ({"url": "mqtt://b", "usrname": "u"}, "Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_told(given: dict[str, str], said: str) -> None:
    """Each wrong key or value is named with what is allowed."""
    with pytest.raises(ValidationError, match=re.escape(said)):
        MqttOptions.model_validate(given)


def test_only_an_encrypted_connection_believes_certificates() -> None:
    """Certificates are checked with the host's name unless told otherwise."""
    broker = pytest.importorskip("bridge.everest.broker", reason="the extra mqtt is not installed")

    assert broker.tls_context(MqttOptions(url="mqtt://b")) is None
    strict = broker.tls_context(MqttOptions(url="mqtts://b"))
    lax = broker.tls_context(MqttOptions(url="mqtts://b", verify_tls=False))
    assert (strict.check_hostname, strict.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert (lax.check_hostname, lax.verify_mode) == (False, ssl.CERT_NONE)
