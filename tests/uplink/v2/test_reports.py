from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.ocpp.base import from_ocpp, to_ocpp
from bridge.types.ocpp.component_variable import AttributeEnum
from bridge.types.ocpp.provisioning.component import Component, ComponentVariable, Variable
from bridge.types.ocpp.provisioning.edition import EDITIONS, Edition
from bridge.types.ocpp.provisioning.get_base_report import ReportBaseType
from bridge.types.ocpp.provisioning.get_report import ComponentCriterion
from bridge.types.ocpp.provisioning.notify_report import DataType, Mutability, NotifyReportRequest, ReportData
from bridge.types.ocpp.provisioning.sending import to_peer
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.device_model.controllers import BYTES_AT_MOST, ITEMS_AT_MOST
from bridge.uplink.device_model.device_model import Present
from bridge.uplink.device_model.variable import ModelVariable, Place
from bridge.uplink.dialect import Wording
from bridge.uplink.monitoring.parting import Room, bytes_of
from bridge.uplink.session import MOST_ASKED
from bridge.uplink.v2.reports import PART, base_report, chosen_report, get_base_report, get_report, parts, report_data
from bridge.uplink.v2.variables import set_variables
from tests.types.ocpp.schemas import check
from tests.uplink.configuration.stations import READING
from tests.uplink.device_model.models import AT, OBEYED, PAIRS, READ, SECRET, model_of
from tests.uplink.v2.talking import Asking

V201: Final = OcppVersion.V201
V21: Final = OcppVersion.V21
OVERHEAD_BYTES = 300


@pytest.fixture(params=[V201, V21])
def version(request: pytest.FixtureRequest) -> OcppVersion:
    found: OcppVersion = request.param
    return found


def run(folder: Path, version: OcppVersion, work: Callable[[Asking], Awaitable[None]]) -> None:
    async def go() -> None:
        asking = Asking(folder, version)
        try:
            await asking.begin()
            await work(asking)
        finally:
            asking.end()

    asyncio.run(go())


# --- the parts -------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=50)
NUMBERS = st.none() | st.floats(-1e6, 1e6)


@st.composite
def model_variables(draw: st.DrawFn) -> ModelVariable:
    """Draw a variable that may be of any form within OCPP's limits."""
    evse_id = draw(st.none() | st.integers(1, 9))
    mutability = draw(st.sampled_from(Mutability))
    value = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=1000)
    return ModelVariable(
        place=Place(
            component=draw(TEXTS),
            variable=draw(TEXTS),
            component_instance=draw(st.none() | TEXTS),
            variable_instance=draw(st.none() | TEXTS),
            evse_id=evse_id,
            connector_id=None if evse_id is None else draw(st.none() | st.integers(1, 9)),
        ),
        data_type=draw(st.sampled_from(DataType)),
        value=None if mutability is Mutability.WRITE_ONLY else draw(value),
        mutability=mutability,
        persistent=draw(st.booleans()),
        constant=draw(st.booleans()),
        unit=draw(st.none() | st.text("Wsh%", min_size=1, max_size=16)),
        min_limit=draw(NUMBERS),
        max_limit=draw(NUMBERS),
        values_list=draw(st.none() | st.lists(st.text("abc", min_size=1, max_size=20), min_size=1).map(tuple)),
        max_elements=draw(st.none() | st.integers(1, 99)),
        supports_monitoring=draw(st.booleans()),
        further=draw(st.dictionaries(st.sampled_from(AttributeEnum), st.text(max_size=20))),
    )


def reassembled(payloads: Sequence[dict[str, Any]], request_id: int) -> list[ReportData]:
    """Put a report together as a central system does; it fails where the parts are not one whole report."""
    told = [from_ocpp(NotifyReportRequest, payload) for payload in payloads]
    assert [part.seq_no for part in told] == list(range(len(told)))
    assert [bool(part.tbc) for part in told] == [True] * (len(told) - 1) + [False]
    assert {part.request_id for part in told} == {request_id}
    return [data for part in told for data in part.report_data or ()]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(model_variables(), min_size=1, max_size=12),
    st.integers(0, 2**31 - 1),
    st.sampled_from(EDITIONS),
    st.integers(1, 5),
    st.integers(400, 8000),
)
def test_the_parts_make_up_the_device_model(
    variables: list[ModelVariable], request_id: int, edition: Edition, items: int, size: int
) -> None:
    """Whatever it is: nothing missing, nothing twice, in order; each part is within the limits and what OCPP allows."""
    room = Room(items, size)
    messages = parts(variables, request_id, AT, edition, room)
    payloads = [to_peer(message, edition) for message in messages]
    assert reassembled(payloads, request_id) == [report_data(variable, edition) for variable in variables]
    for payload in payloads:
        check(payload, edition, "NotifyReport")
        assert 1 <= len(payload["reportData"]) <= items
        assert bytes_of(payload) <= size or len(payload["reportData"]) == 1
        assert payload["generatedAt"] == "2026-03-10T12:00:00Z"


