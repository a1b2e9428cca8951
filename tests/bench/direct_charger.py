"""Simulated chargers without a socket: the adapter asks the simulator's API as a function, on a clock of ours."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import format_datetime

from adapters import registry
from adapters.etrel.simulation.api import Api
from adapters.etrel.simulation.options import FaultKind, SimulatorOptions
from adapters.etrel.simulation.ticks import TICKS_PER_DAY, to_ticks
from adapters.etrel.simulation.world import World, WorldPlan
from adapters.simulation.faults import Faults
from bridge.ports import Charger, Clock, HttpAnswer
from bridge.types.charger_options import HttpChargerOptions
from tests.bench.polling import configured_charger


class DirectHttp:
    """`bridge.ports.Http` whose answers come from a simulated world at once."""

    def __init__(self, options: SimulatorOptions, clock: Clock) -> None:
        self.where = f"charger {options.seed} (bench)"
        self._clock = clock
        now = to_ticks(clock.now())
        born_at = now - options.days * TICKS_PER_DAY
        world = World(WorldPlan(options.seed, born_at, now, options.connectors, options.autonomous))
        self._api = Api(options, world, Faults(FaultKind))

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        bearer: str | None = None,
        timeout_s: float | None = None,  # noqa: ARG002 -- it takes no time
        once: bool = False,  # noqa: ARG002 -- nothing is sent
    ) -> HttpAnswer:
        """Answer from the world as it is now."""
        now = self._clock.now()
        given = {**(query or {}), **(form or {})}
        answer = self._api.answer(method, path.rstrip("/"), given, f"Bearer {bearer}", to_ticks(now))
        headers = {"content-type": answer.content_type.decode(), "date": format_datetime(now, usegmt=True)}
        return HttpAnswer(answer.status, headers, answer.body)

    async def aclose(self) -> None:
        """Nothing to let go of."""


def direct_charger(number: int, clock: Clock, days: int) -> Charger:
    """Return the adapter of a simulated charger with that many days of history."""
    configured = configured_charger(number, f"http://charger{number}")
    assert isinstance(configured.options, HttpChargerOptions)
    http = DirectHttp(SimulatorOptions(seed=number + 1, days=days), clock)
    return registry.build(configured.options, http, configured.credentials, clock)
