"""A simulator and a client for it, on a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx

from adapters.etrel.simulator import EtrelSimulator, SimulatorOptions
from tests.clock import FakeClock

NOW = datetime(2025, 3, 3, 21, 17, 3, tzinfo=UTC)


class Bench:
    """One running simulator, its clock, and a client."""

    def __init__(self, simulator: EtrelSimulator, clock: FakeClock, client: httpx.AsyncClient) -> None:
        self.simulator = simulator
        self.clock = clock
        self.client = client

    async def control(self, action: str, **given: str | int) -> httpx.Response:
        """Post to the control surface."""
        return await self.client.post(f"/_control/{action}", params=given)

    async def online(self) -> dict[str, object]:
        """Return the first connector's onlineData."""
        status = (await self.client.get("/api/generalStatus/")).json()
        online: dict[str, object] = status["evses"][0]["connectors"][0]["onlineData"]
        return online


@asynccontextmanager
async def bench(options: SimulatorOptions | None = None) -> AsyncIterator[Bench]:
    """Start a simulator with no cars of its own, or with the given options."""
    clock = FakeClock(NOW)
    async with (
        EtrelSimulator(options or SimulatorOptions(days=0, autonomous=False), clock) as simulator,
        httpx.AsyncClient(base_url=simulator.url, trust_env=False, timeout=10) as client,
    ):
        yield Bench(simulator, clock, client)


def run(test: Callable[[Bench], Awaitable[None]], options: SimulatorOptions | None = None) -> None:
    """Run one asynchronous test against a simulator."""

    async def whole() -> None:
        async with bench(options) as at:
            await test(at)

    asyncio.run(whole())
