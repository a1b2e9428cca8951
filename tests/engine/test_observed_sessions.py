"""Sessions of a charger without a log are noted from its polls: each once, none longer than it was, no energy twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import StoreError
from bridge.types.command import LimitCurrent, StartCharging, StopCharging
from bridge.types.journal import EntryKind
from bridge.types.session import ChargingSession
from bridge.types.words import CommandStatus, ConnectorStatus, SessionFlag, StopReason
from tests.engine.fakes import Scene
from tests.engine.observed import POLL_S, START_AT, Notebook, World

AVAILABLE, PREPARING, CHARGING = ConnectorStatus.AVAILABLE, ConnectorStatus.PREPARING, ConnectorStatus.CHARGING
PAUSED, FULL = ConnectorStatus.SUSPENDED_EVSE, ConnectorStatus.SUSPENDED_EV
FINISHING, FAULTED = ConnectorStatus.FINISHING, ConnectorStatus.FAULTED
STOP, START = StopCharging(connector_id=1), StartCharging(connector_id=1, id_token="04AABBCC")


def plugged() -> Notebook:
    """Return a notebook that has seen a free connector and then a vehicle."""
    notes = Notebook()
    notes.be(AVAILABLE, 30)
    notes.world.plug()
    notes.go(30)
    return notes


def charging(seconds: float = 600.0) -> Notebook:
    """Return the same after some charging."""
    notes = plugged()
    notes.be(CHARGING, seconds)
    return notes


def test_a_session_from_plug_to_unplug() -> None:
    """It begins when charging is seen and ends when the vehicle is gone, with all the energy between."""
    notes = charging()
    notes.be(FULL, 120)
    notes.be(AVAILABLE, 20)
    session = notes.one
    assert session.started_at == START_AT + timedelta(seconds=70)
    assert session.session_id == "20261124T134610Z-1"
    assert session.connected_at == START_AT + timedelta(seconds=40)
    assert session.ended_at == session.disconnected_at == START_AT + timedelta(seconds=790)
    assert (session.meter_start_wh, session.meter_stop_wh, session.energy_wh) == (100_000.0, 101_200.0, 1200.0)
    assert session.max_power_w == 7200.0
    assert session.stop_reason is StopReason.EV_DISCONNECTED
    assert session.flags == ()


def test_states_are_told_with_what_one_answer_cannot_tell() -> None:
    """A vehicle that waits is Preparing before its session, suspended within, Finishing after; readers see that."""
    notes = charging(30)
    notes.be(PAUSED, 10)
    notes.be(CHARGING, 10)
    notes.command(STOP)
    notes.be(PAUSED, 20)
    notes.be(AVAILABLE, 10)
    notes.world.plug()
    notes.go(10)
    changes = [notes.states[0], *(b for a, b in pairwise(notes.states) if a is not b)]
    assert changes == [AVAILABLE, PREPARING, CHARGING, PAUSED, CHARGING, FINISHING, AVAILABLE, PREPARING]


def test_a_pause_never_ends_a_session() -> None:
    """A limit of zero for hours, and charging again, is one session."""
    notes = charging(60)
    notes.command(LimitCurrent(connector_id=1, limit_a=0.0))
    notes.be(PAUSED, 4 * 3600)
    notes.be(CHARGING, 60)
    assert notes.one.ended_at is None
    notes.be(AVAILABLE, 10)
    assert notes.one.energy_wh == pytest.approx(240.0)


def test_a_running_session_is_told_every_five_minutes_and_not_at_every_poll() -> None:
    """Each telling is a commit, which wears the card."""
    notes = charging(3600)
    assert len(notes.told) <= 1 + 13
    meters = [session.meter_stop_wh for session in notes.told]
    assert meters == sorted(set(meters), key=lambda wh: wh or 0.0)


def test_a_stop_that_was_commanded_ends_the_session_when_it_shows() -> None:
    """The end is when charging is seen to have stopped, with the register of that moment; the vehicle is Finishing."""
    notes = charging(60)
    notes.command(STOP)
    notes.go(20)
    assert notes.one.ended_at is None
    notes.be(PAUSED, 10)
    assert notes.one.stop_reason is StopReason.REMOTE
    assert notes.one.energy_wh == pytest.approx(160.0)
    assert notes.states[-1] is FINISHING


def test_charging_after_a_stop_is_a_new_session() -> None:
    """The same vehicle, started again: a second session that begins where the first one ended."""
    notes = charging(300)
    notes.command(STOP)
    notes.be(PAUSED, 30)
    notes.command(START)
    notes.be(CHARGING, 300)
    observed = notes.poll()
    first, second = notes.sessions
    assert second.id_token == "04AABBCC"
    assert first.meter_stop_wh == second.meter_start_wh
    assert first.connected_at == second.connected_at
    assert observed.snapshot.connectors[0].session_energy_wh == pytest.approx(600.0)
    assert observed.snapshot.connectors[0].session_id == second.session_id


def test_a_start_right_after_a_stop_is_a_new_session_without_a_pause_between() -> None:
    """Stop and start faster than the polls: what charges then is another session, and no energy is lost between."""
    notes = charging(60)
    notes.command(STOP)
    notes.command(START)
    notes.go(60)
    first, second = notes.sessions
    assert (first.stop_reason, second.ended_at) == (StopReason.REMOTE, None)
    assert first.ended_at == second.started_at
    assert first.meter_stop_wh == second.meter_start_wh


def test_a_box_that_charges_on_after_a_confirmed_stop_begins_a_new_session() -> None:
    """After half a minute its word is believed: the stopped session has ended, and another one runs."""
    notes = charging(60)
    notes.command(STOP)
    notes.go(60)
    first, second = notes.sessions
    assert first.ended_at is not None
    assert second.ended_at is None


def test_a_stop_that_was_not_confirmed_and_not_obeyed_ends_nothing() -> None:
    """The session goes on, and a pause a minute later is a pause."""
    notes = charging(60)
    notes.command(STOP, CommandStatus.UNCONFIRMED)
    notes.go(60)
    notes.be(PAUSED, 30)
    assert notes.one.ended_at is None


def test_a_stop_that_was_not_confirmed_and_obeyed_ends_the_session() -> None:
    """Charging stops within half a minute: it was the stop."""
    notes = charging(60)
    notes.command(STOP, CommandStatus.UNCONFIRMED)
    notes.be(PAUSED, 10)
    assert notes.one.stop_reason is StopReason.REMOTE


def test_a_refused_stop_ends_nothing() -> None:
    """What was not done has no effect."""
    notes = charging(60)
    notes.command(STOP, CommandStatus.REFUSED)
    notes.be(PAUSED, 60)
    assert notes.one.ended_at is None


def test_a_token_of_long_ago_belongs_to_nobody_else() -> None:
    """Whoever plugs in a quarter of an hour after a start was commanded is somebody else."""
    notes = Notebook()
    notes.go(10)
    notes.command(START)
    notes.go(900)
    notes.world.plug(CHARGING)
    notes.go(10)
    assert notes.one.id_token is None


@pytest.mark.parametrize(
    ("status", "reason", "flags"),
    [
        (AVAILABLE, StopReason.EV_DISCONNECTED, ()),
        (FINISHING, StopReason.LOCAL, ()),
        (ConnectorStatus.UNAVAILABLE, StopReason.LOCAL, ()),
        (FAULTED, StopReason.OTHER, (SessionFlag.FAULT_STOP,)),
    ],
)
def test_what_ends_a_session_says_why(
    status: ConnectorStatus, reason: StopReason, flags: tuple[SessionFlag, ...]
) -> None:
    """Unplugged, ended at the box, taken out of service, or a fault."""
    notes = charging()
    notes.be(status, 10)
    assert notes.one.stop_reason is reason
    assert notes.one.flags == flags
    assert notes.states[-1] is status


def test_an_unknown_word_ends_nothing() -> None:
    """A state that the adapter does not know is no end."""
    notes = charging(60)
    notes.world.status = None  # type: ignore[assignment]  # as an adapter tells it
    notes.go(30)
    notes.be(CHARGING, 60)
    notes.be(AVAILABLE, 10)
    assert notes.one.flags == ()


def test_a_restart_of_the_bridge_ends_no_session() -> None:
    """The same session goes on under the same id, and its end has all the energy."""
    notes = charging(600)
    notes.restart()
    notes.go(600)
    notes.be(AVAILABLE, 10)
    assert notes.one.energy_wh == pytest.approx(2400.0)
    assert notes.one.flags == ()


def test_a_session_that_began_unseen_is_flagged_and_whole() -> None:
    """The box counts since the vehicle was plugged in, so the start's register is known, its time is not."""
    notes = Notebook()
    notes.go(10)
    notes.world.plug(CHARGING)
    notes.world.wait(3600)
    notes.go(60)
    notes.be(AVAILABLE, 10)
    assert notes.one.flags == (SessionFlag.START_NOT_SEEN,)
    assert notes.one.energy_wh == pytest.approx(7200 + 120)
    assert notes.one.started_at == START_AT + timedelta(seconds=3620)
    assert notes.one.connected_at is None


