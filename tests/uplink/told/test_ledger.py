"""Sessions are told exactly once, in order, and a poisoned one holds up no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.ocppj.frames import pack
from bridge.types.transaction import TransactionPhase
from bridge.types.words import StopReason
from bridge.uplink.told.outgoing import Outgoing, Purpose
from tests.uplink.telling import (
    ACCEPTED,
    ALIGNED,
    OFF,
    TERMS,
    Telling,
    after,
    register_in,
    registers,
    session,
    stamp,
    with_terms,
)

P = TransactionPhase
OK, LOST, DIES, REFUSED, ODD, ZERO = "answered", "lost", "dies", "refused", "odd", "zero"

LIVES: list[tuple[list[str], list[str], TransactionPhase]] = [
    ([OK, OK], ["start", "stop"], P.TOLD),
    ([LOST, LOST, OK, LOST, OK], ["start", "start", "start", "stop", "stop"], P.TOLD),
    ([DIES, OK, DIES, OK], ["start", "start", "stop", "stop"], P.TOLD),
    ([REFUSED, REFUSED, OK, REFUSED, REFUSED, OK], ["start"] * 3 + ["stop"] * 3, P.TOLD),
    ([REFUSED, LOST, DIES, REFUSED, LOST, OK, OK], ["start"] * 6 + ["stop"], P.TOLD),
    ([REFUSED, REFUSED, REFUSED], ["start"] * 3, P.DEAD),
    ([ODD, ODD, OK, OK], ["start"] * 3 + ["stop"], P.TOLD),
    ([ODD, ODD, ODD], ["start"] * 3, P.DEAD),
    ([OK, ODD], ["start", "stop"], P.TOLD),
    ([OK, REFUSED, REFUSED, REFUSED], ["start", "stop", "stop", "stop"], P.DEAD),
    ([ZERO] * 3, ["start"] * 3, P.DEAD),
    ([*[LOST] * 20, OK, *[LOST] * 20, OK], ["start"] * 21 + ["stop"] * 21, P.TOLD),
]


@pytest.mark.parametrize(("fates", "said", "phase"), LIVES)
def test_a_session_ends_told_or_dead(
    fates: list[str], said: list[str], phase: TransactionPhase, tmp_path: Path
) -> None:
    """Whatever befalls its messages, a session is told to its end, or is dead with one letter that says why."""
    with Telling(tmp_path) as telling:
        telling.to(1000)
        telling.has(session(end_s=500))
        seen: list[str] = []
        for fate in fates:
            outgoing = telling.next()
            assert outgoing is not None
            seen.append(outgoing.purpose.name.lower())
            befall(telling, outgoing, fate)
            telling.now += timedelta(hours=1)
        assert seen == said
        assert telling.next() is None
        assert telling.only.phase is phase
        assert len(telling.letters) == (1 if phase is P.DEAD else 0)
        assert telling.only.reason == (telling.letters[0] if phase is P.DEAD else None)


def befall(telling: Telling, outgoing: Outgoing, fate: str) -> None:
    """Let this happen to a message."""
    match fate:
        case "answered":
            telling.answer(outgoing)
        case "dies":
            telling.die()
        case "refused":
            telling.refuse(outgoing)
        case "odd":
            telling.answer(outgoing, {"transactionId": "seven"})
        case "zero":
            telling.answer(outgoing, {"transactionId": 0, "idTagInfo": {"status": "ConcurrentTx"}})


def test_a_session_is_told_with_its_own_times_and_whole_wh(tmp_path: Path) -> None:
    """Start and end carry the source's times to the microsecond and registers rounded down."""
    with Telling(tmp_path) as telling:
        telling.to(100)
        telling.has(session(start_s=10.000001, end_s=70.5, id_token="04AABBCC", stop_reason=StopReason.EV_DISCONNECTED))
        start, stop = telling.drain()
        assert start.call.payload == {
            "connectorId": 1,
            "idTag": "04AABBCC",
            "meterStart": 1000,
            "timestamp": stamp(10.000001),
        }
        payload = stop.call.payload
        assert (payload["transactionId"], payload["meterStop"]) == (100, 6000)
        assert (payload["timestamp"], payload["reason"]) == (stamp(70.5), "EVDisconnected")
        assert registers(stop, "transactionData") == [(stamp(10.000001), "1000"), (stamp(70.5), "6000")]


