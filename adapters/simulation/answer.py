"""An HTTP answer of a simulated charger, and how faults change one: in its place, or spoiling it on the way out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.simulation.faults import Faults, Strike

_LOGIN_PAGE = b"""<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><form method="post"><input name="user"><input name="pass" type="password"></form></body></html>
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire."""

    body: bytes = b""
    status: int = 200
    content_type: bytes = b"application/json; charset=utf-8"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    cut: bool = False
    """send half of the body under the length of the whole and close the connection"""


def write_json(content: object) -> bytes:
    """Write JSON without blanks."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def refusal(status: int, *headers: tuple[bytes, bytes]) -> Answer:
    """Return a bare refusal as a web server gives it: no body."""
    return Answer(status=status, content_type=b"text/plain", headers=headers)


_STATUSES = {
    Strike.UNAUTHORIZED: 401,
    Strike.SERVER_ERROR: 500,
    Strike.NOT_FOUND: 404,
    Strike.UNAVAILABLE: 503,
    Strike.TOO_MANY: 429,
}
_PATIENCE = (Strike.UNAVAILABLE, Strike.TOO_MANY)
_SPOILERS: Mapping[Strike, Callable[[Answer], Answer]] = {
    Strike.HTML: lambda _: Answer(_LOGIN_PAGE, content_type=b"text/html; charset=utf-8"),
    Strike.INVALID_JSON: lambda answer: replace(answer, body=answer.body[:-1] + b",,"),
    Strike.TRUNCATED: lambda answer: replace(answer, cut=True),
}


def refused(faults: Faults[Any], path: str) -> Answer | None:
    """Return the bare status that a fault answers with, if one is active."""
    fault = faults.take(path, *_STATUSES)
    if fault is None:
        return None
    headers = ((b"retry-after", str(fault.retry_after_s).encode()),) if fault.kind in _PATIENCE else ()
    return refusal(_STATUSES[Strike(fault.kind)], *headers)


def spoilt(faults: Faults[Any], path: str, answer: Answer) -> Answer:
    """Return the charger's own answer, spoilt if a fault of that kind is active."""
    fault = faults.take(path, *_SPOILERS)
    return _SPOILERS[Strike(fault.kind)](answer) if fault else answer
