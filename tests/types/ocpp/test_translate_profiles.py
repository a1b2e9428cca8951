from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.base import OcppType, from_ocpp, take_ocpp, to_ocpp
from bridge.types.ocpp.charging_profile import ChargingProfile, ChargingProfilePurpose
from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedule, ChargingSchedulePeriod
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.translate.charging_profiles import (
    ClearChargingProfile,
    ClearChargingProfileCriteria,
    Place,
    clear_charging_profile,
    clearing_from_v16,
    installation_from_v2,
    installation_from_v16,
    one_decimal,
    set_charging_profile,
)
from bridge.types.ocpp.translate.composite_schedules import (
    composite_from_v2,
    composite_from_v16,
    composite_schedule,
)
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.v16.configuration import (
    ChangeConfigurationConfirmation,
    ChangeConfigurationRequest,
    GetConfigurationConfirmation,
    GetConfigurationRequest,
)
from bridge.types.ocpp.v16.smart_charging import (
    ChargingProfileStatus,
    ClearChargingProfileConfirmation,
    ClearChargingProfileRequest,
    ClearChargingProfileStatus,
    GetCompositeScheduleRequest,
    RemoteStartTransactionRequest,
    SetChargingProfileConfirmation,
)
from bridge.types.ocpp.version import OcppVersion
from tests.types.ocpp.examples import examples
from tests.types.ocpp.schemas import check

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
CONNECTORS = ConnectorNumbers([EVSE(id=1, connector_id=1), EVSE(id=2, connector_id=1), EVSE(id=2, connector_id=2)])
V2 = (OcppVersion.V201, OcppVersion.V21)
STATION, FIRST = Place(0, 0), Place(1, 1)


def place_of(profile: ChargingProfile) -> Place:
    whole = profile.charging_profile_purpose is ChargingProfilePurpose.CHARGING_STATION_MAX_PROFILE
    return STATION if whole else FIRST


@given(examples(ChargingProfile))
@settings(max_examples=60, deadline=None)
def test_a_profile_is_valid_in_2_x_and_comes_back_as_far_as_it_was_said(profile: ChargingProfile) -> None:
    """Any profile makes a valid SetChargingProfile or none with the reason why; what lost nothing comes back equal."""
    for version in V2:
        said = set_charging_profile(profile, place_of(profile), version)
        if said.payload is None:
            assert said.dropped
            continue
        check(said.payload, version, "SetChargingProfile")
        back = installation_from_v2(said.payload, CONNECTORS)
        assert back.place == place_of(profile)
        again = set_charging_profile(back.profile, back.place, version)
        assert (again.payload, again.dropped) == (said.payload, ())
        if version is OcppVersion.V21:
            assert (back.profile == profile) == (not said.dropped)


@given(examples(ChargingProfile))
@settings(max_examples=60, deadline=None)
def test_a_profile_is_valid_in_1_6_and_is_told_again_in_the_same_words(profile: ChargingProfile) -> None:
    """Any profile makes a valid SetChargingProfile of 1.6 or none and why; taken and told again it is the same."""
    said = set_charging_profile(profile, place_of(profile), OcppVersion.V16)
    if said.payload is None:
        assert said.dropped
        return
    check(said.payload, OcppVersion.V16, "SetChargingProfile")
    back = installation_from_v16(said.payload, CONNECTORS)
    assert (back.ignored, back.place) == ((), place_of(profile))
    again = set_charging_profile(back.profile, back.place, OcppVersion.V16)
    assert (again.payload, again.dropped) == (said.payload, ())


@given(st.floats(-1e9, 1e9))
def test_a_limit_is_cut_to_one_decimal_and_never_raised(limit: float) -> None:
    """What 1.6 is told never allows more than what was meant, and less by under a tenth."""
    told = one_decimal(limit)
    assert told <= limit
    assert limit - told < 0.1 + 1e-6
    assert round(told, 1) == told
    assert one_decimal(told) == told


def test_a_limit_with_one_decimal_stays() -> None:
    """8.1 is 8.1, whatever binary fractions make of it."""
    assert [one_decimal(limit) for limit in (8.1, 0.3, 16.0, 8.19)] == [8.1, 0.3, 16.0, 8.1]


def profile(**more: Any) -> ChargingProfile:
    told: dict[str, Any] = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [
            {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]}
        ],
    }
    return from_ocpp(ChargingProfile, told | more)


