"""What the HTTP status of an answer means, before anybody looks for facts in it."""

from __future__ import annotations

from http import HTTPStatus

from bridge.errors import ChargerAnswerError, ChargerBusyError, ChargerLoginError, ChargerUnsupportedError
from bridge.ports import HttpAnswer

_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_UNKNOWN = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
_SWITCH_ON = "Switch on «local HTTP API v2» in the go-e app; chargers before HOME+ V3 do not have it."
_LONGEST_RETRY_AFTER_S = 86_400.0


def check_answer(answer: HttpAnswer, where: str, asked: str) -> None:
    """Pass a 2xx answer that is not a web page; raise the ChargerError that fits any other.

    What a box answers whose API is not switched on is not documented: 403 or 404 [guess].
    """
    status = answer.status
    if status in _REFUSED:
        raise ChargerLoginError(where, f"{asked} was refused with HTTP {status}", todo=_SWITCH_ON)
    if status in _UNKNOWN:
        raise ChargerUnsupportedError(where, f"{asked} is not known there (HTTP {status})", todo=_SWITCH_ON)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ChargerBusyError(where, f"{asked} failed with HTTP {status}", retry_after_s=_retry_after_s(answer))
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise ChargerAnswerError(where, f"{asked} was answered with HTTP {status}")
    if is_web_page(answer):
        raise ChargerAnswerError(
            where,
            f"{asked} gave a web page instead of JSON",
            todo="That address is a router or another device; check `url`.",
        )


def is_web_page(answer: HttpAnswer) -> bool:
    """Tell whether somebody else than this API answered."""
    return "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:1] == b"<"


def _retry_after_s(answer: HttpAnswer) -> float | None:
    text = answer.headers.get("retry-after", "").strip()
    return min(float(text[:9]), _LONGEST_RETRY_AFTER_S) if text.isascii() and text.isdecimal() else None
