from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from bridge.types.ocpp.base import from_ocpp, take_ocpp, to_ocpp
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.id_token import IdToken, id_token_of
from bridge.types.ocpp.meter_value import (
    Location,
    Measurand,
    MeterValue,
    Phase,
    ReadingContext,
    SampledValue,
    UnitOfMeasure,
)
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.transaction import TransactionEventRequest, TransactionInfo, TriggerReason
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.meter_values import values_from_v16, values_in_v16
from bridge.types.ocpp.translate.transactions import TransactionOfV16, messages_in_v16
from bridge.types.ocpp.translate.transactions_back import (
    ended_from_v16,
    event_from_v2,
    started_from_v16,
    updated_from_v16,
)
from bridge.types.ocpp.v16 import transactions as v16
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import IdTokenType, StopReason
from tests.types.ocpp.examples import examples
from tests.types.ocpp.schemas import check

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
PLACE = EVSE(id=1, connector_id=1)
CONNECTORS = ConnectorNumbers([PLACE, EVSE(id=2, connector_id=1), EVSE(id=2, connector_id=2)])
ABOUT = TransactionOfV16(evse=EVSE(id=2, connector_id=2), id_tag="garage", transaction_id=7, meter_wh=1234.5678)
EVENTS = examples(TransactionEventRequest)


def values(*sampled: SampledValue) -> tuple[MeterValue, ...]:
    return (MeterValue(timestamp=AT, sampled_value=sampled),)


def event(sort: TransactionEvent = TransactionEvent.STARTED, **more: Any) -> TransactionEventRequest:
    told: dict[str, Any] = {
        "event_type": sort,
        "timestamp": AT,
        "trigger_reason": TriggerReason.TRIGGER,
        "seq_no": 0,
        "transaction_info": TransactionInfo(transaction_id="one"),
    }
    return TransactionEventRequest(**(told | more))


def power(value: float, **more: Any) -> SampledValue:
    return SampledValue(value=value, measurand=Measurand.POWER_ACTIVE_IMPORT, **more)


@given(EVENTS)
@settings(max_examples=60, deadline=None)
def test_what_is_said_in_2_x_is_valid_there(told: TransactionEventRequest) -> None:
    """Any event is a valid TransactionEvent of 2.0.1 and of 2.1, and comes back from 2.1 as far as it was said."""
    for version in (OcppVersion.V201, OcppVersion.V21):
        said = say(told, version)
        assert said.payload is not None
        check(said.payload, version, "TransactionEvent")
        back = event_from_v2(said.payload).model
        assert (back == told) == (not said.dropped)


@given(EVENTS)
@settings(max_examples=60, deadline=None)
def test_what_is_said_in_1_6_is_valid_there(told: TransactionEventRequest) -> None:
    """Any event makes valid messages of 1.6 where it makes any, and a message that cannot be made says why."""
    for message in messages_in_v16(told, ABOUT, CONNECTORS):
        if message.said.payload is None:
            assert message.said.dropped
        else:
            check(message.said.payload, OcppVersion.V16, message.action)


@given(EVENTS)
@settings(max_examples=60, deadline=None)
def test_what_1_6_told_is_told_again_in_the_same_words(told: TransactionEventRequest) -> None:
    """A message of 1.6 that is taken as an event and told in 1.6 again keeps its place, register, reason and tag."""
    for action, said in messages_in_v16(told, ABOUT, CONNECTORS):
        if said.payload is None:
            continue
        match action:
            case "StartTransaction":
                back = started_from_v16(said.payload, "one", CONNECTORS).model
                again = messages_in_v16(back, ABOUT._replace(meter_wh=None), CONNECTORS)[0]
                assert again.said.payload == said.payload
            case "MeterValues":
                back = updated_from_v16(said.payload, "one", 3, CONNECTORS).model
                (again,) = messages_in_v16(back, ABOUT, CONNECTORS)
                assert again.said.payload == said.payload
            case _:
                back = ended_from_v16(said.payload, "one", 4).model
                (again,) = messages_in_v16(back, ABOUT._replace(meter_wh=None), CONNECTORS)
                assert again.said.payload is not None
                assert again.said.payload["meterStop"] == said.payload["meterStop"]
                assert again.said.payload["reason"] == said.payload.get("reason", "Local")
                assert again.said.payload.get("idTag") == said.payload.get("idTag")


def test_a_start_without_a_register_is_not_sent() -> None:
    """None is not zero: a start whose register nobody knows has no payload, and the drop says why."""
    (start,) = messages_in_v16(event(), ABOUT._replace(meter_wh=None), CONNECTORS)
    assert start.said.payload is None
    assert "register" in start.said.dropped[-1].why


