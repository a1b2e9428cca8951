"""Commands of EVerest's interface `ocpp_1_6_charge_point`, from JSON to JSON."""

from __future__ import annotations

import asyncio

import pytest

from bridge.everest.charge_point import CHARGE_POINT
from bridge.everest.interface import run_command
from bridge.ports import ChargePointInterface
from bridge.types.ocpp.data_transfer import DataTransferRequest
from bridge.types.ocpp.payload_error import PayloadError, ProblemKind
from bridge.types.ocpp.security_event import SecurityEvent
from tests.everest.fakes import FakeStation


def _run(name: str, arguments: object, station: FakeStation | None = None) -> object:
    made: ChargePointInterface = station or FakeStation()
    return asyncio.run(run_command(CHARGE_POINT, made, name, arguments))


def test_the_interface_is_whole() -> None:
    """Every command and variable of both editions has its name here."""
    assert set(CHARGE_POINT.commands) == {
        "stop", "restart", "data_transfer", "get_configuration_key", "set_custom_configuration_key",
        "set_configuration_key", "monitor_configuration_keys", "security_event",
    }  # fmt: skip
    assert set(CHARGE_POINT.variables) == {"charging_schedules", "is_connected", "configuration_key", "security_event"}


def test_stop_and_restart_answer_whether_they_did_anything() -> None:
    """A second stop is false, as is a restart of a station that runs."""
    station = FakeStation()
    answers = [_run(name, {}, station) for name in ("restart", "stop", "stop", "restart")]
    assert answers == [False, True, False, True]


def test_a_transfer_brings_the_answer_of_the_central_system() -> None:
    """Status and data come back in EVerest's spelling; what is not given is left out."""
    station = FakeStation()
    arguments = {"vendor_id": "org.example", "message_id": "hello", "data": "1"}

    assert _run("data_transfer", arguments, station) == {"status": "Accepted", "data": "1"}
    assert _run("data_transfer", {"vendor_id": "org.example"}, station) == {"status": "Accepted"}
    assert station.asked[0] == DataTransferRequest(vendor_id="org.example", message_id="hello", data="1")


def test_settings_are_read_with_both_lists_and_set_by_either_name() -> None:
    """Unknown keys are named in their own list, and both names of the command set the same setting."""
    station = FakeStation()

    assert _run("get_configuration_key", {"keys": ["colour", "size"]}, station) == {
        "configuration_keys": [{"key": "colour", "read_only": False, "value": "green"}],
        "unknown_keys": ["size"],
    }
    assert _run("set_custom_configuration_key", {"key": "colour", "value": "red"}, station) == "Accepted"
    assert _run("set_configuration_key", {"key": "HeartbeatInterval", "value": "5"}, station) == "Rejected"
    assert station.settings == {"colour": "red"}


def test_what_returns_nothing_returns_null() -> None:
    """Monitors and security events reach the station and have no result."""
    station = FakeStation()

    assert _run("monitor_configuration_keys", {"keys": ["colour"]}, station) is None
    assert _run("security_event", {"type": "TamperDetectionActivated", "info": "lid"}, station) is None
    assert station.asked == [
        ("monitor", ("colour",)),
        SecurityEvent(type="TamperDetectionActivated", info="lid"),
    ]


@pytest.mark.parametrize(
    ("name", "arguments", "path", "kind"),
    [
        ("stop", {"now": True}, "now", ProblemKind.UNKNOWN_FIELD),
        ("stop", [], "", ProblemKind.TYPE),
        ("stop", None, "", ProblemKind.TYPE),
        ("data_transfer", {}, "vendor_id", ProblemKind.MISSING),
        ("data_transfer", {"vendor_id": 5}, "vendor_id", ProblemKind.TYPE),
        ("data_transfer", {"vendor_id": "v", "custom_data": {}}, "custom_data", ProblemKind.UNKNOWN_FIELD),
        ("get_configuration_key", {"keys": "colour"}, "keys", ProblemKind.TYPE),
        ("get_configuration_key", {"keys": [None]}, "keys[0]", ProblemKind.TYPE),
        ("set_configuration_key", {"key": "k" * 51, "value": ""}, "key", ProblemKind.VALUE),
        ("set_configuration_key", {"key": "k", "value": "v" * 501}, "value", ProblemKind.VALUE),
        ("security_event", {"type": "t" * 51}, "type", ProblemKind.VALUE),
    ],
)
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
