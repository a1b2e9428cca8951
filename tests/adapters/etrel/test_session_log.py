"""The whole log, page by page, while the charger may change it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.decoding import ShapeError
from adapters.etrel.session_log import PAGE_ROWS, SessionPage, decode_page, page_fields, read_log
from adapters.etrel.wire import RefusedError
from bridge.errors import ChargerAnswerError
from bridge.types.session import ChargingSession
from tests.adapters.etrel.fixtures import body, document, encode
from tests.adapters.scripted import WHERE

_FIRST_AT = datetime(2022, 10, 1, tzinfo=UTC)


def _session(number: int, **facts: Any) -> ChargingSession:
    return ChargingSession(
        session_id=str(number), connector_id=1, started_at=_FIRST_AT + timedelta(hours=number), **facts
    )


def _pages(log: Sequence[ChargingSession], number: int, *, paging: bool = True) -> SessionPage:
    rows = log[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]
    pages = -(-len(log) // PAGE_ROWS)
    return SessionPage(tuple(rows), len(rows), len(log) if paging else None, pages if paging else None, ())


def _read(answer: Callable[[int], SessionPage]) -> tuple[list[ChargingSession], list[int], str]:
    """Read the log; return the sessions, the pages asked for and the error's text."""
    asked: list[int] = []
    sessions: list[ChargingSession] = []

    async def ask(number: int) -> SessionPage:
        asked.append(number)
        return answer(number)

    async def run() -> None:
        async for page in read_log(ask, WHERE):
            sessions.extend(page)

    try:
        asyncio.run(run())
    except ChargerAnswerError as error:
        return sessions, asked, str(error)
    return sessions, asked, ""


def _log(count: int) -> list[ChargingSession]:
    return [_session(number) for number in range(count, 0, -1)]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250, 300])
@pytest.mark.parametrize("paging", [True, False])
def test_every_session_is_read_once(count: int, paging: bool) -> None:  # noqa: FBT001 -- a column of the table
    """However long the log is, every session comes once, with or without pagingInfo."""
    log = _log(count)
    sessions, _, error = _read(lambda number: _pages(log, number, paging=paging))
    assert sessions == log
    assert error == ""


def test_no_page_is_asked_for_after_the_last() -> None:
    """The number of pages is taken from pagingInfo."""
    _, asked, _ = _read(lambda number: _pages(_log(300), number))
    assert asked == [1, 2, 3]


def test_a_session_that_begins_while_paging_loses_none() -> None:
    """A new session between two pages shows, the log is read again, and each session comes once."""
    logs = iter([_log(250), _log(251), _log(251), _log(251), _log(251)])
    sessions, asked, error = _read(lambda number: _pages(next(logs), number))
    assert sorted(s.started_at for s in sessions) == sorted(s.started_at for s in _log(251))
    assert asked == [1, 2, 1, 2, 3]
    assert error == ""


def test_a_session_that_is_deleted_while_paging_loses_none() -> None:
    """A deletion moves a row to a page that was read already; the log is read again."""
    before = _log(250)
    after = before[1:]
    logs = iter([before, after, after, after, after])
    sessions, _, error = _read(lambda number: _pages(next(logs), number))
    assert {s.session_id for s in sessions} == {s.session_id for s in before}
    assert error == ""


def test_an_overlap_shows_a_change_that_paging_info_hides() -> None:
    """Without pagingInfo a row that comes twice shows that the log has moved."""
    logs = iter([_log(250), _log(251), _log(251), _log(251), _log(251)])
    sessions, asked, error = _read(lambda number: _pages(next(logs), number, paging=False))
    assert len(sessions) == 251
    assert asked == [1, 2, 1, 2, 3]
    assert error == ""


def test_a_session_that_ended_meanwhile_comes_again() -> None:
    """Reading again yields what has changed, and only that."""
    running, ended = _session(251), _session(251, ended_at=_FIRST_AT + timedelta(hours=252))
    logs = iter([[running, *_log(250)], [running, *_log(251)], *[[ended, *_log(250)]] * 3])
    sessions, _, error = _read(lambda number: _pages(next(logs), number))
    assert [s for s in sessions if s.session_id == "251"] == [running, ended]
    assert len(sessions) == 252
    assert error == ""


