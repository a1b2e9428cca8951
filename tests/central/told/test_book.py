"""Transactions become sessions: what a station of 1.6 may tell, in order and not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.central.told.transaction_numbers import LAST_NUMBER
from bridge.errors import StoreError
from bridge.types.journal import EntryKind
from bridge.types.words import IdTokenType, SessionFlag, StopReason
from tests.central.told.scene import NOON, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Return a station of 1.6."""
    scene = Scene(tmp_path)
    yield scene
    scene.close()


def test_a_transaction_becomes_a_session(scene: Scene) -> None:
    """A start, values and a stop are one session with the difference of its registers."""
    number = scene.start(wh=1000)
    scene.wait(60)
    scene.values(number, 1500)
    scene.wait(3600)
    answer = scene.stop(number, 12_345, reason="EVDisconnected", idTag="TAG1")
    session = scene.session()
    assert answer == {"idTagInfo": {"status": "Accepted"}}
    assert session.session_id == str(number)
    assert (session.started_at, session.ended_at) == (NOON, NOON + timedelta(seconds=3660))
    assert (session.meter_start_wh, session.meter_stop_wh, session.energy_wh) == (1000, 12_345, 11_345)
    assert (session.id_token, session.id_token_type) == ("TAG1", IdTokenType.CENTRAL)
    assert (session.stop_reason, session.stop_reason_raw) == (StopReason.EV_DISCONNECTED, "EVDisconnected")
    assert session.flags == ()


def test_a_start_is_durable_before_its_answer(scene: Scene) -> None:
    """When the answer is there, so is the session, also where the bridge is killed right then."""
    number = scene.start()
    scene.restart(is_killed=True)
    assert scene.session().session_id == str(number)
    assert scene.told.transaction_id(1) == str(number)


def test_a_start_and_an_end_are_announced_at_once(scene: Scene) -> None:
    """Databases and central systems above are woken by them, and by nothing that was not stored."""
    woken: list[int] = []
    scene.recorder.on_commit(lambda: woken.append(scene.store.last_seq()))
    number = scene.start()
    assert woken == [scene.store.last_seq()]
    scene.values(number, 1500)
    scene.stop(number, 2000)
    assert len(woken) == 2
    scene.desk.failing = StoreError("store", "full")
    with pytest.raises(StoreError):
        scene.start()
    assert len(woken) == 2


def test_what_cannot_be_stored_is_not_answered(scene: Scene) -> None:
    """A store that refuses makes the start fail; told again it gets a number, and nothing is there twice."""
    scene.desk.failing = StoreError("store", "full")
    with pytest.raises(StoreError):
        scene.start()
    assert scene.told.transaction_id(1) is None
    scene.desk.failing = None
    number = scene.start()
    assert scene.session().session_id == str(number)


def test_a_start_told_again_gets_the_same_number(scene: Scene) -> None:
    """The same start gets its number again: at once, after a restart of the bridge, and after its stop."""
    at = scene.at()
    number = scene.start(at=at)
    scene.wait(30)
    assert scene.start(at=at, tag="tag1") == number
    scene.restart(is_killed=True)
    assert scene.start(at=at) == number
    scene.wait(300)
    scene.stop(number, 1800)
    assert scene.start(at=at) == number
    assert scene.session().ended_at is not None


def test_numbers_are_never_given_twice(scene: Scene, tmp_path: Path) -> None:
    """Numbers rise, across connectors, within one second, and when the store is lost."""
    first, second = scene.start(1), scene.start(2)
    scene.stop(first, 1000)
    third = scene.start(1, tag="TAG2")
    assert first < second < third
    scene.wait(10)
    scene.lose_store(tmp_path / "new")
    assert scene.start(1) > third


def test_numbers_go_on_from_the_highest(scene: Scene) -> None:
    """A clock that was set back gives no number again."""
    scene.store.put_setting(LAST_NUMBER, "2000000000")
    assert scene.start() == 2_000_000_001


def test_values_are_not_committed_one_by_one(scene: Scene) -> None:
    """Meter values of a running session wait for the five minutes; then the store has the latest register."""
    number = scene.start(wh=1000)
    before = scene.store.last_seq()
    for wh in range(1010, 1100, 10):
        scene.wait(10)
        scene.values(number, wh)
    scene.commit()
    assert not scene.store.journal(before, 100, {EntryKind.SESSION})
    scene.wait(300)
    scene.values(number, 2000)
    scene.commit()
    assert scene.session().meter_stop_wh == 2000
    assert scene.session().ended_at is None


