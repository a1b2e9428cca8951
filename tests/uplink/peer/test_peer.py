from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.uplink.peer.csms import CallRefusedError, Csms
from tests.uplink.peer.ledger import Ledger
from tests.uplink.peer.naive_station import BOOT, NaiveStation, start, status, stop, values

Scene = Callable[[Csms, NaiveStation], Awaitable[None]]
ME = "GARAGE-1"


def play(scene: Scene, *, booted: bool = True, **options: Any) -> Ledger:
    """Run a scene between a central system and one station; return what is on the books."""

    async def run() -> Ledger:
        async with Csms(**options) as csms, NaiveStation(csms.url) as station:
            if booted:
                await station.call("BootNotification", BOOT)
            await scene(csms, station)
            return csms.ledger(ME)

    return asyncio.run(run())


def say(*messages: tuple[str, dict[str, Any]], **options: Any) -> list[str]:
    """Return the violations when a booted station says this, one after the other."""

    async def scene(_: Csms, station: NaiveStation) -> None:
        for action, payload in messages:
            await station.call(action, payload)

    return play(scene, **options).violations


def test_clean_run() -> None:
    """A whole session told well leaves no violation and stands in the ledger as it was told."""

    async def scene(_: Csms, station: NaiveStation) -> None:
        await station.call("StatusNotification", status("Available", 0))
        for word in ("Available", "Preparing"):
            await station.call("StatusNotification", status(word))
        answer = await station.call("StartTransaction", start())
        assert answer[2] == {"transactionId": 1, "idTagInfo": {"status": "Accepted"}}
        await station.call("StatusNotification", status("Charging"))
        await station.call("MeterValues", values(1, 5, 1500))
        await station.call("MeterValues", values(1, 10, 2000))
        await station.call("StopTransaction", stop(1))
        await station.call("MeterValues", values(None, 35, 3000))
        await station.call("SecurityEventNotification", {"type": "X", "timestamp": "2025-03-03T12:40:00+01:00"})
        await station.call("DataTransfer", {"vendorId": "v"})
        answer = await station.call("Heartbeat", {})
        assert answer[2]["currentTime"].endswith("Z")

    book = play(scene)
    assert book.violations == []
    session = book.sessions[1]
    assert session.stop is not None
    told = (session.meter_start_wh, session.stop.meter_stop_wh, session.stop.reason, session.id_tag)
    assert told == (1000, 3000, "Local", "HOME")
    assert [value.register_wh for value in session.values] == [1500, 2000]
    assert [record.status for record in book.statuses[1]] == ["Available", "Preparing", "Charging"]
    assert (book.heartbeats, len(book.boots), len(book.security_events), len(book.loose_values)) == (1, 1, 1, 1)
    assert book.others == [("DataTransfer", {"vendorId": "v"})]


