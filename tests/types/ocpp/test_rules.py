from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from bridge.types.ocpp.base import (
    Moment,
    OcppType,
    from_everest,
    from_ocpp,
    ocpp_name,
    parse_rfc3339,
    take_ocpp,
    to_everest,
    to_ocpp,
)
from bridge.types.ocpp.charging_schedule import ChargingSchedule, ChargingSchedulePeriod
from bridge.types.ocpp.custom_data import CustomData
from bridge.types.ocpp.data_transfer import DataTransferRequest
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.payload_error import PayloadError, ProblemKind
from bridge.types.ocpp.schema import ALL_TYPES, types_schema
from bridge.types.ocpp.variable_access import GetVariableResult, SetVariableRequest
from tests.types.ocpp.examples import examples

PERIOD: dict[str, Any] = {"start_period": 0, "limit": 16.0}
SCHEDULE: dict[str, Any] = {"evse": 1, "charging_rate_unit": "W", "charging_schedule_period": [PERIOD]}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
CURVE = [{"frequency": 49.8, "power": -5000}, {"frequency": 50.2, "power": 5000}]


def refused(model: type[OcppType], obj: object) -> PayloadError:
    with pytest.raises(PayloadError) as caught:
        from_everest(model, obj)
    return caught.value


@pytest.mark.parametrize(
    ("change", "path", "kind"),
    [
        ({"discharge_limit": 0.1}, "discharge_limit", ProblemKind.VALUE),
        ({"discharge_limit_L3": 1}, "discharge_limit_L3", ProblemKind.VALUE),
        ({"start_period": -1}, "start_period", ProblemKind.VALUE),
        ({"start_period": 2**31}, "start_period", ProblemKind.VALUE),
        ({"start_period": 1.0}, "start_period", ProblemKind.TYPE),
        ({"limit": "16"}, "limit", ProblemKind.TYPE),
        ({"limit": True}, "limit", ProblemKind.TYPE),
        ({"limit": float("nan")}, "limit", ProblemKind.VALUE),
        ({"limit": None}, "", ProblemKind.VALUE),
        ({"number_phases": 4}, "number_phases", ProblemKind.VALUE),
        ({"evse_sleep": 1}, "evse_sleep", ProblemKind.TYPE),
        ({"preconditioning_request": 2}, "preconditioning_request", ProblemKind.TYPE),
        ({"operation_mode": "idle"}, "operation_mode", ProblemKind.VALUE),
        ({"operation_mode": 1}, "operation_mode", ProblemKind.TYPE),
        ({"operation_mode": "LocalFrequency"}, "", ProblemKind.VALUE),
        (
            {"operation_mode": "LocalFrequency", "v2x_freq_watt_curve": CURVE[:1]},
            "v2x_freq_watt_curve",
            ProblemKind.VALUE,
        ),
        ({"v2x_freq_watt_curve": CURVE}, "", ProblemKind.VALUE),
        ({"v2x_freq_watt_curve": [CURVE[0], {"power": 1}]}, "v2x_freq_watt_curve[1].frequency", ProblemKind.MISSING),
        ({"limitL2": 1}, "limitL2", ProblemKind.UNKNOWN_FIELD),
        ({"startPeriod": 1}, "startPeriod", ProblemKind.UNKNOWN_FIELD),
    ],
)
def test_a_period_holds_to_what_its_text_says(change: dict[str, Any], path: str, kind: ProblemKind) -> None:
    """A wrong period is refused at the field that is wrong, with the sort of the fault."""
    error = refused(ChargingSchedulePeriod, PERIOD | change)
    assert (error.path, error.kind) == (path, kind)


@pytest.mark.parametrize(
    "change",
    [
        {"discharge_limit": 0},
        {"discharge_limit": -11_000.0},
        {"limit": -5.0},
        {"limit": None, "operation_mode": "CentralSetpoint", "setpoint": -3000},
        {"limit": None, "operation_mode": "LocalFrequency", "v2x_freq_watt_curve": CURVE},
        {"preconditioning_request": 1.0},
        {"preconditioning_request": False},
    ],
)
def test_a_period_takes_what_its_text_allows(change: dict[str, Any]) -> None:
    """Zero and negative discharge, no limit where the mode allows it, and 0 or 1 for a switch are taken."""
    period = from_everest(ChargingSchedulePeriod, PERIOD | change)
    assert from_everest(ChargingSchedulePeriod, to_everest(period)) == period


