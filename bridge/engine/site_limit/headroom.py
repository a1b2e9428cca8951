"""What is left of the limit: fixed, or by what the rest of the building takes; pure."""

from __future__ import annotations

from collections import deque
from enum import Enum, auto

from bridge.engine.site_limit.options import SiteLimitOptions
from bridge.engine.site_limit.shares import Budget

OLD_S = 30.0
"""a building's power older than this raises nothing"""
LOST_S = 120.0
"""and after this nobody gets more than 6 A"""


class Sight(Enum):
    """How well the building's power is known."""

    CLEAR = auto()
    DIM = auto()
    """too old, or not known for long enough: nothing is raised"""
    NONE = auto()
    """nobody gets more than 6 A"""


class Headroom:
    """Remembers the least that was left in the last `raise_after`; times are monotonic seconds.

    So it falls at once, and rises only after there has been more for that long. That also hides the moments in which
    a charger's reading is newer than the building's. What the building feeds back is not counted on: it can be gone
    within a second.
    """

    def __init__(self, options: SiteLimitOptions, began_s: float) -> None:
        self._options = options
        self._began_s = began_s
        self._taken_s: float | None = None
        self._left: deque[tuple[float, float]] = deque()
        self.base_w: float | None = None

    def take(self, building_w: float, chargers_w: float, at_s: float) -> None:
        """Take a reading of the building, all chargers included, and what these took themselves."""
        assert self._options.max_power_w is not None
        self.base_w = max(building_w - chargers_w, 0.0)
        self._taken_s = at_s
        self._left.append((at_s, self._options.max_power_w - self.base_w))
        while len(self._left) > 1 and self._left[1][0] <= at_s - self._options.raise_after_s:
            self._left.popleft()

    def sight(self, now_s: float) -> Sight:
        """Return how well the budget is known."""
        if self._options.building is None:
            return Sight.CLEAR
        since_s = self._began_s if self._taken_s is None else self._taken_s
        if now_s - since_s >= LOST_S:
            return Sight.NONE
        is_long_enough = self._taken_s is not None and self._taken_s - self._left[0][0] >= self._options.raise_after_s
        return Sight.CLEAR if now_s - since_s < OLD_S and is_long_enough else Sight.DIM

    def budget(self, now_s: float) -> Budget:
        """Return what may be promised now."""
        power_w = self._options.max_power_w
        if self._left and self.sight(now_s) is not Sight.NONE:
            power_w = min(left_w for _, left_w in self._left)
        return Budget(self._options.max_current_a, power_w)
