from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.types.session import ChargingSession
from bridge.types.words import IdTokenType
from tests.uplink.peer.books_v2 import Books2
from tests.uplink.peer.compare import compare
from tests.uplink.peer.csms import Csms
from tests.uplink.peer.ledger import Ledger
from tests.uplink.peer.naive_station import NaiveStation

Scene = Callable[[Csms, NaiveStation], Awaitable[None]]
Payload = dict[str, Any]
ME, V201 = "GARAGE-1", "2.0.1"
BOOT = {"reason": "PowerUp", "chargingStation": {"model": "Station", "vendorName": "Naive"}}
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
HOME = {"idToken": "HOME", "type": "Central"}


def value(minute: int, wh: float, context: str = "Sample.Periodic") -> Payload:
    """Return one meter value."""
    return {"timestamp": f"2025-03-03T12:{minute:02}:00Z", "sampledValue": [{"value": wh, "context": context}]}


def event(kind: str, number: int, minute: int, *values: Payload, name: str = "T1", **changes: Any) -> Payload:
    """Return a TransactionEvent."""
    told: Payload = {
        "eventType": kind,
        "timestamp": f"2025-03-03T12:{minute:02}:00Z",
        "triggerReason": "MeterValuePeriodic",
        "seqNo": number,
        "transactionInfo": {"transactionId": name} | ({"stoppedReason": "Local"} if kind == "Ended" else {}),
    }
    if kind == "Started":
        told |= {"evse": {"id": 1, "connectorId": 1}, "idToken": HOME}
    return told | ({"meterValue": list(values)} if values else {}) | changes


START = event("Started", 0, 0, value(0, 1000, "Transaction.Begin"))
FIRST, SECOND = event("Updated", 1, 5, value(5, 1500.25)), event("Updated", 2, 10, value(10, 2000))
END = event("Ended", 3, 30, value(0, 1000, "Transaction.Begin"), value(30, 3000, "Transaction.End"))
GOOD = [START, FIRST, SECOND, END]


def status(word: str, evse_id: int = 1, **changes: Any) -> Payload:
    """Return a StatusNotification."""
    told = {"timestamp": "2025-03-03T12:00:00Z", "connectorStatus": word, "evseId": evse_id, "connectorId": 1}
    return told | changes


def play(scene: Scene, **options: Any) -> Ledger:
    """Run a scene between a central system and one booted station; return what is on the books."""

    async def run() -> Ledger:
        async with Csms(version=V201, **options) as csms, NaiveStation(csms.url, version=V201) as station:
            await station.call("BootNotification", BOOT)
            await scene(csms, station)
            return csms.ledger(ME)

    return asyncio.run(run())


def say(*messages: tuple[str, Payload], **options: Any) -> list[str]:
    """Return the violations when a booted station says this, one after the other."""

    async def scene(_: Csms, station: NaiveStation) -> None:
        for action, payload in messages:
            await station.call(action, payload)

    return play(scene, **options).violations


def events(*told: Payload) -> list[tuple[str, Payload]]:
    return [("TransactionEvent", one) for one in told]


