from __future__ import annotations

import subprocess
import sys

import pytest

from bridge.types.ocpp.version import OcppVersion
from tests.bench import (
    backfill,
    central,
    delivery,
    memory,
    ocpp,
    ocpp_backlog,
    ocpp_latency,
    poll,
    poll_scale,
    startup,
    writes,
)
from tests.bench.__main__ import BENCHES
from tests.bench.farm import PROJECT
from tests.bench.rounds import NO_TARGET, Comparison, Target

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="the figures come from /proc")


def ran(found: list[Comparison], rounds: int = 1) -> None:
    """Assert that every comparison has figures of both sides."""
    assert found
    for comparison in found:
        assert len(comparison.ratios) == rounds
        assert min(comparison.ratios) > 0


def test_a_poll_is_compared() -> None:
    """Two chargers are polled over real HTTP by both sides."""
    ran(poll.measure(chargers=2, rounds=1, ticks=2))


def test_many_chargers_are_compared_with_few() -> None:
    """Four chargers and two are polled side by side."""
    ran(poll_scale.measure(many=4, few=2, rounds=1, ticks=2))


def test_a_backfill_is_compared() -> None:
    """Two days of history arrive by both ways."""
    ran(backfill.measure(days=2, rounds=1))


def test_a_delivery_is_compared() -> None:
    """A few days of points are delivered by both ways."""
    ran(delivery.measure(days=2, rounds=1))


@needs_proc
def test_memory_is_compared() -> None:
    """`run` is started with two chargers and its memory read."""
    ran(memory.measure(chargers=(2,), rounds=1, polls=1, days=1))


@needs_proc
def test_a_start_is_compared() -> None:
    """`run` is started until it has kept a poll and its page answers."""
    ran(startup.measure(rounds=1))


@needs_proc
def test_writes_are_compared() -> None:
    """A few minutes pass on the simulated clock, with commits on both sides."""
    ran(writes.measure(hours=0.2, rounds=1))


both_versions = pytest.mark.parametrize("version", [OcppVersion.V16, OcppVersion.V201])


@needs_proc
@both_versions
def test_stations_are_compared(version: OcppVersion) -> None:
    """A few stations of both sides tell the same values over real websockets."""
    ran(ocpp.measure(stations=(3,), rounds=1, samples=1, version=version)[:1])


@both_versions
def test_a_backlog_is_compared(version: OcppVersion) -> None:
    """A few sessions are told by both sides."""
    ran(ocpp_backlog.measure(messages=9, rounds=1, version=version))


@needs_proc
def test_central_systems_are_compared() -> None:
    """A few stations tell both their meter values over real websockets, and all of them are kept."""
    ran(central.measure(loads=((3, 12), (2, 4)), rounds=1, samples=2))


def test_the_way_of_a_change_is_timed() -> None:
    """A vehicle comes and goes, and both are told after the poll that saw them."""
    (found,) = ocpp_latency.measure(polls_s=(1,), changes=2).values()
    assert all(0 < one.from_poll_ms <= one.from_change_ms for one in found)


def test_every_listed_bench_can_be_asked_for() -> None:
    """Each name of the list has its module, and an unknown name shows the list."""
    folder = PROJECT / "tests" / "bench"
    assert all((folder / f"{name.replace('-', '_')}.py").is_file() for name in BENCHES)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "nothing"], capture_output=True, text=True, cwd=PROJECT, check=False
    )
    assert done.returncode == 2
    assert all(name in done.stdout for name in BENCHES)


def test_a_ratio_is_judged_by_its_median_round() -> None:
    """One busy round moves neither the ratio nor the judgement; both targets are told."""
    found = Comparison("a poll", "plain", "ms", [1.0, 9.0, 2.0], [4.0, 4.0, 4.0], Target(0.5, 0.25))
    assert found.ratio == 0.5
    assert found.met
    assert found.target.judge(0.5) == "target ≤ 0.5 × met, then ≤ 0.25 × not yet"
    assert not Comparison("a poll", "plain", "ms", [3.0], [4.0], Target(0.5)).met
    assert Comparison("a poll", "plain", "ms", [3.0], [4.0], NO_TARGET).met
