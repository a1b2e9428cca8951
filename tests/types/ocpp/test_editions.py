from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from bridge.types.ocpp.base import OcppType, OcppWord
from bridge.types.ocpp.catalogue import EVEREST_WORDS
from bridge.types.ocpp.charging_profile import (
    ChargingProfile,
    ChargingProfileKind,
    ChargingProfilePurpose,
    LimitAtSoC,
    ProfileSchedule,
    RecurrencyKind,
)
from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedulePeriod
from bridge.types.ocpp.component_variable import AttributeEnum, Component, Variable
from bridge.types.ocpp.connector_state import ChargePointErrorCode
from bridge.types.ocpp.data_transfer import DataTransferStatus
from bridge.types.ocpp.event_data import EventData, EventNotificationType, EventTriggerEnum
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.id_token import AdditionalInfo, IdToken
from bridge.types.ocpp.meter_value import (
    Location,
    Measurand,
    MeterValue,
    Phase,
    ReadingContext,
    SampledValue,
    SignedMeterValue,
    UnitOfMeasure,
)
from bridge.types.ocpp.status_info import StatusInfoType
from bridge.types.ocpp.text_message import MessageContent, MessageFormat
from bridge.types.ocpp.transaction import (
    ChargingState,
    PreconditioningStatus,
    TransactionEventRequest,
    TransactionInfo,
    TransactionLimit,
    TriggerReason,
)
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.ocpp.translate.charging_profiles import ClearChargingProfileCriteria
from bridge.types.ocpp.translate.composite_schedules import CompositeSchedule
from bridge.types.ocpp.translate.editions import EDITIONS
from bridge.types.ocpp.translate.meter_values import UNITS, UNITS_BACK
from bridge.types.ocpp.translate.words_v2 import CHARGING_STATES, ConnectorStatusEnumType
from bridge.types.ocpp.translate.words_v16 import PURPOSES_BACK, REASONS_BACK
from bridge.types.ocpp.v2x import OperationMode, V2XFreqWattPointType, V2XSignalWattPointCurve
from bridge.types.ocpp.variable_access import (
    GetVariableRequest,
    GetVariableResult,
    GetVariableStatusEnumType,
    SetVariableRequest,
    SetVariableResult,
    SetVariableStatusEnumType,
)
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import ConnectorStatus, IdTokenType, StopReason
from tests.types.ocpp.annotations import bare
from tests.types.ocpp.schemas import schema

V2 = (OcppVersion.V201, OcppVersion.V21)

OBJECTS: dict[type[OcppType], tuple[str, bool, str]] = {
    AdditionalInfo: ("TransactionEvent", False, "AdditionalInfoType"),
    ChargingProfile: ("SetChargingProfile", False, "ChargingProfileType"),
    ChargingSchedulePeriod: ("SetChargingProfile", False, "ChargingSchedulePeriodType"),
    ClearChargingProfileCriteria: ("ClearChargingProfile", False, "ClearChargingProfileType"),
    Component: ("GetVariables", False, "ComponentType"),
    CompositeSchedule: ("GetCompositeSchedule", True, "CompositeScheduleType"),
    EVSE: ("TransactionEvent", False, "EVSEType"),
    EventData: ("NotifyEvent", False, "EventDataType"),
    GetVariableRequest: ("GetVariables", False, "GetVariableDataType"),
    GetVariableResult: ("GetVariables", True, "GetVariableResultType"),
    IdToken: ("TransactionEvent", False, "IdTokenType"),
    MessageContent: ("TransactionEvent", True, "MessageContentType"),
    MeterValue: ("TransactionEvent", False, "MeterValueType"),
    ProfileSchedule: ("SetChargingProfile", False, "ChargingScheduleType"),
    SampledValue: ("TransactionEvent", False, "SampledValueType"),
    SetVariableRequest: ("SetVariables", False, "SetVariableDataType"),
    SetVariableResult: ("SetVariables", True, "SetVariableResultType"),
    SignedMeterValue: ("TransactionEvent", False, "SignedMeterValueType"),
    StatusInfoType: ("BootNotification", True, "StatusInfoType"),
    TransactionEventRequest: ("TransactionEvent", False, ""),
    TransactionInfo: ("TransactionEvent", False, "TransactionType"),
    UnitOfMeasure: ("TransactionEvent", False, "UnitOfMeasureType"),
    Variable: ("GetVariables", False, "VariableType"),
}
"""A type of ours → where the schemas of both versions of 2.x define it."""

