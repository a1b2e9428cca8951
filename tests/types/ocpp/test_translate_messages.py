from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.boot_notification import BootNotificationResponse
from bridge.types.ocpp.change_availability import ChangeAvailabilityRequest, ChangeAvailabilityResponse
from bridge.types.ocpp.component_variable import AttributeEnum, Component, ComponentVariable, Variable
from bridge.types.ocpp.configuration import ConfigurationStatus, GetConfigurationResponse, KeyValue
from bridge.types.ocpp.connector_state import ChargePointErrorCode, ConnectorState
from bridge.types.ocpp.data_transfer import DataTransferRequest, DataTransferResponse, DataTransferStatus
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.security_event import NOT_CRITICAL, SecurityEvent, SecurityEventEnum
from bridge.types.ocpp.transaction import ChargingState
from bridge.types.ocpp.transaction_event import OcppTransactionEvent, OcppTransactionEventResponse, TransactionEvent
from bridge.types.ocpp.translate.availability import (
    availability_answer_from,
    availability_from_v2,
    availability_from_v16,
    change_availability,
    change_availability_answer,
)
from bridge.types.ocpp.translate.boot import boot_answer, boot_answer_from
from bridge.types.ocpp.translate.configuration import (
    CHANGED,
    CHANGED_BACK,
    configuration_from_v16,
    configuration_of,
    get_configuration,
    results_of,
)
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.data_transfer import answer_from, data_transfer, transfer_from
from bridge.types.ocpp.translate.security_events import security_event_from, security_event_notification
from bridge.types.ocpp.translate.status import status_from_v2, status_from_v16, status_notification
from bridge.types.ocpp.translate.transaction_answers import answer_from_v2, answer_in_v2
from bridge.types.ocpp.translate.variables import (
    GetVariables,
    GetVariablesAnswer,
    NotifyEvent,
    SetVariables,
    SetVariablesAnswer,
    VariableMessage,
    variable_message,
)
from bridge.types.ocpp.translate.words_v2 import CHARGING_STATES
from bridge.types.ocpp.variable_access import (
    GetVariableResult,
    GetVariableStatusEnumType,
    SetVariableStatusEnumType,
)
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import ConnectorStatus
from tests.types.ocpp.examples import examples
from tests.types.ocpp.schemas import check

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
PLACES = [EVSE(id=1, connector_id=1), EVSE(id=2, connector_id=1)]
CONNECTORS = ConnectorNumbers(PLACES)
V2 = (OcppVersion.V201, OcppVersion.V21)


@given(examples(ConnectorState), st.sampled_from([None, *PLACES]))
@settings(max_examples=60, deadline=None)
def test_a_state_is_valid_in_all_versions_and_comes_back_from_1_6(state: ConnectorState, place: EVSE | None) -> None:
    """A state makes a valid StatusNotification; 1.6 says all of it, 2.x nothing of the station as a whole."""
    state = state.model_copy(update={"evse": place})
    said = status_notification(state, OcppVersion.V16, CONNECTORS)
    check(said.payload, OcppVersion.V16, "StatusNotification")
    assert said.dropped == ()
    back = status_from_v16(said.payload, CONNECTORS, AT).model
    told = None if state.error_code is ChargePointErrorCode.NO_ERROR else state.error_code
    assert back == state.model_copy(update={"error_code": told})
    for version in V2:
        said = status_notification(state, version, CONNECTORS)
        assert (said.payload is None) == (place is None)
        if said.payload is not None:
            check(said.payload, version, "StatusNotification")


@pytest.mark.parametrize("status", ConnectorStatus)
def test_a_state_comes_back_from_2_x_with_its_charging_state(status: ConnectorStatus) -> None:
    """With the charging state of the transaction beside it, and that it is over, each of the nine states comes back."""
    state = ConnectorState(status=status, timestamp=AT, evse=PLACES[0])
    said = status_notification(state, OcppVersion.V201, CONNECTORS)
    over = status is ConnectorStatus.FINISHING
    assert status_from_v2(said.payload, CHARGING_STATES[status], over=over).model == state


def test_a_state_of_2_x_without_a_transaction_is_preparing() -> None:
    """Occupied and nothing else known means that a vehicle is plugged in."""
    payload = {"timestamp": "2026-01-31T12:00:00Z", "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    assert status_from_v2(payload).model.status is ConnectorStatus.PREPARING
    assert status_from_v2(payload, ChargingState.IDLE).model.status is ConnectorStatus.PREPARING


def test_a_state_of_1_6_without_a_time_is_of_its_arrival() -> None:
    """1.6 need not tell the time of a state."""
    payload = {"connectorId": 0, "errorCode": "NoError", "status": "Available"}
    assert status_from_v16(payload, CONNECTORS, AT).model == ConnectorState(
        status=ConnectorStatus.AVAILABLE, timestamp=AT
    )


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"errorCode": "NoError", "status": "Available"}, "connectorId"),
        ({"connectorId": True, "errorCode": "NoError", "status": "Available"}, "connectorId"),
        ({"connectorId": 3, "errorCode": "NoError", "status": "Available"}, "connectorId"),
        ({"connectorId": -1, "errorCode": "NoError", "status": "Available"}, "connectorId"),
        ({"connectorId": 1, "errorCode": "NoError", "status": "Occupied"}, "status"),
        ({"connectorId": 1, "errorCode": "Broken", "status": "Faulted"}, "errorCode"),
        ([], ""),
    ],
)
def test_a_wrong_state_names_its_field(payload: object, path: str) -> None:
    """A connector that is not there and a word of another version are refused by name."""
    with pytest.raises(PayloadError) as caught:
        status_from_v16(payload, CONNECTORS, AT)
    assert caught.value.path == path


