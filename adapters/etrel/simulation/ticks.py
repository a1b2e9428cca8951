"""Time as the charger's firmware keeps it: whole ticks of 100 ns since 1970, written the way .NET writes."""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta

from bridge.types.facts import EPOCH, from_epoch_s, to_epoch_us

TICKS_PER_US = 10
TICKS_PER_S = 10_000_000
TICKS_PER_DAY = 86_400 * TICKS_PER_S
NO_TIME = "0001-01-01T00:00:00"
"""how the charger writes that there is no time [seed]"""

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)?")


def to_ticks(instant: datetime) -> int:
    """Return the ticks of an aware instant."""
    return to_epoch_us(instant.astimezone(UTC)) * TICKS_PER_US


def from_ticks(ticks: int) -> datetime:
    """Return the UTC instant, cut to whole microseconds."""
    return EPOCH + timedelta(microseconds=ticks // TICKS_PER_US)


def seconds(duration_s: float) -> int:
    """Return a length of time in ticks."""
    return round(duration_s * TICKS_PER_S)


def parse_ticks(text: str) -> int:
    """Read `2022-10-05 00:00:00` or ISO 8601 with up to seven decimals; without a zone it is UTC.

    Raises ValueError for anything else.
    """
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no time")
    zone = match[4] if match[4] not in (None, "Z") else "+00:00"
    whole = datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}")
    return to_ticks(whole) + int((match[3] or "").ljust(7, "0"))


def write_instant(ticks: int) -> str:
    """Write `2022-10-07T09:22:18.738429Z`: up to seven decimals, none of them a trailing zero."""
    whole_s, fraction = divmod(ticks, TICKS_PER_S)
    text = from_epoch_s(whole_s).replace(tzinfo=None).isoformat()
    return f"{text}.{fraction:07}".rstrip("0") + "Z" if fraction else f"{text}Z"


def write_span(ticks: int) -> str:
    """Write a .NET TimeSpan of whole seconds: `[d.]hh:mm:ss`."""
    minutes, second = divmod(ticks // TICKS_PER_S, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    clock = f"{hour:02}:{minute:02}:{second:02}"
    return f"{days}.{clock}" if days else clock


def as_single(value: float) -> float:
    """Return the shortest decimal that is the same 32-bit float: what a .NET `float` looks like in JSON."""
    wanted = struct.pack("<f", value)
    for digits in range(6, 9):
        shortened = float(f"{value:.{digits}g}")
        if struct.pack("<f", shortened) == wanted:
            return shortened
    return float(f"{value:.9g}")
