"""The state of a connector ↔ StatusNotification of all versions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.base import Moment, OcppType, Taken, Whole, take_ocpp
from bridge.types.ocpp.connector_state import ChargePointErrorCode, ConnectorState
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.transaction import ChargingState
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.said import Drop, Said
from bridge.types.ocpp.translate.words_v2 import ConnectorStatusEnumType, status_of
from bridge.types.ocpp.version import OcppVersion


class StatusNotificationRequest(OcppType):
    """The state of a connector [spec: OCPP 2.x]."""

    timestamp: Moment
    connector_status: ConnectorStatusEnumType
    evse_id: Annotated[Whole, Field(ge=1)]
    connector_id: Annotated[Whole, Field(ge=1)]


def status_notification(state: ConnectorState, version: OcppVersion, connectors: ConnectorNumbers) -> Said:
    """Return StatusNotification.req. 2.x tells of connectors only: of the station as a whole nothing is sent there."""
    said = say(state, version)
    payload: dict[str, Any] = dict(said.payload or {})
    evse = payload.pop("evse", None)
    if version is OcppVersion.V16:
        error = {"errorCode": ChargePointErrorCode.NO_ERROR.value}
        return Said({"connectorId": connectors.number(state.evse)} | error | payload, said.dropped)
    if evse is None:
        return Said(None, (*said.dropped, Drop("evse", f"OCPP {version} has no status of the station as a whole")))
    return Said(
        {
            "timestamp": payload["timestamp"],
            "connectorStatus": payload["status"],
            "evseId": evse["id"],
            "connectorId": evse.get("connectorId", 1),
        },
        said.dropped,
    )


def status_from_v16(payload: object, connectors: ConnectorNumbers, received_at: datetime) -> Taken[ConnectorState]:
    """Take a StatusNotification.req of 1.6, which need not tell its time. Raises PayloadError."""
    place, rest = connectors.split("StatusNotification", payload)
    rest = {"timestamp": to_rfc3339(received_at)} | rest
    if rest.get("errorCode") == ChargePointErrorCode.NO_ERROR:
        del rest["errorCode"]
    taken = take_ocpp(ConnectorState, rest)
    return taken._replace(model=taken.model.model_copy(update={"evse": place}))


def status_from_v2(payload: object, state: ChargingState | None = None, *, over: bool = False) -> Taken[ConnectorState]:
    """Take a StatusNotification.req of 2.x; what Occupied means is told by the transaction there. Raises PayloadError.

    `state` is that of the transaction, if one is known; `over` that it has ended with the vehicle still there.
    """
    taken = take_ocpp(StatusNotificationRequest, payload)
    said = taken.model
    status = status_of(said.connector_status, state, over=over)
    evse = EVSE(id=said.evse_id, connector_id=said.connector_id)
    return Taken(ConnectorState(status=status, timestamp=said.timestamp, evse=evse), taken.ignored)
