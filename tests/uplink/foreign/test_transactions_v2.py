from __future__ import annotations

import asyncio
import math
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.uplink.foreign.events import Params
from tests.uplink.foreign.site import STATION, TAG, Site, at, etrel_site, go_e_site
from tests.uplink.foreign.talk import Talk, Talk2, register_wh, settle

TALKS2: tuple[Talk, ...] = (Talk2("2.0.1"), Talk2("2.1"))
V201 = TALKS2[0]


def registers(event: Params) -> dict[str, float]:
    """Return the energy registers of an event by their context."""
    contexts = ("Transaction.Begin", "Transaction.End", "Sample.Periodic", "Sample.Clock", "Trigger")
    found = {context: register_wh(event.get("meterValue", []), context) for context in contexts}
    return {context: wh for context, wh in found.items() if wh is not None}


async def unwatched(site: Site[Any]) -> list[Params]:
    """Return all events, once everything has arrived."""
    await site.csms.catch_up()
    return site.events()


@pytest.mark.parametrize("talk", TALKS2, ids=str)
def test_a_whole_transaction(tmp_path: Path, talk: Talk) -> None:
    """Started, Updated and Ended have the charger's own times and registers, and both stations tell the same.

    The connector is not told as Available before the end was.
    """

    async def scene() -> None:
        async with talk.csms() as csms:
            other = f'version: "{talk.version}", name: refund, url: "{csms.url}", identity: HOME-7'
            async with etrel_site(tmp_path, csms, version=talk.version, also=f"      - {{{other}}}\n") as site:
                await site.online()
                await csms.wait_for("BootNotification", identity="HOME-7")
                await settle(site, talk, MeterValueSampleInterval="10")
                site.charger.wish("plug_in")
                site.charger.wish("swipe")
                await site.event("Started")
                await site.status("Occupied")
                await site.event("Updated", 2, triggerReason="MeterValuePeriodic")
                site.charger.wish("unplug")
                await site.event("Ended")
                await site.status("Available")
                await csms.wait_until(
                    lambda: any(
                        event["eventType"] == "Ended" for event in csms.params("TransactionEvent", identity="HOME-7")
                    ),
                    "the other station tells it too",
                )
                [session] = await site.sessions()

            by_station = {story.identity: story for story in (await csms.ledger()).stories}
            mine, theirs = by_station[STATION], by_station["HOME-7"]
            assert uuid.UUID(mine.transaction_id).version == 5
            start, end = mine.start, mine.end
            assert end is not None
            assert theirs.start == start
            assert (mine.repeats, theirs.repeats) == (0, 0)

            assert session.meter_start_wh is not None
            assert session.meter_stop_wh is not None
            assert session.ended_at is not None
            assert start["evse"] == {"id": 1, "connectorId": 1}
            assert start["idToken"]["idToken"] == session.id_token
            assert abs(at(start) - session.started_at) < timedelta(milliseconds=1)
            assert abs(at(end) - session.ended_at) < timedelta(milliseconds=1)
            first_wh, last_wh = math.floor(session.meter_start_wh), math.floor(session.meter_stop_wh)
            assert registers(start) == {"Transaction.Begin": first_wh}
            assert registers(end) == {"Transaction.Begin": first_wh, "Transaction.End": last_wh}
            assert end["transactionInfo"]["stoppedReason"] == "EVDisconnected"
            assert [event for event in mine.events if event.get("offline")] == []

            updates = mine.said("Updated")
            states = [event["transactionInfo"].get("chargingState") for event in mine.events]
            assert "Charging" in states
            told = [wh for event in updates if (wh := registers(event).get("Sample.Periodic")) is not None]
            assert len(told) >= 2
            assert [first_wh, *told, last_wh] == sorted([first_wh, *told, last_wh])
            assert [event for event in updates if "idToken" in event] == []

            mine_only = [call for call in csms.received if call.identity == STATION]
            free = [n for n, call in enumerate(mine_only) if call.params.get("connectorStatus") == "Available"]
            began, ended = (
                next(n for n, call in enumerate(mine_only) if call.params.get("eventType") == kind)
                for kind in ("Started", "Ended")
            )
            assert not [n for n in free if began < n < ended]
            assert max(free) > ended

    asyncio.run(scene())


