"""Arguments of every operation in the shape of 1.6 and in that of 2.x, and which versions have nothing like it."""

from __future__ import annotations

from typing import Any, NamedTuple

from bridge.types.ocpp.version import OcppVersion
from tests.central.operations.asked import V16, V21, V201

PROFILE_V16: dict[str, Any] = {
    "chargingProfileId": 7,
    "stackLevel": 2,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.1}, {"startPeriod": 60, "limit": 16}],
    },
}
PROFILE_V2: dict[str, Any] = {
    "id": 7,
    "stackLevel": 2,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": [
        {
            "id": 7,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.1}, {"startPeriod": 60, "limit": 16}],
        }
    ],
}
TOKEN = {"idToken": "04A1B2C3", "type": "ISO14443"}
HEARTBEAT = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
PLACES = [{"component": {"name": "OCPPCommCtrlr"}}]
LOG = {"remoteLocation": "ftp://host/logs/", "oldestTimestamp": "2025-03-01T00:00:00Z"}
UNTIL = "2025-03-04T00:00:00Z"
HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c"}
NETWORK = {
    "configurationSlot": 1,
    "connectionData": {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "wss://csms.example/ocpp",
        "messageTimeout": 30,
        "securityProfile": 2,
        "ocppInterface": "Wired0",
    },
}
MONITOR = {"setMonitoringData": [{"value": 1, "type": "Delta", "severity": 5, **HEARTBEAT}]}
FIRMWARE_AT = "https://firmware.example/f.bin"
SIGNED = {"location": FIRMWARE_AT, "retrieveDateTime": UNTIL, "signingCertificate": "c", "signature": "s"}


class Shapes(NamedTuple):
    """One operation."""

    v16: dict[str, Any]
    v2: dict[str, Any]
    actions: tuple[str, str]
    """what is sent to a station of 1.6 and to one of 2.x; empty where there is nothing like it"""


