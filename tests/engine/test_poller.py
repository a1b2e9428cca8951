"""One charger is polled in slots; failures are repeated, then rare, then told, and never touch what was kept."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.errors import ChargerBusyError, ChargerLoginError, ChargerUnreachableError
from bridge.types.charger import ConnectorReading, Snapshot
from bridge.types.journal import EntryKind
from bridge.types.words import ConnectorStatus, Health
from tests.engine.fakes import Scene


def unreachable() -> ChargerUnreachableError:
    """Return a passing fault."""
    return ChargerUnreachableError("garage (config.yaml:12)", "nothing answers at 192.168.1.20:80 (refused)")


def polled(scene: Scene, seconds: float) -> None:
    """Run the poller for a while of the fake clock."""

    async def play() -> None:
        task = asyncio.create_task(scene.poller.run())
        await scene.clock.advance(seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(play())


def test_polls_are_on_shared_ticks(tmp_path: Path) -> None:
    """After the first poll every poll is on a multiple of the interval, whatever the start."""
    scene = Scene(tmp_path)
    asyncio.run(scene.clock.advance(3.0))
    polled(scene, 60.0)
    assert len(scene.charger.asked) == 1 + 6
    assert scene.card.last_heard_at is not None
    assert scene.clock.monotonic_s() % 10 == 3.0
    assert scene.clock.now() - scene.card.last_heard_at == timedelta(seconds=3)


def test_a_passing_fault_is_repeated_inside_the_slot(tmp_path: Path) -> None:
    """Two failures and a success within one slot are a success; nobody is told of them."""
    scene = Scene(tmp_path)
    scene.charger.errors = [unreachable(), unreachable()]
    polled(scene, 9.0)
    assert len(scene.charger.asked) == 3
    assert scene.card.error is None
    assert scene.card.failures == {}


def test_a_refused_login_is_not_repeated_inside_the_slot(tmp_path: Path) -> None:
    """Repeating a refused login may lock the account: one attempt a slot."""
    scene = Scene(tmp_path)
    scene.charger.errors = [ChargerLoginError("garage", "it refused user «admin»")]
    polled(scene, 5.0)
    assert scene.charger.asked == ["snapshot"]
    assert scene.card.error is not None
    assert "«admin»" in scene.card.error


def test_a_dead_charger_is_asked_less_often_and_told_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After three failed slots attempts are single, a minute to five apart, and the card says why and when."""
    scene = Scene(tmp_path)
    scene.charger.errors = [unreachable() for _ in range(1000)]
    polled(scene, 3600.0)
    after_an_hour = len(scene.charger.asked)
    assert 9 + 10 <= after_an_hour <= 9 + 18
    assert scene.card.error is not None
    assert "refused" in scene.card.error
    assert "the others are not affected" in scene.card.error
    assert scene.card.next_poll_at is not None
    assert len(caplog.records) == 1
    assert scene.card.failures["charger_unreachable"] == scene.card.polls


def test_retry_after_is_honoured(tmp_path: Path) -> None:
    """A charger that asks for two minutes of peace gets them at the first time."""
    scene = Scene(tmp_path)
    scene.charger.errors = [ChargerBusyError("garage", "busy (503)", retry_after_s=120)]
    polled(scene, 119.0)
    assert scene.charger.asked == ["snapshot"]
    polled(scene, 2.0)
    assert scene.card.error is None