@pytest.mark.parametrize("purpose", [Purpose.START, Purpose.STOP])
def test_a_repeat_is_byte_for_byte_the_same_while_the_session_changes(purpose: Purpose, tmp_path: Path) -> None:
    """What may have arrived is repeated as it was, also after a restart and when the charger says other things now."""
    with Telling(tmp_path) as telling:
        telling.to(1000)
        telling.has(session(end_s=500, id_token="A"))
        if purpose is Purpose.STOP:
            telling.begin()
        first = pack(telling.say(purpose).call)
        changed = session(end_s=600, id_token="B", meter_start_wh=1.0, meter_stop_wh=9999.0)
        telling.has(changed)
        assert pack(telling.say(purpose).call) == first
        telling.die()
        telling.terms = with_terms(id_tag="OTHER", stop_measurands=())
        assert pack(telling.say(purpose).call) == first


def test_a_refused_message_is_repeated_with_the_same_words_under_another_id(tmp_path: Path) -> None:
    """The refused id is answered already; waits grow with the attempts and survive a restart."""
    with Telling(tmp_path) as telling:
        telling.has(session(id_token="A"))
        ids, payloads = set(), []
        for attempt in (1, 2):
            start = telling.say(Purpose.START)
            ids.add(start.call.message_id)
            payloads.append(start.call.payload)
            telling.refuse(start)
            telling.has(session(id_token=f"B{attempt}"))
            telling.die()
            assert telling.outbox.ledger.retry_at(telling.store) == telling.now + timedelta(seconds=60 * attempt)
            telling.now += timedelta(seconds=60 * attempt - 1)
            assert telling.next() is None
            telling.now += timedelta(seconds=1)
        ids.add(telling.say(Purpose.START).call.message_id)
        assert len(ids) == 3
        assert payloads[0] == payloads[1]


@pytest.mark.parametrize("number", [0, -1, -(2**31)])
def test_a_number_that_is_none_is_never_used(number: int, tmp_path: Path) -> None:
    """A transaction to which the central system gives 0 or less is dead, and its end is not told under it."""
    with Telling(tmp_path) as telling:
        telling.to(1000)
        telling.has(session(end_s=500))
        telling.answer(telling.say(Purpose.START), {"transactionId": number, "idTagInfo": {"status": "Invalid"}})
        assert telling.next() is None
        assert telling.letters == ["the central system gave it no number and said Invalid"]


def test_a_number_counts_whatever_is_said_of_the_driver(tmp_path: Path) -> None:
    """The transaction is open at the other side, so it is told to its end; who asks learns the driver's standing."""
    with Telling(tmp_path) as telling:
        telling.to(1000)
        telling.has(session(end_s=500))
        begun = telling.answer(
            telling.say(Purpose.START), {"transactionId": 3, "idTagInfo": {"status": "Blocked"}, "vendor": 1}
        )
        assert begun is not None
        assert (begun.id_tag_status, begun.transaction.transaction_id) == ("Blocked", "3")
        assert begun.session is not None
        assert telling.say(Purpose.STOP).call.payload["transactionId"] == 3


def test_a_dead_transaction_holds_up_no_other(tmp_path: Path) -> None:
    """While one waits for its next attempt, those of other connectors are told; when it is dead, those after it too."""
    with Telling(tmp_path) as telling:
        telling.to(5000)
        telling.has(session("1", 10, 20), session("2", 30, 40, connector_id=2), session("3", 50, 60))
        telling.refuse(telling.say(Purpose.START))
        told = telling.drain()
        assert [outgoing.key.session_id for outgoing in told if outgoing.key] == ["2", "2"]
        telling.to(9000)
        telling.refuse(telling.say(Purpose.START))
        assert telling.next() is None
        telling.to(19000)
        telling.refuse(telling.say(Purpose.START))
        told = telling.drain()
        assert [outgoing.key.session_id for outgoing in told if outgoing.key] == ["3", "3"]
        assert [transaction.phase for transaction in telling.all] == [P.DEAD, P.TOLD, P.TOLD]


def test_a_message_that_is_never_answered_holds_up_no_other(tmp_path: Path) -> None:
    """Those of other connectors go first, after some silences all others; it costs no attempt and stays as it was."""
    with Telling(tmp_path) as telling:
        telling.to(5000)
        telling.has(session("1", 10, 20), session("2", 30, 40, connector_id=2), session("3", 50, 60))
        first = telling.say(Purpose.START)
        for session_id, silences in (("2", 1), ("3", TERMS.attempts - 1)):
            for _ in range(silences):
                telling.outbox.ledger.unanswered(first)
            for purpose in (Purpose.START, Purpose.STOP):
                outgoing = telling.say(purpose)
                assert outgoing.key is not None
                assert outgoing.key.session_id == session_id
                telling.answer(outgoing)
            assert telling.say(Purpose.START) == first
        assert telling.all[0].attempts == 0


