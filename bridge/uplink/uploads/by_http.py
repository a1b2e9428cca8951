"""A file on its way to an HTTP server."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import IO, Final

from bridge.http.tls import authority_context
from bridge.types.ocpp.v16.diagnostics import UploadLogStatus
from bridge.uplink.uploads.target import PIECE_BYTES, SILENCE_S, Target, TransferError

_CONNECT_S = 10.0
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
_WORDS: Final[Mapping[int, UploadLogStatus]] = {
    400: UploadLogStatus.BAD_MESSAGE,
    401: UploadLogStatus.PERMISSION_DENIED,
    403: UploadLogStatus.PERMISSION_DENIED,
    405: UploadLogStatus.NOT_SUPPORTED_OPERATION,
    411: UploadLogStatus.BAD_MESSAGE,
    415: UploadLogStatus.BAD_MESSAGE,
    422: UploadLogStatus.BAD_MESSAGE,
    501: UploadLogStatus.NOT_SUPPORTED_OPERATION,
}


async def send_by_http(target: Target, file: IO[bytes]) -> None:
    """PUT a file, or POST it where the server knows no PUT."""
    headers = {
        "Content-Type": "application/gzip",
        "Content-Length": str(file.seek(0, io.SEEK_END)),
        "User-Agent": "chargebridge",
        "Accept-Encoding": "identity",
    }
    if target.user is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{target.user}:{target.password}".encode()).decode()
    status = await _status_of("PUT", target, file, headers)
    if status in (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED):
        status = await _status_of("POST", target, file, headers)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    seen, said = f"the server answered {status}", _WORDS.get(status)
    if said is not None:
        raise TransferError(seen, said)
    raise TransferError(seen, waiting_helps=status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR)


async def _status_of(method: str, target: Target, file: IO[bytes], headers: Mapping[str, str]) -> int:
    """Send a file and return the answer's status. No redirect, no proxy, and the answer's body is not read."""
    import httpx  # noqa: PLC0415 -- a rare occasion

    async def pieces() -> AsyncIterator[bytes]:
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece

    timeout = httpx.Timeout(SILENCE_S, connect=_CONNECT_S)
    try:
        async with (
            httpx.AsyncClient(
                verify=authority_context(), trust_env=False, follow_redirects=False, timeout=timeout
            ) as client,
            client.stream(method, target.url, content=pieces(), headers=headers) as response,
        ):
            return response.status_code
    except httpx.InvalidURL:
        raise TransferError("nobody can be reached there", UploadLogStatus.BAD_MESSAGE) from None
    except httpx.ConnectError as error:
        raise TransferError(f"no connection: {str(error)[:200]}", waiting_helps=True) from None
    except httpx.HTTPError as error:
        raise TransferError(f"the line broke ({type(error).__name__})", waiting_helps=True) from None
