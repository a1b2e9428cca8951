"""How .NET writes instants and lengths of time."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_TIMESPAN = re.compile(
    r"(-)?(?:(\d{1,8})\.)?([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,7}))?",
    re.ASCII,
)
_LEAST_DATE = "0001-01-01"
_GREATEST = "9999-12-31T23:59:59"
_TICKS_PER_SECOND = 10_000_000


def parse_instant(text: str) -> datetime | None:
    """Return the UTC instant, cut to microseconds; None for year 1, which means "none" [clients].

    The greatest instant that .NET can say is no time either.

    A time without a zone is taken as UTC [guess]: all real ones in the seed carry `Z`. ValueError otherwise.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError("an instant looks like 2022-10-06T20:06:24.0617736Z")
    if match[1] == _LEAST_DATE or (text.startswith(_GREATEST) and match[2] in {None, "Z"}):
        return None
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if match[2] is None else instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant lies between the years 1 and 9999") from None


def parse_timespan_s(text: str) -> float:
    """Return the seconds of `[-][d.]hh:mm:ss[.fffffff]`, such as `1.12:44:26`; ValueError otherwise."""
    match = _TIMESPAN.fullmatch(text)
    if match is None:
        raise ValueError("a length of time looks like 1.12:44:26")
    sign, days, hours, minutes, seconds, fraction = match.groups()
    whole_s = ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds)
    ticks = whole_s * _TICKS_PER_SECOND + int((fraction or "").ljust(7, "0"))
    return (-ticks if sign else ticks) / _TICKS_PER_SECOND
