"""What a central system may have done: Accepted only where the charger did it."""

from __future__ import annotations

from datetime import timedelta

from bridge.ports import Store
from bridge.types.charger import Outcome
from bridge.types.command import Restart, SetAvailability, StartCharging, UnlockConnector
from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.change_availability import OperationalStatusEnumType
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.security_event import SecurityEvent, SecurityEventEnum
from bridge.types.ocpp.translate.availability import availability_from_v16
from bridge.types.ocpp.translate.charging_profiles import profile_from_v16
from bridge.types.ocpp.v16.answers import AuthorizeConfirmation, take_answer
from bridge.types.ocpp.v16.authorization import AuthorizationStatus
from bridge.types.ocpp.v16.corrections import take_connector_message, take_remote_start
from bridge.types.ocpp.v16.remote_control import (
    RemoteStopTransactionRequest,
    ResetRequest,
    ResetType,
    UnlockConnectorRequest,
)
from bridge.types.session import ChargingSession
from bridge.types.words import Ability, CommandStatus, ConnectorStatus
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.dialect import Wording
from bridge.uplink.station import Station
from bridge.uplink.v16.dialect import NUMBERS

_ACCEPTED = Answer({"status": "Accepted"})
_REJECTED = Answer({"status": "Rejected"})
_NOT_SUPPORTED = Answer({"status": "NotSupported"})
_IN_USE = frozenset({ConnectorStatus.CHARGING, ConnectorStatus.SUSPENDED_EV, ConnectorStatus.SUSPENDED_EVSE})
_UNUSABLE = frozenset({ConnectorStatus.FAULTED, ConnectorStatus.UNAVAILABLE})


def _did(outcome: Outcome) -> Answer:
    return _ACCEPTED if outcome.status is CommandStatus.DONE else _REJECTED


async def remote_start(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Let a vehicle charge: the driver is looked up first where that is set, and remembered for the transaction."""
    request = take_remote_start(payload).model
    connector_id = request.connector_id or _free_connector(station)
    if connector_id not in station.connectors or Ability.START_CHARGING not in station.abilities:
        return _REJECTED
    status = station.states.status(connector_id)
    if status in _IN_USE or status in _UNUSABLE or not await _may_charge(station, request.id_tag):
        return _REJECTED
    if request.charging_profile is not None:
        profile = profile_from_v16(request.charging_profile)
        if await station.limits.install(profile, connector_id, for_next_transaction=True) is not None:
            return _REJECTED
    outbox, now = station.outbox, station.house.clock.now()
    until = now + timedelta(seconds=station.configuration.settings.connection_timeout_s)
    await station.house.desk.run(lambda store: outbox.expect(store, connector_id, request.id_tag, now, until))
    outcome = await station.command(StartCharging(connector_id=connector_id, id_token=request.id_tag))
    if outcome.status is CommandStatus.REFUSED:
        await station.house.desk.run(lambda store: outbox.expect_nobody(store, connector_id))
        await station.limits.forget_waiting(connector_id)
    return _did(outcome)


def _free_connector(station: Station) -> int:
    """Return the connector that a start without one means: the first with a waiting vehicle, else the first free."""
    states = {number: station.states.status(number) for number in station.connectors}
    for wanted in (ConnectorStatus.PREPARING, ConnectorStatus.FINISHING, ConnectorStatus.AVAILABLE):
        for number, status in states.items():
            if status is wanted:
                return number
    return station.connectors[0]


async def _may_charge(station: Station, id_tag: str) -> bool:
    settings = station.configuration.settings
    if not settings.authorize_remote_tx_requests:
        return True
    if settings.local_auth_list_enabled:
        standing = station.local_list.standing(id_tag, station.house.clock.now())
        if standing is not None:
            return standing is AuthorizationStatus.ACCEPTED
    answer = await station.ask_csms(Wording("Authorize", {"idTag": id_tag}))
    if answer is None:
        return False
    try:
        info = take_answer(AuthorizeConfirmation, answer).model.id_tag_info
    except PayloadError:  # the central system's answer, and no fault of the question that is being answered here
        return False
    return info.status is AuthorizationStatus.ACCEPTED


async def remote_stop(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """End a transaction that runs."""
    request = take_ocpp(RemoteStopTransactionRequest, payload).model
    number = str(request.transaction_id)

    def find(store: Store) -> ChargingSession | None:
        transaction = store.transaction_by_number(station.outbox.station, number)
        if transaction is None or not transaction.is_open:
            return None
        return store.session(transaction.charger, transaction.session_id, transaction.started_at)

    session = await station.house.desk.run(find)
    if session is None or session.ended_at is not None:
        return _REJECTED
    return _did(await station.stop_charging(session.connector_id))


async def reset(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Begin anew: Soft is the station's OCPP side, which ends no transaction; Hard is the charger's own restart."""
    request = take_ocpp(ResetRequest, payload).model
    if request.type is ResetType.HARD:
        outcome = await station.command(Restart())
        if outcome.status is CommandStatus.REFUSED:
            return _REJECTED

    async def begin_anew() -> None:
        await station.security_event(SecurityEvent(type=SecurityEventEnum.RESET_OR_REBOOT, info=request.type.value))
        station.reboot()
        conversation.restart()

    return Answer({"status": "Accepted"}, begin_anew)


async def unlock_connector(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Let go of a cable."""
    request = take_connector_message(UnlockConnectorRequest, payload).model
    known = request.connector_id in station.connectors
    if not known or Ability.UNLOCK_CONNECTOR not in station.abilities:
        return _NOT_SUPPORTED
    outcome = await station.command(UnlockConnector(connector_id=request.connector_id))
    return Answer({"status": "Unlocked" if outcome.status is CommandStatus.DONE else "UnlockFailed"})


async def change_availability(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Take a connector, or all, out of service and back."""
    request = availability_from_v16(payload, NUMBERS).model
    connector_id = 0 if request.evse is None else request.evse.id
    if connector_id and connector_id not in station.connectors:
        return _REJECTED
    operative = request.operational_status is OperationalStatusEnumType.OPERATIVE
    return _did(await station.command(SetAvailability(connector_id=connector_id, operative=operative)))
