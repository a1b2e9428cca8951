from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.central.chaos.run import play_seed
from tests.uplink.chaos.outcome import Outcome

_ID = re.compile(r"(call|answer) [0-9a-f-]{36}|127\.0\.0\.1:\d+")


def told(outcome: Outcome, version: str) -> str:
    """Return what went wrong and how it is seen again."""
    command = f"python -m tests.central.chaos --runs 1 --jobs 1 --log --version {version} --seed {outcome.seed}"
    return "\n".join([f"repeat it with: {command}", *outcome.problems])


@pytest.mark.parametrize(
    ("version", "seeds"),
    [("1.6", (103,)), ("2.0.1", (10,)), ("2.1", (4,))],
    ids=["1.6", "2.0.1", "2.1"],
)
def test_both_ends_die_and_every_session_is_there_once(version: str, seeds: Sequence[int]) -> None:
    """Lines that fail, uplinks and central systems that die at any step: each session once, its energy exact.

    What is answered is stored by then; what was stored and not answered is known again when it is repeated. No id is
    given twice, nothing that is over runs again, and where a store was lost no other session suffers.
    """
    counts = Counter[str]()
    for seed in seeds:
        outcome = play_seed(seed, version)
        assert not outcome.problems, told(outcome, version)
        counts.update(outcome.counts)
    assert counts["sessions"] > 4 * len(seeds)
    assert counts["starts seen stored"] >= counts["sessions"]
    assert counts["central killed"] >= len(seeds)


def test_a_run_repeats_itself() -> None:
    """The same seed meets the same faults at the same moments, so that a failure can be looked at again."""
    first, second = play_seed(4), play_seed(4)
    assert [_ID.sub("", line) for line in first.log] == [_ID.sub("", line) for line in second.log]
    assert first.counts == second.counts
    assert not first.problems, told(first, "1.6")
