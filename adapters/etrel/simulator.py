"""A charger that speaks the Etrel local web API over real HTTP, for trying things out and for tests."""

from __future__ import annotations

from adapters.etrel.simulation.api import Api
from adapters.etrel.simulation.control import state_of
from adapters.etrel.simulation.options import FaultKind, SimulatorOptions
from adapters.etrel.simulation.ticks import TICKS_PER_S
from adapters.etrel.simulation.wishes import WISH_NAMES, fulfil
from adapters.etrel.simulation.world import World, WorldPlan
from adapters.simulation.faults import Fault, Faults
from adapters.simulation.simulator import Simulator
from adapters.simulation.wishes import Given, WishError
from bridge.ports import Clock

__all__ = ["EtrelSimulator", "Fault", "FaultKind", "SimulatorOptions", "WishError"]


class EtrelSimulator(Simulator[FaultKind]):
    """One simulated charger, with instants in ticks."""

    wish_names = WISH_NAMES
    tells_date = True
    world: World

    def __init__(self, options: SimulatorOptions, clock: Clock) -> None:
        """Create the charger; its history ends and its simulated time begins at the clock's present."""
        super().__init__(options, Faults(FaultKind, options.faults), clock, TICKS_PER_S)
        self.world = World(
            WorldPlan(
                seed=options.seed,
                born_at=self._born_at,
                started_at=self._began_at,
                connectors=options.connectors,
                autonomous=options.autonomous,
            )
        )
        self._api = Api(options, self.world, self.faults)

    def _fulfil(self, action: str, given: Given, now: int) -> None:
        fulfil(self.world, action, given, now)

    def _state(self, now: int) -> dict[str, object]:
        return state_of(self.world, now)
