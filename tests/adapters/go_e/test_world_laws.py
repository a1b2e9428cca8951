"""Laws that hold whatever is wished and whenever: energy is conserved, and looking changes nothing."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.go_e.simulation.car import TAPER, Car
from adapters.go_e.simulation.units import US_PER_DAY, US_PER_S, from_wh, to_wh
from adapters.go_e.simulation.visits import visits_of
from adapters.go_e.simulation.wishes import WISH_NAMES, fulfil
from adapters.go_e.simulation.world import World, WorldPlan
from adapters.simulation.wishes import WishError
from bridge.types.facts import to_epoch_us

_START = to_epoch_us(datetime(2025, 3, 3, 14, tzinfo=UTC))
_SETTINGS = ("amp 6", "amp 13", "amp 32", "frc 0", "frc 1", "frc 2", "acs 0", "acs 1", "trx 0", "trx 2")
_STEPS = st.lists(st.tuples(st.integers(0, 20_000_000), st.sampled_from(("", *_SETTINGS, *WISH_NAMES))), max_size=30)
"""milliseconds to wait, and what to do then"""


def _world(seed: int, *, autonomous: bool, lag_s: int = 0) -> World:
    plan = WorldPlan(seed, _START - 3 * US_PER_DAY, _START, autonomous=autonomous, lag=lag_s * US_PER_S)
    world = World(plan)
    world.advance(_START)
    return world


def _do(world: World, action: str, at: int) -> None:
    world.advance(at)
    if action in WISH_NAMES:
        with contextlib.suppress(WishError):
            fulfil(world, action, {"energy_wh": "9000"}, at)
    elif action:
        key, value = action.split()
        world.box.change(replace(world.box.settings, **{key: int(value)}))


def _shown(world: World) -> tuple[object, ...]:
    box = world.box
    return box.total, box.since_plugged, box.car_state, box.power_mw, box.settings, box.acted_on, box.reboots


@settings(max_examples=100, deadline=None, derandomize=True)
@given(seed=st.integers(0, 500), lag_s=st.integers(0, 3), steps=_STEPS)
def test_energy_is_conserved(seed: int, lag_s: int, steps: list[tuple[int, str]]) -> None:
    """The register never falls and is its start plus what every car took; power flows only where it may."""
    world = _world(seed, autonomous=False, lag_s=lag_s)
    box, at, born = world.box, _START, world.box.total
    latest = box.since_plugged  # of the last car that came by itself
    cars: list[Car] = []
    for wait_ms, action in steps:
        before, at = box.total, at + wait_ms * 1000
        _do(world, action, at)
        if box.car is not None and box.car not in cars:
            cars.append(box.car)
        assert box.total >= before
        assert box.total - born == sum(car.taken for car in cars)
        assert all(0 <= car.taken <= car.wanted for car in cars)
        assert 0 <= box.since_plugged <= max(latest, box.total - born)
        assert (box.car_state == 2) == (box.power_mw > 0)
        assert (box.power_mw > 0) <= (box.car is not None and box.allows)
        assert box.current_ma <= box.acted_on.amp * 1000


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 500),
    steps=_STEPS,
    looks=st.lists(st.integers(0, 3 * 86_400_000), max_size=20),
    autonomous=st.booleans(),
)
def test_looking_changes_nothing(seed: int, steps: list[tuple[int, str]], looks: list[int], autonomous: bool) -> None:  # noqa: FBT001 -- drawn
    """A world that is looked at in between is, to the last µWh, the one that is not."""
    quiet, watched = (_world(seed, autonomous=autonomous, lag_s=1) for _ in range(2))
    times = [_START + 1000 * ms for ms in itertools.accumulate(wait_ms for wait_ms, _ in steps)]
    events = sorted(
        [*zip(times, (action for _, action in steps), strict=True), *((_START + 1000 * ms, None) for ms in looks)],
        key=lambda event: event[0],
    )
    for at, action in events:
        if action is None:
            watched.advance(at)
        else:
            _do(watched, action, at)
            _do(quiet, action, at)
    end = _START + 4 * US_PER_DAY
    watched.advance(end)
    quiet.advance(end)
    assert _shown(watched) == _shown(quiet)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    limit_a=st.integers(1, 40), offered_a=st.integers(6, 32), phases=st.sampled_from([1, 2, 3]), wh=st.floats(1, 90_000)
)
def test_a_car_gets_exactly_what_it_wants(limit_a: int, offered_a: int, phases: int, wh: float) -> None:
    """Charging tapers towards the end, and stops when the energy that it came for is in."""
    world = _world(1, autonomous=False)
    _do(world, f"amp {offered_a}", _START)
    world.box.plug_in(Car(limit_a * 1000, phases, from_wh(wh)))
    powers = [world.box.power_mw]
    assert powers[0] == 230 * phases * min(limit_a, offered_a) * 1000
    for hour in range(1, 24 * 40):
        world.advance(_START + hour * 3600 * US_PER_S)
        powers.append(world.box.power_mw)
    assert powers == sorted(powers, reverse=True)
    assert (powers[-1], world.box.car_state) == (0, 4)
    assert world.box.since_plugged == from_wh(wh)


def test_the_taper_steps_down_over_the_last_tenth() -> None:
    """Full current until nine tenths are in, then each step for a sixtieth."""
    car = Car(10_000, 1, from_wh(6000))
    currents = []
    while not car.is_full:
        currents.append((to_wh(car.taken), car.current_ma(32)))
        car.taken += car.until_step()
    assert currents == [(0.0, 10_000), *((5400.0 + 100 * n, 100 * share) for n, share in enumerate(TAPER))]


@settings(max_examples=60, derandomize=True)
@given(seed=st.integers(0, 10_000), day=st.integers(19_000, 25_000))
def test_visits_follow_from_seed_and_day_and_never_overlap(seed: int, day: int) -> None:
    """The same question has the same answer, and one car is gone before the next comes."""
    visits = [visit for number in (day, day + 1) for visit in visits_of(seed, number)]
    again = [visit for number in (day, day + 1) for visit in visits_of(seed, number)]
    assert [(v.plugged_at, v.unplugged_at, v.car.wanted) for v in visits] == [
        (v.plugged_at, v.unplugged_at, v.car.wanted) for v in again
    ]
    for one, other in itertools.pairwise(visits):
        assert one.plugged_at < one.unplugged_at < other.plugged_at


@pytest.mark.parametrize("access_control", [False, True])
def test_cars_come_by_themselves_and_charge(access_control: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """In two weeks energy goes into several cars, and with access control each shows its card."""
    plan = WorldPlan(3, _START - 14 * US_PER_DAY, _START, access_control=access_control)
    world = World(plan)
    born = world.box.total
    seen = set()
    for hour in range(14 * 24):
        world.advance(plan.born_at + hour * 3600 * US_PER_S)
        seen.add((world.box.car_state, world.box.settings.trx is not None))
    assert to_wh(world.box.total - born) > 50_000
    assert {state for state, _ in seen} == {1, 2, 4}
    assert ((2, True) in seen) is access_control
    assert ((2, False) in seen) is not access_control


def test_a_driven_charger_is_free_at_the_start() -> None:
    """Planned cars have come and gone, their energy is in the register, and none comes afterwards."""
    for seed in range(20):
        world = _world(seed, autonomous=False)
        assert world.box.car_state == 1
        before = world.box.total
        world.advance(_START + 5 * US_PER_DAY)
        assert world.box.total == before


def test_a_person_may_be_first() -> None:
    """A planned car that finds the place taken does not come, and its leaving takes nobody's plug."""
    world = _world(1, autonomous=True)
    while world.box.car is not None:
        world.advance(world.box.at + 600 * US_PER_S)
    fulfil(world, "plug_in", {"energy_wh": "100000"}, world.box.at)
    mine = world.box.car
    world.advance(world.box.at + 5 * US_PER_DAY)
    assert world.box.car is mine
