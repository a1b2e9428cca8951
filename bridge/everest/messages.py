"""Topics and payloads of EVerest's MQTT, in the form of EVerest 2026.02 (framework 0.25).

`P` is the prefix (`everest`), `M` the module, `I` the implementation [doc: lib/everest/framework/docs/
MQTTCommunication.md; where that text and the framework's code differ, the code counts]:

    P/modules/M/impl/I/var/<name>                      {"data": {"data": <value>}, "msg_type": "Var"}
    P/modules/M/impl/I/cmd/<name>                      {"data": {"id", "args", "origin"}, "msg_type": "Cmd"}
    P/modules/M/impl/I/cmd/<name>/response/<origin>    {"data": {"type": "result", "data": {"id", "origin", and
                                                        "retval" or "error"}}, "msg_type": "CmdResult"}

Before autumn 2025 all commands shared one topic `cmd` and all variables `var`; that form is not spoken here. All goes
at QoS 2, and nothing is retained, as EVerest does it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bridge.ocppj.json_text import NotJsonError, read_json, write_json

PAYLOAD_LIMIT_BYTES: Final = 65_536
_ORIGIN: Final = re.compile(r"[^+#/\x00-\x1f\x7f]{1,128}")
"""what may be one level of a topic"""
_SAFE: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


class ErrorType(StrEnum):
    """Why a command has no result [doc: EVerest's CmdErrorType]."""

    PARSING = "MessageParsingError"
    SCHEMA = "SchemaValidationError"
    HANDLER = "HandlerException"
    TIMEOUT = "CmdTimeout"
    NOT_READY = "NotReady"


@dataclass(frozen=True, slots=True)
class Call:
    """A command as it came."""

    command: str
    call_id: object
    """any JSON; given back as it came"""
    origin: str
    """who waits for the answer"""
    arguments: object


class UnanswerableError(Exception):
    """A message names nobody whom an answer would reach; the text says why and shows nothing of the message."""


def module_id(charger: str, csms: str) -> str:
    """Return the name of a station as a module of EVerest: `chargebridge_<charger>_<csms>`.

    Two stations never share one: an underscore of the charger's own is doubled, and what may not stand in a topic
    is written as a dot and two hexadecimal digits per byte.
    """
    return f"chargebridge_{_safe(charger).replace('_', '__')}_{_safe(csms)}"


def _safe(name: str) -> str:
    return "".join(c if c in _SAFE else "".join(f".{byte:02x}" for byte in c.encode()) for c in name)


def topic_of(prefix: str, module: str, implementation: str) -> str:
    """Return the levels that all topics of an implementation begin with."""
    return f"{prefix}/modules/{module}/impl/{implementation}"


def read_call(command: str, payload: bytes) -> Call:
    """Read a command; raises UnanswerableError.

    EVerest wraps the call in `data`; without that it is taken too, as EVerest's text has it.
    """
    if len(payload) > PAYLOAD_LIMIT_BYTES:
        raise UnanswerableError(f"it is longer than {PAYLOAD_LIMIT_BYTES} bytes")
    try:
        message = read_json(payload)
    except NotJsonError as error:
        raise UnanswerableError(str(error)) from None
    call = message.get("data", message) if isinstance(message, dict) else None
    if not isinstance(call, dict) or "id" not in call:
        raise UnanswerableError("it has no id")
    origin = call.get("origin")
    if not isinstance(origin, str) or _ORIGIN.fullmatch(origin) is None:
        raise UnanswerableError("its origin is not one level of a topic")
    return Call(command, call["id"], origin, call.get("args", {}))


def result_payload(call: Call, module: str, result: object) -> str:
    """Return the answer to a command that came to its end."""
    return _answer({"id": call.call_id, "origin": module, "retval": result})


def error_payload(call: Call, module: str, error: ErrorType, sentence: str) -> str:
    """Return the answer to a command that has no result."""
    told = {"__everest__error_type": error.value, "__everest__error_msg": sentence}
    return _answer({"id": call.call_id, "origin": module, "error": told})


def _answer(data: dict[str, Any]) -> str:
    return write_json({"data": {"type": "result", "data": data}, "msg_type": "CmdResult"})


def variable_payload(value: object) -> str:
    """Return the value of a variable; ValueError or TypeError for what is no JSON."""
    return write_json({"data": {"data": value}, "msg_type": "Var"})
