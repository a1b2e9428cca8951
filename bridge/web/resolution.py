"""How coarse a power series is drawn or read, so that every answer stays small."""

from __future__ import annotations

from bridge.types.options import parse_duration_s
from bridge.types.series import DAY_S, INTERVAL_S
from bridge.web.question import BadParameterError

MAX_JSON_ROWS = 20_000
"""rows in one JSON answer over all series"""
_MAX_AUTO_ROWS = 1_500
"""rows of one series that a screen can show"""
_HOUR_S = 3_600
_NAMES = {
    "5min": INTERVAL_S,
    "10min": 2 * INTERVAL_S,
    "15min": 3 * INTERVAL_S,
    "30min": 6 * INTERVAL_S,
    "1h": _HOUR_S,
    "2h": 2 * _HOUR_S,
    "3h": 3 * _HOUR_S,
    "6h": 6 * _HOUR_S,
    "12h": 12 * _HOUR_S,
    "1d": DAY_S,
    "2d": 2 * DAY_S,
    "7d": 7 * DAY_S,
}
COARSEST_S = max(_NAMES.values())


def parse_resolution_s(text: str | None) -> int | None:
    """Return the length of a bucket in seconds, None for `auto`; raises BadParameterError."""
    if text in {None, "auto"}:
        return None
    assert text is not None
    try:
        length_s = parse_duration_s(text)
    except ValueError:
        length_s = 0.0
    if length_s not in _NAMES.values():
        raise BadParameterError("resolution", text, f"auto, {', '.join(_NAMES)}")
    return int(length_s)


def auto_resolution_s(from_s: int, to_s: int, series: int, *, bounded: bool) -> int:
    """Return the finest bucket at which a screen can show each series and, if `bounded`, JSON holds all."""
    for length_s in _NAMES.values():
        rows = row_bound(from_s, to_s, length_s)
        if rows <= _MAX_AUTO_ROWS and (not bounded or rows * series <= MAX_JSON_ROWS):
            return length_s
    return COARSEST_S


def row_bound(from_s: int, to_s: int, length_s: int) -> int:
    """Return how many buckets of one series touch [from_s, to_s)."""
    return -(-to_s // length_s) - from_s // length_s
