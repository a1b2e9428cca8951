"""Resident memory of `run`, page and InfluxDB on, once it has loaded a history and polled for a while."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.farm import Farm
from tests.bench.rounds import NO_TARGET, Comparison, Target, show_all
from tests.bench.running import RunningBridge, resident_bare_mb, resident_mb, wait_until

CHARGERS = (2, 100)
POLLS = 30
DAYS = 14
ROUNDS = 3
_TWO = 2


def measure(
    chargers: Sequence[int] = CHARGERS, rounds: int = ROUNDS, polls: int = POLLS, days: int = DAYS
) -> list[Comparison]:
    """Compare MB, for each number of chargers."""
    found = []
    for count in chargers:
        ours, baseline = [], []
        with Farm(count, days) as farm:
            for _ in range(rounds):
                ours.append(_resident_of_run_mb(farm, polls, days))
                baseline.append(resident_bare_mb())
        target = Target(2.2, 1.8) if count == _TWO else NO_TARGET
        found.append(Comparison(f"`run` with {count} chargers", "bare imports", "MB", ours, baseline, target))
    return found


def _resident_of_run_mb(farm: Farm, polls: int, days: int) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningBridge(Path(folder), farm.urls, farm.write_url, history_days=days) as bridge,
    ):
        wait_until(bridge.has_page)

        def settled() -> bool:
            chargers = bridge.ask("/api/v1/chargers")["chargers"]
            sinks = bridge.ask("/health")["sinks"]
            return (
                all(c["polls"] >= polls and c["measures"] and c["backfill"] is None for c in chargers)
                and all(s["waiting"] == 0 and s["delivered_points"] for s in sinks)
            )  # fmt: skip

        wait_until(settled)
        return resident_mb(bridge.pid)


def main() -> bool:
    """Run it; True when the first target was met."""
    return show_all(measure())
