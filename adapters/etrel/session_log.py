"""Reading the whole session log page by page while the charger may be adding to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.decoding import ShapeError
from adapters.etrel.decode_session import decode_session
from adapters.etrel.wire import SessionPageWire, parse_answer
from bridge.errors import ChargerAnswerError
from bridge.types.session import ChargingSession

PAGE_ROWS = 100
"""the charger's own page offers 25, 100 and 1000 [clients]"""
MOST_PAGES = 10_000
ROUNDS = 3
_ZONE_MARGIN = timedelta(hours=14)
_EARLIEST = datetime(1970, 1, 2)  # noqa: DTZ001 -- the query's times carry no zone
_LATEST = datetime(9999, 12, 30)  # noqa: DTZ001 -- the same

Key = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One page of the log."""

    sessions: tuple[ChargingSession, ...]
    row_count: int
    num_of_rows: int | None
    page_count: int | None
    troubles: tuple[str, ...]
    """one sentence per row that could not be read"""

    @property
    def keys(self) -> frozenset[Key]:
        """What the sessions of this page are known by."""
        return frozenset((s.session_id, s.started_at) for s in self.sessions)


def page_fields(from_at: datetime, to_at: datetime, number: int) -> dict[str, str]:
    """Return the fields that ask for a page (from 1) of the sessions started in [from_at, to_at), newest first.

    The two times carry no zone and nobody has published which one the charger understands [guess: UTC]; both
    ends therefore reach 14 hours further, which covers every zone, and `…To` is inclusive besides: callers
    drop what lies outside.
    """
    return {
        "pageSize": str(PAGE_ROWS),
        "pageNumber": str(number),
        "orderByColumn": "chargingStartedTime",
        "orderDirection": "Descending",
        "chargingStartedTimeFrom": _field(from_at, -_ZONE_MARGIN),
        "chargingStartedTimeTo": _field(to_at, _ZONE_MARGIN),
        "identificationSource": "",
        "identificationType": "",
        "chargingSessionStopReason": "",
        "identificationCode": "",
        "userId": "",
    }


def decode_page(body: bytes) -> SessionPage:
    """Return a page; rows that cannot be read become troubles. ShapeError when it is no page at all."""
    wire = parse_answer(SessionPageWire, body)
    sessions, troubles = [], []
    for index, row in enumerate(wire.content):
        try:
            session = decode_session(row, f"$.content[{index}]")
        except ShapeError as error:
            troubles.append(str(error))
        else:
            if session is not None:
                sessions.append(session)
    paging = wire.paging_info
    return SessionPage(
        sessions=tuple(sessions),
        row_count=len(wire.content),
        num_of_rows=paging.num_of_rows if paging else None,
        page_count=paging.page_count if paging else None,
        troubles=tuple(troubles),
    )


async def read_log(
    ask: Callable[[int], Awaitable[SessionPage]], where: str
) -> AsyncIterator[Sequence[ChargingSession]]:
    """Yield every session of the log, each once unless it changed while the log was read.

    A session that begins or is deleted between two pages moves rows over the edge of a page. That shows in
    `pagingInfo`, or in a row that comes twice; the log is then read again from page 1, three rounds at most.
    Raises ChargerAnswerError at the end, when all that could be read was yielded, if rows could not be read or
    the log never stood still.
    """
    told: dict[Key, int] = {}
    troubles: dict[str, None] = {}
    for _ in range(ROUNDS):
        first: SessionPage | None = None
        seen: set[Key] = set()
        for number in range(1, MOST_PAGES + 1):
            page = await ask(number)
            troubles.update((f"page {number}, {trouble}", None) for trouble in page.troubles)
            fresh = [s for s in page.sessions if told.get((s.session_id, s.started_at)) != hash(s)]
            told.update(((s.session_id, s.started_at), hash(s)) for s in fresh)
            if fresh:
                yield fresh
            first = first or page
            if _has_moved(first, page) or not seen.isdisjoint(page.keys):
                break
            seen |= page.keys
            if _is_last(page, number):
                _raise_troubles(list(troubles), where)
                return
            if page.row_count == 0:
                break
        else:
            raise ChargerAnswerError(where, f"the session log has more than {MOST_PAGES} pages")
        troubles.clear()  # the next round meets them again, perhaps on other pages
    raise ChargerAnswerError(
        where,
        f"the session log changed in each of {ROUNDS} attempts to read it",
        meanwhile="What was read is kept, and the log is read again later.",
    )


def _field(at: datetime, margin: timedelta) -> str:
    plain = min(max(at.replace(tzinfo=None), _EARLIEST), _LATEST)
    return f"{plain + margin:%Y-%m-%d %H:%M:%S}"


def _has_moved(first: SessionPage, page: SessionPage) -> bool:
    if page.page_count != first.page_count:
        return True
    # the seed leaves open whether `numOfRows` counts the log or the page; the latter may differ from page to page
    counts_pages = first.num_of_rows == first.row_count and page.num_of_rows == page.row_count
    return page.num_of_rows != first.num_of_rows and not counts_pages


def _is_last(page: SessionPage, number: int) -> bool:
    return page.row_count < PAGE_ROWS if page.page_count is None else number >= page.page_count


def _raise_troubles(troubles: list[str], where: str) -> None:
    if troubles:
        raise ChargerAnswerError(
            where,
            f"{len(troubles)} rows of the session log could not be read; the first: {troubles[0]}",
            todo="The firmware may be newer than this adapter: report it with this sentence.",
            meanwhile="All other sessions were read and are kept.",
        )
