"""Every type of seed 004, by its name there."""

from __future__ import annotations

from typing import Final

from bridge.types.ocpp.base import OcppType, OcppWord
from bridge.types.ocpp.boot_notification import BootNotificationResponse, RegistrationStatus
from bridge.types.ocpp.change_availability import (
    ChangeAvailabilityRequest,
    ChangeAvailabilityResponse,
    ChangeAvailabilityStatusEnumType,
    OperationalStatusEnumType,
)
from bridge.types.ocpp.charging_schedule import ChargingSchedule, ChargingSchedulePeriod, ChargingSchedules
from bridge.types.ocpp.component_variable import AttributeEnum, Component, ComponentVariable, Variable
from bridge.types.ocpp.configuration import ConfigurationStatus, GetConfigurationResponse, KeyValue
from bridge.types.ocpp.custom_data import CustomData
from bridge.types.ocpp.data_transfer import DataTransferRequest, DataTransferResponse, DataTransferStatus
from bridge.types.ocpp.event_data import EventData, EventNotificationType, EventTriggerEnum
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.security_event import SecurityEvent, SecurityEventEnum
from bridge.types.ocpp.status_info import StatusInfoType
from bridge.types.ocpp.transaction_event import (
    OcppTransactionEvent,
    OcppTransactionEventResponse,
    TransactionEvent,
)
from bridge.types.ocpp.v2x import V2XFreqWattPointType, V2XSignalWattPointCurve
from bridge.types.ocpp.variable_access import (
    GetVariableRequest,
    GetVariableResult,
    GetVariableStatusEnumType,
    SetVariableRequest,
    SetVariableResult,
    SetVariableStatusEnumType,
)

EVEREST_TYPES: Final[tuple[type[OcppType], ...]] = (
    CustomData,
    V2XFreqWattPointType,
    V2XSignalWattPointCurve,
    ChargingSchedulePeriod,
    ChargingSchedule,
    ChargingSchedules,
    EVSE,
    OcppTransactionEvent,
    OcppTransactionEventResponse,
    DataTransferRequest,
    DataTransferResponse,
    KeyValue,
    GetConfigurationResponse,
    SecurityEvent,
    Variable,
    Component,
    ComponentVariable,
    GetVariableRequest,
    GetVariableResult,
    SetVariableRequest,
    SetVariableResult,
    EventData,
    ChangeAvailabilityRequest,
    StatusInfoType,
    ChangeAvailabilityResponse,
    BootNotificationResponse,
)
"""The seed's objects, in its order; the class has the type's name."""

EVEREST_WORDS: Final[tuple[type[OcppWord], ...]] = (
    TransactionEvent,
    DataTransferStatus,
    ConfigurationStatus,
    SecurityEventEnum,
    AttributeEnum,
    GetVariableStatusEnumType,
    SetVariableStatusEnumType,
    EventTriggerEnum,
    EventNotificationType,
    OperationalStatusEnumType,
    ChangeAvailabilityStatusEnumType,
    RegistrationStatus,
)
"""The seed's enums, in its order; the class has the enum's name."""
