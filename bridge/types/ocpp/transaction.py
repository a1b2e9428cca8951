"""Events of a transaction, whole: what OCPP 2.x sends, and what the three messages of 1.6 are made from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Strict

from bridge.types.ocpp.base import Many, Moment, OcppType, OcppWord, Whole
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.id_token import IdToken
from bridge.types.ocpp.meter_value import MeterValue
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.ocpp.v2x import OperationMode
from bridge.types.words import StopReason

TransactionId = Annotated[str, Field(max_length=36)]


class TriggerReason(OcppWord):
    """Why an event is told [spec: OCPP 2.1; 2.0.1 has all but those marked]."""

    ABNORMAL_CONDITION = "AbnormalCondition"
    AUTHORIZED = "Authorized"
    CABLE_PLUGGED_IN = "CablePluggedIn"
    CHARGING_RATE_CHANGED = "ChargingRateChanged"
    CHARGING_STATE_CHANGED = "ChargingStateChanged"
    COST_LIMIT_REACHED = "CostLimitReached"
    """2.1 only"""
    DEAUTHORIZED = "Deauthorized"
    ENERGY_LIMIT_REACHED = "EnergyLimitReached"
    EV_COMMUNICATION_LOST = "EVCommunicationLost"
    EV_CONNECT_TIMEOUT = "EVConnectTimeout"
    EV_DEPARTED = "EVDeparted"
    EV_DETECTED = "EVDetected"
    LIMIT_SET = "LimitSet"
    """2.1 only"""
    METER_VALUE_CLOCK = "MeterValueClock"
    METER_VALUE_PERIODIC = "MeterValuePeriodic"
    OPERATION_MODE_CHANGED = "OperationModeChanged"
    """2.1 only"""
    REMOTE_START = "RemoteStart"
    REMOTE_STOP = "RemoteStop"
    RESET_COMMAND = "ResetCommand"
    RUNNING_COST = "RunningCost"
    """2.1 only"""
    SIGNED_DATA_RECEIVED = "SignedDataReceived"
    SOC_LIMIT_REACHED = "SoCLimitReached"
    """2.1 only"""
    STOP_AUTHORIZED = "StopAuthorized"
    TARIFF_CHANGED = "TariffChanged"
    """2.1 only"""
    TARIFF_NOT_ACCEPTED = "TariffNotAccepted"
    """2.1 only"""
    TIME_LIMIT_REACHED = "TimeLimitReached"
    TRIGGER = "Trigger"
    """the CSMS asked for it"""
    TX_RESUMED = "TxResumed"
    """2.1 only"""
    UNLOCK_COMMAND = "UnlockCommand"


class ChargingState(OcppWord):
    """What the vehicle and the EVSE do [spec: OCPP 2.x]."""

    CHARGING = "Charging"
    EV_CONNECTED = "EVConnected"
    """plugged in, and energy not offered"""
    SUSPENDED_EV = "SuspendedEV"
    """offered, and the vehicle takes none"""
    SUSPENDED_EVSE = "SuspendedEVSE"
    """the vehicle would, and the EVSE offers none"""
    IDLE = "Idle"
    """not plugged in"""


class PreconditioningStatus(OcppWord):
    """Whether the battery is warm enough [spec: OCPP 2.1]."""

    UNKNOWN = "Unknown"
    READY = "Ready"
    NOT_READY = "NotReady"
    PRECONDITIONING = "Preconditioning"


class TransactionLimit(OcppType):
    """At what a transaction ends by itself [spec: OCPP 2.1]."""

    max_cost: float | None = None
    """in the CSMS's currency"""
    max_energy: float | None = None
    """Wh"""
    max_time: Whole | None = None
    """seconds"""
    max_soc: Annotated[Whole, Field(ge=0, le=100)] | None = Field(default=None, alias="maxSoC")
    """percent"""


class TransactionInfo(OcppType):
    """The transaction as it stands [spec: OCPP 2.1 TransactionType]."""

    transaction_id: TransactionId
    charging_state: ChargingState | None = None
    time_spent_charging: Whole | None = None
    """seconds in which energy flowed"""
    stopped_reason: Annotated[StopReason, Strict(strict=False)] | None = None
    """Local when absent from an Ended event"""
    remote_start_id: Whole | None = None
    operation_mode: OperationMode | None = None
    """2.1 only"""
    tariff_id: Annotated[str, Field(max_length=60)] | None = None
    """2.1 only"""
    transaction_limit: TransactionLimit | None = None
    """2.1 only"""


class TransactionEventRequest(OcppType):
    """Something happened to a transaction [spec: OCPP 2.1, without costDetails: the bridge charges nobody]."""

    event_type: TransactionEvent
    timestamp: Moment
    trigger_reason: TriggerReason
    seq_no: Annotated[Whole, Field(ge=0)]
    """rises by one with each event of the transaction, from 0"""
    transaction_info: TransactionInfo
    offline: bool | None = None
    """it happened while there was no connection; false when absent"""
    number_of_phases_used: Annotated[Whole, Field(ge=0, le=3)] | None = None
    cable_max_current: Whole | None = None
    """A"""
    reservation_id: Annotated[Whole, Field(ge=0)] | None = None
    evse: EVSE | None = None
    """told once in a transaction"""
    id_token: IdToken | None = None
    """told once in a transaction, and again with the one that stopped it"""
    meter_value: Annotated[Many[MeterValue], Field(min_length=1)] | None = None
    preconditioning_status: PreconditioningStatus | None = None
    """2.1 only"""
    evse_sleep: bool | None = None
    """2.1 only"""
