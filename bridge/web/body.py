"""The JSON object that a request carries, within a bound."""

from __future__ import annotations

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bridge.ocppj.json_text import NotJsonError, read_json
from bridge.web.answers import BAD_REQUEST, TOO_LARGE

BODY_LIMIT_BYTES: Final = 65_536


async def json_object(request: Request) -> dict[str, Any]:
    """Return the object in the body, an empty one for an empty body; raises HTTPException (400, 413)."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise HTTPException(TOO_LARGE, f"the body is longer than {BODY_LIMIT_BYTES} bytes")
    if not body.strip():
        return {}
    try:
        value = read_json(bytes(body))
    except NotJsonError as error:
        raise HTTPException(BAD_REQUEST, f"the body cannot be used: {error}") from None
    if not isinstance(value, dict):
        raise HTTPException(BAD_REQUEST, "the body is not a JSON object with the arguments by their names")
    return value
