"""The demo's central system in OCPP 1.6: it hears what a charger without control has to tell."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from bridge.commands.demo_book import Book
from bridge.ports import Clock
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.transactions_back import ended_from_v16, started_from_v16
from bridge.types.ocpp.version import OcppVersion

_ACCEPTED = {"status": "Accepted"}
_HEARD = frozenset(
    {
        "DiagnosticsStatusNotification",
        "LogStatusNotification",
        "MeterValues",
        "SecurityEventNotification",
        "StatusNotification",
    }
)
_CONNECTORS = ConnectorNumbers([EVSE(id=1, connector_id=1)])


class CentralV16:
    """Answers what 1.6 has of its own."""

    version = OcppVersion.V16

    def __init__(self, book: Book, clock: Clock) -> None:
        self._book = book
        self._numbers = itertools.count(int(clock.now().timestamp()))
        """a demo on kept data meets transactions that an earlier one has numbered"""
        self._known: dict[str, int] = {}
        """transactions by what makes them the same: a start that is repeated gets its number again"""

    def answer(self, station: str, action: str, told: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer, None for what it does not do. PayloadError for what the schema lets pass and OCPP not."""
        match action:
            case "Authorize":
                return {"idTagInfo": _ACCEPTED}
            case "StartTransaction":
                name = repr((station, sorted(told.items())))
                number = self._known.setdefault(name, next(self._numbers))
                self._book.take(station, self.version, started_from_v16(told, str(number), _CONNECTORS).model)
                return {"transactionId": number, "idTagInfo": _ACCEPTED}
            case "StopTransaction":
                name = str(told["transactionId"])
                event = ended_from_v16(told, name, self._book.next_number(station, name)).model
                self._book.take(station, self.version, event)
                return {}
        return {} if action in _HEARD else None

    def orders(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return what a station that obeys is to do: nothing, in this version it only gets reports."""
        return iter(())
