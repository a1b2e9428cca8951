"""Rows as they leave the bridge: the API and the `export` command build them here, so they agree to the letter.

Column names are published: none is renamed, changes its unit or moves; new ones are added at the end.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from enum import Enum

from bridge.types.facts import from_epoch_s, to_rfc3339
from bridge.types.series import INTERVAL_S, CellState, Interval
from bridge.types.session import ChargingSession

Row = dict[str, object]
"""One row: column name to a value that JSON knows; None means not reported."""

POWER_COLUMNS = ("charger", "measure", "start_at", "end_at", "power_w", "source")
"""one 5-minute interval [start_at, end_at); `source` is polled or filled"""

BUCKET_COLUMNS = ("charger", "measure", "start_at", "end_at", "power_w", "max_power_w", "intervals")
"""several intervals: their mean, the highest of them, and how many had a value"""

SESSION_COLUMNS = (
    "charger",
    "session_id",
    "connector_id",
    "started_at",
    "ended_at",
    "energy_wh",
    "meter_start_wh",
    "meter_stop_wh",
    "max_power_w",
    "id_token",
    "stop_reason",
    "flags",
    "connected_at",
    "disconnected_at",
    "duration_s",
    "charging_s",
    "reported_energy_wh",
    "id_token_type",
    "user",
    "stop_reason_raw",
    "charging_mode",
)
"""one charging session as the charger's log has it; `duration_s` is from start to end, None while it runs"""

_SOURCES = {CellState.POLLED: "polled", CellState.FILLED: "filled"}
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 -- the wide forms are formulas to a spreadsheet too


def power_row(charger: str, measure: str, interval: Interval) -> Row:
    """Return one interval under POWER_COLUMNS; the interval must have a value (KeyError otherwise)."""
    return {
        "charger": charger,
        "measure": measure,
        "start_at": to_rfc3339(from_epoch_s(interval.start_s)),
        "end_at": to_rfc3339(from_epoch_s(interval.start_s + INTERVAL_S)),
        "power_w": interval.power_w,
        "source": _SOURCES[interval.state],
    }


def bucket_row(charger: str, measure: str, bucket: tuple[int, float, float, int], bucket_s: int) -> Row:
    """Return one (start, mean W, highest W, intervals with a value) under BUCKET_COLUMNS."""
    start_s, mean_w, highest_w, intervals = bucket
    return {
        "charger": charger,
        "measure": measure,
        "start_at": to_rfc3339(from_epoch_s(start_s)),
        "end_at": to_rfc3339(from_epoch_s(start_s + bucket_s)),
        "power_w": mean_w,
        "max_power_w": highest_w,
        "intervals": intervals,
    }


def session_row(charger: str, session: ChargingSession) -> Row:
    """Return one charging session under SESSION_COLUMNS; `flags` is a list of words."""
    duration_s = None
    if session.ended_at is not None:
        duration_s = (session.ended_at - session.started_at).total_seconds()
    values: Row = {"charger": charger, "duration_s": duration_s}
    for column in SESSION_COLUMNS:
        if column not in values:
            values[column] = _plain(getattr(session, column))
    return {column: values[column] for column in SESSION_COLUMNS}


def with_local(row: Mapping[str, object], zone: tzinfo) -> Row:
    """Return the row with a `…_local` column for each `…_at`, at its end, such as `2022-10-06 22:06:24`.

    Local time is for reading and for spreadsheets; an hour of autumn occurs twice in it, so `…_at` decides.
    """
    local: Row = dict(row)
    for column, value in row.items():
        if column.endswith("_at"):
            local[_local_name(column)] = _local_time(value, zone)
    return local


def with_local_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of rows that went through `with_local`."""
    return (*columns, *(_local_name(column) for column in columns if column.endswith("_at")))


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]], *, header: bool) -> str:
    """Return lines of RFC 4180 CSV; None is an empty cell, a list its words with blanks between.

    Text that a spreadsheet would run as a formula gets an apostrophe in front. Numbers stay numbers.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return to_rfc3339(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _local_name(column: str) -> str:
    return f"{column.removesuffix('_at')}_local"


def _local_time(value: object, zone: tzinfo) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        local = datetime.fromisoformat(value).astimezone(zone)
    except OverflowError:  # the last hours of the year 9999
        return None
    return local.replace(tzinfo=None, microsecond=0).isoformat(sep=" ")


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, list):
        value = " ".join(str(part) for part in value)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