def test_what_waited_does_not_open_an_ended_session(scene: Scene) -> None:
    """A register that waits for the commit while the transaction is stopped changes nothing any more."""
    number = scene.start(wh=1000)
    scene.wait(300)
    scene.values(number, 1400)
    scene.stop(number, 1500)
    scene.commit()
    assert scene.session().ended_at is not None
    assert scene.session().energy_wh == 500


def test_a_running_session_goes_on_after_a_restart(scene: Scene) -> None:
    """The bridge comes back in the middle of a transaction and ends it as if nothing had been."""
    number = scene.start(wh=1000)
    scene.restart()
    scene.wait(60)
    scene.values(number, 1200, Power_Active_Import="7000")
    reading = scene.reading()
    assert (reading.session_id, reading.session_energy_wh, reading.power_w) == (str(number), 200, 7000)
    scene.stop(number, 1500)
    assert scene.session().energy_wh == 500


def test_a_stop_told_again_changes_nothing(scene: Scene) -> None:
    """The second of two stops is answered alike, and the first counts, also after a restart and with other words."""
    number = scene.start(wh=1000)
    scene.wait(100)
    at = scene.at()
    first = scene.stop(number, 1500, at)
    session, seq = scene.session(), scene.store.last_seq()
    assert scene.stop(number, 1500, at) == first
    scene.restart(is_killed=True)
    scene.stop(number, 1700, scene.at(50))
    assert scene.session() == session
    assert scene.store.last_seq() == seq


def test_values_after_the_stop_do_not_reopen(scene: Scene) -> None:
    """Meter values that come after the stop belong to the past."""
    number = scene.start(wh=1000)
    scene.wait(100)
    scene.stop(number, 1500)
    scene.values(number, 1600, Power_Active_Import="7000")
    scene.restart(is_killed=True)
    scene.values(number, 1600, Power_Active_Import="7000")
    assert scene.session().meter_stop_wh == 1500
    assert scene.told.transaction_id(1) is None
    assert scene.reading().power_w is None


def test_a_nameless_stop_ends_what_runs(scene: Scene) -> None:
    """A station that never got its number stops with -1 or 0: that is the end of the one session that runs."""
    for nameless in (-1, 0):
        scene.start(wh=1000, tag=f"T{nameless}")
        scene.wait(100)
        scene.stop(nameless, 1500, idTag=f"t{nameless}")
    assert [session.energy_wh for session in scene.sessions()] == [500, 500]
    assert all(session.ended_at is not None for session in scene.sessions())


def test_a_nameless_stop_told_again_changes_nothing(scene: Scene) -> None:
    """Also after a restart, and when the next transaction runs already."""
    scene.start(wh=1000)
    scene.wait(100)
    at = scene.at()
    scene.stop(-1, 1500, at)
    scene.restart(is_killed=True)
    scene.stop(-1, 1500, at)
    scene.wait(10)
    scene.start(wh=1500)
    scene.stop(-1, 1500, at)
    assert [session.ended_at is None for session in scene.sessions()] == [False, True]


def test_a_nameless_stop_with_an_unset_clock_is_known_by_its_register(scene: Scene) -> None:
    """Told again it is found by the register at which it ended a session."""
    scene.start(wh=1000)
    scene.wait(100)
    for _ in range(2):
        scene.stop(-1, 1500, "1970-01-01T00:00:12Z")
        scene.restart(is_killed=True)
    assert scene.session().energy_wh == 500


def test_an_older_register_does_not_count(scene: Scene) -> None:
    """Values that come after newer ones leave the register where it is; one that rose counts in any case."""
    number = scene.start(wh=1000)
    for at, wh, expected in ((60, 1500, 1500), (30, 1200, 1500), (30, 1600, 1600), (90, 1550, 1550)):
        scene.values(number, wh, at=scene.at(at))
        assert scene.reading().session_energy_wh == expected - 1000


def test_values_of_what_is_over_need_no_store(scene: Scene) -> None:
    """A station that goes on telling an old number is answered from memory."""
    number = scene.start(wh=1000)
    scene.stop(number, 1500)
    scene.desk.failing = StoreError("store", "full")
    scene.values(number, 1600)


@pytest.mark.parametrize(("stop_wh", "tag", "seconds"), [(500, "TAG1", 100), (1500, "TAG2", 100), (1500, "TAG1", -100)])
def test_a_nameless_stop_that_does_not_fit_is_a_session_of_its_own(
    scene: Scene, stop_wh: int, tag: str, seconds: float
) -> None:
    """A lower register, another tag or an earlier time are those of another transaction, which is not lost."""
    number = scene.start(wh=1000)
    for _ in range(2):
        scene.stop(-1, stop_wh, scene.at(seconds), idTag=tag)
    alone, running = sorted(scene.sessions(), key=lambda session: session.session_id == str(number))
    assert running.ended_at is None
    assert alone.ended_at == NOON + timedelta(seconds=seconds)
    assert (alone.meter_stop_wh, alone.energy_wh, alone.id_token) == (stop_wh, None, tag)
    assert SessionFlag.START_NOT_SEEN in alone.flags
    assert SessionFlag.NO_REGISTER in alone.flags


