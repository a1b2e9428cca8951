"""What the client spends on 1000 points into VictoriaMetrics: from the store's blocks to the server's answer."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import tempfile
from pathlib import Path
from typing import Any

from bridge.clock import SystemClock
from bridge.store.sqlite import open_store
from bridge.types.series import DAY_S, INTERVAL_S, CellState, IntervalBatch
from tests.bench.backfill import MISSING, has_victoria
from tests.bench.direct_charger import direct_charger
from tests.bench.farm import Farm
from tests.bench.loading import deliver_store
from tests.bench.plain_script import MEASURES, PlainWriter, power_point
from tests.bench.rounds import Comparison, Target, alternate, cpu_s, show_all
from tests.sinks.victoria import VictoriaMetrics

DAYS = 100
ROUNDS = 5


def measure(days: int = DAYS, rounds: int = ROUNDS) -> list[Comparison]:
    """Compare milliseconds of CPU per 1000 points of one field each."""
    clock = SystemClock()
    first_s = int(clock.now().timestamp()) // DAY_S * DAY_S - days * DAY_S
    batches = asyncio.run(_simulated_history(first_s, days))
    points = sum(len(batch.starts_s) for batch in batches) * len(MEASURES)
    rows = itertools.cycle([row for batch in batches for row in zip(*batch.power_w.values(), strict=True)])
    with contextlib.ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        if has_victoria():
            write_url = parts.enter_context(VictoriaMetrics(folder / "victoria")).url
        else:
            write_url = parts.enter_context(Farm(1)).write_url
        store = parts.enter_context(open_store(folder / "store"))
        for batch in batches:
            store.put_intervals("charger0", batch, CellState.FILLED, clock.now())
        writer = PlainWriter(write_url)
        parts.callback(writer.close)
        names = (f"sink{number}" for number in itertools.count())

        def deliver() -> float:
            name = next(names)
            return cpu_s(lambda: asyncio.run(deliver_store(store, write_url, name, points))) * 1e6 / points

        def deliver_plainly() -> float:
            watts = [watt for row in itertools.islice(rows, 1000 // len(MEASURES) + 1) for watt in row][:1000]
            return 1000 * cpu_s(lambda: writer.write([_plain_point(first_s, i, w) for i, w in enumerate(watts)]))

        ours, baseline = alternate(deliver, deliver_plainly, rounds)
    what = f"1000 of {points} points"
    return [Comparison(what, "influxdb-client, Points, synchronous", "ms of CPU", ours, baseline, Target(0.08, 0.05))]


def _plain_point(first_s: int, number: int, watts: float) -> Any:
    return power_point("plain", first_s + number * INTERVAL_S, {"power_w": watts})


async def _simulated_history(first_s: int, days: int) -> list[IntervalBatch]:
    """Return what a charger gives of that many days, a day each: mostly zeros where no car is."""
    charger = direct_charger(0, SystemClock(), days + 1)
    starts_s = range(first_s, first_s + days * DAY_S, DAY_S)
    return [await charger.intervals(MEASURES, start_s, start_s + DAY_S) for start_s in starts_s]


def main() -> bool:
    """Run it; True when the first target was met."""
    if not has_victoria():
        print(f"  {MISSING}")
    return show_all(measure())
