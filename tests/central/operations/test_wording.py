from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.central.operations.arguments import ArgumentError
from bridge.central.operations.catalogue import KINDS, kind_of
from bridge.central.operations.wish import Wish
from bridge.central.operations.wording import WORDERS, wish_of
from bridge.errors import Blame, ChargerUnsupportedError
from bridge.ocppj.schemas import Schemas
from bridge.types.ocpp.payload_error import ProblemKind
from bridge.types.ocpp.version import OcppVersion
from tests.central.operations.asked import V16, V21, V201, VERSIONS, terms
from tests.central.operations.shapes import HEARTBEAT, PROFILE_V2, PROFILE_V16, SHAPES, SIGNED, TOKEN, UNTIL, cases

RUNNING = {1: "42"}
LAWFUL = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def payload_of(operation: str, version: OcppVersion, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the only payload that is sent, after the schema of the version has passed it."""
    wish = wish_of(operation, arguments, terms(version, RUNNING))
    assert len(wish.wordings) == 1
    Schemas(version).check_request(wish.wordings[0].action, wish.wordings[0].payload)
    return wish.wordings[0].payload


def refusal_of(operation: str, version: OcppVersion, arguments: dict[str, Any]) -> tuple[str, ProblemKind]:
    """Return the path and the kind of the first problem."""
    with pytest.raises(ArgumentError) as raised:
        wish_of(operation, arguments, terms(version, RUNNING))
    assert raised.value.blame is Blame.OPERATOR
    assert "Nothing was sent" in str(raised.value)
    return raised.value.path, raised.value.kind


def test_each_operation_of_the_catalogue_is_worded_and_tried() -> None:
    """The catalogue, the wording and these tests know the same operations."""
    assert {kind.name for kind in KINDS} == set(WORDERS) == set(SHAPES)
    assert len({kind.name for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize(("operation", "version", "arguments", "action"), cases())
def test_every_operation_goes_to_every_version_from_either_shape(
    operation: str, version: OcppVersion, arguments: dict[str, Any], action: str
) -> None:
    """What is sent fits the version's schema; what the version has nothing like is an error that says so."""
    before = deepcopy(arguments)
    if not action:
        with pytest.raises(ChargerUnsupportedError, match=f"OCPP 1.6, which has nothing like {operation}"):
            wish_of(operation, arguments, terms(version, RUNNING))
        return
    wish = wish_of(operation, arguments, terms(version, RUNNING))
    assert [wording.action for wording in wish.wordings] == [action]
    for wording in wish.wordings:
        Schemas(version).check_request(wording.action, wording.payload)
    assert arguments == before


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_sample_of_each_form_makes_sense(kind: Any, version: OcppVersion) -> None:
    """What a form begins with can be sent as it is, to every version that has the operation."""
    try:
        wish = wish_of(kind.name, kind.sample, terms(version, RUNNING))
    except ChargerUnsupportedError:
        assert SHAPES[kind.name].actions[0 if version is V16 else 1] == ""
    else:
        assert all(Schemas(version).knows(wording.action) for wording in wish.wordings)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_form_tells_of_what_its_sample_holds(kind: Any) -> None:
    """Each argument of the sample has its field, one sentence stands above them, and a word has its words."""
    assert set(kind.sample) <= {argument.name for argument in kind.arguments}
    assert kind.about.endswith(".")
    assert all(bool(argument.words) == (argument.kind == "word") for argument in kind.arguments)
    assert all(kind_of(name) is kind for name in (kind.name, kind.name.lower(), *kind.aliases))


def test_an_unknown_operation_names_those_that_there_are() -> None:
    """So that a typing error on the command line is seen at once."""
    with pytest.raises(LookupError, match=r"there is no operation SetChargeProfile; there are SetChargingProfile, "):
        kind_of("SetChargeProfile")


@pytest.mark.parametrize(
    ("operation", "version", "arguments", "expected"),
    [
        ("Reset", V201, {"type": "Soft"}, {"type": "OnIdle"}),
        ("Reset", V16, {"type": "OnIdle"}, {"type": "Soft"}),
        ("Reset", V21, {"type": "Hard", "evseId": 2}, {"type": "Immediate", "evseId": 2}),
        ("Reset", V21, {"type": "ImmediateAndResume", "connectorId": 0}, {"type": "ImmediateAndResume"}),
        ("UnlockConnector", V201, {"connectorId": 2}, {"evseId": 2, "connectorId": 2}),
        ("UnlockConnector", V201, {"connectorId": 7}, {"evseId": 7, "connectorId": 1}),
        ("UnlockConnector", V16, {"evseId": 2, "connectorId": 1}, {"connectorId": 2}),
        ("ChangeAvailability", V16, {"operationalStatus": "Operative"}, {"connectorId": 0, "type": "Operative"}),
        ("ChangeAvailability", V201, {"connectorId": 0, "type": "Operative"}, {"operationalStatus": "Operative"}),
        (
            "ChangeAvailability",
            V201,
            {"connectorId": 2, "type": "Operative"},
            {"operationalStatus": "Operative", "evse": {"id": 2}},
        ),
        (
            "TriggerMessage",
            V201,
            {"requestedMessage": "DiagnosticsStatusNotification"},
            {"requestedMessage": "LogStatusNotification"},
        ),
        ("TriggerMessage", V16, {"requestedMessage": "TransactionEvent"}, {"requestedMessage": "MeterValues"}),
        (
            "TriggerMessage",
            V201,
            {"requestedMessage": "StatusNotification", "connectorId": 2},
            {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 2}},
        ),
        ("RemoteStopTransaction", V16, {"connectorId": 1}, {"transactionId": 42}),
        ("RemoteStopTransaction", V201, {"evseId": 1}, {"transactionId": "42"}),
        ("GetTransactionStatus", V201, {}, {}),
        ("GetTransactionStatus", V201, {"connectorId": 1}, {"transactionId": "42"}),
        ("CancelReservation", V201, {"id": 9}, {"reservationId": 9}),
        ("DataTransfer", V16, {"vendorId": "a", "data": {"ä": 1}}, {"vendorId": "a", "data": '{"ä":1}'}),
        ("DataTransfer", V21, {"vendorId": "a", "data": {"ä": 1}}, {"vendorId": "a", "data": {"ä": 1}}),
        (
            "GetCompositeSchedule",
            V16,
            {"evseId": 0, "duration": 10},
            {"connectorId": 0, "duration": 10},
        ),
        ("ClearChargingProfile", V201, {"connectorId": 1}, {"chargingProfileCriteria": {"evseId": 1}}),
        ("ClearChargingProfile", V201, {"id": 3}, {"chargingProfileId": 3}),
        ("ClearChargingProfile", V16, {"chargingProfileCriteria": {"evseId": 0}}, {"connectorId": 0}),
        ("ClearChargingProfile", V21, {}, {}),
        (
            "ClearChargingProfile",
            V16,
            {"chargingProfilePurpose": "ChargingStationMaxProfile"},
            {"chargingProfilePurpose": "ChargePointMaxProfile"},
        ),
        (
            "UpdateFirmware",
            V16,
            {"location": "http://a/f"},
            {"location": "http://a/f", "retrieveDate": "2025-03-03T12:00:00Z"},
        ),
        (
            "GetInstalledCertificateIds",
            V16,
            {"certificateType": ["CSMSRootCertificate"]},
            {"certificateType": "CentralSystemRootCertificate"},
        ),
        ("GetInstalledCertificateIds", V16, {}, {"certificateType": "CentralSystemRootCertificate"}),
        ("GetInstalledCertificateIds", V201, {}, {}),
        (
            "GetInstalledCertificateIds",
            V201,
            {"certificateType": "CentralSystemRootCertificate"},
            {"certificateType": ["CSMSRootCertificate"]},
        ),
        (
            "SendLocalList",
            V201,
            {"listVersion": 1, "updateType": "Full", "localAuthorizationList": []},
            {"versionNumber": 1, "updateType": "Full"},
        ),
        (
            "SendLocalList",
            V16,
            {
                "versionNumber": 1,
                "updateType": "Full",
                "localAuthorizationList": [{"idToken": TOKEN, "idTokenInfo": {"status": "Unknown"}}],
            },
            {
                "listVersion": 1,
                "updateType": "Full",
                "localAuthorizationList": [{"idTag": "04A1B2C3", "idTagInfo": {"status": "Invalid"}}],
            },
        ),
        (
            "ReserveNow",
            V201,
            {"connectorId": 0, "expiryDate": UNTIL, "idTag": "driver"},
            {"id": 1001, "expiryDateTime": UNTIL, "idToken": {"idToken": "driver", "type": "Central"}},
        ),
        (
            "RemoteStartTransaction",
            V201,
            {"idTag": "04A1B2C3"},
            {"idToken": TOKEN, "remoteStartId": 1001},
        ),
        ("RemoteStartTransaction", V16, {"idToken": TOKEN, "evseId": 2}, {"idTag": "04A1B2C3", "connectorId": 2}),
    ],
)
def test_words_and_fields_are_those_of_the_version(
    operation: str, version: OcppVersion, arguments: dict[str, Any], expected: dict[str, Any]
) -> None:
    """The same wish in the words of the other version."""
    assert payload_of(operation, version, arguments) == expected


