from __future__ import annotations

import asyncio
import itertools
import json
import logging
import tracemalloc
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import Params
from tests.uplink.foreign.journal import of
from tests.uplink.foreign.site import STATION, Site, etrel_site, go_e_site
from tests.uplink.foreign.test_commands import ACCEPTED, ANSWERED_CALLS, NOT_SUPPORTED_CALLS
from tests.uplink.foreign.wrong_frames import wrong_frames

_FRAMES = 400
_FLOOD = 1000
_MOST_GROWN_BYTES = 8 << 20
_LIMIT = "OccurenceConstraintViolation"  # as 1.6 spells it
_VALUE, _TYPE, _FORM = "PropertyConstraintViolation", "TypeConstraintViolation", "FormationViolation"
WRONG: list[tuple[Any, Any, str]] = [
    ("ChangeConfiguration", {"key": 3, "value": "1"}, _TYPE),
    ("ChangeConfiguration", {"key": "HeartbeatInterval"}, _LIMIT),
    ("ChangeConfiguration", {"key": "x" * 51, "value": "1"}, _VALUE),
    ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": {"a": 1}}, _TYPE),
    ("ChangeConfiguration", ["HeartbeatInterval", "5"], _TYPE),
    ("ChangeConfiguration", "HeartbeatInterval", _TYPE),
    ("GetConfiguration", {"key": "HeartbeatInterval"}, _TYPE),
    ("GetCompositeSchedule", {"connectorId": 1, "duration": 2**40}, _VALUE),
    ("GetCompositeSchedule", {"connectorId": 1, "duration": -1}, _VALUE),
    ("GetCompositeSchedule", {"connectorId": 1, "duration": 5, "chargingRateUnit": "kW"}, _VALUE),
    ("RemoteStartTransaction", {}, _LIMIT),
    ("RemoteStartTransaction", {"idTag": "x" * 21}, _VALUE),
    ("RemoteStopTransaction", {"transactionId": "one"}, _TYPE),
    ("Reset", {"type": "Warm"}, _VALUE),
    ("Reset", None, _TYPE),
    ("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": 5}, _TYPE),
    ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": {}}, _LIMIT),
    ("TriggerMessage", {"requestedMessage": "Weather"}, _VALUE),
    ("UnlockConnector", {"connectorId": True}, _TYPE),
    ("Heartbeat", {}, "NotImplemented"),
    ("getConfiguration", {}, "NotImplemented"),
    ("", {}, "NotImplemented"),
    ("x" * 1000, {}, "NotImplemented"),
    (7, {}, _FORM),
    (None, {}, _FORM),
    (["Reset"], {"type": "Soft"}, _FORM),
]


async def assert_alive(site: Site[Any], connections: int = 1) -> None:
    """Check that the station answers and tells, on the connection that it had."""
    told = await site.call("GetConfiguration", key=["NumberOfConnectors"])
    assert told["configurationKey"][0]["value"] == "1"
    count = len(site.csms.params("Heartbeat"))
    assert await site.call("TriggerMessage", requestedMessage="Heartbeat") == ACCEPTED
    await site.told("Heartbeat", count + 1)
    assert len(site.csms.connects) == connections


def answers(csms: ForeignCsms) -> list[list[Any]]:
    return [stray.frame for stray in of(csms.strays, STATION)]


def _has_answers(csms: ForeignCsms, least: int) -> bool:
    return len(answers(csms)) >= least