def test_a_nameless_stop_ends_none_of_two(scene: Scene) -> None:
    """Where two sessions run nobody knows which of them it is."""
    scene.start(1)
    scene.start(2)
    scene.wait(60)
    scene.stop(0, 2000)
    assert [session.ended_at is None for session in scene.sessions()].count(True) == 2
    assert len(scene.sessions()) == 3


def test_a_stop_of_an_unknown_transaction_is_kept(scene: Scene) -> None:
    """A number that was never given here is kept with its energy where the stop tells the begin's register."""
    begin = {
        "timestamp": scene.at(-3600),
        "sampledValue": [{"value": "2.5", "unit": "kWh", "context": "Transaction.Begin"}],
    }
    for _ in range(2):
        scene.stop(4711, 9000, transactionData=[begin])
    session = scene.session()
    assert (session.session_id, session.energy_wh) == ("4711", 6500)
    assert session.started_at == NOON - timedelta(hours=1)
    assert session.flags == (SessionFlag.START_NOT_SEEN,)
    assert "beginning" in scene.remarks()


def test_values_of_an_unknown_transaction_begin_a_session(scene: Scene) -> None:
    """After a lost store what runs is seen again, from its first register on."""
    scene.values(4711, 5000)
    scene.wait(600)
    scene.values(4711, 6000)
    scene.stop(4711, 7000)
    session = scene.session()
    assert (session.session_id, session.started_at, session.energy_wh) == ("4711", NOON, 2000)
    assert session.flags == (SessionFlag.START_NOT_SEEN,)


def test_values_of_a_strange_transaction_do_not_end_what_runs(scene: Scene) -> None:
    """A number that means nothing on a connector where something runs is no transaction, but its values are true."""
    number = scene.start(wh=1000)
    scene.values(4711, 1100, Power_Active_Import="3000")
    assert scene.session().session_id == str(number)
    assert scene.reading().power_w == 3000
    assert scene.reading().session_energy_wh is None


def test_a_start_over_a_running_transaction_ends_that(scene: Scene) -> None:
    """The older one lost its stop: it ends at its last register, when that was told, and says so."""
    first = scene.start(wh=1000)
    scene.wait(60)
    scene.values(first, 1300)
    scene.wait(600)
    second = scene.start(wh=1400)
    lost, running = scene.sessions()
    assert (lost.ended_at, lost.energy_wh) == (NOON + timedelta(seconds=60), 300)
    assert lost.flags == (SessionFlag.END_NOT_SEEN,)
    assert running.ended_at is None
    assert scene.told.transaction_id(1) == str(second)
    assert f"transaction {first} was never told" in scene.remarks()


def test_an_end_that_was_guessed_gives_way_to_the_true_one(scene: Scene) -> None:
    """The stop that seemed lost comes after all, and from then on nothing changes it."""
    first = scene.start(wh=1000)
    scene.wait(60)
    at = scene.at(-1)
    scene.start(wh=1400)
    for wh in (1400, 1500):
        scene.stop(first, wh, at)
    lost, running = scene.sessions()
    assert (lost.ended_at, lost.energy_wh, lost.flags) == (NOON + timedelta(seconds=59), 400, (SessionFlag.SHORT,))
    assert running.ended_at is None


def test_the_last_reading_tells_when_a_lost_transaction_was_last_there(scene: Scene) -> None:
    """After a restart memory is gone, and the readings say until when the older one was heard of."""
    first = scene.start(wh=1000)
    scene.wait(300)
    scene.values(first, 1300)
    scene.recorder.take_snapshot("carport", scene.told.snapshot())
    scene.restart()
    scene.wait(600)
    scene.start(wh=1400)
    lost, _ = scene.sessions()
    assert (lost.ended_at, lost.energy_wh) == (NOON + timedelta(seconds=300), 300)


def test_a_start_told_late_does_not_end_what_runs(scene: Scene) -> None:
    """A transaction from the queue that began before the running one takes its place before it."""
    scene.wait(600)
    running = scene.start(wh=1400)
    late = scene.start(wh=1000, at=scene.at(-500))
    assert [session.ended_at is None for session in scene.sessions()] == [False, True]
    assert scene.told.transaction_id(1) == str(running)
    scene.stop(late, 1400, scene.at(-100))
    before, now = scene.sessions()
    assert (before.session_id, before.energy_wh, before.flags) == (str(late), 400, ())
    assert (now.session_id, now.ended_at) == (str(running), None)


