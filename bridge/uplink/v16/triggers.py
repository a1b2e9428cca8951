"""TriggerMessage and ExtendedTriggerMessage: answered from a look at the charger, not from memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bridge.types.ocpp.v16.corrections import take_connector_message
from bridge.types.ocpp.v16.triggers import ExtendedTriggerMessageRequest, TriggerMessageRequest
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.dialect import Wording
from bridge.uplink.obeyed import triggering
from bridge.uplink.station import Station

_NOT_IMPLEMENTED = Answer({"status": "NotImplemented"})
_REJECTED = Answer({"status": "Rejected"})


async def trigger_message(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Send a message now."""
    request = take_connector_message(TriggerMessageRequest, payload).model
    return _trigger(station, conversation, request.requested_message.value, request.connector_id)


async def extended_trigger_message(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Send a message now, in the form of the security whitepaper."""
    request = take_connector_message(ExtendedTriggerMessageRequest, payload).model
    return _trigger(station, conversation, request.requested_message.value, request.connector_id)


def _trigger(station: Station, conversation: Conversing, word: str, connector_id: int | None) -> Answer:
    if connector_id not in (None, 0, *station.connectors):
        return _REJECTED
    send = _sending(station, conversation, word, connector_id)
    return _NOT_IMPLEMENTED if send is None else Answer({"status": "Accepted"}, send)


def _sending(
    station: Station, conversation: Conversing, word: str, connector_id: int | None
) -> Callable[[], Awaitable[None]] | None:
    chosen = (connector_id,) if connector_id else station.connectors

    async def send() -> None:
        match word:
            case "BootNotification":
                await triggering.say_boot(station, conversation)
            case "Heartbeat":
                await triggering.say_heartbeat(station, conversation)
            case "StatusNotification":
                await triggering.say_states(station, conversation, connector_id)
            case "MeterValues":
                measurands = station.configuration.settings.sampled_measurands
                await triggering.say_values(station, conversation, chosen, measurands, of_transactions=True)
            case "DiagnosticsStatusNotification":
                status = {"status": station.uploads.diagnostics_status}
                triggering.say(station, conversation, Wording("DiagnosticsStatusNotification", status))
            case "LogStatusNotification":
                triggering.say(station, conversation, Wording("LogStatusNotification", station.uploads.log_status))

    return send if word in _SENT else None


_SENT = frozenset(
    {
        "BootNotification",
        "DiagnosticsStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "StatusNotification",
    }
)
