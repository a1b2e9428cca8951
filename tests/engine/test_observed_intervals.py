"""5-minute rows are made from polls, and only where the polls cover them."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.engine.observed_intervals import ObservedIntervals, Row
from bridge.engine.verification import verify_series
from bridge.errors import ChargerUnreachableError
from bridge.types.facts import from_epoch_s
from bridge.types.series import INTERVAL_S, CellState
from tests.engine.fakes import Scene

START_S = 1_772_323_200
Polls = list[tuple[float, float | None]]


def drawn(polls: Polls, gap_s: float = 60.0) -> list[Row]:
    """Return the rows that these polls (seconds from a whole interval, W) give."""
    line = ObservedIntervals(gap_s)
    return [row for at_s, power_w in polls for row in line.take(1, START_S + at_s, power_w)]


def steady(from_s: float, to_s: float, power_w: float, step_s: float = 10.0) -> Polls:
    """Return polls of one power at a steady pace."""
    return [(from_s + i * step_s, power_w) for i in range(int((to_s - from_s) / step_s) + 1)]


def test_a_steady_power_is_its_own_mean() -> None:
    """Every whole interval has a row with that power."""
    assert drawn(steady(0, 900, 7360.0)) == [Row(1, START_S + i * INTERVAL_S, 7360.0) for i in range(3)]


def test_the_mean_is_weighted_by_time_and_not_by_polls() -> None:
    """Many polls of a minute weigh no more than that minute."""
    polls = [*steady(0, 60, 6000.0, 2.0), *steady(60.001, 300, 0.0, 59.999)]
    rows = drawn([*polls, (300.5, 0.0)])
    assert [row.power_w for row in rows] == [pytest.approx(1200.0, abs=1.0)]


def test_a_line_is_cut_at_the_interval_s_end() -> None:
    """A ramp across the boundary gives each interval its own part."""
    rows = drawn([*steady(0, 270, 0.0), (330.0, 600.0), *steady(340, 600, 600.0)])
    assert rows[0].power_w == pytest.approx(30 * 150 / 300)
    assert rows[1].power_w == pytest.approx((30 * 450 + 270 * 600) / 300)


@pytest.mark.parametrize(("silence_s", "count"), [(55.0, 1), (61.0, 0)])
def test_a_gap_is_not_drawn_through(silence_s: float, count: int) -> None:
    """Polls 60 s apart are one line; a longer silence leaves less than 80 % here, and then there is no row."""
    assert len(drawn([*steady(0, 120, 1.0), *steady(120 + silence_s, 300, 1.0, 5.0), (300.0, 1.0)])) == count


def test_four_fifths_are_enough() -> None:
    """A silence at the end of an interval leaves a row when the polls cover 240 s, and none for 239 s."""
    for last_s, count in ((240.0, 1), (239.0, 0)):
        line = ObservedIntervals(60.0)
        for at_s, power_w in [*steady(0, 230, 5.0), (last_s, 5.0)]:
            assert line.take(1, START_S + at_s, power_w) == []
        assert line.pass_by(START_S + 295) == []
        assert len(line.pass_by(START_S + 301)) == count
        assert line.pass_by(START_S + 900) == []


def test_a_reading_without_power_is_no_zero() -> None:
    """What the charger does not report is left out of the mean."""
    polls: Polls = [*steady(0, 100, 500.0), (110.0, None), *steady(120, 300, 500.0)]
    assert [row.power_w for row in drawn(polls)] == [500.0]


def test_a_clock_set_back_counts_nothing_twice() -> None:
    """The interval that is lived through twice is measured by its second time alone."""
    assert [row.power_w for row in drawn([*steady(0, 280, 9000.0), *steady(5, 305, 3000.0)])] == [3000.0]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(0.5, 150.0), st.floats(0.0, 22_000.0)), min_size=2, max_size=80))
def test_rows_are_ordered_bounded_and_whole(steps: list[tuple[float, float]]) -> None:
    """Whatever the polls: rows ascend, lie within the powers seen, and bring no more energy than the line."""
    at_s, polls = 0.0, []
    for step_s, power_w in steps:
        at_s += step_s
        polls.append((at_s, power_w))
    rows = drawn([(when_s, power_w) for when_s, power_w in polls])
    starts = [row.start_s for row in rows]
    assert starts == sorted(set(starts))
    highest_w = max(power_w for _, power_w in polls)
    assert all(0.0 <= row.power_w <= highest_w + 0.001 for row in rows)
    for row in rows:
        covered_s = sum(
            max(0.0, min(b, row.start_s - START_S + INTERVAL_S) - max(a, row.start_s - START_S))
            for (a, _), (b, _) in pairwise(polls)
            if b - a <= 60.0
        )
        assert covered_s >= 0.8 * INTERVAL_S - 1e-6


def plain(folder: Path) -> Scene:
    """Return a charger without a history."""
    scene = Scene(folder)
    scene.charger.given_measures = ()
    scene.charger.power_w = 1000.0
    return scene


async def run_for(scene: Scene, seconds: float) -> None:
    """Run poller, history and recorder for a while; the history is woken as the timetable wakes it."""
    tasks = [asyncio.create_task(run()) for run in (scene.poller.run, scene.history.run, scene.recorder.run)]
    scene.history.wake_recent()
    scene.history.wake_fill()
    for _ in range(int(seconds // INTERVAL_S)):
        await scene.clock.advance(INTERVAL_S)
        scene.history.wake_recent()
    await scene.clock.advance(seconds % INTERVAL_S)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await scene.recorder.commit()


def test_a_charger_without_a_history_gets_rows_and_absences(tmp_path: Path) -> None:
    """Rows come from the polls, what they do not cover is absent, nothing is asked for, and verify is content."""
    scene = plain(tmp_path)

    async def play() -> None:
        await run_for(scene, 1800.0)
        scene.charger.errors = [ChargerUnreachableError("garage", "silence")] * 10_000
        await run_for(scene, 1800.0)
        scene.charger.errors.clear()
        await run_for(scene, 3600.0)

    asyncio.run(play())
    assert "intervals" not in scene.charger.asked
    assert "sessions" in scene.charger.asked
    assert scene.card.backfill_error is None
    now_s = int(scene.clock.now().timestamp())
    rows = scene.store.intervals("garage", "connector1", now_s - 7200, now_s)
    assert {row.state for row in rows} == {CellState.POLLED}
    assert {row.power_w for row in rows} == {1000.0}
    assert 16 <= len(rows) <= 18
    (finding,) = verify_series(scene.store, "garage", from_epoch_s(scene.since_s), scene.clock.now())
    assert finding.complete
    assert finding.counts.absent >= 6


def test_a_restart_makes_no_gap(tmp_path: Path) -> None:
    """An interval in whose middle the bridge was started again has its row all the same."""
    scene = plain(tmp_path)

    async def play() -> None:
        await run_for(scene, 450.0)
        scene.observe()
        await scene.observation.restore(scene.desk)
        await scene.clock.advance(5.0)
        await run_for(scene, 300.0)

    asyncio.run(play())
    now_s = int(scene.clock.now().timestamp())
    rows = scene.store.intervals("garage", "connector1", now_s - 3600, now_s)
    assert [row.start_s % 3600 for row in rows] == [0, 300]


def test_a_charger_with_a_history_gets_no_rows_from_polls(tmp_path: Path) -> None:
    """What its own history tells is better."""
    scene = Scene(tmp_path)
    scene.charger.power_w = 1000.0
    asyncio.run(run_for(scene, 900.0))
    now_s = int(scene.clock.now().timestamp())
    assert scene.store.intervals("garage", "connector1", now_s - 3600, now_s) == []
