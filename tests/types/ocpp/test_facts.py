from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.etrel.decode_session import decode_session
from adapters.etrel.decode_status import decode_status
from adapters.etrel.wire import StatusWire, parse_answer
from bridge.types.charger import ChargerIdentity, ConnectorReading, Snapshot
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.base import to_everest
from bridge.types.ocpp.connector_state import ChargePointErrorCode
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.facts import boot_of, connector_state_of, meter_value_of, meter_values_of_intervals, places_of
from bridge.types.ocpp.meter_value import Measurand
from bridge.types.ocpp.provisioning.boot_notification import BootNotificationRequest, BootReason
from bridge.types.ocpp.provisioning.edition import EDITIONS
from bridge.types.ocpp.provisioning.sending import to_peer
from bridge.types.ocpp.session_facts import (
    TRIGGERS,
    about_in_v16,
    ended_event_of,
    everest_event_of,
    started_event_of,
    token_of,
)
from bridge.types.ocpp.transaction import TransactionEventRequest
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.meter_values import values_in_v16
from bridge.types.ocpp.translate.status import status_notification
from bridge.types.ocpp.translate.transactions import Message, messages_in_v16
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus, IdTokenType, StopReason
from tests.adapters.etrel.fixtures import body, document
from tests.types.ocpp.examples import MOMENTS
from tests.types.ocpp.schemas import check

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
PLACE = EVSE(id=1, connector_id=1)
CONNECTORS = ConnectorNumbers([PLACE])
V2 = (OcppVersion.V201, OcppVersion.V21)
TRANSACTION = "a9a0b1a0-7c1e-5d5c-9b0e-3f6f2b6f4c11"

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_number = st.none() | st.floats(allow_nan=False, allow_infinity=False)
READINGS = st.builds(
    ConnectorReading,
    evse_id=st.integers(-5, 99),
    connector_id=st.integers(1, 99),
    status=st.none() | st.sampled_from(ConnectorStatus),
    status_raw=st.none() | _text,
    power_w=_number,
    current_a=_number,
    current_offered_a=_number,
    session_energy_wh=_number,
    fault=st.none() | _text,
)
SESSIONS = st.builds(
    ChargingSession,
    session_id=_text,
    connector_id=st.integers(1, 99),
    started_at=MOMENTS,
    ended_at=st.none() | MOMENTS,
    meter_start_wh=_number,
    meter_stop_wh=_number,
    charging_s=_number,
    id_token=st.none() | _text | st.from_regex(r"[0-9A-F]{8}([0-9A-F]{6})?", fullmatch=True),
    id_token_type=st.none() | st.sampled_from(IdTokenType),
    stop_reason=st.none() | st.sampled_from(StopReason),
)
IDENTITIES = st.builds(
    ChargerIdentity,
    vendor_name=_text,
    model=st.none() | _text,
    serial_number=st.none() | _text,
    firmware_version=st.none() | _text,
)


def reading(**more: Any) -> ConnectorReading:
    told: dict[str, Any] = {"evse_id": 1, "connector_id": 1, "status": ConnectorStatus.CHARGING, "status_raw": "x"}
    return ConnectorReading(**(told | more))


def session(**more: Any) -> ChargingSession:
    told: dict[str, Any] = {"session_id": "34", "connector_id": 1, "started_at": AT, "ended_at": AT}
    return ChargingSession(**(told | more))


def told_in_v16(of: ChargingSession, event: TransactionEventRequest) -> Message:
    return messages_in_v16(event, about_in_v16(of, event, PLACE, "garage", 7), CONNECTORS)[0]


def ended(of: ChargingSession) -> TransactionEventRequest:
    event = ended_event_of(of, TRANSACTION, 1)
    assert event is not None
    return event


@given(READINGS)
@settings(max_examples=60, deadline=None)
def test_any_reading_is_a_valid_status_in_every_version(told: ConnectorReading) -> None:
    """A reading with a known status makes a valid StatusNotification everywhere; one without makes none."""
    state = connector_state_of(told, AT, PLACE)
    assert (state is None) == (told.status is None)
    if state is None:
        return
    for version in OcppVersion:
        payload = status_notification(state, version, CONNECTORS).payload
        check(payload, version, "StatusNotification")


@given(READINGS)
@settings(max_examples=60, deadline=None)
def test_any_reading_is_a_valid_meter_value_in_every_version(told: ConnectorReading) -> None:
    """Exactly the numbers that the reading has are told, valid everywhere: one that is None never becomes 0."""
    value = meter_value_of(told, AT)
    expected = [number for number in (told.power_w, told.current_a, told.current_offered_a) if number is not None]
    if value is None:
        assert expected == []
        return
    assert [item.value for item in value.sampled_value] == expected
    assert Measurand.ENERGY_ACTIVE_IMPORT_REGISTER not in [item.measurand for item in value.sampled_value]
    said, dropped = values_in_v16([value], "meterValue")
    assert not dropped
    check({"connectorId": 1, "meterValue": said}, OcppVersion.V16, "MeterValues")
    for version in V2:
        said_in_v2 = say(value, version)
        assert not said_in_v2.dropped
        check({"evseId": 1, "meterValue": [said_in_v2.payload]}, version, "MeterValues")


