"""JSON as two strangers may exchange it: each text has one meaning, or it is refused.

Python's reader takes more than JSON is (NaN, 1e999, half of a surrogate pair) and decides silently which of two equal
keys counts. What it would let in could neither be stored nor be forwarded, so it is refused here, once.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

DEEPEST: Final = 50
"""levels of lists and objects; OCPP's own messages have ten, and every later walk through a payload relies on this"""
_LONGEST_NUMBER: Final = 300
"""digits; whatever is longer does not even fit a float"""
_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class NotJsonError(ValueError):
    """A text has no meaning, or more than one; the message says why and shows nothing of the text."""


def read_json(text: str | bytes) -> Any:
    """Read JSON; NotJsonError and nothing else for what is none."""
    try:
        if isinstance(text, bytes | bytearray):
            text = text.decode("utf-8")
        elif not text.isascii():
            text.encode("utf-8")
        value = _DECODER.decode(text)
        if _ESCAPED_SURROGATE.search(text):  # a pair has become one character by now
            _WRITER.encode(value).encode("utf-8")
    except UnicodeError:
        raise NotJsonError("it holds text that is not Unicode") from None
    except RecursionError:
        raise NotJsonError("it is nested too deeply") from None
    except NotJsonError:
        raise
    except json.JSONDecodeError as error:
        raise NotJsonError(f"it is not JSON from character {error.pos} on") from None
    except ValueError:
        raise NotJsonError("it is not JSON") from None
    if text.count("[") + text.count("{") > DEEPEST and _is_deeper(value, DEEPEST):
        raise NotJsonError("it is nested too deeply")
    return value


def write_json(value: Any) -> str:
    """Write compact JSON; ValueError or TypeError for what no JSON can say (NaN, half a surrogate pair, an object)."""
    text = _WRITER.encode(value)
    if not text.isascii():
        text.encode("utf-8")
    return text


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise NotJsonError("an object has the same key twice")
    return read


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotJsonError("a number is too large")
    return number


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise NotJsonError("a number is too large")
    return int(digits)


def _no_number(_: str) -> float:
    raise NotJsonError("NaN and Infinity are no JSON")


def _is_deeper(value: Any, levels: int) -> bool:
    """Tell whether lists and objects are nested more than so many levels; walks level by level, without recursion."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_int=_whole, parse_constant=_no_number
)
_WRITER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
