from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from bridge.central.operations.operate import REPORT_LIMIT_S, operate
from bridge.central.talk import NotSentError, SilentError
from bridge.errors import ChargerUnreachableError, ChargerUnsupportedError
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.operation import OperationResult
from bridge.types.words import CommandStatus
from tests.central.operations.asked import V16, V21, V201, FakeStation, refused
from tests.central.operations.shapes import TOKEN

DONE, REFUSED, UNCONFIRMED = CommandStatus.DONE, CommandStatus.REFUSED, CommandStatus.UNCONFIRMED

LIMIT_S = 10.0


def done(station: FakeStation, operation: str, arguments: dict[str, Any]) -> OperationResult:
    """Have it done."""
    return asyncio.run(asyncio.wait_for(operate(station, operation, arguments), LIMIT_S))


def test_an_alias_is_as_good_as_the_name() -> None:
    """The result names the action as it was sent."""
    station = FakeStation(V16, {"RemoteStopTransaction": {"status": "Accepted"}}, {1: "42"})
    result = done(station, "requeststoptransaction", {"connectorId": 1})
    assert result == OperationResult(
        operation="RemoteStopTransaction",
        version=V16,
        outcome=DONE,
        sent={"transactionId": 42},
        answer={"status": "Accepted"},
        notes=("transactionId is that of the transaction at connector 1",),
    )


def test_a_connection_that_is_gone_is_an_error_while_nothing_was_sent() -> None:
    """Somebody may try again, and the station knows nothing of it."""
    with pytest.raises(ChargerUnreachableError, match=r"carport \(config.yaml:12\): the connection was lost"):
        done(FakeStation(V16, {"Reset": NotSentError()}), "Reset", {"type": "Soft"})


def test_silence_is_no_answer_and_no_error() -> None:
    """The station may have done it."""
    result = done(FakeStation(V16, {"Reset": SilentError()}), "Reset", {"type": "Soft"})
    assert (result.outcome, result.answer, result.sent) == (UNCONFIRMED, {}, {"type": "Soft"})
    assert "whether the charger did it is not known" in result.detail


def test_an_answer_that_is_none_is_unconfirmed() -> None:
    """It said something, and nobody knows what."""
    error = PayloadError("ResetResponse", [Problem("status", ProblemKind.MISSING, "is required")])
    result = done(FakeStation(V16, {"Reset": error}), "Reset", {"type": "Soft"})
    assert result.outcome is UNCONFIRMED
    assert "status: is required" in result.detail


@pytest.mark.parametrize("code", ["NotImplemented", "NotSupported"])
def test_what_a_station_does_not_know_is_unsupported(code: str) -> None:
    """As what its version does not have."""
    with pytest.raises(ChargerUnsupportedError, match=f"it does not know ClearCache \\({code}\\)"):
        done(FakeStation(V16, {"ClearCache": refused(code)}), "ClearCache", {})


def test_any_other_refusal_is_a_result_with_the_stations_words() -> None:
    """Code and description, the latter without secrets and bounded."""
    error = refused("InternalError", "cannot reach ftp://u:hidden@h " + "x" * 500)
    result = done(FakeStation(V16, {"ClearCache": error}), "ClearCache", {})
    assert result.outcome is REFUSED
    assert result.detail.startswith("The charger refused ClearCache: InternalError (cannot reach ftp://***@h xx")
    assert len(result.detail) < 300


def test_nothing_is_sent_for_arguments_that_make_no_sense() -> None:
    """They are an error of who gave them."""
    station = FakeStation(V16)
    with pytest.raises(PayloadError, match="Correct the arguments"):
        done(station, "Reset", {"type": "Soon"})
    with pytest.raises(LookupError, match="there is no operation Restart"):
        done(station, "Restart", {})
    assert station.asked == []


def test_a_log_goes_another_way_where_the_station_knows_no_get_log() -> None:
    """And the notes say so."""
    station = FakeStation(V16, {"GetLog": refused("NotImplemented"), "GetDiagnostics": {"fileName": "a.zip"}})
    result = done(station, "GetLog", {"logType": "DiagnosticsLog", "log": {"remoteLocation": "ftp://h/"}})
    assert [action for action, _ in station.asked] == ["GetLog", "GetDiagnostics"]
    assert (result.operation, result.sent, result.outcome) == ("GetDiagnostics", {"location": "ftp://h/"}, DONE)
    assert "the charger has no GetLog, so GetDiagnostics is sent" in result.notes


def test_the_address_for_an_upload_is_sent_and_not_shown() -> None:
    """Whoever reads the journal cannot upload."""
    station = FakeStation(V201, {"GetLog": {"status": "Accepted", "filename": "one-time-token.log"}})
    result = done(station, "GetDiagnostics", {})
    assert station.asked[0][1]["log"]["remoteLocation"] == "http://192.0.2.1:8889/one-time-token/"
    assert "one-time-token" not in result.model_dump_json()
    assert "remark" in result.detail


