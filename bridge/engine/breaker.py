"""A breaker across poll slots: a charger that keeps failing is asked less often, and never given up."""

from __future__ import annotations

import random

_FAILURES_TO_OPEN = 3
_FIRST_HOLD_S = 60.0
_LONGEST_HOLD_S = 300.0
_LONGEST_RETRY_AFTER_S = 3600.0


class Breaker:
    """Counts failed slots in a row and says how long to wait before the next attempt."""

    def __init__(self, poll_s: float, jitter: random.Random) -> None:
        self._poll_s = poll_s
        self._jitter = jitter
        self._failures = 0

    @property
    def is_open(self) -> bool:
        """Whether attempts are single and rare by now."""
        return self._failures >= _FAILURES_TO_OPEN

    def succeed(self) -> None:
        """Close."""
        self._failures = 0

    def fail(self, retry_after_s: float | None) -> float:
        """Count a failed slot; return the seconds until the next one, 0 for "at the usual time".

        What the charger itself asked for (Retry-After) holds, up to an hour; otherwise one minute after the
        third failure, growing to five, spread so that chargers behind one dead switch do not come in step.
        """
        self._failures += 1
        wanted_s = 0.0
        if self.is_open:
            growth = 2.0 ** min(self._failures - _FAILURES_TO_OPEN, 8)
            wanted_s = min(_FIRST_HOLD_S * growth, _LONGEST_HOLD_S) * self._jitter.uniform(0.9, 1.0)
        if retry_after_s is not None:
            wanted_s = max(wanted_s, min(retry_after_s, _LONGEST_RETRY_AFTER_S))
        return wanted_s if wanted_s > self._poll_s else 0.0
