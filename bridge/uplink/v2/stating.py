"""What answers of 2.x have in common: a status with its reason, and the number that messages after it repeat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.ocpp.base import to_ocpp
from bridge.types.ocpp.status_info import StatusInfoType
from bridge.uplink.answer import Answer
from bridge.uplink.smart_charging.acceptance import Refusal

_CODE_AT_MOST: Final = 20
_TEXT_AT_MOST: Final = 512
"""in 2.0.1; twice that in 2.1"""


def stating(
    status: str,
    refusal: Refusal | None = None,
    then: Callable[[], Awaitable[None]] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Answer:
    """Return an answer with a status, its reason, and what else belongs into it."""
    payload: dict[str, Any] = {"status": str(status)}
    if refusal is not None:
        info = StatusInfoType(
            reason_code=refusal.code[:_CODE_AT_MOST], additional_info=refusal.why[:_TEXT_AT_MOST] or None
        )
        payload["statusInfo"] = to_ocpp(info)
    return Answer({**payload, **(more or {})}, then)


def hold_request_id(request_id: int) -> None:
    """Refuse a number that what follows could not repeat to all peers. Raises RefusedQuestionError."""
    if request_id < 0:
        raise RefusedQuestionError(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "requestId counts from 0")
