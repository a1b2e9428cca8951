from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import CsmsOptions, ForeignCallError
from tests.uplink.foreign.payloads_v2 import AT, BOOT, TOKEN, VALUE, event
from tests.uplink.foreign.plain import plain_station

V201 = "ocpp2.0.1"
START, UPDATE, END = event(), event("Updated", 1), event("Ended", 2)


def test_events_are_kept_in_memory() -> None:
    """Each transaction is known by its id and its station, over connections; what comes again is counted once."""

    async def scene() -> None:
        async with ForeignCsms(CsmsOptions(protocols=(V201,))) as csms:
            async with plain_station(csms.url, "CP1", protocol=V201) as one:
                assert await one.ask("TransactionEvent", START) == [3, {}]
                await one.ask("TransactionEvent", UPDATE)
            async with plain_station(csms.url, "CP1", protocol=V201) as one:
                await one.ask("TransactionEvent", UPDATE)
                await one.ask("TransactionEvent", END)
                await one.ask("TransactionEvent", END)
                await one.ask("TransactionEvent", event(transaction_id="T2"))
            async with plain_station(csms.url, "CP2", protocol=V201) as two:
                await two.ask("TransactionEvent", START)
            first, second, third = (await csms.ledger()).stories
            assert (first.identity, first.transaction_id, first.repeats) == ("CP1", "T1", 2)
            assert first.events == [START, UPDATE, END]
            assert (first.start, first.end, first.said("Updated")) == (START, END, [UPDATE])
            assert (second.transaction_id, second.end, third.identity) == ("T2", None, "CP2")
            await csms.forget()
            assert (await csms.ledger()).stories == []

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([UPDATE], "event 1 came where 0 was next"),
        ([event("Updated", 0)], "event 0 is Updated"),
        ([START, END], "event 2 came where 1 was next"),
        ([START, event("Started", 1)], "event 1 is Started"),
        ([START, UPDATE, event("Updated", 1, timestamp="2026-03-10T12:00:01Z")], "event 1 came again with other words"),
        ([START, UPDATE, END, event("Updated", 3)], "Updated after its end"),
        ([START, event("Updated", 1, evse={"id": 2})], "it was at EVSE 1 and is at 2"),
        ([event(idToken={"idToken": "HOME", "type": "ISO14443"})], "8 or 14 hex digits"),
        ([event(idToken={"idToken": "HOME", "type": "NoAuthorization"})], "is empty"),
    ],
)
def test_events_that_do_not_follow_each_other_are_violations(told: list[dict[str, Any]], said: str) -> None:
    """Each keeps to its schema and is answered; the story that they tell is wrong."""

    async def scene() -> None:
        async with (
            ForeignCsms(CsmsOptions(protocols=(V201,)), expects_violations=True) as csms,
            plain_station(csms.url, "CP1", protocol=V201) as station,
        ):
            for one in told:
                assert (await station.ask("TransactionEvent", one))[0] == 3
            [violation] = await csms.wait_violations()
            assert (violation.kind, violation.by, violation.params) == ("story", "station", told[-1])
            assert said in violation.message

    asyncio.run(scene())


@pytest.mark.parametrize("version", [V201, "ocpp2.1"])
@pytest.mark.parametrize(
    ("method", "params", "code", "said"),
    [
        ("BootNotification", {"reason": "PowerUp"}, "OccurenceConstraintViolation", "'chargingStation'"),
        ("BootNotification", BOOT | {"shoeSize": 1}, "PropertyConstraintViolation", "shoeSize"),
        ("BootNotification", BOOT | {"reason": "Boredom"}, "FormatViolation", "one of the allowed values"),
        ("TransactionEvent", START | {"seqNo": -1}, "FormatViolation", "seqNo must"),
        ("TransactionEvent", START | {"timestamp": "2026-03-10T12:00:00"}, "FormatViolation", "with a zone"),
        ("TransactionEvent", START | {"meterValue": []}, "OccurenceConstraintViolation", "fewer than 1 items"),
        ("MeterValues", {"evseId": -1, "meterValue": [VALUE]}, "FormatViolation", "evseId must"),
        (
            "MeterValues",
            {"evseId": 1, "meterValue": [{"timestamp": AT, "sampledValue": [{"value": "150"}]}]},
            "TypeConstraintViolation",
            "value must be number",
        ),
        ("StartTransaction", {"connectorId": 1}, "ProtocolError", "is missing from subprotocol"),
        ("Reset", {"type": "Immediate"}, "NotSupported", "a central system calls that"),
    ],
)
def test_a_call_against_the_schema_is_refused_and_counted(
    version: str, method: str, params: dict[str, Any], code: str, said: str
) -> None:
    """What the schemas of 2.x forbid is a violation, in 2.1 as in 2.0.1."""

    async def scene() -> None:
        async with (
            ForeignCsms(CsmsOptions(protocols=(version,)), expects_violations=True) as csms,
            plain_station(csms.url, "CP1", protocol=version) as station,
        ):
            assert (await station.ask(method, params))[:2] == [4, code]
            [violation] = await csms.wait_violations()
            assert said in violation.message

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("code", "is_known"), [("FormatViolation", True), ("RpcFrameworkError", True), ("FormationViolation", False)]
)
def test_errors_have_the_codes_of_their_version(code: str, is_known: bool) -> None:  # noqa: FBT001 -- columns of a table
    """What 1.6 calls otherwise is no word of 2.x."""

    async def scene() -> None:
        async with (
            ForeignCsms(CsmsOptions(protocols=(V201,)), expects_violations=True) as csms,
            plain_station(csms.url, "CP1", protocol=V201) as station,
        ):
            with pytest.raises(ForeignCallError):
                await asyncio.gather(csms.call("CP1", "ClearCache"), station.answer(4, code, "", {}))
            assert (csms.violations == []) is is_known

    asyncio.run(scene())


def test_a_central_system_may_speak_several_versions() -> None:
    """It takes the first of its own that a station offers, and each station has the memory of its version."""

    async def scene() -> None:
        options = CsmsOptions(protocols=("ocpp2.1", V201, "ocpp1.6"), tags={"HOME": "Blocked"})
        async with (
            ForeignCsms(options) as csms,
            plain_station(csms.url, "CP1", protocol="ocpp1.6") as old,
            plain_station(csms.url, "CP2", protocol=V201) as new,
        ):
            assert (await old.ask("Authorize", {"idTag": "HOME"}))[1] == {"idTagInfo": {"status": "Blocked"}}
            assert (await new.ask("Authorize", {"idToken": TOKEN}))[1] == {"idTokenInfo": {"status": "Blocked"}}
            told = event(idToken=TOKEN)
            assert (await new.ask("TransactionEvent", told))[1] == {"idTokenInfo": {"status": "Blocked"}}
            assert [connect.protocol for connect in csms.connects] == ["ocpp1.6", V201]

    asyncio.run(scene())
