"""TriggerMessage and ExtendedTriggerMessage: answered from a look at the charger, not from memory."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.types.ocpp.meter_value import ReadingContext
from bridge.types.ocpp.v16.corrections import take_connector_message
from bridge.types.ocpp.v16.triggers import ExtendedTriggerMessageRequest, TriggerMessageRequest
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.dialect import Wording
from bridge.uplink.live import live_values
from bridge.uplink.outgoing import Purpose
from bridge.uplink.station import Station

_NOT_IMPLEMENTED = Answer({"status": "NotImplemented"})
_PURPOSES = {"BootNotification": Purpose.BOOT, "Heartbeat": Purpose.HEARTBEAT}
"""of messages whose answers mean something out of turn too"""
_REJECTED = Answer({"status": "Rejected"})


async def trigger_message(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Send a message now."""
    request = take_connector_message(TriggerMessageRequest, payload).model
    return await _trigger(station, conversation, request.requested_message.value, request.connector_id)


async def extended_trigger_message(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Send a message now, in the form of the security whitepaper."""
    request = take_connector_message(ExtendedTriggerMessageRequest, payload).model
    return await _trigger(station, conversation, request.requested_message.value, request.connector_id)


async def _trigger(station: Station, conversation: Conversing, word: str, connector_id: int | None) -> Answer:
    if connector_id not in (None, 0, *station.connectors):
        return _REJECTED
    chosen = station.connectors if connector_id in (None, 0) else (connector_id,)

    async def send() -> None:
        for wording in await _messages(station, word, chosen):
            station.session.ask(wording, _PURPOSES.get(word, Purpose.ASKED))
        conversation.look()

    match word:
        case "StatusNotification":

            async def tell_states() -> None:
                await live_values(station, chosen[0], (), ReadingContext.TRIGGER)  # a look at the charger, no more
                station.session.states.tell_again(connector_id)
                conversation.look()

            return Answer({"status": "Accepted"}, tell_states)
        case "BootNotification" | "Heartbeat" | "MeterValues" | "DiagnosticsStatusNotification":
            return Answer({"status": "Accepted"}, send)
        case "LogStatusNotification":
            return Answer({"status": "Accepted"}, send)
    return _NOT_IMPLEMENTED


async def _messages(station: Station, word: str, connectors: Sequence[int]) -> Sequence[Wording]:
    dialect = station.dialect
    match word:
        case "BootNotification":
            return [dialect.boot(station.identity)]
        case "Heartbeat":
            return [dialect.heartbeat()]
        case "DiagnosticsStatusNotification":
            return [Wording("DiagnosticsStatusNotification", {"status": station.uploads.diagnostics_status})]
        case "LogStatusNotification":
            return [Wording("LogStatusNotification", station.uploads.log_status)]
    measurands = station.configuration.settings.sampled_measurands
    said = []
    for connector_id in connectors:
        transaction, values = await live_values(station, connector_id, measurands, ReadingContext.TRIGGER)
        if values:
            said.append(dialect.metered(connector_id, transaction, values))
    return said
