"""What the status and headers of an answer mean, before anybody looks for facts in it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from adapters.decoding import quote
from bridge.errors import (
    ChargerAnswerError,
    ChargerBusyError,
    ChargerLoginError,
    ChargerUnsupportedError,
)
from bridge.ports import HttpAnswer

LOGIN_STATUSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_UNKNOWN_STATUSES = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
_LONGEST_RETRY_AFTER_S = 86_400.0


def check_answer(answer: HttpAnswer, where: str, asked: str, now: datetime) -> None:
    """Pass a 2xx answer that is not a web page; raise the ChargerError that fits any other.

    `asked` names the request in sentences, such as `GET /api/generalStatus/`; `now` is the bridge's clock, for
    a `Retry-After` that is a date when the charger tells no date of its own.
    """
    status = answer.status
    if status in LOGIN_STATUSES:
        raise ChargerLoginError(where, f"{asked} was refused with HTTP {status}")
    if status in _UNKNOWN_STATUSES:
        raise ChargerUnsupportedError(
            where,
            f"{asked} is not known there (HTTP {status})",
            todo="Check that an Etrel charger answers at this address; an old firmware may lack it.",
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ChargerBusyError(where, f"{asked} failed with HTTP {status}", retry_after_s=_retry_after_s(answer, now))
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise ChargerAnswerError(
            where,
            f"{asked} redirects to {_destination(answer)} (HTTP {status})",
            todo="If that is the charger, write its scheme, host and port into `url`.",
        )
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise ChargerAnswerError(where, f"{asked} was answered with HTTP {status}")
    if _is_web_page(answer):
        raise ChargerAnswerError(
            where,
            f"{asked} gave a web page instead of JSON",
            todo="That address is a router or login page; check `url`.",
        )


def read_date(answer: HttpAnswer) -> datetime | None:
    """Return the charger's clock from the `Date` header; None where there is none that can be read."""
    return _http_date(answer.headers.get("date"))


def _http_date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _retry_after_s(answer: HttpAnswer, now: datetime) -> float | None:
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text[:9]), _LONGEST_RETRY_AFTER_S)
    until = _http_date(text or None)
    if until is None:
        return None
    wait_s = (until - (read_date(answer) or now)).total_seconds()
    return min(max(wait_s, 0.0), _LONGEST_RETRY_AFTER_S)


def _is_web_page(answer: HttpAnswer) -> bool:
    return "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:1] == b"<"


def _destination(answer: HttpAnswer) -> str:
    """Name the target without its query, which may hold a secret."""
    try:
        target = urlsplit(answer.headers.get("location", ""))
    except ValueError:
        return "an address that cannot be read"
    host = target.netloc.rpartition("@")[2]
    return quote(f"{target.scheme}://{host}{target.path}" if host else target.path)
