from __future__ import annotations

import subprocess
import sys
from copy import deepcopy
from typing import Any

import pytest

from bridge.ocppj.schemas import MOST_PROBLEMS, Schemas
from bridge.ocppj.turning import turn
from bridge.types.ocpp.payload_error import PayloadError, ProblemKind
from bridge.types.ocpp.version import OcppVersion
from tests.ocppj.referee import full, names, spoilt, verdict

V16 = Schemas(OcppVersion.V16)
ALL = [pytest.param(Schemas(version), id=version) for version in OcppVersion]
SECURITY_EXTENSION = {
    "CertificateSigned",
    "DeleteCertificate",
    "ExtendedTriggerMessage",
    "GetInstalledCertificateIds",
    "GetLog",
    "InstallCertificate",
    "LogStatusNotification",
    "SecurityEventNotification",
    "SignCertificate",
    "SignedFirmwareStatusNotification",
    "SignedUpdateFirmware",
}
PROFILE: dict[str, Any] = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]},
}
METER_VALUES: dict[str, Any] = {
    "connectorId": 1,
    "meterValue": [{"timestamp": "2026-01-31T12:00:00Z", "sampledValue": [{"value": "1234"}]}],
}


def check(schemas: Schemas, name: str, payload: Any, *, lenient: bool = False) -> dict[str, ProblemKind]:
    """Return what is wrong with a payload, by its path; `name` is that of the schema's file."""
    action = name.removesuffix("Response").removesuffix("Request")
    hold = schemas.check_answer if name.endswith("Response") else schemas.check_request
    try:
        hold(action, payload, lenient=lenient)
    except PayloadError as error:
        return {problem.path: problem.kind for problem in error.problems}
    return {}


def with_limit(limit: Any) -> dict[str, Any]:
    """Return a SetChargingProfile with such a limit."""
    profile = deepcopy(PROFILE)
    profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] = limit
    return {"connectorId": 1, "csChargingProfiles": profile}


@pytest.mark.parametrize(("version", "count"), [(OcppVersion.V16, 39), (OcppVersion.V201, 64), (OcppVersion.V21, 91)])
def test_every_action_of_a_version_is_known(version: OcppVersion, count: int) -> None:
    """They come from the schemas themselves; nothing of another version is among them."""
    schemas = Schemas(version)
    assert len(schemas.actions) == count
    assert all(schemas.knows(action) for action in schemas.actions)
    assert schemas.knows("StopTransaction") == (version is OcppVersion.V16)
    assert schemas.knows("TransactionEvent") == (version is not OcppVersion.V16)
    assert not any(schemas.knows(word) for word in ("", "BootNotificationResponse", "../v16/Reset", "reset"))


def test_the_security_extension_belongs_to_1_6() -> None:
    """A station of security profile 2 speaks it."""
    assert V16.actions >= SECURITY_EXTENSION


@pytest.mark.parametrize("schemas", ALL)
def test_a_payload_with_every_field_passes(schemas: Schemas) -> None:
    """Every schema that is shipped can be turned into a check, and takes what is right, strictly and leniently."""
    for name in names(schemas.version):
        payload = full(schemas.version, name)
        assert verdict(schemas.version, name, payload) == {}, name
        assert check(schemas, name, payload) == {}, name
        assert check(schemas, name, payload, lenient=True) == {}, name


@pytest.mark.parametrize("schemas", ALL)
def test_a_spoilt_payload_is_judged_as_a_general_validator_judges_it(schemas: Schemas) -> None:
    """The same places are wrong, in the same manner, for every message."""
    wrong_count = 0
    for name in names(schemas.version):
        for payload in spoilt(schemas.version, name, 6):
            expected = verdict(schemas.version, name, payload)
            assert check(schemas, name, payload) == expected, (name, payload)
            wrong_count += bool(expected)
    assert wrong_count > len(names(schemas.version))  # most of them were wrong


@pytest.mark.parametrize("schemas", ALL)
def test_lenient_forgives_only_what_strict_refuses(schemas: Schemas) -> None:
    """What is left over is among what strict found, and never an unknown field."""
    forgiven_count = 0
    for name in names(schemas.version):
        for payload in spoilt(schemas.version, name, 6):
            strict, lenient = check(schemas, name, payload), check(schemas, name, payload, lenient=True)
            assert lenient.items() <= strict.items(), (name, payload)
            assert ProblemKind.UNKNOWN_FIELD not in lenient.values()
            forgiven_count += lenient != strict
    assert forgiven_count > 0