def test_a_profile_of_a_transaction_without_a_number_cannot_be_told_in_1_6() -> None:
    """1.6's transaction ids are numbers; a profile for another transaction must not be told without it."""
    said = set_charging_profile(profile(transactionId="b6f2"), FIRST, OcppVersion.V16)
    assert said.payload is None
    assert said.dropped[-1].path == "transactionId"


def test_discharging_cannot_be_told_in_1_6() -> None:
    """A negative limit has no meaning there; the whole profile is not told."""
    negative = [{"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": -1.0}]}]
    assert set_charging_profile(profile(chargingSchedule=negative), FIRST, OcppVersion.V16).payload is None


@pytest.mark.parametrize("version", [OcppVersion.V16, OcppVersion.V201])
@pytest.mark.parametrize(
    "more",
    [
        {"operationMode": "Idle"},
        {"operationMode": "CentralSetpoint", "setpoint": -3000.0},
        {"limit_L2": 6.0},
        {"limit_L3": 0.0},
    ],
)
def test_a_period_that_would_say_something_else_is_not_told(version: OcppVersion, more: dict[str, Any]) -> None:
    """Where the rest of a period would allow more than was meant, the profile is not told, and it says which field."""
    period = {"startPeriod": 0, "limit": 16.0} | more
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    said = set_charging_profile(profile(chargingSchedule=[schedule]), FIRST, version)
    assert said.payload is None
    assert said.dropped[-1].path.endswith(f"chargingSchedulePeriod[0].{next(iter(more))}")


@pytest.mark.parametrize("version", [OcppVersion.V16, OcppVersion.V201])
def test_what_an_absent_field_means_is_left_out_without_a_loss(version: OcppVersion) -> None:
    """ChargingOnly is what every schedule without a mode means: nothing is lost and nothing noted."""
    period = {"startPeriod": 0, "limit": 16.0, "operationMode": "ChargingOnly"}
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period], "useLocalTime": False}
    said = set_charging_profile(profile(chargingSchedule=[schedule]), FIRST, version)
    assert said.payload is not None
    assert said.dropped == ()


