"""A station moves to another central system, and comes back where that is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.engine.board import UplinkState
from bridge.types.words import ConnectorStatus
from tests.uplink.station_scene import ME, Scene, scene_at
from tests.uplink.versatile_csms import VersatileCsms

V201, V21 = "2.0.1", "2.1"
PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"
ATTEMPTS = "OCPPCommCtrlr.NetworkProfileConnectionAttempts"
OLD, NEW = "a password of old", "another password"
WITH_PASSWORD: dict[str, Any] = {"security_profile": 1, "password": OLD, "password_env": "SECRET"}


@asynccontextmanager
async def between_two(
    folder: Path, *, version: str = V201, **options: Any
) -> AsyncIterator[tuple[VersatileCsms, VersatileCsms, Scene]]:
    """Give a station that is online at the first of two central systems, which both speak this version."""
    async with (
        VersatileCsms([version]) as first,
        VersatileCsms([version]) as second,
        scene_at(folder, first.url, version=version, **options) as scene,
    ):
        await scene.is_seen()
        async with scene.running():
            await online(first, scene)
            yield first, second, scene


async def online(csms: VersatileCsms, scene: Scene) -> None:
    """Wait until the station is online at this central system."""
    await scene.until(lambda: csms.is_connected and scene.uplink.is_connected, by_s=0.25)


async def moves(first: VersatileCsms, url: str, scene: Scene, *, priority: str = "1,0", **more: Any) -> None:
    """Have the first central system send the station to another one, and to nowhere else in between."""
    profile = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": url,
        "messageTimeout": 30,
        "securityProfile": 0,
        "ocppInterface": "Wired0",
    }
    asked = {"configurationSlot": 1, "connectionData": profile | more}
    assert await first.ask("SetNetworkProfile", asked) == {"status": "Accepted"}
    assert await first.set_variable(PRIORITY, priority) == "RebootRequired"
    assert len(first.spoken) == 1
    assert scene.uplink.is_connected
    assert await first.ask("Reset", {"type": "OnIdle"}) == {"status": "Accepted"}


def reports_of_moves(csms: VersatileCsms) -> list[str]:
    """Return what the security events say of network profiles."""
    said = [told.payload for told in csms.of("SecurityEventNotification")]
    return [event.get("techInfo", "") for event in said if "network profile" in event.get("techInfo", "")]


# --- there -----------------------------------------------------------------------------------------------------------


def test_a_station_moves_to_another_central_system(tmp_path: Path) -> None:
    """It boots there because of the Reset, tells its states and that it has moved, and stays over restart and break."""

    async def act() -> None:
        async with between_two(tmp_path) as (first, second, scene):
            await moves(first, second.url, scene)
            await online(second, scene)
            await scene.until(lambda: reports_of_moves(second))
            assert second.boot_reasons == ["RemoteReset"]
            assert reports_of_moves(second) == ["network profile 1 is in use"]
            assert [told.payload["connectorStatus"] for told in second.of("StatusNotification")] == ["Available"]
            assert not first.is_connected
            await second.cut()
            await scene.until(lambda: len(second.spoken) == 2, by_s=0.25)
            await online(second, scene)
            assert (len(second.boot_reasons), len(first.spoken)) == (1, 1)
            assert first.violations + second.violations == []
        async with VersatileCsms([V201]) as first, scene_at(tmp_path, first.url, version=V201) as again:
            await second.up()
            async with again.running():
                await online(second, again)
            await second.down()
            assert second.boot_reasons == ["RemoteReset", "ApplicationReset"]
            assert first.offers == []

    asyncio.run(act())


def test_a_running_transaction_moves_along(tmp_path: Path) -> None:
    """It goes on under its id and with its next number, and is told to nobody twice."""

    async def act() -> None:
        async with between_two(tmp_path) as (first, second, scene):
            session = await scene.charges("1")
            await scene.until(lambda: scene.card.open_transactions)
            assert (await first.ask("Reset", {"type": "OnIdle"}))["status"] == "Scheduled"  # a vehicle charges
            profile = {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": second.url,
                "messageTimeout": 30,
                "securityProfile": 0,
                "ocppInterface": "Wired0",
            }
            asked = {"configurationSlot": 0, "connectionData": profile}
            assert (await first.ask("SetNetworkProfile", asked))["status"] == "Rejected"  # a person's own
            asked = {"configurationSlot": 1, "connectionData": profile}
            assert (await first.ask("SetNetworkProfile", asked))["status"] == "Accepted"
            assert await first.set_variable(PRIORITY, "1,0") == "RebootRequired"
            scene.station.reboot()
            await first.cut()
            await online(second, scene)
            await scene.ends(session)
            await scene.until(lambda: second.events("Ended"))
            (start,), (end,) = first.events(), second.events()
            assert start["transactionInfo"]["transactionId"] == end["transactionInfo"]["transactionId"]
            assert (start["seqNo"], end["seqNo"]) == (0, 1)
            assert scene.card.dead_letters == 0

    asyncio.run(act())


def test_the_profile_says_how_long_an_answer_is_waited_for(tmp_path: Path) -> None:
    """Also after a setting was changed on that connection; at the first central system the setting holds."""

    async def act() -> None:
        async with between_two(tmp_path) as (first, second, scene):
            assert scene.station.session.call_limit_s == 30.0
            await moves(first, second.url, scene, messageTimeout=77)
            await online(second, scene)
            assert await second.set_variable("OCPPCommCtrlr.OfflineThreshold", "99") == "Accepted"
            second.silent = {"TransactionEvent"}
            await scene.charges("1", ended=True, connector_id=1)
            await scene.charges("2", ended=True, connector_id=2)
            await scene.until(second.events)
            await scene.clock.advance(75.0)
            assert len(second.events()) == 1
            await scene.clock.advance(3.0)
            await scene.until(lambda: len(second.events()) == 2)

    asyncio.run(act())


def test_another_identity_is_the_profile_s_own(tmp_path: Path) -> None:
    """2.1 lets a profile name the station, and its password; the first central system is never shown it."""

    async def act() -> None:
        async with between_two(tmp_path, version=V21) as (first, second, scene):
            second.password = "a password of the second"
            more: dict[str, Any] = {"identity": "GARAGE-2", "basicAuthPassword": second.password, "securityProfile": 1}
            await moves(first, second.url, scene, ocppVersion="OCPP21", **more)
            await online(second, scene)
            assert (first.identities, second.identities) == ([ME], ["GARAGE-2"])

    asyncio.run(act())


# --- and back --------------------------------------------------------------------------------------------------------


async def down(second: VersatileCsms) -> None:
    """Listen no more."""
    await second.down()


async def refuses(second: VersatileCsms) -> None:
    """Want a password that the station does not have."""
    second.password = "nobody knows it"


async def never_boots(second: VersatileCsms) -> None:
    """Take the connection, and answer no boot."""
    second.silent = {"*"}


async def rejects(second: VersatileCsms) -> None:
    """Take the connection, and reject the station."""
    second.boots.extend([("Rejected", 30)] * 1000)


async def hangs_up(second: VersatileCsms) -> None:
    """Speak none of what is offered."""
    second.speaks = ["1.6"]


@pytest.mark.parametrize("fails", [down, refuses, hangs_up, never_boots, rejects])
def test_a_move_that_fails_ends_where_it_began(tmp_path: Path, fails: Any) -> None:
    """After so many attempts; the station boots there, and says which profile is in use."""

    async def act() -> None:
        async with between_two(tmp_path) as (first, second, scene):
            await fails(second)
            assert await first.set_variable(ATTEMPTS, "2") == "Accepted"
            await moves(first, second.url, scene)
            await scene.until(lambda: len(first.spoken) == 2 and scene.uplink.is_connected, by_s=5.0)
            assert len(second.offers) in ({0} if fails is down else {2})
            assert first.boot_reasons == ["PowerUp", "RemoteReset"]
            assert first.violations == []
            await scene.clock.advance(120.0)
            assert (len(first.spoken), scene.uplink.is_connected) == (2, True)

    asyncio.run(act())


def test_a_transaction_survives_a_move_that_fails(tmp_path: Path) -> None:
    """What happened on the way is told where it began, and marked as offline."""

    async def act() -> None:
        async with between_two(tmp_path) as (first, second, scene):
            await down(second)
            await moves(first, second.url, scene)
            await scene.until(lambda: not scene.uplink.is_connected)
            await scene.clock.advance(1.0)
            session = await scene.charges("1")
            await scene.clock.advance(1.0)
            await scene.ends(session)
            await scene.until(lambda: first.events("Ended"), by_s=0.25)
            assert [event["offline"] for event in first.events()] == [True, True]

    asyncio.run(act())


def test_one_that_was_left_is_left_for_what_worked_last(tmp_path: Path) -> None:
    """The second is gone for long: the first takes over, which is told; it stays, for it works."""

    async def act() -> None:
        async with between_two(tmp_path) as (first, second, scene):
            await moves(first, second.url, scene)
            await online(second, scene)
            await scene.until(lambda: reports_of_moves(second))
            await second.down()
            await online(first, scene)
            await scene.until(lambda: reports_of_moves(first))
            assert reports_of_moves(first) == ["network profile 0 is in use"]
            assert first.boot_reasons == ["PowerUp", "ApplicationReset"]
            await second.up()
            await first.cut()
            await online(first, scene)
            assert len(second.spoken) == 1

    asyncio.run(act())


def test_a_line_that_breaks_again_and_again_is_no_failed_move(tmp_path: Path) -> None:
    """The second answers each time: it is where the station belongs."""

    async def act() -> None:
        async with between_two(tmp_path) as (first, second, scene):
            await moves(first, second.url, scene)
            await online(second, scene)
            for number in range(2, 8):
                await second.cut()
                state = ConnectorStatus.AVAILABLE if number % 2 else ConnectorStatus.UNAVAILABLE
                await scene.is_seen(state)
                await scene.until(lambda: second.of("StatusNotification", line=number), by_s=0.25)  # noqa: B023
            assert len(first.spoken) == 1

    asyncio.run(act())


def test_where_nobody_can_be_reached_it_is_tried_less_and_less(tmp_path: Path) -> None:
    """Going from one profile to the next begins no new haste, or both would be called every few seconds for ever."""

    async def act() -> None:
        async with between_two(tmp_path) as (first, second, scene):
            assert await first.set_variable(ATTEMPTS, "1") == "Accepted"
            second.password = first.password = "nobody knows it"
            await moves(first, second.url, scene)
            await scene.until(lambda: len(second.offers) + len(first.offers) == 9, by_s=1.0)
            before_s = scene.clock.monotonic_s()
            await scene.until(lambda: len(second.offers) + len(first.offers) == 11, by_s=1.0)
            assert scene.clock.monotonic_s() - before_s > 60.0

    asyncio.run(act())


# --- passwords -------------------------------------------------------------------------------------------------------


def test_a_password_that_does_not_work_is_taken_back(tmp_path: Path) -> None:
    """After three refusals the one that worked holds again, and the central system is told so."""

    async def act() -> None:
        async with between_two(tmp_path, **WITH_PASSWORD) as (first, _, scene):
            first.password = OLD
            assert await first.set_variable("SecurityCtrlr.BasicAuthPassword", NEW) == "Accepted"
            await scene.until(lambda: "401" in (scene.card.error or ""), by_s=0.25)
            await scene.until(lambda: len(first.spoken) == 2 and scene.uplink.is_connected, by_s=0.25)
            await scene.until(lambda: first.of("SecurityEventNotification"))
            assert "went back" in first.of("SecurityEventNotification")[-1].payload["techInfo"]
            assert len(first.offers) == 1 + 3 + 1
            assert scene.card.state is UplinkState.ONLINE
            assert scene.store.setting(f"{scene.station.outbox.station}/key/AuthorizationKey") is None

    asyncio.run(act())


def test_so_also_where_the_profile_had_brought_its_own(tmp_path: Path) -> None:
    """The password of the network profile gave way to the one that was set, and holds again when that is wrong."""

    async def act() -> None:
        async with between_two(tmp_path, version=V21, **WITH_PASSWORD) as (first, second, scene):
            second.password = "a password of the second"
            more: dict[str, Any] = {"basicAuthPassword": second.password, "securityProfile": 1}
            await moves(first, second.url, scene, priority="1", ocppVersion="OCPP21", **more)
            await online(second, scene)
            assert await second.set_variable("SecurityCtrlr.BasicAuthPassword", NEW) == "Accepted"
            await scene.until(lambda: len(second.spoken) == 2 and scene.uplink.is_connected, by_s=2.0)
            assert len(first.spoken) == 1

    asyncio.run(act())
