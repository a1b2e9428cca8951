"""Payloads of a station of OCPP 2.x that keep to the schema."""

from __future__ import annotations

from typing import Any

AT = "2026-03-10T12:00:00Z"
BOOT = {"reason": "PowerUp", "chargingStation": {"model": "Box", "vendorName": "Maker"}}
VALUE = {"timestamp": AT, "sampledValue": [{"value": 150.5, "measurand": "Energy.Active.Import.Register"}]}
TOKEN = {"idToken": "HOME", "type": "Central"}
_LIMIT = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]}
_PROFILE = {
    "id": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": [{"id": 1, **_LIMIT}],
}
_PLACE = {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}}


def event(kind: str = "Started", number: int = 0, transaction_id: str = "T1", **changes: Any) -> dict[str, Any]:
    """Return a TransactionEvent."""
    told: dict[str, Any] = {
        "eventType": kind,
        "timestamp": AT,
        "triggerReason": "CablePluggedIn",
        "seqNo": number,
        "transactionInfo": {"transactionId": transaction_id},
    }
    return told | ({"evse": {"id": 1, "connectorId": 1}} if kind == "Started" else {}) | changes


EVERY_CALL: dict[str, dict[str, Any]] = {
    "Authorize": {"idToken": TOKEN},
    "BootNotification": BOOT,
    "ClearedChargingLimit": {"chargingLimitSource": "CSO"},
    "DataTransfer": {"vendorId": "maker"},
    "FirmwareStatusNotification": {"status": "Idle"},
    "Heartbeat": {},
    "LogStatusNotification": {"status": "Idle"},
    "MeterValues": {"evseId": 1, "meterValue": [VALUE]},
    "NotifyChargingLimit": {"chargingLimit": {"chargingLimitSource": "Other"}},
    "NotifyCustomerInformation": {"data": "", "seqNo": 0, "generatedAt": AT, "requestId": 1},
    "NotifyEvent": {
        "generatedAt": AT,
        "seqNo": 0,
        "eventData": [
            {
                "eventId": 1,
                "timestamp": AT,
                "trigger": "Delta",
                "actualValue": "1",
                "eventNotificationType": "CustomMonitor",
                **_PLACE,
            }
        ],
    },
    "NotifyMonitoringReport": {"requestId": 1, "seqNo": 0, "generatedAt": AT},
    "NotifyReport": {
        "requestId": 1,
        "generatedAt": AT,
        "seqNo": 0,
        "reportData": [{**_PLACE, "variableAttribute": [{"value": "EVConnected"}]}],
    },
    "ReportChargingProfiles": {
        "requestId": 1,
        "chargingLimitSource": "CSO",
        "evseId": 1,
        "chargingProfile": [_PROFILE],
    },
    "SecurityEventNotification": {"type": "SettingSystemTime", "timestamp": AT},
    "SignCertificate": {"csr": "request"},
    "StatusNotification": {"timestamp": AT, "connectorStatus": "Available", "evseId": 1, "connectorId": 1},
    "TransactionEvent": event(idToken=TOKEN),
}
