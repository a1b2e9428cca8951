"""What came of a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Outcome:
    """Problems, and what is needed to understand them."""

    seed: int
    problems: list[str] = field(default_factory=list)
    """a sentence for everything that is not as it must be; none in a good run"""
    log: list[str] = field(default_factory=list)
    """what befell the line and the bridge, and what the bridge logged, in order"""
    counts: Counter[str] = field(default_factory=Counter)
    """faults, deaths, sessions, calls: what there was of each"""