@given(examples(DataTransferRequest), examples(DataTransferResponse))
@settings(max_examples=60, deadline=None)
def test_transfers_are_valid_and_come_back(request: DataTransferRequest, answer: DataTransferResponse) -> None:
    """Messages of vendors come back whole from 2.x and without custom data from 1.6; Offline is never sent."""
    for version in OcppVersion:
        custom = {} if version is not OcppVersion.V16 else {"custom_data": None}
        said = data_transfer(request, version)
        check(said.payload, version, "DataTransfer")
        assert transfer_from(said.payload).model == request.model_copy(update=custom)
        said = data_transfer(answer, version)
        if answer.status is DataTransferStatus.OFFLINE:
            assert said.payload is None
            continue
        check(said.payload, version, "DataTransfer", answer=True)
        assert answer_from(said.payload).model == answer.model_copy(update=custom)


def test_data_that_is_no_text_is_taken_as_its_json() -> None:
    """2.x allows any JSON as data."""
    taken = transfer_from({"vendorId": "v", "data": {"camelKey": [1, None]}})
    assert taken.model.data == '{"camelKey":[1,null]}'
    assert len(taken.corrected) == 1


@given(examples(SecurityEvent))
@settings(max_examples=60, deadline=None)
def test_security_events_are_valid_and_come_back_as_critical(event: SecurityEvent) -> None:
    """An event is the same in all versions; without its time it is of now."""
    for version in OcppVersion:
        said = security_event_notification(event, version, AT)
        check(said.payload, version, "SecurityEventNotification")
        back = security_event_from(said.payload).model
        assert back == event.model_copy(update={"critical": True, "timestamp": event.timestamp or AT})


def test_the_information_of_a_security_event_is_cut_and_noted() -> None:
    """OCPP takes 255 characters."""
    said = security_event_notification(SecurityEvent(type="x", info="i" * 300), OcppVersion.V16, AT)
    assert said.payload is not None
    assert said.payload["techInfo"] == "i" * 255
    assert said.dropped == (("info", "cut to 255 characters"),)


def test_what_is_critical_is_ocpps_recommendation_unless_told_otherwise() -> None:
    """Fifteen of the twenty events are critical, a vendor's own is, and `critical` overrules both."""
    critical = {word for word in SecurityEventEnum if SecurityEvent(type=word).is_critical}
    assert critical == set(SecurityEventEnum) - NOT_CRITICAL
    assert len(critical) == 15
    assert SecurityEvent(type="CoffeeSpilt").is_critical
    assert not SecurityEvent(type="CoffeeSpilt", critical=False).is_critical
    assert SecurityEvent(type="InvalidMessages", critical=True).is_critical


@given(examples(ChangeAvailabilityRequest), examples(ChangeAvailabilityResponse), st.sampled_from([None, *PLACES]))
@settings(max_examples=40, deadline=None)
def test_availability_is_valid_and_comes_back(
    request: ChangeAvailabilityRequest, answer: ChangeAvailabilityResponse, place: EVSE | None
) -> None:
    """The wish comes back from every version, the answer without its reason from 1.6."""
    request = request.model_copy(update={"evse": place})
    for version in OcppVersion:
        said = change_availability(request, version, CONNECTORS)
        check(said.payload, version, "ChangeAvailability")
        v16 = version is OcppVersion.V16
        back = availability_from_v16(said.payload, CONNECTORS) if v16 else availability_from_v2(said.payload)
        assert back.model == request
        said = change_availability_answer(answer, version)
        check(said.payload, version, "ChangeAvailability", answer=True)
        kept = answer.model_copy(update={"status_info": None}) if v16 else answer
        assert availability_answer_from(said.payload).model == kept


@given(examples(BootNotificationResponse))
@settings(max_examples=40, deadline=None)
def test_the_answer_to_a_boot_is_valid_and_comes_back(response: BootNotificationResponse) -> None:
    """It comes back from every version, without its reason from 1.6."""
    for version in OcppVersion:
        said = boot_answer(response, version)
        check(said.payload, version, "BootNotification", answer=True)
        kept = response.model_copy(update={"status_info": None}) if version is OcppVersion.V16 else response
        assert boot_answer_from(said.payload).model == kept


