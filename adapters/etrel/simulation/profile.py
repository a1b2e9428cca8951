"""The power profile: 5-minute rows in kW, a bare array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.etrel.simulation.building import base_load_kw
from adapters.etrel.simulation.curve import to_kw
from adapters.etrel.simulation.ticks import TICKS_PER_S, as_single, parse_ticks
from adapters.etrel.simulation.world import INTERVAL, World
from bridge.types.facts import from_epoch_s

MOST_ROWS = 366 * 288
"""a year; more is refused, because one answer holds the whole charger up"""


class QueryError(Exception):
    """A question that this API does not understand; the message says which part."""


@dataclass(frozen=True, slots=True)
class ProfileQuery:
    """What rows are asked for: those that start in [from_at, to_at], both ends included."""

    measures: tuple[str, ...]
    from_at: int
    to_at: int

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> ProfileQuery:
        """Read `measure`, `fromTime` and `toTime`; raises QueryError."""
        try:
            from_at, to_at = parse_ticks(given["fromTime"]), parse_ticks(given["toTime"])
        except KeyError as missing:
            raise QueryError(f"{missing.args[0]} is missing") from missing
        except ValueError as wrong:
            raise QueryError(str(wrong)) from wrong
        measures = tuple(dict.fromkeys(name.strip() for name in given.get("measure", "").split(",")))
        if measures == ("",):
            raise QueryError("measure is missing")
        return cls(measures, from_at, to_at)


def write_profile(world: World, query: ProfileQuery, now: int, holes: Sequence[tuple[int, int]] = ()) -> bytes:
    """Return the rows that are over by `now`, without those that start in a hole; no key for an unknown measure."""
    first = -(-max(query.from_at, world.plan.born_at) // INTERVAL) * INTERVAL
    end = min(query.to_at // INTERVAL * INTERVAL + INTERVAL, now // INTERVAL * INTERVAL)
    count = max(0, (end - first) // INTERVAL)
    if count > MOST_ROWS:
        raise QueryError(f"{count} rows are more than the {MOST_ROWS} that one answer may hold")
    columns = _columns(world, query.measures, first, count)
    rows = []
    for number in range(count):
        start = first + number * INTERVAL
        if any(from_at <= start < to_at for from_at, to_at in holes):
            continue
        time = from_epoch_s(start // TICKS_PER_S).isoformat()
        values = "".join(f',"{name}":{column[number]!r}' for name, column in columns.items())
        rows.append(f'{{"time":"{time}"{values}}}')
    return f"[{','.join(rows)}]".encode()


def _columns(world: World, measures: tuple[str, ...], first: int, count: int) -> dict[str, list[float]]:
    known = {f"connector{number}": number for number in world.connectors if f"connector{number}" in measures}
    needed = world.connectors if {"building", "cluster"} & set(measures) else known.values()
    steps = {number: world.interval_steps(world.connectors[number], first, count) for number in needed}
    columns: dict[str, list[float]] = {}
    for name in measures:
        if name in known:
            columns[name] = [to_kw(value) for value in steps[known[name]]]
        elif name in ("building", "cluster"):
            totals_kw = [to_kw(sum(values)) for values in zip(*steps.values(), strict=True)]
            columns[name] = totals_kw if name == "cluster" else _building(world, first, totals_kw)
    return columns


def _building(world: World, first: int, totals_kw: list[float]) -> list[float]:
    first_s = first // TICKS_PER_S
    step_s = INTERVAL // TICKS_PER_S
    return [
        as_single(base_load_kw(world.plan.seed, first_s + number * step_s) + total_kw)
        for number, total_kw in enumerate(totals_kw)
    ]
