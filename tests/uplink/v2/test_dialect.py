"""What a station tells is worded as the schemas of 2.0.1 and 2.1 have it; what is answered is read leniently."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bridge.ocppj.schemas import Schemas
from bridge.types.charger import ChargerIdentity
from bridge.types.ocpp.facts import register_value_of
from bridge.types.ocpp.id_token import id_token_of
from bridge.types.ocpp.meter_value import ReadingContext
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.provisioning.boot_notification import BootReason
from bridge.types.ocpp.provisioning.edition import EDITIONS, Edition
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.transaction import StationTransaction
from bridge.types.words import ConnectorStatus, StopReason
from bridge.uplink.dialect import Dialect, EventAnswer, Wording
from bridge.uplink.told.connector_states import ConnectorNotice, ConnectorStates
from bridge.uplink.v2.dialect import DialectV2
from tests.uplink.telling import AT, session

BOTH = pytest.mark.parametrize("edition", EDITIONS)


def valid(edition: Edition, said: Wording | str) -> dict[str, Any]:
    """Return a payload that is what the schema wants."""
    assert isinstance(said, Wording)
    Schemas(edition).check_request(said.action, said.payload)
    return said.payload


def transaction(**more: Any) -> StationTransaction:
    """Return one that was begun."""
    told: dict[str, Any] = {"transaction_id": "tx", "seq_no": 3} | more
    return StationTransaction(
        charger="garage", session_id="1", started_at=AT, sampled_until_at=AT, aligned_until_at=AT, **told
    )


@BOTH
@pytest.mark.parametrize("reason", BootReason)
def test_a_boot_says_why(edition: Edition, reason: BootReason) -> None:
    """Every reason is one that the schema knows, and a long model is cut."""
    identity = ChargerIdentity(vendor_name="Maker", model="M" * 30, serial_number="S" * 25, firmware_version="1.2")
    payload = valid(edition, DialectV2(edition).boot(identity, reason))
    assert payload["reason"] == reason.value
    assert payload["chargingStation"] == {
        "model": "M" * 20,
        "vendorName": "Maker",
        "serialNumber": "S" * 25,
        "firmwareVersion": "1.2",
    }


@BOTH
@pytest.mark.parametrize("status", ConnectorStatus)
def test_a_state_is_told_of_the_evse_of_its_connector(edition: Edition, status: ConnectorStatus) -> None:
    """Each state has a word, and the station as a whole has none."""
    dialect = DialectV2(edition)
    payload = valid(edition, dialect.status(ConnectorNotice(2, status, AT)))
    assert (payload["evseId"], payload["connectorId"]) == (2, 1)
    assert payload["connectorStatus"] == dialect.told_as(ConnectorNotice(2, status, AT))
    assert dialect.told_as(ConnectorNotice(0, status, AT)) is None


def test_states_that_have_one_word_are_told_once() -> None:
    """Preparing, Charging and Suspended are Occupied: the second of them says nothing new; a fault goes straight."""
    states = ConnectorStates(DialectV2(EDITIONS[0]).told_as, walks=False)
    told = []
    for number, status in enumerate(
        (
            ConnectorStatus.AVAILABLE,
            ConnectorStatus.PREPARING,
            ConnectorStatus.CHARGING,
            ConnectorStatus.SUSPENDED_EV,
            ConnectorStatus.AVAILABLE,
            ConnectorStatus.UNAVAILABLE,
            ConnectorStatus.FAULTED,
            ConnectorStatus.CHARGING,
        )
    ):
        states.note(ConnectorNotice(0, status, AT), float(number))
        states.note(ConnectorNotice(1, status, AT + timedelta(seconds=number)), float(number))
        while (notice := states.next(float(number), 0.0)) is not None:
            states.told(notice)
            told.append((notice.connector_id, notice.status))
    assert told == [
        (1, ConnectorStatus.AVAILABLE),
        (1, ConnectorStatus.PREPARING),
        (1, ConnectorStatus.AVAILABLE),
        (1, ConnectorStatus.UNAVAILABLE),
        (1, ConnectorStatus.FAULTED),
        (1, ConnectorStatus.CHARGING),
    ]


def test_after_a_short_absence_only_changes_are_told() -> None:
    """What was told before stays told; what has changed meanwhile is told."""
    states = ConnectorStates(DialectV2(EDITIONS[0]).told_as, walks=False)
    for connector_id in (1, 2):
        states.note(ConnectorNotice(connector_id, ConnectorStatus.AVAILABLE, AT), 0.0)
        states.told(ConnectorNotice(connector_id, ConnectorStatus.AVAILABLE, AT))
    states.note(ConnectorNotice(2, ConnectorStatus.CHARGING, AT), 1.0)
    states.connected_anew(after_boot=False, only_changed=True)
    notice = states.next(2.0, 0.0)
    assert notice is not None
    assert notice.connector_id == 2
    states.told(notice)
    assert states.next(2.0, 0.0) is None
    states.connected_anew(after_boot=False)
    assert states.next(3.0, 0.0) is not None


@BOTH
def test_values_without_a_transaction_are_meter_values(edition: Edition) -> None:
    """An idle EVSE tells its register under its own number."""
    value = register_value_of(1234.0, AT, ReadingContext.SAMPLE_CLOCK)
    payload = valid(edition, DialectV2(edition).metered(2, None, (value,)))
    assert payload["evseId"] == 2
    assert payload["meterValue"][0]["sampledValue"][0]["value"] == 1234.0


@BOTH
@pytest.mark.parametrize("reason", [None, *StopReason])
def test_every_reason_to_stop_can_be_told(edition: Edition, reason: StopReason | None) -> None:
    """Each of the charger's reasons has a trigger and a word; none at all is Other, for absent means Local."""
    ended = session(end_s=60, stop_reason=reason)
    payload = valid(edition, DialectV2(edition).ended(ended, transaction(), 6000.9, ()))
    assert payload["seqNo"] == 3
    assert payload["transactionInfo"]["stoppedReason"] == (reason or StopReason.OTHER).value


