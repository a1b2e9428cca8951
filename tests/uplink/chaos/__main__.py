"""Thousands of days at a station whose line, central system and process all fail: `python -m tests.uplink.chaos`.

`--runs 5000 --seed 1 --jobs 2` plays seeds 1 to 5000 in one process each at a time; a day of hours passes in a second.
`--kill` kills real processes instead, each run with a real charger, a real central system and a real kill -9.
"""

from __future__ import annotations

import sys

from tests.uplink.chaos.command import Command
from tests.uplink.chaos.processes import play_with_processes
from tests.uplink.chaos.run import play_seed

if __name__ == "__main__":
    sys.exit(Command("tests.uplink.chaos", __doc__ or "", play_seed, play_with_processes).main())
