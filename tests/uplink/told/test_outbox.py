"""The outbox takes up what the journal tells, keeps it until it has arrived, and loses nothing by a fault."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.store.sqlite import open_store
from bridge.types.journal import EntryKind
from bridge.types.transaction import TransactionPhase
from bridge.types.words import ConnectorStatus, IdTokenType
from bridge.uplink.told.outbox import MOST_SECURITY_EVENTS, Backlog, Outbox, latest_states
from bridge.uplink.told.outgoing import Purpose
from tests.uplink.telling import AT, CHARGER, Telling, after, session, stamp

HOUR = timedelta(hours=1)


def event(telling: Telling, name: str = "TamperDetectionActivated", **body: object) -> None:
    """Journal a security event, and let the station look."""
    told = {"type": name, "info": None, "critical": True} | body
    telling.store.append(EntryKind.SECURITY, CHARGER, telling.now, told)
    telling.news()


def ids(telling: Telling) -> list[str]:
    """Return the sessions that are told."""
    return [transaction.session_id for transaction in telling.all]


# --- which sessions ----------------------------------------------------------------------------------------------


def test_sessions_count_from_the_moment_the_station_was_configured(tmp_path: Path) -> None:
    """What was over before is not told, however late its row comes; what runs is, whenever it began."""
    with open_store(tmp_path) as store:
        over, running = session("over", -500, -100), session("running", -400)
        store.put_sessions(CHARGER, [over, running], AT)
    with Telling(tmp_path) as telling:
        telling.has(session("late", -300, -200), session("across", -50, 50), session("new", 100, 200))
        assert ids(telling) == ["running", "across", "new"]


def test_sessions_count_from_a_day_that_is_named(tmp_path: Path) -> None:
    """With `since`, what ended after it is told too, oldest first; it counts at the very first start only."""
    with open_store(tmp_path) as store:
        store.put_sessions(CHARGER, [session("a", -500, -400), session("b", -300, -200), session("c", -150, -100)], AT)
    with Telling(tmp_path, since=after(-250)) as telling:
        assert ids(telling) == ["b", "c"]
        telling.outbox.begin(telling.store, telling.now, after(-10_000))
        telling.has(session("d", -600, -450))
        assert ids(telling) == ["b", "c"]


def test_an_end_before_the_start_does_not_make_a_session_old(tmp_path: Path) -> None:
    """A charger whose clock was set back ends a session in 1970: it is told all the same."""
    with Telling(tmp_path) as telling:
        telling.has(session("odd", 100, -50_000))
        assert ids(telling) == ["odd"]


def test_other_chargers_are_not_told(tmp_path: Path) -> None:
    """A station tells of its own charger only."""
    with Telling(tmp_path) as telling:
        telling.store.put_sessions("carport", [session()], AT)
        assert telling.news().sessions == []
        assert ids(telling) == []


def test_two_central_systems_are_told_each_for_itself(tmp_path: Path) -> None:
    """What one has answered is still told to the other."""
    with Telling(tmp_path) as telling:
        refund = Outbox(CHARGER, "refund")
        refund.begin(telling.store, AT, None)
        telling.to(1000)
        telling.has(session(end_s=500))
        refund.take_news(telling.store, telling.now)
        ours = telling.drain()
        theirs = refund.next(telling.store, telling.now, telling.terms)
        assert theirs is not None
        assert theirs.purpose is Purpose.START
        assert theirs.call.payload == ours[0].call.payload
        assert theirs.call.message_id != ours[0].call.message_id


# --- news --------------------------------------------------------------------------------------------------------


def test_news_are_what_happened_since(tmp_path: Path) -> None:
    """States, health and sessions are told once; a new transaction is work."""
    with Telling(tmp_path) as telling:
        telling.store.append(EntryKind.STATUS, CHARGER, AT, {"connector_id": 1, "status": ConnectorStatus.CHARGING})
        telling.store.append(EntryKind.HEALTH, CHARGER, AT, {"health": "normal", "previous": None})
        news = telling.has(session())
        assert [entry.body["connector_id"] for entry in news.states] == [1]
        assert news.health is not None
        assert ([each.session_id for each in news.sessions], news.has_work) == (["1"], True)
        again = telling.news()
        assert (again.states, again.health, again.sessions, again.has_work) == ([], None, [], False)
        states, health = latest_states(telling.store, CHARGER)
        assert (len(states), health) == (1, news.health)


def test_what_could_not_be_committed_is_read_again(tmp_path: Path) -> None:
    """A full disk loses no session and no event: the journal is read again from where it was."""
    with Telling(tmp_path) as telling:
        telling.store.put_sessions(CHARGER, [session()], AT)
        telling.store.append(EntryKind.SECURITY, CHARGER, AT, {"type": "X", "info": None, "critical": True})
        telling.fails_to_commit("news")
        assert ids(telling) == []
        assert len(telling.news().sessions) == 1
        assert ids(telling) == ["1"]
        telling.fails_to_commit("next")
        assert telling.only.phase is TransactionPhase.NEW
        telling.begin()
        assert telling.say(Purpose.SECURITY).call.payload["type"] == "X"


def test_the_place_in_the_journal_survives_a_restart(tmp_path: Path) -> None:
    """After a restart nothing is taken up twice, and what came meanwhile is."""
    with Telling(tmp_path) as telling:
        telling.has(session("1"))
        telling.store.put_sessions(CHARGER, [session("2", 20)], AT)
        telling.die()
        telling.news()
        telling.die()
        telling.news()
        assert ids(telling) == ["1", "2"]


def test_a_long_journal_without_work_moves_the_place_rarely(tmp_path: Path) -> None:
    """Each time costs a commit, so the place is kept every few thousand entries only."""
    with Telling(tmp_path) as telling, telling.store.transaction():
        for _ in range(4999):
            telling.store.append(EntryKind.CLOCK_JUMP, "", AT, {"jump_s": 1})
        telling.news()
        assert telling.store.cursor(telling.outbox.station).seq == 0
        telling.store.append(EntryKind.CLOCK_JUMP, "", AT, {"jump_s": 1})
        telling.news()
        assert telling.store.cursor(telling.outbox.station).seq == telling.store.last_seq()


# --- stop and restart --------------------------------------------------------------------------------------------


def test_what_happened_while_it_was_stopped_is_passed_over(tmp_path: Path) -> None:
    """Sessions and events of that time are not told; what runs, here or at the other side, goes on."""
    with Telling(tmp_path) as telling:
        telling.has(session("before", 10))
        telling.begin()
        event(telling)
        telling.to(1000)
        telling.store.put_sessions(
            CHARGER, [session("before", 10, 100), session("between", 200, 300), session("now", 400)], telling.now
        )
        telling.store.append(EntryKind.SECURITY, CHARGER, AT, {"type": "X", "info": None, "critical": True})
        telling.outbox.pass_over(telling.store, telling.now)
        assert telling.news().sessions == []
        assert ids(telling) == ["before", "now"]
        assert [outgoing.purpose for outgoing in telling.drain()] == [Purpose.STOP, Purpose.START]


@pytest.mark.parametrize("end_s", [None, 500.0])
def test_a_start_that_was_corrected_while_it_was_stopped_is_found_again(end_s: float | None, tmp_path: Path) -> None:
    """The central system has that transaction: it is told to its end, although nobody read the journal."""
    with Telling(tmp_path) as telling:
        telling.has(session(start_s=10))
        telling.begin()
        telling.to(1000)
        telling.store.put_sessions(CHARGER, [session(start_s=4)], telling.now)
        telling.store.put_sessions(CHARGER, [session(start_s=4, end_s=end_s)], telling.now)
        telling.outbox.pass_over(telling.store, telling.now)
        assert telling.only.started_at == after(4)
        assert len(telling.drain()) == (0 if end_s is None else 1)


# --- drivers -----------------------------------------------------------------------------------------------------


def expect(telling: Telling, connector_id: int = 1) -> None:
    """Let somebody be let charge from afar within a minute."""
    telling.outbox.expect(telling.store, connector_id, "FROM-AFAR", telling.now, telling.now + timedelta(seconds=60))


def test_who_was_let_charge_from_afar_is_named(tmp_path: Path) -> None:
    """The charger names nobody; the next session of that connector, and only that one, is the driver's."""
    with Telling(tmp_path) as telling:
        expect(telling)
        telling.to(1000)
        telling.has(session("1", 20, 30), session("2", 40, 50))
        tags = [outgoing.call.payload["idTag"] for outgoing in telling.drain() if outgoing.purpose is Purpose.START]
        assert tags == ["FROM-AFAR", "HOME"]


