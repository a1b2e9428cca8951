"""Measuring two things in turn and comparing them: absolute figures move from run to run, ratios hold."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """The ratio to stay below now, and the one to reach then; None where only the figure is wanted."""

    first: float | None = None
    then: float | None = None

    def judge(self, ratio: float) -> str:
        """Return what a ratio means, in words."""
        if self.first is None:
            return "no target"
        words = f"target ≤ {self.first:g} × {'met' if ratio <= self.first else 'MISSED'}"
        if self.then is not None:
            words += f", then ≤ {self.then:g} × {'met' if ratio <= self.then else 'not yet'}"
        return words


NO_TARGET = Target()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures of both sides, one per round, in the same unit."""

    what: str
    baseline_name: str
    unit: str
    ours: Sequence[float]
    baseline: Sequence[float]
    target: Target = NO_TARGET

    @property
    def ratios(self) -> list[float]:
        """Ours over the baseline, round by round."""
        return [ours / baseline for ours, baseline in zip(self.ours, self.baseline, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)

    @property
    def met(self) -> bool:
        """Whether the first target was met, if there is one."""
        return self.target.first is None or self.ratio <= self.target.first

    def show(self) -> None:
        """Print a few lines for a person."""
        ratios = self.ratios
        print(f"  {self.what}: {statistics.median(self.ours):.4g} {self.unit}")
        print(f"    {self.baseline_name}: {statistics.median(self.baseline):.4g} {self.unit}")
        print(
            f"    {self.ratio:.3g} × (median of {len(ratios)}; {min(ratios):.3g} to {max(ratios):.3g});"
            f" {self.target.judge(self.ratio)}",
            flush=True,
        )


def cpu_s(work: Callable[[], object]) -> float:
    """Return the CPU seconds that this process, all its threads together, spends on `work`."""
    gc.collect()
    began_s = time.process_time()
    work()
    return time.process_time() - began_s


def alternate(
    ours: Callable[[], float], baseline: Callable[[], float], rounds: int, *, warm_up: bool = True
) -> tuple[list[float], list[float]]:
    """Measure A B A B …, so that a busy moment of the machine falls on both; the warm-up does not count."""
    if warm_up:
        ours()
        baseline()
    figures: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        figures[0].append(ours())
        figures[1].append(baseline())
    return figures


def show_all(comparisons: Sequence[Comparison]) -> bool:
    """Print all; True when every first target was met."""
    for comparison in comparisons:
        comparison.show()
    return all(comparison.met for comparison in comparisons)
