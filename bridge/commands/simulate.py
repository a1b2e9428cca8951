"""`chargebridge simulate`: a charger that speaks a vendor's API over real HTTP, or OCPP as a station."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from importlib import import_module
from types import TracebackType
from typing import Protocol, cast

from bridge.clock import SystemClock
from bridge.commands.run import stop_on_signals
from bridge.errors import BridgeError


class _Simulator(Protocol):
    """A simulated charger of any vendor; entering it raises OSError where it cannot listen."""

    @property
    def url(self) -> str:
        """Where it answers."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


def main(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; status 1 where that charger or that address cannot be."""
    if options.vendor == "ocpp":
        return cast("int", import_module("bridge.commands.simulate_ocpp").main(options))
    make = {"etrel": _etrel, "go-e": _go_e}[options.vendor]
    try:
        simulator = make(options)
    except ValueError as error:
        raise BridgeError("simulate", str(error)) from error
    asyncio.run(_serve(simulator, options))
    return 0


def _etrel(options: argparse.Namespace) -> _Simulator:
    from adapters.etrel.simulator import EtrelSimulator, SimulatorOptions  # noqa: PLC0415 -- only what is asked for

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
    return EtrelSimulator(simulated, SystemClock())


def _go_e(options: argparse.Namespace) -> _Simulator:
    from adapters.go_e.simulator import GoESimulator, SimulatorOptions  # noqa: PLC0415 -- only what is asked for

    if options.connectors != 1:
        raise ValueError("a go-e charger has one connector")
    if options.email is not None or options.password is not None:
        raise ValueError("a go-e charger has no login; --token makes it ask for one")
    simulated = SimulatorOptions(
        host=options.host,
        port=options.port,
        days=options.days,
        seed=options.seed,
        speed=options.speed,
        autonomous=not options.driven,
        token=options.token,
    )
    return GoESimulator(simulated, SystemClock())


async def _serve(simulator: _Simulator, options: argparse.Namespace) -> None:
    stop = stop_on_signals()
    async with contextlib.AsyncExitStack() as parts:
        try:
            await parts.enter_async_context(simulator)
        except OSError as error:
            where = f"{options.host}:{options.port}"
            seen = f"cannot listen there ({error.strerror})"
            raise BridgeError(f"simulate {where}", seen, todo="Choose another --port or --host") from error
        print(f"a simulated {options.vendor} charger answers at {simulator.url} (Ctrl-C ends it)", flush=True)
        await stop.wait()
