"""The chargers of `demo --csms`: one that only reports and one that obeys, each two stations of one central system."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from adapters.go_e.adapter import GoEOptions
from adapters.go_e.simulator import GoESimulator, SimulatorOptions
from bridge.commands.demo_operator import OPERATOR, run_operator
from bridge.config.load import ConfiguredCharger, ConfiguredStation
from bridge.ports import Clock
from bridge.types.options import Credentials
from bridge.types.station_options import OcppOptions

_OPERATOR = {"name": "operator", "version": "2.0.1"}
_EMPLOYER = {"name": "employer", "version": "1.6"}
_OBEYING = "CARPORT-1"
_CHARGERS = {"GARAGE-1": "garage", "GARAGE-2": "garage", _OBEYING: "carport", "CARPORT-2": "carport"}
"""identity of each station → the charger behind it"""
_VEHICLE_AFTER_S = 6.0
"""on kept data a session may still be open; until then it is seen that nobody is there"""


async def join_csms(
    parts: contextlib.AsyncExitStack,
    garage: ConfiguredCharger,
    port: int,
    data_dir: Path,
    clock: Clock,
    stop: asyncio.Event,
) -> tuple[list[ConfiguredCharger], str]:
    """Start a central system and a second charger; return both chargers as its stations, and where its page is.

    Each charger is told twice, in 2.0.1 and in 1.6, so that each session is seen in both versions. The first tells its
    sessions since yesterday too; at the second, which obeys its operator, a vehicle comes and waits to be started from
    afar.
    """
    operator = run_operator(_CHARGERS, _OBEYING, port, data_dir / OPERATOR, clock, stop)
    page, url = await parts.enter_async_context(operator)
    simulated = SimulatorOptions(autonomous=False, access_control=True)
    box = await parts.enter_async_context(GoESimulator(simulated, clock))
    parts.callback(asyncio.get_running_loop().call_later(_VEHICLE_AFTER_S, box.wish, "plug_in").cancel)
    options = GoEOptions.model_validate({"id": "carport", "type": "go-e", "url": box.url, "poll": "2s"})
    carport = ConfiguredCharger(options, "carport (demo)", Credentials())
    since = {"since": (clock.now() - timedelta(days=1)).date()}
    chargers = [
        _told_as(garage, url, {"GARAGE-1": {**_OPERATOR, **since}, "GARAGE-2": {**_EMPLOYER, **since}}),
        _told_as(carport, url, {_OBEYING: {**_OPERATOR, "control": True}, "CARPORT-2": dict(_EMPLOYER)}),
    ]
    return chargers, page


def _told_as(charger: ConfiguredCharger, url: str, stations: dict[str, dict[str, object]]) -> ConfiguredCharger:
    configured = []
    for identity, settings in stations.items():
        options = OcppOptions.model_validate({"url": url, "identity": identity, **settings})
        configured.append(ConfiguredStation(options, f"{charger.options.id} → {options.name}"))
    return replace(charger, stations=tuple(configured))
