"""Which network profile is tried next: a state machine without time, sockets or store.

One round goes through the slots of the priority, then through what worked last, then through the config's own; each is
tried as often as NetworkProfileConnectionAttempts says, and then the round begins again [spec: B10.FR.03, .04, .07].
So what worked last is never left for good, and neither is the connection that a person wrote down.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.uplink.network.slots import OWN

PROVEN_WITHIN_S = 600.0
"""a profile that is new must have its boot accepted by then, or counts as failed"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is to be tried."""

    priority: tuple[int, ...]
    """slots that hold something, the most wanted first; may be empty"""
    attempts: int
    """of each before the next; less than one counts as one"""
    worked: int = OWN
    """the slot on which a boot was accepted last, or FORMER where that slot holds something else since"""


class Choosing:
    """Says which slot to connect with; told what came of it."""

    def __init__(self) -> None:
        self._priority: tuple[int, ...] = ()
        self._round: tuple[int, ...] = ()
        self._at = 0
        self._tries = 0

    def slot(self, course: Course) -> int:
        """Return the slot to try now. Another priority than last time begins with its first."""
        if course.priority != self._priority:
            self.reboot()
        self._priority = course.priority
        self._follow(_route(course))
        if self._tries >= max(1, course.attempts):
            self._at, self._tries = (self._at + 1) % len(self._round), 0
        return self._round[self._at]

    def failed(self) -> None:
        """Take it that the slot could not be connected with, or that its connection ended before a boot."""
        self._tries += 1

    def took(self) -> None:
        """Take it that a boot was accepted: when this connection ends, the same slot is tried first, and afresh."""
        self._tries = 0

    def reboot(self) -> None:
        """Begin with the first of the priority again."""
        self._round = ()
        self._at = self._tries = 0

    def _follow(self, route: tuple[int, ...]) -> None:
        """Go on at the same slot where the round has become another, and with its first where that slot is gone."""
        if route == self._round:
            return
        before = self._round[self._at] if self._round else None
        if before in route:
            self._at = route.index(before)
        else:
            self._at = self._tries = 0
        self._round = route


def _route(course: Course) -> tuple[int, ...]:
    """Return one round, in which no slot follows itself, also where the next round begins."""
    route: list[int] = []
    ends = [course.worked, *([] if OWN in (*course.priority, course.worked) else [OWN])]
    for slot in (*course.priority, *ends):
        if not route or route[-1] != slot:
            route.append(slot)
    if len(route) > 1 and route[0] == route[-1]:
        route.pop()
    return tuple(route)
