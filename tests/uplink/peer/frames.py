"""Frames of OCPP-J 1.6, taken and written with plain JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

CALL, CALLRESULT, CALLERROR = 2, 3, 4
LONGEST_ID = 36
ERROR_CODES = frozenset(
    {
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",
        "TypeConstraintViolation",
        "GenericError",
    }
)
"""[spec] OCPP-J 1.6, with its spelling"""


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