@settings(max_examples=80, deadline=None)
@given(model_variables(), st.sampled_from(EDITIONS))
def test_all_of_a_variable_is_told(variable: ModelVariable, edition: Edition) -> None:
    """Its attributes, each once, Actual first; what it is; a secret without its value; `maxElements` in 2.1 only."""
    said = to_ocpp(report_data(variable, edition))
    attributes = {one["type"]: one.get("value") for one in said["variableAttribute"]}
    assert len(attributes) == len(said["variableAttribute"])
    further = {kind.value: text for kind, text in variable.further.items() if kind is not AttributeEnum.ACTUAL}
    assert attributes == {"Actual": variable.value} | further
    assert said["variableAttribute"][0]["mutability"] == variable.mutability
    wanted = {
        "dataType": variable.data_type,
        "supportsMonitoring": variable.supports_monitoring,
        "unit": variable.unit,
        "minLimit": variable.min_limit,
        "maxLimit": variable.max_limit,
        "valuesList": None if variable.values_list is None else ",".join(variable.values_list),
        "maxElements": variable.max_elements if edition is V21 else None,
    }
    assert said["variableCharacteristics"] == {name: value for name, value in wanted.items() if value is not None}


def test_a_secret_in_the_model_would_not_come_out() -> None:
    """Even where somebody put it there by mistake."""
    (password,) = [one for one in model_of().variables() if one.mutability is Mutability.WRITE_ONLY]
    assert SECRET not in repr(report_data(replace(password, value=SECRET), V21))


# --- which variables -------------------------------------------------------------------------------------------------


def names(variables: Sequence[ModelVariable]) -> set[str]:
    return {str(variable.place) for variable in variables}


def chosen(present: Present, *criteria: ComponentCriterion, asked: Sequence[ComponentVariable] = ()) -> set[str]:
    return names(chosen_report(present, criteria, asked))


@pytest.mark.parametrize(("station", "facts"), PAIRS)
def test_base_reports(station: Any, facts: Any) -> None:
    """All, what can be set, and what tells how the station is."""
    present = model_of(station, facts).present()
    full, configuration, summary = (
        names(base_report(present, base))
        for base in (
            ReportBaseType.FULL_INVENTORY,
            ReportBaseType.CONFIGURATION_INVENTORY,
            ReportBaseType.SUMMARY_INVENTORY,
        )
    )
    assert full == names(tuple(present))
    assert configuration == {str(one.place) for one in present if one.is_settable}
    assert "SecurityCtrlr.BasicAuthPassword" in configuration
    told = ("Available", "AvailabilityState", "Problem")
    assert summary == {
        *(f"ChargingStation.{name}" for name in told),
        *(f"EVSE/{evse.evse_id}.{name}" for evse in facts.evses for name in told),
        *(f"Connector/{evse.evse_id}/1.{name}" for evse in facts.evses for name in told),
    }


def test_components_are_chosen_by_their_state() -> None:
    """One that says nothing is there and on, and has no problem [spec: B08]; of several criteria one is enough."""
    present = model_of(READING, READ).present()

    def components(*criteria: ComponentCriterion) -> set[str]:
        return {name.rpartition(".")[0].partition("[")[0] for name in chosen(present, *criteria)}

    problem = components(ComponentCriterion.PROBLEM)
    assert problem == {"ChargingStation", "EVSE/2", "Connector/2/1"}
    there = components(ComponentCriterion.AVAILABLE)
    everything = components()
    assert everything - there == {"AuthCacheCtrlr", "LocalAuthListCtrlr", "SmartChargingCtrlr"}
    assert "LocalAuthListCtrlr" not in components(ComponentCriterion.ENABLED)
    assert components(ComponentCriterion.PROBLEM, ComponentCriterion.AVAILABLE) == there | problem
    assert components(ComponentCriterion.ACTIVE) == everything


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (
            ComponentVariable(component=Component(name="evse"), variable=Variable(name="supplyphases")),
            {"EVSE/1.SupplyPhases", "EVSE/2.SupplyPhases"},
        ),
        (
            ComponentVariable(
                component=Component.model_validate({"name": "EVSE", "evse": {"id": 2}}), variable=Variable(name="Power")
            ),
            {"EVSE/2.Power"},
        ),
        (
            ComponentVariable(
                component=Component.model_validate({"name": "Connector", "evse": {"id": 2}}),
                variable=Variable(name="AvailabilityState"),
            ),
            {"Connector/2/1.AvailabilityState"},
        ),
        (
            ComponentVariable(component=Component(name="DeviceDataCtrlr"), variable=Variable(name="BytesPerMessage")),
            {f"DeviceDataCtrlr.BytesPerMessage[{name}]" for name in ("GetReport", "GetVariables", "SetVariables")},
        ),
        (
            ComponentVariable(
                component=Component(name="DeviceDataCtrlr"),
                variable=Variable(name="BytesPerMessage", instance="getreport"),
            ),
            {"DeviceDataCtrlr.BytesPerMessage[GetReport]"},
        ),
        (
            ComponentVariable(component=Component(name="ClockCtrlr")),
            {"ClockCtrlr.DateTime", "ClockCtrlr.TimeSource"},
        ),
        (ComponentVariable(component=Component(name="ClockCtrlr", instance="Tea")), set()),
        (ComponentVariable(component=Component(name="ClockCtrlr"), variable=Variable(name="Tea")), set()),
        (ComponentVariable(component=Component(name="Tea")), set()),
    ],
)
def test_what_is_not_named_means_all_of_it(asked: ComponentVariable, found: set[str]) -> None:
    """Instances, EVSEs, connectors and variables."""
    assert chosen(model_of(READING, READ).present(), asked=[asked]) == found