def test_what_cannot_be_put_into_words_dies_alone(tmp_path: Path) -> None:
    """A connector that this station cannot have, or a session without a register, is set aside; the next is told."""
    with Telling(tmp_path) as telling:
        telling.to(1000)
        telling.has(
            session("1", 10, 20, connector_id=0),
            session("2", 30, 40, connector_id=2_000_000_000),
            session("3", 50, 60, meter_start_wh=None),
            session("4", 70, 80),
        )
        assert [outgoing.purpose for outgoing in telling.drain()] == [Purpose.START, Purpose.STOP]
        assert [transaction.phase for transaction in telling.all] == [P.DEAD, P.DEAD, P.DEAD, P.TOLD]
        assert len(telling.letters) == 3


def test_a_running_session_may_still_be_told_its_register(tmp_path: Path) -> None:
    """Without a register at the start nothing is said while it runs; when the log brings it, it is told."""
    with Telling(tmp_path) as telling:
        telling.has(session(meter_start_wh=None))
        assert telling.next() is None
        assert telling.only.phase is P.NEW
        telling.has(session())
        assert telling.say(Purpose.START).call.payload["meterStart"] == 1000


# --- meter values ------------------------------------------------------------------------------------------------


def running(telling: Telling, minutes: int = 10) -> Outgoing:
    """Begin a session, let it be read every 30 s, and return its start."""
    telling.has(session(start_s=0))
    start = telling.begin()
    for number in range(minutes * 2):
        telling.reads(number * 30, 1001.0 + number)
    telling.to(minutes * 60)
    return start


def test_meter_values_follow_the_start_and_never_the_end(tmp_path: Path) -> None:
    """Values are told while it runs; once its end was sent, readings that come late are not told any more."""
    with Telling(tmp_path) as telling:
        running(telling)
        meter = telling.say(Purpose.METER)
        assert [at for at, _ in registers(meter)] == [stamp(60 * n + 30) for n in range(10)]
        telling.answer(meter)
        assert telling.next() is None
        telling.to(900)
        telling.has(session(start_s=0, end_s=800))
        telling.say(Purpose.STOP)
        telling.reads(700, 1100.0)
        telling.terms = with_terms(aligned=ALIGNED)
        assert telling.say(Purpose.STOP).call.payload["meterStop"] == 6000
        telling.drain()
        telling.terms = with_terms(sampled=ALIGNED, aligned=ALIGNED)
        assert telling.next() is None


def test_an_unanswered_piece_of_meter_values_is_repeated_as_it_was(tmp_path: Path) -> None:
    """New readings do not mix into a message that may have arrived; they follow it."""
    with Telling(tmp_path) as telling:
        running(telling)
        first = telling.say(Purpose.METER)
        telling.reads(610, 1200.0)
        telling.to(660)
        assert telling.say(Purpose.METER) == first
        telling.answer(first)
        assert registers(telling.say(Purpose.METER)) == [(stamp(610), "1200")]


def test_refused_meter_values_are_repeated_with_the_same_words_under_another_id(tmp_path: Path) -> None:
    """What was read meanwhile follows in a message of its own."""
    with Telling(tmp_path) as telling:
        running(telling)
        first = telling.say(Purpose.METER)
        telling.refuse(first)
        telling.reads(610, 1200.0)
        telling.to(660)
        second = telling.say(Purpose.METER)
        assert second.call.payload == first.call.payload
        assert second.call.message_id != first.call.message_id
        telling.answer(second)
        assert registers(telling.say(Purpose.METER)) == [(stamp(610), "1200")]


def test_meter_values_that_a_restart_repeats_are_the_same_values(tmp_path: Path) -> None:
    """A process that dies tells the values again that were not answered, with the same times and registers."""
    with Telling(tmp_path) as telling:
        running(telling)
        first = telling.say(Purpose.METER)
        telling.die()
        assert telling.say(Purpose.METER).call == first.call


