"""How faults change an answer: in place of the charger's own, or spoiling it on the way out."""

from __future__ import annotations

from adapters.etrel.simulation.answer import Answer, as_html, as_invalid_json, as_truncated, refusal
from adapters.etrel.simulation.faults import Faults
from adapters.etrel.simulation.options import FaultKind

_STATUSES = {
    FaultKind.UNAUTHORIZED: 401,
    FaultKind.SERVER_ERROR: 500,
    FaultKind.NOT_FOUND: 404,
    FaultKind.UNAVAILABLE: 503,
    FaultKind.TOO_MANY: 429,
}
_PATIENCE = (FaultKind.UNAVAILABLE, FaultKind.TOO_MANY)
_SPOILERS = {
    FaultKind.HTML: as_html,
    FaultKind.INVALID_JSON: as_invalid_json,
    FaultKind.TRUNCATED: as_truncated,
}


def refused(faults: Faults, path: str) -> Answer | None:
    """Return the bare status that a fault answers with, if one is active."""
    fault = faults.take(path, *_STATUSES)
    if fault is None:
        return None
    headers = ((b"retry-after", str(fault.retry_after_s).encode()),) if fault.kind in _PATIENCE else ()
    return refusal(_STATUSES[fault.kind], *headers)


def spoilt(faults: Faults, path: str, answer: Answer) -> Answer:
    """Return the charger's own answer, spoilt if a fault of that kind is active."""
    fault = faults.take(path, *_SPOILERS)
    return _SPOILERS[fault.kind](answer) if fault else answer
