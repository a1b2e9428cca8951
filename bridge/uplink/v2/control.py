"""What a central system may have done: Accepted only where the charger did it."""

from __future__ import annotations

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.command import Restart
from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.change_availability import ChangeAvailabilityStatusEnumType
from bridge.types.ocpp.charging_profile import ChargingProfile, ChargingProfilePurpose
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind
from bridge.types.ocpp.provisioning.boot_notification import BootReason
from bridge.types.ocpp.provisioning.reset import ResetRequest, ResetStatus, ResetType
from bridge.types.ocpp.translate.availability import availability_from_v2
from bridge.types.ocpp.translate.data_transfer import transfer_from
from bridge.types.ocpp.v2.remote_control import (
    ClearCacheRequest,
    CostUpdatedRequest,
    GetTransactionStatusRequest,
    RequestStartTransactionRequest,
    RequestStopTransactionRequest,
    UnlockConnectorRequest,
    UnlockStatus,
)
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import Ability, CommandStatus
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.obeyed import availability, remote
from bridge.uplink.obeyed.postponed import begin_station_anew
from bridge.uplink.smart_charging.acceptance import Refusal, refusal_of_2_x
from bridge.uplink.station import Station
from bridge.uplink.told.transaction_status import transaction_status
from bridge.uplink.v2.stating import stating

_CONNECTOR = 1
"""the only one of each EVSE"""
_ONE_EVSE = Refusal("UnsupportedParam", "a station is begun anew as a whole")
_NO_CACHE = Refusal("UnsupportedRequest", "there is no cache: the charger decides itself who may charge")


async def request_start_transaction(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Let a vehicle charge; a transaction that runs there already is named."""
    request = take_ocpp(RequestStartTransactionRequest, payload).model
    refusal = None if request.charging_profile is None else _objection(request.charging_profile)
    if refusal is None and request.evse_id == 0:
        refusal = Refusal("UnknownEvse", "a vehicle charges at an EVSE, which are counted from 1")
    if refusal is not None:
        return stating("Rejected", refusal)
    wish = remote.RemoteStart(
        token=request.id_token,
        connector_id=request.evse_id,
        profile=request.charging_profile,
        remote_start_id=request.remote_start_id,
    )
    begun_at = await remote.start(station, wish)
    if isinstance(begun_at, Refusal):
        return stating("Rejected", begun_at)
    running = await remote.transaction_at(station, begun_at)
    if running is None or running.transaction_id is None or running.version is OcppVersion.V16:
        return stating("Accepted")
    return stating("Accepted", more={"transactionId": running.transaction_id})


def _objection(profile: ChargingProfile) -> Refusal | None:
    if profile.charging_profile_purpose is not ChargingProfilePurpose.TX_PROFILE:
        return Refusal("InvalidProfile", "a transaction that is begun takes a TxProfile only")
    return refusal_of_2_x(profile, for_next_transaction=True)


async def request_stop_transaction(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """End a transaction that runs."""
    request = take_ocpp(RequestStopTransactionRequest, payload).model
    refusal = await remote.stop(station, request.transaction_id)
    return stating("Accepted" if refusal is None else "Rejected", refusal)


async def unlock_connector(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Let go of a cable, but not of a vehicle that charges [spec: F05]."""
    request = take_ocpp(UnlockConnectorRequest, payload).model
    if Ability.UNLOCK_CONNECTOR not in station.abilities:
        raise RefusedQuestionError(ErrorCode.NOT_SUPPORTED, "no cable can be let go of from here")
    if request.evse_id not in station.connectors:
        why = f"this station has no EVSE {request.evse_id}"
        return stating(UnlockStatus.UNKNOWN_CONNECTOR, Refusal("UnknownEvse", why))
    if request.connector_id != _CONNECTOR:
        return stating(UnlockStatus.UNKNOWN_CONNECTOR, _no_connector(request.connector_id))
    if request.evse_id in await station.following.busy_connectors():
        return stating(UnlockStatus.ONGOING_AUTHORIZED_TRANSACTION)
    outcome = await remote.unlock(station, request.evse_id)
    is_done = outcome.status is CommandStatus.DONE
    return stating(UnlockStatus.UNLOCKED if is_done else UnlockStatus.UNLOCK_FAILED, remote.refusal_of(outcome))


def _no_connector(connector_id: int) -> Refusal:
    return Refusal("UnknownConnectorId", f"an EVSE has one connector, number {_CONNECTOR}, and none of {connector_id}")


async def change_availability(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Take the station, an EVSE or its connector, which is one and the same here, out of service and back."""
    request = availability_from_v2(payload).model
    place = request.evse
    if place is not None and place.connector_id not in (None, _CONNECTOR):
        status = ChangeAvailabilityStatusEnumType.REJECTED
        return stating(status, _no_connector(place.connector_id or 0))
    connector_id = 0 if place is None else place.id
    return stating(*await availability.change(station, connector_id, request.operational_status))


async def reset(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Begin anew: the charger itself with Immediate, else the station's OCPP side; no transaction is ended by it."""
    request = take_ocpp(ResetRequest, payload).model
    if request.evse_id is not None:
        return stating(ResetStatus.REJECTED, _ONE_EVSE)
    match request.type:
        case ResetType.IMMEDIATE_AND_RESUME if station.version is OcppVersion.V201:
            raise PayloadError("ResetRequest", [Problem("type", ProblemKind.VALUE, "is a word of OCPP 2.1")])
        case ResetType.ON_IDLE if await station.following.busy_connectors():
            station.following.postponed.reset_when_idle()
            return stating(ResetStatus.SCHEDULED)
        case ResetType.IMMEDIATE:
            cannot = remote.lacks(station, Ability.RESTART)
            if cannot is not None:
                return stating(ResetStatus.REJECTED, cannot)
            outcome = await station.command(Restart())
            if outcome.status is CommandStatus.REFUSED:
                return stating(ResetStatus.REJECTED, remote.refusal_of(outcome))

    async def begin_anew() -> None:
        await begin_station_anew(station, request.type.value, BootReason.REMOTE_RESET, conversation.restart)

    return stating(ResetStatus.ACCEPTED, then=begin_anew)


async def get_transaction_status(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Tell whether a transaction runs and has messages that wait; without one, whether any waits [spec: E14]."""
    wanted = take_ocpp(GetTransactionStatusRequest, payload).model.transaction_id
    outbox = station.outbox
    as_it_is = outbox.transactions.as_it_is
    status = await station.house.desk.run(lambda store: transaction_status(store, outbox.station, wanted, as_it_is))
    told = {} if status.is_ongoing is None else {"ongoingIndicator": status.is_ongoing}
    return Answer({**told, "messagesInQueue": status.has_messages})


async def cost_updated(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Show what a transaction costs so far; the answer has no word for a transaction unknown [spec: I02]."""
    request = take_ocpp(CostUpdatedRequest, payload).model
    station.card.cost, station.card.cost_transaction_id = request.total_cost, request.transaction_id
    return Answer()


async def clear_cache(_station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Refuse to clear a cache that is not there."""
    take_ocpp(ClearCacheRequest, payload)
    return stating("Rejected", _NO_CACHE)


async def data_transfer(_station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Answer a vendor's message: none is known here."""
    transfer_from(payload)
    return Answer({"status": "UnknownVendorId"})
