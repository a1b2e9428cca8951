from __future__ import annotations

import asyncio
import signal
from datetime import datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from bridge.clock import SystemClock
from tests.uplink.foreign import payloads_v2
from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import CsmsOptions, ForeignCallError, ForeignProgramError
from tests.uplink.foreign.payloads import BOOT, EVERY_CALL, START, values
from tests.uplink.foreign.plain import plain_station


@pytest.mark.parametrize(
    ("version", "every_call"),
    [("ocpp1.6", EVERY_CALL), ("ocpp2.0.1", payloads_v2.EVERY_CALL), ("ocpp2.1", payloads_v2.EVERY_CALL)],
    ids=["1.6", "2.0.1", "2.1"],
)
def test_every_call_of_a_station_has_an_answer_that_keeps_to_the_schema(
    version: str, every_call: dict[str, dict[str, Any]]
) -> None:
    """A station that keeps to the rules is answered whatever it calls, and nothing is held against anybody."""

    async def scene() -> None:
        async with (
            ForeignCsms(CsmsOptions(protocols=(version,), boot_interval_s=77)) as csms,
            plain_station(csms.url, "CP1", protocol=version) as station,
        ):
            answers = {method: await station.ask(method, params) for method, params in every_call.items()}
            assert {method for method, answer in answers.items() if answer[0] != 3} == set()
            boot = answers["BootNotification"][1]
            assert (boot["status"], boot["interval"]) == ("Accepted", 77)
            told_at = datetime.fromisoformat(boot["currentTime"])
            assert abs(told_at - SystemClock().now()) < timedelta(minutes=1)
            await csms.catch_up()
            assert [call.method for call in csms.received] == list(every_call)
            assert [call.booted for call in csms.received[:4]] == [False, False, True, True]
            assert await csms.wait_for("BootNotification", identity="CP1") == [every_call["BootNotification"]]
            assert csms.params("BootNotification", identity="CP2") == []

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("method", "params", "code", "said"),
    [
        ("BootNotification", {"chargePointVendor": "Maker"}, "OccurrenceConstraintViolation", "'chargePointModel'"),
        ("BootNotification", BOOT | {"shoeSize": 1}, "PropertyConstraintViolation", "shoeSize"),
        ("BootNotification", BOOT | {"chargePointModel": 3}, "TypeConstraintViolation", "must be string"),
        ("BootNotification", BOOT | {"chargePointModel": "x" * 21}, "FormationViolation", "20 characters"),
        ("StartTransaction", START | {"timestamp": "yesterday"}, "FormationViolation", "date-time"),
        ("StartTransaction", START | {"timestamp": "2026-03-10T12:00:00"}, "FormationViolation", "with a zone"),
        ("StartTransaction", START | {"connectorId": -1}, "FormationViolation", "must not be negative"),
        ("MeterValues", values(value="NaN"), "FormationViolation", "0/value must be a decimal number"),
        ("MeterValues", values(value=1.5), "TypeConstraintViolation", "0/value must be string"),
        ("MeterValues", values(value="1", measurand="Smell"), "FormationViolation", "one of the allowed values"),
        ("StartTransaction", START | {"meterStart": 1.5}, "TypeConstraintViolation", "must be integer"),
        ("BootNotificatoin", BOOT, "ProtocolError", "is missing from subprotocol"),
        ("Reset", {"type": "Hard"}, "NotSupported", "a central system calls that"),
    ],
)
def test_a_call_against_the_schema_is_refused_and_counted(
    method: str, params: dict[str, Any], code: str, said: str
) -> None:
    """A wrong call gets CALLERROR, is a violation, is not among the received, and the connection lives on."""

    async def scene() -> None:
        async with (
            ForeignCsms(expects_violations=True) as csms,
            plain_station(csms.url, "CP1") as station,
        ):
            assert (await station.ask(method, params))[:2] == [4, code]
            [violation] = await csms.wait_violations()
            assert (violation.identity, violation.by, violation.kind) == ("CP1", "station", "call")
            assert (violation.method, violation.params) == (method, params)
            assert said in violation.message
            await csms.catch_up()
            assert csms.received == []
            assert (await station.ask("Heartbeat", {}))[0] == 3

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "must be a JSON structure"),
        ('{"a": 1}', "must be an array"),
        ('[2, 7, "Heartbeat", {}]', "Message ID must be a string"),
        ('[2, "m", 7, {}]', "Method must be a string"),
        ('[9, "m", "Heartbeat", {}]', "Unrecognised message type"),
        ('[2, "m", "Heartbeat", {}, 1]', "4 elements, this one 5"),
        (f'[2, "{"m" * 37}", "Heartbeat", {{}}]', "1 to 36 characters, this one 37"),
    ],
)
def test_a_wrong_frame_is_a_violation(text: str, said: str) -> None:
    """What is no frame of OCPP-J 1.6 is held against the station."""

    async def scene() -> None:
        async with (
            ForeignCsms(expects_violations=True) as csms,
            plain_station(csms.url, "CP1") as station,
        ):
            await station.socket.send(text)
            [violation] = await csms.wait_violations()
            assert (violation.by, violation.kind) == ("station", "frame")
            assert said in violation.message

    asyncio.run(scene())


