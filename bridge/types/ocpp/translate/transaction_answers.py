"""What a CSMS answers to an event of a transaction → EVerest's OcppTransactionEventResponse."""

from __future__ import annotations

from bridge.types.ocpp.base import OcppType, Taken, take_ocpp
from bridge.types.ocpp.text_message import MessageContent
from bridge.types.ocpp.transaction_event import (
    ChargingPriority,
    OcppTransactionEvent,
    OcppTransactionEventResponse,
)
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.said import Said
from bridge.types.ocpp.version import OcppVersion


class TransactionEventAnswer(OcppType):
    """What of the answer concerns the driver [spec: OCPP 2.x TransactionEventResponse, idTokenInfo apart]."""

    total_cost: float | None = None
    charging_priority: ChargingPriority | None = None
    updated_personal_message: MessageContent | None = None


def answer_from_v2(payload: object, event: OcppTransactionEvent) -> Taken[OcppTransactionEventResponse]:
    """Take a TransactionEvent.conf of 2.x; `idTokenInfo` is named as ignored. Raises PayloadError.

    The answers of 1.6 hold none of this: OcppTransactionEventResponse of the event alone.
    """
    taken = take_ocpp(TransactionEventAnswer, payload)
    answer = OcppTransactionEventResponse(
        original_transaction_event=event,
        total_cost=taken.model.total_cost,
        charging_priority=taken.model.charging_priority,
        personal_message=taken.model.updated_personal_message,
    )
    return Taken(answer, taken.ignored)


def answer_in_v2(answer: OcppTransactionEventResponse, version: OcppVersion) -> Said:
    """Return TransactionEvent.conf of 2.x."""
    model = TransactionEventAnswer(
        total_cost=answer.total_cost,
        charging_priority=answer.charging_priority,
        updated_personal_message=answer.personal_message,
    )
    return say(model, version)
