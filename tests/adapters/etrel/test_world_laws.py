"""Laws that hold whatever is wished and whenever: cars that come by themselves and wishes of people together."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.etrel.simulation.profile import ProfileQuery, write_profile
from adapters.etrel.simulation.ticks import TICKS_PER_DAY, TICKS_PER_S, to_ticks
from adapters.etrel.simulation.wishes import WISH_NAMES, fulfil
from adapters.etrel.simulation.world import World, WorldPlan
from adapters.simulation.wishes import WishError

START = to_ticks(datetime(2025, 3, 3, 14, tzinfo=UTC))
STEPS = st.lists(st.tuples(st.integers(0, 9_000), st.sampled_from(("", *WISH_NAMES))), max_size=30)


def rows_of(world: World, now: int) -> list[object]:
    query = ProfileQuery(("connector1", "building", "cluster"), START - TICKS_PER_DAY, now)
    rows: list[object] = json.loads(write_profile(world, query, now))
    return rows


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 500), steps=STEPS)
def test_wishes_never_change_the_past_nor_lose_energy(seed: int, steps: list[tuple[int, str]]) -> None:
    """Old rows stay, the register never falls, and it is the start plus every session's energy."""
    world = World(WorldPlan(seed, START - TICKS_PER_DAY, START))
    world.advance(START)
    connector = world.connectors[1]
    at = START
    born_mwh = connector.meter_mwh(START - TICKS_PER_DAY)
    meter_mwh, rows = connector.meter_mwh(at), rows_of(world, at)
    for wait_s, action in steps:
        at += wait_s * TICKS_PER_S
        world.advance(at)
        if action:
            with contextlib.suppress(WishError):
                fulfil(world, action, {}, at)
        sessions = world.sessions(at)
        assert connector.meter_mwh(at) == born_mwh + sum(s.energy_mwh(at) for s in sessions)
        assert connector.meter_mwh(at) >= meter_mwh
        assert rows_of(world, at)[: len(rows)] == rows
        assert sum(s.is_running(at) for s in sessions) <= 1
        assert (connector.steps_at(at) > 0) <= (connector.status(at).value == "Charging")
        assert 0 <= world.register_mwh(connector, at) <= connector.meter_mwh(at) - born_mwh
        meter_mwh, rows = connector.meter_mwh(at), rows_of(world, at)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 500), steps=STEPS)
def test_a_car_that_left_has_ended_its_session(seed: int, steps: list[tuple[int, str]]) -> None:
    """Three seconds after the plug was pulled no session of that car runs, whatever was wished before."""
    world = World(WorldPlan(seed, START, START))
    at = START
    for wait_s, action in steps:
        at += wait_s * TICKS_PER_S
        world.advance(at)
        if action:
            with contextlib.suppress(WishError):
                fulfil(world, action, {}, at)
        for session in world.sessions(at):
            unplugged_at = session.stay.unplugged_at
            if unplugged_at is not None and at >= unplugged_at + 3 * TICKS_PER_S:
                assert not session.is_running(at)
                assert session.stop_reason is not None


def overnight(seed: int = 1) -> tuple[World, int]:
    """Return a world in which a planned car is charging, and when."""
    world = World(WorldPlan(seed, START, START))
    at = START
    while True:
        at += 600 * TICKS_PER_S
        world.advance(at)
        running = world.connectors[1].running(at)
        if running is not None and running.steps_at(at) > 0:
            return world, at


def test_a_planned_car_leaves_as_planned_after_a_second_session() -> None:
    """Stopped and started again by hand, its new session ends about two seconds after the planned unplugging."""
    world, at = overnight()
    fulfil(world, "stop", {}, at)
    fulfil(world, "start", {}, at + TICKS_PER_S)
    session = world.sessions(at + TICKS_PER_S)[-1]
    departure = session.stay.unplugged_at
    assert departure is not None
    assert session.seen_end(departure) is None
    later = departure + 3 * TICKS_PER_S
    assert session.seen_end(later) is not None
    assert session.stop_reason == "LocalStopUserDisconnectedCableFromVehicle"
    assert session.steps_at(departure) == 0
    assert world.connectors[1].status(later).value == "Available"


def test_a_paused_planned_car_stays_paused_until_it_leaves() -> None:
    """The pause outlasts every planned end but the unplugging, and no energy flows in it."""
    planned = set()
    for seed in range(25):
        world, at = overnight(seed)
        session = world.sessions(at)[-1]
        planned.add(session.stop_reason)
        energy_mwh = session.energy_mwh(at)
        fulfil(world, "pause", {}, at)
        departure = session.stay.unplugged_at
        assert departure is not None
        assert world.connectors[1].status(departure - 1).value == "SuspendedEVSE"
        assert session.energy_mwh(departure) == energy_mwh
        assert session.seen_end(departure + 3 * TICKS_PER_S) is not None
        assert session.stop_reason == "LocalStopUserDisconnectedCableFromVehicle"
    assert len(planned) > 1