@pytest.mark.parametrize(
    ("start_s", "more", "tag"),
    [
        (-50.0, {}, "FROM-AFAR"),
        (-70.0, {}, "HOME"),
        (115.0, {}, "FROM-AFAR"),
        (125.0, {}, "HOME"),
        (20.0, {"connector_id": 2}, "HOME"),
        (20.0, {"id_token": "04AABBCC"}, "04AABBCC"),
        (20.0, {"id_token_type": IdTokenType.NO_AUTHORIZATION}, "FROM-AFAR"),
    ],
)
def test_only_the_session_that_was_meant_is_named(
    start_s: float, more: dict[str, Any], tag: str, tmp_path: Path
) -> None:
    """One that began long before or after, at another connector, or with a card, is somebody else's."""
    with Telling(tmp_path) as telling:
        expect(telling)
        telling.has(session(start_s=start_s, **more))
        assert telling.say(Purpose.START).call.payload["idTag"] == tag


def test_nobody_is_expected_any_more(tmp_path: Path) -> None:
    """After the charger refused, the next session is the usual driver's."""
    with Telling(tmp_path) as telling:
        expect(telling)
        telling.outbox.expect_nobody(telling.store, 1)
        telling.has(session())
        assert telling.say(Purpose.START).call.payload["idTag"] == "HOME"


