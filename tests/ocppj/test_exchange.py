from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.ocppj.asked import REMEMBERED
from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.events import Answered, Asked, AskedAgain, Event, Malformed, Refused, Told, Unexpected
from bridge.ocppj.exchange import GIVEN_UP_REMEMBERED, Exchange
from bridge.ocppj.frames import Call, CallError, Send
from bridge.types.ocpp.version import OcppVersion
from tests.ocppj.json_values import ODD_VALUES

BEAT = Call("a", "Heartbeat", {})
STATUS = Call("b", "StatusNotification", {"connectorId": 1})
RESET = '[2,"7","Reset",{"type":"Soft"}]'


def exchange(version: OcppVersion = OcppVersion.V16) -> Exchange:
    """Return a fresh one."""
    return Exchange(version)


def asked(event: Event) -> Call:
    """Return the call that is to be executed."""
    assert isinstance(event, Asked)
    return event.call


# --- ours ------------------------------------------------------------------------------------------------------


def test_a_call_is_answered() -> None:
    """Its text goes out, its answer comes in, and the next one may go."""
    ours = exchange()
    assert ours.call(BEAT) == '[2,"a","Heartbeat",{}]'
    assert ours.in_flight == BEAT
    assert ours.receive('[3,"a",{"currentTime":"x"}]') == Answered(BEAT, {"currentTime": "x"}, late=False)
    assert ours.in_flight is None
    assert ours.call(STATUS).startswith('[2,"b"')


def test_a_call_is_refused() -> None:
    """The event tells the code as it came and as it was meant."""
    ours = exchange()
    ours.call(BEAT)
    event = ours.receive('[4,"a","FormatViolation","why",{"x":1}]')
    assert event == Refused(BEAT, CallError("a", "FormatViolation", "why", {"x": 1}), late=False)
    assert isinstance(event, Refused)
    assert event.code is ErrorCode.FORMAT_VIOLATION
    assert ours.in_flight is None


def test_two_calls_are_never_in_flight() -> None:
    """A second one is a defect of the caller, and the first goes on."""
    ours = exchange()
    ours.call(BEAT)
    with pytest.raises(RuntimeError, match="Heartbeat is in flight"):
        ours.call(STATUS)
    assert ours.in_flight == BEAT
    assert isinstance(ours.receive('[3,"a",{}]'), Answered)


def test_a_call_that_cannot_be_written_leaves_nothing_behind() -> None:
    """The defect of one message must not block the others."""
    ours = exchange()
    with pytest.raises(ValueError, match="JSON"):
        ours.call(Call("a", "DataTransfer", {"data": float("nan")}))
    assert ours.in_flight is None
    ours.call(STATUS)


def test_a_late_answer_is_recognised_while_another_call_is_in_flight() -> None:
    """It belongs to the call that was given up, and the one in flight goes on."""
    ours = exchange()
    ours.call(BEAT)
    assert ours.give_up() == BEAT
    ours.call(STATUS)
    assert ours.receive('[3,"a",{}]') == Answered(BEAT, {}, late=True)
    assert ours.in_flight == STATUS
    assert ours.receive('[4,"b","InternalError","",{}]') == Refused(STATUS, CallError("b", "InternalError"), late=False)


def test_a_late_answer_counts_once() -> None:
    """Whatever comes after it is nobody's."""
    ours = exchange()
    ours.call(BEAT)
    ours.give_up()
    assert isinstance(ours.receive('[4,"a","InternalError","",{}]'), Refused)
    assert isinstance(ours.receive('[3,"a",{}]'), Unexpected)


def test_a_late_answer_is_recognised_on_another_connection() -> None:
    """The peer may have worked on the call although the line broke, and say so afterwards."""
    ours = exchange()
    ours.call(BEAT)
    assert ours.disconnected() == BEAT
    assert ours.in_flight is None
    assert ours.disconnected() is None
    assert ours.receive('[3,"a",{}]') == Answered(BEAT, {}, late=True)


