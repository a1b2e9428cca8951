"""How long to wait before the next attempt."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

FIRST_S = 1.0
LONGEST_S = 60.0
LONGEST_WISH_S = 900.0
"""a server that asks for more patience is asked again after this"""
_SHORTEST_S = 0.1
_MOST_FAILURES = 100
"""that are counted"""


class Waits(NamedTuple):
    """Waits that somebody stated, as OCPP 2.x states them."""

    least_s: float
    """the first wait"""
    doublings: int
    """how often it is doubled"""
    random_s: float
    """up to so much is added to each"""


class Backoff:
    """Exponential with full jitter: any wait from nearly none up to a ceiling that doubles, 1 s to 60 s.

    Or with waits that somebody stated.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._failures = 0

    def next_s(self, retry_after_s: float | None, stated: Waits | None = None) -> float:
        """Return the next wait, never shorter than what the server asked for (up to 15 minutes)."""
        if stated is None:
            wait_s = max(_SHORTEST_S, self._random() * min(LONGEST_S, FIRST_S * 2.0**self._failures))
        else:
            doubled_s = stated.least_s * 2.0 ** min(self._failures, stated.doublings)
            wait_s = min(doubled_s, LONGEST_WISH_S) + self._random() * stated.random_s
        self._failures = min(self._failures + 1, _MOST_FAILURES)
        return wait_s if retry_after_s is None else max(wait_s, min(retry_after_s, LONGEST_WISH_S))

    def reset(self) -> None:
        """Begin again after a success."""
        self._failures = 0