@pytest.mark.parametrize(
    ("messages", "violation"),
    [
        ([("StopTransaction", stop(7))], "StopTransaction of unknown transaction 7"),
        ([("StopTransaction", stop(-1))], "StopTransaction of unknown transaction -1"),
        (
            [("StartTransaction", start()), ("StopTransaction", stop(1)), ("StopTransaction", stop(1))],
            "transaction 1 was stopped again",
        ),
        (
            [("StartTransaction", start()), ("StopTransaction", stop(1)), ("StopTransaction", stop(1, meterStop=1))],
            "transaction 1 was stopped again, with other words",
        ),
        ([("MeterValues", values(1, 5, 1))], "MeterValues of transaction 1, which was not started"),
        (
            [("StartTransaction", start()), ("StopTransaction", stop(1)), ("MeterValues", values(1, 5, 1))],
            "MeterValues of transaction 1 after its end",
        ),
        (
            [("StartTransaction", start()), ("MeterValues", values(1, 5, 1)), ("MeterValues", values(1, 5, 1))],
            "meter values of transaction 1 were told again",
        ),
        (
            [("StartTransaction", start()), ("MeterValues", values(1, 5, 1, connectorId=2))],
            "MeterValues of transaction 1 from connector 2, not 1",
        ),
        (
            [("StartTransaction", start()), ("StartTransaction", start(meterStart=1))],
            "StartTransaction on connector 1 while transaction 1 runs there",
        ),
        ([("StartTransaction", start(connectorId=0))], "StartTransaction on connector 0"),
        (
            [("StatusNotification", status("Available")), ("StatusNotification", status("Finishing"))],
            "status of connector 1: Available → Finishing",
        ),
        (
            [("StatusNotification", status("Available")), ("StatusNotification", status("Available"))],
            "status of connector 1: Available → Available",
        ),
        ([("StatusNotification", status("Charging", 0))], "connector 0 cannot be Charging"),
        ([("RemoteStartTransaction", {"idTag": "x"})], "RemoteStartTransaction is nothing that a station may call"),
        ([("Nonsense", {})], "Nonsense is nothing that a station may call"),
    ],
)
def test_violations(messages: list[tuple[str, dict[str, Any]]], violation: str) -> None:
    """What breaks the protocol is noted, once, in words."""
    assert say(*messages) == [violation]


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("StartTransaction", start(timestamp="2025-03-03T12:00:00"), "PropertyConstraintViolation"),
        ("StartTransaction", start(timestamp="2025-13-03T12:00:00Z"), "PropertyConstraintViolation"),
        ("StartTransaction", start(more=1), "FormationViolation"),
        ("StartTransaction", start(idTag=7), "TypeConstraintViolation"),
        ("StartTransaction", start(meterStart=1.5), "TypeConstraintViolation"),
        ("StartTransaction", start(meterStart=True), "TypeConstraintViolation"),
        ("StartTransaction", start(idTag="x" * 21), "PropertyConstraintViolation"),
        ("StopTransaction", {"transactionId": 1, "meterStop": 1}, "OccurenceConstraintViolation"),
        ("StopTransaction", stop({}), "TypeConstraintViolation"),  # type: ignore[arg-type]
        ("StatusNotification", status("Busy"), "PropertyConstraintViolation"),
        ("StatusNotification", status("Available", timestamp="now"), "PropertyConstraintViolation"),
        (
            "MeterValues",
            {"connectorId": 1, "meterValue": [{"timestamp": "2025-03-03T12:00:00Z", "sampledValue": [{"value": 5}]}]},
            "TypeConstraintViolation",
        ),
        (
            "MeterValues",
            {"connectorId": 1, "meterValue": [{"timestamp": "2025-03-03T12:00:00Z", "sampledValue": [{"value": "x"}]}]},
            "PropertyConstraintViolation",
        ),
        ("BootNotification", {"chargePointVendor": "x" * 21, "chargePointModel": "m"}, "PropertyConstraintViolation"),
        ("Heartbeat", {"now": 1}, "FormationViolation"),
    ],
)
def test_strict_payloads(action: str, payload: dict[str, Any], code: str) -> None:
    """A payload that breaks its schema is refused with the code for that, noted, and entered nowhere."""

    async def scene(_: Csms, station: NaiveStation) -> None:
        answer = await station.call(action, payload)
        assert (answer[0], answer[2]) == (4, code)

    book = play(scene)
    assert len(book.violations) == 1
    assert book.violations[0].startswith(f"{action}: ")
    assert book.refused == [(action, payload)]
    assert (book.sessions, book.statuses, book.loose_values, len(book.boots)) == ({}, {}, [], 1)


def test_statuses_that_are_legal() -> None:
    """Faulted goes anywhere and comes from anywhere, and the same state with another error code is news."""
    words = ["Available", "Faulted", "Finishing", "Faulted", "Charging", "SuspendedEV", "SuspendedEVSE", "Unavailable"]
    told = [("StatusNotification", status(word)) for word in words]
    again = ("StatusNotification", status("Unavailable", errorCode="HighTemperature"))
    assert say(*told, again) == []


