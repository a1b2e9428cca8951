"""What a central system may have done: Accepted only where the charger did it."""

from __future__ import annotations

from bridge.types.command import Restart
from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.id_token import id_token_of
from bridge.types.ocpp.provisioning.boot_notification import BootReason
from bridge.types.ocpp.translate.availability import availability_from_v16
from bridge.types.ocpp.translate.charging_profiles import profile_from_v16
from bridge.types.ocpp.v16.corrections import take_connector_message, take_remote_start
from bridge.types.ocpp.v16.remote_control import (
    RemoteStopTransactionRequest,
    ResetRequest,
    ResetType,
    UnlockConnectorRequest,
)
from bridge.types.words import Ability, CommandStatus
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.obeyed import availability, remote
from bridge.uplink.obeyed.postponed import begin_station_anew
from bridge.uplink.smart_charging.acceptance import Refusal
from bridge.uplink.station import Station
from bridge.uplink.v16.dialect import NUMBERS

_ACCEPTED = Answer({"status": "Accepted"})
_REJECTED = Answer({"status": "Rejected"})
_NOT_SUPPORTED = Answer({"status": "NotSupported"})


async def remote_start(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Let a vehicle charge."""
    request = take_remote_start(payload).model
    profile = request.charging_profile
    wish = remote.RemoteStart(
        token=id_token_of(request.id_tag),
        has_type=False,
        connector_id=request.connector_id,
        profile=None if profile is None else profile_from_v16(profile),
    )
    return _REJECTED if isinstance(await remote.start(station, wish), Refusal) else _ACCEPTED


async def remote_stop(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """End a transaction that runs."""
    request = take_ocpp(RemoteStopTransactionRequest, payload).model
    return _ACCEPTED if await remote.stop(station, str(request.transaction_id)) is None else _REJECTED


async def reset(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Begin anew: Soft is the station's OCPP side, which ends no transaction; Hard is the charger's own restart."""
    request = take_ocpp(ResetRequest, payload).model
    if request.type is ResetType.HARD:
        outcome = await station.command(Restart())
        if outcome.status is CommandStatus.REFUSED:
            return _REJECTED

    async def begin_anew() -> None:
        await begin_station_anew(station, request.type.value, BootReason.REMOTE_RESET, conversation.restart)

    return Answer({"status": "Accepted"}, begin_anew)


async def unlock_connector(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Let go of a cable."""
    request = take_connector_message(UnlockConnectorRequest, payload).model
    known = request.connector_id in station.connectors
    if not known or Ability.UNLOCK_CONNECTOR not in station.abilities:
        return _NOT_SUPPORTED
    outcome = await remote.unlock(station, request.connector_id)
    return Answer({"status": "Unlocked" if outcome.status is CommandStatus.DONE else "UnlockFailed"})


async def change_availability(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Take a connector, or all, out of service and back."""
    request = availability_from_v16(payload, NUMBERS).model
    connector_id = 0 if request.evse is None else request.evse.id
    status, _ = await availability.change(station, connector_id, request.operational_status)
    return Answer({"status": status.value})
