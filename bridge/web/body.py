"""What a request carries, within a bound."""

from __future__ import annotations

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bridge.ocppj.json_text import NotJsonError, read_json
from bridge.web.answers import BAD_REQUEST, TOO_LARGE

BODY_LIMIT_BYTES: Final = 65_536


async def json_object(request: Request) -> dict[str, Any]:
    """Return the object in the body, an empty one for an empty body; raises HTTPException (400, 413)."""
    value = await json_value(request)
    if not isinstance(value, dict):
        raise HTTPException(BAD_REQUEST, "the body is not a JSON object with the arguments by their names")
    return value


async def json_value(request: Request) -> Any:
    """Return what the body says, an empty object for an empty body; raises HTTPException (400, 413)."""
    body = await whole_body(request)
    if not body.strip():
        return {}
    try:
        return read_json(body)
    except NotJsonError as error:
        raise HTTPException(BAD_REQUEST, f"the body cannot be used: {error}") from None


async def whole_body(request: Request) -> bytes:
    """Return the body as it came; raises HTTPException (413)."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise HTTPException(TOO_LARGE, f"the body is longer than {BODY_LIMIT_BYTES} bytes")
    return bytes(body)