@pytest.mark.parametrize(
    ("operation", "version", "arguments", "path", "kind"),
    [
        ("Reset", V16, {"type": "ImmediateAndResume"}, "type", ProblemKind.VALUE),
        ("Reset", V16, {"type": "Hard", "evseId": 1}, "evseId", ProblemKind.VALUE),
        ("Reset", V201, {}, "type", ProblemKind.MISSING),
        ("Reset", V201, {"type": "Hard", "typo": 1}, "typo", ProblemKind.UNKNOWN_FIELD),
        ("UnlockConnector", V16, {}, "connectorId", ProblemKind.MISSING),
        ("UnlockConnector", V16, {"connectorId": "1"}, "connectorId", ProblemKind.TYPE),
        ("UnlockConnector", V201, {"connectorId": True}, "connectorId", ProblemKind.TYPE),
        ("UnlockConnector", V201, {"evseId": -1}, "evseId", ProblemKind.VALUE),
        ("UnlockConnector", V201, {"evse": {"number": 1}}, "evse.number", ProblemKind.UNKNOWN_FIELD),
        ("RemoteStopTransaction", V16, {}, "transactionId", ProblemKind.MISSING),
        ("RemoteStopTransaction", V16, {"transactionId": "abc"}, "transactionId", ProblemKind.TYPE),
        ("RemoteStopTransaction", V201, {"connectorId": 2}, "connectorId", ProblemKind.VALUE),
        ("RemoteStopTransaction", V201, {"transactionId": 2**40}, "transactionId", ProblemKind.VALUE),
        ("RemoteStartTransaction", V201, {"connectorId": 1}, "idToken", ProblemKind.MISSING),
        ("RemoteStartTransaction", V16, {"idTag": "x" * 21}, "idTag", ProblemKind.VALUE),
        ("RemoteStartTransaction", V201, {"idTag": "x" * 37}, "idToken.idToken", ProblemKind.VALUE),
        ("RemoteStartTransaction", V201, {"idTag": 7}, "idToken", ProblemKind.TYPE),
        (
            "ClearChargingProfile",
            V16,
            {"chargingProfilePurpose": "PriorityCharging"},
            "chargingProfilePurpose",
            ProblemKind.VALUE,
        ),
        ("GetConfiguration", V201, {"keys": []}, "keys", ProblemKind.UNKNOWN_FIELD),
        ("GetConfiguration", V201, {"key": [7]}, "key[0]", ProblemKind.TYPE),
        ("GetConfiguration", V16, {"key": 7}, "key", ProblemKind.TYPE),
        ("ChangeConfiguration", V201, {"key": "Foo", "value": "1"}, "key", ProblemKind.VALUE),
        ("ChangeConfiguration", V16, {"key": "Foo", "value": [1]}, "value", ProblemKind.TYPE),
        ("ChangeConfiguration", V201, {"key": "LocalAuthListMaxLength", "value": "1"}, "key", ProblemKind.VALUE),
        ("GetVariables", V16, {}, "getVariableData", ProblemKind.MISSING),
        (
            "SetVariables",
            V16,
            {"setVariableData": [{**HEARTBEAT, "attributeValue": "1", "attributeType": "Target"}]},
            "setVariableData[0].attributeType",
            ProblemKind.VALUE,
        ),
        ("GetReport", V16, {"componentVariable": [{}]}, "componentVariable[0].component.name", ProblemKind.MISSING),
        ("GetBaseReport", V16, {"reportBase": "All"}, "reportBase", ProblemKind.VALUE),
        ("UpdateFirmware", V16, {}, "location", ProblemKind.MISSING),
        (
            "UpdateFirmware",
            V16,
            {"firmware": {"location": "http://a", "x": 1}},
            "firmware.x",
            ProblemKind.UNKNOWN_FIELD,
        ),
        ("GetLog", V201, {"log": {"remoteLocation": "f" * 513}}, "log.remoteLocation", ProblemKind.VALUE),
        ("GetInstalledCertificateIds", V16, {"certificateType": ["a", "b"]}, "certificateType", ProblemKind.VALUE),
        ("SendLocalList", V16, {"localAuthorizationList": [7]}, "localAuthorizationList[0]", ProblemKind.TYPE),
        ("DataTransfer", V21, {"vendorId": "a", "data": float("nan")}, "", ProblemKind.VALUE),
        ("DataTransfer", V21, {"vendorId": "a", "data": "x" * 300_000}, "", ProblemKind.VALUE),
    ],
)
def test_arguments_that_make_no_sense_are_named(
    operation: str, version: OcppVersion, arguments: dict[str, Any], path: str, kind: ProblemKind
) -> None:
    """Nothing is guessed; the argument that is wrong is named, and nothing is sent."""
    assert refusal_of(operation, version, arguments) == (path, kind)


