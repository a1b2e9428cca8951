"""StartTransaction, MeterValues and StopTransaction of OCPP 1.6, and TransactionEvent of 2.x → events of a transaction.

1.6 does not number its messages and lets the CSMS choose the transaction's id: the caller, who plays the CSMS, tells
both.
"""

from __future__ import annotations

from typing import Final

from bridge.types.ocpp.base import Taken, take_ocpp
from bridge.types.ocpp.id_token import id_token_of
from bridge.types.ocpp.meter_value import Measurand, MeterValue, ReadingContext, SampledValue, UnitOfMeasure
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind
from bridge.types.ocpp.transaction import TransactionEventRequest, TransactionInfo, TriggerReason
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.meter_values import values_from_v16
from bridge.types.ocpp.translate.words_v16 import REASONS_BACK
from bridge.types.ocpp.v16 import transactions as v16
from bridge.types.words import StopReason

_STOP_TRIGGERS: Final = {
    "DeAuthorized": TriggerReason.DEAUTHORIZED,
    "EmergencyStop": TriggerReason.ABNORMAL_CONDITION,
    "EVDisconnected": TriggerReason.EV_COMMUNICATION_LOST,
    "HardReset": TriggerReason.RESET_COMMAND,
    "Local": TriggerReason.STOP_AUTHORIZED,
    "Other": TriggerReason.ABNORMAL_CONDITION,
    "PowerLoss": TriggerReason.ABNORMAL_CONDITION,
    "Reboot": TriggerReason.ABNORMAL_CONDITION,
    "Remote": TriggerReason.REMOTE_STOP,
    "SoftReset": TriggerReason.RESET_COMMAND,
    "UnlockCommand": TriggerReason.UNLOCK_COMMAND,
}
"""1.6's reason → why the event is told."""


def started_from_v16(
    payload: object, transaction_id: str, connectors: ConnectorNumbers
) -> Taken[TransactionEventRequest]:
    """Take a StartTransaction.req, which is the event 0 of its transaction. Raises PayloadError."""
    taken = take_ocpp(v16.StartTransactionRequest, payload)
    said = taken.model
    register = _register(said.meter_start, ReadingContext.TRANSACTION_BEGIN)
    event = TransactionEventRequest(
        event_type=TransactionEvent.STARTED,
        timestamp=said.timestamp,
        trigger_reason=TriggerReason.AUTHORIZED,
        seq_no=0,
        transaction_info=TransactionInfo(transaction_id=transaction_id),
        reservation_id=said.reservation_id,
        evse=connectors.place(said.connector_id),
        id_token=id_token_of(said.id_tag),
        meter_value=(MeterValue(timestamp=said.timestamp, sampled_value=(register,)),),
    )
    return Taken(event, taken.ignored)


def updated_from_v16(
    payload: object, transaction_id: str, seq_no: int, connectors: ConnectorNumbers
) -> Taken[TransactionEventRequest]:
    """Take a MeterValues.req of a transaction; signed data has no number and is ignored. Raises PayloadError."""
    taken = take_ocpp(v16.MeterValuesRequest, payload)
    values, unread = values_from_v16(taken.model.meter_value, "meterValue")
    clocked = bool(values) and values[0].sampled_value[0].context is ReadingContext.SAMPLE_CLOCK
    event = TransactionEventRequest(
        event_type=TransactionEvent.UPDATED,
        timestamp=taken.model.meter_value[-1].timestamp,
        trigger_reason=TriggerReason.METER_VALUE_CLOCK if clocked else TriggerReason.METER_VALUE_PERIODIC,
        seq_no=seq_no,
        transaction_info=TransactionInfo(transaction_id=transaction_id),
        evse=connectors.place(taken.model.connector_id),
        meter_value=values or None,
    )
    return Taken(event, taken.ignored + unread)


def ended_from_v16(payload: object, transaction_id: str, seq_no: int) -> Taken[TransactionEventRequest]:
    """Take a StopTransaction.req. Raises PayloadError."""
    taken = take_ocpp(v16.StopTransactionRequest, payload)
    said = taken.model
    reason = said.reason or "Local"
    if reason not in REASONS_BACK:
        raise PayloadError("StopTransaction", [Problem("reason", ProblemKind.VALUE, "is no reason of OCPP 1.6")])
    values, unread = values_from_v16(said.transaction_data or (), "transactionData")
    register = _register(said.meter_stop, ReadingContext.TRANSACTION_END)
    event = TransactionEventRequest(
        event_type=TransactionEvent.ENDED,
        timestamp=said.timestamp,
        trigger_reason=_STOP_TRIGGERS[reason],
        seq_no=seq_no,
        transaction_info=TransactionInfo(transaction_id=transaction_id, stopped_reason=REASONS_BACK[reason]),
        id_token=None if said.id_tag is None else id_token_of(said.id_tag),
        meter_value=(*values, MeterValue(timestamp=said.timestamp, sampled_value=(register,))),
    )
    return Taken(event, taken.ignored + unread)


def event_from_v2(payload: object) -> Taken[TransactionEventRequest]:
    """Take a TransactionEvent.req of 2.0.1 or 2.1. Raises PayloadError.

    2.1's one reason that our words lack, that the driver's wish of energy was refused, is taken as Other and noted.
    """
    corrected: tuple[str, ...] = ()
    info = payload.get("transactionInfo") if isinstance(payload, dict) else None
    if isinstance(payload, dict) and isinstance(info, dict) and info.get("stoppedReason") == _ONLY_IN_2_1:
        payload = {**payload, "transactionInfo": {**info, "stoppedReason": StopReason.OTHER.value}}
        corrected = (f"transactionInfo.stoppedReason {_ONLY_IN_2_1} is taken as Other",)
    return take_ocpp(TransactionEventRequest, payload)._replace(corrected=corrected)


_ONLY_IN_2_1: Final = "ReqEnergyTransferRejected"


def _register(register_wh: int, context: ReadingContext) -> SampledValue:
    return SampledValue(
        value=register_wh,
        measurand=Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
        context=context,
        unit_of_measure=UnitOfMeasure(unit="Wh"),
    )
