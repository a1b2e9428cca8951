"""A simulated go-e charger over real HTTP, with the adapter or with a bare client in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from adapters.go_e.adapter import GoEOptions, build
from adapters.go_e.simulator import GoESimulator, SimulatorOptions
from bridge.http.client import ChargerHttp
from bridge.ports import Charger
from bridge.types.options import Credentials
from tests.adapters.go_e.scripted import HastyClock
from tests.adapters.scripted import WHERE


def driven(**given: Any) -> SimulatorOptions:
    """Return a charger without cars of its own."""
    return SimulatorOptions(days=0, autonomous=False, **given)


class Bench:
    """One running simulator, its clock, a client, and the adapter."""

    def __init__(self, simulator: GoESimulator, clock: HastyClock, client: httpx.AsyncClient, charger: Charger) -> None:
        self.simulator = simulator
        self.clock = clock
        self.client = client
        self.charger = charger

    async def control(self, action: str, **given: str | float) -> httpx.Response:
        """Post to the control surface."""
        return await self.client.post(f"/_control/{action}", params=given)

    async def status(self) -> dict[str, Any]:
        """Return every key."""
        status: dict[str, Any] = (await self.client.get("/api/status")).json()
        return status

    async def set(self, **values: str | int) -> httpx.Response:
        """Set keys."""
        return await self.client.get("/api/set", params=values)


def run(
    test: Callable[[Bench], Awaitable[None]],
    options: SimulatorOptions | None = None,
    credentials: Credentials | None = None,
) -> None:
    """Run one asynchronous test; the charger's answers are waited for a second at most."""

    async def whole() -> None:
        clock = HastyClock()
        async with (
            GoESimulator(options or driven(), clock) as simulator,
            httpx.AsyncClient(base_url=simulator.url, trust_env=False, timeout=10) as client,
        ):
            given = GoEOptions.model_validate({"id": "carport", "type": "go-e", "url": simulator.url, "timeout": "1s"})
            charger = build(given, ChargerHttp(given, WHERE), credentials or Credentials(), clock)
            try:
                await test(Bench(simulator, clock, client, charger))
            finally:
                await charger.aclose()

    asyncio.run(whole())