def test_a_start_that_cannot_be_told_is_where_it_was_first_seen() -> None:
    """Without the box's own count the session has the energy since it was seen."""
    notes = Notebook(World(tells_plug_energy=False, status=CHARGING))
    notes.world.wait(3600)
    notes.go(60)
    assert notes.one.flags == (SessionFlag.START_NOT_SEEN,)
    notes.be(AVAILABLE, 10)
    assert notes.one.energy_wh == pytest.approx(100.0)


def test_a_pause_that_is_first_seen_after_energy_flowed_is_a_session() -> None:
    """A fresh bridge finds a vehicle that pauses after 5 kWh: that is a session, begun unseen."""
    notes = Notebook(World(status=PAUSED, plug_wh=5000.0))
    notes.go(10)
    assert notes.one.flags == (SessionFlag.START_NOT_SEEN,)
    assert notes.one.energy_wh == 5000.0
    assert notes.states == [PAUSED]


def test_an_end_that_nobody_saw_is_when_it_was_last_seen() -> None:
    """The vehicle left during an outage: all the energy since is its own, for nobody else charged."""
    notes = charging(300)
    seen_at = notes.world.now
    notes.world.wait(1000)
    notes.world.status = AVAILABLE
    notes.world.wait(3600)
    notes.go(10)
    assert notes.one.ended_at == seen_at
    assert notes.one.flags == (SessionFlag.END_NOT_SEEN,)
    assert notes.one.energy_wh == pytest.approx(600 + 2000)
    assert notes.one.stop_reason is None


