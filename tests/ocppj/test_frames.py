from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.frames import (
    LONGEST_DESCRIPTION,
    LONGEST_ID,
    BadFrameError,
    Call,
    CallError,
    CallResult,
    CallResultError,
    Frame,
    Send,
    pack,
    parse_frame,
)
from bridge.ocppj.json_text import DEEPEST
from tests.ocppj.json_values import ODD_VALUES, TEXT, VALUES

IDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ERRORS = {"code": st.text("ABCabc", max_size=20), "description": TEXT, "details": VALUES}
FRAMES: st.SearchStrategy[Frame] = (
    st.builds(Call, IDS, TEXT, VALUES)
    | st.builds(CallResult, IDS, VALUES)
    | st.builds(CallError, IDS, **ERRORS)
    | st.builds(CallResultError, IDS, **ERRORS)
    | st.builds(Send, IDS, TEXT, VALUES)
)


def refusal(text: str | bytes) -> BadFrameError:
    """Return the error that a text causes."""
    with pytest.raises(BadFrameError) as caught:
        parse_frame(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('[2,"7","Heartbeat",{}]', Call("7", "Heartbeat", {})),
        (' [ 2 , "7" , "Reset" , {"type": "Soft"} ] ', Call("7", "Reset", {"type": "Soft"})),
        ('[3,"7",{"status":"Accepted"}]', CallResult("7", {"status": "Accepted"})),
        ('[4,"7","GenericError","no",{"a":1}]', CallError("7", "GenericError", "no", {"a": 1})),
        ('[5,"7","GenericError","no",{}]', CallResultError("7", "GenericError", "no", {})),
        ('[6,"7","NotifyPeriodicEventStream",{"id":1}]', Send("7", "NotifyPeriodicEventStream", {"id": 1})),
    ],
)
def test_each_message_type_is_read(text: str, frame: Frame) -> None:
    """The list says by its first number what it is; blanks do not matter, and a binary frame is read as text."""
    assert parse_frame(text) == frame
    assert parse_frame(text.encode()) == frame


@pytest.mark.parametrize("payload", [None, [], "text", 5, True])
def test_a_payload_that_is_no_object_is_passed_on(payload: Any) -> None:
    """Some central systems send null for an empty object; the one who knows the action decides."""
    assert parse_frame(json.dumps([2, "7", "GetConfiguration", payload])) == Call("7", "GetConfiguration", payload)


def test_an_id_longer_than_ocpp_allows_is_taken() -> None:
    """36 characters are allowed; 255 are taken; more could not even be answered."""
    assert parse_frame(json.dumps([2, "x" * LONGEST_ID, "Reset", {}])) == Call("x" * LONGEST_ID, "Reset", {})
    assert refusal(json.dumps([2, "x" * (LONGEST_ID + 1), "Reset", {}])).message_id is None


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('[4,"7","GenericError"]', CallError("7", "GenericError", "", {})),
        ('[4,"7","GenericError","why"]', CallError("7", "GenericError", "why", {})),
        ('[4,"7","GenericError",null,null]', CallError("7", "GenericError", "", None)),
        ('[4,"7","",5,"x"]', CallError("7", "", "", "x")),
    ],
)
def test_a_sloppy_error_is_still_an_error(text: str, frame: Frame) -> None:
    """The call is refused whatever the description is, so nothing is gained by waiting for its time to be over."""
    assert parse_frame(text) == frame


