"""Rows of the power profile → columns of 5-minute power; pure, and without an object per row."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Any

from adapters.decoding import ShapeError, quote
from adapters.etrel.quantities import power_quantity
from adapters.etrel.times import parse_instant
from bridge.types.facts import to_epoch_s
from bridge.types.series import INTERVAL_S, IntervalBatch, floor_interval_s

_MINUTES_S = {f"{minute:02}": minute * 60 for minute in range(60)}


def decode_profile(rows: Sequence[Any], measures: Sequence[str], from_s: int, to_s: int) -> IntervalBatch:
    """Return the rows of [from_s, to_s): ascending, each start once; ShapeError names the row that is wrong.

    The bounds of the charger's own range are inclusive and its order is not promised: rows outside are dropped,
    rows are sorted, and of two rows with one start the later in the answer wins. A row between two starts
    belongs to the interval it lies in. kW become W.
    """
    kept: dict[int, tuple[int, dict[str, Any]]] = {}
    unaligned = 0
    hours_s: dict[str, int] = {}
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise ShapeError(f"$[{index}]: an object was expected, not {quote(type(row).__name__)}")
        start_s = at_s = _row_s(row, index, hours_s)
        if at_s % INTERVAL_S:
            start_s = floor_interval_s(at_s)
            unaligned += 1
        if from_s <= start_s < to_s:
            kept[start_s] = (index, row)
    starts_s = sorted(kept)
    ordered = [kept[start_s] for start_s in starts_s]
    notes: list[str] = []
    if unaligned:
        notes.append(f"{unaligned} rows lay between two 5-minute starts and count for the interval they lie in")
    power_w = {measure: _column(ordered, measure, notes) for measure in measures}
    return IntervalBatch(starts_s=starts_s, power_w=power_w, notes=tuple(notes))


def _column(rows: Sequence[tuple[int, dict[str, Any]]], measure: str, notes: list[str]) -> list[float | None]:
    quantity = power_quantity(measure)
    low, high, factor, decimals = quantity.low, quantity.high, quantity.factor, quantity.decimals
    values: list[Any] = [row.get(measure) for _, row in rows]
    if _are_plain(values, low, high):
        return [round(value * factor, decimals) + 0.0 for value in values]
    impossible = 0
    column: list[float | None] = []
    for index, row in rows:
        value = row.get(measure)
        if type(value) is float and low <= value <= high:
            column.append(round(value * factor, decimals) + 0.0)  # as `read`, without a call per value
            continue
        if value is not None and type(value) not in (float, int):  # `bool` is an int to isinstance
            raise ShapeError(f"$[{index}].{measure}: a number was expected, not {quote(value)}")
        power_w = quantity.read(value)
        if power_w is None and value is not None:
            impossible += 1
        column.append(power_w)
    if impossible:
        notes.append(f"{impossible} rows of {measure} are {quantity.outside} and count as not reported")
    return column


def _are_plain(values: Sequence[Any], low: float, high: float) -> bool:
    """Return whether all are possible floats, as nearly always: then nothing must be looked at one by one."""
    if set(map(type, values)) != {float}:
        return False
    return low <= min(values) and max(values) <= high and not isnan(sum(values))


def _row_s(row: dict[str, Any], index: int, hours_s: dict[str, int]) -> int:
    """Return the epoch second of a row; `hours_s` remembers hours already read, since a year has 105,120 rows."""
    text = row.get("time")
    if not isinstance(text, str):
        raise ShapeError(f"$[{index}].time: a text was expected, not {quote(type(text).__name__)}")
    minutes_s = _MINUTES_S.get(text[14:16])
    if minutes_s is None:
        return _parse_s(text, index)
    hour = f"{text[:14]}00{text[16:]}"
    hour_s = hours_s.get(hour)
    if hour_s is None:
        hour_s = hours_s[hour] = _parse_s(hour, index)
    return hour_s + minutes_s


def _parse_s(text: str, index: int) -> int:
    try:
        instant = parse_instant(text)
    except ValueError as error:
        raise ShapeError(f"$[{index}].time: {error}, not {quote(text)}") from None
    if instant is None:
        raise ShapeError(f"$[{index}].time: a row without a time, {quote(text)}")
    return to_epoch_s(instant)
