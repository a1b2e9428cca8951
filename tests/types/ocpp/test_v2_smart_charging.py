from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.base import OcppType, from_ocpp, to_ocpp
from bridge.types.ocpp.translate.charging_profiles import ClearChargingProfile, SetChargingProfileRequest
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.v2.smart_charging import (
    ChargingLimit,
    ChargingLimitSource,
    ChargingProfileCriterion,
    ChargingProfileStatus,
    ClearChargingProfileResponse,
    ClearChargingProfileStatus,
    ClearedChargingLimitRequest,
    GetChargingProfilesRequest,
    GetChargingProfilesResponse,
    GetChargingProfilesStatus,
    GetCompositeScheduleRequest,
    NotifyChargingLimitRequest,
    ReportChargingProfilesRequest,
    SetChargingProfileResponse,
)
from bridge.types.ocpp.version import OcppVersion
from tests.types.ocpp.examples import examples
from tests.types.ocpp.schemas import check, schema

V2 = (OcppVersion.V201, OcppVersion.V21)
MESSAGES: tuple[type[OcppType], ...] = (
    ClearChargingProfile,
    ClearChargingProfileResponse,
    ClearedChargingLimitRequest,
    GetChargingProfilesRequest,
    GetChargingProfilesResponse,
    GetCompositeScheduleRequest,
    NotifyChargingLimitRequest,
    ReportChargingProfilesRequest,
    SetChargingProfileRequest,
    SetChargingProfileResponse,
)
PARTS: dict[type[OcppType], tuple[str, str]] = {
    ChargingLimit: ("NotifyChargingLimit", "ChargingLimitType"),
    ChargingProfileCriterion: ("GetChargingProfiles", "ChargingProfileCriterionType"),
}
WE_LACK = {"customData", "isLocalGeneration"}
"""Nothing is generated where a charger stands that only charges; what vendors add is set aside."""


def names(official: dict[str, Any]) -> tuple[set[str], set[str]]:
    return set(official.get("properties", {})) - WE_LACK, set(official.get("required", ()))


def own(model: type[OcppType]) -> tuple[set[str], set[str]]:
    fields = model.model_fields.values()
    return {str(one.alias) for one in fields}, {str(one.alias) for one in fields if one.is_required()}


def action(model: type[OcppType]) -> tuple[str, bool]:
    return model.__name__.removesuffix("Request").removesuffix("Response"), model.__name__.endswith("Response")


@pytest.mark.parametrize("version", V2)
@pytest.mark.parametrize("model", MESSAGES, ids=lambda model: model.__name__)
def test_a_message_has_the_fields_of_its_schema(model: type[OcppType], version: OcppVersion) -> None:
    """The same names, and the same of them required."""
    name, is_answer = action(model)
    assert own(model) == names(schema(version, name, answer=is_answer))


@pytest.mark.parametrize("version", V2)
@pytest.mark.parametrize("model", PARTS, ids=lambda model: model.__name__)
def test_a_part_has_the_fields_of_its_schema(model: type[OcppType], version: OcppVersion) -> None:
    """The same names, and the same of them required."""
    message, name = PARTS[model]
    assert own(model) == names(schema(version, message)["definitions"][name])


@pytest.mark.parametrize("version", V2)
def test_the_words_are_those_of_the_schemas(version: OcppVersion) -> None:
    """All of each enum; sources are free text in 2.1."""

    def words(message: str, name: str, *, answer: bool = True) -> set[str]:
        return set(schema(version, message, answer=answer)["definitions"][name]["enum"])

    assert set(ChargingProfileStatus) == words("SetChargingProfile", "ChargingProfileStatusEnumType")
    assert set(ClearChargingProfileStatus) == words("ClearChargingProfile", "ClearChargingProfileStatusEnumType")
    assert set(GetChargingProfilesStatus) == words("GetChargingProfiles", "GetChargingProfileStatusEnumType")
    if version is OcppVersion.V201:
        sources = words("ReportChargingProfiles", "ChargingLimitSourceEnumType", answer=False)
        assert set(ChargingLimitSource) == sources


@given(st.data())
@settings(max_examples=80, deadline=None, derandomize=True)
def test_any_message_is_valid_as_it_is_said_and_comes_back(data: st.DataObject) -> None:
    """In both versions or with the reason why not; of 2.1 nothing but prices is lost."""
    model = data.draw(st.sampled_from(MESSAGES))
    value = data.draw(examples(model))
    if "chargingLimitSource" in own(model)[0]:
        value = value.model_copy(
            update={"charging_limit_source": data.draw(st.sampled_from(ChargingLimitSource)).value}
        )
    if isinstance(value, NotifyChargingLimitRequest):
        limit = ChargingLimit(charging_limit_source="Other", is_grid_critical=value.charging_limit.is_grid_critical)
        value = value.model_copy(update={"charging_limit": limit})
    if isinstance(value, GetChargingProfilesRequest):
        criterion = value.charging_profile.model_copy(update={"charging_limit_source": None})
        value = value.model_copy(update={"charging_profile": criterion})
    assert from_ocpp(model, to_ocpp(value)) == value
    name, is_answer = action(model)
    for version in V2:
        said = say(value, version)
        if said.payload is None:
            assert said.dropped
        else:
            check(said.payload, version, name, answer=is_answer)