def test_a_violation_that_nobody_looked_at_fails_the_test() -> None:
    """Leaving the block with a violation is an AssertionError that shows it; an error from inside goes first."""

    async def scene() -> None:
        with pytest.raises(AssertionError, match="must NOT have additional properties: shoeSize"):
            async with ForeignCsms() as csms, plain_station(csms.url, "CP1") as station:
                await station.ask("Heartbeat", {"shoeSize": 1})

    async def other_scene() -> None:
        async with ForeignCsms() as csms, plain_station(csms.url, "CP1") as station:
            await station.ask("Heartbeat", {"shoeSize": 1})
            raise KeyError

    asyncio.run(scene())
    with pytest.raises(KeyError):
        asyncio.run(other_scene())


def test_a_call_of_the_central_system_is_answered() -> None:
    """The station gets what the test calls, and the test gets the answer."""

    async def scene() -> None:
        async with ForeignCsms() as csms, plain_station(csms.url, "CP1") as station:
            answer = {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}]}
            got, asked = await asyncio.gather(
                csms.call("CP1", "GetConfiguration", {"key": ["HeartbeatInterval"]}), station.answer(3, answer)
            )
            assert got == answer
            assert asked == ("GetConfiguration", {"key": ["HeartbeatInterval"]})

    asyncio.run(scene())


def test_an_answer_against_the_schema_is_a_violation() -> None:
    """A wrong answer of the station is an error for the caller and held against the station."""

    async def scene() -> None:
        async with (
            ForeignCsms(expects_violations=True) as csms,
            plain_station(csms.url, "CP1") as station,
        ):
            for answer in ({"status": "Maybe"}, {}, {"status": "Accepted", "more": 1}):
                with pytest.raises(ForeignCallError) as failed:
                    await asyncio.gather(csms.call("CP1", "Reset", {"type": "Soft"}), station.answer(3, answer))
                assert failed.value.kind == "bad answer"
            seen = [(v.by, v.kind, v.method, v.result) for v in csms.violations]
            assert seen == [
                ("station", "answer", "Reset", {"status": "Maybe"}),
                ("station", "answer", "Reset", {}),
                ("station", "answer", "Reset", {"status": "Accepted", "more": 1}),
            ]

    asyncio.run(scene())


def test_an_answer_with_a_value_that_the_schema_overlooks_is_a_violation() -> None:
    """An instant without a zone is a violation in an answer too, though the caller gets the answer."""

    async def scene() -> None:
        async with (
            ForeignCsms(expects_violations=True) as csms,
            plain_station(csms.url, "CP1") as station,
        ):
            answer = {"status": "Accepted", "connectorId": 1, "scheduleStart": "2026-03-10T12:00:00"}
            ask = {"connectorId": 1, "duration": 600}
            got, _ = await asyncio.gather(csms.call("CP1", "GetCompositeSchedule", ask), station.answer(3, answer))
            assert got == answer
            [violation] = csms.violations
            assert (violation.kind, violation.result) == ("answer", answer)
            assert violation.message.startswith("data/scheduleStart must be an instant with a zone")

    asyncio.run(scene())


def test_an_error_as_an_answer_keeps_its_code() -> None:
    """CALLERROR raises with the code, description and details as they came."""

    async def scene() -> None:
        async with ForeignCsms() as csms, plain_station(csms.url, "CP1") as station:
            with pytest.raises(ForeignCallError) as failed:
                await asyncio.gather(
                    csms.call("CP1", "ClearCache"), station.answer(4, "NotSupported", "no cache", {"really": 1})
                )
            error = failed.value
            assert (error.kind, error.code) == ("answered", "NotSupported")
            assert (error.message, error.details) == ("no cache", {"really": 1})

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (("FormatViolation", "", {}), "no error code"),
        (("GenericError", ""), "5 elements, this one 4"),
        (("GenericError", "x" * 256, {}), "at most 255"),
        (("GenericError", "", []), "details of an error"),
    ],
)
def test_an_error_that_ocpp_1_6_does_not_know_is_a_violation(rest: tuple[Any, ...], said: str) -> None:
    """A CALLERROR is looked at as closely as everything else; its code still arrives as it came."""

    async def scene() -> None:
        async with (
            ForeignCsms(expects_violations=True) as csms,
            plain_station(csms.url, "CP1") as station,
        ):
            with pytest.raises(ForeignCallError) as failed:
                await asyncio.gather(csms.call("CP1", "ClearCache"), station.answer(4, *rest))
            assert failed.value.code == rest[0]
            [violation] = csms.violations
            assert said in violation.message

    asyncio.run(scene())


