from __future__ import annotations

from typing import Any

import pytest

from bridge.ocppj.frames import Call
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.uplink.told.events import event_of, response_of
from bridge.uplink.told.outgoing import Outgoing, Purpose, TransactionKey
from tests.uplink.told.test_absence import AT

KEY = TransactionKey("17", AT)


def outgoing(purpose: Purpose, payload: dict[str, Any], key: TransactionKey | None = KEY) -> Outgoing:
    """Return a message."""
    return Outgoing(Call("1", "x", payload), purpose, key)


def test_a_start_of_1_6_has_the_number_that_was_answered() -> None:
    """It is not in the message; and where none was given there is none."""
    start = outgoing(Purpose.START, {"connectorId": 2, "idTag": "x", "meterStart": 0, "timestamp": "x"})
    told = event_of(start, "4711")
    assert told is not None
    assert (told.transaction_event, told.transaction_id, told.session_id) == (TransactionEvent.STARTED, "4711", "17")
    assert told.evse == EVSE(id=2, connector_id=1)
    untold = event_of(start)
    assert untold is not None
    assert untold.transaction_id is None


@pytest.mark.parametrize(("purpose", "payload"), [
    (Purpose.METER, {"connectorId": 1, "transactionId": 4711, "meterValue": []}),
    (Purpose.STOP, {"transactionId": 4711}),
    (Purpose.METER, {"transactionInfo": {"transactionId": "4711"}, "seqNo": 1}),
    (Purpose.STOP, {"transactionInfo": {"transactionId": "4711"}, "seqNo": 2}),
])  # fmt: skip
def test_what_follows_has_the_number_in_every_version(purpose: Purpose, payload: dict[str, Any]) -> None:
    """As text; and no place, which the start told."""
    told = event_of(outgoing(purpose, payload))
    assert told is not None
    assert (told.transaction_id, told.evse) == ("4711", None)
    assert response_of(told, None).original_transaction_event == told


@pytest.mark.parametrize("purpose", Purpose)
def test_what_is_of_no_transaction_is_no_event(purpose: Purpose) -> None:
    """Meter values of a connector without one, states, boots."""
    assert event_of(outgoing(purpose, {"connectorId": 1, "meterValue": []}, key=None)) is None
