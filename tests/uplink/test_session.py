from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from bridge.engine.board import UplinkState
from bridge.types.words import ConnectorStatus
from bridge.uplink.dialect import Wording
from bridge.uplink.session import (
    BOOT_RETRY_S,
    CALL_LIMIT_S,
    LEAST_INTERVAL_S,
    MOST_ASKED,
    MOST_SILENCES,
    Failed,
    Nothing,
    Reply,
    Settled,
    Wanted,
)
from bridge.uplink.told.outgoing import Purpose
from tests.uplink.session_talk import Talk

S = ConnectorStatus
TRIGGERED = Wording("MeterValues", {"connectorId": 1, "meterValue": []})


# --- booting -----------------------------------------------------------------------------------------------------


def test_nothing_but_the_boot_is_said_before_it_is_accepted() -> None:
    """States, what was asked for and the outbox wait; then everything goes."""
    talk = Talk()
    talk.becomes(S.AVAILABLE)
    assert talk.next() is None, "nobody is connected"
    talk.session.opened(talk.now_s)
    assert talk.is_in(UplinkState.BOOTING)
    talk.session.ask(TRIGGERED)
    assert talk.next() == "BootNotification"
    assert talk.next() is None
    assert not talk.session.may_tell
    talk.boot_answer()
    assert talk.is_in(UplinkState.ONLINE)
    assert [talk.next(), talk.answer(), talk.next()][::2] == ["MeterValues", "StatusNotification"]


def test_while_pending_questions_are_answered_and_triggered_messages_go_out() -> None:
    """The central system may configure and trigger; nothing goes by itself until the next boot."""
    talk = Talk()
    talk.becomes(S.AVAILABLE)
    talk.becomes(S.CHARGING, 2)
    talk.session.opened(talk.now_s)
    talk.next()
    talk.boot_answer("Pending", 120)
    assert (talk.session.state, talk.next()) == (UplinkState.PENDING, None)
    assert isinstance(talk.ask(), Wanted)
    assert talk.session.wake_at_s(0.0) == talk.now_s + 120
    talk.session.ask(TRIGGERED)
    assert talk.session.wake_at_s(0.0) <= talk.now_s
    assert talk.next() == "MeterValues"
    talk.answer()
    talk.session.states.tell_again(2)
    assert talk.session.wake_at_s(0.0) <= talk.now_s
    assert talk.next() == "StatusNotification"
    talk.answer()
    assert talk.next() is None
    assert not talk.session.may_tell
    talk.now_s += 119.9
    assert talk.next() is None
    talk.now_s += 0.1
    assert talk.next() == "BootNotification"
    talk.boot_answer()
    assert talk.next() == "StatusNotification"


def test_while_rejected_there_is_silence_until_the_interval_is_over() -> None:
    """Nothing is asked, answered or complained about; then the station boots again."""
    talk = Talk()
    talk.session.opened(talk.now_s)
    talk.next()
    talk.boot_answer("Rejected", 600)
    talk.session.ask(TRIGGERED)
    talk.session.states.tell_again(None)
    assert talk.is_in(UplinkState.REJECTED)
    for frame in ([2, "q1", "ClearCache", {}], [2, "q1", "ClearCache", {}], [2, "q2", 7, {}], [9, "q3"], "x", None):
        assert isinstance(talk.receive(frame), Nothing), frame
    talk.now_s += 599.9
    assert talk.next() is None
    talk.now_s += 0.1
    assert talk.session.wake_at_s(0.0) == talk.now_s
    assert talk.next() == "BootNotification"
    talk.boot_answer()
    assert talk.next() == "MeterValues"


def test_questions_of_a_central_system_that_rejected_do_not_pile_up() -> None:
    """Once accepted, the station answers, however much it was asked while it was silent."""
    talk = Talk()
    talk.session.opened(talk.now_s)
    talk.next()
    talk.boot_answer("Rejected", 600)
    for number in range(1000):
        talk.ask(message_id=f"r{number}")
    talk.now_s += 600
    talk.next()
    talk.boot_answer()
    assert isinstance(talk.ask(message_id="after"), Wanted)


