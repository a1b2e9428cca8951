from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from bridge.central.operations.outcome import judge
from bridge.types.words import CommandStatus
from tests.central.operations.shapes import SHAPES

DONE, REFUSED = CommandStatus.DONE, CommandStatus.REFUSED
YES = {
    "Accepted",
    "AcceptedCanceled",
    "EmptyResultSet",
    "NoProfiles",
    "RebootRequired",
    "Scheduled",
    "Unlocked",
}


def statuses() -> Iterator[tuple[str, str]]:
    """Yield every action that is sent with every status that any version lets it answer."""
    actions = {action for shapes in SHAPES.values() for action in shapes.actions if action} | {"SignedUpdateFirmware"}
    for action in sorted(actions):
        found: set[str] = set()
        for version in ("v16", "v201", "v21"):
            path = files("ocpp") / version / "schemas" / f"{action}Response.json"
            if path.is_file():
                schema = json.loads(path.read_text(encoding="utf-8-sig"))
                status = schema["properties"].get("status", {})
                if "$ref" in status:
                    status = schema["definitions"][status["$ref"].rpartition("/")[2]]
                found |= set(status.get("enum", ()))
        yield from ((action, word) for word in sorted(found))


@pytest.mark.parametrize(("action", "word"), list(statuses()))
def test_every_status_of_every_answer_has_its_outcome(action: str, word: str) -> None:
    """Accepted and its like are done, everything else is refused; all but Accepted come with a sentence."""
    verdict = judge(action, {"status": word})
    is_yes = word in YES or (action, word) == ("GetInstalledCertificateIds", "NotFound")
    assert verdict.outcome is (DONE if is_yes else REFUSED)
    if word in ("Accepted", "Unlocked"):
        assert verdict.detail == ""
    else:
        assert verdict.detail.startswith(f"{word}: ")
        assert verdict.detail.endswith(".")


def test_what_follows_is_told_after_a_yes_alone() -> None:
    """And the station's own reason after a no."""
    assert judge("UpdateFirmware", {}, "It comes.") == (DONE, "It comes.")
    assert judge("GetLog", {"status": "Accepted"}, "It comes.").detail == "It comes."
    info = {"reasonCode": "NoFtp", "additionalInfo": "use http"}
    refused = judge("GetLog", {"status": "Rejected", "statusInfo": info}, "It comes.")
    assert refused == (REFUSED, "Rejected: the charger does not want to. It says: NoFtp, use http.")


def test_a_restart_that_is_needed_is_said() -> None:
    """In the sentence that a person can act on."""
    assert judge("ChangeConfiguration", {"status": "RebootRequired"}) == (
        DONE,
        "RebootRequired: it takes effect after a restart of the charger.",
    )


def test_a_word_that_no_version_has_is_a_no() -> None:
    """It is shown, shortened."""
    verdict = judge("Reset", {"status": "Maybe" * 100})
    assert verdict.outcome is REFUSED
    assert len(verdict.detail) < 300


def results(name: str, status: str, *words: str) -> dict[str, Any]:
    """Return a list of results."""
    place = {"component": {"name": "A"}, "variable": {"name": "b"}}
    return {name: [{status: word, "id": number, **place} for number, word in enumerate(words)]}


@pytest.mark.parametrize(
    ("action", "answer", "outcome"),
    [
        ("GetVariables", results("getVariableResult", "attributeStatus", "Accepted", "UnknownVariable"), DONE),
        ("GetVariables", results("getVariableResult", "attributeStatus", "Rejected", "UnknownVariable"), REFUSED),
        ("SetVariables", results("setVariableResult", "attributeStatus", "Accepted", "RebootRequired"), DONE),
        ("SetVariables", results("setVariableResult", "attributeStatus", "Accepted", "Rejected"), REFUSED),
        ("SetVariableMonitoring", results("setMonitoringResult", "status", "Accepted", "Duplicate"), REFUSED),
        ("SetVariableMonitoring", results("setMonitoringResult", "status", "Accepted"), DONE),
        ("ClearVariableMonitoring", results("clearMonitoringResult", "status", "NotFound"), REFUSED),
        ("GetConfiguration", {"configurationKey": [], "unknownKey": ["a"]}, REFUSED),
        ("GetConfiguration", {"unknownKey": ["a"], "configurationKey": [{"key": "b", "readonly": True}]}, DONE),
        ("GetConfiguration", {"configurationKey": []}, DONE),
        ("GetBaseReport", {"configurationKey": [], "unknownKey": [], "status": "NotSupported"}, REFUSED),
        ("GetLocalListVersion", {"listVersion": 0}, DONE),
        ("GetTransactionStatus", {"messagesInQueue": False}, DONE),
    ],
)
def test_lists_of_results_are_judged_as_a_whole(action: str, answer: dict[str, Any], outcome: CommandStatus) -> None:
    """What was to be told is done when something came; what was to be changed when all of it was."""
    verdict = judge(action, answer)
    assert verdict.outcome is outcome
    if outcome is REFUSED:
        assert verdict.detail


def test_many_results_are_not_all_named() -> None:
    """A few are, and how many more there are."""
    answer = results("setVariableResult", "attributeStatus", *["Rejected"] * 8)
    assert judge("SetVariables", answer).detail.endswith("And 3 more.")
    assert (
        judge("GetConfiguration", {"unknownKey": list("abcdefg")}).detail
        == "The charger has no a, b, c, d, e and 2 more."
    )


def test_nothing_to_upload_is_said() -> None:
    """1.6 names no file then."""
    assert judge("GetDiagnostics", {}) == (DONE, "The charger has nothing to upload.")
    assert judge("GetDiagnostics", {"fileName": "a"}, "It comes.") == (DONE, "It comes.")
