"""A simulated charger with a thread and an event loop of its own, and its own truth to compare with."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx

from adapters.etrel.simulator import EtrelSimulator, FaultKind, SimulatorOptions
from bridge.clock import SystemClock

TOKEN = "a-token-that-nobody-may-read"
_LIMIT_S = 10.0


class SimulatedCharger:
    """Speaks real HTTP on loopback. May be stopped and started again, which keeps its address and its world.

    Everything is asked over its HTTP API, not through the adapter: what it says is the measure of the bridge.
    """

    def __init__(self, options: SimulatorOptions) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulated charger")
        self._simulator = EtrelSimulator(replace(options, token=TOKEN), SystemClock())

    def __enter__(self) -> Self:
        self._thread.start()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_LIMIT_S)
        self._loop.close()

    def start(self) -> None:
        """Listen; again on the same port after `stop`."""
        self._do(self._simulator.start())

    def stop(self) -> None:
        """Answer nobody any more, as a charger without power."""
        self._do(self._simulator.stop())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_LIMIT_S)

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self._simulator.url

    def asked(self, path: str) -> int:
        """Return how often a path was asked for until now."""
        return self._simulator.requests[path]

    def control(self, action: str, **given: str | int) -> dict[str, Any]:
        """Do something to the charger, such as `plug_in` or `reboot`."""
        answer = httpx.post(f"{self.url}/_control/{action}", params=given, trust_env=False)
        answer.raise_for_status()
        state: dict[str, Any] = answer.json()
        return state

    def fail(self, kind: FaultKind, **given: str | int) -> None:
        """Let a fault strike."""
        self.control("fail", kind=kind.value, **given)

    def heal(self) -> None:
        """End all faults."""
        self.control("heal")

    def log(self) -> list[dict[str, Any]]:
        """Return all rows of the charger's session log as they come, newest first."""
        rows: list[dict[str, Any]] = self._ask("/api/chargingSession/", {"pageSize": "1000"})["content"]
        return rows

    def profile(self, measure: str, from_at: datetime, to_at: datetime) -> dict[str, float]:
        """Return the charger's power rows of [from, to) in kW by their start, such as `2026-01-31T10:05:00Z`."""
        query = {"measure": measure, "fromTime": _instant(from_at), "toTime": _instant(to_at)}
        rows = self._ask("/api/powerProfile/", query)
        return {
            f"{start:%Y-%m-%dT%H:%M:%SZ}": row[measure]
            for row in rows
            if from_at <= (start := datetime.fromisoformat(row["time"]).astimezone(UTC)) < to_at
        }

    def _ask(self, path: str, query: dict[str, str]) -> Any:
        headers = {"authorization": f"Bearer {TOKEN}"}
        answer = httpx.get(f"{self.url}{path}", params=query, headers=headers, trust_env=False, timeout=30)
        answer.raise_for_status()
        return answer.json()


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