def test_refused_meter_values_are_set_aside_and_the_session_goes_on(tmp_path: Path) -> None:
    """Values refused for good leave a letter; later values and the end are told all the same."""
    with Telling(tmp_path) as telling:
        running(telling)
        telling.refuse_for_good(Purpose.METER)
        assert telling.only.phase is P.RUNNING
        assert len(telling.letters) == 1
        telling.has(session(start_s=0, end_s=601))
        assert [outgoing.purpose for outgoing in telling.drain()] == [Purpose.STOP]


def test_replayed_meter_values_are_what_was_refused_and_nothing_twice(tmp_path: Path) -> None:
    """A letter with values is told again as it was, under a new id; what was told after it is not told again."""
    with Telling(tmp_path) as telling:
        running(telling)
        refused = telling.say(Purpose.METER)
        telling.refuse_for_good(Purpose.METER)
        telling.reads(11_000, 1500.0)
        telling.to(12_000)
        telling.answer(telling.say(Purpose.METER))
        assert telling.replay_all() == [True]
        telling.die()
        again = telling.say(Purpose.METER)
        assert again.call.payload == refused.call.payload
        assert again.call.message_id != refused.call.message_id
        telling.refuse(again)
        telling.now += timedelta(hours=1)
        third = telling.say(Purpose.METER)
        assert third.call.payload == refused.call.payload
        assert third.call.message_id not in {again.call.message_id, refused.call.message_id}
        telling.answer(third)
        assert telling.letters == []
        assert telling.next() is None


def test_meter_values_are_not_replayed_after_the_end_was_sent(tmp_path: Path) -> None:
    """The letter stays: no central system takes values of what has ended."""
    with Telling(tmp_path) as telling:
        running(telling)
        telling.refuse_for_good(Purpose.METER)
        telling.has(session(start_s=0, end_s=601))
        telling.say(Purpose.STOP)
        assert telling.replay_all() == [False]
        telling.refuse_for_good(Purpose.STOP)
        assert telling.replay_all() == [False, True]
        telling.terms = with_terms(aligned=ALIGNED)
        assert [outgoing.purpose for outgoing in telling.drain()] == [Purpose.STOP]
        assert telling.replay_all() == [False]


def test_the_end_tells_the_values_between_in_their_order(tmp_path: Path) -> None:
    """The transactionData begins with the register of the start, ends with that of the end, and rises between."""
    with Telling(tmp_path, with_terms(sampled=OFF, stop_aligned=ALIGNED)) as telling:
        running(telling)
        telling.has(session(start_s=0, end_s=600))
        values = telling.say(Purpose.STOP).call.payload["transactionData"]
        contexts = [value["sampledValue"][0]["context"] for value in values]
        assert contexts == ["Transaction.Begin", "Sample.Clock", "Sample.Clock", "Transaction.End"]
        assert [register_in(value) for value in values] == ["1000", "1010", "1020", "6000"]


# --- dead letters ------------------------------------------------------------------------------------------------


def test_a_dead_start_is_put_into_words_anew(tmp_path: Path) -> None:
    """After somebody put things right, the start is told with what is true now, under another id, and all follows."""
    with Telling(tmp_path) as telling:
        telling.to(1000)
        telling.has(session(end_s=500))
        first = telling.say(Purpose.START)
        telling.answer(first, {"transactionId": 0, "idTagInfo": {"status": "Invalid"}})
        telling.terms = with_terms(id_tag="KNOWN")
        assert telling.replay_all() == [True]
        start, stop = telling.drain()
        assert start.call.payload["idTag"] == "KNOWN"
        assert start.call.message_id != first.call.message_id
        assert stop.purpose is Purpose.STOP
        assert (telling.only.phase, telling.only.reason, telling.letters) == (P.TOLD, None, [])


def test_a_dead_letter_is_still_found_when_the_start_is_corrected(tmp_path: Path) -> None:
    """The letter names the transaction by the start with which it was taken up."""
    with Telling(tmp_path) as telling:
        telling.has(session())
        telling.refuse_for_good(Purpose.START)
        telling.has(session(start_s=5))
        assert telling.replay_all() == [True]
        assert telling.say(Purpose.START).call.payload["timestamp"] == stamp(5)


def test_a_letter_is_replayed_once(tmp_path: Path) -> None:
    """A letter that was taken is gone, and a number that there is not is refused."""
    with Telling(tmp_path) as telling:
        telling.to(1000)
        telling.has(session(end_s=500))
        telling.answer(telling.say(Purpose.START), {"transactionId": 0, "idTagInfo": ACCEPTED})
        (letter,) = telling.store.set_aside(telling.outbox.station)
        assert telling.outbox.replay(telling.store, letter.number)
        assert not telling.outbox.replay(telling.store, letter.number)
        assert not telling.outbox.replay(telling.store, 999)