def test_a_name_stays_when_the_start_is_corrected(tmp_path: Path) -> None:
    """The driver belongs to the session, by whatever start it goes."""
    with Telling(tmp_path) as telling:
        expect(telling)
        telling.has(session(start_s=20))
        telling.has(session(start_s=15))
        assert telling.say(Purpose.START).call.payload["idTag"] == "FROM-AFAR"


# --- security events ---------------------------------------------------------------------------------------------


def test_security_events_are_told_in_order_however_late(tmp_path: Path) -> None:
    """They wait in the store, go after transactions, and keep id and words until they are answered."""
    with Telling(tmp_path) as telling:
        telling.to(5)
        event(telling, "First")
        telling.to(6)
        event(telling, "Second", info="i" * 400)
        first = telling.say(Purpose.SECURITY)
        assert first.call.payload == {"type": "First", "timestamp": stamp(5)}
        telling.die()
        telling.to(99)
        assert telling.say(Purpose.SECURITY) == first
        telling.has(session())
        telling.begin()
        telling.answer(telling.say(Purpose.SECURITY), ["whatever"])
        second = telling.say(Purpose.SECURITY)
        assert (second.call.payload["type"], second.call.payload["techInfo"]) == ("Second", "i" * 255)
        telling.answer(second)
        assert telling.next() is None


def test_events_that_concern_others_or_nobody_are_not_told(tmp_path: Path) -> None:
    """What is not critical stays in the log, and what one central system did is not told to another."""
    with Telling(tmp_path) as telling:
        event(telling, critical=False)
        event(telling, "InvalidMessages", critical=None)
        event(telling, csms="refund")
        assert telling.next() is None
        event(telling, csms="employer")
        assert telling.say(Purpose.SECURITY).call.payload["type"] == "TamperDetectionActivated"


def test_a_refused_event_is_a_dead_letter_that_can_be_replayed(tmp_path: Path) -> None:
    """It holds up no other; told again it has its own time and another id; a late second refusal says nothing."""
    with Telling(tmp_path) as telling:
        event(telling, "First", info="why")
        telling.to(50)
        event(telling, "Second")
        first = telling.say(Purpose.SECURITY)
        telling.refuse(first)
        assert telling.letters == ["the central system refused it: InternalError: no"]
        telling.answer(telling.say(Purpose.SECURITY))
        assert telling.replay_all() == [True]
        telling.news()
        again = telling.say(Purpose.SECURITY)
        assert again.call.payload == first.call.payload
        assert again.call.message_id != first.call.message_id
        telling.refuse(first)
        telling.answer(again)
        telling.refuse(again)
        assert (telling.letters, telling.next()) == ([], None)


def test_an_unsayable_event_holds_up_no_other(tmp_path: Path) -> None:
    """It is set aside like a refused one."""
    with Telling(tmp_path) as telling:
        event(telling, "First")
        event(telling, "Second")
        telling.outbox.unsayable(telling.store, telling.say(Purpose.SECURITY), "a defect", telling.now)
        assert telling.say(Purpose.SECURITY).call.payload["type"] == "Second"
        assert telling.letters == ["a defect"]


def test_the_queue_of_events_has_an_end(tmp_path: Path) -> None:
    """A station that nobody hears keeps the latest thousand."""
    with Telling(tmp_path) as telling:
        with telling.store.transaction():
            for number in range(MOST_SECURITY_EVENTS + 3):
                body = {"type": f"E{number}", "info": None, "critical": True}
                telling.store.append(EntryKind.SECURITY, CHARGER, AT, body)
        telling.news()
        assert telling.outbox.backlog(telling.store).waiting == MOST_SECURITY_EVENTS
        assert telling.say(Purpose.SECURITY).call.payload["type"] == "E3"


# --- how much waits ----------------------------------------------------------------------------------------------


def test_the_backlog_counts_what_waits(tmp_path: Path) -> None:
    """Sessions and events that are due, those that run at the other side, and dead letters, each for itself."""
    with Telling(tmp_path) as telling:
        telling.to(1000)
        telling.has(session("1", 10), session("2", 20), session("3", 30, 40))
        event(telling)
        assert telling.outbox.backlog(telling.store) == Backlog(4, 0, 0)
        telling.begin()
        assert telling.outbox.backlog(telling.store) == Backlog(3, 1, 0)
        telling.answer(telling.say(Purpose.START), {"transactionId": 0, "idTagInfo": {"status": "Invalid"}})
        assert telling.outbox.backlog(telling.store) == Backlog(2, 1, 1)
        telling.drain()
        assert telling.outbox.backlog(telling.store) == Backlog(0, 1, 1)


def test_a_letter_of_nobody_is_not_replayed(tmp_path: Path) -> None:
    """Numbers that there are not, and letters of another station, are refused and stay."""
    with Telling(tmp_path) as telling:
        telling.store.put_aside("ocpp/garage/refund", AT, "no", ['{"message": [2, "x", "Heartbeat", {}]}'])
        (letter,) = telling.store.set_aside("ocpp/garage/refund")
        assert not telling.outbox.replay(telling.store, letter.number)
        assert not telling.outbox.replay(telling.store, letter.number + 1)
        assert telling.store.count_set_aside("ocpp/garage/refund") == 1