def test_a_wrong_question_gets_the_code_of_its_fault(tmp_path: Path) -> None:
    """Each fault has the code that OCPP 1.6 has for it, and the connection goes on."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            await site.online()
            codes = []
            for method, payload, _ in WRONG:
                kind, _, code, description, details = await csms.call_raw(STATION, method, payload)
                assert (kind, details) == (4, {})
                assert 0 < len(description) <= 255
                codes.append((method, payload, code))
            assert codes == WRONG
            await assert_alive(site)

    asyncio.run(scene())


def test_a_wrong_frame_is_answered_where_an_id_can_be_read(tmp_path: Path) -> None:
    """Cut off, nested, too long or binary: with an id it has an answer, without one there is silence."""

    async def scene() -> None:
        async with ForeignCsms() as csms, etrel_site(tmp_path, csms) as site:
            await site.online()
            with_id = [
                '[2,"id-1","ClearCache",{},"more"]',
                '[2,"id-2","ClearCache"]',
                '[2,"id-3","ClearCache",{"a":NaN}]',
                '[2,"id-4","ClearCache",{"a":1,"a":2}]',
                '[2,"id-5","ClearCache",' + "[" * 100_000,
                '[2,"id-6","DataTransfer",{"vendorId":"\\ud800"}]',
            ]
            for text in (
                "",
                "nonsense",
                "{}",
                "[]",
                "[2]",
                '[3,"nobody",{}]',
                '[9,"id","ClearCache",{}]',
                "[" * 100_000,
            ):
                await csms.send_raw(STATION, text)
            for text in with_id:
                await csms.send_raw(STATION, text)
            await csms.send_raw(STATION, '[2,"id-7","ClearCache",{}]', binary=True)
            await csms.send_raw(STATION, '[2,"id-8","ClearCache",{}', binary=True)
            await csms.wait_until(lambda: len(answers(csms)) >= 8, "all that have an id are answered")
            await assert_alive(site)
            codes = {frame[1]: frame[2] for frame in answers(csms)}
            assert codes.pop("id-7") == {"status": "Rejected"}
            assert codes == dict.fromkeys(["id-1", "id-2", "id-3", "id-4", "id-5", "id-6", "id-8"], _FORM)

    asyncio.run(scene())


def test_a_question_that_comes_twice_is_worked_on_once(tmp_path: Path) -> None:
    """The same frame gets the same answer again; another question under an open id gets none of its own."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms, waits_for_a_card=True) as site:
            await site.online()
            site.charger.wish("plug_in")
            await site.status("Preparing")
            start = '[2,"twice","RemoteStartTransaction",{"idTag":"A","connectorId":1}]'
            for _ in range(3):
                await csms.send_raw(STATION, start)
            await csms.wait_until(lambda: bool(answers(csms)), "an answer")
            await csms.send_raw(STATION, start)
            await csms.wait_until(lambda: len(answers(csms)) >= 2, "the same answer")
            await assert_alive(site)
            assert {json.dumps(frame) for frame in answers(csms)} == {json.dumps([3, "twice", ACCEPTED])}
            assert len([one for one in site.charger.sets if "trx" in one]) == 1

    asyncio.run(scene())


def test_a_frame_that_is_too_large_costs_the_connection_only(tmp_path: Path) -> None:
    """A message of more than a MiB is not taken; the station connects again, and it is no boot."""

    async def scene() -> None:
        async with ForeignCsms() as csms, etrel_site(tmp_path, csms) as site:
            await site.online()
            await csms.send_raw(
                STATION, json.dumps([2, "big", "DataTransfer", {"vendorId": "x", "data": "y" * (1 << 20)}])
            )
            assert (await csms.wait_disconnected(STATION)).code == 1009
            await csms.wait_connected(STATION, 2)
            await assert_alive(site, connections=2)
            assert len(csms.params("BootNotification")) == 1

    asyncio.run(scene())


