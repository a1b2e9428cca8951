"""How much of what it may draw a vehicle does draw; pure."""

from __future__ import annotations

import math
from collections import deque

from bridge.engine.site_limit.told import LEAST_A

UNUSED_AFTER_S = 300.0
"""so long a vehicle has to draw clearly less than it may before the rest is given to others"""
_CLEARLY_A = 2.0
_ROOM_A = 1.0
_FULL_A = 0.5
"""within this of its limit a vehicle may want more; below this it draws nothing"""


class Usage:
    """Of one vehicle, by the readings of its connector."""

    def __init__(self) -> None:
        self._drawn: deque[tuple[float, float]] = deque()
        self._cap_a = 0.0
        self.need_a: float | None = None
        """what is enough for it; None: perhaps as much as there is"""
        self.is_content = False
        """it was offered current and drew nothing: whoever waits goes first"""

    def take(self, drawn_a: float | None, cap_a: float, at_s: float) -> None:
        """Take one reading, not older than the one before; `drawn_a` is of the phase with most, None if not told."""
        if cap_a != self._cap_a or drawn_a is None:
            self._drawn.clear()
            self._cap_a = cap_a
        if cap_a < LEAST_A:
            return
        if drawn_a is None:
            self.need_a, self.is_content = None, False
            return
        while len(self._drawn) > 1 and self._drawn[1][0] <= at_s - UNUSED_AFTER_S:
            self._drawn.popleft()
        self._drawn.append((at_s, drawn_a))
        peak_a = max(drawn for _, drawn in self._drawn)
        if drawn_a >= _FULL_A:
            self.is_content = False
        if at_s - self._drawn[0][0] >= UNUSED_AFTER_S:
            self.is_content = peak_a < _FULL_A
            if peak_a < cap_a - _CLEARLY_A or self.is_content:
                self.need_a = max(LEAST_A, float(math.ceil(peak_a + _ROOM_A)))
        if self.need_a is not None and drawn_a >= min(self.need_a, cap_a) - _FULL_A:
            self.need_a = None