def test_a_charger_that_answers_again_has_its_history_looked_at(tmp_path: Path) -> None:
    """The first success after an outage wakes the search for holes."""
    scene = Scene(tmp_path)
    scene.has_rows()
    scene.charger.errors = [unreachable() for _ in range(9)]

    async def play() -> None:
        tasks = [asyncio.create_task(run()) for run in (scene.poller.run, scene.history.run)]
        await scene.clock.advance(300.0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(play())
    assert scene.card.error is None
    assert len(scene.charger.windows) >= 3


def test_a_change_of_state_is_journaled_at_once_and_once(tmp_path: Path) -> None:
    """A transition goes to the journal with both states; the same state again does not."""
    scene = Scene(tmp_path)

    async def play() -> None:
        recording = asyncio.create_task(scene.recorder.run())
        for status in (ConnectorStatus.AVAILABLE, ConnectorStatus.CHARGING, ConnectorStatus.CHARGING):
            scene.charger.status = status
            await scene.poller.poll()
            await scene.clock.settle()
        recording.cancel()
        await asyncio.gather(recording, return_exceptions=True)

    asyncio.run(play())
    states = [e.body for e in scene.store.journal(0, 100) if e.kind is EntryKind.STATUS]
    assert [(s["previous"], s["status"]) for s in states] == [(None, "Available"), ("Available", "Charging")]


def test_a_restart_is_no_change_of_state(tmp_path: Path) -> None:
    """A watch that was restored with the last journaled state journals nothing for the same state."""
    scene = Scene(tmp_path)
    scene.changes.restore(1, ConnectorStatus.AVAILABLE, "Available")
    asyncio.run(scene.poller.poll())
    asyncio.run(scene.recorder.commit())
    assert not [e for e in scene.store.journal(0, 100) if e.kind is EntryKind.STATUS]


def test_a_session_register_that_falls_is_nonsense_and_not_consumption(tmp_path: Path) -> None:
    """Within one session a lower value is reported as unknown, journaled once, and passes when it has caught up."""
    scene = Scene(tmp_path)
    scene.charger.session_id = "34"
    for energy_wh in (5000.0, 0.0, 10.0, 5001.0):
        scene.charger.session_energy_wh = energy_wh
        asyncio.run(scene.poller.poll())
        asyncio.run(scene.clock.advance(10.0))
    scene.charger.session_id, scene.charger.session_energy_wh = "35", 1.0
    asyncio.run(scene.poller.poll())
    asyncio.run(scene.recorder.commit())
    rows = scene.store.readings("garage", scene.clock.now() - timedelta(hours=1), scene.clock.now() + timedelta(1))
    assert [row.session_energy_wh for row in rows] == [5000.0, None, None, 5001.0, 1.0]
    falls = [e.body for e in scene.store.journal(0, 100) if e.kind is EntryKind.REGISTER_RESET]
    assert falls == [{"connector_id": 1, "before_wh": 5000.0, "after_wh": 0.0}]


def test_health_follows_silence_and_is_journaled(tmp_path: Path) -> None:
    """Silent for 600 s: communication fault; 3600 s: charger fault; heard again: normal at once."""
    scene = Scene(tmp_path)
    seen = []

    async def play() -> None:
        await scene.poller.poll()
        for _ in range(13):
            await scene.clock.advance(300.0)
            scene.health.check()
            seen.append(scene.card.health)
        await scene.poller.poll()
        await scene.recorder.commit()

    asyncio.run(play())
    assert seen == [Health.NORMAL] + [Health.COMMUNICATION_FAULT] * 10 + [Health.CHARGER_FAULT] * 2
    assert scene.card.health is Health.NORMAL
    words = [e.body["health"] for e in scene.store.journal(0, 100) if e.kind is EntryKind.HEALTH]
    assert words == ["communication_fault", "charger_fault", "normal"]


def test_a_wall_clock_that_jumps_makes_no_charger_ill(tmp_path: Path) -> None:
    """Silence is counted on the monotonic clock."""
    scene = Scene(tmp_path)
    asyncio.run(scene.poller.poll())
    scene.clock.jump(86_400.0)
    scene.health.check()
    assert scene.card.health is Health.NORMAL


def test_health_is_restored_after_a_restart(tmp_path: Path) -> None:
    """A charger that was in fault before the restart is in fault until it is heard."""
    scene = Scene(tmp_path)
    heard_at = scene.clock.now() - timedelta(hours=9)
    scene.health.restore("garage", Health.CHARGER_FAULT, scene.clock.now(), heard_at)
    assert scene.card.last_heard_at == heard_at
    scene.health.check()
    words = [scene.card.health]
    asyncio.run(scene.poller.poll())
    words.append(scene.card.health)
    assert words == [Health.CHARGER_FAULT, Health.NORMAL]


def test_what_cannot_be_read_is_counted_and_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An unknown word in every answer is one log line and a number."""
    scene = Scene(tmp_path)
    scene.charger.notes = ("status «Levitating» is not known",)
    polled(scene, 60.0)
    assert scene.card.remarks == {"status «Levitating» is not known": 7}
    assert caplog.text.count("Levitating") == 1


def test_a_new_session_that_still_shows_the_last_one_s_energy_is_no_reset(tmp_path: Path) -> None:
    """Until the register moves, the carried value is unknown for the new session; a zero then is its beginning."""
    scene = Scene(tmp_path)
    shown = []
    for session_id, energy_wh in (("34", 49_000.0), ("35", 49_000.0), ("35", 0.0), ("35", 700.0)):
        scene.charger.session_id, scene.charger.session_energy_wh = session_id, energy_wh
        asyncio.run(scene.poller.poll())
        assert scene.card.snapshot is not None
        shown.append(scene.card.snapshot.connectors[0].session_energy_wh)
    asyncio.run(scene.recorder.commit())
    assert shown == [49_000.0, None, 0.0, 700.0]
    assert not [e for e in scene.store.journal(0, 100) if e.kind is EntryKind.REGISTER_RESET]


def test_without_session_ids_a_session_begins_when_charging_begins(tmp_path: Path) -> None:
    """A charger that tells no session id may begin again at zero without that being a reset."""
    scene = Scene(tmp_path)
    steps = (("CHARGING", 20_000.0), ("AVAILABLE", 20_000.0), ("CHARGING", 10.0), ("CHARGING", 1_500.0))
    shown = []
    for status, energy_wh in steps:
        scene.charger.status, scene.charger.session_energy_wh = ConnectorStatus[status], energy_wh
        asyncio.run(scene.poller.poll())
        assert scene.card.snapshot is not None
        shown.append(scene.card.snapshot.connectors[0].session_energy_wh)
    asyncio.run(scene.recorder.commit())
    assert shown == [20_000.0, 20_000.0, 10.0, 1_500.0]
    assert not [e for e in scene.store.journal(0, 100) if e.kind is EntryKind.REGISTER_RESET]


def test_the_log_is_read_again_a_little_after_an_edge(tmp_path: Path) -> None:
    """The end of a session comes into the log after the state has changed: it is looked at twice."""
    scene = Scene(tmp_path)
    scene.changes.restore(1, ConnectorStatus.CHARGING, "Charging")

    async def play() -> None:
        tasks = [asyncio.create_task(run()) for run in (scene.poller.run, scene.history.run)]
        await scene.clock.advance(60.0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(play())
    assert scene.charger.asked.count("sessions") == 2


def told_at(scene: Scene, power_w: float) -> Snapshot:
    """Let the charger tell something by itself."""
    reading = ConnectorReading(
        evse_id=1, connector_id=1, status=ConnectorStatus.CHARGING, status_raw="Charging", power_w=power_w
    )
    scene.charger.told = Snapshot(read_at=scene.clock.now(), connectors=(reading,))
    scene.poller.told()
    return scene.charger.told


def test_what_a_charger_tells_by_itself_is_taken_up_at_once_and_once(tmp_path: Path) -> None:
    """The ticks between find nothing new: no reading is kept twice, and silence makes it ill although they go on."""
    scene = Scene(tmp_path)

    async def play() -> None:
        task = asyncio.create_task(scene.poller.run())
        first = told_at(scene, 1000.0)
        await scene.clock.advance(4.0)
        assert scene.card.snapshot == first
        second = told_at(scene, 2000.0)
        await scene.clock.advance(0.001)
        assert scene.card.snapshot == second
        await scene.clock.advance(700.0)
        scene.health.check()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await scene.recorder.commit()

    begun_at = scene.clock.now()
    asyncio.run(play())
    readings = scene.store.readings("garage", begun_at, scene.clock.now())
    assert [(row.at - begun_at, row.power_w) for row in readings] == [
        (timedelta(0), 1000.0),
        (timedelta(seconds=4), 2000.0),
    ]
    assert scene.card.health is Health.COMMUNICATION_FAULT
    assert scene.card.last_heard_at == begun_at + timedelta(seconds=4)


def test_a_charger_that_comes_back_by_itself_is_heard_although_it_was_to_be_left_alone(tmp_path: Path) -> None:
    """Nobody waits for the end of a pause that was meant for asking."""
    scene = Scene(tmp_path)
    scene.charger.errors = [unreachable() for _ in range(40)]

    async def play() -> None:
        task = asyncio.create_task(scene.poller.run())
        await scene.clock.advance(300.0)
        assert scene.card.error is not None
        scene.charger.errors.clear()
        told = told_at(scene, 1000.0)
        await scene.clock.advance(0.001)
        assert scene.card.snapshot == told
        assert scene.card.error is None
        for _ in range(50):  # however often it tells something within a second
            told_at(scene, 1500.0)
        last = told_at(scene, 2000.0)
        asked = len(scene.charger.asked)
        await scene.clock.advance(1.0)
        assert scene.card.snapshot == last
        assert len(scene.charger.asked) == asked + 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(play())


def test_a_charger_that_tells_often_is_not_polled_beside_that(tmp_path: Path) -> None:
    """Each telling is one look and no tick falls between; once it tells nothing for an interval the ticks go on."""
    scene = Scene(tmp_path)

    async def play() -> None:
        task = asyncio.create_task(scene.poller.run())
        await scene.clock.advance(3.0)
        asked = len(scene.charger.asked)
        for _ in range(20):
            told = told_at(scene, 1000.0)
            await scene.clock.advance(scene.card.poll_s)
            assert scene.card.snapshot == told
        assert len(scene.charger.asked) == asked + 20
        await scene.clock.advance(3 * scene.card.poll_s)
        assert len(scene.charger.asked) == asked + 23
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(play())


def test_what_is_told_while_a_poll_fails_is_taken_up_all_the_same(tmp_path: Path) -> None:
    """The pause that follows the failure is not waited for: there is something that was told before it and after it."""
    scene = Scene(tmp_path)
    scene.charger.errors = [unreachable() for _ in range(9)]  # three slots of three attempts
    asks = scene.charger.snapshot

    async def snapshot() -> Snapshot:
        if len(scene.charger.errors) == 1:
            scene.poller.told()
        return await asks()

    scene.charger.snapshot = snapshot  # type: ignore[method-assign]  # it tells something in the middle of an answer

    async def play() -> None:
        task = asyncio.create_task(scene.poller.run())
        await scene.clock.advance(40.0)
        assert scene.charger.errors == []
        told = told_at(scene, 1000.0)
        await scene.clock.advance(1.0)
        assert scene.card.snapshot == told
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(play())


def test_a_charger_that_tells_by_itself_is_not_observed(tmp_path: Path) -> None:
    """Neither sessions nor rows are made from its polls: it tells both."""
    scene = Scene(tmp_path)
    scene.charger.keeps_session_log, scene.charger.tells_itself = False, True
    scene.charger.given_measures = ()
    scene.observe()

    async def play() -> None:
        await scene.history.read_recent()
        for _ in range(130):
            await scene.poller.poll()
            await scene.clock.advance(10.0)
        await scene.recorder.commit()

    scene.charger.status, scene.charger.power_w = ConnectorStatus.CHARGING, 7000.0
    asyncio.run(play())
    assert scene.store.sessions("garage") == []
    assert scene.store.measures("garage") == []