ONLY_IN_2_1: dict[type[OcppType], tuple[str, bool, str]] = {
    LimitAtSoC: ("SetChargingProfile", False, "LimitAtSoCType"),
    TransactionLimit: ("TransactionEvent", False, "TransactionLimitType"),
    V2XFreqWattPointType: ("SetChargingProfile", False, "V2XFreqWattPointType"),
    V2XSignalWattPointCurve: ("SetChargingProfile", False, "V2XSignalWattPointType"),
}

WORDS: dict[type[StrEnum], tuple[str, bool, str]] = {
    AttributeEnum: ("GetVariables", False, "AttributeEnumType"),
    ChargingProfileKind: ("SetChargingProfile", False, "ChargingProfileKindEnumType"),
    ChargingProfilePurpose: ("SetChargingProfile", False, "ChargingProfilePurposeEnumType"),
    ChargingRateUnit: ("SetChargingProfile", False, "ChargingRateUnitEnumType"),
    ChargingState: ("TransactionEvent", False, "ChargingStateEnumType"),
    ConnectorStatus: ("StatusNotification", False, "ConnectorStatusEnumType"),
    ConnectorStatusEnumType: ("StatusNotification", False, "ConnectorStatusEnumType"),
    DataTransferStatus: ("DataTransfer", True, "DataTransferStatusEnumType"),
    EventNotificationType: ("NotifyEvent", False, "EventNotificationEnumType"),
    EventTriggerEnum: ("NotifyEvent", False, "EventTriggerEnumType"),
    GetVariableStatusEnumType: ("GetVariables", True, "GetVariableStatusEnumType"),
    Location: ("TransactionEvent", False, "LocationEnumType"),
    Measurand: ("TransactionEvent", False, "MeasurandEnumType"),
    MessageFormat: ("TransactionEvent", True, "MessageFormatEnumType"),
    Phase: ("TransactionEvent", False, "PhaseEnumType"),
    ReadingContext: ("TransactionEvent", False, "ReadingContextEnumType"),
    RecurrencyKind: ("SetChargingProfile", False, "RecurrencyKindEnumType"),
    SetVariableStatusEnumType: ("SetVariables", True, "SetVariableStatusEnumType"),
    StopReason: ("TransactionEvent", False, "ReasonEnumType"),
    TransactionEvent: ("TransactionEvent", False, "TransactionEventEnumType"),
    TriggerReason: ("TransactionEvent", False, "TriggerReasonEnumType"),
}
WORDS_OF_2_1: dict[type[StrEnum], tuple[str, bool, str]] = {
    OperationMode: ("SetChargingProfile", False, "OperationModeEnumType"),
    PreconditioningStatus: ("TransactionEvent", False, "PreconditioningStatusEnumType"),
}

ITS_WORDS_WE_LACK = {("ReasonEnumType", OcppVersion.V21): {"ReqEnergyTransferRejected"}}
"""Taken as Other, see `transactions_back.event_from_v2`."""
ITS_FIELDS_WE_LACK = {
    "GetVariableResultType": {"attributeStatusInfo"},
    "SetVariableResultType": {"attributeStatusInfo"},
    "ChargingScheduleType": {
        "salesTariff",
        "absolutePriceSchedule",
        "priceLevelSchedule",
        "signatureId",
        "digestValue",
    },
    "ChargingProfileType": {"priceScheduleSignature"},
    "EventDataType": {"severity"},
    "": {"costDetails"},
}
"""Prices and what seed 004 has no field for: named as ignored when they come, never sent."""


def definition(version: OcppVersion, where: tuple[str, bool, str]) -> dict[str, Any]:
    action, answer, name = where
    document = schema(version, action, answer=answer)
    found: dict[str, Any] = document["definitions"][name] if name else document
    return found


