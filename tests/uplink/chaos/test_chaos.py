from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.uplink.chaos.outcome import Outcome
from tests.uplink.chaos.processes import play_with_processes
from tests.uplink.chaos.run import play_seed
from tests.uplink.chaos.swift_loop import LoopClock, run_swiftly

_STEPS = {"killed with new", "killed with starting", "killed with running", "killed with stopping"}
_ID = re.compile(r"(call|answer) [0-9a-f-]{36}|127\.0\.0\.1:\d+")


def told(outcome: Outcome) -> str:
    """Return what went wrong and how it is seen again."""
    command = f"python -m tests.uplink.chaos --runs 1 --jobs 1 --log --seed {outcome.seed}"
    return "\n".join([f"repeat it with: {command}", *outcome.problems])


@pytest.mark.parametrize("first", [1, 7])
def test_a_central_system_ends_with_every_session_once(first: int) -> None:
    """Lines that fail and bridges that die in every step of a transaction: each session once, right, in order."""
    counts = Counter[str]()
    for seed in range(first, first + 6):
        outcome = play_seed(seed)
        assert not outcome.problems, told(outcome)
        counts.update(outcome.counts)
    assert counts["sessions"] > 40
    assert counts["killed"] > 5
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


@pytest.mark.parametrize("seed", [1, 2])
def test_processes_that_are_killed_tell_every_session_once(seed: int) -> None:
    """`run` killed with SIGKILL while a vehicle charges: the central system has what the charger's own log has."""
    outcome = play_with_processes(seed, sessions=2, deaths=3, faults=3)
    assert not outcome.problems, f"{told(outcome)} --kill\n" + "\n".join(outcome.log[-60:])
    assert outcome.counts["killed"] > 0