def test_a_switch_that_is_a_number_in_everest_is_a_boolean_in_ocpp() -> None:
    """EVerest's type of the field is a number, OCPP's is a boolean."""
    period = ChargingSchedulePeriod(start_period=0, limit=1.0, preconditioning_request=True)
    assert to_everest(period)["preconditioning_request"] is not True
    assert to_everest(period)["preconditioning_request"] == 1
    assert to_ocpp(period)["preconditioningRequest"] is True


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"charging_schedule_period": []}, "charging_schedule_period"),
        ({"charging_schedule_period": [PERIOD, PERIOD]}, ""),
        ({"charging_schedule_period": [PERIOD, {"start_period": 5}]}, "charging_schedule_period[1]"),
        ({"charging_schedule_period": {"0": PERIOD}}, "charging_schedule_period"),
        ({"charging_rate_unit": "kW"}, "charging_rate_unit"),
        ({"evse": -1}, "evse"),
        ({"duration": -1}, "duration"),
        ({"min_charging_rate": -0.1}, "min_charging_rate"),
        ({"start_schedule": "2026-01-31T12:00:00"}, "start_schedule"),
    ],
)
def test_a_schedule_holds_to_its_order_and_bounds(change: dict[str, Any], path: str) -> None:
    """Periods follow each other in time, there is one at least, and bounds hold; the error names the place."""
    assert refused(ChargingSchedule, SCHEDULE | change).path == path


def test_a_frequency_curve_needs_watts() -> None:
    """LocalFrequency counts in W, whatever the schedule says."""
    period = PERIOD | {"operation_mode": "LocalFrequency", "v2x_freq_watt_curve": CURVE}
    assert "counts in W" in str(
        refused(ChargingSchedule, SCHEDULE | {"charging_rate_unit": "A", "charging_schedule_period": [period]})
    )


def test_the_path_is_written_in_the_spelling_of_the_payload() -> None:
    """The same fault is named in camelCase in OCPP's JSON and in snake_case in EVerest's."""
    period = {"startPeriod": 0, "limit": "x"}
    with pytest.raises(PayloadError) as caught:
        from_ocpp(ChargingSchedule, {"evse": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [period]})
    assert caught.value.path == "chargingSchedulePeriod[0].limit"
    faulty = deepcopy(SCHEDULE)
    faulty["charging_schedule_period"][0]["limit"] = "x"
    assert refused(ChargingSchedule, faulty).path == "charging_schedule_period[0].limit"


def test_the_path_of_a_variable_is_that_of_ocpps_json() -> None:
    """What stands beside the rest in OCPP's JSON is named there."""
    with pytest.raises(PayloadError) as caught:
        from_ocpp(SetVariableRequest, {"attributeValue": "1", "component": {"name": 1}, "colour": 2})
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["component.name", "variable", "colour"]
    with pytest.raises(PayloadError) as caught:
        take_ocpp(
            SetVariableRequest, {"attributeValue": "1", "component": {"name": "C", "x": 1}, "variable": {"name": 1}}
        )
    assert [problem.path for problem in caught.value.problems] == ["variable.name"]


def test_an_accepted_value_may_be_empty_and_never_absent() -> None:
    """A result without a value is not Accepted."""
    naming = {"component_variable": {"component": {"name": "C"}, "variable": {"name": "V"}}}
    assert from_everest(GetVariableResult, naming | {"status": "Accepted", "value": ""}).value == ""
    assert refused(GetVariableResult, naming | {"status": "Accepted"}).kind is ProblemKind.VALUE
    assert from_everest(GetVariableResult, naming | {"status": "Rejected"}).value is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31t12:00:00z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31 12:00:00+01:30", datetime(2026, 1, 31, 10, 30, tzinfo=UTC)),
        ("2022-10-06T20:06:24.0617736Z", datetime(2022, 10, 6, 20, 6, 24, 61773, tzinfo=UTC)),
        ("2022-10-06T20:06:24.5-00:00", datetime(2022, 10, 6, 20, 6, 24, 500_000, tzinfo=UTC)),
        (datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_timestamp_with_a_zone_becomes_utc(text: object, moment: datetime) -> None:
    """RFC 3339 in all its forms, and aware datetimes, are held in UTC."""
    assert parse_rfc3339(text) == moment
    assert parse_rfc3339(text).tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31T12:00:00",
        "2026-01-31",
        "2026-01-31T12:00Z",
        "20260131T120000Z",
        "2026-02-30T12:00:00Z",
        "2026-01-31T24:00:01Z",
        "2026-01-31T12:00:00+25:00",
        "0001-01-01T00:00:00+01:00",
        "٢٠٢٦-01-31T12:00:00Z",
        "",
        0,
        1.5,
        None,
        datetime(2026, 1, 31),  # noqa: DTZ001 -- the missing zone is the point
    ],
)
def test_a_timestamp_without_a_zone_is_refused(value: object) -> None:
    """No zone, no such day, no text: a ValueError, which a model turns into the name of the field."""
    with pytest.raises(ValueError, match=r"."):
        parse_rfc3339(value)


def test_custom_data_keeps_its_own_keys() -> None:
    """A vendor's snake_case and camelCase keys stay as they are, on the wire and back."""
    own = {"vendorId": "org.example", "my_key": {"innerKey": 1, "inner_key": [None]}}
    wire = {"vendorId": "v", "customData": own}
    taken = from_ocpp(DataTransferRequest, wire)
    assert to_ocpp(taken) == wire
    everest = to_everest(taken)
    assert json.loads(everest["custom_data"]["data"]) == own
    assert everest["custom_data"]["vendor_id"] == "org.example"


