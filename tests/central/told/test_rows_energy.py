"""No energy is lost or invented, whenever a station measures and in whatever order it tells."""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.central.told.line import PowerLine, RegisterLine
from bridge.central.told.rows import Row, RowMaker
from bridge.central.told.sample import Sample
from bridge.types.facts import from_epoch_us
from bridge.types.series import INTERVAL_S

START_S = 1_772_323_200
Steps = list[tuple[float, float]]
"""seconds to the next value, and the Wh till then"""

STEPS = st.lists(st.tuples(st.floats(0.5, 300.0), st.floats(0.0, 600.0)), min_size=8, max_size=60)


def session(steps: Steps) -> list[Sample]:
    """Return registers from a whole interval to a whole interval, at these distances."""
    at_s, register_wh, samples = 0.0, 5000.0, []
    for step_s, energy_wh in [(0.0, 0.0), *steps]:
        at_s += step_s
        register_wh += energy_wh
        samples.append((at_s, register_wh))
    end_s = -(-at_s // INTERVAL_S) * INTERVAL_S
    return [sample(at_s, register_wh) for at_s, register_wh in [*samples, (end_s, register_wh)]]


def sample(at_s: float, register_wh: float | None, power_w: float | None = None) -> Sample:
    """Return a sample so many seconds after the start."""
    return Sample(at=from_epoch_us(round((START_S + at_s) * 1e6)), register_wh=register_wh, power_w=power_w)


def energy_wh(rows: list[Row]) -> float:
    """Return what the last word on every interval comes to."""
    return sum({row.start_s: row.power_w for row in rows}.values()) * INTERVAL_S / 3600


def told_energy_wh(samples: list[Sample]) -> float:
    """Return what the register rose by."""
    registers = [each.register_wh for each in samples if each.register_wh is not None]
    return max(registers) - min(registers)


def near(energy: float, rows: list[Row]) -> object:
    """Return what is equal but for the rounding of the rows."""
    return pytest.approx(energy, abs=1e-4 * (len(rows) + 1))


@settings(max_examples=120, deadline=None, derandomize=True)
@given(STEPS)
def test_rows_of_a_session_add_up_to_its_register(steps: Steps) -> None:
    """Told in order and in time: every interval once, and all of the energy."""
    samples, maker, rows = session(steps), RowMaker(), []
    for each in samples:
        rows += maker.take(1, each, each.at.timestamp())
    first_s, last_s = (each.at.timestamp() for each in (samples[0], samples[-1]))
    assert [row.start_s for row in rows] == list(range(int(first_s), int(last_s), INTERVAL_S))
    assert energy_wh(rows) == near(told_energy_wh(samples), rows)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(STEPS, st.integers(0, 2**32), st.floats(0.0, 50_000.0))
def test_neither_order_nor_repetition_matters(steps: Steps, seed: int, late_s: float) -> None:
    """Shuffled, with a third told twice, long after: the rows in the end are those of the session in order."""
    samples = session(steps)
    in_order, maker = [], RowMaker()
    for each in samples:
        in_order += maker.take(1, each, each.at.timestamp())
    random = Random(seed)
    told = samples + [each for each in samples if random.random() < 1 / 3]
    random.shuffle(told)
    now_s = samples[-1].at.timestamp() + late_s
    rows, maker = [], RowMaker()
    for each in told:
        rows += maker.take(1, each, now_s)
    rows += maker.pass_by(now_s + 60)
    last = {row.start_s: row.power_w for row in rows}
    assert last == pytest.approx({row.start_s: row.power_w for row in in_order}, abs=0.002)
    assert maker.pass_by(now_s + 120) == []


@settings(max_examples=80, deadline=None, derandomize=True)
@given(STEPS, st.integers(0, 2**32), st.floats(0.0, 600.0))
def test_values_out_of_order_by_minutes_lose_nothing(steps: Steps, seed: int, jitter_s: float) -> None:
    """Each is told up to ten minutes after it was measured, while time goes on and intervals are closed."""
    samples = session([*steps, *steps, *steps])
    random = Random(seed)
    told = sorted((each.at.timestamp() + random.uniform(0.0, jitter_s), place) for place, each in enumerate(samples))
    rows, maker = [], RowMaker()
    for now_s, place in told:
        rows += maker.take(1, samples[place], now_s)
        rows += maker.pass_by(now_s)
    rows += maker.pass_by(told[-1][0] + 60)
    assert energy_wh(rows) == near(told_energy_wh(samples), rows)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.integers(0, 2**32),
    st.integers(20, 60),
    st.sampled_from([20, 60, 200, 400, 650]),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
    st.sampled_from([0.0, 0.05, 0.3]),
)
def test_no_row_says_more_than_is_known(
    seed: int, count: int, longest_s: int, registers: float, powers: float, odd: float
) -> None:
    """With gaps, resets, and powers between: every row is the mean of the seconds that are known.

    The reference walks the seconds one by one and asks of each what joins the values around it. Told out of order there
    may be rows beside: of what seemed to be known until a reset came to light.
    """
    random = Random(seed)
    at_s, register_wh, samples = 0, 1000.0, []
    for _ in range(count):
        at_s += random.randint(1, longest_s if random.random() >= odd else 3 * longest_s)
        register_wh += random.choice([0.0, random.uniform(0.0, 600.0)])
        if random.random() < odd:
            register_wh = random.uniform(0.0, register_wh)
        told_wh = register_wh if random.random() < registers else None
        samples.append(sample(at_s, told_wh, random.uniform(-11e3, 22e3) if random.random() < powers else None))
    expected = walked(samples)
    assert told(samples) == pytest.approx(expected, abs=0.01)
    shuffled = told(random.sample(samples, len(samples)))
    assert {start_s: shuffled.get(start_s) for start_s in expected} == pytest.approx(expected, abs=0.01)