def told(model: type[OcppType]) -> dict[str, str]:
    """Return the model's fields by OCPP's names; what is said of a variable has it beside the rest."""
    names = {str(info.alias): name for name, info in model.model_fields.items()}
    if names.pop("componentVariable", None):
        names |= {"component": "component", "variable": "variable"}
    return names


def cases(both: Any, only: Any) -> list[Any]:
    pairs = [(kind, version) for kind in both for version in V2] + [(kind, OcppVersion.V21) for kind in only]
    return [pytest.param(kind, version, id=f"{kind.__name__}-{version}") for kind, version in pairs]


@pytest.mark.parametrize(("model", "version"), cases(OBJECTS, ONLY_IN_2_1))
def test_the_tables_say_exactly_which_fields_a_version_lacks(model: type[OcppType], version: OcppVersion) -> None:
    """A field of ours is in the version's schema or in the table of what it lacks, and never in both."""
    where = OBJECTS.get(model) or ONLY_IN_2_1[model]
    theirs = set(definition(version, where)["properties"]) - {"customData"}
    lacked = EDITIONS[version].lacks.get(model, frozenset())
    ours = told(model)
    assert {name for alias, name in ours.items() if alias not in theirs} == lacked
    assert theirs - set(ours) <= ITS_FIELDS_WE_LACK.get(where[2], set())


@pytest.mark.parametrize(("model", "version"), cases(OBJECTS, ONLY_IN_2_1))
def test_the_tables_say_exactly_what_a_version_requires_and_how_long_a_text_may_be(
    model: type[OcppType], version: OcppVersion
) -> None:
    """What may be absent with us and not there stands in a table, as does every text that may be longer with us."""
    theirs = definition(version, OBJECTS.get(model) or ONLY_IN_2_1[model])
    edition, ours = EDITIONS[version], told(model)
    for alias, name in ours.items():
        info = model.model_fields.get(name)
        if info is None or alias not in theirs["properties"]:
            continue
        needed = not info.is_required() and alias in theirs.get("required", ())
        covered = name in edition.requires.get(model, ()) or (model, name) in edition.defaults
        assert needed == covered, f"{model.__name__}.{name}"
        most = theirs["properties"][alias].get("maxLength")
        if most is not None and bare(info.annotation) is str:
            assert min(longest(model, name), edition.lengths.get((model, name), 10**9)) <= most, name


def longest(model: type[OcppType], name: str) -> int:
    """Return how long a text our own field allows."""
    part = model.model_json_schema(by_alias=False)["properties"][name]
    found = [choice.get("maxLength", 10**9) for choice in [part, *part.get("anyOf", ())]]
    return int(min(found))


@pytest.mark.parametrize(("words", "version"), cases(WORDS, WORDS_OF_2_1))
def test_every_word_is_said_in_a_word_of_the_version(words: type[StrEnum], version: OcppVersion) -> None:
    """A word of ours is the version's, or is replaced by one that is, or is noted as having none; none is forgotten."""
    where = WORDS.get(words) or WORDS_OF_2_1[words]
    theirs = set(definition(version, where)["enum"])
    table = EDITIONS[version].words.get(words, {})
    said = {word: table.get(word, str(word)) for word in words}
    assert {word for word in said.values() if word is not None} <= theirs
    for word, spoken in said.items():
        assert spoken == word or word not in theirs, f"{word} is a word of OCPP {version} and must not be replaced"
    assert theirs - set(said.values()) == ITS_WORDS_WE_LACK.get((where[2], version), set())


def words_of_v16(action: str, *path: str, answer: bool = False) -> set[str]:
    part: Any = schema(OcppVersion.V16, action, answer=answer)
    for step in path:
        part = part["items"] if step == "[]" else part["properties"][step]
    return set(part["enum"])


