"""Messages of transactions → EVerest's variables of them, for every version of OCPP."""

from __future__ import annotations

from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.transaction_event import OcppTransactionEvent, OcppTransactionEventResponse, TransactionEvent
from bridge.uplink.dialect import EventAnswer
from bridge.uplink.told.outgoing import Outgoing, Purpose

_EVENTS = {
    Purpose.START: TransactionEvent.STARTED,
    Purpose.METER: TransactionEvent.UPDATED,
    Purpose.STOP: TransactionEvent.ENDED,
}


def event_of(outgoing: Outgoing, transaction_id: str | None = None) -> OcppTransactionEvent | None:
    """Return what a message tells of a transaction; None where it is of none.

    `transaction_id` is what the central system answered, where the message does not tell it.
    """
    event, payload = _EVENTS.get(outgoing.purpose), outgoing.call.payload
    if event is None or outgoing.key is None:
        return None
    told = payload.get("transactionInfo", {}).get("transactionId", payload.get("transactionId", transaction_id))
    place = None
    if event is TransactionEvent.STARTED:
        evse = payload.get("evse") or {"id": payload["connectorId"]}
        place = EVSE(id=evse["id"], connector_id=evse.get("connectorId", 1))
    return OcppTransactionEvent(
        transaction_event=event,
        evse=place,
        session_id=outgoing.key.session_id,
        transaction_id=None if told is None else str(told),
    )


def response_of(event: OcppTransactionEvent, answer: EventAnswer | None) -> OcppTransactionEventResponse:
    """Return what the central system answered to it."""
    said = answer or EventAnswer()
    return OcppTransactionEventResponse(
        original_transaction_event=event,
        total_cost=said.total_cost,
        charging_priority=said.charging_priority,
        personal_message=said.personal_message,
    )
