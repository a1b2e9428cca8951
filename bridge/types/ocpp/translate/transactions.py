"""Events of a transaction → StartTransaction, MeterValues, StopTransaction of OCPP 1.6; 2.x says them as they are."""

from __future__ import annotations

from typing import Any, NamedTuple

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.meter_value import Location, Measurand, ReadingContext, SampledValue, UnitOfMeasure
from bridge.types.ocpp.transaction import TransactionEventRequest
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.meter_values import values_in_v16
from bridge.types.ocpp.translate.said import Drop, Said
from bridge.types.ocpp.version import OcppVersion

ID_TAG_AT_MOST = 20
"""characters [spec: OCPP 1.6 CiString20]"""


class TransactionOfV16(NamedTuple):
    """What 1.6 wants to be told and an event of 2.x need not say."""

    evse: EVSE
    """where the transaction is"""
    id_tag: str
    """for a driver without a token, or with one that 1.6 cannot say"""
    transaction_id: int | None = None
    """the CSMS's answer to StartTransaction; None until it is there"""
    meter_wh: float | None = None
    """the energy register at the event; None takes it from the event's own values"""


class Message(NamedTuple):
    """One message of 1.6."""

    action: str
    said: Said


def messages_in_v16(
    event: TransactionEventRequest, about: TransactionOfV16, connectors: ConnectorNumbers
) -> tuple[Message, ...]:
    """Return the messages that tell this event in 1.6, in their order; a payload of None says by its drops why not.

    An update without meter values has no message at all: StatusNotification tells it. Registers are rounded to Wh.
    """
    dropped = _dropped(event)
    match event.event_type:
        case TransactionEvent.STARTED:
            return _started(event, about, connectors, dropped)
        case TransactionEvent.ENDED:
            return (Message("StopTransaction", _ended(event, about, dropped)),)
        case TransactionEvent.UPDATED:
            if event.meter_value is None:
                return ()
            return (Message("MeterValues", _metered(event, about, connectors, dropped)),)


def _dropped(event: TransactionEventRequest) -> tuple[Drop, ...]:
    """Return what 1.6 lacks of the event itself; its meter values tell of their own."""
    return say(event.model_copy(update={"meter_value": None, "evse": None}), OcppVersion.V16).dropped


def _started(
    event: TransactionEventRequest,
    about: TransactionOfV16,
    connectors: ConnectorNumbers,
    dropped: tuple[Drop, ...],
) -> tuple[Message, ...]:
    register_wh = _register_wh(event, about)
    if register_wh is None:
        lacking = Drop("meterValue", "OCPP 1.6 requires the energy register at the start, and none is known")
        return (Message("StartTransaction", Said(None, (*dropped, lacking))),)
    id_tag, tag_drops = _id_tag(event, about)
    payload: dict[str, Any] = {
        "connectorId": connectors.number(about.evse),
        "idTag": id_tag,
        "meterStart": register_wh,
        "timestamp": to_rfc3339(event.timestamp),
    }
    if event.reservation_id is not None:
        payload["reservationId"] = event.reservation_id
    start = Message("StartTransaction", Said(payload, dropped + tag_drops))
    if event.meter_value is None:
        return (start,)
    return (start, Message("MeterValues", _metered(event, about, connectors, ())))


def _metered(
    event: TransactionEventRequest,
    about: TransactionOfV16,
    connectors: ConnectorNumbers,
    dropped: tuple[Drop, ...],
) -> Said:
    values, drops = values_in_v16(event.meter_value or (), "meterValue")
    if not values:
        return Said(None, dropped + drops)
    payload: dict[str, Any] = {"connectorId": connectors.number(about.evse), "meterValue": values}
    if about.transaction_id is not None:
        payload["transactionId"] = about.transaction_id
    return Said(payload, dropped + drops)


def _ended(event: TransactionEventRequest, about: TransactionOfV16, dropped: tuple[Drop, ...]) -> Said:
    register_wh = _register_wh(event, about)
    if register_wh is None:
        lacking = Drop("meterValue", "OCPP 1.6 requires the energy register at the end, and none is known")
        return Said(None, (*dropped, lacking))
    if about.transaction_id is None:
        lacking = Drop("transactionInfo.transactionId", "the CSMS has not told its number of the transaction yet")
        return Said(None, (*dropped, lacking))
    payload: dict[str, Any] = {
        "transactionId": about.transaction_id,
        "timestamp": to_rfc3339(event.timestamp),
        "meterStop": register_wh,
    }
    tag_drops: tuple[Drop, ...] = ()
    if event.id_token is not None:
        payload["idTag"], tag_drops = _id_tag(event, about)
    reason = (say(event.transaction_info, OcppVersion.V16).payload or {}).get("stoppedReason")
    if reason is not None:
        payload["reason"] = reason
    values, drops = values_in_v16(event.meter_value or (), "meterValue")
    if values:
        payload["transactionData"] = values
    return Said(payload, dropped + tag_drops + drops)


def _id_tag(event: TransactionEventRequest, about: TransactionOfV16) -> tuple[str, tuple[Drop, ...]]:
    token = event.id_token
    if token is None or not token.id_token:
        return about.id_tag, ()
    if len(token.id_token) > ID_TAG_AT_MOST:
        why = f"longer than the {ID_TAG_AT_MOST} characters of OCPP 1.6; the configured tag is told"
        return about.id_tag, (Drop("idToken.idToken", why),)
    return token.id_token, ()


def _register_wh(event: TransactionEventRequest, about: TransactionOfV16) -> int | None:
    if about.meter_wh is not None:
        return round(about.meter_wh)
    begins = event.event_type is TransactionEvent.STARTED
    wanted = ReadingContext.TRANSACTION_BEGIN if begins else ReadingContext.TRANSACTION_END
    found = [
        (item.context is wanted, register_wh)
        for value in event.meter_value or ()
        for item in value.sampled_value
        if (register_wh := _import_register_wh(item)) is not None
    ]
    marked = [register_wh for is_marked, register_wh in found if is_marked]
    chosen = marked or [register_wh for _, register_wh in found]
    return None if not chosen else round(chosen[0] if begins else chosen[-1])


def _import_register_wh(item: SampledValue) -> float | None:
    """Return the register of all phases at the outlet in Wh, None for any other value."""
    if item.measurand not in (None, Measurand.ENERGY_ACTIVE_IMPORT_REGISTER) or item.phase is not None:
        return None
    if item.location not in (None, Location.OUTLET):
        return None
    measure = item.unit_of_measure or UnitOfMeasure()
    scale = {None: 1.0, "Wh": 1.0, "kWh": 1000.0}.get(measure.unit)
    return None if scale is None else item.value * scale * 10.0 ** (measure.multiplier or 0)
