"""What status and headers of an answer mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.etrel.answers import check_answer, read_date
from bridge.errors import (
    ChargerAnswerError,
    ChargerBusyError,
    ChargerError,
    ChargerLoginError,
    ChargerUnsupportedError,
)
from bridge.ports import HttpAnswer
from tests.adapters.scripted import WHERE, json_answer

_NOW = datetime(2022, 10, 8, 12, tzinfo=UTC)


def _error(answer: HttpAnswer) -> ChargerError:
    with pytest.raises(ChargerError) as raised:
        check_answer(answer, WHERE, "GET /api/x", _NOW)
    assert raised.value.where == WHERE
    assert "GET /api/x" in raised.value.seen
    return raised.value


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, ChargerLoginError),
        (403, ChargerLoginError),
        (404, ChargerUnsupportedError),
        (405, ChargerUnsupportedError),
        (429, ChargerBusyError),
        (500, ChargerBusyError),
        (502, ChargerBusyError),
        (503, ChargerBusyError),
        (301, ChargerAnswerError),
        (400, ChargerAnswerError),
        (418, ChargerAnswerError),
    ],
)
def test_each_status_has_its_error(status: int, error: type[ChargerError]) -> None:
    """Who is to blame and whether waiting helps follows from the status, which the sentence names."""
    raised = _error(json_answer(b"{}", status))
    assert type(raised) is error
    assert str(status) in raised.seen


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),
        ("0", 0.0),
        ("99999999999999", 86_400.0),
        ("Sat, 08 Oct 2022 12:02:00 GMT", 120.0),
        ("Sat, 08 Oct 2022 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(text: str, seconds: float | None) -> None:
    """Retry-After is seconds or a date, a day at most; anything else is no wish."""
    assert _error(json_answer(b"", 503, retry_after=text)).retry_after_s == seconds


def test_retry_after_follows_the_clock_of_the_charger() -> None:
    """A date is compared with the charger's own date, so that a wrong clock does no harm."""
    answer = json_answer(b"", 429, retry_after="Mon, 01 Jan 2001 00:00:30 GMT", date="Mon, 01 Jan 2001 00:00:00 GMT")
    assert _error(answer).retry_after_s == 30.0


def test_a_redirect_names_its_target_without_secrets() -> None:
    """A redirect is an error that names where it leads, without user, password and query."""
    answer = json_answer(b"", 302, location="https://me:secret@other.local/login?token=secret")
    error = _error(answer)
    assert "redirects to «https://other.local/login»" in error.seen
    assert "secret" not in str(error)
    assert "redirects to «/login»" in _error(json_answer(b"", 302, location="/login")).seen
    assert "cannot be read" in _error(json_answer(b"", 302, location="http://[")).seen


@pytest.mark.parametrize(
    "answer",
    [
        HttpAnswer(200, {"content-type": "text/html; charset=utf-8"}, b"hello"),
        HttpAnswer(200, {}, b"\n <!DOCTYPE html><title>Router</title>"),
    ],
)
def test_a_web_page_is_a_router_or_login_page(answer: HttpAnswer) -> None:
    """HTML where JSON belongs is said to be a router or login page."""
    assert "That address is a router or login page" in str(_error(answer))


def test_an_ordinary_answer_passes() -> None:
    """An answer with JSON passes, whatever content type a firmware gives it."""
    check_answer(HttpAnswer(200, {"content-type": "text/plain"}, b"{}"), WHERE, "GET /api/x", _NOW)


def test_the_clock_of_the_charger_is_its_date_header() -> None:
    """The Date header is read as UTC; without one, or with nonsense, the charger's clock is not known."""
    assert read_date(json_answer(b"", date="Sat, 08 Oct 2022 12:00:00 GMT")) == _NOW
    assert read_date(json_answer(b"", date="Sat, 08 Oct 2022 14:00:00 +0200")) == _NOW
    assert read_date(json_answer(b"")) is None
    assert read_date(json_answer(b"", date="yesterday")) is None


@given(st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,6} \d\d:\d\d:\d\d [-+A-Z0-9]*"))
def test_no_date_header_is_too_strange(text: str) -> None:
    """Any Date header is an instant in UTC or none, never an exception."""
    date = read_date(json_answer(b"", date=text))
    assert date is None or date.tzinfo is UTC
