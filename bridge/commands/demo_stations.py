"""The chargers of `demo --csms`: one that only reports and one that obeys, each two stations of one central system."""

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

_OPERATOR = {"name": "operator", "version": "2.0.1"}
_EMPLOYER = {"name": "employer", "version": "1.6"}
_OBEYING = "CARPORT-1"
_CHARGERS = {"GARAGE-1": "garage", "GARAGE-2": "garage", _OBEYING: "carport", "CARPORT-2": "carport"}
"""identity of each station → the charger behind it"""


async def join_csms(
    parts: contextlib.AsyncExitStack, garage: ConfiguredCharger, clock: Clock
) -> list[ConfiguredCharger]:
    """Start a central system and a second charger, and return both chargers as its stations.

    Each charger is told twice, in 2.0.1 to its operator and in 1.6 to an employer, so that each session is seen in both
    versions. The first tells its sessions since yesterday too; at the second, which obeys its operator, a vehicle
    waits to be started from afar.
    """
    csms = await parts.enter_async_context(
        DemoCsms(clock, _OBEYING, _CHARGERS, lambda line: print(f"CSMS  {line}", flush=True))
    )
    simulated = SimulatorOptions(autonomous=False, access_control=True)
    box = await parts.enter_async_context(GoESimulator(simulated, clock))
    box.wish("plug_in")
    options = GoEOptions.model_validate({"id": "carport", "type": "go-e", "url": box.url, "poll": "2s"})
    carport = ConfiguredCharger(options, "carport (demo)", Credentials())
    since = {"since": (clock.now() - timedelta(days=1)).date()}
    return [
        _told_as(garage, csms.url, {"GARAGE-1": {**_OPERATOR, **since}, "GARAGE-2": {**_EMPLOYER, **since}}),
        _told_as(carport, csms.url, {_OBEYING: {**_OPERATOR, "control": True}, "CARPORT-2": dict(_EMPLOYER)}),
    ]


def _told_as(charger: ConfiguredCharger, url: str, stations: dict[str, dict[str, object]]) -> ConfiguredCharger:
    configured = []
    for identity, settings in stations.items():
        options = OcppOptions.model_validate({"url": url, "identity": identity, **settings})
        configured.append(ConfiguredStation(options, f"{charger.options.id} → {options.name}"))
    return replace(charger, stations=tuple(configured))