def test_status_after_a_reconnect() -> None:
    """The same status may be told again on a new connection, once; another one still has to be legal."""

    async def scene(_: Csms, station: NaiveStation) -> None:
        await station.call("StatusNotification", status("Available"))
        await station.connect()
        await station.call("StatusNotification", status("Available"))
        await station.connect()
        await station.call("StatusNotification", status("Finishing"))

    assert play(scene).violations == ["status of connector 1: Available → Finishing"]
    assert play(scene, lossy=True).violations == []


def test_status_that_was_asked_for() -> None:
    """A TriggerMessage excuses one repeated status."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        await station.call("StatusNotification", status("Available"))
        await csms.call(ME, "TriggerMessage", {"requestedMessage": "StatusNotification"})
        await station.call("StatusNotification", status("Available"))
        await station.call("StatusNotification", status("Available"))

    assert play(scene).violations == ["status of connector 1: Available → Available"]


def test_before_the_boot() -> None:
    """Nothing but BootNotification may come before one was accepted, and what comes is refused; later it may."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        assert (await station.call("Heartbeat", {}))[:3] == [4, "GARAGE-1-1", "SecurityError"]
        csms.script.boot("Pending", interval_s=7)
        csms.script.boot("Rejected")
        answers = [(await station.call("BootNotification", BOOT))[2] for _ in range(2)]
        assert [(a["status"], a["interval"]) for a in answers] == [("Pending", 7), ("Rejected", 1)]
        await station.call("Heartbeat", {})
        assert (await station.call("BootNotification", BOOT))[2]["status"] == "Accepted"
        await station.call("Heartbeat", {})
        await station.connect()
        await station.call("Heartbeat", {})

    book = play(scene, booted=False)
    assert book.violations == [
        "Heartbeat while the BootNotification was never sent",
        "Heartbeat while the BootNotification was answered Rejected",
    ]
    assert [boot.answer for boot in book.boots] == ["Pending", "Rejected", "Accepted"]
    assert (book.heartbeats, book.connections) == (2, 2)


def test_asked_for_while_pending() -> None:
    """While the boot is pending a station may say what was asked for."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        csms.script.boot("Pending")
        await station.call("BootNotification", BOOT)
        await csms.call(ME, "TriggerMessage", {"requestedMessage": "Heartbeat"})
        await station.call("Heartbeat", {})

    assert play(scene, booted=False).violations == []


def test_repeated_start() -> None:
    """The same StartTransaction gets the same id, whatever its message id; another one the next id."""

    async def scene(_: Csms, station: NaiveStation) -> None:
        told = [await station.call("StartTransaction", start()) for _ in range(2)]
        await station.call("StopTransaction", stop(1))
        told.append(await station.call("StartTransaction", start(timestamp="2025-03-03T13:00:00Z")))
        assert [frame[2]["transactionId"] for frame in told] == [1, 1, 2]

    book = play(scene)
    assert (list(book.sessions), book.sessions[1].start_count, book.violations) == ([1, 2], 2, [])


def test_concurrent() -> None:
    """A CSMS of the other sort answers ConcurrentTx and 0 to a new message id, and the id to the same one."""

    async def scene(_: Csms, station: NaiveStation) -> None:
        told = [await station.call("StartTransaction", start(), message_id) for message_id in ("a", "a", "b")]
        assert [frame[2]["transactionId"] for frame in told] == [1, 1, 0]
        assert told[2][2]["idTagInfo"] == {"status": "ConcurrentTx"}

    assert play(scene, concurrent=True).refused_starts == [start()]


def test_unknown_tag() -> None:
    """An unknown tag is answered Invalid with transaction id 0."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        csms.books.unknown_tags.add("HOME")
        answer = await station.call("StartTransaction", start())
        assert answer[2] == {"transactionId": 0, "idTagInfo": {"status": "Invalid"}}
        assert (await station.call("Authorize", {"idTag": "HOME"}))[2] == {"idTagInfo": {"status": "Invalid"}}

    assert play(scene).sessions == {}


def test_two_calls_in_flight() -> None:
    """A CALL that does not wait for the answer to the one before is caught."""

    async def scene(_: Csms, station: NaiveStation) -> None:
        await station.send([2, "a", "Heartbeat", {}])
        await station.send([2, "b", "Authorize", {"idTag": "x"}])
        await station.answer("b")

    assert play(scene).violations == ["Authorize was sent while Heartbeat was not answered"]


