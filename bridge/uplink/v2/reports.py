"""GetBaseReport and GetReport, and the NotifyReports that follow [spec: B07, B08].

A central system built on ocpp-go may leave out the requestId of GetReport; nothing could tell it what its report is an
answer to, so it gets the CALLERROR that any field which is missing gets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.ocpp.base import take_ocpp, to_ocpp
from bridge.types.ocpp.component_variable import AttributeEnum
from bridge.types.ocpp.provisioning.component import ComponentVariable
from bridge.types.ocpp.provisioning.edition import Edition
from bridge.types.ocpp.provisioning.features import NOTIFY_REPORT
from bridge.types.ocpp.provisioning.get_base_report import (
    GetBaseReportRequest,
    GetBaseReportResponse,
    ReportBaseType,
)
from bridge.types.ocpp.provisioning.get_report import ComponentCriterion, GetReportRequest, GetReportResponse
from bridge.types.ocpp.provisioning.notify_report import (
    Mutability,
    NotifyReportRequest,
    ReportData,
    VariableAttribute,
    VariableCharacteristics,
)
from bridge.types.ocpp.provisioning.sending import to_peer
from bridge.types.ocpp.provisioning.status_info import GenericDeviceModelStatus, StatusInfo
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.device_model.access import INFO_AT_MOST
from bridge.uplink.device_model.controllers import VALUE_AT_MOST
from bridge.uplink.device_model.device_model import Present
from bridge.uplink.device_model.variable import ComponentKey, ModelVariable, component_key, variable_key
from bridge.uplink.dialect import Wording
from bridge.uplink.monitoring.parting import Room, parted
from bridge.uplink.station import Station
from bridge.uplink.v2.stating import hold_request_id
from bridge.uplink.v2.variables import edition_of, hold_items, hold_places, hold_size

PART: Final = Room(items=50, bytes=16_384)
"""of one NotifyReport"""

_CONDITION: Final = frozenset({"available", "availabilitystate", "problem"})
"""variables of the SummaryInventory, folded"""
_PHYSICAL: Final = frozenset({"chargingstation", "evse", "connector"})
_Keep = Callable[[ModelVariable], bool]


async def get_base_report(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Say whether a ready-made report follows, and let it follow."""
    request = take_ocpp(GetBaseReportRequest, payload).model
    hold_request_id(request.request_id)
    chosen = base_report(station.device_model.present(), request.report_base)
    status, info, then = _outcome(station, conversation, request.request_id, chosen)
    return Answer(to_peer(GetBaseReportResponse(status=status, status_info=info), edition_of(station)), then)