def test_a_call_is_repeated_byte_for_byte_and_the_first_answer_wins() -> None:
    """Both attempts bear one id; the answer to either ends the call."""
    ours = exchange()
    first = ours.call(STATUS)
    ours.give_up()
    assert ours.call(Call("b", "StatusNotification", {"connectorId": 1})) == first
    assert ours.receive('[3,"b",{}]') == Answered(STATUS, {}, late=False)
    assert isinstance(ours.receive('[3,"b",{}]'), Unexpected)


def test_an_id_is_not_used_for_another_call() -> None:
    """A late answer to the first would be taken for one to the second."""
    ours = exchange()
    ours.call(BEAT)
    ours.give_up()
    with pytest.raises(RuntimeError, match="used for another call"):
        ours.call(Call("a", "StatusNotification", {}))
    assert ours.in_flight is None


def test_giving_up_nothing_is_a_defect() -> None:
    """The caller asks `in_flight` first."""
    with pytest.raises(RuntimeError, match="no call"):
        exchange().give_up()


def test_calls_that_were_given_up_are_remembered_within_bounds() -> None:
    """The oldest one is forgotten first; its answer is nobody's then."""
    ours = exchange()
    for number in range(GIVEN_UP_REMEMBERED + 1):
        ours.call(Call(f"n{number}", "Heartbeat", {}))
        ours.give_up()
    assert isinstance(ours.receive('[3,"n0",{}]'), Unexpected)
    assert isinstance(ours.receive('[3,"n1",{}]'), Answered)
    assert isinstance(ours.receive(f'[3,"n{GIVEN_UP_REMEMBERED}",{{}}]'), Answered)


# --- theirs ----------------------------------------------------------------------------------------------------


def test_a_peers_call_is_answered() -> None:
    """It may come while one of ours is in flight, and disturbs nothing."""
    ours = exchange()
    ours.call(BEAT)
    event = ours.receive(RESET)
    assert event == Asked(Call("7", "Reset", {"type": "Soft"}))
    assert ours.answer(asked(event), {"status": "Accepted"}) == '[3,"7",{"status":"Accepted"}]'
    assert ours.in_flight == BEAT


@pytest.mark.parametrize(
    ("version", "word"),
    [
        (OcppVersion.V16, "FormationViolation"),
        (OcppVersion.V201, "FormatViolation"),
        (OcppVersion.V21, "FormatViolation"),
    ],
)
def test_a_peers_call_is_refused_in_its_own_spelling(version: OcppVersion, word: str) -> None:
    """The code says what its version calls it."""
    ours = exchange(version)
    call = asked(ours.receive(RESET))
    text = ours.refuse(call, ErrorCode.FORMAT_VIOLATION, "no field x", {"field": "x"})
    assert text == f'[4,"7","{word}","no field x",{{"field":"x"}}]'


def test_a_repeated_call_is_given_the_same_answer() -> None:
    """It is executed once, whether it was answered or refused; the order of its keys does not matter."""
    ours = exchange()
    call = asked(ours.receive('[2,"7","ChangeConfiguration",{"key":"a","value":"b"}]'))
    again = '[2,"7","ChangeConfiguration",{"value":"b","key":"a"}]'
    assert ours.receive(again) == AskedAgain("7", None)
    text = ours.answer(call, {"status": "Accepted"})
    assert ours.receive(again) == AskedAgain("7", text)
    refusal = ours.refuse(asked(ours.receive('[2,"8","Fly",{}]')), ErrorCode.NOT_IMPLEMENTED)
    assert ours.receive('[2,"8","Fly",{}]') == AskedAgain("8", refusal)


def test_an_answer_is_given_once() -> None:
    """Nobody waits for a second one, and the first stays as it was."""
    ours = exchange()
    call = asked(ours.receive(RESET))
    text = ours.answer(call, {"status": "Accepted"})
    assert ours.answer(call, {"status": "Rejected"}) is None
    assert ours.refuse(call, ErrorCode.INTERNAL_ERROR) is None
    assert ours.receive(RESET) == AskedAgain("7", text)