def test_an_unknown_field_does_not_keep_a_station_from_booting() -> None:
    """A central system's own field in the answer to a boot is named and ignored."""
    payload = {"status": "Accepted", "currentTime": "2026-01-31T12:00:00+01:00", "interval": 60, "tenant": "x"}
    taken = boot_answer_from(payload)
    assert taken.ignored == ("tenant",)
    assert taken.model.current_time == datetime(2026, 1, 31, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("model", "action", "answer"),
    [
        (GetVariables, "GetVariables", False),
        (GetVariablesAnswer, "GetVariables", True),
        (SetVariables, "SetVariables", False),
        (SetVariablesAnswer, "SetVariables", True),
        (NotifyEvent, "NotifyEvent", False),
    ],
)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_variables_and_events_are_valid_in_2_x_and_unknown_to_1_6(
    model: type[VariableMessage],
    action: str,
    answer: bool,  # noqa: FBT001 -- a column of the table
    data: st.DataObject,
) -> None:
    """Messages about variables are valid in both versions of 2.x; 1.6 has none of them."""
    message: VariableMessage = data.draw(examples(model))
    for version in V2:
        check(variable_message(message, version).payload, version, action, answer=answer)
    assert variable_message(message, OcppVersion.V16).payload is None


def place(name: str) -> ComponentVariable:
    return ComponentVariable(component=Component(name="OCPPCommCtrlr"), variable=Variable(name=name))


def test_variables_read_are_settings_and_settings_are_variables_read() -> None:
    """A variable is a key of its name; one not to be read is a key without a value, one unknown an unknown key."""
    answer = GetConfigurationResponse(
        configuration_keys=(
            KeyValue(key="HeartbeatInterval", read_only=False, value="60"),
            KeyValue(key="AuthorizationKey", read_only=True),
        ),
        unknown_keys=("Colour",),
    )
    results = results_of(answer, place)
    assert [result.status for result in results] == ["Accepted", "Rejected", "UnknownVariable"]
    assert configuration_of(results, lambda where: where.variable.name == "AuthorizationKey") == answer


def test_only_the_actual_value_is_a_setting() -> None:
    """1.6 knows no target and no bounds of a setting: asked for, they are unknown keys."""
    target = GetVariableResult(
        status=GetVariableStatusEnumType.ACCEPTED,
        value="1",
        attribute_type=AttributeEnum.TARGET,
        component_variable=place("HeartbeatInterval"),
    )
    assert configuration_of([target], lambda _: False).unknown_keys == ("HeartbeatInterval",)


def test_what_became_of_a_setting_has_a_word_in_both_directions() -> None:
    """All six words of 2.x and all four of 1.6 are translated, and 1.6's come back."""
    assert set(CHANGED) == set(SetVariableStatusEnumType)
    assert {status: CHANGED[word] for status, word in CHANGED_BACK.items()} == {s: s for s in ConfigurationStatus}


@given(examples(GetConfigurationResponse))
@settings(max_examples=40, deadline=None)
def test_settings_are_valid_in_1_6_and_come_back(answer: GetConfigurationResponse) -> None:
    """Both lists are told, empty or not, and an absent one is taken as empty."""
    said = get_configuration(answer)
    check(said.payload, OcppVersion.V16, "GetConfiguration", answer=True)
    assert configuration_from_v16(said.payload).model == answer
    assert configuration_from_v16({}).model == GetConfigurationResponse(configuration_keys=(), unknown_keys=())


def test_a_setting_too_long_for_1_6_is_told_without_its_value() -> None:
    """A cut value would be another value: it is left out, and noted."""
    long = KeyValue(key="Long", read_only=True, value="x" * 501)
    said = get_configuration(GetConfigurationResponse(configuration_keys=(long,), unknown_keys=()))
    assert said.payload == {"configurationKey": [{"key": "Long", "readonly": True}], "unknownKey": []}
    assert [drop.path for drop in said.dropped] == ["configurationKey[0].value"]


EVENT = OcppTransactionEvent(transaction_event=TransactionEvent.UPDATED, session_id="34")


@given(examples(OcppTransactionEventResponse))
@settings(max_examples=40, deadline=None)
def test_the_answer_to_an_event_is_valid_and_comes_back(answer: OcppTransactionEventResponse) -> None:
    """Cost, priority and message come back as they were said; a message without a format is said to be UTF8."""
    for version in V2:
        said = answer_in_v2(answer, version)
        check(said.payload, version, "TransactionEvent", answer=True)
        back = answer_from_v2(said.payload, answer.original_transaction_event).model
        assert (back.total_cost, back.charging_priority) == (answer.total_cost, answer.charging_priority)
        if answer.personal_message is not None and not said.dropped:
            assert back.personal_message is not None
            assert back.personal_message.content == answer.personal_message.content


@pytest.mark.parametrize("priority", [-10, 10, 1.0, "1", True])
def test_a_priority_beyond_nine_is_refused(priority: Any) -> None:
    """A priority lies from -9 to 9 and is a whole number."""
    with pytest.raises(PayloadError) as caught:
        answer_from_v2({"chargingPriority": priority}, EVENT)
    assert caught.value.path == "chargingPriority"
