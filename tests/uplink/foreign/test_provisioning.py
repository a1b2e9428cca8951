from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import CsmsOptions, Params
from tests.uplink.foreign.reports import Place, place_of, report
from tests.uplink.foreign.site import STATION, Site, etrel_site, go_e_site
from tests.uplink.foreign.talk import Talk, Talk2, place

TALKS2: tuple[Talk, ...] = (Talk2("2.0.1"), Talk2("2.1"))
V201 = TALKS2[0]
_MOVING = {"DateTime", "TimeOffset"}
"""variables whose values differ from one moment to the next"""
_AT_ONCE = 20


def actual(told: Params) -> Params:
    """Return the attribute Actual of a reported variable."""
    [found] = [one for one in told["variableAttribute"] if one.get("type", "Actual") == "Actual"]
    return dict(found)


async def values_of(site: Site[Any], places: Iterable[Params]) -> dict[Place, Params]:
    """Ask GetVariables for all of them."""
    results: dict[Place, Params] = {}
    rest = list(places)
    while rest:
        now, rest = rest[:_AT_ONCE], rest[_AT_ONCE:]
        asked = [{"component": one["component"], "variable": one["variable"]} for one in now]
        for result in (await site.call("GetVariables", getVariableData=asked))["getVariableResult"]:
            results[place_of(result)] = result
    return results


async def set_(site: Site[Any], name: str, value: str, **more: Any) -> str:
    """Set a variable, and return the status."""
    ask = {**place(name), "attributeValue": value, **more}
    [result] = (await site.call("SetVariables", setVariableData=[ask]))["setVariableResult"]
    assert (result["component"], result["variable"]) == (ask["component"], ask["variable"])
    return str(result["attributeStatus"])


async def get(site: Site[Any], name: str, **more: Any) -> tuple[str, str | None]:
    """Read a variable: status and value."""
    [result] = (await site.call("GetVariables", getVariableData=[{**place(name), **more}]))["getVariableResult"]
    return result["attributeStatus"], result.get("attributeValue")


@pytest.mark.parametrize("talk", TALKS2, ids=str)
def test_reports_say_what_the_variables_say(tmp_path: Path, talk: Talk) -> None:
    """The parts of the whole inventory are every variable once, each with the value that GetVariables gives.

    What can be set, and what tells the condition, are parts of it; secrets are told to nobody.
    """

    async def scene() -> None:
        more = 'control: true, custom_keys: {Tariff: "day"}'
        async with talk.csms() as csms, go_e_site(tmp_path, csms, version=talk.version, ocpp=more) as site:
            await site.online()
            site.charger.wish("plug_in")
            await site.event("Started")
            everything = await report(site, "GetBaseReport", 7, reportBase="FullInventory")
            by_place = {place_of(one): one for one in everything}
            assert len(by_place) == len(everything) > 80
            told = await values_of(site, everything)
            for where, one in by_place.items():
                attribute, result = actual(one), told[where]
                if attribute.get("mutability") == "WriteOnly":
                    assert "value" not in attribute
                    assert result["attributeStatus"] == "Rejected"
                elif where.variable not in _MOVING:
                    assert attribute.get("value") == result.get("attributeValue"), where

            settable = await report(site, "GetBaseReport", 8, reportBase="ConfigurationInventory")
            names = {place_of(one) for one in settable}
            writable = {
                where
                for where, one in by_place.items()
                if actual(one).get("mutability") in (None, "ReadWrite", "WriteOnly")
            }
            assert names == writable
            condition = await report(site, "GetBaseReport", 9, reportBase="SummaryInventory")
            states = {place_of(one): actual(one).get("value") for one in condition}
            assert states.keys() < by_place.keys()
            assert states[Place("Connector", None, 1, 1, "AvailabilityState", None)] == "Occupied"
            assert {part["requestId"] for part in csms.params("NotifyReport")} == {7, 8, 9}
            largest = max(len(str(part)) for part in csms.params("NotifyReport"))
            assert largest < 40_000

            chosen = await report(site, "GetReport", 10, componentVariable=[{"component": {"name": "TxCtrlr"}}])
            assert {place_of(one) for one in chosen} == {where for where in by_place if where.component == "TxCtrlr"}
            active = await report(site, "GetReport", 11, componentCriteria=["Enabled", "Problem"])
            assert {place_of(one) for one in active} <= by_place.keys()
            nothing = await site.call(
                "GetReport", requestId=12, componentVariable=[{"component": {"name": "FlyingMachine"}}]
            )
            assert nothing["status"] == "EmptyResultSet"

    asyncio.run(scene())


def test_two_reports_at_once_are_told_apart(tmp_path: Path) -> None:
    """A central system that asks again before the first has come gets both, each whole."""

    async def scene() -> None:
        async with V201.csms(call_concurrency=2) as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            first, second = await asyncio.gather(
                report(site, "GetBaseReport", 1, reportBase="FullInventory"),
                report(site, "GetBaseReport", 2, reportBase="FullInventory"),
            )
            assert [place_of(one) for one in first] == [place_of(one) for one in second]

    asyncio.run(scene())


