"""The 5-minute power series: half-open intervals, UTC, aligned, stamped with their start."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

INTERVAL_S = 300
DAY_S = 86_400
INTERVALS_PER_DAY = DAY_S // INTERVAL_S

MEASURE_PATTERN = re.compile(r"connector[1-9][0-9]?|building|cluster")
"""the names a measure may have: `connectorN`, `building` (the load guard), `cluster` (all chargers of a group)"""


class CellState(IntEnum):
    """What is known of one interval of one measure. Never renumbered: it is stored."""

    MISSING = 0
    """nobody has asked yet, or the asking failed"""
    POLLED = 1
    """came in its time"""
    FILLED = 2
    """came later, from the charger's history"""
    ABSENT = 3
    """asked for, and the charger's history has none"""


@dataclass(frozen=True, slots=True)
class IntervalBatch:
    """Many intervals in columns: a row object each would cost ten times as much.

    `starts_s` are epoch seconds, multiples of 300, ascending, each once. Every column of `power_w` is as long
    as `starts_s`; None in it means the charger gave no value.
    """

    starts_s: Sequence[int]
    power_w: Mapping[str, Sequence[float | None]]
    notes: tuple[str, ...] = ()
    """short sentences on rows that could not be read"""


class Interval(NamedTuple):
    """One interval of one measure as a reader gets it: a tuple, because there are a hundred thousand a year."""

    start_s: int
    power_w: float
    state: CellState


def floor_interval_s(epoch_s: float) -> int:
    """Return the start of the interval that holds this second."""
    return int(epoch_s // INTERVAL_S) * INTERVAL_S
