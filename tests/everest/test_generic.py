"""Commands of EVerest's interfaces `ocpp` and `ocpp_data_transfer`, from JSON to JSON."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bridge.everest.generic import DATA_TRANSFER, OCPP, UNNAMED_SOURCE
from bridge.everest.interface import MANY_AT_MOST, run_command
from bridge.types.ocpp.change_availability import ChangeAvailabilityRequest, OperationalStatusEnumType
from bridge.types.ocpp.component_variable import AttributeEnum, Component, ComponentVariable, Variable
from bridge.types.ocpp.data_transfer import DataTransferRequest
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.payload_error import PayloadError, ProblemKind
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.variable_access import GetVariableRequest, SetVariableRequest
from tests.everest.fakes import FakeStation

COLOUR = {"component": {"name": "Custom"}, "variable": {"name": "colour"}}
SIZE = {"component": {"name": "Custom"}, "variable": {"name": "size"}}


def _run(name: str, arguments: object, station: FakeStation | None = None) -> object:
    return asyncio.run(run_command(OCPP, station or FakeStation(), name, arguments))


def _place(name: str) -> ComponentVariable:
    return ComponentVariable(component=Component(name="Custom"), variable=Variable(name=name))


def test_the_interfaces_are_whole() -> None:
    """Every command and variable that EVerest describes has its name here."""
    assert set(OCPP.commands) == {
        "stop", "restart", "security_event", "get_variables", "set_variables", "change_availability",
        "monitor_variables",
    }  # fmt: skip
    assert set(OCPP.variables) == {
        "ocpp_transaction_event", "ocpp_transaction_event_response", "charging_schedules", "is_connected",
        "security_event", "event_data", "boot_notification_response",
    }  # fmt: skip
    assert (set(DATA_TRANSFER.commands), DATA_TRANSFER.variables) == ({"data_transfer"}, ())


def test_stop_and_restart_are_those_of_the_one_station() -> None:
    """A second stop is false, as is a restart of a station that runs."""
    station = FakeStation()
    answers = [_run(name, {}, station) for name in ("restart", "stop", "stop", "restart")]
    assert answers == [False, True, False, True]


def test_variables_are_read_in_the_order_asked() -> None:
    """Each request has its result, with the place as it was asked."""
    station = FakeStation()
    requests = [{"component_variable": SIZE, "attribute_type": "Target"}, {"component_variable": COLOUR}]

    assert _run("get_variables", {"requests": requests}, station) == [
        {"status": "UnknownVariable", "component_variable": SIZE},
        {"status": "Accepted", "value": "green", "component_variable": COLOUR},
    ]
    asked = GetVariableRequest(component_variable=_place("size"), attribute_type=AttributeEnum.TARGET)
    assert station.asked == [("get", asked, GetVariableRequest(component_variable=_place("colour")))]
    assert _run("get_variables", {"requests": []}) == []


def test_variables_are_set_with_the_name_of_who_wishes_it() -> None:
    """The source may be missing, as in earlier editions of the interface."""
    station = FakeStation()
    requests = [{"component_variable": COLOUR, "value": "red"}, {"component_variable": SIZE, "value": ""}]

    assert _run("set_variables", {"requests": requests, "source": "display"}, station) == [
        {"status": "Accepted", "component_variable": COLOUR},
        {"status": "Rejected", "component_variable": SIZE},
    ]
    _run("set_variables", {"requests": []}, station)
    assert station.asked[0] == (
        "set",
        "display",
        SetVariableRequest(component_variable=_place("colour"), value="red"),
        SetVariableRequest(component_variable=_place("size"), value=""),
    )
    assert station.asked[-1] == ("set", UNNAMED_SOURCE)
    assert station.settings == {"colour": "red"}


def test_availability_names_the_charger_or_a_part_of_it() -> None:
    """Without an EVSE the whole charger is meant."""
    station = FakeStation()
    wishes = ({"operational_status": "Inoperative", "evse": {"id": 1}}, {"operational_status": "Operative"})

    answers = [_run("change_availability", {"request": wish}, station) for wish in wishes]

    assert answers == [{"status": "Accepted"}, {"status": "Accepted"}]
    assert station.asked == [
        ChangeAvailabilityRequest(operational_status=OperationalStatusEnumType.INOPERATIVE, evse=EVSE(id=1)),
        ChangeAvailabilityRequest(operational_status=OperationalStatusEnumType.OPERATIVE),
    ]


def test_what_returns_nothing_returns_null() -> None:
    """Monitors and security events reach the station and have no result; an event comes in either shape."""
    station = FakeStation()
    event = {"type": "MemoryExhaustion", "critical": False, "timestamp": "2026-03-10T12:00:00Z"}

    assert _run("monitor_variables", {"component_variables": [COLOUR]}, station) is None
    assert _run("security_event", {"event": event}, station) is None
    assert _run("security_event", {"type": "TamperDetectionActivated", "info": "lid"}, station) is None
    assert station.asked == [
        ("monitor", _place("colour")),
        SecurityEvent(type="MemoryExhaustion", critical=False, timestamp=datetime(2026, 3, 10, 12, tzinfo=UTC)),
        SecurityEvent(type="TamperDetectionActivated", info="lid"),
    ]


def test_a_transfer_brings_the_answer_of_the_central_system() -> None:
    """The request is one object here; custom data go with it."""
    station = FakeStation()
    custom = {"vendor_id": "org.example", "data": '{"vendorId":"org.example"}'}
    request = {"vendor_id": "org.example", "data": "1", "custom_data": custom}

    answer = asyncio.run(run_command(DATA_TRANSFER, station, "data_transfer", {"request": request}))

    assert answer == {"status": "Accepted", "data": "1"}
    (asked,) = station.asked
    assert isinstance(asked, DataTransferRequest)
    assert asked.custom_data is not None


@pytest.mark.parametrize(
    ("name", "arguments", "path", "kind"),
    [
        ("stop", {"now": True}, "now", ProblemKind.UNKNOWN_FIELD),
        ("get_variables", {}, "requests", ProblemKind.MISSING),
        ("get_variables", {"requests": {}}, "requests", ProblemKind.TYPE),
        (
            "get_variables",
            {"requests": [{"component": {"name": "a"}, "variable": {"name": "b"}}]},
            "requests[0].component_variable",
            ProblemKind.MISSING,
        ),
        (
            "get_variables",
            {"requests": [{"component_variable": COLOUR, "attribute_type": "actual"}]},
            "requests[0].attribute_type",
            ProblemKind.VALUE,
        ),
        (
            "get_variables",
            {"requests": [{"component_variable": COLOUR}] * (MANY_AT_MOST + 1)},
            "requests",
            ProblemKind.VALUE,
        ),
        (
            "set_variables",
            {"requests": [{"component_variable": COLOUR, "value": 5}], "source": "x"},
            "requests[0].value",
            ProblemKind.TYPE,
        ),
        (
            "set_variables",
            {"requests": [{"component_variable": COLOUR, "value": "v" * 2501}], "source": "x"},
            "requests[0].value",
            ProblemKind.VALUE,
        ),
        ("set_variables", {"requests": [], "source": "s" * 256}, "source", ProblemKind.VALUE),
        ("change_availability", {"request": {"operational_status": "Broken"}}, "request.operational_status",
         ProblemKind.VALUE),
        ("change_availability", {"request": {"operational_status": "Operative", "evse": {"id": 0}}},
         "request.evse.id", ProblemKind.VALUE),
        ("monitor_variables", {"component_variables": [{}]}, "component_variables[0].component", ProblemKind.MISSING),
        ("security_event", {}, "", ProblemKind.VALUE),
        ("security_event", {"event": {"type": "x"}, "info": "y"}, "", ProblemKind.VALUE),
        ("security_event", {"event": {"type": "x"}, "type": "y"}, "", ProblemKind.VALUE),
        ("security_event", {"event": {"type": "x", "timestamp": 5}}, "event.timestamp", ProblemKind.VALUE),
    ],
)  # fmt: skip
def test_arguments_that_are_not_the_commands_never_reach_the_station(
    name: str, arguments: object, path: str, kind: ProblemKind
) -> None:
    """The error names the command and the argument."""
    station = FakeStation()

    with pytest.raises(PayloadError) as caught:
        _run(name, arguments, station)

    assert str(caught.value).startswith(f"{name}: ")
    assert (caught.value.path, caught.value.kind) == (path, kind)
    assert station.asked == []
