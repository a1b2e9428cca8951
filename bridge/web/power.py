"""`GET /api/v1/power`: the power series as JSON with its gaps, or as CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from bridge.engine.interval_history import settled_s
from bridge.ports import Store
from bridge.types.export import (
    BUCKET_COLUMNS,
    POWER_COLUMNS,
    Row,
    bucket_row,
    csv_text,
    power_row,
    with_local,
    with_local_columns,
)
from bridge.types.facts import from_epoch_s, to_epoch_s, to_rfc3339
from bridge.types.series import DAY_S, INTERVAL_S, floor_interval_s
from bridge.web.answers import csv_answer, json_answer, json_bytes
from bridge.web.gaps import Gap, down_since_s, find_gaps, join
from bridge.web.question import BadParameterError, Question
from bridge.web.resolution import (
    MAX_JSON_ROWS,
    auto_resolution_s,
    parse_resolution_s,
    row_bound,
)
from bridge.web.sources import Sources

MAX_GAPS = 2_000
"""gaps in one answer over all series"""
_PARAMETERS = ("charger", "measure", "from", "to", "resolution", "format")
_BUCKET_CHUNK_S = 28 * DAY_S
"""one piece of work for the store's thread; a multiple of every bucket length"""


@dataclass(frozen=True, slots=True)
class PowerPlan:
    """What will be read: the series, the span on whole buckets, and the bucket's length."""

    series: tuple[tuple[str, str], ...]
    """(charger, measure)"""
    from_s: int
    to_s: int
    bucket_s: int

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of its rows."""
        return POWER_COLUMNS if self.bucket_s == INTERVAL_S else BUCKET_COLUMNS

    def chunks(self) -> Iterator[tuple[int, int]]:
        """Yield spans that the store reads in a few milliseconds, ascending."""
        length_s = DAY_S if self.bucket_s == INTERVAL_S else _BUCKET_CHUNK_S
        for start_s in range(self.from_s, self.to_s, length_s):
            yield start_s, min(start_s + length_s, self.to_s)


async def power(sources: Sources, request: Request) -> Response:
    """Answer the power series; raises BadParameterError and StoreError."""
    question = Question(request, _PARAMETERS, now=sources.clock.now(), zone=sources.zone)
    as_csv = question.wants_csv()
    plan = await _plan(sources, question, as_csv=as_csv)
    if as_csv:
        return csv_answer(_csv(sources, plan), "power.csv")
    rows = row_bound(plan.from_s, plan.to_s, plan.bucket_s) * len(plan.series)
    if rows > MAX_JSON_ROWS:
        raise BadParameterError(
            "resolution",
            f"{question.one('resolution') or 'auto'}, which makes up to {rows} rows",
            f"up to {MAX_JSON_ROWS} rows of JSON: a coarser resolution, a shorter span, fewer chargers or format=csv",
        )
    return json_answer(None, parts=[part async for part in _json(sources, plan)])


async def _plan(sources: Sources, question: Question, *, as_csv: bool) -> PowerPlan:
    chargers = question.chargers(await sources.chargers())
    wanted = question.measures()
    bucket_s = parse_resolution_s(question.one("resolution"))
    from_s, to_s = question.span_s(timedelta(days=1))
    # Nothing is known of the future; the interval that runs now is the last that may be asked for.
    to_s = min(to_s, floor_interval_s(to_epoch_s(sources.clock.now())) + INTERVAL_S)
    from_s = min(from_s, to_s - 1)
    series: list[tuple[str, str]] = []
    for charger in chargers:
        kept = await sources.desk.run(partial(_measures, charger=charger))
        series += [(charger, measure) for measure in kept if not wanted or measure in wanted]
    if bucket_s is None:
        bucket_s = auto_resolution_s(from_s, to_s, len(series), bounded=not as_csv)
    return PowerPlan(tuple(series), from_s // bucket_s * bucket_s, -(-to_s // bucket_s) * bucket_s, bucket_s)


def _measures(store: Store, charger: str) -> Sequence[str]:
    return store.measures(charger)


def _read(store: Store, charger: str, measure: str, span: tuple[int, int], bucket_s: int) -> list[Row]:
    if bucket_s == INTERVAL_S:
        return [power_row(charger, measure, i) for i in store.intervals(charger, measure, *span)]
    buckets = store.mean_power(charger, measure, *span, bucket_s)
    return [bucket_row(charger, measure, bucket, bucket_s) for bucket in buckets]


async def _rows(sources: Sources, plan: PowerPlan) -> AsyncIterator[list[Row]]:
    """Yield the rows series by series, ascending, a chunk at a time; empty chunks are left out."""
    for charger, measure in plan.series:
        for span in plan.chunks():
            work = partial(_read, charger=charger, measure=measure, span=span, bucket_s=plan.bucket_s)
            if rows := await sources.desk.run(work):
                yield rows


async def _csv(sources: Sources, plan: PowerPlan) -> AsyncIterator[str]:
    columns = with_local_columns(plan.columns)
    yield csv_text(columns, (), header=True)
    async for rows in _rows(sources, plan):
        yield csv_text(columns, (with_local(row, sources.zone) for row in rows), header=False)


async def _json(sources: Sources, plan: PowerPlan) -> AsyncIterator[bytes]:
    """Yield the answer in pieces that are each made quickly, so that other work runs in between."""
    head = {
        "from": _rfc3339(plan.from_s),
        "to": _rfc3339(plan.to_s),
        "resolution_s": plan.bucket_s,
    }
    yield json_bytes(head)[:-1] + b',"rows":['
    separator = b""
    async for rows in _rows(sources, plan):
        yield separator + json_bytes(rows)[1:-1]
        separator = b","
    gaps, complete = await _gaps(sources, plan)
    yield b'],"gaps":' + json_bytes(gaps) + b',"gaps_complete":' + json_bytes(complete) + b"}"


async def _gaps(sources: Sources, plan: PowerPlan) -> tuple[list[Row], bool]:
    """Return gaps by series, ascending, and whether these are all."""
    known_to_s = settled_s(sources.clock.now())
    rows: list[Row] = []
    for charger, measure in plan.series:
        down = down_since_s(sources.board, charger)
        found: list[Gap] = []
        for start_s, end_s in plan.chunks():
            span = (start_s, min(end_s, known_to_s))
            work = partial(find_gaps, charger=charger, measure=measure, span=span, down_since_s=down)
            found += await sources.desk.run(work)
        rows += [_gap_row(charger, measure, gap) for gap in join(found)]
        if len(rows) > MAX_GAPS:
            return rows[:MAX_GAPS], False
    return rows, True


def _gap_row(charger: str, measure: str, gap: Gap) -> Row:
    return {
        "charger": charger,
        "measure": measure,
        "from": _rfc3339(gap.from_s),
        "to": _rfc3339(gap.to_s),
        "reason": gap.reason.value,
    }


def _rfc3339(epoch_s: int) -> str:
    return to_rfc3339(from_epoch_s(epoch_s))