def test_offline_times_are_kept(scene: Scene) -> None:
    """A transaction of yesterday keeps its own times."""
    number = scene.start(at=scene.at(-86_400))
    scene.stop(number, 2000, scene.at(-80_000))
    session = scene.session()
    assert session.started_at == NOON - timedelta(seconds=86_400)
    assert session.ended_at == NOON - timedelta(seconds=80_000)
    assert session.flags == ()


@pytest.mark.parametrize("unset", ["1970-01-01T00:00:12Z", "2000-01-01T00:00:12Z", "2038-01-01T00:00:00Z"])
def test_a_clock_that_is_not_set_is_not_believed(scene: Scene, unset: str) -> None:
    """The time of arrival counts and is flagged; the start told again is still the same one."""
    number = scene.start(at=unset)
    scene.wait(100)
    assert scene.start(at=unset) == number
    scene.restart(is_killed=True)
    assert scene.start(at=unset) == number
    scene.values(number, 1800, at=unset)
    scene.wait(100)
    scene.stop(number, 2000, unset)
    session = scene.session()
    assert (session.started_at, session.ended_at) == (NOON, NOON + timedelta(seconds=200))
    assert session.flags == (SessionFlag.START_NOT_SEEN, SessionFlag.END_NOT_SEEN)
    assert session.energy_wh == 1000
    assert "clock that is not set" in scene.remarks()


def test_a_time_without_a_zone_is_utc(scene: Scene) -> None:
    """The schema's lenient check lets it pass, and no transaction is lost for it."""
    number = scene.start(at="2026-03-10T12:00:00")
    scene.wait(60)
    scene.stop(number, 2000, "2026-03-10T12:01:00.000")
    assert (scene.session().started_at, scene.session().energy_wh) == (NOON, 1000)
    assert "zone" in scene.remarks()


def test_a_register_that_fell_tells_no_energy(scene: Scene) -> None:
    """A stop below the start is flagged, and None is not zero."""
    number = scene.start(wh=1000)
    scene.wait(60)
    scene.stop(number, 900)
    assert scene.session().energy_wh is None
    assert scene.session().flags == (SessionFlag.REGISTER_FELL,)


def test_a_fault_and_a_short_session_are_flagged(scene: Scene) -> None:
    """Flags follow from the reason, the time and the energy."""
    number = scene.start(wh=0)
    scene.wait(59)
    scene.stop(number, 1_000_001, reason="EmergencyStop")
    assert scene.session().flags == (SessionFlag.FAULT_STOP, SessionFlag.SHORT, SessionFlag.IMPLAUSIBLE_ENERGY)


def test_the_values_of_a_stop_help_where_its_register_is_zero(scene: Scene) -> None:
    """Stations whose meterStart and meterStop are 0 tell the registers in transactionData."""
    number = scene.start(wh=0)
    scene.wait(600)
    data = [
        {"timestamp": scene.at(-600), "sampledValue": [{"value": "5000", "context": "Transaction.Begin"}]},
        {"timestamp": scene.at(), "sampledValue": [{"value": "5800.5", "context": "Transaction.End"}]},
    ]
    scene.stop(number, 0, transactionData=data)
    session = scene.session()
    assert (session.meter_start_wh, session.meter_stop_wh, session.energy_wh) == (5000, 5800.5, 800.5)


def test_a_stop_without_a_register_ends_at_the_last_one(scene: Scene) -> None:
    """A meterStop of 0 with nothing beside it says that it was not read."""
    number = scene.start(wh=1000)
    scene.wait(60)
    scene.values(number, 1700)
    scene.stop(number, 0)
    assert (scene.session().meter_stop_wh, scene.session().energy_wh) == (1700, 700)


def test_zero_is_a_register_too(scene: Scene) -> None:
    """A meter that begins anew with each transaction, and one that took nothing."""
    number = scene.start(wh=0)
    scene.wait(60)
    scene.stop(number, 0)
    assert (scene.session().meter_start_wh, scene.session().energy_wh) == (0, 0)


def test_a_value_that_is_no_number_costs_only_itself(scene: Scene) -> None:
    """A stop with values that nobody can read is a stop, and meter values of that kind are answered."""
    number = scene.start(wh=1000)
    scene.wait(60)
    scene.values(number, 1200, Power_Active_Import="none")
    assert scene.reading().register_wh == 1200
    scene.values(number, 1300, at="2026-03-10T12:01:00", Temperature="")
    bad = [{"timestamp": scene.at(), "sampledValue": [{"value": "NaN"}]}]
    scene.ask("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": bad})
    scene.stop(number, 1500, transactionData=bad)
    assert scene.session().energy_wh == 500
    assert "could not be read" in scene.remarks()