def test_two_vehicles_with_an_outage_between_are_two_sessions() -> None:
    """The box's count tells which energy is whose: nothing is lost and nothing counted twice."""
    notes = charging(300)
    notes.world.wait(500)
    notes.world.plug(CHARGING)
    notes.world.wait(300)
    notes.go(60)
    first, second = notes.sessions
    assert first.flags == (SessionFlag.END_NOT_SEEN,)
    assert second.flags == (SessionFlag.START_NOT_SEEN,)
    assert first.energy_wh == pytest.approx(600 + 1000)
    notes.be(AVAILABLE, 10)
    assert notes.sessions[1].energy_wh == pytest.approx(600 + 120)


def test_an_outage_within_a_session_is_no_end() -> None:
    """The same vehicle charges on: one session, and nothing to flag."""
    notes = charging(300)
    notes.world.wait(7200)
    notes.go(60)
    notes.be(AVAILABLE, 10)
    assert notes.one.flags == ()
    assert notes.one.energy_wh == pytest.approx(600 + 14_400 + 120)


def test_a_register_that_falls_leaves_no_energy_to_tell() -> None:
    """A box that was replaced: the session has an end and no energy; the next one is sound."""
    notes = charging(300)
    notes.world.register_wh = 12.0
    notes.go(300)
    notes.be(AVAILABLE, 10)
    assert notes.one.flags == (SessionFlag.REGISTER_FELL,)
    assert notes.one.energy_wh is None
    notes.world.plug(CHARGING)
    notes.go(300)
    notes.be(AVAILABLE, 10)
    assert notes.sessions[1].energy_wh == pytest.approx(600.0)
    assert notes.sessions[1].flags == ()


def test_a_register_that_rounds_down_has_not_fallen() -> None:
    """Less than a watt-hour is rounding."""
    notes = charging(300)
    notes.world.status = PAUSED
    notes.world.register_wh -= 0.6
    notes.go(10)
    notes.be(AVAILABLE, 10)
    assert notes.one.flags == ()


def test_a_register_that_rounds_down_between_sessions_counts_nothing_twice() -> None:
    """The next session begins where the last one ended, though the register shows a little less by then."""
    notes = charging(300)
    notes.be(AVAILABLE, 10)
    notes.world.register_wh -= 0.6
    notes.go(20)
    notes.world.plug(CHARGING)
    notes.go(60)
    first, second = notes.sessions
    assert first.meter_stop_wh == second.meter_start_wh