def told(samples: list[Sample]) -> dict[int, float]:
    """Return the rows in the end when these are told at once, long after."""
    now_s = max(each.at for each in samples).timestamp() + 700
    maker = RowMaker()
    rows = [row for each in samples for row in maker.take(1, each, now_s)]
    return {row.start_s: row.power_w for row in [*rows, *maker.pass_by(now_s)]}


def walked(samples: list[Sample]) -> dict[int, float]:
    """Return the mean of every interval with four fifths of its seconds, each second by what is told around it."""
    seconds: dict[int, float] = {}
    registers = [(e.at.timestamp(), e.register_wh) for e in samples if e.register_wh is not None]
    powers = [(e.at.timestamp(), e.power_w) for e in samples if e.power_w is not None]
    for second in range(int(samples[0].at.timestamp()), int(samples[-1].at.timestamp())):
        mean_w = register_w(registers, second)
        if mean_w is None:
            mean_w = line_w(powers, second + 0.5)
        if mean_w is not None:
            seconds[second] = mean_w
    rows = {}
    for start_s in range(START_S, int(samples[-1].at.timestamp()) + 1, INTERVAL_S):
        known = [seconds[second] for second in range(start_s, start_s + INTERVAL_S) if second in seconds]
        if len(known) >= 240:
            rows[start_s] = sum(known) / len(known)
    return rows


def register_w(registers: list[tuple[float, float]], second: float) -> float | None:
    """Return the power of a second by the registers before and after it."""
    place = bisect_right(registers, second, key=itemgetter(0))
    if place in (0, len(registers)):
        return None
    (from_s, before_wh), (to_s, after_wh) = registers[place - 1 : place + 1]
    rise_wh = after_wh - before_wh
    if to_s - from_s > RegisterLine.gap_s or rise_wh <= -1.0:
        return None
    return max(0.0, rise_wh) * 3600 / (to_s - from_s)


def line_w(powers: list[tuple[float, float]], middle_s: float) -> float | None:
    """Return the power of a second by the powers before and after it."""
    place = bisect_right(powers, middle_s, key=itemgetter(0))
    if place in (0, len(powers)):
        return None
    (from_s, before_w), (to_s, after_w) = powers[place - 1 : place + 1]
    if to_s - from_s > PowerLine.gap_s:
        return None
    return before_w + (after_w - before_w) * (middle_s - from_s) / (to_s - from_s)