def test_clean_run() -> None:
    """A whole session told well leaves no violation and stands in the ledger as it was told."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        for word in ("Available", "Occupied"):
            await station.call("StatusNotification", status(word))
        answer = await station.call("TransactionEvent", START)
        assert answer[2] == {"idTokenInfo": {"status": "Accepted"}}
        for one in (FIRST, SECOND, END):
            assert (await station.call("TransactionEvent", one))[2] == {}
        await station.call("MeterValues", {"evseId": 1, "meterValue": [value(35, 3000)]})
        await station.call("NotifyReport", {"requestId": 1, "generatedAt": NOON.isoformat(), "seqNo": 0})
        assert (await station.call("Heartbeat", {}))[2]["currentTime"].endswith("Z")
        station.answers["GetVariables"] = {"getVariableResult": []}
        await csms.call(ME, "ClearCache", {})

    book = play(scene)
    assert book.violations == []
    session = book.sessions["T1"]
    assert session.stop is not None
    assert (session.meter_start_wh, session.stop.meter_stop_wh, session.id_tag) == (1000, 3000, "HOME")
    assert (session.stop.reason, session.gaps, list(session.events)) == ("Local", [], [0, 1, 2, 3])
    assert [record.register_wh for record in session.values] == [1500.25, 2000]
    assert [record.status for record in book.statuses[1]] == ["Available", "Occupied"]
    assert (book.heartbeats, len(book.boots), len(book.loose_values), len(book.others)) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("messages", "violation"),
    [
        (events(FIRST), "transaction T1 begins with Updated 1"),
        (events(START | {"seqNo": 1}), "transaction T1 begins with Started 1"),
        (events(START, START), "event 0 of T1 came again"),
        (events(START, START | {"offline": True}), "event 0 of T1 came again with other words"),
        (events(START, event("Started", 1, 5)), "event 1 of T1 is a second Started"),
        (events(*GOOD, event("Updated", 4, 30)), "event 4 of T1 is Updated after its end"),
        (events(START, event("Updated", 1, 5, evse={"id": 2})), "event 1 of T1 is at EVSE 2, not 1"),
        (events(START, event("Started", 0, 1, name="T2")), "Started on connector 1 while transaction T1 runs there"),
        (events(START | {"evse": {"id": 0}}), "Started at EVSE 0, connector None"),
        ([("StatusNotification", status("Available"))] * 2, "status of connector 1: Available → Available"),
        ([("StatusNotification", status("Available", connectorId=2))], "status of EVSE 1, connector 2"),
        ([("RequestStartTransaction", {})], "RequestStartTransaction is nothing that a station may call"),
        ([("StartTransaction", {})], "StartTransaction is nothing that a station may call"),
    ],
)
def test_violations(messages: list[tuple[str, Payload]], violation: str) -> None:
    """What breaks the protocol is noted, once, in words."""
    assert say(*messages) == [violation]


def test_repeats_that_are_right() -> None:
    """Where answers may be lost the same event may come again, word for word; a refused one too."""
    assert say(*events(*GOOD, START, FIRST, END), lossy=True) == []

    async def scene(csms: Csms, station: NaiveStation) -> None:
        csms.script.refuse("TransactionEvent", "InternalError")
        answers = [await station.call("TransactionEvent", START, "one") for _ in range(2)]
        assert [frame[0] for frame in answers] == [4, 3]

    assert play(scene).violations == []


def test_gaps_are_seen() -> None:
    """An event that never came leaves a gap, and one that comes late fills it."""

    async def scene(_: Csms, station: NaiveStation) -> None:
        for one in (START, SECOND):
            await station.call("TransactionEvent", one)

    assert play(scene).sessions["T1"].gaps == [1]
    assert say(*events(START, SECOND, FIRST)) == []


def test_a_station_that_lost_its_store() -> None:
    """It may tell everything anew under the same id, from the beginning, and not go on with what it cannot know."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        assert isinstance(csms.books, Books2)
        for one in (START, FIRST):
            await station.call("TransactionEvent", one)
        csms.books.forget(ME)
        await station.call("TransactionEvent", START | {"offline": True})
        await station.call("TransactionEvent", event("Ended", 1, 30, value(30, 3000, "Transaction.End")))

    book = play(scene)
    assert book.violations == []
    assert [len(one.events) for one in book.earlier] == [2]
    assert book.sessions["T1"].stop is not None

    async def other_scene(csms: Csms, station: NaiveStation) -> None:
        assert isinstance(csms.books, Books2)
        await station.call("TransactionEvent", START)
        csms.books.forget(ME)
        await station.call("TransactionEvent", FIRST)

    assert play(other_scene).violations == ["event 1 of T1 came from a station that cannot know of it any more"]


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("TransactionEvent", START | {"timestamp": "2025-03-03T12:00:00"}, "PropertyConstraintViolation"),
        ("TransactionEvent", START | {"more": 1}, "FormatViolation"),
        ("TransactionEvent", START | {"seqNo": "0"}, "TypeConstraintViolation"),
        ("TransactionEvent", {k: v for k, v in START.items() if k != "seqNo"}, "OccurrenceConstraintViolation"),
        ("TransactionEvent", START | {"meterValue": []}, "OccurrenceConstraintViolation"),
        ("StatusNotification", status("Charging"), "PropertyConstraintViolation"),
        ("BootNotification", {"reason": "PowerUp"}, "OccurrenceConstraintViolation"),
    ],
)
def test_strict_payloads(action: str, payload: Payload, code: str) -> None:
    """A payload that breaks the schema of 2.0.1 is refused with its code, noted, and entered nowhere."""

    async def scene(_: Csms, station: NaiveStation) -> None:
        answer = await station.call(action, payload)
        assert (answer[0], answer[2]) == (4, code)

    book = play(scene)
    assert len(book.violations) == 1
    assert book.violations[0].startswith(f"{action}: ")
    assert (book.sessions, book.statuses) == ({}, {})


def differences(told: list[Payload], **changes: Any) -> list[str]:
    """Return what differs from one session after these events."""
    books = Books2(lambda: NOON, heartbeat_interval_s=1, lossy=True)
    for number, one in enumerate(told):
        books.enter(ME, "TransactionEvent", one, str(number))
    session = {"session_id": "s1", "connector_id": 1, "started_at": NOON, "ended_at": NOON + timedelta(minutes=30)}
    true = session | {"meter_start_wh": 1000.9, "meter_stop_wh": 3000.5} | changes
    return compare([ChargingSession.model_validate(true)], books.ledger(ME), id_tag="HOME", version=V201)


def test_nothing_differs() -> None:
    """What was told rightly differs in nothing, word for word repeats included."""
    assert differences(GOOD) == []
    assert differences([*GOOD[:2], *GOOD]) == []


@pytest.mark.parametrize(
    ("told", "changes", "difference"),
    [
        (GOOD, {"meter_start_wh": 1001.0}, "meterStart is 1000.0 Wh, not 1001 Wh"),
        (GOOD, {"meter_stop_wh": 3001.0}, "meterStop is 3000.0 Wh, not 3001 Wh"),
        (
            GOOD,
            {"id_token": "04A2B3C4", "id_token_type": IdTokenType.ISO14443},
            f"idToken is {HOME}, not {{'idToken': '04A2B3C4', 'type': 'ISO14443'}}",
        ),
        (GOOD[:3], {}, "was not stopped and ended at 2025-03-03T12:30:00+00:00"),
        (
            [START, event("Updated", 1, 31), END],
            {},
            "event 1, Updated of 2025-03-03T12:31:00+00:00, is younger than the end",
        ),
        ([START, END, event("Updated", 4, 20)], {}, "the last event is not the end"),
    ],
)
def test_one_thing_wrong(told: list[Payload], changes: Payload, difference: str) -> None:
    """One wrong thing makes one sentence."""
    assert differences(told, **changes) == [f"session s1, transaction T1: {difference}"]


def test_a_token_that_does_not_fit() -> None:
    """One of more than 36 characters cannot be told in 2.0.1: the configured tag stands for it."""
    assert differences(GOOD, id_token="A" * 37, id_token_type=IdTokenType.LOCAL) == []
