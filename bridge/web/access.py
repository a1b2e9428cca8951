"""Who may look: a token in a header, or a cookie that stands for it."""

from __future__ import annotations

import hashlib
import hmac
import math
from http.cookies import CookieError, SimpleCookie

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge.web.answers import TOO_MANY_REQUESTS, UNAUTHORIZED, json_answer
from bridge.web.attempts import Attempts

COOKIE = "chargebridge"
COOKIE_AGE_S = 30 * 86_400
_SEE_OTHER = 303
_OPEN_PREFIXES = ("/static/",)
_OPEN_PATHS = frozenset({"/login"})
_COOKIE_PURPOSE = b"chargebridge page cookie, version 1"


class TokenCheck:
    """Compares in constant time; knows the cookie that stands for the token.

    The cookie is a keyed hash, so it survives a restart, does not show the token, and dies with it.
    """

    def __init__(self, token: SecretStr) -> None:
        self._token = token.get_secret_value().encode()
        self.cookie = hmac.new(self._token, _COOKIE_PURPOSE, hashlib.sha256).hexdigest()

    def is_token(self, given: str) -> bool:
        """Tell whether this is the token."""
        return hmac.compare_digest(given.encode(errors="replace"), self._token)

    def is_cookie(self, given: str) -> bool:
        """Tell whether this cookie stands for the token."""
        return hmac.compare_digest(given.encode(errors="replace"), self.cookie.encode())


def client_address(connection: HTTPConnection) -> str:
    """Return the address of the other side, empty when the transport does not tell it."""
    return connection.client.host if connection.client else ""


def too_many(wait_s: float) -> Response:
    """Answer that this address guessed too often."""
    seconds = math.ceil(wait_s)
    sentence = f"Too many wrong tokens from this address. Try again in {seconds} s."
    return json_answer({"error": sentence}, TOO_MANY_REQUESTS, {"retry-after": str(seconds)})


class TokenGuard:
    """ASGI middleware: lets through the login page, static files, and whoever shows token or cookie."""

    def __init__(self, app: ASGIApp, check: TokenCheck, attempts: Attempts) -> None:
        self._app = app
        self._check = check
        self._attempts = attempts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401, 429 or the way to the login page."""
        refusal = None if self._is_open(scope["path"]) else self._refuse(HTTPConnection(scope))
        await (refusal or self._app)(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return path in _OPEN_PATHS or path.startswith(_OPEN_PREFIXES)

    def _refuse(self, connection: HTTPConnection) -> Response | None:
        scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._refuse_bearer(client_address(connection), bearer.strip())
        if self._check.is_cookie(_cookie(connection.headers)):
            return None
        if "text/html" in connection.headers.get("accept", ""):
            return RedirectResponse("/login", _SEE_OTHER, {"cache-control": "no-store"})
        return _unauthorized("This needs a token: send it as «Authorization: Bearer …», or log in at /login.")

    def _refuse_bearer(self, address: str, bearer: str) -> Response | None:
        if wait_s := self._attempts.wait_s(address):
            return too_many(wait_s)
        if self._check.is_token(bearer):
            self._attempts.succeeded(address)
            return None
        self._attempts.failed(address)
        return _unauthorized("This is not the token that the bridge was given; see token_file or token_env of web.")


def _cookie(headers: Headers) -> str:
    """Return our cookie, empty when there is none or the header cannot be read."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _unauthorized(sentence: str) -> Response:
    return json_answer({"error": sentence}, UNAUTHORIZED, {"www-authenticate": "Bearer"})