def test_what_is_nested_too_deeply_is_refused() -> None:
    """Whatever is sent is walked through later by functions that rely on a bound."""
    data: Any = []
    for _ in range(60):
        data = [data]
    assert refusal_of("DataTransfer", V21, {"vendorId": "a", "data": data}) == ("", ProblemKind.VALUE)


@pytest.mark.parametrize("operation", ["SetNetworkProfile", "GetReport", "SetVariables"])
def test_provisioning_messages_keep_to_what_every_station_takes(operation: str) -> None:
    """A station built on ocpp-go refuses what the schema of 2.1 allows; so it is not sent."""
    arguments: dict[str, dict[str, Any]] = {
        "SetNetworkProfile": {
            "configurationSlot": 1,
            "connectionData": {**SHAPES["SetNetworkProfile"].v2["connectionData"], "ocppCsmsUrl": "csms"},
        },
        "GetReport": {"requestId": -1},
        "SetVariables": {"setVariableData": [{**HEARTBEAT, "attributeValue": "x" * 1001}]},
    }
    path, kind = refusal_of(operation, V21, arguments[operation])
    assert kind is ProblemKind.VALUE
    assert path in ("connectionData.ocppCsmsUrl", "requestId", "setVariableData[0].attributeValue")


def test_the_states_of_all_connectors_are_asked_for_one_by_one() -> None:
    """OCPP 2.x tells the state of a connector that is named, and of no other."""
    wish = wish_of("TriggerMessage", {"requestedMessage": "StatusNotification"}, terms(V201))
    assert [wording.payload["evse"] for wording in wish.wordings] == [
        {"id": 1, "connectorId": 1},
        {"id": 2, "connectorId": 2},
    ]
    assert wish.ends_at_no


