"""Connectors by OCPP 1.6's flat number and by 2.x's EVSE."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind


class ConnectorNumbers:
    """The connectors of one station in their order: 1.6 counts them from 1 through all EVSEs, 0 is the station."""

    def __init__(self, places: Iterable[EVSE]) -> None:
        self._places = tuple(places)
        if any(place.connector_id is None for place in self._places):
            raise ValueError("every place names its connector")

    def number(self, evse: EVSE | None) -> int:
        """Return 1.6's number; of an EVSE without a connector that of its first. LookupError for a place unknown."""
        if evse is None:
            return 0
        for number, place in enumerate(self._places, 1):
            if place.id == evse.id and evse.connector_id in (None, place.connector_id):
                return number
        raise LookupError(f"this station has no connector {evse.connector_id} of EVSE {evse.id}")

    def place(self, number: int, path: str = "connectorId") -> EVSE | None:
        """Return the place of 1.6's number, None for the station; PayloadError with `path` for one unknown."""
        if number == 0:
            return None
        if 0 < number <= len(self._places):
            return self._places[number - 1]
        said = f"this station has connectors 1 to {len(self._places)}, not {number}"
        raise PayloadError("Connector", [Problem(path, ProblemKind.VALUE, said)])

    def split(self, type_name: str, payload: object) -> tuple[EVSE | None, dict[str, Any]]:
        """Return the place that a payload of 1.6 names by `connectorId`, and the rest of it. Raises PayloadError."""
        if not isinstance(payload, dict):
            raise PayloadError(type_name, [Problem("", ProblemKind.TYPE, "should be an object")])
        rest = {key: value for key, value in payload.items() if key != "connectorId"}
        number = payload.get("connectorId")
        if number is None:
            raise PayloadError(type_name, [Problem("connectorId", ProblemKind.MISSING, "is required")])
        if not isinstance(number, int) or isinstance(number, bool):
            raise PayloadError(type_name, [Problem("connectorId", ProblemKind.TYPE, "should be a whole number")])
        return self.place(number), rest