SHAPES: dict[str, Shapes] = {
    "SetChargingProfile": Shapes(
        {"connectorId": 1, "csChargingProfiles": PROFILE_V16},
        {"evseId": 1, "chargingProfile": PROFILE_V2},
        ("SetChargingProfile", "SetChargingProfile"),
    ),
    "ClearChargingProfile": Shapes(
        {"id": 1, "connectorId": 1, "chargingProfilePurpose": "ChargePointMaxProfile", "stackLevel": 1},
        {
            "chargingProfileId": 1,
            "chargingProfileCriteria": {
                "evseId": 1,
                "chargingProfilePurpose": "ChargingStationMaxProfile",
                "stackLevel": 1,
            },
        },
        ("ClearChargingProfile", "ClearChargingProfile"),
    ),
    "GetCompositeSchedule": Shapes(
        {"connectorId": 1, "duration": 1000, "chargingRateUnit": "W"},
        {"evseId": 1, "duration": 1000, "chargingRateUnit": "W"},
        ("GetCompositeSchedule", "GetCompositeSchedule"),
    ),
    "GetChargingProfiles": Shapes(
        {"connectorId": 1}, {"evseId": 1, "chargingProfile": {}}, ("", "GetChargingProfiles")
    ),
    "GetConfiguration": Shapes(
        {"key": ["HeartbeatInterval"]}, {"getVariableData": [HEARTBEAT]}, ("GetConfiguration", "GetVariables")
    ),
    "ChangeConfiguration": Shapes(
        {"key": "HeartbeatInterval", "value": 300},
        {"setVariableData": [{**HEARTBEAT, "attributeValue": "300"}]},
        ("ChangeConfiguration", "SetVariables"),
    ),
    "GetVariables": Shapes(
        {"getVariableData": [HEARTBEAT]}, {"getVariableData": [HEARTBEAT]}, ("GetConfiguration", "GetVariables")
    ),
    "SetVariables": Shapes(
        {"setVariableData": [{**HEARTBEAT, "attributeValue": 300}]},
        {"setVariableData": [{**HEARTBEAT, "attributeValue": "300"}]},
        ("ChangeConfiguration", "SetVariables"),
    ),
    "GetBaseReport": Shapes(
        {}, {"requestId": 5, "reportBase": "ConfigurationInventory"}, ("GetConfiguration", "GetBaseReport")
    ),
    "GetReport": Shapes({}, {"requestId": 5, "componentVariable": PLACES}, ("GetConfiguration", "GetReport")),
    "RemoteStartTransaction": Shapes(
        {"idTag": "04A1B2C3", "connectorId": 1, "chargingProfile": PROFILE_V16},
        {"idToken": TOKEN, "evseId": 1, "remoteStartId": 3, "groupIdToken": TOKEN, "chargingProfile": PROFILE_V2},
        ("RemoteStartTransaction", "RequestStartTransaction"),
    ),
    "RemoteStopTransaction": Shapes(
        {"transactionId": 42}, {"transactionId": "42"}, ("RemoteStopTransaction", "RequestStopTransaction")
    ),
    "GetTransactionStatus": Shapes({"transactionId": 42}, {"transactionId": "42"}, ("", "GetTransactionStatus")),
    "CostUpdated": Shapes(
        {"totalCost": 1.5, "transactionId": 42}, {"totalCost": 1.5, "transactionId": "42"}, ("", "CostUpdated")
    ),
    "ReserveNow": Shapes(
        {"connectorId": 1, "expiryDate": UNTIL, "idTag": "04A1B2C3", "parentIdTag": "ABC", "reservationId": 9},
        {"evseId": 1, "expiryDateTime": UNTIL, "idToken": TOKEN, "groupIdToken": TOKEN, "id": 9},
        ("ReserveNow", "ReserveNow"),
    ),
    "CancelReservation": Shapes({"reservationId": 9}, {"reservationId": 9}, ("CancelReservation", "CancelReservation")),
    "Reset": Shapes({"type": "Hard"}, {"type": "Immediate"}, ("Reset", "Reset")),
    "UnlockConnector": Shapes(
        {"connectorId": 2}, {"evseId": 2, "connectorId": 2}, ("UnlockConnector", "UnlockConnector")
    ),
    "ChangeAvailability": Shapes(
        {"connectorId": 1, "type": "Inoperative"},
        {"evse": {"id": 1}, "operationalStatus": "Inoperative"},
        ("ChangeAvailability", "ChangeAvailability"),
    ),
    "TriggerMessage": Shapes(
        {"requestedMessage": "StatusNotification", "connectorId": 1},
        {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}},
        ("TriggerMessage", "TriggerMessage"),
    ),
    "ExtendedTriggerMessage": Shapes(
        {"requestedMessage": "SignChargePointCertificate"},
        {"requestedMessage": "SignChargingStationCertificate"},
        ("ExtendedTriggerMessage", "TriggerMessage"),
    ),
    "DataTransfer": Shapes(
        {"vendorId": "com.example", "messageId": "m", "data": "text"},
        {"vendorId": "com.example", "data": {"a": [1]}},
        ("DataTransfer", "DataTransfer"),
    ),
    "UpdateFirmware": Shapes(
        {"location": FIRMWARE_AT, "retrieveDate": UNTIL, "retries": 2, "retryInterval": 60},
        {"requestId": 5, "firmware": {"location": FIRMWARE_AT, "retrieveDateTime": UNTIL}, "retries": 2},
        ("UpdateFirmware", "UpdateFirmware"),
    ),
    "GetDiagnostics": Shapes(
        {"location": "ftp://host/logs/", "startTime": "2025-03-01T00:00:00Z", "retries": 2},
        {"logType": "DiagnosticsLog", "requestId": 5, "log": LOG},
        ("GetDiagnostics", "GetLog"),
    ),
    "GetLog": Shapes(
        {"logType": "SecurityLog", "location": "ftp://host/logs/", "startTime": "2025-03-01T00:00:00Z"},
        {"logType": "SecurityLog", "requestId": 5, "log": LOG},
        ("GetLog", "GetLog"),
    ),
    "GetLocalListVersion": Shapes({}, {}, ("GetLocalListVersion", "GetLocalListVersion")),
    "SendLocalList": Shapes(
        {
            "listVersion": 3,
            "updateType": "Full",
            "localAuthorizationList": [
                {"idTag": "A", "idTagInfo": {"status": "Accepted", "expiryDate": UNTIL, "parentIdTag": "B"}}
            ],
        },
        {
            "versionNumber": 3,
            "updateType": "Full",
            "localAuthorizationList": [
                {
                    "idToken": TOKEN,
                    "idTokenInfo": {
                        "status": "NoCredit",
                        "cacheExpiryDateTime": UNTIL,
                        "groupIdToken": TOKEN,
                        "language1": "de",
                    },
                }
            ],
        },
        ("SendLocalList", "SendLocalList"),
    ),
    "ClearCache": Shapes({}, {}, ("ClearCache", "ClearCache")),
    "SetNetworkProfile": Shapes(NETWORK, NETWORK, ("", "SetNetworkProfile")),
    "SetVariableMonitoring": Shapes(MONITOR, MONITOR, ("", "SetVariableMonitoring")),
    "ClearVariableMonitoring": Shapes({"id": [1]}, {"id": [1]}, ("", "ClearVariableMonitoring")),
    "GetMonitoringReport": Shapes({}, {"requestId": 5}, ("", "GetMonitoringReport")),
    "SetMonitoringBase": Shapes({"monitoringBase": "All"}, {"monitoringBase": "All"}, ("", "SetMonitoringBase")),
    "SetMonitoringLevel": Shapes({"severity": 5}, {"severity": 5}, ("", "SetMonitoringLevel")),
    "CustomerInformation": Shapes(
        {"customerIdentifier": "x"}, {"idToken": TOKEN, "report": True, "clear": True}, ("", "CustomerInformation")
    ),
    "InstallCertificate": Shapes(
        {"certificateType": "CentralSystemRootCertificate", "certificate": "pem"},
        {"certificateType": "CSMSRootCertificate", "certificate": "pem"},
        ("InstallCertificate", "InstallCertificate"),
    ),
    "GetInstalledCertificateIds": Shapes(
        {"certificateType": "CentralSystemRootCertificate"},
        {"certificateType": ["CSMSRootCertificate"]},
        ("GetInstalledCertificateIds", "GetInstalledCertificateIds"),
    ),
    "DeleteCertificate": Shapes(
        {"certificateHashData": HASH}, {"certificateHashData": HASH}, ("DeleteCertificate", "DeleteCertificate")
    ),
}


def cases() -> list[tuple[str, OcppVersion, dict[str, Any], str]]:
    """Return every operation × version × shape, with the action that is to be sent; empty: there is none."""
    return [
        (name, version, arguments, shapes.actions[0 if version is V16 else 1])
        for name, shapes in SHAPES.items()
        for version in (V16, V201, V21)
        for arguments in (shapes.v16, shapes.v2)
    ]
