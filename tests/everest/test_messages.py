"""Topics and payloads of EVerest's MQTT, without a broker."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.everest.messages import (
    Call,
    ErrorType,
    UnanswerableError,
    error_payload,
    module_id,
    read_call,
    result_payload,
    topic_of,
    variable_payload,
)

CHARGERS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,6}", fullmatch=True)


def test_a_station_is_a_module_with_the_names_of_charger_and_central_system() -> None:
    """Names stay readable; what may not stand in a topic is spelt out."""
    assert module_id("garage", "employer") == "chargebridge_garage_employer"
    assert module_id("car_port", "my/csms#1 ü") == "chargebridge_car__port_my.2fcsms.231.20.c3.bc"
    topic = topic_of("everest", module_id("garage", "employer"), "ocpp_generic")
    assert topic == "everest/modules/chargebridge_garage_employer/impl/ocpp_generic"


@settings(max_examples=300, derandomize=True, deadline=None)
@given(CHARGERS, CHARGERS, CHARGERS, CHARGERS)
def test_two_stations_never_share_a_name(charger: str, csms: str, other_charger: str, other_csms: str) -> None:
    """Wherever underscores stand, another pair is another module."""
    same = (charger, csms) == (other_charger, other_csms)
    assert (module_id(charger, csms) == module_id(other_charger, other_csms)) is same


def test_a_call_is_read_in_its_wrapping_and_without() -> None:
    """EVerest's code wraps the call, its text does not; both are the same call, and arguments may be missing."""
    inner = {"id": "u-1", "args": {"keys": []}, "origin": "evse_manager"}
    wrapped = json.dumps({"msg_type": "Cmd", "data": inner}).encode()

    expected = Call("stop", "u-1", "evse_manager", {"keys": []})
    assert read_call("stop", wrapped) == read_call("stop", json.dumps(inner).encode()) == expected
    assert read_call("stop", b'{"id": 5, "origin": "x"}') == Call("stop", 5, "x", {})


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b'{"id":1}', b'{"id":1,"origin":"a/b"}', b" " * 70_000])
def test_what_cannot_be_answered_is_refused(payload: bytes) -> None:
    """Without an id and an origin that is one level of a topic nobody could hear the answer."""
    with pytest.raises(UnanswerableError):
        read_call("stop", payload)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_are_more_than_unanswerable(payload: bytes) -> None:
    """Reading never fails in another way."""
    try:
        call = read_call("stop", payload)
    except UnanswerableError:
        return
    assert "/" not in call.origin


def test_answers_and_variables_have_everests_shape() -> None:
    """The framework reads a result two levels deep, and an error by two keys of its own."""
    call = Call("stop", "u-1", "evse_manager", {})

    assert json.loads(result_payload(call, "m", result=True)) == {
        "msg_type": "CmdResult",
        "data": {"type": "result", "data": {"id": "u-1", "origin": "m", "retval": True}},
    }
    error = json.loads(error_payload(call, "m", ErrorType.TIMEOUT, "Too late."))
    assert error["data"]["data"]["error"] == {
        "__everest__error_type": "CmdTimeout",
        "__everest__error_msg": "Too late.",
    }
    assert json.loads(variable_payload({"0": 1})) == {"data": {"data": {"0": 1}}, "msg_type": "Var"}
    with pytest.raises(ValueError, match="JSON"):
        variable_payload(float("nan"))