def test_a_call_that_is_wrong_itself_is_not_sent() -> None:
    """A mistake of the test is told apart from one of the station."""

    async def scene() -> None:
        async with (
            ForeignCsms(expects_violations=True) as csms,
            plain_station(csms.url, "CP1") as station,
        ):
            with pytest.raises(ForeignCallError) as failed:
                await csms.call("CP1", "Reset", {"type": "Gentle"})
            assert failed.value.kind == "not sent"
            assert [v.by for v in csms.violations] == ["csms"]
            _, first = await asyncio.gather(csms.call("CP1", "ClearCache"), station.answer(3, {"status": "Rejected"}))
            assert first == ("ClearCache", {}), "nothing was sent before"

    asyncio.run(scene())


def test_a_late_answer_is_a_stray() -> None:
    """After its limit a call has failed; what comes later stands among the strays and is no violation."""

    async def scene() -> None:
        async with ForeignCsms() as csms, plain_station(csms.url, "CP1") as station:
            with pytest.raises(ForeignCallError) as failed:
                await csms.call("CP1", "ClearCache", limit_s=0.05)
            assert failed.value.kind == "timeout"
            await station.answer(3, {"status": "Accepted"})
            await csms.wait_until(lambda: bool(csms.strays), "the late answer")
            assert csms.strays[0].frame[2] == {"status": "Accepted"}

    asyncio.run(scene())


def test_a_call_to_nobody_fails_at_once() -> None:
    """A station that is away, or goes away before it answers, is gone."""

    async def scene() -> None:
        async with ForeignCsms() as csms:
            with pytest.raises(ForeignCallError, match="CP1 is not connected") as failed:
                await csms.call("CP1", "ClearCache")
            assert failed.value.kind == "gone"
            async with plain_station(csms.url, "CP1") as station:
                asked = asyncio.create_task(csms.call("CP1", "ClearCache"))
                await station.frame()
                station.socket.transport.abort()
                with pytest.raises(ForeignCallError) as failed:
                    await asked
                assert failed.value.kind == "gone"
            assert (await csms.wait_disconnected("CP1")).code == 1006
            await csms.catch_up()
            assert csms.refusals == []

    asyncio.run(scene())


def test_raw_frames_go_past_the_schema() -> None:
    """The central system can be made to misbehave, and shows how the station answered."""

    async def scene() -> None:
        async with ForeignCsms() as csms, plain_station(csms.url, "CP1") as station:
            answer, asked = await asyncio.gather(
                csms.call_raw("CP1", 7, {"no": "sense"}), station.answer(4, "FormationViolation", "", {})
            )
            assert asked == (7, {"no": "sense"})
            assert answer[2:] == ["FormationViolation", "", {}]
            await csms.send_raw("CP1", "not JSON")
            assert await station.socket.recv() == "not JSON"

    asyncio.run(scene())


def test_a_wait_says_what_came_instead() -> None:
    """The error of a wait that ran out tells the story so far."""

    async def scene() -> None:
        async with (
            ForeignCsms(expects_violations=True) as csms,
            plain_station(csms.url, "CP1") as station,
        ):
            await station.ask("Heartbeat", {})
            await station.ask("StopTransaction", {})
            await csms.catch_up()
            with pytest.raises(TimeoutError) as late:
                await csms.wait_for("StopTransaction", 2, identity="CP1", limit_s=0.05)
            assert str(late.value) == (
                "not within 0.05 s: 2 × StopTransaction from CP1; came: 1 × Heartbeat; 1 connects, 0 disconnects; "
                "violation: StopTransaction data must have required property 'transactionId'"
            )

    asyncio.run(scene())


def test_the_end_of_the_process_ends_every_wait() -> None:
    """A central system that dies is an error at once, for waits and calls alike; leaving the block is quiet."""

    async def scene() -> None:
        async with ForeignCsms() as csms, plain_station(csms.url, "CP1") as station:
            called = asyncio.create_task(csms.call("CP1", "ClearCache"))
            await station.frame()
            waited = asyncio.create_task(csms.wait_for("Heartbeat", limit_s=60))
            await asyncio.sleep(0)
            csms.send_signal(signal.SIGKILL)
            for wait in (called, waited):
                with pytest.raises(ForeignProgramError, match="ended"):
                    await wait
            with pytest.raises(ForeignProgramError, match="ended"):
                await csms.call("CP1", "ClearCache")

    asyncio.run(scene())


def test_its_process_does_not_outlive_the_block() -> None:
    """It ends by itself once its stdin is closed, as it is by the death of the test, with a station connected."""

    async def scene() -> None:
        async with ForeignCsms() as csms, plain_station(csms.url, "CP1"):
            assert csms.exit_code is None
        assert csms.exit_code == 0
        async with ForeignCsms() as csms, plain_station(csms.url, "CP1") as station:
            await csms.__aexit__(None, None, None)
            with pytest.raises(ConnectionClosed):
                await station.frame()
        assert csms.exit_code == 0

    asyncio.run(scene())


def test_it_does_not_start_on_a_taken_port() -> None:
    """A central system that cannot start says why, at once."""

    async def scene() -> None:
        async with ForeignCsms() as csms:
            with pytest.raises(ForeignProgramError, match="EADDRINUSE"):
                async with ForeignCsms(CsmsOptions(port=csms.port)):
                    pass

    asyncio.run(scene())