def test_an_answer_that_cannot_be_written_can_still_be_a_refusal() -> None:
    """A defect in an answer must not leave the peer without one."""
    ours = exchange()
    call = asked(ours.receive(RESET))
    with pytest.raises(TypeError):
        ours.answer(call, {"status": object()})
    assert ours.refuse(call, ErrorCode.INTERNAL_ERROR) == '[4,"7","InternalError","",{}]'


def test_an_old_id_with_another_content_is_another_call() -> None:
    """Once the first was answered; while it is worked on, nobody could tell whose the answer is."""
    ours = exchange()
    call = asked(ours.receive(RESET))
    event = ours.receive('[2,"7","ClearCache",{}]')
    assert isinstance(event, Malformed)
    assert event.reply is None
    ours.answer(call, {"status": "Accepted"})
    event = ours.receive('[2,"7","ClearCache",{}]')
    assert asked(event) == Call("7", "ClearCache", {})
    assert isinstance(event, Asked)
    assert "used before" in event.note


def test_ids_begin_anew_with_a_connection() -> None:
    """A peer that counts from 1 on each connection asks something new; a slow answer from before goes to nobody."""
    ours = exchange()
    slow = asked(ours.receive(RESET))
    ours.disconnected()
    fresh = asked(ours.receive(RESET))
    assert ours.answer(slow, {"status": "Rejected"}) is None
    assert ours.answer(fresh, {"status": "Accepted"}) == '[3,"7",{"status":"Accepted"}]'


def test_answers_are_remembered_within_bounds() -> None:
    """The oldest answer is forgotten first, and never a call that is being worked on."""
    ours = exchange()
    waiting = asked(ours.receive('[2,"w","Reset",{}]'))
    for number in range(REMEMBERED):
        ours.answer(asked(ours.receive(f'[2,"n{number}","Reset",{{}}]')), {})
    assert isinstance(ours.receive('[2,"n0","Reset",{}]'), Asked)
    assert isinstance(ours.receive('[2,"n2","Reset",{}]'), AskedAgain)
    assert ours.answer(waiting, {}) is not None


def test_a_peer_that_asks_without_end_is_refused() -> None:
    """Once an answer was given, there is room again; a refused call is not remembered."""
    ours = exchange()
    calls = [asked(ours.receive(f'[2,"n{number}","Reset",{{}}]')) for number in range(REMEMBERED)]
    event = ours.receive('[2,"more","Reset",{}]')
    assert isinstance(event, Malformed)
    assert event.reply == '[4,"more","GenericError","Too many calls wait for their answers.",{}]'
    ours.answer(calls[5], {})
    assert isinstance(ours.receive('[2,"more","Reset",{}]'), Asked)


def test_a_long_id_is_noted() -> None:
    """It is more than OCPP allows and does no harm."""
    event = exchange().receive(json.dumps([2, "x" * 40, "Reset", {}]))
    assert isinstance(event, Asked)
    assert event.note == "its message id has 40 characters, OCPP allows 36"


def test_what_is_known_depends_on_the_version() -> None:
    """The caller refuses what is not known as NotImplemented."""
    assert exchange().knows("SignedUpdateFirmware")
    assert not exchange(OcppVersion.V201).knows("SignedUpdateFirmware")
    assert not exchange().knows("Fly")


# --- what is nobody's, and what is broken -------------------------------------------------------------------------


@pytest.mark.parametrize("text", ['[3,"x",{}]', '[4,"x","InternalError","",{}]', '[5,"x","InternalError","",{}]'])
@pytest.mark.parametrize("version", list(OcppVersion))
def test_an_answer_to_nothing_is_unexpected(text: str, version: OcppVersion) -> None:
    """It changes nothing."""
    ours = exchange(version)
    ours.call(BEAT)
    assert isinstance(ours.receive(text), Unexpected)
    assert ours.in_flight == BEAT