BROKEN_CALLS = {
    "cut off": '[2,"7","Reset",{"type":',
    "something after it": '[2,"7","Reset",{}] []',
    "too short": '[2,"7","Reset"]',
    "only an id": '[2,"7"]',
    "too long": '[2,"7","Reset",{},{}]',
    "action is a number": '[2,"7",5,{}]',
    "action is null": '[2,"7",null,{}]',
    "action is a list": '[2,"7",["Reset"],{}]',
    "NaN": '[2,"7","Reset",{"limit":NaN}]',
    "Infinity": '[2,"7","Reset",{"limit":-Infinity}]',
    "a float too large": '[2,"7","Reset",{"limit":1e999}]',
    "a whole number too large for a float": '[2,"7","Reset",{"limit":1' + 400 * "0" + "}]",
    "a whole number too large for Python": '[2,"7","Reset",{"limit":1' + 9000 * "0" + "}]",
    "the same key twice": '[2,"7","Reset",{"type":"Soft","type":"Hard"}]',
    "half a surrogate pair in a value": '[2,"7","Reset",{"type":"\\ud83d"}]',
    "half a surrogate pair in a key": '[2,"7","Reset",{"\\uDE00":1}]',
    "half a surrogate pair in the action": '[2,"7","\\ud83d",{}]',
    "half a surrogate pair, not escaped": '[2,"7","Reset",{"type":"\ud83d"}]',
    "too deep": '[2,"7","Reset",' + DEEPEST * "[" + DEEPEST * "]" + "]",
    "too deep for Python": '[2,"7","Reset",' + 100_000 * "[" + 100_000 * "]" + "]",
    "too deep and cut off": '[2,"7","Reset",' + 100_000 * '{"a":',
    "a control character": '[2,"7","Reset",{"type":"\n"}]',
    "a number as its id": '[2,7,"Reset",{}]',
    "a number as its id, cut off": "[2, 7 ,",
}


@pytest.mark.parametrize("text", BROKEN_CALLS.values(), ids=BROKEN_CALLS)
def test_a_broken_call_says_its_id(text: str) -> None:
    """Whoever asked is told that nothing will come, wherever the id can be made out."""
    error = refusal(text)
    assert (error.code, error.message_id, error.may_be_call) == (ErrorCode.RPC_FRAMEWORK_ERROR, "7", True)


