"""How long it takes from a change at the charger until the central system is told of it.

Everything is real: a simulated charger over HTTP, the whole bridge, a websocket. A change waits for the next poll
first, on average half of the interval; what the bridge itself adds is the time from the answer to that poll on.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.go_e.simulator import GoESimulator, SimulatorOptions
from bridge.app import Running, run_bridge
from bridge.clock import SystemClock
from bridge.config.load import load_config
from tests.bench.ocpp_csms import TakesAll

POLLS_S = (1, 10)
CHANGES = 10
_CHARGER = "garage"
_LIMIT_S = 60.0
_CONNECTOR = 1
_WISHES = (("plug_in", "Charging"), ("unplug", "Available"))
"""what a person does, and the state that is told of it at last"""


@dataclass(frozen=True, slots=True)
class Latency:
    """Of the first message that tells a change; in ms."""

    from_change_ms: float
    from_poll_ms: float
    """from the moment when the answer to the poll that saw it had arrived"""


@dataclass
class _Watch:
    """Sees the states of the connector arrive."""

    clock: SystemClock = field(default_factory=SystemClock)
    running: Running | None = None
    told: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)
    """(state, when it arrived, when the last poll was answered)"""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def see(self, action: str, payload: dict[str, Any]) -> None:
        if action != "StatusNotification" or payload["connectorId"] != _CONNECTOR:
            return
        snapshot = None if self.running is None else self.running.board.chargers[_CHARGER].snapshot
        self.told.append((payload["status"], self.clock.now(), None if snapshot is None else snapshot.read_at))
        self.news.set()

    async def until_told(self, status: str) -> None:
        """Wait until this is the last that was told."""
        async with asyncio.timeout(_LIMIT_S):
            while not self.told or self.told[-1][0] != status:
                self.news.clear()
                await self.news.wait()


async def _latencies(poll_s: int, changes: int) -> list[Latency]:
    watch = _Watch()
    csms = TakesAll(watch.see)
    server, url = await csms.serve()
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    with tempfile.TemporaryDirectory() as folder:
        async with server, GoESimulator(SimulatorOptions(autonomous=False, days=0), watch.clock) as charger:
            config = load_config(_config(Path(folder), charger.url, poll_s, url), {})
            bridge = asyncio.create_task(run_bridge(config, watch.clock, stop, ready.set_result))
            watch.running = await ready
            await watch.until_told("Available")
            found = [await _change(charger, watch, number, poll_s) for number in range(changes)]
            stop.set()
            await bridge
    return found


async def _change(charger: GoESimulator, watch: _Watch, number: int, poll_s: int) -> Latency:
    await asyncio.sleep(random.Random(number).uniform(0.5, 1.5) * poll_s)
    wish, last = _WISHES[number % len(_WISHES)]
    before, changed_at = len(watch.told), watch.clock.now()
    charger.wish(wish)
    await watch.until_told(last)
    _, arrived_at, read_at = watch.told[before]
    assert read_at is not None, "there was a poll before anything could be told"
    return Latency(*((arrived_at - at).total_seconds() * 1000 for at in (changed_at, read_at)))


def _config(folder: Path, charger_url: str, poll_s: int, csms_url: str) -> Path:
    config = folder / "config.yaml"
    charger = {
        "id": _CHARGER,
        "type": "go-e",
        "url": charger_url,
        "poll": f"{poll_s}s",
        "ocpp": [{"name": "bench", "url": csms_url, "identity": "GARAGE-1"}],
    }
    document = {"timezone": "UTC", "data_dir": str(folder / "data"), "web": {"port": 0}, "chargers": [charger]}
    config.write_text(json.dumps(document), encoding="utf-8")  # JSON is YAML
    return config


def measure(polls_s: Sequence[int] = POLLS_S, changes: int = CHANGES) -> dict[int, list[Latency]]:
    """Return the latencies of so many changes for each polling interval."""
    return {poll_s: asyncio.run(_latencies(poll_s, changes)) for poll_s in polls_s}


def main() -> bool:
    """Run it and print the medians; True, since there is no target."""
    for poll_s, found in measure().items():
        for what, figures in (
            ("from the change at the charger", [one.from_change_ms for one in found]),
            ("of which after the poll was answered", [one.from_poll_ms for one in found]),
        ):
            middle, worst = statistics.median(figures), max(figures)
            print(f"  polled every {poll_s} s, {what}: {middle:.4g} ms (median of {len(figures)}; at most {worst:.4g})")
    return True