@pytest.mark.parametrize("limit", [8.1, 8, 0, 0.1, 0.3, 1.1, 32.7, 1234.5, 11040.0])
def test_a_limit_with_one_decimal_is_a_multiple_of_a_tenth(limit: float) -> None:
    """8.1 is no multiple of 0.1 in binary fractions, and is in OCPP."""
    assert check(V16, "SetChargingProfile", with_limit(limit)) == {}


@pytest.mark.parametrize("limit", [8.11, 0.05, 8.100001])
def test_a_limit_with_more_decimals_is_not_sent_and_is_taken(limit: float) -> None:
    """More exact does no harm, and is not what OCPP 1.6 allows."""
    where = "csChargingProfiles.chargingSchedule.chargingSchedulePeriod[0].limit"
    assert check(V16, "SetChargingProfile", with_limit(limit)) == {where: ProblemKind.VALUE}
    assert check(V16, "SetChargingProfile", with_limit(limit), lenient=True) == {}


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("limit", [float("nan"), float("inf"), float("-inf")])
def test_a_limit_is_finite(limit: float, *, lenient: bool) -> None:
    """JSON has no such numbers, and a defect of ours must not send one."""
    assert set(check(V16, "SetChargingProfile", with_limit(limit), lenient=lenient).values()) == {ProblemKind.VALUE}


@pytest.mark.parametrize("limit", [10**400, 10**5000, 1e308], ids=["400", "5000", "float"])
def test_huge_numbers_break_nothing(limit: float) -> None:
    """The schema has no upper bound; only an answer in time counts here."""
    assert check(V16, "SetChargingProfile", with_limit(limit)) == {}
    assert check(V16, "Reset", {"type": limit}) == {"type": ProblemKind.TYPE}


def test_a_whole_number_has_no_point_and_is_no_truth() -> None:
    """1.0 and true are not 1, as in the types of the bridge."""
    for value in (1.0, True, "1", None):
        assert check(V16, "MeterValues", {**METER_VALUES, "connectorId": value}) == {"connectorId": ProblemKind.TYPE}


@pytest.mark.parametrize(
    ("timestamp", "strict", "lenient"),
    [
        ("2026-01-31T12:00:00Z", True, True),
        ("2026-01-31T12:00:00.123456789+01:00", True, True),
        ("2026-01-31T12:00:00", False, True),
        ("2026-01-31 12:00:00.5", False, True),
        ("2026-01-31", False, False),
        ("2026-02-30T12:00:00Z", False, False),
        ("2026-02-30T12:00:00", False, False),
        ("yesterday", False, False),
        ("", False, False),
    ],
)
def test_a_timestamp_says_its_zone(timestamp: str, *, strict: bool, lenient: bool) -> None:
    """A central system in use refuses one without; taken leniently, it may lack the zone and nothing else."""
    payload = {"currentTime": timestamp}
    assert (check(V16, "HeartbeatResponse", payload) == {}) == strict
    assert (check(V16, "HeartbeatResponse", payload, lenient=True) == {}) == lenient


def test_an_unknown_field_in_the_answer_to_a_boot_does_not_keep_a_station_from_booting() -> None:
    """Neither does a null where a field may be absent; where it is required, null is nothing."""
    answer = {"status": "Accepted", "currentTime": "2026-01-31T12:00:00Z", "interval": 300, "vendorInfo": {"x": 1}}
    assert check(V16, "BootNotificationResponse", answer) == {"vendorInfo": ProblemKind.UNKNOWN_FIELD}
    assert check(V16, "BootNotificationResponse", answer, lenient=True) == {}
    info = {"idTagInfo": {"status": "Accepted", "parentIdTag": None, "more": 1}}
    assert check(V16, "AuthorizeResponse", info, lenient=True) == {}
    assert check(V16, "AuthorizeResponse", {"idTagInfo": None}, lenient=True) == {"idTagInfo": ProblemKind.TYPE}


