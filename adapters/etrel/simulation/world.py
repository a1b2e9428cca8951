"""The charger's world: what every connector, the building and the cluster do at any time.

Nothing runs in the background. What is true at time t follows from the seed, the planned cars and the wishes
so far, so that the past never changes and a question costs only its own answer.
"""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass

from adapters.etrel.simulation.building import base_load_kw
from adapters.etrel.simulation.cards import CARDS
from adapters.etrel.simulation.connector import Connector
from adapters.etrel.simulation.curve import to_kw
from adapters.etrel.simulation.sessions import NOTED_AFTER, Session
from adapters.etrel.simulation.ticks import TICKS_PER_DAY, TICKS_PER_S
from adapters.etrel.simulation.visits import Visit, visits_of
from adapters.simulation.dice import dice
from bridge.types.series import INTERVAL_S

INTERVAL = INTERVAL_S * TICKS_PER_S


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """What a world is made of; instants in ticks."""

    seed: int
    born_at: int
    """before this there is no history"""
    started_at: int
    """when the simulator was started; without `autonomous` all planned cars have left by then"""
    connectors: int = 1
    autonomous: bool = True


class World:
    """All connectors of one charger; instants in ticks."""

    def __init__(self, plan: WorldPlan) -> None:
        self.plan = plan
        next_id = itertools.count(1).__next__
        self.connectors = {
            number: Connector(number, dice(plan.seed, number, "meter").randint(50_000_000, 2_000_000_000), next_id)
            for number in range(1, plan.connectors + 1)
        }
        self.rebooted_at: int | None = None
        self.wished_at = plan.born_at
        """the latest wish; one from a clock that was set back counts as made then"""
        self._planned: deque[Visit] = deque()
        self._next_day = plan.born_at // TICKS_PER_DAY
        if plan.born_at == plan.started_at and not plan.autonomous:
            self._next_day += 1

    # --- what is -------------------------------------------------------------------------------------------

    def advance(self, at: int) -> None:
        """Let in every planned car that has come by now; asked before anything else is."""
        last_day = (at if self.plan.autonomous else min(at, self.plan.started_at)) // TICKS_PER_DAY
        while self._next_day <= last_day:
            self._planned.extend(self._day(self._next_day))
            self._next_day += 1
        while self._planned and self._planned[0].connected_at <= at:
            visit = self._planned.popleft()
            self.connectors[visit.connector_id].admit(visit)

    def _day(self, day: int) -> list[Visit]:
        visits = [v for number in self.connectors for v in visits_of(self.plan.seed, number, day)]
        visits = [v for v in visits if v.connected_at >= self.plan.born_at]
        if not self.plan.autonomous:
            visits = [v for v in visits if v.unplugged_at + NOTED_AFTER < self.plan.started_at]
        return sorted(visits, key=lambda v: v.connected_at)

    def sessions(self, at: int) -> list[Session]:
        """Return every session that has begun, oldest first."""
        begun = [s for c in self.connectors.values() for s in c.sessions if s.has_started(at)]
        return sorted(begun, key=lambda s: (s.started_at, s.session_id))

    def total_steps(self, at: int) -> int:
        """Return the power of all connectors, in steps."""
        return sum(c.steps_at(at) for c in self.connectors.values())

    def building_kw(self, at: int) -> float:
        """Return what the load guard measures: the building's own load and the charger's."""
        start_s = at // INTERVAL * INTERVAL_S
        return base_load_kw(self.plan.seed, start_s) + to_kw(self.total_steps(at))

    def register_mwh(self, connector: Connector, at: int) -> int:
        """Return the session register: the latest session's energy, less what a reboot made it forget."""
        session = connector.session(at)
        if session is None:
            return 0
        forgotten = 0
        if self.rebooted_at is not None and session.started_at <= self.rebooted_at <= at:
            forgotten = session.energy_mwh(self.rebooted_at)
        return session.energy_mwh(at) - forgotten

    def interval_steps(self, connector: Connector, from_at: int, count: int) -> list[int]:
        """Return the mean power, in whole steps, of `count` intervals from an aligned instant on."""
        to_at = from_at + count * INTERVAL
        drawn = [0] * count
        for session in reversed(connector.sessions):
            end = session.flow_end(to_at)
            if end <= from_at and session.started_at < from_at:
                break
            first = max(0, (session.started_at - from_at) // INTERVAL)
            last = min(count, -((from_at - end) // INTERVAL))
            if first >= last:
                continue
            before = session.drawn(from_at + first * INTERVAL)
            for row in range(first, last):
                after = session.drawn(from_at + (row + 1) * INTERVAL)
                drawn[row] += after - before
                before = after
        return [(step_ticks + INTERVAL // 2) // INTERVAL for step_ticks in drawn]

    def note_failed_attempt(self, at: int) -> None:
        """Let a session of one second appear in the log, just ended, at the first connector without one."""
        places = list(self.connectors.values())
        place = next((c for c in places if c.running(at) is None), places[0])
        place.note_failed_attempt(at, CARDS[0])
