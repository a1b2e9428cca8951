from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from tests.uplink.chaos.outcome import Outcome
from tests.uplink.chaos.processes import play_with_processes
from tests.uplink.chaos.run import play_seed
from tests.uplink.chaos.swift_loop import LoopClock, run_swiftly

_STEPS = {"killed with new", "killed with starting", "killed with running", "killed with stopping"}
_ID = re.compile(r"(call|answer) [0-9a-f-]{36}|127\.0\.0\.1:\d+")


def told(outcome: Outcome, version: str) -> str:
    """Return what went wrong and how it is seen again."""
    command = f"python -m tests.uplink.chaos --runs 1 --jobs 1 --log --version {version} --seed {outcome.seed}"
    return "\n".join([f"repeat it with: {command}", *outcome.problems])


@pytest.mark.parametrize(
    ("version", "seeds"),
    [("1.6", range(1, 7)), ("1.6", range(7, 13)), ("2.0.1", (10, 12, 14)), ("2.1", (24,))],
    ids=["1.6-1", "1.6-7", "2.0.1", "2.1"],
)
def test_a_central_system_ends_with_every_session_once(version: str, seeds: Sequence[int]) -> None:
    """Lines that fail and bridges that die in every step of a transaction: each session once, right, in order.

    In 2.x no event is left out or told otherwise the second time, nothing follows an end, and whether there was a
    connection is told rightly, whatever becomes of the bridge's store.
    """
    counts = Counter[str]()
    for seed in seeds:
        outcome = play_seed(seed, version)
        assert not outcome.problems, told(outcome, version)
        counts.update(outcome.counts)
    assert counts["sessions"] > 6 * len(seeds)
    assert counts["killed"] >= len(seeds)
    assert (counts["stores lost"] > 0) is (version != "1.6")
    assert sum(counts[step] > 0 for step in _STEPS) >= 2, counts


def test_a_run_repeats_itself() -> None:
    """The same seed meets the same faults at the same moments, so that a failure can be looked at again."""
    first, second = play_seed(3), play_seed(3)
    assert [_ID.sub("", line) for line in first.log] == [_ID.sub("", line) for line in second.log]
    assert first.counts == second.counts


def test_hours_pass_in_no_time_and_in_order() -> None:
    """Timers of a day end in their order, and the clock is where they end."""
    clock = LoopClock(datetime(2026, 3, 10, tzinfo=UTC))
    woken: list[float] = []

    async def sleep(hours: float) -> None:
        await clock.sleep(hours * 3600)
        woken.append(hours)

    async def day() -> datetime:
        await asyncio.gather(sleep(24), sleep(1), sleep(0.001), sleep(9))
        return clock.now()

    began_s = time.monotonic()
    assert run_swiftly(day()) == datetime(2026, 3, 11, tzinfo=UTC)
    assert woken == [0.001, 1, 9, 24]
    assert time.monotonic() - began_s < 10


@pytest.mark.parametrize(("version", "seed"), [("1.6", 1), ("2.0.1", 3)])
def test_processes_that_are_killed_tell_every_session_once(version: str, seed: int) -> None:
    """`run` killed with SIGKILL while a vehicle charges: the central system has what the charger's own log has."""
    outcome = play_with_processes(seed, version, sessions=2, deaths=3, faults=3)
    assert not outcome.problems, f"{told(outcome, version)} --kill\n" + "\n".join(outcome.log[-60:])
    assert outcome.counts["killed"] > 0
