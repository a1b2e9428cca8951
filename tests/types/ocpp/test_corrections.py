from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from bridge.types.ocpp.base import to_ocpp
from bridge.types.ocpp.payload_error import PayloadError, ProblemKind
from bridge.types.ocpp.v16.corrections import (
    take_change_configuration,
    take_connector_message,
    take_get_configuration,
    take_remote_start,
    take_set_charging_profile,
)
from bridge.types.ocpp.v16.smart_charging import ClearChargingProfileRequest, GetCompositeScheduleRequest
from bridge.types.ocpp.version import OcppVersion
from tests.types.ocpp.schemas import check
from tests.types.ocpp.seed_documents import outline, seed_document
from tests.types.ocpp.seed_samples import parse

SAMPLES = outline("000_central_system_samples.json")
TEMPLATE, TX_PROFILE, GET, CHANGE_NUMBER, CHANGE_TEXT, CLEAR_ALL, CLEAR_ONE, COMPOSITE, _ = SAMPLES


def test_the_kept_samples_are_those_of_the_document() -> None:
    """The samples that a plain clone tests with are exactly what is read from the seed document."""
    document = seed_document("000")
    if document is None:
        pytest.skip("the seed documents are not here; the kept samples of them are tested instead")
    assert parse(document) == SAMPLES


def test_the_template_is_taken_with_every_wart_noted() -> None:
    """The first sample becomes a valid SetChargingProfile; each of its seven warts is named."""
    taken = take_set_charging_profile(TEMPLATE)
    check(to_ocpp(taken.model), OcppVersion.V16, "SetChargingProfile")
    assert taken.ignored == ("idTag",)
    place = "csChargingProfiles.chargingSchedule"
    assert taken.corrected == (
        "conectorId is taken as connectorId",
        "chargingProfile is taken as csChargingProfiles",
        "csChargingProfiles.transactionId is ignored: it belongs to a TxProfile",
        "csChargingProfiles.recurrencyKind is ignored: it belongs to the kind Recurring",
        f"{place}.duration is ignored: a schedule of no length limits nothing",
        f"{place}.chargingSchedulePeriod[0].startPeriod is not 0: the default limit holds for the first 1 s",
    )
    schedule = taken.model.cs_charging_profiles.charging_schedule
    assert [(p.start_period, p.limit, p.number_phases) for p in schedule.charging_schedule_period] == [
        (1, 1000.0, 1),
        (2, 2000.0, 1),
    ]
    assert (taken.model.connector_id, schedule.duration) == (1, None)


def test_the_template_as_a_remote_start_is_refused_for_its_purpose() -> None:
    """A remote start carries a TxProfile or none: any other would outlive the transaction."""
    with pytest.raises(PayloadError, match="the profile of a remote start must be a TxProfile"):
        take_remote_start(TEMPLATE)
    own = deepcopy(TEMPLATE)
    own["chargingProfile"]["chargingProfilePurpose"] = "TxProfile"
    taken = take_remote_start(own)
    check(to_ocpp(taken.model), OcppVersion.V16, "RemoteStartTransaction")
    assert taken.model.id_tag == "000000001500495E"


def test_the_profile_sample_is_taken_as_it_is() -> None:
    """Limits with one decimal, no start and a first period after 0 are taken; only the last is noted."""
    taken = take_set_charging_profile(TX_PROFILE)
    assert taken.ignored == ()
    assert len(taken.corrected) == 1
    assert to_ocpp(taken.model) == TX_PROFILE


def test_settings_are_read_and_changed_as_the_samples_say() -> None:
    """A number as value becomes its text, with a note; a text stays; both are valid afterwards."""
    assert to_ocpp(take_get_configuration(GET).model) == GET
    number, text = take_change_configuration(CHANGE_NUMBER), take_change_configuration(CHANGE_TEXT)
    assert (number.model.value, len(number.corrected)) == ("0", 1)
    assert (text.model.value, text.corrected) == ("1500", ())
    for taken in (number, text):
        check(to_ocpp(taken.model), OcppVersion.V16, "ChangeConfiguration")


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (1.5, "1.5"), (-3, "-3"), ("", "")])
def test_a_value_becomes_the_text_that_json_writes(value: object, text: str) -> None:
    """A boolean is told in OCPP's own words, true and false."""
    assert take_change_configuration({"key": "k", "value": value}).model.value == text


@pytest.mark.parametrize("value", [None, {"a": 1}, ["a"]])
def test_a_value_without_one_text_is_refused(value: object) -> None:
    """null, an object and a list mean no text; the error is of the field's type and shows nothing of it."""
    with pytest.raises(PayloadError) as caught:
        take_change_configuration({"key": "AuthorizationKey", "value": value})
    assert (caught.value.path, caught.value.kind) == ("value", ProblemKind.TYPE)


