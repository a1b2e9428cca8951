"""The charger and the cars that come to it.

Nothing runs in the background: whoever asks moves the world to the present first, event by event.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from adapters.go_e.simulation.box import OPEN, WAIT, Box, Settings
from adapters.go_e.simulation.units import US_PER_DAY, from_wh
from adapters.go_e.simulation.visits import Visit, visits_of
from adapters.simulation.dice import dice

_FACTORY_A = 16


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """What a world is made of; instants in µs."""

    seed: int
    born_at: int
    """before this no car came"""
    started_at: int
    """when the simulator was started; without `autonomous` all planned cars have left by then"""
    autonomous: bool = True
    access_control: bool = False
    phases: int = 3
    lag: int = 0


class World:
    """One charger through time; instants in µs."""

    def __init__(self, plan: WorldPlan) -> None:
        self.plan = plan
        self.box = Box(
            Settings(amp=_FACTORY_A, acs=WAIT if plan.access_control else OPEN),
            plan.born_at,
            phases=plan.phases,
            energy=from_wh(dice(plan.seed, "register").randint(50_000, 3_000_000)),
            lag=plan.lag,
        )
        self.rebooted_at: int | None = None
        """the latest reboot after the start"""
        self._next_day = plan.born_at // US_PER_DAY
        self._planned: deque[Visit] = deque()
        self._present: Visit | None = None

    def advance(self, at: int) -> None:
        """Move to the present; asked before anything else is."""
        last_day = (at if self.plan.autonomous else min(at, self.plan.started_at)) // US_PER_DAY
        while self._next_day <= last_day:
            self._planned.extend(visit for visit in visits_of(self.plan.seed, self._next_day) if self._comes(visit))
            self._next_day += 1
        while True:
            leaving = self._present
            if leaving is not None and leaving.unplugged_at <= at:
                self._leave(leaving)
            elif leaving is None and self._planned and self._planned[0].plugged_at <= at:
                self._arrive(self._planned.popleft())
            else:
                break
        self.box.advance(at)

    def _comes(self, visit: Visit) -> bool:
        if visit.plugged_at < self.plan.born_at:
            return False
        return self.plan.autonomous or visit.unplugged_at < self.plan.started_at

    def _arrive(self, visit: Visit) -> None:
        self.box.advance(visit.plugged_at)
        if self.box.car is not None:
            return
        self.box.plug_in(visit.car)
        self._present = visit
        if self.box.settings.acs != OPEN and self.box.settings.trx is None:
            self.box.swipe(visit.card)

    def _leave(self, visit: Visit) -> None:
        self.box.advance(visit.unplugged_at)
        if self.box.car is visit.car:
            self.box.unplug()
        self._present = None
