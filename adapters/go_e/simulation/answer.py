"""An HTTP answer, and how faults spoil one."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from adapters.go_e.simulation.faults import Faults
from adapters.go_e.simulation.options import FaultKind

_PAGE = b"<!DOCTYPE html>\n<html><head><title>Router</title></head><body>Sign in</body></html>\n"
_REFUSALS = {FaultKind.SERVER_ERROR: 500, FaultKind.NOT_FOUND: 404}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire."""

    body: bytes = b""
    status: int = 200
    content_type: bytes = b"application/json"
    cut: bool = False
    """send half of the body under the length of the whole and close the connection"""


def write(document: object, status: int = 200) -> Answer:
    """Return an answer in JSON without blanks."""
    return Answer(json.dumps(document, separators=(",", ":")).encode(), status)


def refusal(status: int) -> Answer:
    """Return a bare refusal as a web server gives it: no body."""
    return Answer(status=status, content_type=b"text/plain")


def refused(faults: Faults, path: str) -> Answer | None:
    """Return the bare status that a fault answers with, if one is active."""
    fault = faults.take(path, *_REFUSALS)
    return None if fault is None else refusal(_REFUSALS[fault.kind])


def spoilt(faults: Faults, path: str, answer: Answer) -> Answer:
    """Return the charger's own answer, spoilt if a fault of that kind is active."""
    fault = faults.take(path, FaultKind.HTML, FaultKind.INVALID_JSON, FaultKind.TRUNCATED)
    if fault is None:
        return answer
    if fault.kind is FaultKind.HTML:
        return Answer(_PAGE, content_type=b"text/html")
    if fault.kind is FaultKind.INVALID_JSON:
        return replace(answer, body=answer.body[:-1] + b",,")
    return replace(answer, cut=True)
