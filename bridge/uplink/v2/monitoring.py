"""The questions about monitors [spec: OCPP 2.x, N02 to N06].

2.1 has more words than 2.0.1, and these are answered: TargetDelta and TargetDeltaRelative with UnsupportedMonitorType,
for no variable of the charger has a target here; a `periodicEventStream` with Rejected, for there are no streams. A
report names who set a monitor in 2.1, and cannot in 2.0.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.ocpp.base import take_ocpp, to_ocpp
from bridge.types.ocpp.provisioning.component import ComponentVariable
from bridge.types.ocpp.provisioning.status_info import GenericDeviceModelStatus, StatusInfo
from bridge.types.ocpp.status_info import GenericStatus
from bridge.types.ocpp.v2.monitoring import (
    ClearMonitoringResult,
    ClearVariableMonitoringRequest,
    ClearVariableMonitoringResponse,
    GetMonitoringReportRequest,
    GetMonitoringReportResponse,
    MonitoringCriterion,
    MonitoringData,
    MonitorType,
    NotifyMonitoringReportRequest,
    SetMonitoringBaseRequest,
    SetMonitoringBaseResponse,
    SetMonitoringData,
    SetMonitoringLevelRequest,
    SetMonitoringLevelResponse,
    SetMonitoringResult,
    SetMonitoringStatus,
    SetVariableMonitoringRequest,
    SetVariableMonitoringResponse,
    VariableMonitoring,
)
from bridge.types.ocpp.variable_access import GetVariableStatusEnumType
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.device_model.device_model import Present
from bridge.uplink.device_model.variable import Place, PlaceKey
from bridge.uplink.dialect import Wording
from bridge.uplink.monitoring.monitor import PERIODIC, THRESHOLDS, Monitor
from bridge.uplink.monitoring.monitors import Monitors, Verdict
from bridge.uplink.monitoring.parting import bytes_of, parted, room_of
from bridge.uplink.station import Station
from bridge.uplink.v2.stating import hold_request_id

_CRITERIA: Final = {
    MonitoringCriterion.THRESHOLD_MONITORING: THRESHOLDS,
    MonitoringCriterion.DELTA_MONITORING: frozenset({MonitorType.DELTA}),
    MonitoringCriterion.PERIODIC_MONITORING: PERIODIC,
}


async def set_variable_monitoring(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Set monitors, each by itself; what was taken is kept before it is answered. Raises StoreError."""
    request = take_ocpp(SetVariableMonitoringRequest, payload).model
    present = station.device_model.present()
    _hold(present, "SetVariableMonitoring", len(request.set_monitoring_data), payload)
    monitors, now, results = station.watch.monitors, station.house.clock.now(), []
    for data in request.set_monitoring_data:
        monitors, verdict = _set(monitors, data, present, now)
        results.append(_result(data, verdict))
    if monitors is not station.watch.monitors:
        await station.watch.change(monitors)
    return Answer(to_ocpp(SetVariableMonitoringResponse(set_monitoring_result=tuple(results))))


def _set(monitors: Monitors, data: SetMonitoringData, present: Present, now: datetime) -> tuple[Monitors, Verdict]:
    variable = present.find(data.component, data.variable)
    if variable is GetVariableStatusEnumType.UNKNOWN_COMPONENT:
        return monitors, Verdict(SetMonitoringStatus.UNKNOWN_COMPONENT)
    if isinstance(variable, GetVariableStatusEnumType):
        return monitors, Verdict(SetMonitoringStatus.UNKNOWN_VARIABLE)
    return monitors.set(data, variable, present, now)


def _result(data: SetMonitoringData, verdict: Verdict) -> SetMonitoringResult:
    info = None
    if verdict.reason is not None or verdict.info is not None:
        info = StatusInfo(reason_code=verdict.reason or "UnsupportedParam", additional_info=verdict.info)
    return SetMonitoringResult(
        component=data.component,
        variable=data.variable,
        type=data.type,
        severity=data.severity,
        status=verdict.status,
        id=verdict.monitor_id,
        status_info=info,
    )