UNREADABLE: dict[str, str | bytes] = {
    "nothing": "",
    "blanks": "  \n",
    "not JSON": "hello",
    "an object": '{"2":"7"}',
    "a text": '"[2]"',
    "a number": "2",
    "an empty list": "[]",
    "no id": "[2]",
    "id is null": '[2,null,"Reset",{}]',
    "id is a list": '[2,["7"],"Reset",{}]',
    "id is true": '[2,true,"Reset",{}]',
    "id is a fraction": '[2,7.5,"Reset",{}]',
    "id is half a surrogate pair": '[2,"\\ud83d","Reset",{}]',
    "id is a huge number": "[2,1" + 280 * "0" + ',"Reset",{}]',
    "a byte order mark": '\ufeff[2,"7","Reset",{}]',
    "UTF-16": '[2,"7","Reset",{}]'.encode("utf-16"),
    "no UTF-8": b"\xff\xfe[2",
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_has_no_id_is_refused_without_one(text: str | bytes) -> None:
    """There is nobody to tell, at least not by an id."""
    error = refusal(text)
    assert (error.code, error.message_id, error.may_be_call) == (ErrorCode.RPC_FRAMEWORK_ERROR, None, True)


BROKEN_ANSWERS = {
    "a result without a payload": '[3,"7"]',
    "a result with too much": '[3,"7",{},{}]',
    "a result to a number": "[3,7,{}]",
    "an error without a code": '[4,"7"]',
    "an error with a number as its code": '[4,"7",5,"",{}]',
    "an error to null": '[4,null,"GenericError","",{}]',
    "an error with too much": '[4,"7","GenericError","",{},{}]',
    "a broken error of an answer": '[5,"7"]',
    "a broken message without an answer": '[6,"7","Reset"]',
    "a result with NaN": '[3,"7",{"a":NaN}]',
    "a result, cut off": '[3,"7",',
    "an error with the same key twice": '[4,"7","GenericError","",{"a":1,"a":2}]',
}


@pytest.mark.parametrize("text", BROKEN_ANSWERS.values(), ids=BROKEN_ANSWERS)
def test_a_broken_answer_is_not_to_be_answered(text: str) -> None:
    """Otherwise two peers could complain to each other for ever."""
    error = refusal(text)
    assert (error.code, error.message_id, error.may_be_call) == (ErrorCode.RPC_FRAMEWORK_ERROR, None, False)


@pytest.mark.parametrize("kind", ["1", "7", "-2", "2.0", "true", "null", '"2"', "[2]"])
def test_a_message_type_that_does_not_exist_is_called_so(kind: str) -> None:
    """What looks like a call says its id; anything else might be an answer."""
    error = refusal(f'[{kind},"7","Reset",{{}}]')
    assert (error.code, error.message_id, error.may_be_call) == (ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, "7", True)
    error = refusal(f'[{kind},"7",{{}}]')
    assert (error.code, error.message_id, error.may_be_call) == (ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, None, False)


def test_whole_surrogate_pairs_are_characters() -> None:
    """JSON writes a character beyond the first 65,536 as two escapes."""
    assert parse_frame('[3,"7",{"a":"\\ud83d\\ude00"}]') == CallResult("7", {"a": "\U0001f600"})


def test_the_deepest_payload_is_read_and_a_broad_one_too() -> None:
    """Only levels are counted, not brackets; those within texts count for nothing."""
    inner = (DEEPEST - 1) * "[" + (DEEPEST - 1) * "]"
    assert isinstance(parse_frame(f'[3,"7",{inner}]'), CallResult)
    assert isinstance(parse_frame(json.dumps([3, "7", [[]] * 500])), CallResult)
    assert isinstance(parse_frame(json.dumps([3, "7", "[" * 500])), CallResult)


def test_a_refusal_shows_nothing_of_the_frame() -> None:
    """It may hold a password, and the refusal is logged and sent."""
    error = refusal('[2,"7","ChangeConfiguration",{"key":"AuthorizationKey","value":"hunter2",}]')
    assert "hunter2" not in str(error)
    assert "hunter2" not in repr(error)
    assert "hunter2" not in repr(Call("7", "ChangeConfiguration", {"value": "hunter2"}))


def test_a_frame_is_written_compactly() -> None:
    """No blanks, and characters as they are: every byte is paid for on a mobile line."""
    assert pack(Call("7", "DataTransfer", {"vendorId": "é", "data": "1"})) == (
        '[2,"7","DataTransfer",{"vendorId":"é","data":"1"}]'
    )


def test_a_description_is_cut_and_made_sendable() -> None:
    """It holds at most 255 characters, and an error must never fail to be sent because of its text."""
    frame = parse_frame(pack(CallError("7", "GenericError", "\ud83d" + "x" * 300)))
    assert frame == CallError("7", "GenericError", "?" + "x" * (LONGEST_DESCRIPTION - 1), {})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud83d", {"\ud83d": 1}, object(), {1, 2}, b"x"])
def test_what_is_no_json_does_not_go_out(value: Any) -> None:
    """The defect is this program's, and the peer must not be the one to find it."""
    with pytest.raises((ValueError, TypeError)):
        pack(CallResult("7", {"a": value}))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(FRAMES)
def test_what_is_written_is_read_back(frame: Frame) -> None:
    """A frame is the same after its journey as text and as bytes."""
    text = pack(frame)
    assert parse_frame(text) == frame
    assert parse_frame(text.encode()) == frame


def _takes_or_refuses(text: str | bytes) -> None:
    try:
        frame = parse_frame(text)
    except BadFrameError as error:
        answerable = error.message_id
        assert answerable is None or (len(answerable) <= LONGEST_ID and answerable.encode() is not None)
    else:
        assert parse_frame(pack(frame)) == frame


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=60) | st.text(max_size=60) | st.text('[]{}",:\\ud8nNaIfy2-0.e+', max_size=60))
@example('[2,"\\')
def test_any_text_is_a_frame_or_a_bad_frame(text: str | bytes) -> None:
    """Nothing but BadFrameError comes out of garbage, and what is taken can be written again."""
    _takes_or_refuses(text)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(ODD_VALUES, max_size=6) | st.tuples(st.integers(1, 7), ODD_VALUES, ODD_VALUES, ODD_VALUES), st.data())
def test_any_json_is_a_frame_or_a_bad_frame(value: Any, data: st.DataObject) -> None:
    """The same for lists of anything, whole or cut off anywhere."""
    text = json.dumps(value, ensure_ascii=data.draw(st.booleans()))
    _takes_or_refuses(text)
    _takes_or_refuses(text[: data.draw(st.integers(0, len(text)))])
