"""What every answer carries and every request must show: security headers, the Host check, and whence a write comes."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.web.answers import json_answer
from bridge.web.options import is_loopback

_FORBIDDEN = 403
_UNSUPPORTED_TYPE = 415
_MISDIRECTED = 421
_TAKES_TEXT = "/api/v1/central/"
_OF_BROWSERS = ("origin", "referer", "cookie", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
# The chart library writes style sheets and style attributes at run time, hence the one exception; a style can do
# little here, because nothing may be loaded from elsewhere and the page builds itself from text only.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class SecurityHeaders:
    """ASGI middleware: puts the headers on every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to what comes back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class HostGuard:
    """ASGI middleware for a server on loopback: refuses names that are not this computer's.

    A page from elsewhere can let its own name point at 127.0.0.1 and read what a browser on this computer may
    read; its requests then carry its name in Host.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421 to a name that is not ours."""
        name = host_name(Headers(scope=scope).get("host", ""))
        if is_loopback(name) or name in self._names:
            await self._app(scope, receive, send)
            return
        sentence = (
            "This page answers to localhost, 127.0.0.1 and [::1] only, and was asked for by another name. "
            "For a reverse proxy, list its public name under names of web."
        )
        await json_answer({"error": sentence}, _MISDIRECTED)(scope, receive, send)


class WriteGuard:
    """ASGI middleware: lets a page of another site change nothing through a browser that may.

    What changes something must be JSON, which no form sends and no foreign script may send unasked; and where the
    browser says from which page it comes, that must be ours. A script outside of a browser says nothing of the kind,
    and may therefore send the arguments of an OCPP operation as plain text too.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403 or 415."""
        guarded = scope["path"].startswith("/api/") and scope["method"] not in _READS
        refusal = self._refuse(Headers(scope=scope), scope["path"]) if guarded else None
        await (refusal or self._app)(scope, receive, send)

    def _refuse(self, headers: Headers, path: str) -> Response | None:
        site = headers.get("sec-fetch-site", "same-origin")
        if site != "same-origin" or not self._is_ours(headers.get("origin"), headers.get("host", "")):
            sentence = "A page of another site asked for this; only the bridge's own page may change something."
            return json_answer({"error": sentence}, _FORBIDDEN)
        sort = media_type(headers)
        is_text = sort == "text/plain" and path.startswith(_TAKES_TEXT) and not any(n in headers for n in _OF_BROWSERS)
        if sort != "application/json" and not is_text:
            sentence = "Send this as JSON, with «content-type: application/json»."
            return json_answer({"error": sentence}, _UNSUPPORTED_TYPE)
        return None

    def _is_ours(self, origin: str | None, host: str) -> bool:
        """Tell whether a page at this origin is ours; a proxy may know us by a public name."""
        if origin is None:
            return True
        scheme, _, place = origin.lower().partition("://")
        return scheme in {"http", "https"} and (place == host.lower() or host_name(place) in self._names)


def media_type(headers: Headers) -> str:
    """Return what the body is said to be, in lower case and without parameters; empty where nothing is said."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def host_name(host: str) -> str:
    """Return the name of a Host header without its port and brackets, empty when it is not one."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
