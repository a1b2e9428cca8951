"""Connectors, or all of a charger, that a central system takes out of service and back."""

from __future__ import annotations

from bridge.types.command import SetAvailability
from bridge.types.ocpp.change_availability import ChangeAvailabilityStatusEnumType, OperationalStatusEnumType
from bridge.types.words import Ability
from bridge.uplink.obeyed.remote import lacks, refusal_of
from bridge.uplink.smart_charging.acceptance import Refusal
from bridge.uplink.station import Station

_STATUSES = ChangeAvailabilityStatusEnumType


async def change(
    station: Station, connector_id: int, wanted: OperationalStatusEnumType
) -> tuple[ChangeAvailabilityStatusEnumType, Refusal | None]:
    """Take a connector, with 0 all, out of service or back; the newest wish counts. Raises StoreError.

    One at which a vehicle charges goes out of service when that is over.
    """
    cannot = lacks(station, Ability.SET_AVAILABILITY)
    if connector_id and connector_id not in station.connectors:
        cannot = Refusal("UnknownEvse", f"this station has no EVSE {connector_id}")
    if cannot is not None:
        return _STATUSES.REJECTED, cannot
    postponed, operative = station.following.postponed, wanted is OperationalStatusEnumType.OPERATIVE
    await postponed.forget(connector_id)
    busy = frozenset() if operative else await station.following.busy_connectors()
    if busy if connector_id == 0 else connector_id in busy:
        await postponed.take_out_of_service(connector_id)
        return _STATUSES.SCHEDULED, None
    outcome = await station.command(SetAvailability(connector_id=connector_id, operative=operative))
    refusal = refusal_of(outcome)
    return (_STATUSES.ACCEPTED if refusal is None else _STATUSES.REJECTED), refusal
