"""What an InfluxDB's answer, or its absence, means for the delivery. Imports the client library."""

from __future__ import annotations

import json
from collections.abc import Callable

from influxdb_client.rest import ApiException
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)

from bridge.errors import (
    SinkBusyError,
    SinkError,
    SinkRefusedError,
    SinkRejectedError,
    SinkUnavailableError,
)

_MAX_SEEN = 500
_ADVICE_BY_STATUS = {
    401: "Check the token: it is wrong, or none was given",
    403: "Give the token the right to write to this bucket",
    404: "Check url, org and bucket: one of them does not exist there, or the server has no /api/v2/write",
}
_BY_SERVER = ("x-influxdb-version", "x-influxdb-build", "x-platform-error-code", "x-server-hostname")
"""headers that InfluxDB and VictoriaMetrics send [seen, doc]; a proxy in front of them does not"""


Hide = Callable[[str], str]
"""takes secrets out of a text that came from outside"""


def translate(where: str, error: Exception, hide: Hide) -> SinkError:
    """Return the bridge's error for one that the client library raised; `hide` has seen all its words."""
    if isinstance(error, ApiException):
        return _from_answer(where, error, hide) if error.status else _from_tls(where, error, hide)
    if isinstance(error, HTTPError):
        return SinkUnavailableError(where, _silence(error), todo="Check that the server runs and url is right")
    seen = _short(hide(f"the client library failed ({type(error).__name__}: {error})"))
    return SinkUnavailableError(where, seen, todo="Report this: it was not foreseen")


def _from_answer(where: str, error: ApiException, hide: Hide) -> SinkError:
    status, said = int(error.status), _short(hide(_said(error)))
    seen = f"answered {status}: {said}" if said else f"answered {status} {error.reason or ''}".rstrip()
    if status in {408, 429, 500}:
        todo = "" if status == 429 else "See the server's own log"  # noqa: PLR2004 -- HTTP's numbers are names
        return SinkBusyError(where, seen, todo=todo, retry_after_s=_retry_after_s(error))
    if status > 500:  # noqa: PLR2004 -- the same; 502 to 504 are also what a proxy says of a server that is gone
        todo = "See the server's own log"
        return SinkUnavailableError(where, seen, todo=todo, retry_after_s=_retry_after_s(error))
    if status == 413 or (status in {400, 422} and _is_by_server(error)):  # noqa: PLR2004 -- the same
        return SinkRejectedError(where, seen, todo="Look at what was set aside: the server names the reason")
    if 300 <= status < 400:  # noqa: PLR2004 -- the same
        todo = "Write the final address as url: redirects are not followed, as the token would go along"
    else:
        todo = _ADVICE_BY_STATUS.get(status, "Check url, its port, and whether it is http or https")
    return SinkRefusedError(where, seen, todo=todo)


def _from_tls(where: str, error: ApiException, hide: Hide) -> SinkError:
    seen = f"TLS failed ({_short(hide(str(error.reason)))})"
    if "CERTIFICATE_VERIFY_FAILED" in seen:
        todo = "Make the server's certificate known to this machine, or set `verify_tls: false` in a trusted network"
        return SinkRefusedError(where, seen, todo=todo)
    return SinkUnavailableError(where, seen, todo="Check whether url should begin with http://")


def _silence(error: HTTPError) -> str:
    if isinstance(error, NameResolutionError):
        return "the name is not known"
    if isinstance(error, NewConnectionError):  # before the time-outs: it counts as one of them
        cause = error.__cause__ or error.__context__
        return f"no connection ({cause.strerror if isinstance(cause, OSError) else 'no reason was given'})"
    if isinstance(error, (ConnectTimeoutError, ReadTimeoutError)):
        return "no answer in time"
    return f"the connection broke ({type(error).__name__})"


def _is_by_server(error: ApiException) -> bool:
    """Whether the database itself answered.

    A proxy, or a port that speaks TLS, answers 400 to everything: that must not set everything aside.
    """
    names = {name.lower() for name in (error.headers or {})}
    if not names.isdisjoint(_BY_SERVER):
        return True
    try:
        body = json.loads(error.body or "")
    except ValueError:
        return False
    return isinstance(body, dict) and not body.keys().isdisjoint({"code", "message", "error"})


def _said(error: ApiException) -> str:
    """Return the server's own words, from JSON where it is JSON."""
    text = error.body or ""
    text = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    try:
        body = json.loads(text)
    except ValueError:
        return text
    if isinstance(body, dict):
        return next((str(body[key]) for key in ("message", "error") if body.get(key)), text)
    return text


def _short(text: str) -> str:
    return " ".join(text.split())[:_MAX_SEEN]


def _retry_after_s(error: ApiException) -> float | None:
    """Return Retry-After in seconds; its other form, a date, is not used by these servers [doc]."""
    headers = {str(name).lower(): str(value) for name, value in (error.headers or {}).items()}
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
