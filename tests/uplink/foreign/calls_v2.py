"""Every question of a central system in OCPP 2.0.1 and 2.1, each as one that keeps to the schema."""

from __future__ import annotations

from typing import Any

from tests.uplink.foreign.payloads_v2 import AT, TOKEN

Calls = dict[str, dict[str, Any]]

CERTIFICATE = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "1"}
PLACE = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
EVSE = {"id": 1, "connectorId": 1}
FIRMWARE = {"location": "http://127.0.0.1/x", "retrieveDateTime": AT}


def profile(limit: float, number: int = 1, purpose: str = "TxDefaultProfile", **changes: Any) -> dict[str, Any]:
    """Return a charging profile with one limit, relative to the transaction."""
    wanted = {
        "id": number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute" if purpose == "ChargingStationMaxProfile" else "Relative",
        "chargingSchedule": [
            {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
        ],
    }
    return wanted | changes


NOT_SUPPORTED_CALLS: Calls = {
    "CancelReservation": {"reservationId": 1},
    "CertificateSigned": {"certificateChain": "c"},
    "ClearDisplayMessage": {"id": 1},
    "DeleteCertificate": {"certificateHashData": CERTIFICATE},
    "GetDisplayMessages": {"requestId": 1},
    "GetInstalledCertificateIds": {},
    "InstallCertificate": {"certificateType": "CSMSRootCertificate", "certificate": "c"},
    "PublishFirmware": {"location": "http://127.0.0.1/x", "checksum": "c", "requestId": 1},
    "ReserveNow": {"id": 1, "expiryDateTime": AT, "idToken": TOKEN},
    "SetDisplayMessage": {
        "message": {"id": 1, "priority": "NormalCycle", "message": {"format": "UTF8", "content": "hello"}}
    },
    "UnpublishFirmware": {"checksum": "c"},
    "UpdateFirmware": {"requestId": 1, "firmware": FIRMWARE},
}
ANSWERED_CALLS: Calls = {
    "ChangeAvailability": {"operationalStatus": "Inoperative", "evse": EVSE},
    "ClearCache": {},
    "ClearChargingProfile": {"chargingProfileId": 77},
    "ClearVariableMonitoring": {"id": [77]},
    "CostUpdated": {"totalCost": 1.25, "transactionId": "T1"},
    "CustomerInformation": {"requestId": 1, "report": True, "clear": False, "customerIdentifier": "someone"},
    "DataTransfer": {"vendorId": "somebody", "messageId": "x", "data": {"y": [1, None]}},
    "GetBaseReport": {"requestId": 2, "reportBase": "SummaryInventory"},
    "GetChargingProfiles": {"requestId": 3, "chargingProfile": {}},
    "GetCompositeSchedule": {"duration": 600, "evseId": 1},
    "GetLocalListVersion": {},
    "GetLog": {"logType": "SecurityLog", "requestId": 4, "log": {"remoteLocation": "ftp://127.0.0.1:9/in"}},
    "GetMonitoringReport": {"requestId": 5},
    "GetReport": {"requestId": 6, "componentVariable": [PLACE]},
    "GetTransactionStatus": {},
    "GetVariables": {"getVariableData": [PLACE]},
    "RequestStartTransaction": {"remoteStartId": 1, "idToken": TOKEN},
    "RequestStopTransaction": {"transactionId": "T99"},
    "Reset": {"type": "OnIdle"},
    "SendLocalList": {"versionNumber": 1, "updateType": "Full"},
    "SetChargingProfile": {"evseId": 0, "chargingProfile": profile(16, purpose="ChargingStationMaxProfile")},
    "SetMonitoringBase": {"monitoringBase": "All"},
    "SetMonitoringLevel": {"severity": 9},
    "SetNetworkProfile": {
        "configurationSlot": 2,
        "connectionData": {
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": "ws://127.0.0.1:9/ocpp",
            "messageTimeout": 30,
            "securityProfile": 1,
            "ocppInterface": "Wired0",
        },
    },
    "SetVariableMonitoring": {"setMonitoringData": [{"value": 1, "type": "Delta", "severity": 5, **PLACE}]},
    "SetVariables": {"setVariableData": [{**PLACE, "attributeValue": "300"}]},
    "TriggerMessage": {"requestedMessage": "Heartbeat"},
    "UnlockConnector": {"evseId": 1, "connectorId": 1},
}
"""Reset goes last: it ends the connection."""
NEEDS_ABILITY = ("ClearChargingProfile", "GetChargingProfiles", "GetCompositeSchedule", "SetChargingProfile")
"""CALLERROR NotSupported where the charger, or this central system, cannot limit the current"""

NOT_SUPPORTED_CALLS_2_1: Calls = {
    "AFRRSignal": {"timestamp": AT, "signal": 1},
    "AdjustPeriodicEventStream": {"id": 1, "params": {}},
    "ChangeTransactionTariff": {"tariff": {"tariffId": "t", "currency": "CHF"}, "transactionId": "T1"},
    "ClearDERControl": {"isDefault": True},
    "ClearTariffs": {},
    "GetDERControl": {"requestId": 1},
    "GetPeriodicEventStream": {},
    "GetTariffs": {"evseId": 1},
    "NotifyAllowedEnergyTransfer": {"transactionId": "T1", "allowedEnergyTransfer": ["DC"]},
    "NotifyWebPaymentStarted": {"evseId": 1, "timeout": 5},
    "RequestBatterySwap": {"idToken": TOKEN, "requestId": 1},
    "SetDERControl": {"isDefault": True, "controlId": "c", "controlType": "EnterService"},
    "SetDefaultTariff": {"evseId": 1, "tariff": {"tariffId": "t", "currency": "CHF"}},
    "UpdateDynamicSchedule": {"chargingProfileId": 1, "scheduleUpdate": {}},
    "UsePriorityCharging": {"transactionId": "T1", "activate": True},
}
"""what 2.1 adds"""