def test_what_dies_again_leaves_a_letter_again(tmp_path: Path) -> None:
    """A session whose register is never known can be replayed as often as one likes, and never gets lost."""
    with Telling(tmp_path) as telling:
        telling.to(1000)
        telling.has(session(end_s=500, meter_start_wh=None))
        for _ in range(3):
            assert telling.next() is None
            assert len(telling.letters) == 1
            assert telling.replay_all() == [True]


def test_an_unsayable_message_dies_alone(tmp_path: Path) -> None:
    """What the schema forbids is set aside, whatever it is, and says why."""
    with Telling(tmp_path) as telling:
        running(telling)
        telling.outbox.unsayable(telling.store, telling.say(Purpose.METER), "a defect", telling.now)
        telling.has(session(start_s=0, end_s=601))
        telling.outbox.unsayable(telling.store, telling.say(Purpose.STOP), "a defect", telling.now)
        assert (telling.only.phase, telling.only.dead_in) == (P.DEAD, P.STOPPING)
        assert telling.letters == ["a defect", "a defect"]


# --- late and double answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [Telling.refuse, Telling.answer])
def test_late_and_double_answers_change_nothing(late: Callable[[Telling, Outgoing], object], tmp_path: Path) -> None:
    """Answers and refusals of what is settled already leave the transaction as it is."""
    with Telling(tmp_path) as telling:
        start = running(telling)
        meter = telling.say(Purpose.METER)
        telling.answer(meter)
        before = telling.only
        for old in (start, meter):
            for _ in range(4):
                late(telling, old)
                telling.answer(old, ["out of shape"])
        assert telling.only == before
        telling.has(session(start_s=0, end_s=700))
        telling.to(700)
        stop = telling.say(Purpose.STOP)
        telling.refuse(stop)
        before = telling.only
        for old in (start, meter, stop):
            late_refusal(telling, old)
        telling.answer(meter)
        assert telling.only == before
        telling.answer(stop)
        for old in (start, meter, stop):
            late(telling, old)
        assert telling.only.phase is P.TOLD
        assert telling.letters == []


def late_refusal(telling: Telling, old: Outgoing) -> None:
    """Refuse what is not at hand any more."""
    for _ in range(4):
        telling.refuse(old)


def test_a_late_answer_to_an_earlier_attempt_gives_the_number(tmp_path: Path) -> None:
    """Whichever id of the start is answered, the number is taken and the start is not repeated."""
    with Telling(tmp_path) as telling:
        telling.to(1000)
        telling.has(session(end_s=500))
        first = telling.say(Purpose.START)
        telling.refuse(first)
        telling.now += timedelta(hours=1)
        telling.say(Purpose.START)
        telling.answer(first, number=9)
        assert telling.say(Purpose.STOP).call.payload["transactionId"] == 9


def test_an_answer_counts_although_the_start_was_corrected_meanwhile(tmp_path: Path) -> None:
    """The message was sent under the old start; its answer belongs to the session, which goes by the new one."""
    with Telling(tmp_path) as telling:
        telling.has(session(start_s=10))
        start = telling.say(Purpose.START)
        telling.has(session(start_s=4))
        begun = telling.answer(start)
        assert begun is not None
        assert begun.session is not None
        assert begun.session.started_at == after(4)
        assert telling.only.phase is P.RUNNING


# --- corrected and odd sessions ----------------------------------------------------------------------------------


def test_a_corrected_start_is_the_same_transaction(tmp_path: Path) -> None:
    """Whenever the charger corrects the start, one transaction is told: with the start that was true when it was."""
    for number, step in enumerate(("before", "between", "after")):
        folder = tmp_path / str(number)
        folder.mkdir()
        with Telling(folder) as telling:
            telling.has(session(start_s=10))
            if step == "before":
                telling.has(session(start_s=4))
            start = telling.say(Purpose.START)
            if step == "between":
                telling.has(session(start_s=4))
                assert telling.say(Purpose.START) == start
            telling.answer(start)
            if step == "after":
                telling.has(session(start_s=4))
            telling.to(1000)
            telling.has(session(start_s=4, end_s=500))
            (stop,) = telling.drain()
            assert start.call.payload["timestamp"] == stamp(4 if step == "before" else 10)
            assert stop.call.payload["timestamp"] == stamp(500)
            assert telling.only.phase is P.TOLD


