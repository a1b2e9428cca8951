"""An MQTT broker: a client for it, and the client library's errors made into sentences for people."""

from __future__ import annotations

import logging
import ssl
from typing import Final

from aiomqtt import Client, MqttCodeError, MqttError
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import SecretStr

from bridge.errors import Blame, BridgeError
from bridge.everest.options import MqttOptions

TIMEOUT_S: Final = 10.0
"""for each step with the broker"""
KEEP_ALIVE_S: Final = 20
"""a broker that says nothing for one and a half times that is gone"""
INCOMING_LIMIT: Final = 256
"""messages not looked at yet; more are lost"""
_LOGIN_REFUSED: Final = frozenset({4, 5, 134, 135})
"""bad user name or password, not authorised; in the codes of MQTT 3.1.1 and 5"""
_CLIENT_ID_REFUSED: Final = frozenset({2, 133})

_library_log = logging.getLogger("bridge.everest.client")
_library_log.setLevel(logging.CRITICAL)  # what matters of it is told here, once and in sentences


class BrokerError(BridgeError):
    """The broker cannot be used; commands and variables over MQTT wait."""

    blame = Blame.NETWORK
    waiting_helps = True


class BrokerRefusedError(BrokerError):
    """The broker answers and does not want this client."""

    blame = Blame.OPERATOR


def tls_context(options: MqttOptions) -> ssl.SSLContext | None:
    """Return what an encrypted connection believes, None for a plain one."""
    if not options.tls:
        return None
    context = ssl.create_default_context()
    if not options.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def new_client(options: MqttOptions, password: SecretStr | None, tls: ssl.SSLContext | None) -> Client:
    """Return a client that is not connected yet; MQTT 3.1.1, and the broker keeps nothing for it while it is away."""
    return Client(
        options.host,
        options.port,
        username=options.username,
        password=password.get_secret_value() if password else None,
        identifier=options.client_id,
        clean_session=True,
        timeout=TIMEOUT_S,
        keepalive=KEEP_ALIVE_S,
        max_queued_incoming_messages=INCOMING_LIMIT,
        tls_context=tls,
        logger=_library_log,
    )


def explain(where: str, error: MqttError) -> BrokerError:
    """Return the library's error as one for people."""
    if isinstance(error, MqttConnectError):
        return _explain_refusal(where, error)
    if isinstance(error, MqttCodeError) or "isconnected" in str(error):
        return BrokerError(where, "the connection broke", todo="Look whether the broker runs and was not restarted")
    return BrokerError(
        where,
        f"the broker is not reached ({str(error) or 'no reason given'})",
        todo="Check that it runs, and host, port and scheme of url under mqtt",
    )


def _explain_refusal(where: str, error: MqttConnectError) -> BrokerError:
    code = error.rc.value if isinstance(error.rc, ReasonCode) else error.rc
    if code in _LOGIN_REFUSED:
        return BrokerRefusedError(
            where, "the broker does not let this user in", todo="Check username and password under mqtt"
        )
    if code in _CLIENT_ID_REFUSED:
        return BrokerRefusedError(
            where, "the broker does not take the client id", todo="Set another client_id under mqtt, or none"
        )
    return BrokerError(where, f"the broker refuses the connection (code {code})", todo="Look at the broker's log")


def refused_topics(where: str) -> BrokerRefusedError:
    """Return the error of a broker that lets nobody subscribe to the commands."""
    return BrokerRefusedError(
        where,
        "the broker does not let this user receive the commands of EVerest's interfaces",
        todo="Allow the topics under prefix for it in the broker's access list",
    )