def test_a_driver_whom_nobody_names(tmp_path: Path) -> None:
    """A charger that names nobody tells the tag of the config, as a token of the central system's own."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            site.charger.wish("plug_in")
            start = await site.event("Started")
            assert start["idToken"] == {"idToken": TAG, "type": "Central"}

    asyncio.run(scene())


def test_events_without_a_connection_say_so(tmp_path: Path) -> None:
    """What began before, went on without and ended after an absence: each event says when it happened."""

    async def scene() -> None:
        async with V201.csms() as csms, etrel_site(tmp_path, csms, version="2.0.1", speed=20) as site:
            await site.online()
            await settle(site, V201, MeterValueSampleInterval="20")
            site.charger.wish("plug_in")
            site.charger.wish("swipe")
            await site.event("Updated", triggerReason="MeterValuePeriodic")
            await csms.refuse(503)
            await csms.close(STATION)
            left_at = site.clock.now()
            await site.until(lambda: (site.clock.now() - left_at).total_seconds() > 120, "a while goes by")
            await csms.refuse(None)
            await csms.wait_connected(STATION, 2)
            await site.until(lambda: site.card().state == "online", "it is back")
            back_at = site.clock.now()
            count = len(await unwatched(site))
            await csms.wait_until(lambda: len(site.events()) > count + 3, "it goes on")
            site.charger.wish("unplug")
            await site.event("Ended")
            slack = timedelta(seconds=20)
            for event in await unwatched(site):
                if left_at + slack < at(event) < back_at - slack:
                    assert event.get("offline") is True, event
                elif not left_at - slack < at(event) < back_at + slack:
                    assert not event.get("offline", False), event
            assert [event for event in site.events() if event.get("offline")]
            assert len(csms.params("BootNotification")) == 1

    asyncio.run(scene())


def test_an_event_that_is_not_answered_comes_again_word_for_word(tmp_path: Path) -> None:
    """Lost, refused or cut off: the same event under the same number, until it is taken."""

    async def scene() -> None:
        async with V201.csms() as csms, etrel_site(tmp_path, csms, version="2.0.1", speed=20) as site:
            await site.online()
            await settle(site, V201, TransactionMessageRetryInterval="1", MeterValueSampleInterval="10")
            await csms.script("TransactionEvent", error="InternalError", times=2, taken=True)
            await csms.script("TransactionEvent", cut=True)
            site.charger.wish("plug_in")
            site.charger.wish("swipe")
            await site.event("Updated", triggerReason="MeterValuePeriodic")
            await csms.script("TransactionEvent", raw={"idTokenInfo": 7})
            await csms.script("TransactionEvent", cut=True)
            site.charger.wish("unplug")
            await site.event("Ended")
            await site.status("Available")
            [story] = (await csms.ledger()).stories
            assert story.repeats >= 4
            assert story.end is not None
            starts = [call for call in csms.received if call.params.get("eventType") == "Started"]
            assert len(starts) >= 3
            assert all(call.params == starts[0].params for call in starts)
            assert site.card().dead_letters == 0

    asyncio.run(scene())


def test_the_same_store_is_not_needed_for_the_same_id(tmp_path: Path) -> None:
    """A bridge whose store was lost tells a session under the id that it had."""

    async def scene() -> None:
        async with V201.csms() as csms, etrel_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            site.charger.wish("plug_in")
            site.charger.wish("swipe")
            first = await site.event("Started")
            await site.stop()
            for file in (tmp_path / "data").iterdir():
                file.unlink()
            await csms.forget()
            await site.start()
            again = await site.event("Started")
            assert again["transactionInfo"]["transactionId"] == first["transactionInfo"]["transactionId"]
            assert again["timestamp"] == first["timestamp"]
            assert again["seqNo"] == 0
            site.charger.wish("unplug")
            await site.event("Ended")

    asyncio.run(scene())
