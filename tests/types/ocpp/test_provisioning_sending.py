"""What is sent to a peer: less than what is taken, by marks that each have somebody behind them."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.errors import Blame
from bridge.types.ocpp.base import from_ocpp, to_ocpp
from bridge.types.ocpp.payload_error import ProblemKind, path_of
from bridge.types.ocpp.provisioning.boot_notification import BootNotificationResponse, ChargingStationType
from bridge.types.ocpp.provisioning.cellular import APN, APNAuthentication
from bridge.types.ocpp.provisioning.component import Component, Variable
from bridge.types.ocpp.provisioning.edition import EDITIONS, Sent
from bridge.types.ocpp.provisioning.get_report import GetReportRequest
from bridge.types.ocpp.provisioning.reset import ResetRequest, ResetResponse, ResetStatus, ResetType
from bridge.types.ocpp.provisioning.sending import NotSendableError, sent_of, to_peer
from bridge.types.ocpp.provisioning.set_network_profile import (
    NetworkConnectionProfile,
    OCPPInterface,
    OCPPTransport,
    SetNetworkProfileResponse,
)
from bridge.types.ocpp.provisioning.set_variables import SetVariableData, SetVariableResult
from bridge.types.ocpp.provisioning.tunnel import VPN, VPNType
from bridge.types.ocpp.version import OcppVersion
from tests.types.ocpp.go_validation import objections
from tests.types.ocpp.oca_schemas import MESSAGES, validator
from tests.types.ocpp.provisioning_types import TYPES
from tests.types.ocpp.sendable_payloads import full_payload, places, replaced, without

MARKED = [
    pytest.param(message, place, mark, id=f"{message}:{path_of(place.location)}")
    for message in MESSAGES
    for place in places(message)
    if (mark := sent_of(place.owner, place.name)) is not None
]
SECRET = "geheim"


def breaches(mark: Sent) -> list[Any]:
    """Return values that are taken but break a mark when they are sent; only_21 and required are broken elsewhere."""
    wrong: list[Any] = []
    if mark.max_length is not None:
        wrong.append(("ws://" if mark.url else SECRET).ljust(mark.max_length + 1, "x"))
    if mark.min_length is not None:
        wrong.append("")
    if mark.ge is not None:
        wrong.append(mark.ge - 1)
    if mark.url:
        wrong += ["csms.example", "wss://", "wss:///ocpp"]
    return wrong


def is_refused_by_somebody(message: str, payload: dict[str, Any]) -> bool:
    """Tell whether a schema or ocpp-go has something against a payload."""
    return any(not validator(edition, message).is_valid(payload) for edition in EDITIONS) or any(
        objections(message, payload)
    )


def for_everybody(message: str) -> dict[str, Any]:
    """Return a full payload without what only 2.1 knows."""
    payload = full_payload(message)
    for place in places(message):
        mark = sent_of(place.owner, place.name)
        if mark is not None and mark.only_21:
            payload = without(payload, place.location)
    return payload


@pytest.mark.parametrize("message", MESSAGES)
def test_a_full_message_is_sent_to_both_editions(message: str) -> None:
    """A message with every field that both editions have is sent to either, and nobody refuses it."""
    payload = for_everybody(message)
    for edition in EDITIONS:
        assert to_peer(from_ocpp(TYPES[message], payload), edition) == payload
    assert not is_refused_by_somebody(message, payload)


@pytest.mark.parametrize(("message", "place", "mark"), MARKED)
def test_a_breach_is_taken_and_not_sent(message: str, place: Any, mark: Sent) -> None:
    """A value beyond a mark is taken from a peer; sending it is an error with its path, whatever the edition."""
    for wrong in breaches(mark):
        taken = from_ocpp(TYPES[message], replaced(full_payload(message), place.location, wrong))
        with pytest.raises(NotSendableError) as raised:
            to_peer(taken, OcppVersion.V21)
        assert (raised.value.path, raised.value.kind) == (path_of(place.location), ProblemKind.VALUE)
        assert SECRET not in str(raised.value)


@pytest.mark.parametrize(("message", "place", "mark"), MARKED)
def test_a_mark_has_somebody_behind_it(message: str, place: Any, mark: Sent) -> None:
    """What breaks a mark is refused by one of the schemas or by ocpp-go: no mark is stricter than all three."""
    for wrong in breaches(mark):
        if wrong in {"wss://", "wss:///ocpp"}:  # a URL in form alone
            continue
        assert is_refused_by_somebody(message, replaced(for_everybody(message), place.location, wrong)), wrong


def test_a_field_of_21_is_not_sent_to_201() -> None:
    """Each field that only 2.1 has is sent to a 2.1 peer, and to a 2.0.1 peer it is an error with its path."""
    for message in MESSAGES:
        own = [
            path_of(place.location) for place in places(message) if (sent_of(place.owner, place.name) or Sent()).only_21
        ]
        model = from_ocpp(TYPES[message], full_payload(message))
        to_peer(model, OcppVersion.V21)
        if own:
            with pytest.raises(NotSendableError) as raised:
                to_peer(model, OcppVersion.V201)
            assert [problem.path for problem in raised.value.problems] == own
            assert {problem.kind for problem in raised.value.problems} == {ProblemKind.UNKNOWN_FIELD}


def test_a_word_of_21_is_not_sent_to_201() -> None:
    """ImmediateAndResume is sent to a 2.1 peer, and to a 2.0.1 peer it is an error that names the word."""
    request = ResetRequest(type=ResetType.IMMEDIATE_AND_RESUME)
    assert to_peer(request, OcppVersion.V21) == {"type": "ImmediateAndResume"}
    with pytest.raises(NotSendableError, match=r"ResetRequest: type: ImmediateAndResume is a word of OCPP 2\.1"):
        to_peer(request, OcppVersion.V201)


def test_a_request_id_is_always_sent() -> None:
    """A report that was asked for without an id is taken, for ocpp-go does that; this program asks with one."""
    taken = from_ocpp(GetReportRequest, {"componentCriteria": ["Problem"]})
    assert taken.request_id is None
    with pytest.raises(NotSendableError) as raised:
        to_peer(taken, OcppVersion.V201)
    assert (raised.value.path, raised.value.kind) == ("requestId", ProblemKind.MISSING)


def test_the_blame_is_on_this_program() -> None:
    """What cannot be sent is this program's own fault and tells that nothing was sent."""
    with pytest.raises(NotSendableError) as raised:
        to_peer(ResetRequest(type=ResetType.ON_IDLE, evse_id=-1), OcppVersion.V201)
    assert raised.value.blame is Blame.BRIDGE
    assert str(raised.value) == (
        "ResetRequest: evseId: must be at least 0 when sent. Shorten or correct what was to be sent. Nothing was sent."
    )


