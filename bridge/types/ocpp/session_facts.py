"""Charging sessions of a charger's own log → the events of a transaction, in EVerest's form and in OCPP's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.facts import register_value_of
from bridge.types.ocpp.id_token import IdToken, id_token_of
from bridge.types.ocpp.meter_value import MeterValue, ReadingContext
from bridge.types.ocpp.transaction import TransactionEventRequest, TransactionInfo, TriggerReason
from bridge.types.ocpp.transaction_event import OcppTransactionEvent, TransactionEvent
from bridge.types.ocpp.translate.transactions import TransactionOfV16
from bridge.types.session import ChargingSession
from bridge.types.words import IdTokenType, StopReason

TOKEN_AT_MOST = 255
"""characters of `IdToken.id_token`"""
_SECONDS_BELOW = 2**31

TRIGGERS: Final[Mapping[StopReason, TriggerReason]] = {
    StopReason.DE_AUTHORIZED: TriggerReason.DEAUTHORIZED,
    StopReason.EMERGENCY_STOP: TriggerReason.ABNORMAL_CONDITION,
    StopReason.ENERGY_LIMIT_REACHED: TriggerReason.ENERGY_LIMIT_REACHED,
    StopReason.EV_DISCONNECTED: TriggerReason.EV_COMMUNICATION_LOST,
    StopReason.GROUND_FAULT: TriggerReason.ABNORMAL_CONDITION,
    StopReason.IMMEDIATE_RESET: TriggerReason.RESET_COMMAND,
    StopReason.LOCAL: TriggerReason.STOP_AUTHORIZED,
    StopReason.LOCAL_OUT_OF_CREDIT: TriggerReason.CHARGING_STATE_CHANGED,
    StopReason.MASTER_PASS: TriggerReason.STOP_AUTHORIZED,
    StopReason.OTHER: TriggerReason.ABNORMAL_CONDITION,
    StopReason.OVERCURRENT_FAULT: TriggerReason.ABNORMAL_CONDITION,
    StopReason.POWER_LOSS: TriggerReason.ABNORMAL_CONDITION,
    StopReason.POWER_QUALITY: TriggerReason.ABNORMAL_CONDITION,
    StopReason.REBOOT: TriggerReason.ABNORMAL_CONDITION,
    StopReason.REMOTE: TriggerReason.REMOTE_STOP,
    StopReason.SOC_LIMIT_REACHED: TriggerReason.SOC_LIMIT_REACHED,
    StopReason.STOPPED_BY_EV: TriggerReason.CHARGING_STATE_CHANGED,
    StopReason.TIME_LIMIT_REACHED: TriggerReason.TIME_LIMIT_REACHED,
    StopReason.TIMEOUT: TriggerReason.EV_CONNECT_TIMEOUT,
}
"""Why a session ended → why its end is told."""


def started_event_of(
    session: ChargingSession, transaction_id: str, place: EVSE, *, offline: bool | None = None
) -> TransactionEventRequest:
    """Return the start of a session, event 0 of its transaction; `transaction_id` has at most 36 characters.

    A session without a token is told as begun by the plugging-in: the charger asked nobody.
    """
    token = token_of(session)
    return TransactionEventRequest(
        event_type=TransactionEvent.STARTED,
        timestamp=session.started_at,
        trigger_reason=TriggerReason.CABLE_PLUGGED_IN if token is None else TriggerReason.AUTHORIZED,
        seq_no=0,
        transaction_info=TransactionInfo(transaction_id=transaction_id),
        offline=offline,
        evse=place,
        id_token=token,
        meter_value=_register(session.meter_start_wh, session.started_at, ReadingContext.TRANSACTION_BEGIN),
    )


def ended_event_of(
    session: ChargingSession, transaction_id: str, seq_no: int, *, offline: bool | None = None
) -> TransactionEventRequest | None:
    """Return the end of a session, None while it runs; `seq_no` follows that of the transaction's last event.

    A reason that the charger did not tell is Other: an absent one would mean Local. Who stopped it is not known, so no
    token is told. The register of the start is not told again: where that of the end is missing, it would pass for it.
    """
    if session.ended_at is None:
        return None
    reason = session.stop_reason or StopReason.OTHER
    return TransactionEventRequest(
        event_type=TransactionEvent.ENDED,
        timestamp=session.ended_at,
        trigger_reason=TRIGGERS[reason],
        seq_no=seq_no,
        transaction_info=TransactionInfo(
            transaction_id=transaction_id,
            time_spent_charging=_whole_seconds(session.charging_s),
            stopped_reason=reason,
        ),
        offline=offline,
        meter_value=_register(session.meter_stop_wh, session.ended_at, ReadingContext.TRANSACTION_END),
    )


def everest_event_of(session: ChargingSession, event: TransactionEventRequest) -> OcppTransactionEvent:
    """Return one of a session's events as EVerest tells it."""
    return OcppTransactionEvent(
        transaction_event=event.event_type,
        evse=event.evse,
        session_id=session.session_id,
        transaction_id=event.transaction_info.transaction_id,
    )


def about_in_v16(
    session: ChargingSession, event: TransactionEventRequest, place: EVSE, id_tag: str, transaction_id: int | None
) -> TransactionOfV16:
    """Return what `messages_in_v16` wants to be told beside one of a session's events.

    1.6 counts whole Wh: a register is rounded down, as a meter shows only what is full. `id_tag` is for a driver
    without a token; `transaction_id` is the CSMS's answer to the start.
    """
    begins = event.event_type is TransactionEvent.STARTED
    register_wh = session.meter_start_wh if begins else session.meter_stop_wh
    return TransactionOfV16(
        evse=place,
        id_tag=id_tag,
        transaction_id=transaction_id,
        meter_wh=None if register_wh is None else math.floor(register_wh),
    )


def token_of(session: ChargingSession) -> IdToken | None:
    """Return who charged; None where the charger does not tell or the token is longer than OCPP can say.

    Only 8 or 14 hex digits are told as ISO14443, as CSMSs check [seen]; the number of a card that is none is the
    charger's own, Local. A token whose kind the charger does not tell is judged by its text.
    """
    sort, text = session.id_token_type, session.id_token
    if sort is IdTokenType.NO_AUTHORIZATION:
        return IdToken(id_token="", type=sort)
    if not text or len(text) > TOKEN_AT_MOST:
        return None
    judged = id_token_of(text)
    if sort is None:
        return judged
    if sort is IdTokenType.ISO14443 and judged.type is not sort:
        sort = IdTokenType.LOCAL
    return IdToken(id_token=text, type=sort)


def _register(register_wh: float | None, at: datetime, context: ReadingContext) -> tuple[MeterValue, ...] | None:
    return None if register_wh is None else (register_value_of(register_wh, at, context),)


def _whole_seconds(charging_s: float | None) -> int | None:
    return int(charging_s) if charging_s is not None and 0 <= charging_s < _SECONDS_BELOW else None
