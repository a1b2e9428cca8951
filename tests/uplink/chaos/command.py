"""The command line of the runs that are drawn from seeds."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from tests.uplink.chaos.outcome import Outcome

_SHOWN_LINES = 40
_TOLD_EVERY = 100


class Play(Protocol):
    """Plays one run to its end; a function that another process can find by its name."""

    def __call__(self, seed: int, version: str) -> Outcome:
        """Return what came of it."""


@dataclass(frozen=True, slots=True)
class Command:
    """`python -m` of one kind of runs."""

    module: str
    description: str
    play: Play
    play_with_processes: Play

    def main(self) -> int:
        """Play as many runs as asked for; status 1 when the truth was told wrongly in any of them."""
        given = self._given()
        began_s = time.monotonic()
        counts, failed = Counter[str](), list[int]()
        for number, outcome in enumerate(self._outcomes(given), 1):
            counts.update(outcome.counts)
            if outcome.problems:
                failed.append(outcome.seed)
                self._show(outcome, given)
            if number % _TOLD_EVERY == 0:
                sys.stdout.write(f"{number} runs, {time.monotonic() - began_s:.0f} s, {len(failed)} failed\n")
                sys.stdout.flush()
        sys.stdout.write(f"{given.runs} runs in {time.monotonic() - began_s:.0f} s: {_words(counts)}\n")
        sys.stdout.write(
            f"{len(failed)} failed: seeds {failed}\n" if failed else "every session once, rightly, in order\n"
        )
        return 1 if failed else 0

    def _given(self) -> argparse.Namespace:
        form = argparse.RawDescriptionHelpFormatter
        parser = argparse.ArgumentParser(self.module, description=self.description, formatter_class=form)
        parser.add_argument("--runs", type=int, default=200)
        parser.add_argument("--seed", type=int, default=1, help="of the first run; the others follow (1)")
        parser.add_argument("--jobs", type=int, default=2, help="processes at a time (2)")
        parser.add_argument("--version", choices=("1.6", "2.0.1", "2.1"), default="1.6", help="of OCPP (1.6)")
        parser.add_argument("--kill", action="store_true", help="whole processes and a real kill -9")
        parser.add_argument("--log", action="store_true", help="show the whole log of a failing run")
        return parser.parse_args()

    def _outcomes(self, given: argparse.Namespace) -> Iterator[Outcome]:
        one = partial(self.play_with_processes if given.kill else self.play, version=given.version)
        seeds = range(given.seed, given.seed + given.runs)
        if given.jobs == 1:
            yield from map(one, seeds)
            return
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(given.jobs, mp_context=context) as pool:
            yield from pool.map(one, seeds, chunksize=1)

    def _show(self, outcome: Outcome, given: argparse.Namespace) -> None:
        way = f"--version {given.version} --seed {outcome.seed}{' --kill' if given.kill else ''}"
        repeat = f"python -m {self.module} --runs 1 --jobs 1 --log {way}"
        log = outcome.log if given.log else outcome.log[-_SHOWN_LINES:]
        lines = [f"seed {outcome.seed} failed; repeat it with: {repeat}", *(f"  ! {one}" for one in outcome.problems)]
        sys.stdout.write("\n".join([*lines, *(f"    {line}" for line in log)]) + "\n")
        sys.stdout.flush()


def _words(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.most_common())
