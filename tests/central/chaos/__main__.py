"""Thousands of days at a station and a central system that both die: `python -m tests.central.chaos`.

`--runs 5000 --seed 1 --jobs 2` plays seeds 1 to 5000 in one process each at a time; a day of hours passes in a second.
`--kill` kills real processes instead: a bridge with a charger, another as its central system, and kill -9.
"""

from __future__ import annotations

import sys

from tests.central.chaos.processes import play_with_processes
from tests.central.chaos.run import play_seed
from tests.uplink.chaos.command import Command

if __name__ == "__main__":
    sys.exit(Command("tests.central.chaos", __doc__ or "", play_seed, play_with_processes).main())