def test_the_register_comes_from_the_event_in_wh() -> None:
    """Without a register beside it, the marked import register at the outlet counts, whatever its unit."""
    sampled = values(
        power(11_000.0),
        SampledValue(value=9.0, phase=Phase.L1),
        SampledValue(value=8.0, location=Location.INLET),
        SampledValue(value=5.0, context=ReadingContext.OTHER),
        SampledValue(
            value=1.2345,
            measurand=Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
            context=ReadingContext.TRANSACTION_BEGIN,
            unit_of_measure=UnitOfMeasure(unit="kWh"),
        ),
    )
    start, meter = messages_in_v16(event(meter_value=sampled), ABOUT._replace(meter_wh=None), CONNECTORS)
    assert start.said.payload == {
        "connectorId": 3,
        "idTag": "garage",
        "meterStart": 1234,
        "timestamp": "2026-01-31T12:00:00Z",
    }
    assert meter.action == "MeterValues"
    assert meter.said.payload is not None
    assert meter.said.payload["transactionId"] == 7


def test_a_token_too_long_for_1_6_is_told_as_the_configured_tag() -> None:
    """A tag is never cut, for a cut tag is another driver's: the configured one is told, and the drop says so."""
    long = IdToken(id_token="0123456789ABCDEFGHIJK", type=IdTokenType.CENTRAL)
    (start,) = messages_in_v16(event(id_token=long), ABOUT, CONNECTORS)
    assert start.said.payload is not None
    assert start.said.payload["idTag"] == "garage"
    assert [drop.path for drop in start.said.dropped] == ["idToken.idToken"]


def test_an_end_before_the_csms_told_its_number_is_not_sent() -> None:
    """A StopTransaction needs 1.6's transaction id; there is none to invent."""
    (stop,) = messages_in_v16(event(TransactionEvent.ENDED), ABOUT._replace(transaction_id=None), CONNECTORS)
    assert stop.said.payload is None
    assert stop.said.dropped[-1].path == "transactionInfo.transactionId"


def test_an_update_without_values_has_no_message_in_1_6() -> None:
    """A change of state is told by StatusNotification there."""
    assert messages_in_v16(event(TransactionEvent.UPDATED), ABOUT, CONNECTORS) == ()


def test_a_reason_that_1_6_lacks_is_told_as_the_nearest_and_noted() -> None:
    """A full battery is Other in 1.6."""
    info = TransactionInfo(transaction_id="one", stopped_reason=StopReason.SOC_LIMIT_REACHED)
    (stop,) = messages_in_v16(event(TransactionEvent.ENDED, transaction_info=info), ABOUT, CONNECTORS)
    assert stop.said.payload is not None
    assert stop.said.payload["reason"] == "Other"
    assert ("transactionInfo.stoppedReason", "SOCLimitReached is said as Other") in stop.said.dropped


def test_a_value_keeps_its_unit_or_is_left_out() -> None:
    """Powers of ten are worked into the number exactly; a value whose unit 1.6 lacks is left out, never bare."""
    sampled = values(
        power(11.04, unit_of_measure=UnitOfMeasure(unit="W", multiplier=3)),
        power(1.0, unit_of_measure=UnitOfMeasure(unit="hp")),
        SampledValue(value=50.01, measurand=Measurand.FREQUENCY, unit_of_measure=UnitOfMeasure(unit="Hz")),
        SampledValue(value=1e-7, measurand=Measurand.VOLTAGE),
    )
    payload, dropped = values_in_v16(sampled, "meterValue")
    assert [item["value"] for item in payload[0]["sampledValue"]] == ["11040", "50.01", "0.0000001"]
    assert [item.get("unit") for item in payload[0]["sampledValue"]] == ["W", None, None]
    assert [drop.path for drop in dropped] == ["meterValue[0].sampledValue[1]"]


@given(examples(MeterValue))
@settings(max_examples=60, deadline=None)
def test_meter_values_come_back_from_1_6_as_they_were_said(value: MeterValue) -> None:
    """What 1.6 can say of a value comes back with the same number, word for word."""
    payload, _ = values_in_v16((value,), "meterValue")
    taken = tuple(from_ocpp(v16.MeterValue, item) for item in payload)
    back, ignored = values_from_v16(taken, "meterValue")
    assert ignored == ()
    assert values_in_v16(back, "meterValue") == (payload, ())


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ({"value": "12,5"}, "meterValue[0].sampledValue[0].value"),
        ({"value": "nan"}, "meterValue[0].sampledValue[0].value"),
        ({"value": "1e999"}, "meterValue[0].sampledValue[0].value"),
        ({"value": "1", "measurand": "Power"}, "meterValue[0].sampledValue[0].measurand"),
        ({"value": "1", "phase": "L4"}, "meterValue[0].sampledValue[0].phase"),
        ({"value": "1", "unit": "hp"}, "meterValue[0].sampledValue[0].unit"),
        ({"value": 1}, "meterValue[0].sampledValue[0].value"),
    ],
)
def test_a_value_that_cannot_be_read_names_its_path(item: dict[str, Any], path: str) -> None:
    """A number with a comma, an unknown word or a number without quotes is refused at its place."""
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2026-01-31T12:00:00Z", "sampledValue": [item]}]}
    with pytest.raises(PayloadError) as caught:
        updated_from_v16(payload, "one", 1, CONNECTORS)
    assert caught.value.path == path


