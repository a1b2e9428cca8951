"""How much of something may come: at once, and for long."""

from __future__ import annotations

from typing import Final

_ROUNDING: Final = 1e-6
"""what is lacking by the rounding of floats alone is not waited for"""


class TokenBucket:
    """Lets through `burst` at once and `per_s` for long; time, monotonic seconds, is handed in."""

    def __init__(self, burst: int, per_s: float, now_s: float) -> None:
        self._burst = float(burst)
        self._per_s = per_s
        self._left = float(burst)
        self._at_s = now_s

    def wait_s(self, now_s: float) -> float:
        """Return how long the next one has to wait; 0 when it need not."""
        self._fill(now_s)
        lacking = 1.0 - self._left
        return lacking / self._per_s if lacking > _ROUNDING else 0.0

    def take(self, now_s: float) -> bool:
        """Take one; False, and nothing taken, where it would have to wait."""
        if self.wait_s(now_s) > 0:
            return False
        self._left -= 1.0
        return True

    def _fill(self, now_s: float) -> None:
        passed_s, self._at_s = max(0.0, now_s - self._at_s), now_s
        self._left = min(self._burst, self._left + passed_s * self._per_s)