@pytest.mark.parametrize(("status", "state"), [("Rejected", UplinkState.REJECTED), ("Pending", UplinkState.PENDING)])
def test_a_new_connection_does_not_shorten_the_wait(status: str, state: UplinkState) -> None:
    """A central system that closes the line after its refusal is left alone all the same."""
    talk = Talk()
    talk.session.opened(talk.now_s)
    talk.next()
    talk.boot_answer(status, 600)
    talk.session.closed(talk.now_s)
    talk.now_s += 300
    talk.session.opened(talk.now_s)
    assert (talk.session.state, talk.next()) == (state, None)
    talk.session.closed(talk.now_s)
    talk.now_s += 300
    talk.session.opened(talk.now_s)
    assert talk.is_in(UplinkState.BOOTING)
    assert talk.next() == "BootNotification"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {"status": "Accepted"},
        {"status": "Perhaps", "currentTime": "2025-01-01T00:00:00Z", "interval": 5},
        {"status": "Accepted", "currentTime": "yesterday", "interval": 5},
        {"status": "Accepted", "currentTime": "2025-01-01T00:00:00Z", "interval": 2**40},
        {"status": "Accepted", "currentTime": "2025-01-01T00:00:00Z", "interval": -5},
    ],
)
def test_a_boot_whose_answer_cannot_be_read_is_repeated(answer: Any) -> None:
    """The station is not accepted by it, waits, and asks again."""
    talk = Talk()
    talk.session.opened(talk.now_s)
    talk.next()
    assert isinstance(talk.receive([3, talk.last_id, answer]), Nothing)
    assert talk.is_in(UplinkState.BOOTING)
    assert talk.session.wake_at_s(0.0) == talk.now_s + BOOT_RETRY_S
    assert talk.next() is None
    talk.now_s += BOOT_RETRY_S
    assert talk.next() == "BootNotification"


def test_a_boot_that_is_refused_is_repeated() -> None:
    """A CALLERROR is no verdict."""
    talk = Talk()
    talk.session.opened(talk.now_s)
    talk.next()
    assert isinstance(talk.refuse(), Failed)
    assert talk.next() is None
    talk.now_s += BOOT_RETRY_S
    assert talk.next() == "BootNotification"


def test_an_unanswered_boot_is_repeated_and_its_late_answer_counts() -> None:
    """Who answers too late has accepted all the same."""
    talk = Talk()
    talk.session.opened(talk.now_s)
    talk.next()
    first = talk.last_id
    assert talk.expire() is not None
    assert talk.next() is None
    talk.now_s += BOOT_RETRY_S
    assert talk.next() == "BootNotification"
    late = {"status": "Accepted", "currentTime": "2001-01-01T00:00:00Z", "interval": 60}
    assert isinstance(talk.answer(late, first), Settled)
    assert talk.is_in(UplinkState.ONLINE)
    assert talk.session.clock_offset_s is None, "a late answer tells an old time"
    assert talk.next() is None, "the second boot is in flight"


@pytest.mark.parametrize(("interval", "heartbeat_s"), [(0, 300.0), (1, LEAST_INTERVAL_S), (86_400, 86_400.0)])
def test_the_boot_names_the_heartbeat_interval(interval: int, heartbeat_s: float) -> None:
    """0 leaves it to the station; tiny ones are bounded."""
    talk = Talk(300.0).accepted(interval)
    assert talk.session.heartbeat_interval_s == heartbeat_s
    assert talk.session.wake_at_s(0.0) == talk.now_s + heartbeat_s


@pytest.mark.parametrize(("interval", "wait_s"), [(0, BOOT_RETRY_S), (1, LEAST_INTERVAL_S), (30, 30.0)])
def test_the_boot_names_the_wait_before_the_next(interval: int, wait_s: float) -> None:
    """The same bounds hold for a station that is not accepted."""
    talk = Talk()
    talk.session.opened(talk.now_s)
    talk.next()
    talk.boot_answer("Pending", interval)
    assert talk.session.wake_at_s(0.0) == talk.now_s + wait_s


