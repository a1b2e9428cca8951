"""The simulated past: it repeats, it adds up, and it stays as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.etrel.simulation.building import base_load_kw
from adapters.etrel.simulation.curve import STEP_W
from adapters.etrel.simulation.profile import ProfileQuery, write_profile
from adapters.etrel.simulation.session_log import LogQuery, write_log
from adapters.etrel.simulation.sessions import Session
from adapters.etrel.simulation.ticks import TICKS_PER_DAY, TICKS_PER_S, seconds, to_ticks
from adapters.etrel.simulation.wishes import fulfil
from adapters.etrel.simulation.world import INTERVAL, World, WorldPlan

NOW = to_ticks(datetime(2025, 3, 3, 21, 17, 3, tzinfo=UTC))
EVERYTHING = LogQuery.parse({"pageSize": "1000"})


def make_world(seed: int = 1, days: int = 7, connectors: int = 1, *, autonomous: bool = True) -> World:
    world = World(WorldPlan(seed, NOW - days * TICKS_PER_DAY, NOW, connectors, autonomous))
    world.advance(NOW)
    return world


def rows_of(world: World, from_at: int, to_at: int, now: int = NOW) -> list[dict[str, float | str]]:
    measures = (*(f"connector{number}" for number in world.connectors), "building", "cluster")
    rows: list[dict[str, float | str]] = json.loads(write_profile(world, ProfileQuery(measures, from_at, to_at), now))
    return rows


def value(row: dict[str, float | str], measure: str) -> float:
    found = row[measure]
    assert isinstance(found, float)
    return found


def test_the_same_seed_gives_the_same_past() -> None:
    """Two worlds of one seed write the same log and the same rows, byte for byte."""
    first, second = make_world(seed=5, connectors=2), make_world(seed=5, connectors=2)
    assert write_log(first.sessions(NOW), EVERYTHING, NOW) == write_log(second.sessions(NOW), EVERYTHING, NOW)
    assert rows_of(first, NOW - TICKS_PER_DAY, NOW) == rows_of(second, NOW - TICKS_PER_DAY, NOW)


def test_another_seed_gives_another_past() -> None:
    """Two seeds do not write the same log."""
    first, second = make_world(seed=5), make_world(seed=6)
    assert write_log(first.sessions(NOW), EVERYTHING, NOW) != write_log(second.sessions(NOW), EVERYTHING, NOW)


def test_the_past_does_not_depend_on_when_it_is_asked_for() -> None:
    """A world that was asked every hour and one that was asked once tell the same."""
    patient, curious = make_world(seed=3), make_world(seed=3)
    later = NOW + 2 * TICKS_PER_DAY
    for hour in range(48):
        curious.advance(NOW + hour * 3600 * TICKS_PER_S)
    for world in (patient, curious):
        world.advance(later)
    assert write_log(patient.sessions(later), EVERYTHING, later) == write_log(
        curious.sessions(later), EVERYTHING, later
    )


def test_the_same_birth_gives_the_same_sessions_after_a_restart() -> None:
    """A world that is started a day later with the same birth begins its log with the same sessions."""
    born_at = NOW - 10 * TICKS_PER_DAY
    first = World(WorldPlan(4, born_at, NOW))
    second = World(WorldPlan(4, born_at, NOW + TICKS_PER_DAY))
    first.advance(NOW)
    second.advance(NOW + TICKS_PER_DAY)
    settled = NOW - TICKS_PER_DAY
    assert [(s.session_id, s.started_at, s.meter_start_mwh) for s in first.sessions(settled)] == [
        (s.session_id, s.started_at, s.meter_start_mwh) for s in second.sessions(settled)
    ]


def finished(world: World) -> list[Session]:
    return [s for s in world.sessions(NOW) if s.seen_end(NOW) is not None]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_sessions_registers_are_the_integral_of_its_power(seed: int) -> None:
    """End minus start of the register is what summing the power every two seconds gives, within 0.5 %."""
    session = max(finished(make_world(seed)), key=lambda s: s.energy_mwh(NOW))
    end = session.seen_end(NOW)
    assert end is not None
    sample = seconds(2)
    summed_wh = sum(session.steps_at(t) for t in range(session.started_at, end, sample)) * STEP_W * 2 / 3600
    assert session.energy_mwh(NOW) == session.meter_mwh(NOW) - session.meter_start_mwh
    assert session.energy_mwh(NOW) / 1000 == pytest.approx(summed_wh, rel=0.005)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), connectors=st.integers(1, 3))
def test_a_sessions_rows_add_up_to_its_registers(seed: int, connectors: int) -> None:
    """The 5-minute rows of a session give its register difference within three per cent."""
    world = make_world(seed, connectors=connectors)
    for session in finished(world):
        end = session.seen_end(NOW)
        assert end is not None
        if session.energy_mwh(NOW) < 2_000_000:
            continue
        rows = rows_of(world, session.started_at // INTERVAL * INTERVAL, end)
        rows_kwh = sum(value(row, f"connector{session.connector_id}") for row in rows) / 12
        assert rows_kwh == pytest.approx(session.energy_mwh(NOW) / 1e6, rel=0.03)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), connectors=st.integers(1, 3))
def test_registers_go_on_from_session_to_session(seed: int, connectors: int) -> None:
    """Within one connector each session begins where the one before ended, in time and on the register."""
    world = make_world(seed, days=20, connectors=connectors)
    for connector in world.connectors.values():
        done = [s for s in connector.sessions if s.seen_end(NOW) is not None]
        assert len(done) >= 5
        for earlier, later in pairwise(done):
            assert later.meter_start_mwh == earlier.meter_mwh(NOW)
            assert earlier.ended_at is not None
            assert earlier.ended_at < later.started_at


def test_building_and_cluster_contain_the_connectors() -> None:
    """Cluster is the sum of the connectors in steps of 0.064 kW, and building is its own load on top."""
    world = make_world(seed=2, connectors=3)
    charging = 0
    for number, row in enumerate(rows_of(world, NOW - 2 * TICKS_PER_DAY, NOW)):
        parts_kw = [value(row, f"connector{c}") for c in world.connectors]
        assert value(row, "cluster") == pytest.approx(sum(parts_kw), abs=1e-9)
        assert value(row, "cluster") / 0.064 == pytest.approx(round(value(row, "cluster") / 0.064), abs=1e-6)
        first_s = -(-(NOW - 2 * TICKS_PER_DAY) // INTERVAL) * 300
        own_kw = value(row, "building") - sum(parts_kw)
        assert own_kw == pytest.approx(base_load_kw(2, first_s + 300 * number), abs=1e-5)
        assert 0.3 - 1e-5 <= own_kw <= 2.5 + 1e-5
        charging += value(row, "cluster") > 0
    assert charging > 20


def test_rows_of_the_past_never_change() -> None:
    """What was answered before a wish and a day is answered the same afterwards."""
    world = make_world(seed=9, autonomous=False)
    before = rows_of(world, NOW - TICKS_PER_DAY, NOW)
    fulfil(world, "plug_in", {}, NOW)
    fulfil(world, "start", {}, NOW)
    later = NOW + TICKS_PER_DAY
    world.advance(later)
    after = rows_of(world, NOW - TICKS_PER_DAY, NOW - INTERVAL, later)
    assert len(before) == 287
    assert after == before


def test_a_row_appears_only_when_its_interval_is_over() -> None:
    """The interval that holds the present has no row, and gets one the moment it ends."""
    world = make_world()
    end = (NOW // INTERVAL + 1) * INTERVAL
    assert rows_of(world, NOW - 2 * INTERVAL, end, end - 1)[-1]["time"] == "2025-03-03T21:10:00+00:00"
    assert rows_of(world, NOW - 2 * INTERVAL, end, end)[-1]["time"] == "2025-03-03T21:15:00+00:00"


def test_there_are_no_rows_before_the_charger_was_born() -> None:
    """History begins with the first whole interval after the birth."""
    rows = rows_of(make_world(days=1), NOW - 9 * TICKS_PER_DAY, NOW)
    assert rows[0]["time"] == "2025-03-02T21:20:00+00:00"
    assert len(rows) == 287


def test_the_log_holds_odd_sessions_too() -> None:
    """A long history has one-second faults with and without a trace of energy, and cards without a user."""
    world = make_world(seed=1, days=365)
    short = [s for s in finished(world) if s.lasted(NOW) == TICKS_PER_S]
    assert {s.energy_mwh(NOW) for s in short} == {0, 5}
    assert {s.stop_reason for s in short} == {"FaultOccuredContactorTripped"}
    assert any(s.card.user_id is None for s in finished(world))
    assert '"activeEnergyConsumed":5E-06,' in write_log(world.sessions(NOW), EVERYTHING, NOW).decode()


def test_without_autonomy_every_place_is_free_at_the_start_and_stays_so() -> None:
    """A world for tests has a past and no car that comes by itself."""
    for seed in range(20):
        world = make_world(seed, connectors=2, autonomous=False)
        known = len(world.sessions(NOW))
        later = NOW + 5 * TICKS_PER_DAY
        world.advance(later)
        assert known == len(world.sessions(later))
        assert {c.status(NOW).value for c in world.connectors.values()} == {"Available"}


def test_with_autonomy_cars_keep_coming() -> None:
    """A world for showing gets new sessions as time goes on, even one without a past."""
    world = make_world(days=0)
    later = NOW + 10 * TICKS_PER_DAY
    world.advance(later)
    assert len(world.sessions(NOW)) == 0
    assert len(world.sessions(later)) > 5


def test_a_planned_car_finds_the_place_taken() -> None:
    """While a driven car stays, no planned car comes; after it has gone they do again."""
    world = make_world(days=0)
    fulfil(world, "plug_in", {}, NOW)
    fulfil(world, "start", {}, NOW)
    later = NOW + 10 * TICKS_PER_DAY
    world.advance(later)
    assert [s.session_id for s in world.sessions(later)] == [1]
    fulfil(world, "unplug", {}, later)
    world.advance(later + 10 * TICKS_PER_DAY)
    assert len(world.sessions(later + 10 * TICKS_PER_DAY)) > 5
