"""`chargebridge simulate`: a charger that speaks a vendor's API over real HTTP."""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from adapters.etrel.simulator import EtrelSimulator, SimulatorOptions
from bridge.clock import SystemClock
from bridge.commands.run import stop_on_signals
from bridge.errors import BridgeError


def main(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; status 1 where that charger or that address cannot be."""
    try:
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
    except ValueError as error:
        raise BridgeError("simulate", str(error)) from error
    asyncio.run(_serve(simulated))
    return 0


async def _serve(simulated: SimulatorOptions) -> None:
    stop = stop_on_signals()
    async with contextlib.AsyncExitStack() as parts:
        try:
            simulator = await parts.enter_async_context(EtrelSimulator(simulated, SystemClock()))
        except OSError as error:
            where = f"{simulated.host}:{simulated.port}"
            seen = f"cannot listen there ({error.strerror})"
            raise BridgeError(f"simulate {where}", seen, todo="Choose another --port or --host") from error
        print(f"a simulated Etrel charger answers at {simulator.url} (Ctrl-C ends it)", flush=True)
        await stop.wait()