@given(SESSIONS)
@settings(max_examples=100, deadline=None)
def test_any_session_is_valid_in_every_version(told: ChargingSession) -> None:
    """The events of any session are valid everywhere; 1.6 is not told a start or an end whose register is unknown."""
    events = [started_event_of(told, TRANSACTION, PLACE), ended_event_of(told, TRANSACTION, 1)]
    assert (events[1] is None) == (told.ended_at is None)
    for event, register_wh in zip(events, (told.meter_start_wh, told.meter_stop_wh), strict=True):
        if event is None:
            continue
        assert (event.meter_value is None) == (register_wh is None)
        for version in V2:
            check(say(event, version).payload, version, "TransactionEvent")
        action, said = told_in_v16(told, event)
        assert (said.payload is None) == (register_wh is None)
        if said.payload is not None:
            check(said.payload, OcppVersion.V16, action)


@given(IDENTITIES)
@settings(max_examples=60, deadline=None)
def test_any_identity_can_boot(told: ChargerIdentity) -> None:
    """Whatever a box says of itself fits into a BootNotification that both editions of 2.x and their peers take."""
    request = BootNotificationRequest(reason=BootReason.POWER_UP, charging_station=boot_of(told))
    for edition in EDITIONS:
        check(to_peer(request, edition), edition, "BootNotification")


def test_what_people_read_is_cut_and_what_names_a_box_is_not() -> None:
    """Vendor and model are cut; a serial number or firmware version that is too long is left out; none is invented."""
    long = ChargerIdentity(vendor_name="v" * 51, model="m" * 21, serial_number="s" * 26, firmware_version="f" * 51)
    station = boot_of(long)
    assert (station.vendor_name, station.model) == ("v" * 50, "m" * 20)
    assert (station.serial_number, station.firmware_version) == (None, None)
    station = boot_of(ChargerIdentity(vendor_name="v", serial_number="s" * 25, firmware_version="f" * 50))
    assert (station.model, station.serial_number, station.firmware_version) == ("Unknown", "s" * 25, "f" * 50)


def test_a_fault_is_told_in_the_chargers_words() -> None:
    """A fault is OtherError with its words cut to 50 characters, and a Faulted connector is never told as NoError."""
    state = connector_state_of(reading(fault="x" * 51), AT, PLACE)
    assert state is not None
    assert (state.error_code, state.info) == (ChargePointErrorCode.OTHER_ERROR, "x" * 50)
    state = connector_state_of(reading(status=ConnectorStatus.FAULTED), AT, PLACE)
    assert state is not None
    assert (state.error_code, state.info) == (ChargePointErrorCode.OTHER_ERROR, None)
    state = connector_state_of(reading(), AT, PLACE)
    assert state is not None
    assert state.error_code is None


def test_an_interval_is_told_at_its_end() -> None:
    """The interval that starts at 12:00 is a clock sample of 12:05; one without a value is left out; 0 W is told."""
    start_s = int(AT.timestamp())
    values = meter_values_of_intervals([(start_s, 1532.2), (start_s + 300, None), (start_s + 600, 0.0)])
    assert [say(value, OcppVersion.V21).payload for value in values] == [
        {
            "timestamp": at,
            "sampledValue": [
                {
                    "value": power_w,
                    "measurand": "Power.Active.Import",
                    "context": "Sample.Clock",
                    "unitOfMeasure": {"unit": "W"},
                }
            ],
        }
        for at, power_w in (("2026-01-31T12:05:00Z", 1532.2), ("2026-01-31T12:15:00Z", 0.0))
    ]


def test_connectors_are_counted_within_their_evse() -> None:
    """Connectors numbered through the whole charger are told by an EVSE from 1 on and a connector from 1 within it."""
    told = [reading(evse_id=7, connector_id=3), reading(evse_id=0, connector_id=1), reading(evse_id=7, connector_id=2)]
    assert places_of(told) == {
        1: EVSE(id=1, connector_id=1),
        2: EVSE(id=2, connector_id=1),
        3: EVSE(id=2, connector_id=2),
    }
    assert list(places_of(told)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "told", "sort"),
    [
        ("74592454", IdTokenType.ISO14443, IdTokenType.ISO14443),
        ("04A1B2C3D4E5F6", IdTokenType.ISO14443, IdTokenType.ISO14443),
        ("card 55", IdTokenType.ISO14443, IdTokenType.LOCAL),
        ("card 55", None, IdTokenType.CENTRAL),
        ("74592454", IdTokenType.CENTRAL, IdTokenType.CENTRAL),
        ("1234", IdTokenType.KEY_CODE, IdTokenType.KEY_CODE),
    ],
)
def test_the_kind_of_a_token_is_honest(text: str, told: IdTokenType | None, sort: IdTokenType) -> None:
    """Only 8 or 14 hex digits pass for a card's number; what the charger knows of its kind is kept otherwise."""
    token = token_of(session(id_token=text, id_token_type=told))
    assert token is not None
    assert (token.id_token, token.type) == (text, sort)


