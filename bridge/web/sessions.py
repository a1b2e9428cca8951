"""`GET /api/v1/sessions`: charging sessions as JSON or CSV, newest first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from bridge.ports import Store
from bridge.types.export import SESSION_COLUMNS, Row, csv_text, session_row, with_local, with_local_columns
from bridge.types.facts import from_epoch_s, to_epoch_s, to_rfc3339
from bridge.types.series import DAY_S
from bridge.web.answers import csv_answer, json_answer
from bridge.web.question import Question
from bridge.web.sources import Sources

MAX_JSON_SESSIONS = 5_000
_PARAMETERS = ("charger", "from", "to", "format", "match")
_MATCHES = ("started", "overlapping")
"""which sessions belong to a range: those that began in it (the default, as `export` has it), or all that touch it"""
_DEFAULT_SPAN = timedelta(days=31)
_CHUNK_S = 31 * DAY_S
"""one piece of work for the store's thread"""

Span = tuple[int, int]


async def sessions(sources: Sources, request: Request) -> Response:
    """Answer the charging sessions of [from, to); raises BadParameterError and StoreError."""
    question = Question(request, _PARAMETERS, now=sources.clock.now(), zone=sources.zone)
    as_csv = question.wants_csv()
    chargers = question.chargers(await sources.chargers())
    span = question.span_s(_DEFAULT_SPAN)
    overlapping = question.word("match", _MATCHES) == "overlapping"
    found = _rows(sources, chargers, span, overlapping=overlapping)
    if as_csv:
        return csv_answer(_csv(sources, found), "sessions.csv")
    rows: list[Row] = []
    async for chunk in found:
        rows += chunk
        if len(rows) > MAX_JSON_SESSIONS:
            break
    answer = {
        "from": to_rfc3339(from_epoch_s(span[0])),
        "to": to_rfc3339(from_epoch_s(span[1])),
        "complete": len(rows) <= MAX_JSON_SESSIONS,
        "sessions": rows[:MAX_JSON_SESSIONS],
    }
    return json_answer(answer)


def _read(store: Store, chargers: Sequence[str], from_s: int, to_s: int, *, overlapping: bool) -> list[Row]:
    """Return the sessions that began in [from_s, to_s), and if told so also those that ran into it."""
    charger = chargers[0] if len(chargers) == 1 else None
    found = store.sessions(charger, from_epoch_s(from_s), from_epoch_s(to_s), overlapping=overlapping)
    return [session_row(owner, session) for owner, session in found if owner in chargers]


async def _rows(
    sources: Sources, chargers: Sequence[str], span: Span, *, overlapping: bool
) -> AsyncIterator[list[Row]]:
    """Yield the rows newest first, a month at a time; a session is told once, in the month it began."""
    if not chargers:
        return
    for from_s, to_s in _months(span, to_epoch_s(sources.clock.now())):
        # only the earliest month takes those that ran into it: in every other they are told where they began
        ran_into = overlapping and from_s == span[0]
        work = partial(_read, chargers=chargers, from_s=from_s, to_s=to_s, overlapping=ran_into)
        if rows := await sources.desk.run(work):
            yield rows


def _months(span: Span, now_s: int) -> Iterator[Span]:
    """Yield chunks from late to early; what lies in the future is one chunk because it holds next to nothing."""
    first_s, end_s = span
    while end_s > first_s:
        start_s = max(first_s, min(end_s, now_s) - _CHUNK_S)
        yield start_s, end_s
        end_s = start_s


async def _csv(sources: Sources, found: AsyncIterator[list[Row]]) -> AsyncIterator[str]:
    columns = with_local_columns(SESSION_COLUMNS)
    yield csv_text(columns, (), header=True)
    async for rows in found:
        yield csv_text(columns, (with_local(row, sources.zone) for row in rows), header=False)
