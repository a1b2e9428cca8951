"""The frames of OCPP-J: a JSON list that says call, result or error, read from anything and written strictly.

What a peer sends is read as far as it has one meaning. A call that has none still deserves an answer, so an error
carries the message id wherever one can be made out; an answer that has none gets no answer, or two peers could keep
complaining to each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.errors import Blame, BridgeError
from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.json_text import NotJsonError, read_json, write_json

ID_LENGTH: Final = 36
"""characters of a message id that OCPP allows [spec]; longer ones are taken"""
LONGEST_ID: Final = 255
"""characters; ids are remembered, so there is an end to them"""
LONGEST_DESCRIPTION: Final = 255
"""characters of an error's description [spec]"""
LONGEST_CODE: Final = 50
"""characters of an error's code that are kept"""

_CALL, _RESULT, _ERROR, _RESULT_ERROR, _SEND = 2, 3, 4, 5, 6
_CALL_ITEMS, _RESULT_ITEMS, _FEWEST_ERROR_ITEMS, _ERROR_ITEMS = 4, 3, 3, 5
_CALL_IN_RUINS: Final = re.compile(r'\s*\[\s*2\s*,\s*(?:"((?:[^"\\]|\\.){0,255})"|(-?[0-9]{1,36}))\s*,', re.ASCII)
"""the beginning of a call, whatever comes after it"""
_ANSWER_IN_RUINS: Final = re.compile(r"\s*\[\s*[3-6]\s*,", re.ASCII)


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody asks for something."""

    message_id: str
    action: str
    payload: Any = field(repr=False)
    """as it came; an object by the standard, and null from some central systems [doc]"""


@dataclass(frozen=True, slots=True)
class CallResult:
    """The answer to a call."""

    message_id: str
    payload: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallError:
    """A call was not worked on."""

    message_id: str
    code: str
    """the peer's own word; `codes.code_of` reads it"""
    description: str = ""
    details: Any = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class CallResultError:
    """An answer could not be used by the one who had asked (2.1 only)."""

    message_id: str
    code: str
    description: str = ""
    details: Any = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """Somebody tells something and wants no answer (2.1 only)."""

    message_id: str
    action: str
    payload: Any = field(repr=False)


Frame = Call | CallResult | CallError | CallResultError | Send


class BadFrameError(BridgeError):
    """What arrived is no frame; nothing of it is shown, because it may hold a secret."""

    blame = Blame.SERVER

    def __init__(self, code: ErrorCode, message_id: str | None, why: str, *, may_be_call: bool = True) -> None:
        super().__init__(
            "OCPP frame", why, todo="The sender has to correct it.", meanwhile="The connection stays as it is."
        )
        self.code = code
        self.message_id = message_id
        """id of a call that can be answered with an error; None when nothing can or may be answered"""
        self.why = why
        self.may_be_call = may_be_call
        """False for a broken answer, to which nothing is said"""


def parse_frame(text: str | bytes) -> Frame:
    """Read one frame; BadFrameError and nothing else for what is none, whatever it is."""
    try:
        items = read_json(text)
    except NotJsonError as error:
        raise _ruin(text, str(error)) from None
    if not isinstance(items, list) or not items:
        raise BadFrameError(ErrorCode.RPC_FRAMEWORK_ERROR, None, "it is not a list with something in it")
    kind = items[0]
    if type(kind) is not int or kind not in _READERS:
        looks_like_call = len(items) == _CALL_ITEMS and isinstance(items[2], str)
        raise BadFrameError(
            ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED,
            _id_of(items) if looks_like_call else None,
            "its message type is none of 2 to 6",
            may_be_call=looks_like_call,
        )
    return _READERS[kind](items)