async def clear_variable_monitoring(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Remove monitors, each by itself. Raises StoreError."""
    request = take_ocpp(ClearVariableMonitoringRequest, payload).model
    present = station.device_model.present()
    _hold(present, "ClearVariableMonitoring", len(request.id), payload)
    monitors, results = station.watch.monitors, []
    for number in request.id:
        monitors, status = monitors.clear(number, present)
        results.append(ClearMonitoringResult(id=number, status=status))
    if monitors is not station.watch.monitors:
        await station.watch.change(monitors)
    return Answer(to_ocpp(ClearVariableMonitoringResponse(clear_monitoring_result=tuple(results))))


async def set_monitoring_base(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Begin from other monitors. Raises StoreError."""
    request = take_ocpp(SetMonitoringBaseRequest, payload).model
    await station.watch.change(station.watch.monitors.begin_from(request.monitoring_base))
    return Answer(to_ocpp(SetMonitoringBaseResponse(status=GenericDeviceModelStatus.ACCEPTED)))


async def set_monitoring_level(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Tell of nothing that is less severe. Raises StoreError."""
    request = take_ocpp(SetMonitoringLevelRequest, payload).model
    monitors = station.watch.monitors.limited_to(request.severity)
    if monitors is None:
        info = StatusInfo(reason_code="ValueOutOfRange", additional_info="severity: 0 to 9")
        return Answer(to_ocpp(SetMonitoringLevelResponse(status=GenericStatus.REJECTED, status_info=info)))
    await station.watch.change(monitors)
    return Answer(to_ocpp(SetMonitoringLevelResponse(status=GenericStatus.ACCEPTED)))


async def get_monitoring_report(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Report monitors; the parts follow the answer."""
    request = take_ocpp(GetMonitoringReportRequest, payload).model
    hold_request_id(request.request_id)
    present = station.device_model.present()
    _hold(present, "GetReport", len(request.component_variable or ()), payload)
    chosen = [one for one in station.watch.monitors.active(present).values() if _is_asked_for(one, request)]
    if not chosen:
        return _reported(GenericDeviceModelStatus.EMPTY_RESULT_SET)
    parts = _parts(station, present, chosen, request.request_id)
    if len(parts) > station.session.room:
        info = StatusInfo(reason_code="TooManyElements", additional_info="too much waits to be sent already")
        return _reported(GenericDeviceModelStatus.REJECTED, info)

    async def send() -> None:
        for part in parts:
            station.session.ask(Wording("NotifyMonitoringReport", part))
        conversation.look()

    return Answer(_reported(GenericDeviceModelStatus.ACCEPTED).payload, send)


def _reported(status: GenericDeviceModelStatus, info: StatusInfo | None = None) -> Answer:
    return Answer(to_ocpp(GetMonitoringReportResponse(status=status, status_info=info)))


def _is_asked_for(monitor: Monitor, request: GetMonitoringReportRequest) -> bool:
    criteria, named = request.monitoring_criteria, request.component_variable
    if criteria is not None and not any(monitor.type in _CRITERIA[criterion] for criterion in criteria):
        return False
    return named is None or any(_is_named(monitor.place, one) for one in named)


def _is_named(place: Place, named: ComponentVariable) -> bool:
    """Return whether a variable is meant; what is left out means every one there is [spec: N02.FR.15 to 17]."""
    component, variable = named.component, named.variable
    evse = component.evse
    return (
        _is_same(component.name, place.component)
        and (component.instance is None or _is_same(component.instance, place.component_instance))
        and (evse is None or evse.id == (place.evse_id or 0))
        and (evse is None or evse.connector_id is None or evse.connector_id == place.connector_id)
        and (variable is None or _is_same(variable.name, place.variable))
        and (variable is None or variable.instance is None or _is_same(variable.instance, place.variable_instance))
    )


def _is_same(name: str, other: str | None) -> bool:
    return other is not None and name.casefold() == other.casefold()


def _parts(station: Station, present: Present, monitors: Iterable[Monitor], request_id: int) -> list[dict[str, Any]]:
    """Return the payloads of a report: a variable's monitors stand together, in one part where they fit."""
    room = room_of(present, "DeviceDataCtrlr", "GetReport")
    by_place: dict[PlaceKey, list[Monitor]] = {}
    for monitor in monitors:
        by_place.setdefault(monitor.place.folded, []).append(monitor)
    data = [
        MonitoringData(
            component=together[0].place.as_component(),
            variable=together[0].place.as_variable(),
            variable_monitoring=tuple(_said(one, station.version) for one in together),
        )
        for together in by_place.values()
    ]
    groups: Sequence[Sequence[MonitoringData]] = parted(data, to_ocpp, room)
    return [
        to_ocpp(
            NotifyMonitoringReportRequest(
                request_id=request_id,
                seq_no=number,
                generated_at=station.house.clock.now(),
                tbc=True if number + 1 < len(groups) else None,
                monitor=tuple(group),
            )
        )
        for number, group in enumerate(groups)
    ]


def _said(monitor: Monitor, version: OcppVersion) -> VariableMonitoring:
    return VariableMonitoring(
        id=monitor.id,
        transaction=monitor.transaction,
        value=monitor.value,
        type=monitor.type,
        severity=monitor.severity,
        event_notification_type=monitor.kind if version is OcppVersion.V21 else None,
    )


def _hold(present: Present, instance: str, items: int, payload: object) -> None:
    """Hold a question against the limits that the device model tells [spec: N04.FR.09, N06.FR.06 and 07]."""
    room = room_of(present, "DeviceDataCtrlr" if instance == "GetReport" else "MonitoringCtrlr", instance)
    if items > room.items:
        description = f"{items} elements; ItemsPerMessage is {room.items}"
        raise RefusedQuestionError(ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, description)
    if bytes_of(payload) > room.bytes:
        raise RefusedQuestionError(ErrorCode.FORMAT_VIOLATION, f"longer than BytesPerMessage, which is {room.bytes}")