def test_delay_and_patience() -> None:
    """A delayed answer has to be waited for, but not longer than the station's time-out."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        csms.script.delay("Heartbeat", 0.1)
        with pytest.raises(TimeoutError):
            await station.call("Heartbeat", {}, limit_s=0.03)
        await station.call("Authorize", {"idTag": "x"})

    assert play(scene).violations == ["Authorize was sent while Heartbeat was not answered"]
    assert play(scene, station_timeout_s=0.02).violations == []


def test_wrong_frames() -> None:
    """What is no frame, an answer to nothing and a message id used twice are noted; the connection stays."""

    async def scene(_: Csms, station: NaiveStation) -> None:
        await station.connection.send("{")
        await station.connection.send(b"x")
        await station.send([2, "a", "Heartbeat"])
        await station.send([2, "a" * 37, "Heartbeat", {}])
        await station.send([3, "never", {}])
        await station.call("Heartbeat", {}, "one")
        await station.call("Authorize", {"idTag": "x"}, "one")

    noted = play(scene).violations
    assert len(noted) == 6
    for text, part in zip(noted, ["Expecting", "binary", "no frame", "37", "never asked", "two messages"], strict=True):
        assert part in text


def test_refused_then_taken() -> None:
    """A CALLERROR on order comes as often as told, nothing is entered for it, and the repeat is no violation."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        await station.call("StartTransaction", start())
        csms.script.refuse("StopTransaction", "InternalError", 2)
        answers = [await station.call("StopTransaction", stop(1), "stop") for _ in range(3)]
        assert [frame[0] for frame in answers] == [4, 4, 3]
        assert csms.script.left == 0

    book = play(scene)
    assert (book.violations, book.refused) == ([], [("StopTransaction", stop(1))] * 2)
    assert book.sessions[1].stop_count == 1


def test_refused_for_good() -> None:
    """The next transaction is no violation when the CSMS itself refused the end of the last."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        await station.call("StartTransaction", start())
        csms.script.refuse("StopTransaction", "InternalError")
        await station.call("StopTransaction", stop(1))
        await station.call("StartTransaction", start(timestamp="2025-03-03T13:00:00Z"))

    assert play(scene).violations == []


@pytest.mark.parametrize(("entered", "count"), [(True, 1), (False, 0)])
def test_silence(entered: bool, count: int) -> None:  # noqa: FBT001 -- two columns of one table
    """No answer comes; whether the message was entered is told; a repeat is excused."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        await station.call("StartTransaction", start())
        csms.script.silence("StopTransaction", entered=entered)
        with pytest.raises(TimeoutError):
            await station.call("StopTransaction", stop(1), "s", limit_s=0.03)
        assert csms.ledger(ME).sessions[1].stop_count == count
        await station.call("StopTransaction", stop(1), "s")

    assert play(scene).violations == []


def test_late_answer() -> None:
    """A late answer comes when the next CALL has come, and before the answer to that; or after a time."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        csms.script.late("StartTransaction")
        with pytest.raises(TimeoutError):
            await station.call("StartTransaction", start(), "old", limit_s=0.03)
        known = len(station.taken)
        await station.call("StartTransaction", start(), "new")
        assert [(frame[1], frame[2]["transactionId"]) for frame in station.taken[known:]] == [("old", 1), ("new", 1)]
        csms.script.late("Heartbeat", after_s=0.04)
        with pytest.raises(TimeoutError):
            await station.call("Heartbeat", {}, "beat", limit_s=0.02)
        await station.answer("beat")

    assert play(scene).violations == []


def test_said_otherwise() -> None:
    """Any answer can be put in the CSMS's mouth."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        csms.script.say("Heartbeat", {"currentTime": "x", "more": 1})
        assert (await station.call("Heartbeat", {}))[2] == {"currentTime": "x", "more": 1}

    play(scene)


