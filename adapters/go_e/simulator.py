"""A charger that speaks the go-e local HTTP API v2 over real HTTP, for trying things out and for tests."""

from __future__ import annotations

from adapters.go_e.simulation.api import SET, Api
from adapters.go_e.simulation.control import state_of
from adapters.go_e.simulation.faults import GoEFaults
from adapters.go_e.simulation.options import FaultKind, SimulatorOptions
from adapters.go_e.simulation.units import US_PER_S, seconds
from adapters.go_e.simulation.wishes import WISH_NAMES, fulfil
from adapters.go_e.simulation.world import World, WorldPlan
from adapters.simulation.faults import Fault
from adapters.simulation.simulator import Simulator
from adapters.simulation.wishes import Given, WishError
from bridge.ports import Clock

__all__ = ["Fault", "FaultKind", "GoESimulator", "SimulatorOptions", "WishError"]


class GoESimulator(Simulator[FaultKind]):
    """One simulated charger, with instants in µs."""

    wish_names = WISH_NAMES
    world: World

    def __init__(self, options: SimulatorOptions, clock: Clock) -> None:
        """Create the charger; its simulated time begins at the clock's present."""
        super().__init__(options, GoEFaults(FaultKind, options.faults), clock, US_PER_S)
        self.sets: list[Given] = []
        """what every set asked for, also those that were not done, oldest first"""
        self.world = World(
            WorldPlan(
                seed=options.seed,
                born_at=self._born_at,
                started_at=self._began_at,
                autonomous=options.autonomous,
                access_control=options.access_control,
                phases=options.phases,
                lag=seconds(options.lag_s),
            )
        )
        self.world.advance(self._began_at)
        self._api = Api(options, self.world, self.faults)

    def _note(self, path: str, given: Given) -> None:
        super()._note(path, given)
        if path == SET:
            self.sets.append(given)

    def _fulfil(self, action: str, given: Given, now: int) -> None:
        fulfil(self.world, action, given, now)

    def _state(self, now: int) -> dict[str, object]:
        return state_of(self.world, now)
