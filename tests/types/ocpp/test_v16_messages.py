from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.base import OcppType, from_ocpp, to_ocpp
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.v16.answers import (
    AuthorizeConfirmation,
    HeartbeatConfirmation,
    StartTransactionConfirmation,
    StopTransactionConfirmation,
    take_answer,
)
from bridge.types.ocpp.v16.authorization import (
    AuthorizationStatus,
    AuthorizeRequest,
    ClearCacheConfirmation,
    ClearCacheRequest,
)
from bridge.types.ocpp.v16.diagnostics import (
    DiagnosticsStatusNotificationRequest,
    FirmwareStatusNotificationRequest,
    GetDiagnosticsConfirmation,
    GetDiagnosticsRequest,
    GetLogConfirmation,
    GetLogRequest,
    LogStatusNotificationRequest,
)
from bridge.types.ocpp.v16.local_list import (
    GetLocalListVersionConfirmation,
    GetLocalListVersionRequest,
    SendLocalListConfirmation,
    SendLocalListRequest,
)
from bridge.types.ocpp.v16.remote_control import (
    RemoteStartTransactionConfirmation,
    RemoteStopTransactionConfirmation,
    RemoteStopTransactionRequest,
    ResetConfirmation,
    ResetRequest,
    UnlockConnectorConfirmation,
    UnlockConnectorRequest,
)
from bridge.types.ocpp.v16.triggers import (
    ExtendedTriggerMessageConfirmation,
    ExtendedTriggerMessageRequest,
    TriggerMessageConfirmation,
    TriggerMessageRequest,
)
from bridge.types.ocpp.version import OcppVersion
from tests.types.ocpp.json_payloads import payloads
from tests.types.ocpp.schemas import check, schema

MODELS: tuple[type[OcppType], ...] = (
    AuthorizeRequest,
    AuthorizeConfirmation,
    ClearCacheRequest,
    ClearCacheConfirmation,
    DiagnosticsStatusNotificationRequest,
    ExtendedTriggerMessageRequest,
    ExtendedTriggerMessageConfirmation,
    FirmwareStatusNotificationRequest,
    GetDiagnosticsRequest,
    GetDiagnosticsConfirmation,
    GetLocalListVersionRequest,
    GetLocalListVersionConfirmation,
    GetLogRequest,
    GetLogConfirmation,
    HeartbeatConfirmation,
    LogStatusNotificationRequest,
    RemoteStartTransactionConfirmation,
    RemoteStopTransactionRequest,
    RemoteStopTransactionConfirmation,
    ResetRequest,
    ResetConfirmation,
    SendLocalListRequest,
    SendLocalListConfirmation,
    StartTransactionConfirmation,
    StopTransactionConfirmation,
    TriggerMessageRequest,
    TriggerMessageConfirmation,
    UnlockConnectorRequest,
    UnlockConnectorConfirmation,
)
LOWEST_WHOLE = -(2**31)