def test_the_first_of_several_schedules_is_told_in_1_6() -> None:
    """1.6 has one schedule in a profile; that others went is noted."""
    one = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]}
    two = {"id": 2, "chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 11000.0}]}
    said = set_charging_profile(profile(chargingSchedule=[one, two]), FIRST, OcppVersion.V16)
    assert said.payload is not None
    assert said.payload["csChargingProfiles"]["chargingSchedule"]["chargingRateUnit"] == "A"
    assert [drop.path for drop in said.dropped] == ["chargingSchedule"]


def test_a_first_period_after_the_start_is_refused_in_2_x() -> None:
    """2.x requires a start at 0, and the error names the period."""
    late = [{"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 1, "limit": 16.0}]}]
    payload = {"evseId": 1, "chargingProfile": to_ocpp(profile(chargingSchedule=late))}
    with pytest.raises(PayloadError) as caught:
        installation_from_v2(payload, CONNECTORS)
    assert caught.value.path == "chargingProfile.chargingSchedule[0].chargingSchedulePeriod[0].startPeriod"


def test_an_evse_that_is_not_there_is_refused() -> None:
    """An unknown EVSE names evseId."""
    with pytest.raises(PayloadError, match="evseId: this station has no EVSE 9"):
        installation_from_v2({"evseId": 9, "chargingProfile": to_ocpp(profile())}, CONNECTORS)


@given(
    st.sampled_from([None, 0, 1, 2]),
    st.none() | st.sampled_from(ChargingProfilePurpose),
    st.none() | st.integers(0, 9),
    st.none() | st.integers(0, 99),
)
def test_clearing_is_valid_everywhere_and_never_clears_more(
    evse_id: int | None, purpose: ChargingProfilePurpose | None, level: int | None, number: int | None
) -> None:
    """A ClearChargingProfile is valid in all versions; one whose purpose a version lacks is not told at all there."""
    criteria = ClearChargingProfileCriteria(evse_id=evse_id, charging_profile_purpose=purpose, stack_level=level)
    clearing = ClearChargingProfile(
        charging_profile_id=number, charging_profile_criteria=criteria if to_ocpp(criteria) else None
    )
    for version in OcppVersion:
        said = clear_charging_profile(clearing, version, CONNECTORS)
        if said.payload is None:
            assert said.dropped
            continue
        assert said.dropped == ()
        check(said.payload, version, "ClearChargingProfile")
        if version is OcppVersion.V16:
            assert clearing_from_v16(said.payload, CONNECTORS).model == clearing
        else:
            assert take_ocpp(ClearChargingProfile, said.payload).model == clearing


@given(examples(ChargingSchedule))
@settings(max_examples=60, deadline=None)
def test_a_composite_schedule_is_valid_everywhere(schedule: ChargingSchedule) -> None:
    """Any schedule makes a valid answer in all versions, Rejected where it cannot be told, and comes back from 2.1."""
    whole = schedule.model_copy(update={"start_schedule": schedule.start_schedule or AT, "duration": 600, "evse": 1})
    for version in OcppVersion:
        said = composite_schedule(whole, version, FIRST)
        assert said.payload is not None
        check(said.payload, version, "GetCompositeSchedule", answer=True)
        if said.payload["status"] == "Rejected":
            assert said.dropped
        elif version is OcppVersion.V16:
            back = composite_from_v16(said.payload, CONNECTORS)
            assert back is not None
            assert composite_schedule(back.model, version, FIRST) == (said.payload, ())
        else:
            back = composite_from_v2(said.payload)
            assert back is not None
            again = composite_schedule(back.model, version, FIRST)
            assert (again.payload, again.dropped) == (said.payload, ())
            if version is OcppVersion.V21:
                assert (back.model == whole) == (not said.dropped)


@pytest.mark.parametrize("version", OcppVersion)
def test_what_cannot_be_worked_out_is_rejected(version: OcppVersion) -> None:
    """No schedule is the answer Rejected, which is valid and is taken as no schedule."""
    said = composite_schedule(None, version, FIRST)
    assert (said.payload, said.dropped) == ({"status": "Rejected"}, ())
    check(said.payload, version, "GetCompositeSchedule", answer=True)
    assert composite_from_v16(said.payload, CONNECTORS) is None
    assert composite_from_v2(said.payload) is None


def test_a_composite_schedule_without_an_end_is_rejected_with_its_reason() -> None:
    """The answer needs a start and a length; without them nothing false is told."""
    period = ChargingSchedulePeriod(start_period=0, limit=16.0)
    open_end = ChargingSchedule(
        evse=1, charging_rate_unit=ChargingRateUnit.A, charging_schedule_period=(period,), start_schedule=AT
    )
    said = composite_schedule(open_end, OcppVersion.V21, FIRST)
    assert said.payload == {"status": "Rejected"}
    assert said.dropped


@pytest.mark.parametrize(
    ("model", "action", "answer"),
    [
        (ClearChargingProfileRequest, "ClearChargingProfile", False),
        (ClearChargingProfileConfirmation, "ClearChargingProfile", True),
        (SetChargingProfileConfirmation, "SetChargingProfile", True),
        (GetCompositeScheduleRequest, "GetCompositeSchedule", False),
        (GetConfigurationRequest, "GetConfiguration", False),
        (GetConfigurationConfirmation, "GetConfiguration", True),
        (ChangeConfigurationRequest, "ChangeConfiguration", False),
        (ChangeConfigurationConfirmation, "ChangeConfiguration", True),
    ],
)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_the_payloads_of_1_6_are_valid(model: type[OcppType], action: str, answer: bool, data: st.DataObject) -> None:  # noqa: FBT001 -- a column of the table
    """Every payload model of 1.6 writes what the schema takes and reads it back."""
    value = data.draw(examples(model))
    check(to_ocpp(value), OcppVersion.V16, action, answer=answer)
    assert from_ocpp(model, to_ocpp(value)) == value


def test_the_words_of_the_answers_are_those_of_1_6() -> None:
    """Every status of the two answers is valid, and a remote start with a profile is."""
    for status in ChargingProfileStatus:
        check({"status": status.value}, OcppVersion.V16, "SetChargingProfile", answer=True)
    for cleared in ClearChargingProfileStatus:
        check({"status": cleared.value}, OcppVersion.V16, "ClearChargingProfile", answer=True)
    payload = {"idTag": "garage", "connectorId": 1}
    check(to_ocpp(from_ocpp(RemoteStartTransactionRequest, payload)), OcppVersion.V16, "RemoteStartTransaction")