NO_REPLY: dict[OcppVersion, str | None] = dict.fromkeys(OcppVersion)
UNREADABLE = {
    OcppVersion.V16: None,
    OcppVersion.V201: '"-1","RpcFrameworkError"',
    OcppVersion.V21: '"-1","RpcFrameworkError"',
}


@pytest.mark.parametrize("version", list(OcppVersion))
@pytest.mark.parametrize(
    ("text", "replies"),
    [
        ('[2,"7",5,{}]', {**UNREADABLE, OcppVersion.V16: '"7","FormationViolation"'}),
        ("garbage", UNREADABLE),
        (b"\xff", UNREADABLE),
        ('[3,"7"]', NO_REPLY),
        ('[4,"7"]', NO_REPLY),
        ('[3,"7",{"a":NaN}]', NO_REPLY),
        ('[9,"7",{}]', NO_REPLY),
        ('[9,"7","Reset",{}]', {**NO_REPLY, OcppVersion.V201: '"7","MessageTypeNotSupported"'}),
    ],
)
def test_a_broken_frame_is_answered_as_its_version_wants(
    version: OcppVersion, text: str | bytes, replies: dict[OcppVersion, str | None]
) -> None:
    """1.6 needs an id and ignores unknown message types; 2.x says -1 where no id is; a broken answer gets none."""
    event = exchange(version).receive(text)
    assert isinstance(event, Malformed)
    expected = replies[version if version is OcppVersion.V16 else OcppVersion.V201]
    if isinstance(text, str) and text.startswith('[2,"7"') and version is not OcppVersion.V16:
        expected = '"7","RpcFrameworkError"'
    if expected is None:
        assert event.reply is None
    else:
        assert event.reply is not None
        assert event.reply.startswith(f"[4,{expected},")


def test_a_message_without_an_answer_belongs_to_2_1() -> None:
    """2.0.1 has no such type and says so; 1.6 ignores it."""
    text = '[6,"7","NotifyPeriodicEventStream",{"id":1}]'
    assert exchange(OcppVersion.V21).receive(text) == Told(Send("7", "NotifyPeriodicEventStream", {"id": 1}))
    event = exchange(OcppVersion.V201).receive(text)
    assert isinstance(event, Malformed)
    assert event.reply is not None
    assert event.reply.startswith('[4,"7","MessageTypeNotSupported"')
    event = exchange().receive(text)
    assert isinstance(event, Malformed)
    assert event.reply is None


def test_events_show_no_payload() -> None:
    """They are logged, and a payload may hold a password."""
    ours = exchange()
    secret = '[2,"7","ChangeConfiguration",{"key":"AuthorizationKey","value":"hunter2"}]'
    first, second = ours.receive(secret), ours.receive(secret)
    ours.call(BEAT)
    third = ours.receive('[3,"a",{"x":"hunter2"}]')
    fourth = ours.receive('[2,"8","X",{"a":"hunter2"')
    assert "hunter2" not in repr((first, second, third, fourth))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.sampled_from(OcppVersion),
    st.lists(
        st.binary(max_size=40)
        | st.text(max_size=40)
        | st.text('[]{}",:\\ud8nNaIfy2-0.e+', max_size=40)
        | st.lists(ODD_VALUES, max_size=6).map(json.dumps)
        | st.tuples(st.integers(2, 6), st.sampled_from("ab"), ODD_VALUES, ODD_VALUES).map(json.dumps)
        | st.tuples(st.just(3), st.sampled_from("ab"), ODD_VALUES).map(json.dumps),
        max_size=6,
    ),
)
def test_whatever_arrives_is_an_event(version: OcppVersion, texts: list[Any]) -> None:
    """Nothing is raised, and what is to be sent back can be sent and is never answered in turn."""
    ours, theirs = exchange(version), exchange(version)
    ours.call(BEAT)
    for text in texts:
        event = ours.receive(text)
        reply = event.reply if isinstance(event, Malformed) else None
        if reply is not None:
            reply.encode()
            assert isinstance(theirs.receive(reply), Unexpected)
