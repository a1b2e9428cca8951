from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.types.session import ChargingSession
from bridge.types.words import IdTokenType
from tests.uplink.peer.books import Books
from tests.uplink.peer.compare import compare
from tests.uplink.peer.ledger import Ledger
from tests.uplink.peer.naive_station import start, stop, values

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
HALF_PAST = NOON + timedelta(minutes=30)

Told = list[tuple[str, dict[str, Any]]]


def session(**changes: Any) -> ChargingSession:
    """Return what `GOOD` tells, with the fractions that OCPP 1.6 cannot tell."""
    said = {"session_id": "s1", "connector_id": 1, "started_at": NOON, "ended_at": HALF_PAST}
    return ChargingSession.model_validate(said | {"meter_start_wh": 1000.9, "meter_stop_wh": 3000.5} | changes)


def ledger(told: Told) -> Ledger:
    """Return the ledger after these messages."""
    books = Books(lambda: NOON, heartbeat_interval_s=1, concurrent=False, lossy=True)
    for number, (action, payload) in enumerate(told):
        books.enter("GARAGE-1", action, payload, str(number))
    return books.ledger("GARAGE-1")


GOOD: Told = [
    ("StartTransaction", start()),
    ("MeterValues", values(1, 5, 1500.25)),
    ("MeterValues", values(1, 10, 2000)),
    ("StopTransaction", stop(1)),
]


def differences(told: Told, **changes: Any) -> list[str]:
    """Return what differs from one session."""
    return compare([session(**changes)], ledger(told), id_tag="HOME")


def test_nothing_differs() -> None:
    """What was told rightly differs in nothing, word for word repeats included."""
    assert differences(GOOD) == []
    assert differences([GOOD[0], *GOOD]) == []
    assert differences([*GOOD[:2], GOOD[1], *GOOD[2:], GOOD[-1]]) == []


def test_a_running_session() -> None:
    """A session that runs has no end yet, and must not have been given one."""
    assert differences(GOOD[:3], ended_at=None, meter_stop_wh=None) == []
    assert differences(GOOD, ended_at=None) == [
        "session s1, transaction 1: was stopped at 2025-03-03T12:30:00+00:00 and still runs"
    ]


def test_precision_of_instants() -> None:
    """An instant may be cut to the millisecond or the second, and not more."""
    exact = NOON + timedelta(microseconds=123_456)
    for text, agrees in [
        ("12:00:00.123", True),
        ("12:00:00.124", True),
        ("12:00:00.123456", True),
        ("12:00:00", True),
        ("12:00:00.12", False),
        ("12:00:01.2", False),
        ("11:59:59", False),
    ]:
        told = [("StartTransaction", start(timestamp=f"2025-03-03T{text}Z")), *GOOD[1:]]
        assert (differences(told, started_at=exact) == []) is agrees, text
    other_zone = [("StartTransaction", start(timestamp="2025-03-03T13:00:00+01:00")), *GOOD[1:]]
    assert differences(other_zone) == []


def test_sessions_lost_doubled_invented() -> None:
    """Each session is told exactly once and nothing else is."""
    told = "session s1 of connector 1, 2025-03-03T12:00:00+00:00, was told"
    assert differences([]) == [f"{told} 0 times: transactions []"]
    twice: Told = [*GOOD, ("StartTransaction", start(idTag="OTHER")), ("StopTransaction", stop(2))]
    assert differences(twice) == [
        f"{told} 2 times: transactions [1, 2]",
        "session s1, transaction 2: idTag is 'OTHER', not 'HOME'",
    ]
    assert compare([], ledger(GOOD), id_tag="HOME") == [
        "transaction 1 is no session of the charger: connector 1, 2025-03-03T12:00:00+00:00"
    ]
    assert len(differences(GOOD, connector_id=2)) == 2


def test_tags() -> None:
    """The charger's own token is told where it names one that fits; else the configured tag."""
    assert differences(GOOD, id_token="A1") == ["session s1, transaction 1: idTag is 'HOME', not 'A1'"]
    assert differences(GOOD, id_token="A" * 21) == []
    assert differences(GOOD, id_token="A1", id_token_type=IdTokenType.NO_AUTHORIZATION) == []


@pytest.mark.parametrize(
    ("place", "message", "difference"),
    [
        (0, ("StartTransaction", start(meterStart=1001)), "meterStart is 1001 Wh, not 1000 Wh"),
        (3, ("StopTransaction", stop(1, meterStop=3001)), "meterStop is 3001 Wh, not 3000 Wh"),
        (
            3,
            ("StopTransaction", stop(1, timestamp="2025-03-03T12:31:00Z")),
            "was stopped at 2025-03-03T12:31:00+00:00, not at 2025-03-03T12:30:00+00:00",
        ),
        (3, ("Heartbeat", {}), "was not stopped and ended at 2025-03-03T12:30:00+00:00"),
        (
            2,
            ("MeterValues", values(1, 4, 2000)),
            "meter value of 2025-03-03T12:04:00+00:00 came after that of 2025-03-03T12:05:00+00:00",
        ),
        (2, ("MeterValues", values(1, 31, 2000)), "meter value of 2025-03-03T12:31:00+00:00 is younger than the end"),
        (
            2,
            ("MeterValues", values(1, 10, 1499)),
            "meter value of 2025-03-03T12:10:00+00:00: the register fell from 1500.25 Wh to 1499 Wh",
        ),
        (
            2,
            ("MeterValues", values(1, 10, 3001)),
            "meter value of 2025-03-03T12:10:00+00:00: the register is 3001 Wh, above meterStop, 3000 Wh",
        ),
        (
            3,
            ("StopTransaction", stop(1, transactionData=values(1, 5, 999)["meterValue"])),
            "transactionData of 2025-03-03T12:05:00+00:00: the register fell from 1000 Wh to 999 Wh",
        ),
    ],
)
def test_one_thing_wrong(place: int, message: tuple[str, dict[str, Any]], difference: str) -> None:
    """One wrong message makes one sentence."""
    told = [*GOOD[:place], message, *GOOD[place + 1 :]]
    assert differences(told) == [f"session s1, transaction 1: {difference}"]


def test_value_before_the_start() -> None:
    """A value that is older than its transaction is told."""
    early = values(1, 5, 1500)
    early["meterValue"][0]["timestamp"] = "2025-03-03T11:59:59Z"
    assert differences([GOOD[0], ("MeterValues", early), GOOD[3]]) == [
        "session s1, transaction 1: meter value of 2025-03-03T11:59:59+00:00 is older than the start"
    ]


def test_values_after_the_end() -> None:
    """Meter values that were told after the end are out of order."""
    assert differences([GOOD[0], GOOD[1], GOOD[3], GOOD[2]]) == [
        "session s1, transaction 1: the meter value of 2025-03-03T12:10:00+00:00 was told out of order"
    ]


def test_kilowatt_hours() -> None:
    """A register in kWh is read as such, and one in Wh that is meant as kWh is found."""
    said = values(1, 5, 1.5)
    said["meterValue"][0]["sampledValue"][0]["unit"] = "kWh"
    assert differences([GOOD[0], ("MeterValues", said), GOOD[3]]) == []
    assert len(differences([GOOD[0], ("MeterValues", values(1, 5, 1.5)), GOOD[3]])) == 1
