"""Frames of OCPP-J, taken and written with plain JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

CALL, CALLRESULT, CALLERROR = 2, 3, 4
LONGEST_ID = 36
_COMMON_CODES = {
    "NotImplemented",
    "NotSupported",
    "InternalError",
    "ProtocolError",
    "SecurityError",
    "PropertyConstraintViolation",
    "TypeConstraintViolation",
    "GenericError",
}
_CODES_OF_16 = frozenset({*_COMMON_CODES, "FormationViolation", "OccurenceConstraintViolation"})
_CODES_OF_2 = frozenset(
    {
        *_COMMON_CODES,
        "FormatViolation",
        "MessageTypeNotSupported",
        "OccurrenceConstraintViolation",
        "RpcFrameworkError",
    }
)


def error_codes(version: str) -> frozenset[str]:
    """Return the codes that a version has for a CALLERROR, with its spelling [spec: OCPP-J]."""
    return _CODES_OF_16 if version == "1.6" else _CODES_OF_2


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: a CALL has an action and a payload, a CALLRESULT a payload, a CALLERROR code, text and details."""

    sort: int
    message_id: str
    action: str = ""
    payload: Any = None
    code: str = ""
    description: str = ""
    details: Any = None


def read_frame(text: str) -> Frame:
    """Read a frame; ValueError says what is wrong with it."""
    match json.loads(text):
        case [2, str(message_id), str(action), dict(payload)]:
            frame = Frame(CALL, message_id, action=action, payload=payload)
        case [3, str(message_id), dict(payload)]:
            frame = Frame(CALLRESULT, message_id, payload=payload)
        case [4, str(message_id), str(code), str(description), dict(details)]:
            frame = Frame(CALLERROR, message_id, code=code, description=description, details=details)
        case _:
            raise ValueError(f"no frame of OCPP-J: {text[:120]}")
    if len(frame.message_id) > LONGEST_ID:
        raise ValueError(f"a message id of {len(frame.message_id)} characters")
    return frame


def call_text(message_id: str, action: str, payload: Any) -> str:
    """Write a CALL."""
    return json.dumps([CALL, message_id, action, payload])


def result_text(message_id: str, payload: Any) -> str:
    """Write a CALLRESULT."""
    return json.dumps([CALLRESULT, message_id, payload])


def error_text(message_id: str, code: str, description: str) -> str:
    """Write a CALLERROR."""
    return json.dumps([CALLERROR, message_id, code, description, {}])
