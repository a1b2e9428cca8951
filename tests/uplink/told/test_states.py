from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.types.journal import Entry, EntryKind
from bridge.types.ocpp.connector_state import ChargePointErrorCode
from bridge.types.words import ConnectorStatus, Health
from bridge.uplink.told.connector_states import ConnectorNotice
from bridge.uplink.told.states import ChargerStates

BEGIN = datetime(2025, 3, 3, 12, tzinfo=UTC)
ERROR = ChargePointErrorCode.OTHER_ERROR
S = ConnectorStatus


def at(minute: int) -> datetime:
    return BEGIN + timedelta(minutes=minute)


def state(minute: int, connector_id: int, status: str | None, **body: Any) -> Entry:
    told = {"connector_id": connector_id, "status": status, **body}
    return Entry(seq=minute, at=at(minute), kind=EntryKind.STATUS, charger="garage", body=told)


def health(minute: int, word: Health) -> Entry:
    return Entry(seq=minute, at=at(minute), kind=EntryKind.HEALTH, charger="garage", body={"health": str(word)})


def test_a_charger_that_was_never_heard_is_there_and_has_no_connectors() -> None:
    """The charger itself is told since the bridge knows it; of connectors nothing is known."""
    states = ChargerStates(BEGIN)
    states.take_health(None)
    assert list(states.notices()) == [ConnectorNotice(0, S.AVAILABLE, BEGIN)]
    assert states.connectors == ()
    assert states.status(1) is None


def test_each_connector_is_as_the_charger_says() -> None:
    """The last word of each connector counts, since its own moment, in the order of their numbers."""
    states = ChargerStates(BEGIN)
    for entry in (state(1, 2, "Charging"), state(2, 1, "Available"), state(3, 2, "Finishing")):
        states.take(entry)
    states.take_health(health(5, Health.NORMAL))
    assert list(states.notices()) == [
        ConnectorNotice(0, S.AVAILABLE, at(5)),
        ConnectorNotice(1, S.AVAILABLE, at(2)),
        ConnectorNotice(2, S.FINISHING, at(3)),
    ]
    assert states.connectors == (1, 2)
    assert states.status(2) is S.FINISHING


@pytest.mark.parametrize("word", [Health.COMMUNICATION_FAULT, Health.CHARGER_FAULT])
def test_a_charger_that_is_not_heard_is_faulted(word: Health) -> None:
    """Nobody knows what it does: all is Faulted, with the word for it as the vendor's code; then it is as before."""
    states = ChargerStates(BEGIN)
    states.take(state(1, 1, "Charging"))
    states.take_health(health(9, word))
    states.take_health(None)
    text = "the charger does not answer"
    assert list(states.notices()) == [ConnectorNotice(n, S.FAULTED, at(9), ERROR, text, str(word)) for n in (0, 1)]
    assert states.status(1) is S.CHARGING, "its own last word"
    states.take_health(health(20, Health.NORMAL))
    assert list(states.notices()) == [
        ConnectorNotice(0, S.AVAILABLE, at(20)),
        ConnectorNotice(1, S.CHARGING, at(1)),
    ]


def test_an_unknown_word_is_passed_over() -> None:
    """What was true before stays, through a silence of the charger too."""
    states = ChargerStates(BEGIN)
    states.take(state(1, 1, "Charging"))
    states.take(state(2, 1, None, raw="Q7"))
    assert states.status(1) is None
    before = list(states.notices())
    assert before[1:] == [ConnectorNotice(1, S.CHARGING, at(1))]
    states.take_health(health(9, Health.CHARGER_FAULT))
    states.take_health(health(10, Health.NORMAL))
    assert list(states.notices())[1:] == before[1:]


def test_of_a_connector_without_a_known_word_nothing_is_told() -> None:
    """It counts as a connector; Faulted is not told either, for nothing could follow it."""
    states = ChargerStates(BEGIN)
    states.take(state(1, 1, None, raw="Q7"))
    assert states.connectors == (1,)
    for word in (Health.NORMAL, Health.CHARGER_FAULT):
        states.take_health(health(9, word))
        assert [notice.connector_id for notice in states.notices()] == [0]


@pytest.mark.parametrize(
    ("status", "body", "error", "info", "code"),
    [
        ("Faulted", {}, ERROR, None, None),
        ("Faulted", {"fault": "RCD tripped", "raw": "F12"}, ERROR, "RCD tripped", "F12"),
        ("Charging", {"fault": "fan", "raw": 7}, ERROR, "fan", "7"),
        ("Charging", {"fault": None, "raw": "F12"}, ChargePointErrorCode.NO_ERROR, None, None),
        ("Charging", {"fault": "", "raw": "F12"}, ChargePointErrorCode.NO_ERROR, None, None),
        ("Faulted", {"fault": "ü" * 80, "raw": "r" * 80}, ERROR, "ü" * 50, "r" * 50),
    ],
)
def test_a_fault_is_told_with_the_vendors_words(
    status: str, body: dict[str, Any], error: ChargePointErrorCode, info: str | None, code: str | None
) -> None:
    """A fault beside any status gives an error code; text and the vendor's word are cut to what OCPP takes."""
    states = ChargerStates(BEGIN)
    states.take(state(1, 1, status, **body))
    assert list(states.notices())[1] == ConnectorNotice(1, ConnectorStatus(status), at(1), error, info, code)
