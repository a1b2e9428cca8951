from __future__ import annotations

import asyncio
import itertools
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.uplink.foreign.calls_v2 import ANSWERED_CALLS, EVSE, NOT_SUPPORTED_CALLS, PLACE, Calls, profile
from tests.uplink.foreign.payloads_v2 import TOKEN
from tests.uplink.foreign.site import STATION, Site, etrel_site, go_e_site
from tests.uplink.foreign.talk import Talk2, settle
from tests.uplink.foreign.test_bad_csms import answers
from tests.uplink.foreign.wrong_frames import wrong_frames

V201, V21 = Talk2("2.0.1"), Talk2("2.1")
_FRAMES = 400
_FLOOD = 300
_LIMIT = "OccurrenceConstraintViolation"
_VALUE, _TYPE = "PropertyConstraintViolation", "TypeConstraintViolation"
_FRAME = "RpcFrameworkError"
WRONG: list[tuple[Any, Any, str]] = [
    ("SetVariables", {"setVariableData": [{**PLACE, "attributeValue": 300}]}, _TYPE),
    ("SetVariables", {"setVariableData": [PLACE]}, _LIMIT),
    ("SetVariables", {"setVariableData": [{**PLACE, "attributeValue": "1", "attributeType": "Wanted"}]}, _VALUE),
    ("SetVariables", [PLACE], _TYPE),
    ("GetVariables", {"getVariableData": PLACE}, _TYPE),
    ("GetVariables", {"getVariableData": [{"component": {"name": "x" * 51}, "variable": {"name": "y"}}]}, _VALUE),
    ("GetBaseReport", {"requestId": 1, "reportBase": "Everything"}, _VALUE),
    ("GetBaseReport", {"requestId": "one", "reportBase": "FullInventory"}, _TYPE),
    ("GetReport", {"requestId": 1, "componentCriteria": ["Broken"]}, _VALUE),
    ("GetCompositeSchedule", {"evseId": 1, "duration": 5, "chargingRateUnit": "kW"}, _VALUE),
    ("RequestStartTransaction", {"idToken": TOKEN}, _LIMIT),
    ("RequestStartTransaction", {"remoteStartId": 1, "idToken": {"idToken": "A"}}, _LIMIT),
    ("RequestStopTransaction", {"transactionId": 1}, _TYPE),
    ("Reset", {"type": "Soft"}, _VALUE),
    ("Reset", None, _TYPE),
    ("SendLocalList", {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": 5}, _TYPE),
    ("SetChargingProfile", {"evseId": 1, "chargingProfile": {}}, _LIMIT),
    ("SetMonitoringBase", {"monitoringBase": "None"}, _VALUE),
    ("SetNetworkProfile", {"configurationSlot": 1}, _LIMIT),
    ("TriggerMessage", {"requestedMessage": "Weather"}, _VALUE),
    ("UnlockConnector", {"evseId": True, "connectorId": 1}, _TYPE),
    ("Heartbeat", {}, "NotImplemented"),
    ("ChangeConfiguration", {"key": "a", "value": "b"}, "NotImplemented"),
    ("getVariables", {}, "NotImplemented"),
    ("", {}, "NotImplemented"),
    ("x" * 1000, {}, "NotImplemented"),
    (7, {}, _FRAME),
    (None, {}, _FRAME),
    (["Reset"], {"type": "OnIdle"}, _FRAME),
]


async def assert_alive(site: Site[Any], connections: int = 1) -> None:
    """Check that the station answers and tells, on the connection that it had."""
    assert await V201.list_version(site) >= 0
    count = len(site.csms.params("Heartbeat"))
    assert (await V201.trigger(site, "Heartbeat"))["status"] == "Accepted"
    await site.told("Heartbeat", count + 1)
    assert len(site.csms.connects) == connections


@pytest.mark.parametrize("talk", [V201, V21], ids=str)
def test_a_wrong_question_gets_the_code_of_its_fault(tmp_path: Path, talk: Talk2) -> None:
    """Each fault has the code that OCPP 2.x has for it, and the connection goes on."""

    async def scene() -> None:
        async with talk.csms() as csms, go_e_site(tmp_path, csms, version=talk.version) as site:
            await site.online()
            codes = []
            for method, payload, _ in WRONG:
                frame = await csms.call_raw(STATION, method, payload)
                assert frame[0] == 4, (method, payload, frame)
                _, _, code, description, details = frame
                assert details == {}
                assert 0 < len(description) <= 255
                codes.append((method, payload, code))
            assert codes == WRONG
            await assert_alive(site)

    asyncio.run(scene())


def test_a_wrong_frame_is_answered_where_an_id_can_be_read(tmp_path: Path) -> None:
    """Cut off, nested, too long or of a type that is not known: with an id it has an answer, without one silence."""

    async def scene() -> None:
        async with V201.csms() as csms, etrel_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            for text in ("", "nonsense", "{}", "[]", "[2]", '[3,"nobody",{}]', "[" * 100_000):
                await csms.send_raw(STATION, text)
            with_id = [
                '[2,"id-1","ClearCache",{},"more"]',
                '[2,"id-2","ClearCache"]',
                '[2,"id-3","ClearCache",{"a":NaN}]',
                '[2,"id-4","ClearCache",' + "[" * 100_000,
            ]
            for text in (*with_id, '[9,"id-9","ClearCache",{}]'):
                await csms.send_raw(STATION, text)
            await csms.send_raw(STATION, '[2,"id-7","ClearCache",{}]', binary=True)
            await csms.wait_until(
                lambda: {f"id-{n}" for n in (1, 2, 3, 4, 7, 9)} <= {frame[1] for frame in answers(csms)}, "all answers"
            )
            await assert_alive(site)
            codes = {frame[1]: frame[2] for frame in answers(csms)}
            assert codes.pop("id-7")["status"] == "Rejected"
            assert codes.pop("id-9") == "MessageTypeNotSupported"
            assert {name: codes[name] for name in ("id-1", "id-2", "id-3", "id-4")} == dict.fromkeys(
                ("id-1", "id-2", "id-3", "id-4"), _FRAME
            )

    asyncio.run(scene())


def test_a_question_that_comes_twice_is_worked_on_once(tmp_path: Path) -> None:
    """The same frame gets the same answer again, and the charger is let go once."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1", waits_for_a_card=True) as site:
            await site.online()
            site.charger.wish("plug_in")
            await site.status("Occupied")
            start = json.dumps([2, "twice", "RequestStartTransaction", {"remoteStartId": 1, "idToken": TOKEN}])
            for _ in range(3):
                await csms.send_raw(STATION, start)
            await csms.wait_until(lambda: bool(answers(csms)), "an answer")
            await csms.send_raw(STATION, start)
            await csms.wait_until(lambda: len(answers(csms)) >= 2, "the same answer")
            await assert_alive(site)
            [answer] = {json.dumps(frame) for frame in answers(csms)}
            assert json.loads(answer)[2]["status"] == "Accepted"
            assert len([one for one in site.charger.sets if "trx" in one]) == 1

    asyncio.run(scene())


def test_a_flood_of_questions_is_answered_to_the_last(tmp_path: Path) -> None:
    """While one is worked on a few wait and the others are refused at once; reports that fit come whole."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            await settle(site, V201, AuthorizeRemoteTxRequests="true")
            await csms.script("Authorize", delay_s=1.0)
            begin = {"remoteStartId": 1, "idToken": {"idToken": "A", "type": "Local"}}
            await csms.send_raw(STATION, json.dumps([2, "first", "RequestStartTransaction", begin]))
            await csms.wait_for("Authorize")
            ask = {"reportBase": "FullInventory"}
            texts = [
                json.dumps([2, f"f{number}", "GetBaseReport", {"requestId": number, **ask}]) for number in range(_FLOOD)
            ]
            await asyncio.gather(*(csms.send_raw(STATION, text) for text in texts))
            await csms.wait_until(lambda: len(answers(csms)) >= _FLOOD + 1, "all are answered", limit_s=20)
            accepted = [
                int(frame[1][1:])
                for frame in answers(csms)
                if frame[1] != "first" and frame[2] == {"status": "Accepted"}
            ]
            assert {frame[2] for frame in answers(csms) if frame[0] == 4} == {"GenericError"}
            assert accepted
            await csms.wait_until(
                lambda: (
                    {p["requestId"] for p in csms.params("NotifyReport") if not p.get("tbc", False)} >= set(accepted)
                ),
                "the reports that were promised",
                limit_s=20,
            )
            await assert_alive(site)

    asyncio.run(scene())


def test_wrong_answers_do_no_harm(tmp_path: Path) -> None:
    """An answer out of shape counts as none, and nothing of it is believed; a transaction is told all the same."""

    async def scene() -> None:
        async with V201.csms() as csms:
            await csms.script("BootNotification", raw={"status": "Maybe", "currentTime": "noon", "interval": "soon"})
            async with etrel_site(tmp_path, csms, version="2.0.1", speed=20) as site:
                await site.told("BootNotification", 2)
                await site.status("Available")
                await settle(site, V201, TransactionMessageRetryInterval="1", MeterValueSampleInterval="10")
                for answer in ({"idTokenInfo": {"status": 7}}, {"x": [1, {}]}, {"totalCost": "much"}):
                    await csms.script("TransactionEvent", raw=answer)
                await csms.script("Heartbeat", raw={"currentTime": 7})
                await csms.script("StatusNotification", raw={"surprise": None})
                site.charger.wish("plug_in")
                site.charger.wish("swipe")
                await site.event("Updated", triggerReason="MeterValuePeriodic")
                site.charger.wish("unplug")
                await site.event("Ended")
                await assert_alive(site)
                [story] = (await csms.ledger()).stories
                assert story.end is not None
                assert site.card().dead_letters == 0

    asyncio.run(scene())


@pytest.mark.parametrize(("talk", "seed"), [(V201, 1), (V21, 2)], ids=str)
def test_whatever_it_sends_the_session_lives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, talk: Talk2, seed: int
) -> None:
    """Some hundred spoilt frames over one connection: no defect, no silence afterwards, every answer by the rules."""
    mine: Calls = {
        "SetChargingProfile": {"evseId": 1, "chargingProfile": profile(10)},
        "TriggerMessage": {"requestedMessage": "StatusNotification", "evse": EVSE},
    }
    everything = ANSWERED_CALLS | NOT_SUPPORTED_CALLS | mine
    calls = {name: payload for name, payload in everything.items() if name != "Reset"}

    async def scene() -> None:
        async with talk.csms() as csms, go_e_site(tmp_path, csms, version=talk.version) as site:
            await site.online()
            site.charger.wish("plug_in")
            await site.event("Started")
            for text in itertools.islice(wrong_frames(seed, calls), _FRAMES):
                await csms.send_raw(STATION, text)
            await assert_alive(site)
            assert len(answers(csms)) > _FRAMES / 2
            assert [frame for frame in answers(csms) if frame[2] == "InternalError"] == []

    asyncio.run(scene())
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