def test_a_null_status_info_is_taken_as_absent() -> None:
    """ocpp-go writes null where it has no status info, and it is never written back."""
    for cls in (ResetResponse, SetNetworkProfileResponse):
        assert to_ocpp(from_ocpp(cls, {"status": "Accepted", "statusInfo": None})) == {"status": "Accepted"}


def test_the_status_info_of_ocpp_go_is_taken() -> None:
    """In a result of SetVariables `statusInfo` is read as the standard's attributeStatusInfo, and sent as that."""
    result = {"attributeStatus": "Rejected", "component": {"name": "AuthCtrlr"}, "variable": {"name": "Enabled"}}
    info = {"reasonCode": "ReadOnly"}
    taken = from_ocpp(SetVariableResult, {**result, "statusInfo": info})
    assert to_peer(taken, OcppVersion.V201) == {**result, "attributeStatusInfo": info}


def test_a_variable_can_be_cleared() -> None:
    """An empty value is sent, though ocpp-go would refuse it."""
    asked = {"attributeValue": "", "component": {"name": "X"}, "variable": {"name": "Y"}}
    assert to_peer(from_ocpp(SetVariableData, asked), OcppVersion.V201) == asked


def test_a_negative_interval_does_not_prevent_a_boot() -> None:
    """An interval below 0, which the schemas let pass, is taken; it is never sent."""
    answer = {"currentTime": "2026-01-31T12:00:00Z", "interval": -1, "status": "Accepted"}
    taken = from_ocpp(BootNotificationResponse, answer)
    assert taken.interval == -1
    with pytest.raises(NotSendableError, match="interval"):
        to_peer(taken, OcppVersion.V201)


def test_secrets_are_not_shown() -> None:
    """Passwords, keys, PINs and values of variables are left out when a type is shown to a person."""
    vpn = VPN(server="vpn.example", user="station", password=SECRET, key=SECRET, type=VPNType.IKEV2)
    apn = APN(apn="internet", apn_authentication=APNAuthentication.AUTO, apn_password=SECRET, sim_pin=94713)
    profile = NetworkConnectionProfile(
        ocpp_transport=OCPPTransport.JSON,
        ocpp_csms_url="wss://csms.example",
        message_timeout=30,
        security_profile=2,
        ocpp_interface=OCPPInterface.ANY,
        vpn=vpn,
        apn=apn,
        basic_auth_password=SECRET,
    )
    value = SetVariableData(attribute_value=SECRET, component=Component(name="X"), variable=Variable(name="Y"))
    for shown in (repr(profile), str(profile), repr(value), str(value)):
        assert SECRET not in shown
        assert "94713" not in shown
    assert "vpn.example" in repr(profile)


def test_a_wrong_pin_is_not_shown() -> None:
    """A PIN of the wrong sort is refused by its path without the digits."""
    with pytest.raises(Exception, match="simPin: a PIN is a whole number") as raised:
        from_ocpp(APN, {"apn": "internet", "apnAuthentication": "AUTO", "simPin": 94713.5})
    assert "94713" not in str(raised.value)


def test_python_names_build_the_same_message() -> None:
    """A type built with its Python names is written in OCPP's spelling, without what was not given."""
    assert to_ocpp(ChargingStationType(model="inch", vendor_name="Etrel", serial_number="1")) == {
        "model": "inch",
        "vendorName": "Etrel",
        "serialNumber": "1",
    }
    assert to_ocpp(ResetResponse(status=ResetStatus.SCHEDULED)) == {"status": "Scheduled"}
