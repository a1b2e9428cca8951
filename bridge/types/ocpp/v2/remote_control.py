"""The messages of OCPP 2.x with which a central system acts at a station; Reset is among those of provisioning."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import OcppWord, Whole
from bridge.types.ocpp.charging_profile import ChargingProfile
from bridge.types.ocpp.id_token import IdToken
from bridge.types.ocpp.provisioning.component import EVSE
from bridge.types.ocpp.provisioning.extensible import Extensible
from bridge.types.ocpp.transaction import TransactionId


class RequestStartTransactionRequest(Extensible):
    """Let this driver charge [spec: OCPP 2.x]."""

    id_token: IdToken
    remote_start_id: Whole
    """comes back in the event with which the transaction begins"""
    evse_id: Annotated[Whole, Field(ge=0)] | None = None
    """from 1 on [spec]; 0 is taken so that it can be answered as any number unknown"""
    group_id_token: IdToken | None = None
    """drivers with the same one may stop the transaction; whom a charger lets stop is its own affair"""
    charging_profile: ChargingProfile | None = None
    """a TxProfile without a transaction's id [spec]"""


class RequestStopTransactionRequest(Extensible):
    """End this transaction [spec: OCPP 2.x]."""

    transaction_id: TransactionId


class UnlockConnectorRequest(Extensible):
    """Let go of the cable [spec: OCPP 2.x]."""

    evse_id: Whole
    connector_id: Whole


class UnlockStatus(OcppWord):
    """What became of it [spec: OCPP 2.x]."""

    UNLOCKED = "Unlocked"
    UNLOCK_FAILED = "UnlockFailed"
    ONGOING_AUTHORIZED_TRANSACTION = "OngoingAuthorizedTransaction"
    """a vehicle charges there, and is not let go"""
    UNKNOWN_CONNECTOR = "UnknownConnector"


class GetTransactionStatusRequest(Extensible):
    """Tell whether this transaction runs and has messages that wait [spec: OCPP 2.x]."""

    transaction_id: TransactionId | None = None
    """absent: whether messages of any transaction wait"""


class CostUpdatedRequest(Extensible):
    """What a transaction costs so far [spec: OCPP 2.x]."""

    total_cost: float
    """in the central system's currency, taxes included"""
    transaction_id: TransactionId


class ClearCacheRequest(Extensible):
    """Forget which drivers were accepted [spec: OCPP 2.x]."""


class MessageTrigger(OcppWord):
    """What can be asked for [spec: OCPP 2.1; 2.0.1 has all but those marked]."""

    BOOT_NOTIFICATION = "BootNotification"
    LOG_STATUS_NOTIFICATION = "LogStatusNotification"
    FIRMWARE_STATUS_NOTIFICATION = "FirmwareStatusNotification"
    HEARTBEAT = "Heartbeat"
    METER_VALUES = "MeterValues"
    SIGN_CHARGING_STATION_CERTIFICATE = "SignChargingStationCertificate"
    SIGN_V2G_CERTIFICATE = "SignV2GCertificate"
    SIGN_V2G_20_CERTIFICATE = "SignV2G20Certificate"
    """2.1 only"""
    STATUS_NOTIFICATION = "StatusNotification"
    TRANSACTION_EVENT = "TransactionEvent"
    SIGN_COMBINED_CERTIFICATE = "SignCombinedCertificate"
    PUBLISH_FIRMWARE_STATUS_NOTIFICATION = "PublishFirmwareStatusNotification"
    CUSTOM_TRIGGER = "CustomTrigger"
    """2.1 only"""


class TriggerMessageRequest(Extensible):
    """Send this message now [spec: OCPP 2.x]."""

    requested_message: MessageTrigger
    evse: EVSE | None = None
    """all when absent"""
    custom_trigger: Annotated[str, Field(max_length=50)] | None = None
    """2.1 only"""


class TriggerMessageStatus(OcppWord):
    """Whether it will be sent [spec: OCPP 2.x]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    NOT_IMPLEMENTED = "NotImplemented"
    """no message that this station sends"""