examples = settings(
    max_examples=15, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def action(model: type[OcppType]) -> tuple[str, bool]:
    """Return a message's action, and whether it is the answer."""
    name = model.__name__
    return name.removesuffix("Request").removesuffix("Confirmation"), name.endswith("Confirmation")


def theirs(model: type[OcppType]) -> dict[str, Any]:
    """Return the message's schema; connectors count from 0, which it does not say."""
    name, is_answer = action(model)
    whole = deepcopy(schema(OcppVersion.V16, name, answer=is_answer))
    if "connectorId" in whole.get("properties", {}):
        whole["properties"]["connectorId"]["minimum"] = 0
    return whole


def shape(part: dict[str, Any], definitions: dict[str, Any]) -> Any:
    """Return what a schema says of a payload, without its names, titles and the ways to write it."""
    if "anyOf" in part:
        part = next(choice for choice in part["anyOf"] if choice.get("type") != "null")
    if "$ref" in part:
        return shape(definitions[part["$ref"].rpartition("/")[2]], definitions)
    match part["type"]:
        case "object":
            fields = {name: shape(inner, definitions) for name, inner in part.get("properties", {}).items()}
            return {"required": set(part.get("required", ())), "closed": part["additionalProperties"], **fields}
        case "array":
            return [shape(part["items"], definitions)]
        case "integer":
            return "integer", max(part.get("minimum", LOWEST_WHOLE), LOWEST_WHOLE)
        case sort:
            moment = part.get("format") == "date-time"
            return sort, part.get("maxLength"), frozenset(part.get("enum", ())), moment


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_message_has_the_shape_of_its_schema(model: type[OcppType]) -> None:
    """Names, required fields, sorts, lengths and words are exactly those of the schema, all the way down."""
    own, official = model.model_json_schema(by_alias=True), theirs(model)
    assert shape(own, own.get("$defs", {})) == shape({"properties": {}, **official}, official.get("definitions", {}))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@examples
@given(data=st.data())
def test_what_the_schema_takes_is_taken_and_written_back(model: type[OcppType], data: st.DataObject) -> None:
    """A payload of the schema is taken, comes back as it was, and still is one."""
    official = {"properties": {}, **theirs(model)}
    payload = data.draw(payloads(official, official.get("definitions", {})))
    written = to_ocpp(from_ocpp(model, payload))
    assert written == payload
    name, is_answer = action(model)
    check(written, OcppVersion.V16, name, answer=is_answer)


def test_a_location_is_not_shown() -> None:
    """The address of an upload may hold a password: no repr shows it."""
    secret = "ftp://user:s3cret@files"
    asked = from_ocpp(GetDiagnosticsRequest, {"location": secret})
    log = {"logType": "SecurityLog", "requestId": 1, "log": {"remoteLocation": secret}}
    assert "s3cret" not in repr(asked) + repr(from_ocpp(GetLogRequest, log))


@pytest.mark.parametrize("expiry", ["2026-01-31T12:00:00", "tomorrow", 0, {}])
def test_an_expiry_date_that_cannot_be_read_does_not_lose_the_transaction(expiry: object) -> None:
    """The answer to a StartTransaction is taken without it, and that is noted; unknown fields are set aside too."""
    info = {"status": "Accepted", "expiryDate": expiry, "parentIdTag": "P" * 21}
    taken = take_answer(StartTransactionConfirmation, {"idTagInfo": info, "transactionId": 7, "vendor": 1})
    assert (taken.model.transaction_id, taken.model.id_tag_info.status) == (7, AuthorizationStatus.ACCEPTED)
    assert (taken.model.id_tag_info.expiry_date, taken.model.id_tag_info.parent_id_tag) == (None, None)
    assert taken.ignored == ("vendor",)
    assert taken.corrected == (
        "idTagInfo.expiryDate is ignored: it cannot be read",
        "idTagInfo.parentIdTag is ignored: it cannot be read",
    )


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"idTagInfo": {"status": "Accepted"}}, "transactionId"),
        ({"idTagInfo": {"status": "accepted", "expiryDate": "x"}, "transactionId": 1}, "idTagInfo.status"),
        ({"idTagInfo": [], "transactionId": 1}, "idTagInfo"),
        ({"idTagInfo": {"status": "Accepted"}, "transactionId": "1"}, "transactionId"),
        ({}, "idTagInfo"),
        (None, ""),
    ],
)
def test_an_answer_that_lacks_what_it_is_for_is_refused(payload: object, path: str) -> None:
    """Without status or transaction id, or with another sort of value there, an answer is none."""
    with pytest.raises(PayloadError) as caught:
        take_answer(StartTransactionConfirmation, payload)
    assert caught.value.path == path


def test_an_answer_without_a_tag_is_taken() -> None:
    """StopTransaction and Heartbeat are answered without a tag; one that is as it should be is left alone."""
    assert take_answer(StopTransactionConfirmation, {}) == (StopTransactionConfirmation(), (), ())
    assert take_answer(HeartbeatConfirmation, {"currentTime": "2026-01-31T12:00:00Z"}).corrected == ()
    info = {"status": "ConcurrentTx", "expiryDate": "2026-01-31T12:00:00Z", "parentIdTag": "P"}
    assert take_answer(AuthorizeConfirmation, {"idTagInfo": info}).corrected == ()
