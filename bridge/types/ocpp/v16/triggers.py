"""The messages of OCPP 1.6 with which a central system asks for a message out of turn."""

from __future__ import annotations

from bridge.types.ocpp.base import OcppType, OcppWord
from bridge.types.ocpp.v16.smart_charging import ConnectorId


class MessageTrigger(OcppWord):
    """What can be asked for [spec: OCPP 1.6]."""

    BOOT_NOTIFICATION = "BootNotification"
    DIAGNOSTICS_STATUS_NOTIFICATION = "DiagnosticsStatusNotification"
    FIRMWARE_STATUS_NOTIFICATION = "FirmwareStatusNotification"
    HEARTBEAT = "Heartbeat"
    METER_VALUES = "MeterValues"
    STATUS_NOTIFICATION = "StatusNotification"


class TriggerMessageRequest(OcppType):
    """Send this message now [spec: OCPP 1.6 TriggerMessage.req]."""

    requested_message: MessageTrigger
    connector_id: ConnectorId | None = None
    """all connectors when absent; from 1 on [spec], 0 is taken because central systems send it"""


class TriggerMessageStatus(OcppWord):
    """Whether it will be sent [spec: OCPP 1.6]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    NOT_IMPLEMENTED = "NotImplemented"
    """no message that this station sends"""


class TriggerMessageConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 TriggerMessage.conf]."""

    status: TriggerMessageStatus


class ExtendedMessageTrigger(OcppWord):
    """What can be asked for in the extended form [spec: OCPP 1.6 security whitepaper, MessageTriggerEnumType]."""

    BOOT_NOTIFICATION = "BootNotification"
    LOG_STATUS_NOTIFICATION = "LogStatusNotification"
    FIRMWARE_STATUS_NOTIFICATION = "FirmwareStatusNotification"
    HEARTBEAT = "Heartbeat"
    METER_VALUES = "MeterValues"
    SIGN_CHARGE_POINT_CERTIFICATE = "SignChargePointCertificate"
    STATUS_NOTIFICATION = "StatusNotification"


class ExtendedTriggerMessageRequest(OcppType):
    """Send this message now [spec: OCPP 1.6 security whitepaper ExtendedTriggerMessage.req]."""

    requested_message: ExtendedMessageTrigger
    connector_id: ConnectorId | None = None
    """all connectors when absent"""


class ExtendedTriggerMessageConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 security whitepaper ExtendedTriggerMessage.conf]."""

    status: TriggerMessageStatus
