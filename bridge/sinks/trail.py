"""Where a delivery stands, and where it begins again when the server may have lost its last minutes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from bridge.sinks.plan import Plan

SETTLE_S = 900.0
"""a server that lived this long after it took something has it on its disk; its 204 alone means less [seen]"""
MARK_EVERY_S = 60.0
"""keeps the marks few, sixteen while nothing is in doubt"""
REPEAT_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """A place within a plan: all steps before `offset` are done."""

    plan: Plan
    offset: int = 0

    @property
    def safe_seq(self) -> int:
        """The seq up to which everything is delivered."""
        return self.plan.safe_seq(self.offset)

    @property
    def finished(self) -> bool:
        """Whether the plan is done."""
        return self.offset >= len(self.plan.steps)

    def is_beyond(self, other: Place) -> bool:
        """Whether this place is farther than `other`; False when nobody can tell.

        That is so for two places amid the same entry in different plans, which may cut it differently.
        """
        if self.plan is other.plan:
            return self.offset > other.offset
        if self.safe_seq > other.safe_seq:
            return True
        return other.finished and self.offset > 0 and self.plan.steps[self.offset - 1].safe_seq >= other.safe_seq


class Trail:
    """Remembers at which age of the server each place was first reached, and whether something is in doubt.

    Only time in which the server was seen alive makes a place settled, so an outage of an hour settles
    nothing. After a break everything beyond the settled place is in doubt and is sent once more, but only
    when there is nothing new to send: a server that fails at every third write is still served to the end.
    Until that repetition is through nothing more becomes settled. Places keep their age when they are sent
    again; otherwise a line that breaks every ten minutes would let the repetitions grow for ever.
    """

    def __init__(self, start: Place) -> None:
        self.settled = start
        self.farthest = start
        self._marks: deque[tuple[float, Place]] = deque()
        self._alive_s = 0.0
        self._last_success_s: float | None = None
        self._doubtful = False
        self._repeat_until: Place | None = None
        self._repeated_at_s: float | None = None

    def reach(self, place: Place, now_s: float) -> bool:
        """Note that the server took everything before this place; True when it did so for the first time."""
        if self._last_success_s is not None:
            self._alive_s += now_s - self._last_success_s
        self._last_success_s = now_s
        new = self.skip(place)
        if new and (not self._marks or self._alive_s - self._marks[-1][0] >= MARK_EVERY_S):
            self._marks.append((self._alive_s, place))
        if not self._doubtful and self._repeat_until is None:
            while self._marks and self._alive_s - self._marks[0][0] >= SETTLE_S:
                self.settled = self._marks.popleft()[1]
        return new

    def skip(self, place: Place) -> bool:
        """Note that there was nothing to send before this place; True when it is reached for the first time."""
        if self._repeat_until is not None and not self._repeat_until.is_beyond(place):
            self._repeat_until = None
        if not place.is_beyond(self.farthest):
            return False
        self.farthest = place
        return True

    def quiet_s(self, now_s: float) -> float:
        """Return how long ago the last success was; 0 before the first and after an interruption."""
        return 0.0 if self._last_success_s is None else now_s - self._last_success_s

    def interrupt(self) -> None:
        """Note that a write failed: the time until the next success does not count as life."""
        self._last_success_s = None
        self._doubtful = True

    def suspect(self) -> None:
        """Note that the server may have been restarted since the success before the last."""
        self._doubtful = True

    def repeat(self, now_s: float) -> Place | None:
        """Return where to begin again, if something is in doubt; at most once a minute."""
        recently = self._repeated_at_s is not None and now_s - self._repeated_at_s < REPEAT_EVERY_S
        if not self._doubtful or recently:
            return None
        self._doubtful = False
        self._repeat_until = self.farthest
        self._repeated_at_s = now_s
        return self.settled
