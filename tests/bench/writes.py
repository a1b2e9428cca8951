"""How much is written to the disk in a day with two chargers polled every ten seconds."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.disk import COMMIT_COST_MB, Written
from tests.bench.farm import PROJECT
from tests.bench.rounds import NO_TARGET, Comparison, Target, show_all

CHARGERS = 2
HOURS = 24.0
ROUNDS = 3
_LIMIT_S = 900.0
_TARGET = Target(1 / 20, 1 / 50)
_BASELINE = "one commit per poll"
_REAL_DISK = Path("/var/tmp")
"""by convention no memory disk, which /tmp often is"""


def measure(chargers: int = CHARGERS, hours: float = HOURS, rounds: int = ROUNDS) -> list[Comparison]:
    """Compare MB and commits per day; the clock is simulated, so every round counts the same but for the disk."""
    per_day = 24 / hours
    ours, baseline = [], []
    for _ in range(rounds):
        ours.append(_day("bridge", chargers, hours))
        baseline.append(_day("plain", chargers, hours))
    found = [
        Comparison(
            "SD card, reckoned at 85 kB a commit and not measured",
            _BASELINE,
            "MB per day",
            [side.commits * COMMIT_COST_MB * per_day for side in ours],
            [side.commits * COMMIT_COST_MB * per_day for side in baseline],
            NO_TARGET,
        ),
        Comparison(
            "passed to the system by SQLite",
            _BASELINE,
            "MB per day",
            [side.passed_mb * per_day for side in ours],
            [side.passed_mb * per_day for side in baseline],
            NO_TARGET,
        ),
    ]
    if all(side.disk_mb for side in (*ours, *baseline)):
        found.append(
            Comparison(
                "written to the disk",
                _BASELINE,
                "MB per day",
                [side.disk_mb * per_day for side in ours],
                [side.disk_mb * per_day for side in baseline],
                _TARGET,
            )
        )
    return found


def _day(side: str, chargers: int, hours: float) -> Written:
    with tempfile.TemporaryDirectory(dir=_REAL_DISK if _REAL_DISK.is_dir() else None) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.simulated_day", side, str(chargers), str(hours), folder],
            stdout=subprocess.PIPE,
            check=True,
            cwd=PROJECT,
            timeout=_LIMIT_S,
        )
    return Written(**json.loads(done.stdout))


def main() -> bool:
    """Run it; True when the first target was met."""
    found = measure()
    if not any(comparison.target.first for comparison in found):
        print("  this file system does not count what reaches the disk, so the target cannot be judged")
        show_all(found)
        return False
    return show_all(found)