def test_a_log_that_never_stands_still_is_given_up() -> None:
    """After three rounds an error says so; what was read has been yielded."""
    counts = iter(range(250, 400))
    sessions, asked, error = _read(lambda number: _pages(_log(next(counts)), number))
    assert asked == [1, 2] * 3
    assert len(sessions) >= 200
    assert "changed in each of 3 attempts" in error


def test_a_charger_that_ignores_the_page_number_is_found_out() -> None:
    """A charger that always gives page 1 is an error after three rounds and no endless loop."""
    sessions, asked, error = _read(lambda _: _pages(_log(250), 1, paging=False))
    assert len(sessions) == 100
    assert asked == [1, 2] * 3
    assert error


def test_an_empty_page_before_the_last_is_not_the_end() -> None:
    """A page that pagingInfo promises and that is empty is a change, not the end of the log."""
    sessions, asked, error = _read(
        lambda number: SessionPage((_session(1),), 1, 2, 3, ()) if number == 1 else SessionPage((), 0, 2, 3, ())
    )
    assert len(sessions) == 1
    assert asked == [1, 2] * 3
    assert "changed" in error


def test_rows_may_be_counted_per_page() -> None:
    """A firmware whose numOfRows counts the rows of the page is read all the same."""
    log = _log(250)

    def answer(number: int) -> SessionPage:
        page = _pages(log, number)
        return SessionPage(page.sessions, page.row_count, page.row_count, page.page_count, ())

    sessions, asked, error = _read(answer)
    assert sessions == log
    assert asked == [1, 2, 3]
    assert error == ""


def test_a_log_without_end_is_given_up() -> None:
    """A charger that always has a further page is stopped after 10,000."""

    def answer(number: int) -> SessionPage:
        return SessionPage((_session(number),), 1, 5, 10**9, ())

    sessions, asked, error = _read(answer)
    assert len(sessions) == len(asked) == 10_000
    assert "more than 10000 pages" in error


def test_a_row_that_cannot_be_read_does_not_lose_the_others() -> None:
    """The good rows come first, and then an error counts and names the bad ones."""
    answer = document("log_oddities", "charging_session")
    answer["content"][1]["meterValueEnd"] = "much"
    page = decode_page(encode(answer))
    sessions, _, error = _read(lambda _: page)
    assert [s.session_id for s in sessions] == ["46", "44", "43", "42"]
    assert "1 rows of the session log could not be read; the first: page 1, $.content[1].meterValueEnd" in error


def test_the_seed_is_one_page() -> None:
    """The seed's answer is a page with what pagingInfo says."""
    page = decode_page(body("overnight", "charging_session"))
    assert [s.session_id for s in page.sessions] == ["34"]
    assert (page.row_count, page.num_of_rows, page.page_count, page.troubles) == (1, 2, 1, ())


@pytest.mark.parametrize("answer", [{}, {"content": None}, {"content": {}}, []])
def test_an_answer_without_rows_is_an_error_and_not_an_empty_log(answer: object) -> None:
    """A missing content is a wrong shape: it must not pass for a log without sessions."""
    with pytest.raises(ShapeError):
        decode_page(encode(answer))


def test_a_refusal_is_told() -> None:
    """An errorCode in the answer is a refusal."""
    with pytest.raises(RefusedError):
        decode_page(b'{"errorCode": 1, "errorMessage": "no", "content": []}')


def test_the_fields_are_those_of_the_seed() -> None:
    """All of the seed's fields are sent, newest first, and the times reach 14 hours further than asked."""
    fields = page_fields(datetime(2022, 10, 5, tzinfo=UTC), datetime(2022, 10, 9, 23, 59, 59, tzinfo=UTC), 2)
    assert fields == {
        "pageSize": "100",
        "pageNumber": "2",
        "orderByColumn": "chargingStartedTime",
        "orderDirection": "Descending",
        "chargingStartedTimeFrom": "2022-10-04 10:00:00",
        "chargingStartedTimeTo": "2022-10-10 13:59:59",
        "identificationSource": "",
        "identificationType": "",
        "chargingSessionStopReason": "",
        "identificationCode": "",
        "userId": "",
    }


def test_the_widest_range_can_be_asked_for() -> None:
    """The first and last instants there are do not overflow."""
    fields = page_fields(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), 1)
    assert fields["chargingStartedTimeFrom"] == "1970-01-01 10:00:00"
    assert fields["chargingStartedTimeTo"] == "9999-12-30 14:00:00"