SAMPLE = ("meterValue", "[]", "sampledValue", "[]")
V16_WORDS: list[tuple[type[StrEnum], set[str]]] = [
    (StopReason, words_of_v16("StopTransaction", "reason")),
    (Measurand, words_of_v16("MeterValues", *SAMPLE, "measurand")),
    (Location, words_of_v16("MeterValues", *SAMPLE, "location")),
    (Phase, words_of_v16("MeterValues", *SAMPLE, "phase")),
    (ReadingContext, words_of_v16("MeterValues", *SAMPLE, "context")),
    (ConnectorStatus, words_of_v16("StatusNotification", "status")),
    (ChargePointErrorCode, words_of_v16("StatusNotification", "errorCode")),
    (ChargingProfilePurpose, words_of_v16("SetChargingProfile", "csChargingProfiles", "chargingProfilePurpose")),
    (ChargingProfileKind, words_of_v16("SetChargingProfile", "csChargingProfiles", "chargingProfileKind")),
    (RecurrencyKind, words_of_v16("SetChargingProfile", "csChargingProfiles", "recurrencyKind")),
    (ChargingRateUnit, words_of_v16("GetCompositeSchedule", "chargingRateUnit")),
    (DataTransferStatus, words_of_v16("DataTransfer", "status", answer=True)),
]


@pytest.mark.parametrize(("words", "theirs"), V16_WORDS, ids=lambda part: getattr(part, "__name__", ""))
def test_every_word_is_said_in_a_word_of_1_6(words: type[StrEnum], theirs: set[str]) -> None:
    """A word of ours is 1.6's, or is replaced by one that is, or is noted as having none."""
    table = EDITIONS[OcppVersion.V16].words.get(words, {})
    for word in words:
        said = table.get(word, str(word))
        assert said is None or said in theirs, word
        assert said == word or word not in theirs, word


def test_the_words_of_1_6_are_all_understood() -> None:
    """Every reason, purpose and unit that 1.6's schemas know has a word of ours."""
    assert set(REASONS_BACK) == words_of_v16("StopTransaction", "reason")
    assert set(REASONS_BACK.values()) <= set(StopReason)
    assert set(PURPOSES_BACK) == words_of_v16("SetChargingProfile", "csChargingProfiles", "chargingProfilePurpose")
    assert set(UNITS_BACK) == words_of_v16("MeterValues", *SAMPLE, "unit")
    assert {unit for unit in UNITS.values() if unit} <= set(UNITS_BACK)


@pytest.mark.parametrize(
    ("words", "theirs"),
    [pair for pair in V16_WORDS if pair[0] is not StopReason],
    ids=lambda p: getattr(p, "__name__", ""),
)
def test_every_word_of_1_6_can_be_said(words: type[StrEnum], theirs: set[str]) -> None:
    """No word of 1.6 is out of reach: some word of ours is said as it."""
    table = EDITIONS[OcppVersion.V16].words.get(words, {})
    assert {table.get(word, str(word)) for word in words} - {None} == theirs


def test_every_state_of_a_connector_has_its_charging_state() -> None:
    """The table of charging states names all nine states."""
    assert set(CHARGING_STATES) == set(ConnectorStatus)


def test_every_sort_of_token_is_a_word_of_2_0_1() -> None:
    """The sorts of tokens are those of 2.0.1's schema, which 2.1 leaves open."""
    assert set(IdTokenType) == set(definition(OcppVersion.V201, ("TransactionEvent", False, "IdTokenEnumType"))["enum"])


def test_the_tables_name_only_what_there_is() -> None:
    """Every type, field and word in the tables exists."""
    for edition in EDITIONS.values():
        fields = {(kind, name) for kind, names in edition.lacks.items() for name in names}
        fields |= {(kind, name) for kind, names in edition.requires.items() for name in names}
        fields |= set(edition.lengths) | set(edition.defaults) | edition.cut
        for kind, name in fields:
            assert name in kind.model_fields
        for words, table in edition.words.items():
            assert set(table) == set(words)


@pytest.mark.parametrize("words", EVEREST_WORDS, ids=lambda words: words.__name__)
def test_a_word_is_taken_only_as_it_is_written(words: type[OcppWord]) -> None:
    """Enums know their words in their own case and nothing else."""
    assert all(words(word.value) is word for word in words)
    assert not {word.value.lower() for word in words} & {word.value for word in words}