def test_calls_downwards() -> None:
    """The CSMS calls the station; errors, silence, wrong answers and absence are told apart."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        assert await csms.call(ME, "ClearCache", {}) == {"status": "Accepted"}
        station.answers["Reset"] = {"status": "Perhaps"}
        await csms.call(ME, "Reset", {"type": "Soft"})
        assert (await csms.exchange(ME, '[2,"odd",7,{}]', "odd")).payload == {"status": "Accepted"}
        with pytest.raises(ConnectionError):
            await csms.call("NOBODY", "ClearCache", {})
        await station.close()
        await csms.wait_until(lambda: not csms.is_connected(ME))

    noted = play(scene).violations
    assert len(noted) == 1
    assert noted[0].startswith("answer to Reset: status: 'Perhaps'")


def test_call_that_is_cut() -> None:
    """A connection that ends, and a station that says nothing, end the wait of a call."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        asking = asyncio.create_task(csms.exchange(ME, '[2,"x","Reset",{}]', "other"))
        await station.call("Heartbeat", {})
        await csms.drop(ME, abruptly=True)
        with pytest.raises(ConnectionError):
            await asking
        await station.connect()
        await csms.wait_until(lambda: csms.is_connected(ME))
        with pytest.raises(TimeoutError):
            await csms.exchange(ME, '[2,"y","Reset",{}]', "other", 0.02)

    play(scene, lossy=True)


def test_station_refuses() -> None:
    """What the station refuses is raised with its code."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        station.errors["Reset"] = "FormatViolation"
        with pytest.raises(CallRefusedError, match="FormatViolation") as caught:
            await csms.call(ME, "Reset", {"type": "Soft"})
        assert caught.value.code == "FormatViolation"

    assert play(scene).violations == ["Reset was answered with error code FormatViolation"]


def test_restart() -> None:
    """After a restart the CSMS is found at the same address, with its books and with the same id for the same start."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        await station.call("StartTransaction", start())
        for abruptly in (False, True):
            await csms.stop(abruptly=abruptly)
            with pytest.raises(OSError, match=r"refused|failed"):
                await station.connect()
            await csms.start()
            await station.connect()
            assert (await station.call("StartTransaction", start()))[2]["transactionId"] == 1
        await station.call("StopTransaction", stop(1))

    book = play(scene)
    assert (book.violations, book.connections, list(book.sessions)) == ([], 3, [1])


@pytest.mark.parametrize(("abruptly", "code"), [(False, 1001), (True, 1006)])
def test_drop(abruptly: bool, code: int) -> None:  # noqa: FBT001 -- two columns of one table
    """One station's connection ends with a close frame or with a reset; what it then says again is excused."""

    async def scene(csms: Csms, station: NaiveStation) -> None:
        await station.call("StartTransaction", start())
        await station.call("StopTransaction", stop(1))
        await csms.drop(ME, abruptly=abruptly)
        await station.connection.wait_closed()
        assert station.connection.close_code == code
        await station.connect()
        await station.call("StopTransaction", stop(1))

    assert play(scene).violations == []


def test_who_may_connect() -> None:
    """Password, path and subprotocol are asked for."""

    async def run() -> None:
        async with Csms(passwords={ME: "secret"}) as csms:
            for url, password, code in [(csms.url, None, 401), (csms.url, "no", 401), (f"{csms.url}/x", "secret", 404)]:
                with pytest.raises(InvalidStatus) as caught:
                    await NaiveStation(url, password=password).connect()
                assert caught.value.response.status_code == code
            async with NaiveStation(csms.url, password="secret") as station:
                await csms.wait_until(lambda: csms.is_connected(ME))
                assert station.connection.subprotocol == "ocpp1.6"

    asyncio.run(run())


def test_waiting_has_a_limit() -> None:
    """What does not come true is told with the state of affairs."""

    async def scene(csms: Csms, _: NaiveStation) -> None:
        with pytest.raises(TimeoutError, match=r"not so within 0\.02 s; connected: \['GARAGE-1'\]"):
            await csms.wait_until(lambda: False, 0.02)

    play(scene)
