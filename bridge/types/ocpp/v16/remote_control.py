"""The messages of OCPP 1.6 with which a central system acts at a station; RemoteStart.req is in `smart_charging`."""

from __future__ import annotations

from bridge.types.ocpp.base import OcppType, OcppWord, Whole
from bridge.types.ocpp.v16.smart_charging import ConnectorId


class RemoteStartStopStatus(OcppWord):
    """Whether the station will do it [spec: OCPP 1.6]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class RemoteStartTransactionConfirmation(OcppType):
    """The answer to a remote start [spec: OCPP 1.6 RemoteStartTransaction.conf]."""

    status: RemoteStartStopStatus


class RemoteStopTransactionRequest(OcppType):
    """End this transaction [spec: OCPP 1.6 RemoteStopTransaction.req]."""

    transaction_id: Whole


class RemoteStopTransactionConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 RemoteStopTransaction.conf]."""

    status: RemoteStartStopStatus


class ResetType(OcppWord):
    """How deep a reset goes [spec: OCPP 1.6]."""

    HARD = "Hard"
    """start again at once, transactions that can be ended in order are"""
    SOFT = "Soft"
    """end the transactions first, then start again"""


class ResetRequest(OcppType):
    """Start the station again [spec: OCPP 1.6 Reset.req]."""

    type: ResetType


class ResetStatus(OcppWord):
    """Whether the station will do it [spec: OCPP 1.6]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class ResetConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 Reset.conf]."""

    status: ResetStatus


class UnlockConnectorRequest(OcppType):
    """Let go of the cable [spec: OCPP 1.6 UnlockConnector.req]."""

    connector_id: ConnectorId
    """from 1 on [spec]; 0 is taken so that it can be answered with NotSupported, as any number unknown"""


class UnlockStatus(OcppWord):
    """What became of it [spec: OCPP 1.6]."""

    UNLOCKED = "Unlocked"
    UNLOCK_FAILED = "UnlockFailed"
    """tried, and the lock held"""
    NOT_SUPPORTED = "NotSupported"
    """no lock that could be opened from here, or no such connector"""


class UnlockConnectorConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 UnlockConnector.conf]."""

    status: UnlockStatus