def test_a_flood_of_questions_is_answered_to_the_last(tmp_path: Path) -> None:
    """While one is worked on a few wait and the others are refused at once; afterwards all is as before."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            await site.online()
            await site.set(AuthorizeRemoteTxRequests="true")
            for flood in ("a", "b"):
                await csms.script("Authorize", delay_s=1.0)
                least = len(answers(csms)) + _FLOOD
                await csms.send_raw(STATION, f'[2,"{flood}","RemoteStartTransaction",{{"idTag":"A"}}]')
                await csms.wait_for("Authorize", "ab".index(flood) + 1)
                texts = [f'[2,"{flood}{number}","GetLocalListVersion",{{}}]' for number in range(_FLOOD)]
                await asyncio.gather(*(csms.send_raw(STATION, text) for text in texts))
                await csms.wait_until(partial(_has_answers, csms, least + 1), "all are answered", limit_s=20)
                kinds = [frame[2] if frame[0] == 4 else 3 for frame in answers(csms)[least - _FLOOD :]]
                assert len(kinds) == _FLOOD + 1
                assert set(kinds) == {3, "GenericError"}
                assert kinds.count(3) >= 17
                await assert_alive(site)

    asyncio.run(scene())


def test_large_questions_leave_nothing_behind(tmp_path: Path) -> None:
    """Fifty questions of 0.9 MB each: what is kept of them is bounded."""

    async def scene() -> None:
        async with ForeignCsms() as csms, etrel_site(tmp_path, csms) as site:
            await site.online()
            text = "y" * 900_000
            await csms.call_raw(STATION, "DataTransfer", {"vendorId": "x", "data": text})
            tracemalloc.start()
            try:
                before, _ = tracemalloc.get_traced_memory()
                for _ in range(50):
                    kind, *_ = await csms.call_raw(STATION, "DataTransfer", {"vendorId": "x", "data": text})
                    assert kind == 3
                after, _ = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert after - before < _MOST_GROWN_BYTES
            await assert_alive(site)

    asyncio.run(scene())


def test_wrong_answers_do_no_harm(tmp_path: Path) -> None:
    """An answer out of shape counts as none: the message comes again, and nothing of it is believed."""
    wrong: list[Params] = [{}, {"status": "Maybe", "currentTime": "noon", "interval": "soon"}]

    async def scene() -> None:
        async with ForeignCsms() as csms:
            await csms.script("BootNotification", raw=wrong[1])
            async with etrel_site(tmp_path, csms, speed=20) as site:
                await site.told("BootNotification", 2)
                await site.status("Available", connector=0)
                await site.set(TransactionMessageRetryInterval="1", MeterValueSampleInterval="10")
                for answer in ({"transactionId": "seven", "idTagInfo": {"status": "Accepted"}}, {"x": [1, {}]}):
                    await csms.script("StartTransaction", raw=answer, taken=False)
                await csms.script("Heartbeat", raw={"currentTime": 7})
                await csms.script("MeterValues", raw={"surprise": [1, 2, 3]})
                await csms.script("StatusNotification", raw={"surprise": None})
                site.charger.wish("plug_in")
                site.charger.wish("swipe")
                await site.told("StartTransaction", 3)
                await site.told("MeterValues", 2)
                site.charger.wish("unplug")
                await site.told("StopTransaction")
                await assert_alive(site)
                [transaction] = (await csms.ledger()).transactions
                assert (transaction.starts, transaction.stops) == (1, 1)
                told = csms.params("StartTransaction")
                assert told[0] == told[1] == told[2]
                assert site.card().dead_letters == 0

    asyncio.run(scene())


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_it_sends_the_session_lives(tmp_path: Path, caplog: pytest.LogCaptureFixture, seed: int) -> None:
    """Some hundred spoilt frames over one connection: no defect, no silence afterwards, every answer by the rules."""
    calls = {name: payload for name, payload in (ANSWERED_CALLS | NOT_SUPPORTED_CALLS).items() if name != "Reset"}

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            await site.online()
            site.charger.wish("plug_in")
            await site.told("StartTransaction")
            for text in itertools.islice(wrong_frames(seed, calls), _FRAMES):
                await csms.send_raw(STATION, text)
            await assert_alive(site)
            assert len(answers(csms)) > _FRAMES / 2
            assert [frame for frame in answers(csms) if frame[2] == "InternalError"] == []

    asyncio.run(scene())
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