def test_the_extended_form_is_taken_where_1_6_needs_it() -> None:
    """The security whitepaper has messages that the plain form lacks, and the other way around."""

    def action(operation: str, word: str) -> str:
        return wish_of(operation, {"requestedMessage": word}, terms(V16)).wordings[0].action

    assert action("TriggerMessage", "LogStatusNotification") == "ExtendedTriggerMessage"
    assert action("TriggerMessage", "Heartbeat") == "TriggerMessage"
    assert action("ExtendedTriggerMessage", "Heartbeat") == "ExtendedTriggerMessage"
    assert action("ExtendedTriggerMessage", "DiagnosticsStatusNotification") == "TriggerMessage"


def test_signed_firmware_has_its_own_message_in_1_6() -> None:
    """Who signs wants the signature to be checked: the plain message would drop it."""
    wish = wish_of("UpdateFirmware", {"firmware": SIGNED}, terms(V16))
    assert wish.wordings[0].action == "SignedUpdateFirmware"
    assert wish.wordings[0].payload == {"requestId": 1001, "firmware": SIGNED}


def test_a_log_without_a_place_comes_to_this_computer() -> None:
    """Where that is set up; where it is not, the argument is missing."""
    for version, path in ((V16, ("location",)), (V201, ("log", "remoteLocation"))):
        found: Any = wish_of("GetDiagnostics", {}, terms(version)).wordings[0].payload
        for name in path:
            found = found[name]
        assert found == "http://192.0.2.1:8889/one-time-token/"
        with pytest.raises(ArgumentError, match="upload_port") as raised:
            wish_of("GetDiagnostics", {}, terms(version, upload_url=None))
        assert raised.value.path == ".".join(path)