def test_secrets_are_in_no_result_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """What was sent is shown without the password, what came back too."""
    station = FakeStation(V16, {"ChangeConfiguration": {"status": "Accepted"}})
    with caplog.at_level(logging.DEBUG):
        result = done(station, "ChangeConfiguration", {"key": "AuthorizationKey", "value": "Hidden-4711"})
    assert station.asked[0][1]["value"] == "Hidden-4711"
    assert result.sent == {"key": "AuthorizationKey", "value": "***"}
    assert "Hidden-4711" not in caplog.text


@pytest.mark.parametrize("no", [{"status": "Rejected"}, refused("PropertyConstraintViolation")])
def test_connectors_are_asked_one_by_one_until_there_is_no_more(no: Any) -> None:
    """A connector that is not there ends it; what was asked before holds."""
    station = FakeStation(V201, {"TriggerMessage": [{"status": "Accepted"}, {"status": "Accepted"}, no]})
    station.connectors = ConnectorNumbers(EVSE(id=number, connector_id=1) for number in range(1, 100))
    result = done(station, "TriggerMessage", {"requestedMessage": "StatusNotification"})
    assert [payload["evse"]["id"] for _, payload in station.asked] == [1, 2, 3]
    assert (result.outcome, result.answer) == (DONE, {"status": "Accepted"})
    assert len(result.sent["messages"]) == 3
    station.answers["TriggerMessage"] = {"status": "Rejected"}
    assert done(station, "TriggerMessage", {"requestedMessage": "StatusNotification"}).outcome is REFUSED
    assert len(station.asked) == 4


# --- reports ---------------------------------------------------------------------------------------------------------


def test_a_report_is_put_together_behind_its_answer() -> None:
    """Parts that overtake the answer are taken too."""
    parts = [
        ("NotifyReport", {"seqNo": 1, "reportData": [2]}),
        ("NotifyReport", {"seqNo": 0, "tbc": True, "reportData": [1]}),
    ]
    station = FakeStation(V201, {"GetReport": {"status": "Accepted"}}, told=parts)
    result = done(station, "GetReport", {})
    assert result.answer == {"status": "Accepted", "reportData": [1, 2]}
    assert result.outcome is DONE


@pytest.mark.parametrize(
    ("operation", "arguments", "action", "part", "told"),
    [
        ("GetMonitoringReport", {}, "NotifyMonitoringReport", {"seqNo": 0, "monitor": [1]}, {"monitor": [1]}),
        (
            "GetChargingProfiles",
            {},
            "ReportChargingProfiles",
            {"chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [1]},
            {"chargingProfiles": [{"chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [1]}]},
        ),
        (
            "CustomerInformation",
            {"idToken": TOKEN},
            "NotifyCustomerInformation",
            {"seqNo": 0, "data": "a"},
            {"data": "a"},
        ),
    ],
)
def test_other_reports_come_the_same_way(
    operation: str, arguments: dict[str, Any], action: str, part: dict[str, Any], told: dict[str, Any]
) -> None:
    """Monitors, charging profiles, and what is known of a customer."""
    station = FakeStation(V21, {operation: {"status": "Accepted"}}, told=[(action, part)])
    assert done(station, operation, arguments).answer == {"status": "Accepted", **told}


def test_no_report_is_awaited_after_a_no() -> None:
    """And nothing is kept for it; nor is one awaited where none was wished."""
    station = FakeStation(V201, {"GetReport": {"status": "EmptyResultSet"}})
    assert done(station, "GetReport", {"requestId": 5}).outcome is DONE
    assert not station.reports.take("NotifyReport", {"requestId": 5, "seqNo": 0})
    station = FakeStation(V201, {"CustomerInformation": {"status": "Accepted"}})
    assert done(station, "CustomerInformation", {"idToken": TOKEN, "clear": True, "report": False}).answer == {
        "status": "Accepted"
    }


def test_a_report_that_does_not_come_is_noted() -> None:
    """After the limit there is what came."""

    async def scene() -> OperationResult:
        part = {"seqNo": 0, "tbc": True, "reportData": [1]}
        station = FakeStation(V201, {"GetReport": {"status": "Accepted"}}, told=[("NotifyReport", part)])
        asking = asyncio.ensure_future(operate(station, "GetReport", {}))
        await station.clock.until_parked()
        await station.clock.advance(REPORT_LIMIT_S)
        return await asking

    result = asyncio.run(scene())
    assert result.answer == {"status": "Accepted", "reportData": [1]}
    assert result.notes == ("the report is not whole: its last part never came",)


def test_numbers_of_questions_are_never_given_twice() -> None:
    """Two reports at the same second have two numbers."""
    station = FakeStation(V201, {"GetReport": {"status": "EmptyResultSet"}})
    for _ in range(3):
        done(station, "GetReport", {})
    assert len({payload["requestId"] for _, payload in station.asked}) == 3
