"""Events of monitored variables."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Moment, OcppWord, Whole
from bridge.types.ocpp.component_variable import OfComponentVariable


class EventTriggerEnum(OcppWord):
    """Why an event is told [spec: seed 004]."""

    ALERTING = "Alerting"
    """the variable went beyond a threshold"""
    DELTA = "Delta"
    """the variable changed by more than the monitor allows"""
    PERIODIC = "Periodic"
    """it was time"""


class EventNotificationType(OcppWord):
    """Who watches the variable [spec: seed 004]."""

    HARD_WIRED_NOTIFICATION = "HardWiredNotification"
    """the maker's software, without a monitor"""
    HARD_WIRED_MONITOR = "HardWiredMonitor"
    """a monitor of the maker that cannot be changed"""
    PRECONFIGURED_MONITOR = "PreconfiguredMonitor"
    """a monitor of the maker that can be changed"""
    CUSTOM_MONITOR = "CustomMonitor"
    """a monitor that the operator set"""


EventId = Annotated[Whole, Field(ge=0)]


class EventData(OfComponentVariable):
    """Something happened to a variable [spec: seed 004]."""

    event_id: EventId
    timestamp: Moment
    """of the report"""
    trigger: EventTriggerEnum
    actual_value: Annotated[str, Field(max_length=2500)]
    event_notification_type: EventNotificationType
    cause: EventId | None = None
    """id of the event that brought this one about"""
    tech_code: Annotated[str, Field(max_length=50)] | None = None
    """the component's own code of an error"""
    tech_info: Annotated[str, Field(max_length=500)] | None = None
    cleared: bool | None = None
    """the watched state is over"""
    transaction_id: Annotated[str, Field(max_length=36)] | None = None
    variable_monitoring_id: EventId | None = None
    """the monitor that noticed it"""
