"""CPU per poll of 50 chargers: HTTP, decoding, validation, engine, commit to the store."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.bench import collectd
from tests.bench.farm import Farm
from tests.bench.plain_script import PlainPoller
from tests.bench.polling import TICKS_PER_COMMIT, PollingBridge
from tests.bench.rounds import Comparison, Target, alternate, cpu_s, show_all

CHARGERS = 50
ROUNDS = 7


def measure(
    chargers: int = CHARGERS, rounds: int = ROUNDS, ticks: int = TICKS_PER_COMMIT, *, against_collectd: bool = False
) -> list[Comparison]:
    """Compare milliseconds of CPU per poll."""
    per_poll_ms = 1000 / (chargers * ticks)
    with Farm(chargers) as farm, tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        bridge = PollingBridge(Path(folder), farm.urls)
        runner.run(bridge.start())
        plain = PlainPoller(farm.urls)

        def poll() -> float:
            return cpu_s(lambda: runner.run(bridge.run(ticks))) * per_poll_ms

        def poll_plainly() -> float:
            return cpu_s(lambda: plain.poll_all(ticks)) * per_poll_ms

        ours, baseline = alternate(poll, poll_plainly, rounds)
        found = [Comparison("a poll", "plain script", "ms of CPU", ours, baseline, Target(0.5, 0.25))]
        if against_collectd:
            ours, baseline = alternate(poll, lambda: collectd.cpu_per_poll_ms(farm), min(rounds, 3), warm_up=False)
            found.append(Comparison("a poll", "collectd's curl_json", "ms of CPU", ours, baseline, Target(7, 4)))
        runner.run(bridge.stop())
        plain.close()
    return found


def main() -> bool:
    """Run it; True when the first targets were met."""
    found = measure(against_collectd=collectd.installed())
    if not collectd.installed():
        print("  collectd is not installed (Debian: collectd-core), so it was not compared")
    return show_all(found)