def pack(frame: Frame) -> str:
    """Write a frame as compact JSON; the description of an error is cut to what OCPP allows.

    ValueError or TypeError when the payload is no JSON (NaN, half a surrogate pair, an object of Python's): a defect.
    """
    match frame:
        case Call():
            items = [_CALL, frame.message_id, frame.action, frame.payload]
        case Send():
            items = [_SEND, frame.message_id, frame.action, frame.payload]
        case CallResult():
            items = [_RESULT, frame.message_id, frame.payload]
        case CallError() | CallResultError():
            kind = _ERROR if isinstance(frame, CallError) else _RESULT_ERROR
            description = frame.description[:LONGEST_DESCRIPTION].encode("utf-8", "replace").decode("utf-8")
            items = [kind, frame.message_id, frame.code, description, frame.details]
    return write_json(items)


def _call(items: list[Any]) -> Call:
    message_id = _id_of(items)
    if len(items) != _CALL_ITEMS:
        raise _bad(message_id, f"a call is a list of {_CALL_ITEMS}, not of {len(items)}")
    if message_id is None or not isinstance(items[1], str):
        raise _bad(message_id, f"its message id is no text of up to {LONGEST_ID} characters")
    if not isinstance(items[2], str):
        raise _bad(message_id, "its action is no text")
    return Call(message_id, items[2], items[3])


def _send(items: list[Any]) -> Send:
    try:
        call = _call(items)
    except BadFrameError as error:
        raise _bad_answer(error.why) from None
    return Send(call.message_id, call.action, call.payload)


def _result(items: list[Any]) -> CallResult:
    if len(items) != _RESULT_ITEMS or not isinstance(items[1], str):
        raise _bad_answer(f"an answer is a list of {_RESULT_ITEMS} with a text as its message id")
    return CallResult(items[1], items[2])


def _error(items: list[Any]) -> CallError:
    """Read an error; the call is refused in any case, so description and details may be missing or wrong."""
    if not _FEWEST_ERROR_ITEMS <= len(items) <= _ERROR_ITEMS or not all(isinstance(item, str) for item in items[1:3]):
        raise _bad_answer(f"an error is a list of {_ERROR_ITEMS} with texts as its message id and its code")
    _, message_id, code, *rest = items
    description = rest[0] if rest and isinstance(rest[0], str) else ""
    details = rest[1] if len(rest) > 1 else {}
    return CallError(message_id, code[:LONGEST_CODE], description, details)


def _result_error(items: list[Any]) -> CallResultError:
    error = _error(items)
    return CallResultError(error.message_id, error.code, error.description, error.details)


_READERS: Final[Mapping[int, Callable[[list[Any]], Frame]]] = {
    _CALL: _call,
    _RESULT: _result,
    _ERROR: _error,
    _RESULT_ERROR: _result_error,
    _SEND: _send,
}


def _bad(message_id: str | None, why: str) -> BadFrameError:
    return BadFrameError(ErrorCode.RPC_FRAMEWORK_ERROR, message_id, why)


def _bad_answer(why: str) -> BadFrameError:
    return BadFrameError(ErrorCode.RPC_FRAMEWORK_ERROR, None, why, may_be_call=False)


def _id_of(items: list[Any]) -> str | None:
    """Return the message id, or a number in its place as text, so that something can be answered."""
    found = items[1] if len(items) > 1 else None
    if type(found) is int:
        found = str(found)
    return found if isinstance(found, str) and len(found) <= LONGEST_ID else None


def _ruin(text: str | bytes, why: str) -> BadFrameError:
    """Make out what can be made out of a frame that cannot be read: cut off, nested too deeply, with NaN in it."""
    begun = text if isinstance(text, str) else text.decode("utf-8", "replace")
    if _ANSWER_IN_RUINS.match(begun):
        return _bad_answer(why)
    match = _CALL_IN_RUINS.match(begun)
    if match is None:
        return _bad(None, why)
    quoted, number = match.groups()
    try:
        return _bad(number or read_json(f'"{quoted}"'), why)
    except NotJsonError:
        return _bad(None, why)
