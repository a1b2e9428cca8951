"""The central system of `demo --csms`: a second bridge, to which the chargers of the first connect as OCPP stations."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import replace
from pathlib import Path

from adapters.ocpp import OcppChargerOptions
from bridge.app import Running, run_bridge
from bridge.central.options import CentralOptions
from bridge.commands.demo_report import OperatorReport
from bridge.commands.unwritten_config import config_without_file
from bridge.config.load import Config, ConfiguredCentral, ConfiguredCharger
from bridge.errors import BridgeError
from bridge.ports import Clock
from bridge.types.command import LimitCurrent
from bridge.types.options import Credentials
from bridge.types.words import Ability, ConnectorStatus

OPERATOR = "operator"
_HOST = "127.0.0.1"
_PORTS_TRIED = 20
_LOOK_EVERY_S = 1.0
_FIRST_ORDERS_EVERY_S = 5.0
_LIMIT_EVERY_S = 60.0
_LIMITS_A = (16.0, 8.0)
_ORIGIN = "demo"


@contextlib.asynccontextmanager
async def run_operator(
    chargers: Mapping[str, str], obeying: str, port: int, data_dir: Path, clock: Clock, stop: asyncio.Event
) -> AsyncIterator[tuple[str, str]]:
    """Run the operator's bridge until `stop` is set or the context left; one of its stations is given orders.

    Yields the addresses of its page and for stations.

    `chargers` are those behind the stations, by the stations' identities; `port` is that of the other page.
    """
    ready: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    config = _config(chargers, _next_free(port), data_dir)
    bridge = asyncio.create_task(run_bridge(config, clock, stop, ready.set_result, web_required=True), name=OPERATOR)
    jobs: list[asyncio.Task[None]] = []
    try:
        await asyncio.wait((bridge, ready), return_when=asyncio.FIRST_COMPLETED)
        if bridge.done():
            bridge.result()
        running = ready.result()
        assert running.central is not None
        await running.central.server.listening()
        report = OperatorReport(running, chargers, clock, lambda line: print(f"CSMS  {line}", flush=True))
        jobs.append(asyncio.create_task(report.run(), name="report"))
        jobs.append(asyncio.create_task(give_orders(running, obeying, clock), name="orders"))
        yield running.web.url, f"ws://{_HOST}:{running.central.server.port}/ocpp"
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        stop.set()
        await bridge


async def give_orders(running: Running, station: str, clock: Clock) -> None:
    """Start a station that obeys when a vehicle waits there, and limit it now and then; the journal has it all."""
    assert running.central is not None
    charger = station.lower()
    while not _waits(running, charger):
        await clock.sleep(_LOOK_EVERY_S)
    pause_s = _FIRST_ORDERS_EVERY_S
    for limit_a in itertools.cycle(_LIMITS_A):
        if _waits(running, charger):
            start = {"connectorId": 1, "idTag": "DEMO"}
            await _tried(running.central.operate(charger, "RemoteStartTransaction", start, _ORIGIN))
        await clock.sleep(pause_s)
        pause_s = _LIMIT_EVERY_S
        await _tried(running.commander.execute(charger, LimitCurrent(connector_id=1, limit_a=limit_a), _ORIGIN))


def _waits(running: Running, charger: str) -> bool:
    """Tell whether a vehicle waits at a charger that is connected and has said that it can be limited."""
    snapshot = running.board.chargers[charger].snapshot
    is_plugged = snapshot is not None and any(one.status is ConnectorStatus.PREPARING for one in snapshot.connectors)
    is_there = running.board.stations[charger].booted_at is not None
    return is_there and is_plugged and Ability.LIMIT_CURRENT in running.commander.abilities(charger)


async def _tried(order: Awaitable[object]) -> None:
    with contextlib.suppress(BridgeError):  # the journal has it, and so the report
        await order


def _config(identities: Mapping[str, str], port: int, data_dir: Path) -> Config:
    chargers = []
    for identity in identities:
        options = OcppChargerOptions.model_validate({"id": identity.lower(), "type": "ocpp", "identity": identity})
        chargers.append(ConfiguredCharger(options, f"{identity} ({OPERATOR})", Credentials()))
    central = CentralOptions.model_validate({"host": _HOST, "port": 0, "sample": "10s"})
    config = config_without_file(OPERATOR, chargers, port, data_dir)
    return replace(config, central=ConfiguredCentral(central, f"central ({OPERATOR})"))


def _next_free(port: int) -> int:
    """Return a free port after this one, 0 (any) where that is none."""
    for candidate in range(port + 1, min(port + _PORTS_TRIED, 65_536)) if port else ():
        with contextlib.suppress(OSError), socket.create_server((_HOST, candidate)):
            return candidate
    return 0
