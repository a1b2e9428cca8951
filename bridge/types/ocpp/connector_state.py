"""The state of a connector as it is told to a CSMS."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Strict

from bridge.types.ocpp.base import Moment, OcppType, OcppWord
from bridge.types.ocpp.evse import EVSE
from bridge.types.words import ConnectorStatus


class ChargePointErrorCode(OcppWord):
    """What is broken [spec: OCPP 1.6; 2.x tells it as an event of a component]."""

    CONNECTOR_LOCK_FAILURE = "ConnectorLockFailure"
    EV_COMMUNICATION_ERROR = "EVCommunicationError"
    GROUND_FAILURE = "GroundFailure"
    """the residual current device tripped"""
    HIGH_TEMPERATURE = "HighTemperature"
    INTERNAL_ERROR = "InternalError"
    LOCAL_LIST_CONFLICT = "LocalListConflict"
    NO_ERROR = "NoError"
    OTHER_ERROR = "OtherError"
    """see the vendor's code"""
    OVER_CURRENT_FAILURE = "OverCurrentFailure"
    POWER_METER_FAILURE = "PowerMeterFailure"
    POWER_SWITCH_FAILURE = "PowerSwitchFailure"
    READER_FAILURE = "ReaderFailure"
    RESET_FAILURE = "ResetFailure"
    UNDER_VOLTAGE = "UnderVoltage"
    OVER_VOLTAGE = "OverVoltage"
    WEAK_SIGNAL = "WeakSignal"


class ConnectorState(OcppType):
    """A connector, or the station where `evse` is absent, at one moment [spec: OCPP 1.6 StatusNotification]."""

    status: Annotated[ConnectorStatus, Strict(strict=False)]
    timestamp: Moment
    """since when"""
    evse: EVSE | None = None
    """with its connector; the whole station when absent"""
    error_code: ChargePointErrorCode | None = None
    """NoError when absent"""
    info: Annotated[str, Field(max_length=50)] | None = None
    vendor_id: Annotated[str, Field(max_length=255)] | None = None
    vendor_error_code: Annotated[str, Field(max_length=50)] | None = None