@pytest.mark.parametrize("back_s", [25.0, 1800.0])
def test_a_clock_that_is_set_back_leaves_sessions_in_order(back_s: float) -> None:
    """A little back: no session begins before the last one ended, none ends before it began, and none shares an id."""
    notes = charging(20)
    notes.be(AVAILABLE, 10)
    notes.world.now -= timedelta(seconds=back_s)
    for _ in range(3):
        notes.world.plug(CHARGING)
        notes.go(10)
        notes.be(AVAILABLE, 10)
    assert len(notes.sessions) == 4
    for earlier, later in pairwise(notes.sessions):
        assert earlier.ended_at is not None
        assert earlier.started_at <= earlier.ended_at <= later.started_at


def test_a_clock_that_was_far_ahead_is_believed_when_it_is_put_right() -> None:
    """A year ahead at boot: what comes after has its true times."""
    notes = charging(20)
    notes.be(AVAILABLE, 10)
    notes.world.now -= timedelta(days=365)
    notes.world.plug(CHARGING)
    notes.go(10)
    assert min(session.started_at for session in notes.sessions) == notes.world.now


def test_two_open_sessions_of_one_connector_become_one() -> None:
    """Whatever left them so, the older one is ended and the newer goes on."""
    notes = charging(300)
    earlier = ChargingSession(session_id="old", connector_id=1, started_at=START_AT - timedelta(days=1))
    notes.kept["old"] = earlier
    notes.restart()
    notes.go(60)
    assert [(session.session_id, session.ended_at is None) for session in notes.sessions] == [
        ("old", False),
        ("20261124T134610Z-1", True),
    ]


def test_a_memory_that_cannot_be_read_costs_no_session() -> None:
    """The session goes on from what the store has of it."""
    notes = charging(300)
    notes.memory = "[{"
    notes.restart()
    notes.go(60)
    notes.be(AVAILABLE, 10)
    assert notes.one.energy_wh == pytest.approx(720.0)


Step = tuple[object, float, int]
"""what happens, how long nobody looks, and how many polls follow"""

HAPPENINGS: list[object] = [
    None,
    CHARGING,
    CHARGING,
    PAUSED,
    FULL,
    AVAILABLE,
    FINISHING,
    FAULTED,
    PREPARING,
    ("plug", CHARGING),
    ("plug", FULL),
    (STOP, CommandStatus.DONE),
    (STOP, CommandStatus.UNCONFIRMED),
    (START, CommandStatus.DONE),
    "restart",
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(HAPPENINGS),
        st.sampled_from([0.0, 0.0, 0.4, 45.0, 61.0, 50_000.0]),
        st.sampled_from([0, 1, 1, 5]),
    ),
    min_size=4,
    max_size=30,
)


def lived(steps: list[Step], *, tells: bool) -> Notebook:
    """Live through these steps, with a poll at the start."""
    notes = Notebook(World(tells_plug_energy=tells))
    notes.poll()
    for what, silence_s, polls in steps:
        match what:
            case "plug", ConnectorStatus() as status:
                notes.world.plug(status)
            case (StopCharging() | StartCharging()) as command, CommandStatus() as outcome:
                notes.command(command, outcome)
            case ConnectorStatus() as status:
                notes.world.status = status
            case "restart":
                notes.restart()
        notes.world.wait(silence_s)
        notes.go(polls * POLL_S)
    return notes


@settings(max_examples=400, deadline=None, derandomize=True)
@given(STEPS, st.booleans())
def test_no_energy_is_counted_twice_and_no_two_sessions_overlap(steps: list[Step], tells: bool) -> None:  # noqa: FBT001
    """Whatever happens and whoever looks: the sum stays below the register's rise, and each session ends once."""
    notes = lived(steps, tells=tells)
    total_wh = sum(session.energy_wh or 0.0 for session in notes.sessions)
    assert total_wh <= notes.world.register_wh - World.register_wh + 0.01
    for earlier, later in pairwise(notes.sessions):
        assert earlier.ended_at is not None
        assert earlier.started_at <= earlier.ended_at <= later.started_at
        assert earlier.meter_stop_wh is not None
        assert later.meter_start_wh is not None
        assert earlier.meter_stop_wh <= later.meter_start_wh
    ends = [session.session_id for session in notes.told if session.ended_at is not None]
    assert len(ends) == len(set(ends))
    starts = {(session.session_id, session.started_at, session.meter_start_wh) for session in notes.told}
    assert len(starts) == len({session_id for session_id, _, _ in starts})
    notes.be(AVAILABLE, 2 * POLL_S)
    assert all(session.ended_at is not None for session in notes.sessions)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(STEPS)
