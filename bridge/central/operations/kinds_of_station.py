"""The operations on the charger as a whole: restart, service, messages, files, drivers, certificates."""

from __future__ import annotations

from typing import Final

from bridge.central.operations.kinds import CERTIFICATE, CONNECTOR, REQUEST_ID, RETRIES, argument, kind

_MESSAGES: Final = (
    "BootNotification",
    "StatusNotification",
    "MeterValues",
    "Heartbeat",
    "FirmwareStatusNotification",
    "DiagnosticsStatusNotification",
    "LogStatusNotification",
    "TransactionEvent",
    "SignChargePointCertificate",
)
_LOGS: Final = ("DiagnosticsLog", "SecurityLog", "DataCollectorLog")
_ROOTS: Final = (
    "CentralSystemRootCertificate",
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "MORootCertificate",
    "V2GRootCertificate",
)
_LOCATION: Final = "a URL such as ftp://host/folder/; left out: this computer, where upload_port is set"

STATION: Final = (
    kind(
        "Reset",
        "Restarts the charger: Hard at once, Soft in order; Immediate and OnIdle in OCPP 2.x.",
        argument("type", "word", words=("Soft", "Hard", "OnIdle", "Immediate", "ImmediateAndResume"), required=True),
        argument("evseId", "integer", "one EVSE alone; OCPP 2.x only"),
        sample={"type": "Soft"},
        is_risky=True,
    ),
    kind(
        "ChangeAvailability",
        "Takes the charger or one connector out of service, or back.",
        CONNECTOR,
        argument("type", "word", "operationalStatus in OCPP 2.x", words=("Operative", "Inoperative"), required=True),
        sample={"connectorId": 0, "type": "Operative"},
        is_risky=True,
    ),
    kind(
        "TriggerMessage",
        "Has the charger send a message now.",
        argument("requestedMessage", "word", words=_MESSAGES, required=True),
        CONNECTOR,
        sample={"requestedMessage": "StatusNotification"},
    ),
    kind(
        "ExtendedTriggerMessage",
        "Has the charger send a message now, in the form of OCPP 1.6's security extension.",
        argument("requestedMessage", "word", words=_MESSAGES, required=True),
        CONNECTOR,
        sample={"requestedMessage": "LogStatusNotification"},
    ),
    kind(
        "GetDiagnostics",
        "Has the charger upload a file with diagnostics.",
        argument("location", "text", _LOCATION),
        argument("startTime", "time", "oldest entry"),
        argument("stopTime", "time", "latest entry"),
        *RETRIES,
    ),
    kind(
        "GetLog",
        "Has the charger upload a log.",
        argument("logType", "word", words=_LOGS, required=True),
        argument("log", "json", "remoteLocation (see GetDiagnostics), oldestTimestamp, latestTimestamp"),
        REQUEST_ID,
        *RETRIES,
        sample={"logType": "DiagnosticsLog"},
    ),
    kind(
        "UpdateFirmware",
        "Has the charger fetch and install firmware.",
        argument("location", "text", "a URL that the charger can reach", required=True),
        argument("retrieveDate", "time", "when it fetches; left out: now"),
        argument("firmware", "json", "OCPP 2.x, and signed firmware in OCPP 1.6", required=False),
        *RETRIES,
        sample={"location": "https://firmware.example/charger-1.2.bin"},
        aliases=("SignedUpdateFirmware",),
        is_risky=True,
    ),
    kind(
        "DataTransfer",
        "Sends a message that only the vendor knows.",
        argument("vendorId", "text", required=True),
        argument("messageId", "text"),
        argument("data", "json", "text in OCPP 1.6, anything in OCPP 2.x"),
        sample={"vendorId": "com.example", "messageId": "hello", "data": "world"},
    ),
    kind("ClearCache", "Has the charger forget which drivers were accepted."),
    kind("GetLocalListVersion", "Asks for the version of the list of drivers that the charger keeps."),
    kind(
        "SendLocalList",
        "Replaces or changes the list of drivers that the charger keeps.",
        argument("listVersion", "integer", "afterwards; versionNumber in OCPP 2.x", required=True),
        argument("updateType", "word", words=("Full", "Differential"), required=True),
        argument("localAuthorizationList", "json", "a list of drivers"),
        sample={
            "listVersion": 1,
            "updateType": "Full",
            "localAuthorizationList": [{"idTag": "000000001500495E", "idTagInfo": {"status": "Accepted"}}],
        },
        is_risky=True,
    ),
    kind(
        "CustomerInformation",
        "Asks what the charger knows of a customer, or has it forget him; OCPP 2.x only.",
        argument("idToken", "json"),
        argument("customerIdentifier", "text"),
        argument("report", "switch", "tell; true when it is left out"),
        argument("clear", "switch", "forget; false when it is left out"),
        REQUEST_ID,
        sample={"idToken": {"idToken": "000000001500495E", "type": "Central"}, "report": True, "clear": False},
        is_risky=True,
    ),
    kind(
        "InstallCertificate",
        "Has the charger believe in what this certificate signs.",
        argument("certificateType", "word", words=_ROOTS, required=True),
        argument("certificate", "text", "in PEM", required=True),
        sample={"certificateType": "CentralSystemRootCertificate", "certificate": ""},
        is_risky=True,
    ),
    kind(
        "GetInstalledCertificateIds",
        "Asks which certificates the charger holds.",
        argument("certificateType", "json", "a word, or in OCPP 2.x a list of words"),
        sample={"certificateType": "CentralSystemRootCertificate"},
    ),
    kind(
        "DeleteCertificate",
        "Has the charger forget a certificate.",
        argument("certificateHashData", "json", "as GetInstalledCertificateIds tells it", required=True),
        sample={"certificateHashData": CERTIFICATE},
        is_risky=True,
    ),
)
"""in the order in which a person would look for them"""