def test_where_both_are_given_both_must_fit() -> None:
    """A component of the list, in that state."""
    asked = [ComponentVariable(component=Component(name=name)) for name in ("EVSE", "ClockCtrlr")]
    found = chosen(model_of(READING, READ).present(), ComponentCriterion.PROBLEM, asked=asked)
    assert {name.partition(".")[0] for name in found} == {"EVSE/2"}


# --- the questions ---------------------------------------------------------------------------------------------------


def test_a_full_report_follows_its_answer(tmp_path: Path, version: OcppVersion) -> None:
    """In parts, which together are the device model; the secret that was set is not in them."""

    async def work(asking: Asking) -> None:
        item = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
        await set_variables(asking.station, asking, {"setVariableData": [item | {"attributeValue": SECRET}]})
        answer = await asking.ask("GetBaseReport", get_base_report, {"requestId": 7, "reportBase": "FullInventory"})
        assert answer == {"status": "Accepted"}
        assert asking.looks == 1
        payloads = asking.waiting()
        assert len(payloads) > 1
        edition: Edition = V21 if version is V21 else V201
        assert reassembled(payloads, 7) == [
            report_data(variable, edition) for variable in asking.station.device_model.variables()
        ]
        for payload in payloads:
            assert len(payload["reportData"]) <= PART.items
            assert bytes_of(payload) <= PART.bytes
        assert SECRET not in json.dumps(payloads)

    run(tmp_path, version, work)


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({}, "Accepted"),
        ({"componentCriteria": ["Problem"]}, "EmptyResultSet"),
        ({"componentVariable": [{"component": {"name": "Tea"}}]}, "EmptyResultSet"),
        ({"componentVariable": [{"component": {"name": "Tea"}}, {"component": {"name": "clockctrlr"}}]}, "Accepted"),
        ({"componentCriteria": ["Available", "Problem"]}, "Accepted"),
    ],
)
def test_a_chosen_report(payload: dict[str, Any], status: str, tmp_path: Path, version: OcppVersion) -> None:
    """Follows where something fits; where nothing does, nothing follows."""

    async def work(asking: Asking) -> None:
        answer = await asking.ask("GetReport", get_report, {"requestId": 3} | payload)
        assert answer == {"status": status}
        assert bool(asking.waiting()) is (status == "Accepted")

    run(tmp_path, version, work)


def test_a_report_that_has_no_room_is_rejected(tmp_path: Path, version: OcppVersion) -> None:
    """As a whole: half a report would be worse than none."""

    async def work(asking: Asking) -> None:
        for _ in range(MOST_ASKED - 1):
            asking.station.session.ask(Wording("Heartbeat", {}))
        answer = await asking.ask("GetBaseReport", get_base_report, {"requestId": 7, "reportBase": "FullInventory"})
        assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "OutOfMemory")
        assert asking.station.session.room == 1
        answer = await asking.ask("GetBaseReport", get_base_report, {"requestId": 8, "reportBase": "SummaryInventory"})
        assert answer == {"status": "Accepted"}
        assert asking.station.session.room == 0

    run(tmp_path, version, work)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"componentCriteria": ["Problem"]}, ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION),
        ({"requestId": -1}, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
        (
            {"requestId": 1, "componentVariable": [{"component": {"name": "Tea"}}] * (ITEMS_AT_MOST + 1)},
            ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
        ),
        (
            {"requestId": 1, "customData": {"vendorId": "x", "padding": "x" * BYTES_AT_MOST}},
            ErrorCode.FORMAT_VIOLATION,
        ),
    ],
)
def test_questions_that_cannot_be_answered(payload: dict[str, Any], code: ErrorCode, tmp_path: Path) -> None:
    """Without a number, with one that no report can bear, or too long."""

    async def work(asking: Asking) -> None:
        with pytest.raises(RefusedQuestionError) as refusal:
            await get_report(asking.station, asking, payload)
        assert refusal.value.code is code
        assert asking.waiting() == []

    run(tmp_path, V201, work)


def test_the_moment_of_a_report_is_told() -> None:
    """When it was made."""
    (part,) = parts(model_of(facts=OBEYED).variables()[:1], 1, datetime(2026, 1, 2, tzinfo=UTC), V201)
    assert to_ocpp(part)["generatedAt"] == "2026-01-02T00:00:00Z"