def test_the_same_polls_give_the_same_sessions(steps: list[Step]) -> None:
    """A replay changes nothing: ids come from what was seen."""
    assert lived(steps, tells=True).told == lived(steps, tells=True).told


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([CHARGING, PAUSED, FULL]), min_size=1, max_size=30), st.sets(st.integers(0, 29)))
def test_one_vehicle_that_is_watched_is_one_session_with_all_its_energy(
    states: list[ConnectorStatus], restarts: set[int]
) -> None:
    """However it pauses, and however often the bridge is started again: register difference equals session energy."""
    notes = plugged()
    for number, status in enumerate([CHARGING, *states]):
        notes.be(status, 50)
        if number in restarts:
            notes.restart()
    notes.be(AVAILABLE, 20)
    assert notes.one.energy_wh == pytest.approx(notes.world.register_wh - World.register_wh, abs=0.01)


# --- with the store -----------------------------------------------------------------------------------------


def unlogged(folder: Path) -> Scene:
    """Return a charger that keeps no log, on a real store."""
    scene = Scene(folder)
    scene.charger.keeps_session_log = False
    scene.charger.register_wh = 1000.0
    scene.observe()
    return scene


async def polled(scene: Scene, status: ConnectorStatus, polls: int, step_wh: float = 0.0) -> None:
    """Let the box be in a state for some polls."""
    scene.charger.status = status
    for _ in range(polls):
        await scene.clock.advance(POLL_S)
        assert scene.charger.register_wh is not None
        scene.charger.register_wh += step_wh
        await scene.poller.poll()
        await scene.clock.settle()


def test_edges_are_in_the_store_at_once_and_a_restart_goes_on(tmp_path: Path) -> None:
    """Begin and end are committed with the poll that saw them; between, a new bridge goes on with the same session."""
    scene = unlogged(tmp_path)

    async def play() -> None:
        recording = asyncio.create_task(scene.recorder.run())
        await polled(scene, AVAILABLE, 2)
        await polled(scene, CHARGING, 1, 20.0)
        (begun,) = scene.store.open_sessions("garage")
        assert begun.meter_start_wh == 1000.0
        await polled(scene, CHARGING, 3, 20.0)
        await scene.recorder.commit()
        scene.observe()
        await scene.observation.restore(scene.desk)
        await polled(scene, CHARGING, 3, 20.0)
        assert scene.store.open_sessions("garage")[0].session_id == begun.session_id
        await polled(scene, AVAILABLE, 1)
        assert scene.store.open_sessions("garage") == []
        recording.cancel()
        await asyncio.gather(recording, return_exceptions=True)

    asyncio.run(play())
    ((_, session),) = scene.store.sessions("garage")
    assert session.energy_wh == 140.0
    assert session.flags == ()
    states = [e.body["status"] for e in scene.store.journal(0, 100) if e.kind is EntryKind.STATUS]
    assert states == ["Available", "Charging", "Available"]


def test_a_session_that_ended_during_a_long_stop_ends_when_a_reading_last_saw_it(tmp_path: Path) -> None:
    """Readings are younger than the last telling of the session: the end is as late as they know."""
    scene = unlogged(tmp_path)

    async def play() -> None:
        await polled(scene, AVAILABLE, 1)
        await polled(scene, CHARGING, 20, 20.0)
        await scene.recorder.commit()
        seen_at = scene.clock.now()
        await scene.clock.advance(7200.0)
        scene.observe()
        await scene.observation.restore(scene.desk)
        await polled(scene, AVAILABLE, 1)
        await scene.recorder.commit()
        ((_, session),) = scene.store.sessions("garage")
        assert session.ended_at == seen_at
        assert session.flags == (SessionFlag.END_NOT_SEEN,)
        assert session.energy_wh == 400.0

    asyncio.run(play())


def test_a_full_disk_loses_no_session(tmp_path: Path) -> None:
    """Nobody can fetch them again: begin and end wait in memory and are written when there is room."""
    scene = unlogged(tmp_path)
    scene.desk.failing = StoreError("store", "the disk is full")

    async def play() -> None:
        for _ in range(2):
            await polled(scene, AVAILABLE, 2)
            await polled(scene, CHARGING, 4, 20.0)
            assert not await scene.recorder.commit()
        await polled(scene, AVAILABLE, 1)
        scene.desk.failing = None
        assert await scene.recorder.commit()

    asyncio.run(play())
    assert [session.energy_wh for _, session in scene.store.sessions("garage")] == [80.0, 80.0]
