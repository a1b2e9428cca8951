"""The demo's central system in OCPP 2.0.1: it hears what a charger tells, and lets one that obeys charge."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from bridge.commands.demo_book import Book
from bridge.types.ocpp.translate.transactions_back import event_from_v2
from bridge.types.ocpp.version import OcppVersion

_ORDERS_A = (16.0, 8.0)
_ACCEPTED = {"status": "Accepted"}
_HEARD = frozenset(
    {
        "ClearedChargingLimit",
        "FirmwareStatusNotification",
        "LogStatusNotification",
        "MeterValues",
        "NotifyChargingLimit",
        "NotifyEvent",
        "NotifyMonitoringReport",
        "NotifyReport",
        "ReportChargingProfiles",
        "SecurityEventNotification",
        "StatusNotification",
    }
)


class CentralV201:
    """Answers what 2.0.1 has of its own."""

    version = OcppVersion.V201

    def __init__(self, book: Book) -> None:
        self._book = book

    def answer(self, station: str, action: str, told: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer, None for what it does not do. PayloadError for what the schema lets pass and OCPP not."""
        match action:
            case "Authorize":
                return {"idTokenInfo": _ACCEPTED}
            case "TransactionEvent":
                self._book.take(station, self.version, event_from_v2(told).model)
                return {"idTokenInfo": _ACCEPTED} if "idToken" in told else {}
        return {} if action in _HEARD else None

    def orders(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return what a station that obeys is to do: say what it is, charge, and keep to 16 A and 8 A in turn."""
        yield "GetBaseReport", {"requestId": 1, "reportBase": "SummaryInventory"}
        yield (
            "RequestStartTransaction",
            {"remoteStartId": 1, "evseId": 1, "idToken": {"idToken": "DEMO", "type": "Central"}},
        )
        for limit_a in itertools.cycle(_ORDERS_A):
            yield "SetChargingProfile", {"evseId": 0, "chargingProfile": _limit(limit_a)}


def _limit(limit_a: float) -> dict[str, Any]:
    return {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "ChargingStationMaxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [
            {
                "id": 1,
                "chargingRateUnit": "A",
                "startSchedule": "2026-01-01T00:00:00Z",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}],
            }
        ],
    }