def test_a_secret_value_is_never_shown() -> None:
    """The error of a value that is too long holds nothing of the value."""
    secret = "s3cret" * 100
    with pytest.raises(PayloadError) as caught:
        take_change_configuration({"key": "AuthorizationKey", "value": secret})
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(("payload", "notes"), [(None, 1), ({}, 0), ({"key": []}, 0), ({"key": None}, 0)])
def test_every_way_to_ask_for_all_settings_is_understood(payload: object, notes: int) -> None:
    """Null instead of a payload is noted; an absent, null or empty list asks for all as well."""
    taken = take_get_configuration(payload)
    assert not taken.model.key
    assert len(taken.corrected) == notes


def test_the_other_samples_are_taken_as_they_are() -> None:
    """Clearing and the composite schedule need no correction."""
    for sample in (CLEAR_ALL, CLEAR_ONE):
        assert to_ocpp(take_connector_message(ClearChargingProfileRequest, sample).model) == sample
    taken = take_connector_message(GetCompositeScheduleRequest, {"conectorId": 1, "duration": 1000})
    assert to_ocpp(taken.model) == COMPOSITE
    assert taken.corrected == ("conectorId is taken as connectorId",)


def test_a_name_spelt_right_beside_one_spelt_wrong_wins() -> None:
    """Nothing is overwritten by a correction: the misspelt one is ignored."""
    taken = take_connector_message(GetCompositeScheduleRequest, {"connectorId": 2, "conectorId": 1, "duration": 1})
    assert (taken.model.connector_id, taken.ignored, taken.corrected) == (2, ("conectorId",), ())


PERIOD = "csChargingProfiles.chargingSchedule.chargingSchedulePeriod"


def changed(**period: Any) -> dict[str, Any]:
    payload = deepcopy(TX_PROFILE)
    payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][1] |= period
    return dict(payload)


@pytest.mark.parametrize(
    ("payload", "path", "kind"),
    [
        (changed(limit="7000"), f"{PERIOD}[1].limit", ProblemKind.TYPE),
        (changed(limit=-1), f"{PERIOD}[1].limit", ProblemKind.VALUE),
        (changed(limit=None), f"{PERIOD}[1].limit", ProblemKind.TYPE),
        (changed(startPeriod=1.5), f"{PERIOD}[1].startPeriod", ProblemKind.TYPE),
        (changed(startPeriod=1), "csChargingProfiles.chargingSchedule", ProblemKind.VALUE),
        (changed(numberPhases=4), f"{PERIOD}[1].numberPhases", ProblemKind.VALUE),
        ({"connectorId": 1}, "csChargingProfiles", ProblemKind.MISSING),
        ({**TX_PROFILE, "connectorId": "1"}, "connectorId", ProblemKind.TYPE),
        ({**TX_PROFILE, "connectorId": 0}, "", ProblemKind.VALUE),
        ({**TX_PROFILE, "csChargingProfiles": []}, "csChargingProfiles", ProblemKind.TYPE),
        ([], "", ProblemKind.TYPE),
        (None, "", ProblemKind.TYPE),
        ("text", "", ProblemKind.TYPE),
    ],
)
def test_what_has_two_meanings_is_refused_at_its_path(payload: object, path: str, kind: ProblemKind) -> None:
    """A number as text, a negative limit, periods out of order and a wrong shape are refused, each by its name."""
    with pytest.raises(PayloadError) as caught:
        take_set_charging_profile(payload)
    assert (caught.value.path, caught.value.kind) == (path, kind)


def test_a_limit_finer_than_a_tenth_is_taken_and_noted() -> None:
    """More exact does no harm."""
    taken = take_set_charging_profile(changed(limit=4.11))
    assert taken.model.cs_charging_profiles.charging_schedule.charging_schedule_period[1].limit == 4.11
    assert taken.corrected[-1] == f"{PERIOD}[1].limit has more than one decimal"


@pytest.mark.parametrize("junk", [{"chargingSchedule": 5}, {"chargingSchedule": {"chargingSchedulePeriod": [1, None]}}])
def test_junk_inside_a_profile_is_refused_and_breaks_nothing(junk: dict[str, Any]) -> None:
    """Whatever stands where an object should, the corrections step over it and the types refuse it."""
    with pytest.raises(PayloadError):
        take_set_charging_profile({"connectorId": 1, "csChargingProfiles": junk})
