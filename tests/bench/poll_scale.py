"""Whether a poll costs the same however many chargers there are."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.bench.farm import Farm
from tests.bench.polling import TICKS_PER_COMMIT, PollingBridge
from tests.bench.rounds import Comparison, Target, alternate, cpu_s, show_all

MANY = 250
FEW = 10
ROUNDS = 5


def measure(many: int = MANY, few: int = FEW, rounds: int = ROUNDS, ticks: int = TICKS_PER_COMMIT) -> list[Comparison]:
    """Compare milliseconds of CPU per poll, over about equally many polls."""
    few_ticks = ticks * max(1, many // few // 2)
    with (
        Farm(many) as farm,
        tempfile.TemporaryDirectory() as many_folder,
        tempfile.TemporaryDirectory() as few_folder,
        asyncio.Runner() as runner,
    ):
        large = PollingBridge(Path(many_folder), farm.urls)
        small = PollingBridge(Path(few_folder), farm.urls[:few])
        runner.run(large.start())
        runner.run(small.start())
        ours, baseline = alternate(
            lambda: cpu_s(lambda: runner.run(large.run(ticks))) * 1000 / (many * ticks),
            lambda: cpu_s(lambda: runner.run(small.run(few_ticks))) * 1000 / (few * few_ticks),
            rounds,
        )
        runner.run(large.stop())
        runner.run(small.stop())
    what, baseline_name = f"a poll at {many} chargers", f"a poll at {few} chargers"
    return [Comparison(what, baseline_name, "ms of CPU", ours, baseline, Target(1.25, 1.1))]


def main() -> bool:
    """Run it; True when the first target was met."""
    return show_all(measure())
