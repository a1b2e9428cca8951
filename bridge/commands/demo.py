"""`chargebridge demo`: two simulated chargers, everything real in between, and the page; with a central system, too."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from pydantic import SecretStr

from adapters.etrel.adapter import EtrelOptions
from adapters.etrel.simulator import EtrelSimulator, SimulatorOptions
from bridge.app import Running, run_bridge
from bridge.clock import SystemClock
from bridge.commands.run import set_up_logging, stop_on_signals
from bridge.commands.unwritten_config import config_without_file
from bridge.config.load import ConfiguredCharger
from bridge.ports import Clock
from bridge.types.options import Credentials

_DAYS = 14
_EMAIL = "demo@example.org"
_PASSWORD = "demo"  # noqa: S105 -- of a simulated charger on loopback
_CHARGERS = {"garage": 1, "carport": 2}
"""id and seed of each"""


def main(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    set_up_logging()
    asyncio.run(_demo(options.port, options.data_dir, with_csms=options.csms))
    return 0


async def _demo(port: int, data_dir: Path | None, *, with_csms: bool) -> None:
    clock = SystemClock()
    stop = stop_on_signals()
    async with contextlib.AsyncExitStack() as parts:
        if data_dir is None:
            folder = parts.enter_context(tempfile.TemporaryDirectory(prefix="chargebridge-demo-"))
            data_dir = Path(folder)
        since_at = _since(data_dir, clock)
        operators_page = None
        if with_csms:
            garage = await _simulate(parts, "garage", _CHARGERS["garage"], since_at, clock)
            stations = import_module("bridge.commands.demo_stations")  # the plain demo does without all of it
            chargers, operators_page = await stations.join_csms(parts, garage, port, data_dir, clock, stop)
        else:
            chargers = [await _simulate(parts, charger, seed, since_at, clock) for charger, seed in _CHARGERS.items()]
        config = config_without_file("demo", chargers, port, data_dir)

        def tell(running: Running) -> None:
            print(f"\n    {running.web.url}\n", flush=True)
            print(f"Two simulated chargers are polled; {_DAYS} days of their history are being loaded.")
            if operators_page is not None:
                print(f"The operator, to whom both are told, has a page of its own: {operators_page}")
            print(f"The data lies in {data_dir}. Ctrl-C ends the demo.", flush=True)

        await run_bridge(config, clock, stop, tell, web_required=True)


def _since(data_dir: Path, clock: Clock) -> datetime:
    """Return where the simulated past begins; kept, so that a demo on the same data has the same chargers."""
    kept = data_dir / "demo-since"
    if not kept.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        kept.write_text((midnight - timedelta(days=_DAYS)).isoformat(), encoding="ascii")
    return datetime.fromisoformat(kept.read_text(encoding="ascii"))


async def _simulate(
    parts: contextlib.AsyncExitStack, charger: str, seed: int, since_at: datetime, clock: Clock
) -> ConfiguredCharger:
    simulated = SimulatorOptions(since=since_at, seed=seed, email=_EMAIL, password=_PASSWORD)
    simulator = await parts.enter_async_context(EtrelSimulator(simulated, clock))
    options = EtrelOptions.model_validate(
        {
            "id": charger,
            "type": "etrel",
            "url": simulator.url,
            "poll": "5s",
            "history_since": since_at.date(),
        }
    )
    credentials = Credentials(email=_EMAIL, password=SecretStr(_PASSWORD))
    return ConfiguredCharger(options, f"{charger} (demo)", credentials)
