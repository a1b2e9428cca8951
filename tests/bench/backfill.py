"""One charger-year: 365 day pages of three measures, asked, validated, kept and delivered."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import tempfile
from pathlib import Path

from bridge.clock import SystemClock
from bridge.types.series import DAY_S
from tests.bench.farm import Farm
from tests.bench.loading import load_and_deliver
from tests.bench.plain_script import copy_history
from tests.bench.rounds import Comparison, Target, alternate, cpu_s, show_all
from tests.sinks.victoria import VictoriaMetrics

DAYS = 365
ROUNDS = 3
MISSING = "VictoriaMetrics is not installed (Debian: victoria-metrics): a server that says 204 to everything takes it"


def has_victoria() -> bool:
    """Tell whether there is a real server to deliver to."""
    return any(shutil.which(name) for name in ("victoria-metrics", "victoria-metrics-prod"))


def measure(days: int = DAYS, rounds: int = ROUNDS) -> list[Comparison]:
    """Compare seconds of CPU. The bridge also reads the session log, which the script does not."""
    with contextlib.ExitStack() as parts:
        farm = parts.enter_context(Farm(1, days))
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        write_url = farm.write_url
        if has_victoria():
            write_url = parts.enter_context(VictoriaMetrics(folder / "victoria")).url
        today_s = int(SystemClock().now().timestamp()) // DAY_S * DAY_S
        from_s = today_s - (days - 1) * DAY_S
        numbers = itertools.count()

        def load() -> float:
            store = folder / f"store{next(numbers)}"
            return cpu_s(lambda: asyncio.run(load_and_deliver(store, farm.urls[0], from_s, write_url)))

        ours, baseline = alternate(
            load, lambda: cpu_s(lambda: copy_history(farm.urls[0], write_url, from_s, days)), rounds
        )
    return [Comparison(f"{days} days of history", "plain script", "s of CPU", ours, baseline, Target(0.45, 0.35))]


def main() -> bool:
    """Run it; True when the first target was met."""
    if not has_victoria():
        print(f"  {MISSING}")
    return show_all(measure())