@BOTH
@pytest.mark.parametrize(
    ("tag", "word"),
    [("04AABBCC", "ISO14443"), ("04AABBCCDDEEFF", "ISO14443"), ("HOME", "Central"), ("04AA", "Central")],
)
def test_only_card_numbers_are_told_as_cards(edition: Edition, tag: str, word: str) -> None:
    """ISO14443 is said of 8 or 14 hex digits only; a driver whom nobody names is the tag of the config."""
    dialect = DialectV2(edition)
    assert valid(edition, dialect.authorize(id_token_of(tag)))["idToken"] == {"idToken": tag, "type": word}
    unnamed = valid(edition, dialect.started(session(), transaction(), tag))
    assert unnamed["idToken"] == {"idToken": tag, "type": word}


@BOTH
def test_security_events_are_told(edition: Edition) -> None:
    """A security event is told with its own time."""
    event = SecurityEvent(type="ResetOrReboot", info="x" * 300, timestamp=AT)
    payload = valid(edition, DialectV2(edition).security_event(event, AT))
    assert payload["type"] == "ResetOrReboot"
    assert len(payload["techInfo"]) == 255


@pytest.mark.parametrize(
    ("payload", "read"),
    [
        ({}, EventAnswer()),
        ({"idTokenInfo": {"status": "Blocked"}}, EventAnswer(id_tag_status="Blocked")),
        ({"totalCost": 3.2, "chargingPriority": -4}, EventAnswer(total_cost=3.2, charging_priority=-4)),
        ({"totalCost": 0, "surprise": [1]}, EventAnswer(total_cost=0.0)),
        ({"idTokenInfo": "odd"}, EventAnswer()),
        ({"idTokenInfo": {"status": "Invalid"}, "totalCost": "much"}, EventAnswer(id_tag_status="Invalid")),
        ([], EventAnswer()),
    ],
)
def test_an_answer_that_is_odd_still_took_the_event(payload: object, read: EventAnswer) -> None:
    """The transaction's id is ours: whatever the answer looks like, the event has arrived."""
    dialect: Dialect = DialectV2(EDITIONS[0])
    assert dialect.started_answer(payload) == read


def test_a_driver_is_accepted_only_in_so_many_words() -> None:
    """An answer to Authorize that cannot be read is an error, not a yes."""
    dialect = DialectV2(EDITIONS[0])
    assert dialect.authorize_answer({"idTokenInfo": {"status": "ConcurrentTx"}}) == "ConcurrentTx"
    with pytest.raises(PayloadError):
        dialect.authorize_answer({})
