"""The messages of OCPP 2.x with which a central system has variables watched [spec: use cases N02 to N08]."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many, Moment, OcppWord, Whole
from bridge.types.ocpp.event_data import EventNotificationType
from bridge.types.ocpp.provisioning.component import Component, ComponentVariable, Variable
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible
from bridge.types.ocpp.provisioning.status_info import GenericDeviceModelStatus, StatusInfo
from bridge.types.ocpp.status_info import GenericStatus

MonitorId = Annotated[Whole, Field(ge=0)]
Severity = Annotated[Whole, Field(ge=0)]
"""From 0 (danger) to 9 (debug) [spec]; a higher one is well formed, and is answered with Rejected."""

LEAST_SEVERE = 9


class MonitorType(OcppWord):
    """When a monitor tells of its variable [spec]."""

    UPPER_THRESHOLD = "UpperThreshold"
    """when it rises above the monitor's value, and when it is back"""
    LOWER_THRESHOLD = "LowerThreshold"
    """when it falls below the monitor's value, and when it is back"""
    DELTA = "Delta"
    """when it has changed by more than the monitor's value since it was told last; without numbers, on every change"""
    PERIODIC = "Periodic"
    """every so many seconds since the monitor was set"""
    PERIODIC_CLOCK_ALIGNED = "PeriodicClockAligned"
    """every so many seconds of the clock: 900 means at 0, 15, 30 and 45 minutes past the hour"""
    TARGET_DELTA = "TargetDelta"
    """when it differs from its target by more than the monitor's value; a word of 2.1"""
    TARGET_DELTA_RELATIVE = "TargetDeltaRelative"
    """likewise, as a share of the target; a word of 2.1"""


class PeriodicEventStreamParams(Extensible):
    """The wish to have a periodic monitor's values in a stream of their own [spec: OCPP 2.1]."""

    interval: Annotated[Whole, Field(ge=0)] | None = None
    """seconds after which gathered values are sent"""
    values: Annotated[Whole, Field(ge=0)] | None = None
    """how many values are sent together"""


class SetMonitoringData(Extensible):
    """A monitor that is to be set [spec]."""

    component: Component
    variable: Variable
    type: MonitorType
    value: float
    """of the threshold or the change, in the variable's unit; of what is periodic, the seconds between"""
    severity: Severity
    id: MonitorId | None = None
    """names the monitor that it replaces"""
    transaction: bool | None = None
    """whether it watches during transactions only; None means no"""
    periodic_event_stream: PeriodicEventStreamParams | None = None
    """of 2.1"""


class SetVariableMonitoringRequest(Extensible):
    """Set these monitors [spec]."""

    set_monitoring_data: Annotated[Many[SetMonitoringData], Field(min_length=1)]


class SetMonitoringStatus(OcppWord):
    """What became of a monitor that was to be set [spec]."""

    ACCEPTED = "Accepted"
    UNKNOWN_COMPONENT = "UnknownComponent"
    UNKNOWN_VARIABLE = "UnknownVariable"
    UNSUPPORTED_MONITOR_TYPE = "UnsupportedMonitorType"
    """the variable cannot be watched so"""
    REJECTED = "Rejected"
    DUPLICATE = "Duplicate"
    """the variable has a monitor of this type and severity"""


class SetMonitoringResult(Extensible):
    """What became of one of them; component and variable are spelt as in the question [spec]."""

    component: Component
    variable: Variable
    type: MonitorType
    severity: Severity
    status: SetMonitoringStatus
    id: MonitorId | None = None
    """when Accepted"""
    status_info: StatusInfo | None = None


class SetVariableMonitoringResponse(Extensible):
    """One result for each monitor, in their order [spec]."""

    set_monitoring_result: Annotated[Many[SetMonitoringResult], Field(min_length=1)]


class ClearVariableMonitoringRequest(Extensible):
    """Remove these monitors [spec]."""

    id: Annotated[Many[MonitorId], Field(min_length=1)]


class ClearMonitoringStatus(OcppWord):
    """What became of a monitor that was to be removed [spec]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    """it cannot be removed"""
    NOT_FOUND = "NotFound"


class ClearMonitoringResult(Extensible):
    """What became of one of them [spec]."""

    id: MonitorId
    status: ClearMonitoringStatus
    status_info: StatusInfo | None = None


class ClearVariableMonitoringResponse(Extensible):
    """One result for each monitor, in their order [spec]."""

    clear_monitoring_result: Annotated[Many[ClearMonitoringResult], Field(min_length=1)]


class MonitoringBase(OcppWord):
    """A set of monitors to begin from [spec]."""

    ALL = "All"
    """everything that is preconfigured, beside what was set"""
    FACTORY_DEFAULT = "FactoryDefault"
    """what the maker recommends, and nothing that was set"""
    HARD_WIRED_ONLY = "HardWiredOnly"
    """nothing but what cannot be taken away"""


class SetMonitoringBaseRequest(Extensible):
    """Begin from these monitors [spec]."""

    monitoring_base: MonitoringBase


class SetMonitoringBaseResponse(Extensible):
    """Whether they are in place [spec]."""

    status: GenericDeviceModelStatus
    status_info: StatusInfo | None = None


class SetMonitoringLevelRequest(Extensible):
    """Tell of nothing that is less severe than this, which is a higher number [spec]."""

    severity: Severity


class SetMonitoringLevelResponse(Extensible):
    """Whether it is so from now on [spec]."""

    status: GenericStatus
    status_info: StatusInfo | None = None


class MonitoringCriterion(OcppWord):
    """A kind of monitors [spec]."""

    THRESHOLD_MONITORING = "ThresholdMonitoring"
    DELTA_MONITORING = "DeltaMonitoring"
    PERIODIC_MONITORING = "PeriodicMonitoring"


class GetMonitoringReportRequest(Extensible):
    """Report the monitors of these kinds on these variables, all of them where nothing is said [spec]."""

    request_id: Whole
    monitoring_criteria: Annotated[Many[MonitoringCriterion], Field(min_length=1, max_length=3)] | None = None
    component_variable: Annotated[Many[ComponentVariable], Field(min_length=1)] | None = None


class GetMonitoringReportResponse(Extensible):
    """Whether the report follows, in NotifyMonitoringReport [spec]."""

    status: GenericDeviceModelStatus
    status_info: StatusInfo | None = None


class VariableMonitoring(Extensible):
    """A monitor as it is reported [spec]."""

    id: MonitorId
    transaction: bool
    value: float
    type: MonitorType
    severity: Severity
    event_notification_type: Annotated[EventNotificationType | None, Sent(only_21=True)] = None
    """required in 2.1, not there in 2.0.1"""


class MonitoringData(Extensible):
    """The monitors of one variable [spec]."""

    component: Component
    variable: Variable
    variable_monitoring: Annotated[Many[VariableMonitoring], Field(min_length=1)]


class NotifyMonitoringReportRequest(Extensible):
    """One part of a report of monitors [spec]."""

    request_id: Whole
    """of the question"""
    seq_no: Annotated[Whole, Field(ge=0)]
    """counts the parts from 0"""
    generated_at: Moment
    tbc: bool | None = None
    """to be continued: another part follows; None means this is the last"""
    monitor: Annotated[Many[MonitoringData], Field(min_length=1)] | None = None
