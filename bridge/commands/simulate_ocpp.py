"""`chargebridge simulate ocpp`: a charging station at a central system, made of a simulated charger and a bridge."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import tempfile
from pathlib import Path

from pydantic import ValidationError

from adapters.go_e.adapter import GoEOptions
from adapters.go_e.simulator import GoESimulator, SimulatorOptions
from bridge.app import Running, run_bridge
from bridge.clock import SystemClock
from bridge.commands.run import set_up_logging, stop_on_signals
from bridge.commands.simulated_driver import drive
from bridge.commands.station_report import CHARGER, CSMS, StationReport
from bridge.commands.unwritten_config import config_without_file
from bridge.config.credentials import SecretReader
from bridge.config.document import Document
from bridge.config.explain import explain
from bridge.config.load import ConfiguredCharger, ConfiguredStation
from bridge.config.problems import PlacedConfigError, Position
from bridge.errors import BridgeError
from bridge.types.options import Credentials, Options
from bridge.types.station_options import PROFILE_BASIC, PROFILE_TLS, OcppOptions

_FLAGS = (
    *("url", "identity", "version", "security_profile", "password_file", "password_env"),
    *("ca_file", "certificate_file", "key_file"),
)
_SECTION = "ocpp"


class _Given(Options):
    ocpp: OcppOptions


def main(options: argparse.Namespace) -> int:
    """Be that station until SIGTERM or SIGINT; status 1 where it cannot be one."""
    station = station_of(options)
    try:
        simulated = SimulatorOptions(
            days=0, seed=options.seed, speed=options.speed, autonomous=False, access_control=options.wait_for_card
        )
    except ValueError as error:
        raise BridgeError("simulate ocpp", str(error)) from error
    set_up_logging()
    logging.getLogger().setLevel(logging.WARNING)  # what goes well is printed
    asyncio.run(_serve(station, simulated, driven=options.driven))
    return 0


def station_of(options: argparse.Namespace) -> ConfiguredStation:
    """Return the station that the flags describe; raises BridgeError, which names the flag, for what is no station."""
    document = Document("simulate ocpp", values={(): Position(0, 0, "simulate ocpp")})
    for name in _FLAGS:
        document.values[_SECTION, name] = Position(0, 0, f"--{name.replace('_', '-')}")
    given = {name: value for name in _FLAGS if (value := getattr(options, name)) is not None}
    given.setdefault("security_profile", _fitting_profile(given))
    try:
        described = _Given.model_validate({_SECTION: {"name": CSMS, "control": True, **given}}).ocpp
    except ValidationError as error:
        raise _problem(next(explain(error, document))) from None
    secrets = SecretReader(document, Path.cwd(), os.environ)
    password = secrets.read((_SECTION,), described.password_file, described.password_env, key="password")
    ca_file, certificate_file, key_file = (
        secrets.find((_SECTION,), key, getattr(described, key)) for key in ("ca_file", "certificate_file", "key_file")
    )
    if secrets.problems:
        raise _problem(secrets.problems[0])
    where = f"{described.identity} → {described.url}"
    return ConfiguredStation(described, where, password, ca_file, certificate_file, key_file)


def _fitting_profile(given: dict[str, object]) -> int:
    """Return the lowest security profile that these flags can mean."""
    if "password_file" not in given and "password_env" not in given:
        return 0
    return PROFILE_TLS if str(given["url"]).startswith("wss://") else PROFILE_BASIC


def _problem(problem: PlacedConfigError) -> BridgeError:
    """Return what is wrong with a flag as something that is no config's fault."""
    return BridgeError(f"simulate ocpp: {problem.where}", problem.seen, todo=problem.todo)


async def _serve(station: ConfiguredStation, simulated: SimulatorOptions, *, driven: bool) -> None:
    clock = SystemClock()
    stop = stop_on_signals()
    async with contextlib.AsyncExitStack() as parts:
        folder = parts.enter_context(tempfile.TemporaryDirectory(prefix="chargebridge-station-"))
        box = await parts.enter_async_context(GoESimulator(simulated, clock))
        options = GoEOptions.model_validate({"id": CHARGER, "type": "go-e", "url": box.url, "poll": "1s"})
        charger = ConfiguredCharger(options, "the simulated charger", Credentials(), (station,))
        jobs: list[asyncio.Task[None]] = []

        def begin(running: Running) -> None:
            print(f"a simulated charging station connects to {station.where} (Ctrl-C ends it)")
            print(
                f"the page is at {running.web.url}; POST {box.url}/_control/plug_in, unplug, swipe drives the charger"
            )
            report = StationReport(running, station.options.identity, clock)
            jobs.append(asyncio.create_task(report.run(), name="report"))
            if not driven:
                jobs.append(asyncio.create_task(drive(box, clock), name="drivers"))

        try:
            await run_bridge(config_without_file("simulated", [charger], 0, Path(folder)), clock, stop, begin)
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
