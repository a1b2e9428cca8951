"""Transactions as EVerest tells them: what happened, and what the CSMS answered."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import OcppType, OcppWord, Whole
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.text_message import MessageContent


class TransactionEvent(OcppWord):
    """Where in its life a transaction is [spec: seed 004]."""

    STARTED = "Started"
    UPDATED = "Updated"
    ENDED = "Ended"


class OcppTransactionEvent(OcppType):
    """Something happened to a transaction [spec: seed 004]."""

    transaction_event: TransactionEvent
    evse: EVSE | None = None
    """where; absent after the first event of a transaction, which tells it"""
    session_id: str
    """the charger's own id"""
    transaction_id: str | None = None
    """the CSMS's id; an OCPP 1.6 integer in decimal digits. Absent until 1.6's answer to StartTransaction is there"""


ChargingPriority = Annotated[Whole, Field(ge=-9, le=9)]
"""Priority of smart charging: higher goes first, 0 is usual."""


class OcppTransactionEventResponse(OcppType):
    """What the CSMS answered to an event [spec: seed 004]."""

    original_transaction_event: OcppTransactionEvent
    total_cost: float | None = None
    """running, or of all after the end, in the CSMS's currency with taxes; 0 is free and absent is unknown"""
    charging_priority: ChargingPriority | None = None
    personal_message: MessageContent | None = None
