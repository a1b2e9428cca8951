"""The central system of the notes: each of its samples, as printed there, towards stations of each version."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bridge.central.operations.operate import operate
from bridge.central.operations.text import parse_arguments
from bridge.central.operations.wording import wish_of
from bridge.ocppj.schemas import Schemas
from bridge.types.ocpp.translate.charging_profiles import installation_from_v2, installation_from_v16
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import CommandStatus
from tests.central.operations.asked import CONNECTORS, V16, V21, V201, VERSIONS, FakeStation, terms
from tests.types.ocpp.seed_documents import outline, seed_document

SAMPLES = [
    (name.strip(), text)
    for name, text in (
        block.split("\n", 1) for block in (Path(__file__).with_name("seed_000.txt")).read_text().split("### ")[1:]
    )
]
TEMPLATE = outline("000_central_system_samples.json")[0]
YES: dict[str, Any] = {
    "SetChargingProfile": {"status": "Accepted"},
    "ClearChargingProfile": {"status": "Accepted"},
    "ChangeConfiguration": {"status": "Accepted"},
    "GetConfiguration": {"configurationKey": [{"key": "MeterValueSampleInterval", "readonly": False, "value": "60"}]},
    "GetBaseReport": {"status": "Accepted"},
    "GetCompositeSchedule": {"status": "Accepted"},
}
REPORT = {
    "seqNo": 0,
    "generatedAt": "2025-03-03T12:00:00Z",
    "reportData": [
        {
            "component": {"name": "SampledDataCtrlr"},
            "variable": {"name": "TxUpdatedInterval"},
            "variableAttribute": [{"value": "60", "mutability": "ReadWrite"}],
        }
    ],
}


def variables(*values: str) -> dict[str, Any]:
    """Return the answer to GetVariables."""
    place = {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "TxUpdatedInterval"}}
    return {
        "getVariableResult": [{"attributeStatus": "Accepted", "attributeValue": value, **place} for value in values]
    }


def test_the_samples_stand_in_the_notes_as_they_stand_here() -> None:
    """To the letter, comments and blanks included."""
    document = seed_document("000")
    if document is None:
        pytest.skip("the seed documents are not here; the kept samples of them are tested instead")
    assert all(text.strip() in document for _, text in SAMPLES)


@pytest.mark.parametrize(("operation", "text"), SAMPLES)
@pytest.mark.parametrize("version", VERSIONS)
def test_each_sample_is_done_by_a_station_of_each_version(operation: str, text: str, version: OcppVersion) -> None:
    """Read, worded, sent, answered, judged: done."""
    place = {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "TxUpdatedInterval"}}
    answers = {
        **YES,
        "GetVariables": variables("60", "900"),
        "SetVariables": {"setVariableResult": [{"attributeStatus": "Accepted", **place}]},
    }
    told = [("NotifyReport", REPORT)] if version is not V16 and text.strip() == "{}" else []
    station = FakeStation(version, answers, {1: "42"}, told)
    result = asyncio.run(operate(station, operation, parse_arguments(text)))
    assert (result.outcome, result.version) == (CommandStatus.DONE, version)
    for action, payload in station.asked:
        Schemas(version).check_request(action, payload)
    if operation == "GetConfiguration":
        assert result.answer["configurationKey"][0]["key"] == "MeterValueSampleInterval"
        assert result.answer["configurationKey"][0]["value"] == "60"


def worded(number: int, version: OcppVersion, running: str | None = "42") -> tuple[Any, tuple[str, ...]]:
    """Return the payload of a sample, and the notes."""
    operation, text = SAMPLES[number]
    wish = wish_of(operation, parse_arguments(text), terms(version, {} if running is None else {1: running}))
    return wish.wordings[0].payload, wish.notes


def test_the_profile_gets_the_running_transaction() -> None:
    """2.x needs the id of the transaction; both versions are told it where one runs."""
    sent, notes = worded(0, V16)
    assert sent["csChargingProfiles"]["transactionId"] == 42
    assert [p["limit"] for p in sent["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"]] == [8.1, 7000]
    assert "transactionId is that of the transaction at connector 1" in notes
    assert installation_from_v16(sent, CONNECTORS).profile.transaction_id == "42"
    sent, notes = worded(0, V201, "0a1b")
    installed = installation_from_v2(sent, CONNECTORS)
    assert installed.profile.transaction_id == "0a1b"
    assert installed.ignored == ()


def test_a_schedule_begins_at_once_in_2_x() -> None:
    """A first period at 1 s is no schedule of 2.x: its limit holds from the beginning, and that is said."""
    sent, notes = worded(0, V21)
    periods = sent["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"]
    assert [period["startPeriod"] for period in periods] == [0, 1000]
    assert any("from the beginning and not from 1 s on" in note for note in notes)


def test_a_profile_without_a_transaction_is_sent_and_said() -> None:
    """The station knows best whether one runs there."""
    sent, notes = worded(0, V201, None)
    assert "transactionId" not in sent["chargingProfile"]
    assert "no transaction is known to run at connector 1, and a TxProfile is for one" in notes


def test_a_number_as_value_becomes_its_text() -> None:
    """In both versions, and it is said."""
    sent, notes = worded(3, V16)
    assert sent == {"key": "MeterValueSampleInterval", "value": "0"}
    assert notes == ("value is taken as text, it came as a number or a boolean",)
    sent, notes = worded(3, V201)
    assert sent["setVariableData"][0]["attributeValue"] == "0"
    assert "MeterValueSampleInterval is SampledDataCtrlr.TxUpdatedInterval" in notes


@pytest.mark.parametrize("version", VERSIONS)
def test_the_template_is_a_remote_start_with_a_profile(version: OcppVersion) -> None:
    """With values in its placeholders: its profile becomes that of the transaction that begins."""
    wish = wish_of("RemoteStartTransaction", TEMPLATE, terms(version))
    sent = wish.wordings[0].payload
    Schemas(version).check_request(wish.wordings[0].action, sent)
    assert sent["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
    assert "transactionId" not in sent["chargingProfile"]
    assert (sent["connectorId"] if version is V16 else sent["evseId"]) == 1
    assert (sent["idTag"] if version is V16 else sent["idToken"]["idToken"]) == "000000001500495E"
    assert "conectorId is taken as connectorId" in wish.notes


@pytest.mark.parametrize("version", VERSIONS)
def test_the_template_is_understood_as_a_profile_too(version: OcppVersion) -> None:
    """What only a remote start has is left out, and said."""
    wish = wish_of("SetChargingProfile", TEMPLATE, terms(version))
    sent = wish.wordings[0].payload
    Schemas(version).check_request("SetChargingProfile", sent)
    profile = sent["csChargingProfiles"] if version is V16 else sent["chargingProfile"]
    assert profile["chargingProfilePurpose"] == "TxDefaultProfile"
    assert "idTag is ignored: there is no such field" in wish.notes
    assert "idTag" not in sent