def test_a_token_that_cannot_be_told_is_not_cut() -> None:
    """A token beyond OCPP's length would name another driver if cut, so none is told."""
    assert token_of(session(id_token="a" * 256, id_token_type=IdTokenType.CENTRAL)) is None


def test_a_reason_that_nobody_told_is_not_local() -> None:
    """An end without a reason is Other in every version, since an absent reason would mean Local."""
    told = session(meter_stop_wh=5.0)
    event = ended(told)
    assert event.transaction_info.stopped_reason is StopReason.OTHER
    assert (told_in_v16(told, event).said.payload or {})["reason"] == "Other"


def test_every_reason_has_its_trigger() -> None:
    """No reason of a session is without a word for why its end is told."""
    assert set(TRIGGERS) == set(StopReason)


def test_a_register_is_rounded_down_for_1_6_only() -> None:
    """1.6 gets full Wh even where the fraction is nearly one; 2.x gets the fraction."""
    told = session(meter_start_wh=10.999, meter_stop_wh=11.999)
    event = ended(told)
    assert (told_in_v16(told, event).said.payload or {})["meterStop"] == 11
    assert event.meter_value is not None
    assert event.meter_value[0].sampled_value[0].value == 11.999


def seed() -> tuple[ChargingSession, Snapshot]:
    """Return the seed's session and status as the adapter decodes them."""
    row = document("overnight", "charging_session")["content"][0]
    decoded = decode_session(row, "$.content[0]")
    assert decoded is not None
    return decoded, decode_status(parse_answer(StatusWire, body("overnight", "general_status")), AT, None)


def test_the_seed_is_told_in_1_6() -> None:
    """The seed's night is StartTransaction and StopTransaction with its registers, card, times and reason."""
    told, snapshot = seed()
    places = places_of(snapshot.connectors)
    place, connectors = places[told.connector_id], ConnectorNumbers(places.values())
    begin = started_event_of(told, TRANSACTION, place)
    start, values = messages_in_v16(begin, about_in_v16(told, begin, place, "garage", None), connectors)
    assert start.action == "StartTransaction"
    assert start.said.payload == {
        "connectorId": 1,
        "idTag": "74592454",
        "meterStart": 1_032_561,
        "timestamp": "2022-10-06T20:06:24.061773Z",
    }
    check(start.said.payload, OcppVersion.V16, start.action)
    check(values.said.payload, OcppVersion.V16, values.action)
    end = ended(told)
    (stop,) = messages_in_v16(end, about_in_v16(told, end, place, "garage", 7), connectors)
    assert stop.action == "StopTransaction"
    assert stop.said.payload == {
        "transactionId": 7,
        "meterStop": 1_095_394,
        "timestamp": "2022-10-07T09:22:18.738429Z",
        "reason": "EVDisconnected",
        "transactionData": [
            {
                "timestamp": "2022-10-07T09:22:18.738429Z",
                "sampledValue": [
                    {
                        "value": "1095394.528",
                        "context": "Transaction.End",
                        "measurand": "Energy.Active.Import.Register",
                        "unit": "Wh",
                    }
                ],
            }
        ],
    }
    check(stop.said.payload, OcppVersion.V16, stop.action)


def test_the_seed_status_is_told_in_1_6() -> None:
    """The seed's free connector is Available without an error, its power and current are a true 0, its offer 6 A."""
    _, snapshot = seed()
    (connector,) = snapshot.connectors
    state = connector_state_of(connector, snapshot.read_at, PLACE)
    assert state is not None
    assert status_notification(state, OcppVersion.V16, CONNECTORS).payload == {
        "connectorId": 1,
        "errorCode": "NoError",
        "status": "Available",
        "timestamp": to_rfc3339(AT),
    }
    value = meter_value_of(connector, snapshot.read_at)
    assert value is not None
    ((said,), _) = values_in_v16([value], "meterValue")
    assert [(item["value"], item["measurand"]) for item in said["sampledValue"]] == [
        ("0", "Power.Active.Import"),
        ("0", "Current.Import"),
        ("6", "Current.Offered"),
    ]


def test_the_seed_is_told_as_everest_tells_it() -> None:
    """The first event names the place and both ids; the last names the ids only, since the place is known by then."""
    told, _ = seed()
    ids = {"session_id": "34", "transaction_id": TRANSACTION}
    begin = everest_event_of(told, started_event_of(told, TRANSACTION, PLACE))
    assert to_everest(begin) == {"transaction_event": "Started", "evse": {"id": 1, "connector_id": 1}} | ids
    assert to_everest(everest_event_of(told, ended(told))) == {"transaction_event": "Ended"} | ids