def test_a_diagnostics_log_has_a_second_way_in_1_6() -> None:
    """GetLog belongs to an extension that many stations lack; a SecurityLog has no other way."""
    wish = wish_of("GetLog", {"logType": "DiagnosticsLog"}, terms(V16))
    assert wish.wordings[0].action == "GetLog"
    assert wish.otherwise is not None
    assert wish.otherwise.wordings[0].action == "GetDiagnostics"
    assert wish_of("GetLog", {"logType": "SecurityLog"}, terms(V16)).otherwise is None


# --- laws ------------------------------------------------------------------------------------------------------------

NAMES = sorted({name for shapes in SHAPES.values() for shape in (shapes.v16, shapes.v2) for name in shape} | {"evse"})
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**33),
    st.floats(allow_nan=True),
    st.sampled_from(
        ["Accepted", "TxProfile", "PriorityCharging", "Absolute", "A", "ftp://a/", UNTIL, "", "1", "\ud800"]
    ),
    st.text(max_size=5),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from([*NAMES, "id", "name"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def places_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return every place in JSON."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in items for place in places_of(inner, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw an operation with arguments of which some places hold anything."""
    name = draw(st.sampled_from(sorted(SHAPES)))
    arguments = deepcopy(draw(st.sampled_from([SHAPES[name].v16, SHAPES[name].v2])))
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from(places_of(arguments)))
        inner: Any = arguments
        for key in place[:-1]:
            inner = inner[key]
        if place:
            inner[place[-1]] = draw(ANYTHING)
        else:
            arguments.update(draw(st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=2)))
    return name, arguments


def hold(version: OcppVersion, operation: str, arguments: dict[str, Any]) -> Wish | None:
    """Hold that arguments lead to payloads that fit, or to an error for a person."""
    try:
        wish = wish_of(operation, arguments, terms(version, RUNNING))
    except (ArgumentError, ChargerUnsupportedError):
        return None
    for wording in wish.wordings:
        Schemas(version).check_request(wording.action, wording.payload)
    return wish


WRONG: tuple[Any, ...] = ([], {}, 7, "x")


@pytest.mark.parametrize("operation", sorted(SHAPES))
def test_any_place_may_hold_the_wrong_sort(operation: str) -> None:
    """An empty list, an object, a number or a text in any place of the arguments, one after another."""
    for arguments in (SHAPES[operation].v16, SHAPES[operation].v2):
        for place in places_of(arguments)[1:]:
            for wrong in WRONG:
                changed: Any = deepcopy(arguments)
                inner = changed
                for key in place[:-1]:
                    inner = inner[key]
                inner[place[-1]] = wrong
                for version in VERSIONS:
                    hold(version, operation, changed)


@LAWFUL
@given(st.sampled_from(VERSIONS), mutated())
def test_any_arguments_are_sent_rightly_or_refused(version: OcppVersion, case: tuple[str, dict[str, Any]]) -> None:
    """Arguments with anything in some of their places: no other error, and nothing that the schema refuses."""
    hold(version, *case)


@LAWFUL
@given(
    st.sampled_from(VERSIONS),
    st.sampled_from(sorted(SHAPES)),
    st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=4),
)
def test_any_json_is_sent_rightly_or_refused(version: OcppVersion, operation: str, arguments: dict[str, Any]) -> None:
    """Arguments of which nothing is right."""
    hold(version, operation, arguments)


@LAWFUL
@given(
    st.sampled_from(VERSIONS),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 100_000), st.floats(0, 1e6)), min_size=1, max_size=5, unique_by=lambda p: p[0]),
)
def test_limits_are_never_rounded_up(version: OcppVersion, is_v16: bool, periods: list[tuple[int, float]]) -> None:  # noqa: FBT001 -- hypothesis calls it
    """Whatever the shape and the version: a limit that goes out is the one that was given, or one decimal below."""
    said = [{"startPeriod": start, "limit": limit} for start, limit in sorted(periods)]
    if is_v16:
        profile = deepcopy(PROFILE_V16)
        profile["chargingSchedule"]["chargingSchedulePeriod"] = said
        arguments = {"connectorId": 1, "csChargingProfiles": profile}
    else:
        profile = deepcopy(PROFILE_V2)
        profile["chargingSchedule"][0]["chargingSchedulePeriod"] = said
        arguments = {"evseId": 1, "chargingProfile": profile}
    payload = payload_of("SetChargingProfile", version, arguments)
    if version is V16:
        sent = payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"]
    else:
        sent = payload["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"]
    for given_period, sent_period in zip(said, sent, strict=True):
        assert given_period["limit"] - 0.1 <= sent_period["limit"] <= given_period["limit"]