async def get_report(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Say whether a report of what is asked for follows, and let it follow."""
    hold_size(payload)
    request = take_ocpp(GetReportRequest, payload).model
    if request.request_id is None:
        raise RefusedQuestionError(ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, "requestId is missing")
    hold_request_id(request.request_id)
    asked = request.component_variable or ()
    hold_items(len(asked))
    hold_places(one.component for one in asked)
    chosen = chosen_report(station.device_model.present(), request.component_criteria or (), asked)
    status, info, then = _outcome(station, conversation, request.request_id, chosen)
    return Answer(to_peer(GetReportResponse(status=status, status_info=info), edition_of(station)), then)


# --- which variables -------------------------------------------------------------------------------------------------


def base_report(present: Present, base: ReportBaseType) -> tuple[ModelVariable, ...]:
    """Return the variables of a ready-made report.

    ConfigurationInventory has all that can be set, secrets without their values; SummaryInventory has the availability
    and the problems of charger, EVSEs and connectors.
    """
    keep: dict[ReportBaseType, _Keep] = {
        ReportBaseType.CONFIGURATION_INVENTORY: lambda variable: variable.is_settable,
        ReportBaseType.FULL_INVENTORY: lambda _: True,
        ReportBaseType.SUMMARY_INVENTORY: _tells_condition,
    }
    return tuple(variable for variable in present if keep[base](variable))


def chosen_report(
    present: Present, criteria: Iterable[ComponentCriterion], asked: Iterable[ComponentVariable]
) -> tuple[ModelVariable, ...]:
    """Return the variables that are asked for; where both are given, what fits both.

    A component of which no instance, EVSE or connector is named means all of them, and so does a variable without its
    instance; a component without a variable means all of its variables [spec: B08.FR.20 to 22].
    """
    wanted_by, asked = tuple(criteria), tuple(asked)
    states = _component_states(present)
    return tuple(
        variable
        for variable in present
        if (not wanted_by or any(_fits(states, variable, criterion) for criterion in wanted_by))
        and (not asked or any(_means(one, variable) for one in asked))
    )


def _tells_condition(variable: ModelVariable) -> bool:
    place = variable.place
    return place.component.casefold() in _PHYSICAL and place.variable.casefold() in _CONDITION


def _component_states(present: Present) -> dict[tuple[ComponentKey, str], str | None]:
    """Return the values of the variables that criteria ask for, by component and the variable's folded name."""
    named = {criterion.casefold() for criterion in ComponentCriterion}
    return {
        (variable.place.component_key, variable.place.variable.casefold()): variable.value
        for variable in present
        if variable.place.variable.casefold() in named and variable.place.variable_instance is None
    }


def _fits(states: dict[tuple[ComponentKey, str], str | None], variable: ModelVariable, by: ComponentCriterion) -> bool:
    """Tell whether a component meets a criterion; one that says nothing of it is there, on, and has no problem."""
    default = "false" if by is ComponentCriterion.PROBLEM else "true"
    return states.get((variable.place.component_key, by.casefold()), default) == "true"


def _means(asked: ComponentVariable, variable: ModelVariable) -> bool:
    name, instance, evse_id, connector_id = component_key(asked.component)
    its_name, its_instance, its_evse_id, its_connector_id = variable.place.component_key
    if name != its_name or instance not in (None, its_instance):
        return False
    if evse_id not in (None, its_evse_id) or connector_id not in (None, its_connector_id):
        return False
    if asked.variable is None:
        return True
    its_variable, its_variable_instance = variable_key(variable.place.as_variable())
    wanted, wanted_instance = variable_key(asked.variable)
    return wanted == its_variable and wanted_instance in (None, its_variable_instance)


# --- how they are told -----------------------------------------------------------------------------------------------


def report_data(variable: ModelVariable, edition: Edition) -> ReportData:
    """Return what a report says of one variable: all its attributes, and what it is. A secret has no value there."""
    place = variable.place
    actual = VariableAttribute(
        type=AttributeEnum.ACTUAL,
        value=_sayable(variable.value if variable.is_readable else None),
        mutability=variable.mutability,
        persistent=variable.persistent,
        constant=variable.constant,
    )
    further = (
        VariableAttribute(
            type=attribute,
            value=_sayable(value),
            mutability=Mutability.READ_ONLY,
            persistent=variable.persistent,
            constant=variable.constant,
        )
        for attribute, value in variable.further.items()
        if attribute is not AttributeEnum.ACTUAL
    )
    return ReportData(
        component=place.as_component(),
        variable=place.as_variable(),
        variable_attribute=(actual, *further),
        variable_characteristics=VariableCharacteristics(
            data_type=variable.data_type,
            supports_monitoring=variable.supports_monitoring,
            unit=variable.unit,
            min_limit=variable.min_limit,
            max_limit=variable.max_limit,
            values_list=None if variable.values_list is None else ",".join(variable.values_list),
            max_elements=variable.max_elements if edition is OcppVersion.V21 else None,
        ),
    )


def parts(
    variables: Sequence[ModelVariable], request_id: int, at: datetime, edition: Edition, room: Room = PART
) -> list[NotifyReportRequest]:
    """Return the messages of a report, numbered from 0; all but the last say that more follows."""
    told = [report_data(variable, edition) for variable in variables]
    pieces = parted(told, to_ocpp, room)
    last = len(pieces) - 1
    return [
        NotifyReportRequest(
            request_id=request_id,
            generated_at=at,
            seq_no=number,
            tbc=True if number < last else None,
            report_data=tuple(piece),
        )
        for number, piece in enumerate(pieces)
    ]


class _Outcome(NamedTuple):
    status: GenericDeviceModelStatus
    info: StatusInfo | None = None
    then: Callable[[], Awaitable[None]] | None = None


def _outcome(station: Station, conversation: Conversing, request_id: int, chosen: Sequence[ModelVariable]) -> _Outcome:
    if not chosen:
        return _Outcome(GenericDeviceModelStatus.EMPTY_RESULT_SET)
    edition = edition_of(station)
    messages = [
        Wording(NOTIFY_REPORT, to_peer(part, edition))
        for part in parts(chosen, request_id, station.house.clock.now(), edition)
    ]
    if len(messages) > station.session.room:
        info = f"the report has {len(messages)} parts, and {station.session.room} more messages may wait"
        return _Outcome(
            GenericDeviceModelStatus.REJECTED,
            StatusInfo(reason_code="OutOfMemory", additional_info=info[:INFO_AT_MOST]),
        )

    async def send() -> None:
        for message in messages:
            station.session.ask(message)
        conversation.look()

    return _Outcome(GenericDeviceModelStatus.ACCEPTED, then=send)


def _sayable(value: str | None) -> str | None:
    return None if value is None else value[:VALUE_AT_MOST]