def test_variables_are_read_and_set(tmp_path: Path) -> None:
    """Every status of both questions; what was set holds at once, and after a restart."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            interval = "SampledDataCtrlr.TxUpdatedInterval"
            assert await set_(site, interval, "60") == "Accepted"
            assert await set_(site, interval.upper().replace("CTRLR", "ctrlr"), "61") == "Accepted"
            assert await get(site, interval, attributeType="Actual") == ("Accepted", "61")
            for value in ("soon", "-1", ""):
                assert await set_(site, interval, value) == "Rejected"
            assert await set_(site, interval, "60", attributeType="Target") == "NotSupportedAttributeType"
            assert await set_(site, "FlyingMachine.Wings", "2") == "UnknownComponent"
            assert await set_(site, "TxCtrlr.Wings", "2") == "UnknownVariable"
            assert await set_(site, "ChargingStation.Model", "Other") == "Rejected"
            assert await set_(site, "OCPPCommCtrlr.WebSocketPingInterval", "20") == "RebootRequired"
            assert await set_(site, "SecurityCtrlr.BasicAuthPassword", "a long enough password") == "Accepted"
            await csms.wait_connected(STATION, 2)

            assert await get(site, "FlyingMachine.Wings") == ("UnknownComponent", None)
            assert await get(site, "TxCtrlr.Wings") == ("UnknownVariable", None)
            assert await get(site, interval, attributeType="MinSet") == ("NotSupportedAttributeType", None)
            assert (await get(site, "SecurityCtrlr.BasicAuthPassword"))[0] == "Rejected"
            assert "a long enough password" not in str(csms.received)

            many = [{**place("TxCtrlr.TxStartPoint")}, {**place("A.B")}, {**place(interval)}]
            answer = await site.call("GetVariables", getVariableData=many)
            statuses = [one["attributeStatus"] for one in answer["getVariableResult"]]
            assert statuses == ["Accepted", "UnknownComponent", "Accepted"]
            await site.stop()
            await site.start()
            await site.online(2)
            assert await get(site, interval) == ("Accepted", "61")
            assert await get(site, "OCPPCommCtrlr.WebSocketPingInterval") == ("Accepted", "20")

    asyncio.run(scene())


def connection(csms: ForeignCsms, **changes: Any) -> Params:
    """Return the network profile of a central system."""
    return {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": csms.url,
        "messageTimeout": 30,
        "securityProfile": 0,
        "ocppInterface": "Wired0",
    } | changes


def test_a_station_moves_to_another_central_system_and_back(tmp_path: Path) -> None:
    """The slot is filled, ranked first, and used after a reset; the new one boots it and may send it back."""

    async def scene() -> None:
        async with (
            V201.csms() as first,
            V201.csms() as second,
            etrel_site(tmp_path, first, version="2.0.1") as site,
        ):
            await site.online()
            priority = "OCPPCommCtrlr.NetworkConfigurationPriority"
            _, before = await get(site, priority)
            assert await set_(site, priority, f"2,{before}") == "Rejected", "the slot is empty"
            move = {"configurationSlot": 2, "connectionData": connection(second)}
            assert await site.call("SetNetworkProfile", **move) == {"status": "Accepted"}
            assert await set_(site, priority, f"2,{before}") in ("Accepted", "RebootRequired")
            await first.catch_up()
            assert second.connects == []
            assert (await site.call("Reset", type="OnIdle"))["status"] == "Accepted"
            await second.wait_for("BootNotification", identity=STATION)
            await second.wait_for("StatusNotification", identity=STATION)
            assert (await first.wait_disconnected(STATION)).code == 1001
            site.charger.wish("plug_in")
            site.charger.wish("swipe")
            await second.wait_for("TransactionEvent", identity=STATION)
            assert first.params("TransactionEvent") == []

            site.csms = second
            assert await get(site, "OCPPCommCtrlr.ActiveNetworkProfile") == ("Accepted", "2")
            assert await set_(site, priority, f"{before}") in ("Accepted", "RebootRequired")
            await site.stop()
            await site.start()
            await first.wait_for("BootNotification", 2, identity=STATION)

    asyncio.run(scene())


def test_a_profile_that_does_not_work_is_left_again(tmp_path: Path) -> None:
    """After its attempts the station is back where it was, and says in a security event what happened."""

    async def scene() -> None:
        async with V201.csms() as csms, etrel_site(tmp_path, csms, version="2.0.1", speed=20) as site:
            await site.online()
            dead = connection(csms, ocppCsmsUrl="ws://127.0.0.1:9/ocpp")
            assert (await site.call("SetNetworkProfile", configurationSlot=2, connectionData=dead))[
                "status"
            ] == "Accepted"
            assert await set_(site, "OCPPCommCtrlr.NetworkProfileConnectionAttempts", "2") == "Accepted"
            assert await set_(site, "OCPPCommCtrlr.NetworkConfigurationPriority", "2,0") in (
                "Accepted",
                "RebootRequired",
            )
            await site.call("Reset", type="OnIdle")
            await site.online(2)
            assert await get(site, "OCPPCommCtrlr.ActiveNetworkProfile") == ("Accepted", "0")

    asyncio.run(scene())


def test_what_is_wrong_with_a_profile_is_said(tmp_path: Path) -> None:
    """Slots that are not there, ways that are not spoken, and a security that would fall."""

    async def scene() -> None:
        async with V201.csms() as csms, etrel_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            wrong: list[tuple[int, Params, str]] = [
                (0, {}, "InvalidConfSlot"),
                (99, {}, "InvalidConfSlot"),
                (2, {"ocppTransport": "SOAP"}, "UnsupportedParam"),
                (2, {"ocppVersion": "OCPP15"}, "UnsupportedParam"),
                (2, {"ocppCsmsUrl": "http://x"}, "InvalidNetworkConf"),
                (2, {"securityProfile": 2}, "InvalidNetworkConf"),
                (2, {"securityProfile": 3, "ocppCsmsUrl": "wss://x"}, "InvalidNetworkConf"),
            ]
            for slot, changes, code in wrong:
                answer = await site.call(
                    "SetNetworkProfile", configurationSlot=slot, connectionData=connection(csms, **changes)
                )
                assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", code), (slot, changes)

    asyncio.run(scene())


_OFFERS = [
    (("ocpp1.6",), "ocpp1.6"),
    (("ocpp2.0.1",), "ocpp2.0.1"),
    (("ocpp2.1",), "ocpp2.1"),
    (("ocpp1.6", "ocpp2.0.1"), "ocpp1.6"),
    (("ocpp2.0.1", "ocpp1.6"), "ocpp2.0.1"),
]


@pytest.mark.parametrize(("spoken", "taken"), _OFFERS, ids=lambda one: one if isinstance(one, str) else "-".join(one))
def test_the_central_system_picks_the_version(tmp_path: Path, spoken: tuple[str, ...], taken: str) -> None:
    """`auto` offers all versions and speaks the one that is taken."""

    async def scene() -> None:
        version = taken.removeprefix("ocpp")
        async with (
            ForeignCsms(CsmsOptions(protocols=spoken)) as csms,
            etrel_site(tmp_path, csms, version=version, ocpp="version: auto, control: true") as site,
        ):
            await site.online()
            assert csms.connects[0].protocol == taken
            assert site.card().version == version
            site.charger.wish("plug_in")
            site.charger.wish("swipe")
            await site.told("StartTransaction" if version == "1.6" else "TransactionEvent")

    asyncio.run(scene())


@pytest.mark.parametrize(("ocpp", "spoken"), [("auto", "ocpp1.5"), ('"2.0.1"', "ocpp1.6"), ('"1.6"', "ocpp2.0.1")])
def test_without_a_common_version_the_card_says_so(tmp_path: Path, ocpp: str, spoken: str) -> None:
    """The station does not talk, says what was offered, and tries again."""

    async def scene() -> None:
        async with (
            ForeignCsms(CsmsOptions(protocols=(spoken,))) as csms,
            etrel_site(tmp_path, csms, ocpp=f"version: {ocpp}, control: true") as site,
        ):
            await csms.wait_refused(2)
            await site.until(lambda: site.card().error is not None, "the card says why")
            assert "ocpp" in (site.card().error or "")
            assert csms.connects == []
            assert csms.received == []

    asyncio.run(scene())


def test_another_version_at_the_next_connection(tmp_path: Path) -> None:
    """A central system that learns 2.0.1 gets a boot in it, and the sessions that begin from then on."""

    async def scene() -> None:
        async with (
            ForeignCsms() as csms,
            etrel_site(tmp_path, csms, speed=20, ocpp="version: auto, control: true") as site,
        ):
            await site.online()
            site.charger.wish("plug_in")
            site.charger.wish("swipe")
            await site.told("StartTransaction")
            site.charger.wish("unplug")
            await site.told("StopTransaction")
            await csms.speak("ocpp2.0.1", "ocpp1.6")
            await csms.close(STATION)
            site.version = "2.0.1"
            await csms.wait_for("BootNotification", 2, identity=STATION)
            assert csms.params("BootNotification")[1]["chargingStation"]["vendorName"] == "Etrel"
            await site.status("Available")
            site.charger.wish("plug_in")
            site.charger.wish("swipe")
            await site.event("Started")
            assert [connect.protocol for connect in csms.connects] == ["ocpp1.6", "ocpp2.0.1"]
            assert len(csms.params("StartTransaction")) == 1

    asyncio.run(scene())