def test_every_problem_is_told_in_the_payloads_order() -> None:
    """One look is enough to put everything right."""
    payload = {"more": 1, "meterValue": [{"sampledValue": [{"value": 5, "unit": "Furlong"}]}], "transactionId": "5"}
    with pytest.raises(PayloadError) as caught:
        V16.check_request("MeterValues", payload)
    assert [(problem.path, problem.kind) for problem in caught.value.problems] == [
        ("more", ProblemKind.UNKNOWN_FIELD),
        ("meterValue[0].sampledValue[0].value", ProblemKind.TYPE),
        ("meterValue[0].sampledValue[0].unit", ProblemKind.VALUE),
        ("meterValue[0].timestamp", ProblemKind.MISSING),
        ("transactionId", ProblemKind.TYPE),
        ("connectorId", ProblemKind.MISSING),
    ]
    assert caught.value.where == "MeterValuesRequest"


@pytest.mark.parametrize("payload", [None, [], "hunter2", 5, True])
def test_a_payload_that_is_no_object_is_wrong_as_a_whole(payload: Any) -> None:
    """The path is empty then."""
    assert check(V16, "Heartbeat", payload) == {"": ProblemKind.TYPE}


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("ChangeConfiguration", {"key": 5, "value": "hunter2" * 100}),
        ("ChangeConfiguration", {"key": ["hunter2"], "value": {"hunter2": "hunter2"}}),
        ("Reset", {"type": "hunter2"}),
        ("GetDiagnostics", {"location": "hunter2"}),
        ("Heartbeat", "hunter2"),
    ],
)
def test_a_text_that_was_refused_is_not_shown(action: str, payload: Any) -> None:
    """It may be a password, an idTag, or a URL with both in it."""
    with pytest.raises(PayloadError) as caught:
        V16.check_request(action, payload)
    assert "hunter2" not in str(caught.value)


def test_of_thousands_of_problems_the_first_are_told() -> None:
    """A payload that is nothing but wrong must not hold up all other stations."""
    payload = {f"field{number}": number for number in range(50_000)}
    with pytest.raises(PayloadError) as caught:
        V16.check_request("Heartbeat", payload)
    assert [problem.path for problem in caught.value.problems] == [f"field{number}" for number in range(MOST_PROBLEMS)]


def test_what_a_version_lacks_is_a_lookup_error() -> None:
    """The caller asks `knows` first."""
    for schemas, action in ((V16, "TransactionEvent"), (Schemas(OcppVersion.V201), "StopTransaction"), (V16, "")):
        with pytest.raises(LookupError):
            schemas.check_request(action, {})
        with pytest.raises(LookupError):
            schemas.check_answer(action, {})


def test_the_message_that_nobody_answers_has_a_request_alone() -> None:
    """NotifyPeriodicEventStream of 2.1 is sent and forgotten."""
    schemas = Schemas(OcppVersion.V21)
    assert schemas.knows("NotifyPeriodicEventStream")
    with pytest.raises(LookupError):
        schemas.check_answer("NotifyPeriodicEventStream", {})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^a$"},
        {"type": "string", "format": "email"},
        {"type": "number", "multipleOf": 0.25},
        {"type": "object", "properties": {"a": {"oneOf": []}}},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": ["string", "null"]},
        {"type": "array", "items": {"type": "integer", "exclusiveMinimum": True}},
        {"enum": ["a"]},
    ],
)
def test_a_keyword_that_is_not_known_is_not_passed_over(schema: dict[str, Any]) -> None:
    """A new edition of the schemas must not weaken the checks in silence."""
    with pytest.raises((ValueError, TypeError)):
        turn(schema, lenient=False)


def test_the_packages_python_is_not_imported() -> None:
    """Its modules cost 27 MB and a fifth of a second; only the schemas in it are wanted."""
    program = (
        "import sys; from bridge.ocppj.exchange import Exchange; from bridge.ocppj.schemas import Schemas;"
        "from bridge.types.ocpp.version import OcppVersion;"
        "Schemas(OcppVersion.V16).check_request('Heartbeat', {});"
        "print(sorted(name for name in sys.modules if name.startswith(('ocpp.', 'jsonschema'))))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"