def test_a_reconnect_is_no_boot() -> None:
    """A station that was accepted stays so; its states are told once more."""
    talk = Talk().accepted()
    talk.becomes(S.AVAILABLE)
    talk.next()
    talk.answer()
    assert talk.session.closed(talk.now_s) == []
    assert (talk.session.state, talk.session.wake_at_s(0.0)) == (UplinkState.CONNECTING, math.inf)
    talk.session.opened(talk.now_s)
    assert talk.is_in(UplinkState.ONLINE)
    assert [talk.next(), talk.answer(), talk.next()][::2] == ["StatusNotification", None]


def test_a_reboot_boots_again() -> None:
    """On the line that stands, and after it; all states are told anew."""
    talk = Talk().accepted()
    talk.becomes(S.CHARGING)
    talk.next()
    talk.answer()
    talk.becomes(S.PREPARING)
    talk.session.reboot(talk.now_s)
    assert talk.is_in(UplinkState.BOOTING)
    assert not talk.session.may_tell
    assert talk.next() == "BootNotification"
    talk.boot_answer()
    assert [talk.next(), talk.answer(), talk.next()][::2] == ["StatusNotification", None], "no way to go after a boot"
    talk.session.closed(talk.now_s)
    talk.session.reboot(talk.now_s)
    assert talk.is_in(UplinkState.CONNECTING)
    talk.session.opened(talk.now_s)
    assert talk.next() == "BootNotification"


def test_answers_to_what_was_said_before_a_reboot_mean_nothing_any_more() -> None:
    """Neither does an old boot register the station, nor an old state count as told, nor is a repeat put off."""
    talk = Talk().accepted()
    talk.becomes(S.CHARGING)
    talk.next()
    talk.session.reboot(talk.now_s)
    assert isinstance(talk.answer(), Nothing)
    assert talk.next() == "BootNotification"
    talk.session.reboot(talk.now_s)
    assert isinstance(talk.boot_answer(), Nothing)
    assert talk.is_in(UplinkState.BOOTING)
    assert talk.next() == "BootNotification"
    talk.session.reboot(talk.now_s)
    expired = talk.expire()
    assert expired is not None
    assert expired.purpose is Purpose.BOOT
    assert talk.next() == "BootNotification", "at once: it is the first of the new life"
    talk.boot_answer()
    assert talk.next() == "StatusNotification"


def test_a_reboot_ends_a_rejection() -> None:
    """Who restarts the station asks at once."""
    talk = Talk()
    talk.session.opened(talk.now_s)
    talk.next()
    talk.boot_answer("Rejected", 86_400)
    talk.session.closed(talk.now_s)
    talk.session.reboot(talk.now_s)
    talk.session.opened(talk.now_s)
    assert talk.next() == "BootNotification"


def test_a_triggered_boot_changes_nothing_while_accepted() -> None:
    """The central system hears it, and the station stays accepted."""
    talk = Talk().accepted()
    talk.session.ask(Wording("BootNotification", {"chargePointVendor": "a", "chargePointModel": "b"}), Purpose.BOOT)
    assert talk.next() == "BootNotification"
    assert isinstance(talk.boot_answer("Rejected", 600), Settled)
    assert talk.is_in(UplinkState.ONLINE)
    assert talk.session.may_tell


# --- heartbeats and clocks ---------------------------------------------------------------------------------------


