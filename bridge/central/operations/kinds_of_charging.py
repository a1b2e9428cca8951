"""The operations with which charging is started, ended and limited."""

from __future__ import annotations

from typing import Final

from bridge.central.operations.kinds import CONNECTOR, ONE_CONNECTOR, PURPOSES, REQUEST_ID, TRANSACTION, argument, kind

CHARGING: Final = (
    kind(
        "SetChargingProfile",
        "Installs a limit over time: for a running transaction, for every transaction, or for the whole charger.",
        CONNECTOR,
        argument("csChargingProfiles", "json", "chargingProfile in OCPP 2.x", required=True),
        sample={
            "connectorId": 1,
            "csChargingProfiles": {
                "chargingProfileId": 1,
                "stackLevel": 1,
                "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Absolute",
                "chargingSchedule": {
                    "duration": 10000,
                    "chargingRateUnit": "W",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.1}, {"startPeriod": 1000, "limit": 7000}],
                },
            },
        },
    ),
    kind(
        "ClearChargingProfile",
        "Removes the charging profiles that fit everything that is given; all of them where nothing is.",
        argument("id", "integer", "of the profile; chargingProfileId in OCPP 2.x"),
        CONNECTOR,
        argument("chargingProfilePurpose", "word", words=PURPOSES),
        argument("stackLevel", "integer"),
        sample={"connectorId": 1, "id": 1},
        is_risky=True,
    ),
    kind(
        "GetCompositeSchedule",
        "Asks what may be charged from now on, all charging profiles taken together.",
        CONNECTOR,
        argument("duration", "integer", "seconds from now on", required=True),
        argument("chargingRateUnit", "word", "amperes of each phase, or watts of all", words=("A", "W")),
        sample={"connectorId": 1, "duration": 1000},
    ),
    kind(
        "GetChargingProfiles",
        "Asks for the installed charging profiles themselves; OCPP 2.x only.",
        CONNECTOR,
        argument("chargingProfile", "json", "which: purpose, stackLevel, ids, source; all where nothing is given"),
        REQUEST_ID,
        sample={"chargingProfile": {}},
    ),
    kind(
        "RemoteStartTransaction",
        "Lets a driver charge as if his tag had been shown at the charger; a TxProfile may come along.",
        argument("idTag", "text", "the driver's tag; idToken in OCPP 2.x", required=True),
        CONNECTOR,
        argument("chargingProfile", "json", "holds for the transaction that begins"),
        sample={"idTag": "000000001500495E", "connectorId": 1},
        aliases=("RequestStartTransaction",),
        is_risky=True,
    ),
    kind(
        "RemoteStopTransaction",
        "Ends a running transaction, named by its id or by its connector.",
        TRANSACTION,
        CONNECTOR,
        sample={"connectorId": 1},
        aliases=("RequestStopTransaction",),
        is_risky=True,
    ),
    kind(
        "GetTransactionStatus",
        "Asks whether a transaction runs and whether messages of it wait at the charger; OCPP 2.x only.",
        TRANSACTION,
        CONNECTOR,
    ),
    kind(
        "CostUpdated",
        "Tells the driver at the charger what the transaction costs so far; OCPP 2.x only.",
        argument("totalCost", "number", "taxes included", required=True),
        TRANSACTION,
        CONNECTOR,
        sample={"totalCost": 1.5, "connectorId": 1},
    ),
    kind(
        "ReserveNow",
        "Keeps a connector for one driver until a time.",
        CONNECTOR,
        argument("idTag", "text", "the driver's tag; idToken in OCPP 2.x", required=True),
        argument("expiryDate", "time", "until when; expiryDateTime in OCPP 2.x", required=True),
        argument("reservationId", "integer", "left out: a new number"),
        argument("parentIdTag", "text", "of the driver's group; groupIdToken in OCPP 2.x"),
        sample={"connectorId": 1, "idTag": "000000001500495E", "expiryDate": "2030-01-31T12:00:00Z"},
    ),
    kind(
        "CancelReservation",
        "Gives a reserved connector free.",
        argument("reservationId", "integer", "of the ReserveNow", required=True),
        sample={"reservationId": 1},
    ),
    kind(
        "UnlockConnector",
        "Lets go of the cable.",
        ONE_CONNECTOR,
        sample={"connectorId": 1},
        is_risky=True,
    ),
)
"""in the order in which a person would look for them"""