def test_a_number_that_the_charger_uses_again_is_another_session(tmp_path: Path) -> None:
    """After a reset a charger counts from 1 again: what has the same number and another start is told on its own."""
    with Telling(tmp_path) as telling:
        telling.to(3000)
        telling.has(session("1", 10, 500))
        telling.has(session("1", 1000, 2000))
        assert [o.purpose for o in telling.drain()] == [Purpose.START, Purpose.STOP, Purpose.START, Purpose.STOP]


REGISTERS: list[tuple[float | None, list[tuple[float, float]], int]] = [
    (6000.9, [(100, 3000.0)], 6000),
    (None, [(100, 3000.7), (200, 4000.7), (600, 9000.0)], 4000),
    (None, [], 1000),
    (900.0, [(100, 3000.7)], 3000),
    (900.0, [(100, 0.0)], 1000),
    (1000.9, [], 1000),
]


@pytest.mark.parametrize(("stop_wh", "read", "told"), REGISTERS)
def test_the_end_tells_a_register_that_never_fell(
    stop_wh: float | None, read: list[tuple[float, float]], told: int, tmp_path: Path
) -> None:
    """A register that is missing or fell is the highest that was read of this session, and at least its start."""
    with Telling(tmp_path, with_terms(sampled=OFF)) as telling:
        for at_s, register_wh in read:
            telling.reads(at_s, register_wh)
        telling.to(1000)
        telling.has(session(end_s=500, meter_stop_wh=stop_wh))
        telling.begin()
        assert telling.say(Purpose.STOP).call.payload["meterStop"] == told


def test_an_end_before_the_start_is_told_as_the_charger_says(tmp_path: Path) -> None:
    """Times are the source's own, also where they make no sense."""
    with Telling(tmp_path) as telling:
        telling.to(1000)
        telling.has(session(start_s=500, end_s=400))
        start, stop = telling.drain()
        assert (start.call.payload["timestamp"], stop.call.payload["timestamp"]) == (stamp(500), stamp(400))


def test_a_backlog_is_told_with_little_reading(tmp_path: Path) -> None:
    """2,000 ended sessions are told with a number of rows read that grows with them and not with their square."""
    count = 2000
    with Telling(tmp_path) as telling:
        telling.to(30_000)
        telling.has(*[session(str(n), 10.0 * n, 10.0 * n + 5) for n in range(count)])
        telling.store.transactions_read = 0
        with telling.store.transaction():  # one commit for all: only the reading is measured
            assert len(telling.drain()) == 2 * count
        assert telling.store.transactions_read <= 5 * 2 * count
        assert telling.store.count_transactions(telling.outbox.station) == {}


def test_a_session_that_is_due_is_found_behind_many_that_wait(tmp_path: Path) -> None:
    """What waits for its next attempt is stepped over with all that wait for it, however many they are."""
    with Telling(tmp_path) as telling:
        telling.to(30_000)
        telling.has(*[session(str(n), 10.0 * n, 10.0 * n + 5, connector_id=1 + n // 149) for n in range(150)])
        telling.refuse(telling.say(Purpose.START))
        last = telling.say(Purpose.START)
        assert last.key is not None
        assert last.key.session_id == "149"
        telling.answer(last)
        telling.answer(telling.say(Purpose.STOP))
        assert telling.next() is None
        assert telling.outbox.ledger.retry_at(telling.store) == telling.now + timedelta(seconds=60)


def test_ids_of_messages_survive_a_wiped_bridge(tmp_path: Path) -> None:
    """A bridge without memory gives the start of a running session the same id and the same words again."""
    calls = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        with Telling(folder) as telling:
            telling.has(session())
            calls.append(telling.say(Purpose.START).call)
    assert calls[0] == calls[1]


def test_nothing_is_told_of_a_time_that_has_not_come(tmp_path: Path) -> None:
    """A clock that is behind the readings tells none of them before their time."""
    with Telling(tmp_path) as telling:
        telling.has(session(start_s=0))
        telling.begin()
        telling.reads(500, 2000.0)
        telling.to(100)
        assert telling.next() is None
        telling.to(540)
        assert registers(telling.say(Purpose.METER)) == [(stamp(500), "2000")]