def test_heartbeats_are_sent_although_everything_else_waits() -> None:
    """A central system that triggers without end, states that change all the time and a long backlog starve nothing."""
    talk = Talk().accepted(20)
    beats, order = [], [S.CHARGING, S.SUSPENDED_EV]
    for second in range(200):
        talk.now_s += 1
        talk.becomes(order[second % 2])
        talk.session.ask(TRIGGERED)
        action = talk.next() or talk.send_of_outbox()
        if action == "Heartbeat":
            beats.append(talk.now_s)
        talk.answer({"currentTime": talk.their_now} if action == "Heartbeat" else {})
    assert [after - before for before, after in pairwise(beats)] == [20.0] * (len(beats) - 1)
    assert len(beats) == 10


def test_a_short_interval_that_was_set_is_bounded() -> None:
    """A setting of one second, or none, does not make the station talk all the time."""
    talk = Talk().accepted()
    for set_s in (0.0, 1.0):
        talk.session.heartbeat_interval_s = set_s
        assert talk.next() is None
        assert talk.session.wake_at_s(0.0) == talk.now_s + LEAST_INTERVAL_S


def test_an_unreadable_or_refused_heartbeat_is_not_repeated_at_once() -> None:
    """The next goes at its time; the line is alive."""
    talk = Talk().accepted(60)
    for is_refused in (False, True):
        talk.now_s += 60
        assert talk.next() == "Heartbeat"
        _ = talk.refuse() if is_refused else talk.answer({"currentTime": 7})
        assert talk.next() is None
        assert talk.session.wake_at_s(0.0) == talk.now_s + 60
    assert talk.session.clock_offset_s == 0.0, "of the boot"


def test_a_heartbeat_that_fell_due_while_away_is_sent_at_once() -> None:
    """A line that breaks more often than heartbeats are due does not keep them away for ever."""
    talk = Talk().accepted(60)
    for _ in range(3):
        talk.now_s += 30
        talk.session.closed(talk.now_s)
        talk.session.opened(talk.now_s)
    assert talk.next() == "Heartbeat"


def test_the_clock_of_the_central_system_is_a_measurement() -> None:
    """Boot and heartbeats tell how far it is; ahead is positive; no time of a state changes by it."""
    talk = Talk()
    assert talk.session.clock_offset_s is None
    talk.theirs_ahead_s = 90.0
    talk.accepted(60)
    assert talk.session.clock_offset_s == 90.0
    talk.theirs_ahead_s = -3600.0
    talk.now_s += 60
    talk.next()
    talk.answer({"currentTime": talk.their_now})
    assert talk.session.clock_offset_s == -3600.0
    talk.becomes(S.AVAILABLE)
    outgoing = talk.session.next(talk.now_s, 0.0)
    assert outgoing is not None
    assert outgoing.call.payload["timestamp"] == talk.now.isoformat().replace("+00:00", "Z")
    assert talk.session.wake_at_s(0.0) <= talk.now_s


