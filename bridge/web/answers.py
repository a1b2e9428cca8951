"""The shapes all answers share: JSON, streamed CSV, and errors as sentences."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bridge.errors import BridgeError
from bridge.types.ocpp.payload_error import PayloadError
from bridge.web.question import BadParameterError

BAD_REQUEST = 400
NOT_FOUND = 404
TOO_LARGE = 413
UNAUTHORIZED = 401
TOO_MANY_REQUESTS = 429
CONFLICT = 409
SERVER_ERROR = 500
NOT_IMPLEMENTED = 501
SERVICE_UNAVAILABLE = 503
GATEWAY_TIMEOUT = 504


def json_bytes(value: object) -> bytes:
    """Return compact JSON; NaN and infinity are errors because JSON has no such numbers."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def json_answer(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None, *, parts: Sequence[bytes] = ()
) -> Response:
    """Return a JSON answer that nobody caches; `parts` replaces the value by bytes already made."""
    body = b"".join(parts) if parts else json_bytes(value)
    return Response(
        body,
        status,
        {"cache-control": "no-store", **(headers or {})},
        media_type="application/json",
    )


def csv_answer(chunks: AsyncIterator[str], file_name: str) -> Response:
    """Return CSV that is sent as it is made, to be saved under `file_name`."""
    return StreamingResponse(
        chunks,
        headers={
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="{file_name}"',
        },
        media_type="text/csv; charset=utf-8; header=present",
    )


def bad_parameter(_request: Request, error: Exception) -> Response:
    """Answer 400 with the parameter, what was seen and what is allowed."""
    assert isinstance(error, BadParameterError)
    body = {
        "error": str(error),
        "parameter": error.where,
        "seen": error.value,
        "allowed": error.allowed,
    }
    return json_answer(body, BAD_REQUEST)


def payload_error(_request: Request, error: Exception) -> Response:
    """Answer 400 with every argument that is wrong."""
    assert isinstance(error, PayloadError)
    problems = [{"argument": problem.path, "said": problem.said} for problem in error.problems]
    return json_answer({"error": str(error), "problems": problems}, BAD_REQUEST)


def bridge_error(_request: Request, error: Exception) -> Response:
    """Answer 503: the bridge itself cannot answer now, for instance because its disk is full."""
    assert isinstance(error, BridgeError)
    return json_answer({"error": str(error)}, SERVICE_UNAVAILABLE)


def http_error(request: Request, error: Exception) -> Response:
    """Answer what routing refuses: 404, 405."""
    assert isinstance(error, HTTPException)
    sentence = f"{request.method} {request.url.path}: {error.detail}."
    return json_answer({"error": sentence}, error.status_code, error.headers)


def unexpected_error(_request: Request, _error: Exception) -> Response:
    """Answer 500 without details; the server logs the traceback."""
    return json_answer(
        {"error": "The bridge made a mistake while answering. Its log says more. Polling goes on."}, SERVER_ERROR
    )
