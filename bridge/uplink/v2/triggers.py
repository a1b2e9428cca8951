"""TriggerMessage: answered from a look at the charger, not from memory."""

from __future__ import annotations

from functools import partial
from typing import Final

from bridge.engine.board import UplinkState
from bridge.ports import Store
from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.v2.remote_control import MessageTrigger, TriggerMessageRequest, TriggerMessageStatus
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.dialect import Wording
from bridge.uplink.obeyed import remote, triggering
from bridge.uplink.smart_charging.acceptance import Refusal
from bridge.uplink.station import Station
from bridge.uplink.v2.stating import stating

_CONNECTOR: Final = 1
_WORDS = MessageTrigger
_SENT: Final = frozenset(
    {
        _WORDS.BOOT_NOTIFICATION,
        _WORDS.FIRMWARE_STATUS_NOTIFICATION,
        _WORDS.HEARTBEAT,
        _WORDS.LOG_STATUS_NOTIFICATION,
        _WORDS.METER_VALUES,
        _WORDS.STATUS_NOTIFICATION,
        _WORDS.TRANSACTION_EVENT,
    }
)
"""the others are of certificates, which their owner keeps, and of firmware, which is not passed on"""


async def trigger_message(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Send a message now."""
    request = take_ocpp(TriggerMessageRequest, payload).model
    word = request.requested_message
    if word not in _SENT:
        return stating(TriggerMessageStatus.NOT_IMPLEMENTED, Refusal("UnsupportedRequest", f"no {word} is ever sent"))
    refusal = _misplaced(station, request) or await _untimely(station, request)
    if refusal is not None:
        return stating(TriggerMessageStatus.REJECTED, refusal)
    return stating(TriggerMessageStatus.ACCEPTED, then=partial(_send, station, conversation, request))


async def _send(station: Station, conversation: Conversing, request: TriggerMessageRequest) -> None:
    connectors = _connectors(station, request)
    match request.requested_message:
        case _WORDS.BOOT_NOTIFICATION:
            await triggering.say_boot(station, conversation)
        case _WORDS.HEARTBEAT:
            await triggering.say_heartbeat(station, conversation)
        case _WORDS.STATUS_NOTIFICATION:
            await triggering.say_states(station, conversation, connectors[0])
        case _WORDS.METER_VALUES:
            measurands = station.configuration.settings.aligned_measurands
            await triggering.say_values(station, conversation, connectors, measurands, of_transactions=False)
        case _WORDS.TRANSACTION_EVENT:
            await _say_transactions(station, conversation, connectors)
        case _WORDS.LOG_STATUS_NOTIFICATION:
            triggering.say(station, conversation, Wording("LogStatusNotification", station.uploads.log_status))
        case _WORDS.FIRMWARE_STATUS_NOTIFICATION:
            triggering.say(station, conversation, Wording("FirmwareStatusNotification", {"status": "Idle"}))


def _misplaced(station: Station, request: TriggerMessageRequest) -> Refusal | None:
    """Say what is wrong with the place; EVSE 0 is the whole station, as no place is."""
    evse = request.evse
    if evse is not None and evse.id not in (0, *station.connectors):
        return Refusal("UnknownEvse", f"this station has no EVSE {evse.id}")
    if evse is not None and evse.connector_id not in (None, _CONNECTOR):
        return Refusal("UnknownConnectorId", f"an EVSE has one connector, number {_CONNECTOR}")
    is_of_one = request.requested_message is _WORDS.STATUS_NOTIFICATION
    if is_of_one and (evse is None or evse.id == 0 or evse.connector_id is None):  # [spec: F06.FR.12]
        return Refusal("MissingParam", "the state of one connector is told; name its EVSE and connector")
    return None


async def _untimely(station: Station, request: TriggerMessageRequest) -> Refusal | None:
    """Say why a message means nothing now. Raises StoreError."""
    word = request.requested_message
    if word is _WORDS.BOOT_NOTIFICATION and station.session.state is UplinkState.ONLINE:  # [spec: F06.FR.17]
        return Refusal("NotEnabled", "the station is accepted already; Reset has it boot again")
    if word is _WORDS.TRANSACTION_EVENT:
        running = [await remote.transaction_at(station, number) for number in _connectors(station, request)]
        if not any(running):
            return Refusal("TxNotFound", "no transaction runs there")
    return None


def _connectors(station: Station, request: TriggerMessageRequest) -> tuple[int, ...]:
    evse = request.evse
    return (evse.id,) if evse is not None and evse.id else station.connectors


async def _say_transactions(station: Station, conversation: Conversing, connectors: tuple[int, ...]) -> None:
    """Have an event told of each transaction, with what the charger shows now; it is kept, as all events are."""
    await triggering.look(station)
    now = station.house.clock.now()

    def note(store: Store) -> int:
        return station.outbox.trigger(store, connectors, now)

    await station.house.desk.run(note)
    station.has_work.set()
    conversation.look()
