"""CPU and time from the start of `run` until the first poll is kept and the page answers."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path

from bridge.store.sqlite import FILE_NAME
from tests.bench.farm import Farm
from tests.bench.rounds import Comparison, show_all
from tests.bench.running import RunningBridge, cpu_so_far_s, start_bare, wait_until

CHARGERS = 2
ROUNDS = 5


def measure(chargers: int = CHARGERS, rounds: int = ROUNDS) -> list[Comparison]:
    """Compare seconds of CPU, and seconds."""
    ours, baseline = [], []
    with Farm(chargers) as farm:
        _start_bridge(farm)
        start_bare()
        for _ in range(rounds):
            ours.append(_start_bridge(farm))
            baseline.append(start_bare())
    return [
        _compare(f"CPU of a start, {chargers} chargers", "s of CPU", [a[0] for a in ours], [b[0] for b in baseline]),
        _compare(f"time of a start, {chargers} chargers", "s", [a[1] for a in ours], [b[1] for b in baseline]),
    ]


def _compare(what: str, unit: str, ours: list[float], baseline: list[float]) -> Comparison:
    return Comparison(what, "bare imports", unit, ours, baseline)


def _start_bridge(farm: Farm) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        began_s = time.monotonic()
        with RunningBridge(Path(folder), farm.urls, farm.write_url, poll_s=10) as bridge:
            wait_until(bridge.has_page)
            wait_until(lambda: _has_reading(bridge.data_dir / FILE_NAME))
            return cpu_so_far_s(bridge.pid), time.monotonic() - began_s


def _has_reading(path: Path) -> bool:
    """Look into the store from outside, as any other process may."""
    store = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return bool(store.execute("SELECT 1 FROM reading LIMIT 1").fetchall())
    finally:
        store.close()


def main() -> bool:
    """Run it; there is no target."""
    return show_all(measure())