@pytest.mark.parametrize(
    "data",
    ["", "[]", "1", '{"vendorId": "other"}', "{}", '{"vendorId": "v", "x": NaN}', "{" * 10, "[" * 100_000],
)
def test_custom_data_that_is_no_object_of_its_vendor_is_refused(data: str) -> None:
    """The text must hold a JSON object that says the same vendor."""
    assert refused(CustomData, {"vendor_id": "v", "data": data}).kind is ProblemKind.VALUE


@pytest.mark.parametrize("custom", [{}, {"vendorId": 1}, {"vendorId": None}, [], "x"])
def test_custom_data_without_a_vendor_is_refused_at_its_path(custom: object) -> None:
    """OCPP requires the vendor's id and an object."""
    with pytest.raises(PayloadError) as caught:
        from_ocpp(DataTransferRequest, {"vendorId": "v", "customData": custom})
    assert caught.value.path.startswith("customData")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("start_period", "startPeriod"),
        ("limit_L2", "limit_L2"),
        ("setpoint_reactive_L3", "setpointReactive_L3"),
        ("v2x_freq_watt_curve", "v2xFreqWattCurve"),
        ("v2x_baseline", "v2xBaseline"),
        ("limit_at_soc", "limitAtSoC"),
        ("id", "id"),
    ],
)
def test_names_are_spelt_as_ocpp_spells_them(name: str, said: str) -> None:
    """camelCase, but for the phases and for abbreviations."""
    assert ocpp_name(name) == said


def test_a_type_cannot_be_changed() -> None:
    """Types are facts."""
    place = EVSE(id=1)
    with pytest.raises(ValidationError):
        place.id = 2  # type: ignore[misc]  # that is what must fail


def test_an_error_names_five_faults_and_counts_the_rest() -> None:
    """A message for a person stays short; the problems are all there for machinery."""
    error = refused(EVSE, {f"field{number}": 1 for number in range(9)})
    assert "and 5 more" in str(error)
    assert len(error.problems) == 10
    assert "Nothing of it is used." in str(error)


@pytest.mark.parametrize(
    ("obj", "said"),
    [
        ({"id": "x"}, "EVSE: id: should be a whole number, not a string."),
        ({"id": 0}, "EVSE: id: should be greater than or equal to 1, not 0."),
        ({}, "EVSE: id: is required."),
        (None, "EVSE: should be an object, not null."),
        ([], "EVSE: should be an object, not a list."),
        ({"id": 1, "connector_id": {}}, "EVSE: connector_id: should be a whole number, not an object."),
    ],
)
def test_an_error_says_what_was_seen_in_the_words_of_json(obj: object, said: str) -> None:
    """A person reads what should stand there and what does, without the words of Python."""
    assert str(refused(EVSE, obj)).startswith(said)


def test_an_empty_list_is_told_apart_from_a_list_with_a_wrong_item() -> None:
    """A list is called too short where it is, and not because one item of it is wrong."""
    assert "at least 1 item" in str(refused(ChargingSchedule, SCHEDULE | {"charging_schedule_period": []}))
    wrong = refused(ChargingSchedule, SCHEDULE | {"charging_schedule_period": [{"start_period": "x", "limit": 1}]})
    assert [problem.path for problem in wrong.problems] == ["charging_schedule_period[0].start_period"]


@given(JUNK)
@settings(max_examples=100, deadline=None)
def test_any_json_is_a_type_or_a_payload_error(junk: object) -> None:
    """Whatever arrives, nothing but a PayloadError comes out."""
    for model in ALL_TYPES:
        for take in (from_ocpp, from_everest, take_ocpp):
            try:
                take(model, junk)
            except PayloadError as error:
                assert error.problems  # noqa: PT017 -- an error is as right here as a model is


@pytest.mark.parametrize("model", ALL_TYPES, ids=lambda model: model.__name__)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_the_schema_takes_what_the_types_write(model: type[OcppType], data: st.DataObject) -> None:
    """Every type's JSON is valid by the exported schema in both spellings, and an unknown field is not."""
    value = data.draw(examples(model))
    for form, payload in (("everest", to_everest(value)), ("ocpp", to_ocpp(value))):
        validator = VALIDATORS[form, model.__name__]
        validator.validate(payload)
        if model is not CustomData:
            assert not validator.is_valid({**payload, "no_such_field": 1})


SCHEMA = types_schema()
VALIDATORS = {
    (form, model.__name__): Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{form}/{model.__name__}"})
    for form in ("everest", "ocpp")
    for model in ALL_TYPES
}


def test_the_schema_holds_all_types_of_the_seed_in_both_spellings() -> None:
    """Each spelling has at least the 38 names, and the whole is a valid schema."""
    Draft202012Validator.check_schema(SCHEMA)
    for form in ("everest", "ocpp"):
        assert {model.__name__ for model in ALL_TYPES} <= set(SCHEMA["$defs"][form])


class Marked(OcppType):
    at: Moment


def test_a_moment_is_written_in_utc_with_z() -> None:
    """Whatever zone it came in."""
    assert to_ocpp(Marked(at=datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=1))))) == {
        "at": "2026-01-31T11:00:00Z"
    }
