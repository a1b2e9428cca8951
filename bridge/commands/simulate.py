"""`chargebridge simulate`: a charger that speaks a vendor's API over real HTTP."""

from __future__ import annotations

import argparse
import asyncio

from adapters.etrel.simulator import EtrelSimulator, SimulatorOptions
from bridge.clock import SystemClock
from bridge.commands.run import stop_on_signals


def main(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    simulated = SimulatorOptions(
        host=options.host,
        port=options.port,
        days=options.days,
        seed=options.seed,
        connectors=options.connectors,
        speed=options.speed,
        autonomous=not options.driven,
        token=options.token,
        email=options.email,
        password=options.password,
    )

    async def serve() -> None:
        stop = stop_on_signals()
        async with EtrelSimulator(simulated, SystemClock()) as simulator:
            print(f"a simulated Etrel charger answers at {simulator.url} (Ctrl-C ends it)", flush=True)
            await stop.wait()

    asyncio.run(serve())
    return 0
