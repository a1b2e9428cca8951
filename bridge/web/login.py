"""`/login`: the small page that changes the token for a cookie."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bridge.web.access import COOKIE, COOKIE_AGE_S, TokenCheck, client_address
from bridge.web.answers import TOO_MANY_REQUESTS, UNAUTHORIZED
from bridge.web.attempts import Attempts

_MAX_BODY_BYTES = 4_096
_SEE_OTHER = 303
_HINT = "@hint@"
"""where the page takes a sentence"""


class Login:
    """Serves the page and takes the token; the token is in no URL, log or answer."""

    def __init__(self, page: str, check: TokenCheck, attempts: Attempts) -> None:
        self._page = page
        self._check = check
        self._attempts = attempts

    async def show(self, _request: Request) -> Response:
        """Answer the page."""
        return self._answer("", 200)

    async def take(self, request: Request) -> Response:
        """Answer a cookie for the right token, the page with a sentence for a wrong one."""
        address = client_address(request)
        if wait_s := self._attempts.wait_s(address):
            sentence = f"Too many wrong tokens from this address. Try again in {wait_s:.0f} s."
            return self._answer(sentence, TOO_MANY_REQUESTS)
        if not self._check.is_token(await _posted_token(request)):
            self._attempts.failed(address)
            return self._answer("This is not the token that the bridge was given.", UNAUTHORIZED)
        self._attempts.succeeded(address)
        answer = RedirectResponse("/", _SEE_OTHER, {"cache-control": "no-store"})
        answer.set_cookie(
            COOKIE,
            self._check.cookie,
            max_age=COOKIE_AGE_S,
            httponly=True,
            samesite="strict",
            secure=request.headers.get("x-forwarded-proto") == "https",
        )
        return answer

    def _answer(self, sentence: str, status: int) -> Response:
        return HTMLResponse(self._page.replace(_HINT, sentence), status, {"cache-control": "no-store"})


async def _posted_token(request: Request) -> str:
    """Return the field `token` of the form, empty when the body is too long or not such a form."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            return ""
    try:
        fields = parse_qs(body.decode(), max_num_fields=4)
    except ValueError:
        return ""
    return fields.get("token", [""])[0].strip()