def test_signed_data_has_no_number_and_is_named_as_ignored() -> None:
    """A MeterValues of nothing but signed data is an update without values."""
    items = [{"value": "AP;0;3;ALCV", "format": "SignedData"}]
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2026-01-31T12:00:00Z", "sampledValue": items}]}
    taken = updated_from_v16(payload, "one", 1, CONNECTORS)
    assert taken.model.meter_value is None
    assert taken.ignored == ("meterValue[0].sampledValue[0]",)


def test_a_connector_that_is_not_there_is_refused() -> None:
    """A number beyond the station's connectors names connectorId."""
    payload = {"connectorId": 4, "idTag": "x", "meterStart": 0, "timestamp": "2026-01-31T12:00:00Z"}
    with pytest.raises(PayloadError, match="connectorId: this station has connectors 1 to 3, not 4"):
        started_from_v16(payload, "one", CONNECTORS)


def test_a_reason_that_1_6_does_not_have_is_refused() -> None:
    """An unknown reason names its field."""
    payload = {"transactionId": 1, "meterStop": 0, "timestamp": "2026-01-31T12:00:00Z", "reason": "Bored"}
    with pytest.raises(PayloadError) as caught:
        ended_from_v16(payload, "one", 1)
    assert caught.value.path == "reason"


def test_the_reason_that_only_2_1_has_is_taken_as_other() -> None:
    """ReqEnergyTransferRejected is Other in our words, and that is noted."""
    payload = to_ocpp(event(TransactionEvent.ENDED))
    payload["transactionInfo"]["stoppedReason"] = "ReqEnergyTransferRejected"
    check(payload, OcppVersion.V21, "TransactionEvent")
    taken = event_from_v2(payload)
    assert taken.model.transaction_info.stopped_reason is StopReason.OTHER
    assert len(taken.corrected) == 1


def test_prices_in_an_event_are_named_as_ignored() -> None:
    """An event with costDetails is taken without them."""
    taken = event_from_v2(to_ocpp(event()) | {"costDetails": {"totalCost": {}}})
    assert taken == (event(), ("costDetails",), ())


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("04A2B3C4", IdTokenType.ISO14443),
        ("04a2b3c4d5e6f7", IdTokenType.ISO14443),
        ("04A2B3C4D5", IdTokenType.CENTRAL),
        ("garage", IdTokenType.CENTRAL),
        ("", IdTokenType.CENTRAL),
    ],
)
def test_a_bare_tag_is_a_card_only_where_it_can_be_one(text: str, sort: IdTokenType) -> None:
    """8 or 14 hex digits are ISO14443, anything else is Central."""
    assert id_token_of(text) == IdToken(id_token=text, type=sort)


def test_the_building_is_never_told_as_the_outlet() -> None:
    """A value of 2.1's location Upstream is left out where the version has no such place."""
    told = event(meter_value=values(power(5.0, location=Location.UPSTREAM), power(6.0)))
    said = say(told, OcppVersion.V201)
    assert said.payload is not None
    assert said.payload["meterValue"][0]["sampledValue"] == [{"value": 6.0, "measurand": "Power.Active.Import"}]
    assert said.dropped[0].path == "meterValue[0].sampledValue[0].location"
    only = say(event(meter_value=values(power(5.0, location=Location.UPSTREAM))), OcppVersion.V201)
    assert only.payload is not None
    assert "meterValue" not in only.payload


def test_an_unknown_field_is_ignored_by_name_and_a_wrong_one_refused() -> None:
    """What a peer adds is named and set aside; what it gets wrong is refused beside it."""
    payload = to_ocpp(event(meter_value=values(power(5.0))))
    payload["meterValue"][0]["sampledValue"][0]["vendorHint"] = 1
    assert take_ocpp(TransactionEventRequest, payload).ignored == ("meterValue[0].sampledValue[0].vendorHint",)
    payload["seqNo"] = "0"
    with pytest.raises(PayloadError) as caught:
        take_ocpp(TransactionEventRequest, payload)
    assert [problem.path for problem in caught.value.problems] == ["seqNo"]
