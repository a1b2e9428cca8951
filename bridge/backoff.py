"""How long to wait before the next attempt."""

from __future__ import annotations

from collections.abc import Callable

FIRST_S = 1.0
LONGEST_S = 60.0
LONGEST_WISH_S = 900.0
"""a server that asks for more patience is asked again after this"""
_SHORTEST_S = 0.1


class Backoff:
    """Exponential with full jitter: any wait from nearly none up to a ceiling that doubles, 1 s to 60 s."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._ceiling_s = FIRST_S

    def next_s(self, retry_after_s: float | None) -> float:
        """Return the next wait, never shorter than what the server asked for (up to 15 minutes)."""
        wait_s = max(_SHORTEST_S, self._random() * self._ceiling_s)
        self._ceiling_s = min(LONGEST_S, self._ceiling_s * 2)
        return wait_s if retry_after_s is None else max(wait_s, min(retry_after_s, LONGEST_WISH_S))

    def reset(self) -> None:
        """Begin again after a success."""
        self._ceiling_s = FIRST_S
