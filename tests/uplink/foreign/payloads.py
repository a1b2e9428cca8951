"""Payloads of a station that keep to the schema."""

from __future__ import annotations

from typing import Any

BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Box"}
AT = "2026-03-10T12:00:00Z"
START = {"connectorId": 1, "idTag": "HOME", "meterStart": 100, "timestamp": AT}
STOP = {"transactionId": 1, "meterStop": 900, "timestamp": "2026-03-10T13:00:00Z"}


def values(**sampled: Any) -> dict[str, Any]:
    """Return MeterValues of transaction 1 with one sampled value."""
    return {"connectorId": 1, "transactionId": 1, "meterValue": [{"timestamp": AT, "sampledValue": [sampled]}]}


VALUES = values(value="150")
EVERY_CALL: dict[str, dict[str, Any]] = {
    "Authorize": {"idTag": "HOME"},
    "BootNotification": BOOT,
    "DataTransfer": {"vendorId": "maker"},
    "DiagnosticsStatusNotification": {"status": "Idle"},
    "FirmwareStatusNotification": {"status": "Idle"},
    "Heartbeat": {},
    "LogStatusNotification": {"status": "Idle"},
    "MeterValues": VALUES,
    "SecurityEventNotification": {"type": "SettingSystemTime", "timestamp": AT},
    "SignCertificate": {"csr": "request"},
    "SignedFirmwareStatusNotification": {"status": "Idle"},
    "StartTransaction": START,
    "StatusNotification": {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
    "StopTransaction": STOP | {"idTag": "HOME"},
}
