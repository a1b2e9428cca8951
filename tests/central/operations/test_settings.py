"""Settings and reports of stations of either version, asked for in either shape."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bridge.central.operations.inventory import keys_of_report
from bridge.central.operations.operate import operate
from bridge.central.talk import NotSentError, SilentError
from bridge.errors import ChargerUnsupportedError
from bridge.types.ocpp.version import OcppVersion
from bridge.types.operation import OperationResult
from bridge.types.words import CommandStatus
from tests.central.operations.asked import V16, V21, V201, FakeStation, refused
from tests.central.operations.shapes import HEARTBEAT

RATE = {"component": {"name": "SmartChargingCtrlr"}, "variable": {"name": "RateUnit"}}
VENDOR = {"component": {"name": "Acme"}, "variable": {"name": "Mode"}}

LIMIT_S = 10.0


def done(station: FakeStation, operation: str, arguments: dict[str, Any]) -> OperationResult:
    """Have it done."""
    return asyncio.run(asyncio.wait_for(operate(station, operation, arguments), LIMIT_S))


def result(place: dict[str, Any], status: str = "Accepted", value: str | None = None) -> dict[str, Any]:
    """Return a result of GetVariables or SetVariables."""
    return {"attributeStatus": status, **({} if value is None else {"attributeValue": value}), **place}


def variable(component: str, name: str, value: str | None, **more: Any) -> dict[str, Any]:
    """Return an entry of a report."""
    attribute = {**({} if value is None else {"value": value}), **more.pop("attribute", {})}
    return {"component": {"name": component}, "variable": {"name": name}, "variableAttribute": [attribute], **more}


# --- of 2.x, asked in the shape of 1.6 --------------------------------------------------------------------------------


def test_named_keys_are_read_as_variables() -> None:
    """By the table or by their whole name; what 2.x has no variable for is unknown without being asked for."""
    answers = {
        "GetVariables": {"getVariableResult": [result(HEARTBEAT, value="300"), result(VENDOR, "UnknownComponent")]}
    }
    station = FakeStation(V201, answers)
    told = done(station, "GetConfiguration", {"key": ["heartbeatinterval", "Foo", "Acme.Mode[x]"]})
    assert station.asked[0][1]["getVariableData"][1] == {
        "component": {"name": "Acme"},
        "variable": {"name": "Mode", "instance": "x"},
    }
    assert told.answer == {
        "configurationKey": [{"key": "heartbeatinterval", "readonly": False, "value": "300"}],
        "unknownKey": ["Foo", "Acme.Mode[x]"],
    }
    assert told.outcome is CommandStatus.DONE
    assert told.detail == "The charger has no Foo, Acme.Mode[x]."


def test_a_key_without_a_result_is_unknown() -> None:
    """A station that answers less than it was asked says nothing of the rest."""
    station = FakeStation(V201, {"GetVariables": {"getVariableResult": [result(HEARTBEAT, value="300")]}})
    told = done(station, "GetConfiguration", {"key": ["HeartbeatInterval", "ResetRetries"]})
    assert [pair["key"] for pair in told.answer["configurationKey"]] == ["HeartbeatInterval"]
    assert told.answer["unknownKey"] == ["ResetRetries"]


def test_where_no_key_is_known_nothing_is_sent() -> None:
    """An empty GetVariables is no message; the answer is the same as a station of 1.6 would give."""
    station = FakeStation(V201)
    told = done(station, "GetConfiguration", {"key": ["Foo", "LocalAuthListMaxLength"]})
    assert station.asked == []
    assert told.answer == {"configurationKey": [], "unknownKey": ["Foo", "LocalAuthListMaxLength"]}
    assert (told.outcome, told.sent) == (CommandStatus.REFUSED, {})
    assert any("in a report only" in note for note in told.notes)


def test_all_settings_are_a_report_put_together() -> None:
    """Under 1.6's keys where the table has them; limits that 1.6 has as keys of their own are keys too."""
    first = {
        "seqNo": 0,
        "tbc": True,
        "reportData": [
            variable("OCPPCommCtrlr", "HeartbeatInterval", "300", attribute={"mutability": "ReadWrite"}),
            variable("SmartChargingCtrlr", "RateUnit", "A,W", attribute={"mutability": "ReadOnly"}),
        ],
    }
    second = {
        "seqNo": 1,
        "reportData": [
            variable("SecurityCtrlr", "BasicAuthPassword", "told", attribute={"mutability": "WriteOnly"}),
            variable("LocalAuthListCtrlr", "Entries", "3", variableCharacteristics={"maxLimit": 100.0}),
            {
                **variable("Connector", "AvailabilityState", "Available"),
                "component": {"name": "Connector", "evse": {"id": 1}},
            },
        ],
    }
    station = FakeStation(
        V21, {"GetBaseReport": {"status": "Accepted"}}, told=[("NotifyReport", second), ("NotifyReport", first)]
    )
    told = done(station, "GetConfiguration", {})
    assert station.asked[0][1]["reportBase"] == "FullInventory"
    assert told.answer == {
        "status": "Accepted",
        "configurationKey": [
            {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
            {"key": "ChargingScheduleAllowedChargingRateUnit", "readonly": True, "value": "Current,Power"},
            {"key": "AuthorizationKey", "readonly": False},
            {"key": "LocalAuthListCtrlr.Entries", "readonly": False, "value": "3"},
            {"key": "LocalAuthListMaxLength", "readonly": True, "value": "100"},
            {"key": "Connector/1.AvailabilityState", "readonly": False, "value": "Available"},
        ],
        "unknownKey": [],
    }
    assert told.outcome is CommandStatus.DONE


@pytest.mark.parametrize(
    ("status", "as_key", "outcome"),
    [
        ("Accepted", "Accepted", CommandStatus.DONE),
        ("RebootRequired", "RebootRequired", CommandStatus.DONE),
        ("Rejected", "Rejected", CommandStatus.REFUSED),
        ("UnknownVariable", "NotSupported", CommandStatus.REFUSED),
    ],
)
def test_a_change_is_told_in_both_words(status: str, as_key: str, outcome: CommandStatus) -> None:
    """1.6's word for what became of it, and the station's own beside it."""
    station = FakeStation(V201, {"SetVariables": {"setVariableResult": [result(RATE, status)]}})
    told = done(station, "ChangeConfiguration", {"key": "ChargingScheduleAllowedChargingRateUnit", "value": "Current"})
    assert station.asked[0][1]["setVariableData"][0]["attributeValue"] == "A"
    assert (told.answer["status"], told.outcome) == (as_key, outcome)
    assert told.answer["setVariableResult"][0]["attributeStatus"] == status


def test_a_variable_of_an_evse_is_no_setting_of_the_station() -> None:
    """It keeps its own name, whatever the table says of the station's."""
    told = variable("SampledDataCtrlr", "TxUpdatedInterval", "60")
    assert keys_of_report([told])[0]["key"] == "MeterValueSampleInterval"
    told["component"]["evse"] = {"id": 1, "connectorId": 2}
    assert keys_of_report([told])[0]["key"] == "SampledDataCtrlr/1/2.TxUpdatedInterval"
    told["component"] = {"name": "SampledDataCtrlr", "instance": "second"}
    assert keys_of_report([told])[0]["key"] == "SampledDataCtrlr[second].TxUpdatedInterval"


def test_a_report_that_makes_no_sense_is_no_setting() -> None:
    """Whatever stands in it: nothing is raised, nothing is made up."""
    nonsense: list[Any] = [
        7,
        {},
        {"component": {}},
        {"component": {"name": 1}, "variable": {"name": "a"}},
        {"component": [], "variable": []},
    ]
    assert keys_of_report(nonsense) == []
    assert keys_of_report(None) == []
    odd = {
        "component": {"name": "A"},
        "variable": {"name": "b"},
        "variableAttribute": [{"value": 7}],
        "variableCharacteristics": 7,
    }
    assert keys_of_report([odd]) == [{"key": "A.b", "readonly": False}]


# --- of 1.6, asked in the shape of 2.x --------------------------------------------------------------------------------


def test_variables_are_read_as_keys() -> None:
    """One question for all; each result stands at the place of its question, in 2.x's words."""
    answer = {
        "configurationKey": [
            {"key": "ChargingScheduleAllowedChargingRateUnit", "readonly": True, "value": "Current"},
            {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
            {"key": "AuthorizationKey", "readonly": False},
        ],
        "unknownKey": ["Mode"],
    }
    password = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    station = FakeStation(V16, {"GetConfiguration": answer})
    asked = [HEARTBEAT, RATE, VENDOR, password, {**HEARTBEAT, "attributeType": "Target"}]
    told = done(station, "GetVariables", {"getVariableData": asked})
    assert station.asked == [
        (
            "GetConfiguration",
            {"key": ["HeartbeatInterval", "ChargingScheduleAllowedChargingRateUnit", "Mode", "AuthorizationKey"]},
        )
    ]
    statuses = [(r["attributeStatus"], r.get("attributeValue")) for r in told.answer["getVariableResult"]]
    assert statuses == [
        ("Accepted", "300"),
        ("Accepted", "A"),
        ("UnknownVariable", None),
        ("Rejected", None),
        ("NotSupportedAttributeType", None),
    ]
    assert told.outcome is CommandStatus.DONE
    assert "Acme.Mode: UnknownVariable" in told.detail


def test_variables_are_changed_as_keys_one_after_another() -> None:
    """A refusal of one does not keep the others from being changed; all results are listed."""
    station = FakeStation(
        V16,
        {
            "ChangeConfiguration": [
                {"status": "Accepted"},
                refused("NotSupported", "flash"),
                {"status": "NotSupported"},
            ]
        },
    )
    data = [{**RATE, "attributeValue": "A,W"}, {**HEARTBEAT, "attributeValue": 300}, {**VENDOR, "attributeValue": "x"}]
    told = done(station, "SetVariables", {"setVariableData": data})
    assert [payload for _, payload in station.asked] == [
        {"key": "ChargingScheduleAllowedChargingRateUnit", "value": "Current,Power"},
        {"key": "HeartbeatInterval", "value": "300"},
        {"key": "Mode", "value": "x"},
    ]
    assert [r["attributeStatus"] for r in told.answer["setVariableResult"]] == [
        "Accepted",
        "Rejected",
        "UnknownVariable",
    ]
    assert told.outcome is CommandStatus.REFUSED
    assert "It says: NotSupported, flash." in told.detail
    assert told.sent == {"messages": [payload for _, payload in station.asked]}


def test_silence_in_between_tells_what_is_known() -> None:
    """Nothing more is sent; what was answered is told."""
    station = FakeStation(V16, {"ChangeConfiguration": [{"status": "Accepted"}, SilentError()]})
    data = [{**RATE, "attributeValue": "A"}, {**HEARTBEAT, "attributeValue": 300}, {**VENDOR, "attributeValue": "x"}]
    told = done(station, "SetVariables", {"setVariableData": data})
    assert told.outcome is CommandStatus.UNCONFIRMED
    assert "after 1 of 3 messages were answered" in told.detail
    assert [r["attributeStatus"] for r in told.answer["setVariableResult"]] == ["Accepted"]
    assert [payload["key"] for payload in told.sent["messages"]] == [
        "ChargingScheduleAllowedChargingRateUnit",
        "HeartbeatInterval",
    ]
    assert len(station.asked) == 2


def test_a_line_that_goes_in_between_is_told_too() -> None:
    """What was not sent is not among what was sent."""
    station = FakeStation(V16, {"ChangeConfiguration": [{"status": "Accepted"}, NotSentError()]})
    data = [{**RATE, "attributeValue": "A"}, {**HEARTBEAT, "attributeValue": 300}]
    told = done(station, "SetVariables", {"setVariableData": data})
    assert told.outcome is CommandStatus.UNCONFIRMED
    assert told.detail == "The connection was lost after 1 of 2 messages were answered."
    assert told.sent == {"key": "ChargingScheduleAllowedChargingRateUnit", "value": "Current"}


SETTINGS = {
    "configurationKey": [
        {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
        {"key": "NumberOfConnectors", "readonly": True, "value": "2"},
        {"key": "LocalAuthListMaxLength", "readonly": True, "value": "100"},
        {"key": "AcmeMode", "readonly": False, "value": "eco"},
        {"key": "AuthorizationKey", "readonly": False},
    ]
}


@pytest.mark.parametrize(
    ("operation", "arguments", "names"),
    [
        (
            "GetBaseReport",
            {"reportBase": "FullInventory"},
            [
                "OCPPCommCtrlr.HeartbeatInterval",
                "ChargebridgeCtrlr.NumberOfConnectors",
                "ChargebridgeCtrlr.LocalAuthListMaxLength",
                "ChargingStation.AcmeMode",
                "SecurityCtrlr.BasicAuthPassword",
            ],
        ),
        (
            "GetBaseReport",
            {"reportBase": "ConfigurationInventory"},
            ["OCPPCommCtrlr.HeartbeatInterval", "ChargingStation.AcmeMode", "SecurityCtrlr.BasicAuthPassword"],
        ),
        (
            "GetReport",
            {"componentVariable": [HEARTBEAT, {"component": {"name": "securityctrlr"}}]},
            ["OCPPCommCtrlr.HeartbeatInterval", "SecurityCtrlr.BasicAuthPassword"],
        ),
        ("GetReport", {"componentVariable": [VENDOR], "componentCriteria": ["Active"]}, []),
        ("GetReport", {}, ["OCPPCommCtrlr.HeartbeatInterval"]),
    ],
)
def test_settings_of_1_6_are_told_as_a_report(operation: str, arguments: dict[str, Any], names: list[str]) -> None:
    """By the table of the two views, with a note that there is no more."""
    told = done(FakeStation(V16, {"GetConfiguration": SETTINGS}), operation, arguments)
    data = told.answer["reportData"]
    found = [f"{item['component']['name']}.{item['variable']['name']}" for item in data]
    assert found[: len(names)] == names
    assert told.outcome is CommandStatus.DONE
    assert "OCPP 1.6 has no device model: its settings are told as one" in told.notes
    assert told.detail == ("" if data else "EmptyResultSet: there is nothing to tell.")


def test_a_summary_is_no_matter_of_settings() -> None:
    """The error says what tells the same."""
    with pytest.raises(ChargerUnsupportedError, match="TriggerMessage of StatusNotification"):
        done(FakeStation(V16), "GetBaseReport", {"reportBase": "SummaryInventory"})


@pytest.mark.parametrize("version", [V16, V201])
def test_a_shape_decides_the_answer_whatever_the_name(version: OcppVersion) -> None:
    """GetConfiguration with variables is answered with variables."""
    answers = {
        "GetVariables": {"getVariableResult": [result(HEARTBEAT, value="300")]},
        "GetConfiguration": {"configurationKey": SETTINGS["configurationKey"][:1]},
    }
    told = done(FakeStation(version, answers), "GetConfiguration", {"getVariableData": [HEARTBEAT]})
    assert told.answer["getVariableResult"] == [result(HEARTBEAT, value="300")]
