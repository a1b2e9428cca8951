"""The chargers of `demo --csms`: one that only reports and one that obeys, each a station of one central system."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

from adapters.go_e.adapter import GoEOptions
from adapters.go_e.simulator import GoESimulator, SimulatorOptions
from bridge.commands.demo_csms import DemoCsms
from bridge.config.load import ConfiguredCharger, ConfiguredStation
from bridge.ports import Clock
from bridge.types.options import Credentials
from bridge.types.station_options import OcppOptions

_OBEYING = "CARPORT-1"


async def join_csms(
    parts: contextlib.AsyncExitStack, garage: ConfiguredCharger, clock: Clock
) -> list[ConfiguredCharger]:
    """Start a central system and a second charger, and return both chargers as its stations.

    The first tells its sessions since yesterday too; at the second a vehicle waits to be started from afar.
    """
    csms = await parts.enter_async_context(DemoCsms(clock, _OBEYING, lambda line: print(f"CSMS  {line}", flush=True)))
    simulated = SimulatorOptions(autonomous=False, access_control=True)
    box = await parts.enter_async_context(GoESimulator(simulated, clock))
    box.wish("plug_in")
    options = GoEOptions.model_validate({"id": "carport", "type": "go-e", "url": box.url, "poll": "2s"})
    carport = ConfiguredCharger(options, "carport (demo)", Credentials())
    yesterday = (clock.now() - timedelta(days=1)).date()
    return [
        _station_of(garage, csms.url, "GARAGE-1", {"since": yesterday}),
        _station_of(carport, csms.url, _OBEYING, {"control": True}),
    ]


def _station_of(charger: ConfiguredCharger, url: str, identity: str, further: dict[str, object]) -> ConfiguredCharger:
    options = OcppOptions.model_validate({"name": "demo", "url": url, "identity": identity, **further})
    return replace(charger, stations=(ConfiguredStation(options, f"{charger.options.id} → demo"),))
