"""How a budget is divided; pure.

Whole amperes of each phase, at least 6 A or nothing. In this order:

1. What forgets a pause keeps 6 A, if there is enough for all of that kind: else none of them is sure of it.
2. Whoever charges gets 6 A, in turn: by priority where that is asked for, then first come first served, those that
   draw nothing behind all others. Who cannot get 6 A gets nothing, until somebody goes or draws nothing.
3. The rest is given out ampere by ampere to whoever has least of it; with priorities, to the highest first.
4. From what nobody wants, a connector without a vehicle gets 6 A, so that the next one begins at once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from bridge.engine.site_limit.caps import Place
from bridge.engine.site_limit.told import LEAST_A

_DUST = 1e-6


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be promised; None where that is not limited, below 0 where more is promised than there is."""

    current_a: float | None
    """of each phase, summed over all chargers"""
    power_w: float | None

    def less(self, current_a: float, w_per_a: float) -> Budget:
        """Return what is left after a promise of this current; `w_per_a` is volt times phases."""
        return Budget(
            None if self.current_a is None else self.current_a - current_a,
            None if self.power_w is None else self.power_w - current_a * w_per_a,
        )

    def has(self, current_a: float, w_per_a: float) -> bool:
        """Return whether a promise of this current fits in."""
        return self.less(current_a, w_per_a).is_kept

    @property
    def is_kept(self) -> bool:
        """Whether no more is promised than there is."""
        return all(left is None or left >= -_DUST for left in (self.current_a, self.power_w))


@dataclass(frozen=True, slots=True)
class Claim:
    """What one connector asks for."""

    place: Place
    w_per_a: float
    """volt between phase and neutral times phases"""
    want_a: float
    """at most; 0 where no vehicle is"""
    most_a: float
    """what its wires give"""
    turn: tuple[float, ...]
    """who has the lower one is served first"""
    priority: int = 0
    is_reserved: bool = False
    """whether less than 6 A cannot be relied on: it forgets a pause"""
    may_stand: bool = False
    """whether it is given 6 A from what nobody wants"""


def share(claims: Iterable[Claim], budget: Budget, *, by_priority: bool) -> dict[Place, float]:
    """Return what each connector is allowed: 0, or a whole number of ampere from 6 on."""
    order = sorted(claims, key=lambda claim: (-claim.priority if by_priority else 0, claim.turn, claim.place))
    sharing = _Sharing(budget, {claim.place: 0.0 for claim in order})
    reserved = [claim for claim in order if claim.is_reserved]
    if sharing.has_for_all(reserved):
        for claim in reserved:
            sharing.give(claim, LEAST_A)
    for claim in order:
        if claim.want_a >= LEAST_A and not sharing.given[claim.place]:
            sharing.give(claim, LEAST_A)
    if by_priority:
        for _, equals in groupby(order, key=lambda claim: claim.priority):
            sharing.fill(list(equals))
    else:
        sharing.fill(order)
    for claim in order:
        if claim.may_stand and not sharing.given[claim.place]:
            sharing.give(claim, LEAST_A)
    return sharing.given


class _Sharing:
    def __init__(self, budget: Budget, given: dict[Place, float]) -> None:
        self.left = budget
        self.given = given

    def has_for_all(self, claims: Sequence[Claim]) -> bool:
        left = self.left
        for claim in claims:
            left = left.less(LEAST_A, claim.w_per_a)
        return left.is_kept

    def give(self, claim: Claim, more_a: float) -> bool:
        if claim.most_a < self.given[claim.place] + more_a or not self.left.has(more_a, claim.w_per_a):
            return False
        self.left = self.left.less(more_a, claim.w_per_a)
        self.given[claim.place] += more_a
        return True

    def fill(self, claims: Sequence[Claim]) -> None:
        heap = [
            (self.given[claim.place], number)
            for number, claim in enumerate(claims)
            if self.given[claim.place] and self._wants_more(claim)
        ]
        heapq.heapify(heap)
        while heap:
            _, number = heapq.heappop(heap)
            claim = claims[number]
            if self.give(claim, 1.0) and self._wants_more(claim):
                heapq.heappush(heap, (self.given[claim.place], number))

    def _wants_more(self, claim: Claim) -> bool:
        return claim.want_a >= self.given[claim.place] + 1
