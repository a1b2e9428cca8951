"""Taking out of service and back ↔ ChangeAvailability of all versions."""

from __future__ import annotations

from bridge.types.ocpp.base import Taken, take_ocpp
from bridge.types.ocpp.change_availability import ChangeAvailabilityRequest, ChangeAvailabilityResponse
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.said import Said
from bridge.types.ocpp.version import OcppVersion


def change_availability(request: ChangeAvailabilityRequest, version: OcppVersion, connectors: ConnectorNumbers) -> Said:
    """Return ChangeAvailability.req."""
    if version is OcppVersion.V16:
        return Said({"connectorId": connectors.number(request.evse), "type": request.operational_status.value})
    return say(request, version)


def change_availability_answer(response: ChangeAvailabilityResponse, version: OcppVersion) -> Said:
    """Return ChangeAvailability.conf."""
    return say(response, version)


def availability_from_v16(payload: object, connectors: ConnectorNumbers) -> Taken[ChangeAvailabilityRequest]:
    """Take a ChangeAvailability.req of 1.6. Raises PayloadError."""
    place, rest = connectors.split("ChangeAvailability", payload)
    if "type" in rest:
        rest["operationalStatus"] = rest.pop("type")
    taken = take_ocpp(ChangeAvailabilityRequest, rest)
    return taken._replace(model=taken.model.model_copy(update={"evse": place}))


def availability_from_v2(payload: object) -> Taken[ChangeAvailabilityRequest]:
    """Take a ChangeAvailability.req of 2.x. Raises PayloadError."""
    return take_ocpp(ChangeAvailabilityRequest, payload)


def availability_answer_from(payload: object) -> Taken[ChangeAvailabilityResponse]:
    """Take a ChangeAvailability.conf of any version. Raises PayloadError."""
    return take_ocpp(ChangeAvailabilityResponse, payload)