@pytest.mark.parametrize("said", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_clock_that_is_centuries_off_is_measured_too(said: str) -> None:
    """Nothing overflows."""
    talk = Talk().accepted(60)
    talk.now_s += 60
    talk.next()
    assert isinstance(talk.answer({"currentTime": said}), Settled)
    assert talk.session.clock_offset_s is not None
    assert abs(talk.session.clock_offset_s) > 1e10


def test_a_late_heartbeat_tells_no_time() -> None:
    """Its clock is old, and the next heartbeat is not put off by it."""
    talk = Talk().accepted(60)
    talk.now_s += 60
    talk.next()
    late, told = talk.last_id, talk.their_now
    talk.expire()
    due_at_s = talk.session.wake_at_s(0.0)
    talk.now_s += 20
    assert isinstance(talk.answer({"currentTime": told}, late), Settled)
    assert talk.session.clock_offset_s == 0.0
    assert talk.session.wake_at_s(0.0) == due_at_s


# --- one at a time, time-outs, late answers ----------------------------------------------------------------------


def test_one_message_is_in_flight_at_a_time() -> None:
    """Whatever waits, it waits for the answer, the error or the time-out of the one before."""
    talk = Talk().accepted()
    talk.becomes(S.AVAILABLE)
    talk.session.ask(TRIGGERED)
    assert talk.next() == "MeterValues"
    assert talk.next() is None
    assert not talk.session.may_tell
    with pytest.raises(RuntimeError, match="in flight"):
        talk.session.send(talk.session.ask(TRIGGERED) or pytest.fail("it was not queued"), talk.now_s)
    talk.refuse()
    assert talk.next() == "MeterValues"
    talk.expire()
    assert talk.next() == "StatusNotification"
    talk.answer()
    assert talk.session.may_tell


def test_a_message_is_given_up_when_its_time_is_over() -> None:
    """Not before; the silence is counted, and a state counts as told, for states are not queued."""
    talk = Talk().accepted()
    talk.becomes(S.AVAILABLE)
    talk.next()
    limit_at_s = talk.now_s + CALL_LIMIT_S
    assert talk.session.wake_at_s(0.0) == limit_at_s
    assert talk.session.expire(limit_at_s - 0.1) is None
    given_up = talk.session.expire(limit_at_s)
    assert given_up is not None
    assert given_up.purpose is Purpose.STATUS
    assert talk.session.expire(limit_at_s) is None
    assert talk.session.silences == 1
    assert talk.next() is None


@pytest.mark.parametrize("is_refused", [False, True])
def test_silences_are_counted_in_a_row(*, is_refused: bool) -> None:
    """Three are a dead line; any answer, also a refusal or one that comes late, shows that it lives."""
    talk = Talk().accepted()
    for count in range(1, MOST_SILENCES + 1):
        talk.send_of_outbox()
        talk.expire()
        assert talk.session.silences == count
    (talk.refuse if is_refused else talk.answer)()
    assert talk.session.silences == 0
    talk.send_of_outbox()
    talk.expire()
    talk.session.closed(talk.now_s)
    talk.session.opened(talk.now_s)
    assert talk.session.silences == 0


def test_late_answers_are_taken_once_and_leave_the_next_message_alone() -> None:
    """A late answer settles its own message; the one in flight goes on waiting; a second answer is nothing."""
    talk = Talk().accepted()
    talk.send_of_outbox()
    late = talk.last_id
    talk.expire()
    talk.send_of_outbox()
    settled = talk.answer({}, late)
    assert isinstance(settled, Settled)
    assert settled.outgoing.call.message_id == late
    assert talk.session.wake_at_s(0.0) == talk.now_s + CALL_LIMIT_S
    assert isinstance(talk.answer({}, late), Nothing)
    assert isinstance(talk.answer({}), Settled)
    assert isinstance(talk.answer({}), Nothing)
    assert isinstance(talk.refuse(), Nothing)


def test_a_message_that_is_sent_again_is_remembered_as_the_latest() -> None:
    """Its late answer is recognised, however many others were given up since its first attempt."""
    talk = Talk().accepted()
    call = talk.session.ask(TRIGGERED)
    assert call is not None
    talk.next()
    talk.expire()
    for _ in range(64):
        talk.send_of_outbox()
        talk.expire()
    talk.send(call)
    talk.expire()
    talk.send_of_outbox()
    assert isinstance(talk.answer({}, call.call.message_id), Settled)


def test_a_late_answer_to_a_state_does_not_bring_it_back() -> None:
    """The states that followed were told; the central system is not led back through an illegal step."""
    talk = Talk().accepted()
    talk.becomes(S.CHARGING)
    talk.next()
    late = talk.last_id
    talk.expire()
    talk.becomes(S.FINISHING)
    talk.next()
    talk.answer()
    assert isinstance(talk.answer({}, late), Settled)
    assert talk.next() is None


def test_a_late_refusal_puts_nothing_off() -> None:
    """Neither heartbeat nor state is touched by it."""
    talk = Talk().accepted(60)
    talk.now_s += 60
    talk.next()
    late = talk.last_id
    talk.expire()
    due_at_s = talk.session.wake_at_s(0.0)
    talk.now_s += 30
    assert isinstance(talk.refuse(message_id=late), Failed)
    assert talk.session.wake_at_s(0.0) == due_at_s


def test_a_state_whose_answer_was_lost_is_told_again_first() -> None:
    """After a broken line nobody knows whether it arrived; so the way goes on from it in any case."""
    talk = Talk().accepted()
    talk.becomes(S.AVAILABLE)
    talk.next()
    talk.answer()
    talk.becomes(S.CHARGING)
    talk.next()
    talk.session.closed(talk.now_s)
    talk.becomes(S.PREPARING)
    talk.session.opened(talk.now_s)
    told = []
    while (outgoing := talk.session.next(talk.now_s, 0.0)) is not None:
        told.append(outgoing.call.payload["status"])
        talk.send(outgoing)
        talk.answer()
    assert told == ["Charging", "Finishing", "Preparing"]


# --- what is asked for -------------------------------------------------------------------------------------------


def test_what_is_asked_for_goes_in_order_and_has_a_bound() -> None:
    """Nobody can queue without end, or on a line that is not there."""
    talk = Talk()
    assert talk.session.ask(TRIGGERED) is None
    talk.accepted()
    queued = [talk.session.ask(TRIGGERED) for _ in range(MOST_ASKED)]
    assert None not in queued
    assert talk.session.ask(TRIGGERED) is None
    assert talk.session.wake_at_s(0.0) <= talk.now_s
    for outgoing in queued:
        assert talk.session.next(talk.now_s, 0.0) is outgoing
    assert talk.session.ask(TRIGGERED) is not None


def test_states_go_before_the_outbox_and_after_what_was_asked_for() -> None:
    """The order of what may be said."""
    talk = Talk().accepted(60)
    talk.becomes(S.AVAILABLE)
    talk.session.ask(TRIGGERED)
    talk.now_s += 60
    said = []
    while (action := talk.next()) is not None:
        said.append(action)
        talk.answer({"currentTime": talk.their_now})
    assert said == ["Heartbeat", "MeterValues", "StatusNotification"]
    assert talk.session.may_tell


def test_a_lost_line_tells_once_what_has_no_answer() -> None:
    """What was in flight, given up, or never sent; what the outbox holds is not among it."""
    talk = Talk().accepted()
    given_up, in_flight, queued = [talk.session.ask(TRIGGERED) for _ in range(3)]
    talk.next()
    talk.expire()
    talk.next()
    assert talk.session.closed(talk.now_s) == [given_up, in_flight, queued]
    assert talk.session.closed(talk.now_s) == []
    talk.session.opened(talk.now_s)
    assert talk.next() is None
    assert in_flight is not None
    assert isinstance(talk.answer({}, in_flight.call.message_id), Nothing), "nobody waits for it any more"
    talk.send_of_outbox()
    stop = talk.last_id
    assert talk.session.closed(talk.now_s) == []
    talk.session.opened(talk.now_s)
    assert isinstance(talk.answer({}, stop), Settled), "but this one still means something"


# --- what the other side says ------------------------------------------------------------------------------------


def test_questions_are_handed_on_and_repeats_are_answered_from_memory() -> None:
    """The same question is done once; a frame that is none is complained about."""
    talk = Talk().accepted()
    wanted = talk.ask()
    assert isinstance(wanted, Wanted)
    assert isinstance(talk.ask(), Nothing), "it is being worked on"
    reply = talk.session.exchange.answer(wanted.call, {"status": "Accepted"})
    assert talk.ask() == Reply(reply or "")
    complaint = talk.receive([2, "q9", 5, {}])
    assert isinstance(complaint, Reply)
    assert complaint.text.startswith('[4,"q9","')


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", b"\xff\xfe", "[3]", '[3,"nobody",{}]', '[4,"nobody","X"]', "[5]"]
)
def test_what_means_nothing_does_nothing(text: str | bytes) -> None:
    """It is told why, and that is all."""
    talk = Talk().accepted()
    event = talk.session.received(text, talk.now_s)
    assert isinstance(event, Nothing)
    assert event.why
