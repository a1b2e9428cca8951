"""Thousands of days at a station whose line, central system and process all fail: `python -m tests.uplink.chaos`.

`--runs 5000 --seed 1 --jobs 2` plays seeds 1 to 5000 in one process each at a time; a day of hours passes in a second.
`--kill` kills real processes instead, each run with a real charger, a real central system and a real kill -9.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.uplink.chaos.outcome import Outcome
from tests.uplink.chaos.processes import play_with_processes
from tests.uplink.chaos.run import play_seed

_SHOWN_LINES = 40
_TOLD_EVERY = 100


def main() -> int:
    """Play as many runs as asked for; status 1 when the truth was told wrongly in any of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the others follow (1)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (2)")
    parser.add_argument("--version", choices=("1.6", "2.0.1", "2.1"), default="1.6", help="of OCPP (1.6)")
    parser.add_argument("--kill", action="store_true", help="whole processes and a real kill -9")
    parser.add_argument("--log", action="store_true", help="show the whole log of a failing run")
    given = parser.parse_args()
    began_s = time.monotonic()
    counts, failed = Counter[str](), list[int]()
    for number, outcome in enumerate(_outcomes(given), 1):
        counts.update(outcome.counts)
        if outcome.problems:
            failed.append(outcome.seed)
            _show(outcome, given)
        if number % _TOLD_EVERY == 0:
            sys.stdout.write(f"{number} runs, {time.monotonic() - began_s:.0f} s, {len(failed)} failed\n")
            sys.stdout.flush()
    sys.stdout.write(f"{given.runs} runs in {time.monotonic() - began_s:.0f} s: {_words(counts)}\n")
    sys.stdout.write(f"{len(failed)} failed: seeds {failed}\n" if failed else "every session once, rightly, in order\n")
    return 1 if failed else 0


def _outcomes(given: argparse.Namespace) -> Iterator[Outcome]:
    one = partial(play_with_processes if given.kill else play_seed, version=given.version)
    seeds = range(given.seed, given.seed + given.runs)
    if given.jobs == 1:
        yield from map(one, seeds)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(given.jobs, mp_context=context) as pool:
        yield from pool.map(one, seeds, chunksize=1)


def _show(outcome: Outcome, given: argparse.Namespace) -> None:
    way = f"--version {given.version} --seed {outcome.seed}{' --kill' if given.kill else ''}"
    repeat = f"python -m tests.uplink.chaos --runs 1 --jobs 1 --log {way}"
    log = outcome.log if given.log else outcome.log[-_SHOWN_LINES:]
    lines = [f"seed {outcome.seed} failed; repeat it with: {repeat}", *(f"  ! {one}" for one in outcome.problems)]
    sys.stdout.write("\n".join([*lines, *(f"    {line}" for line in log)]) + "\n")
    sys.stdout.flush()


def _words(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.most_common())


if __name__ == "__main__":
    sys.exit(main())
