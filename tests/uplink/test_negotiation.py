"""One station, any version: what is offered, what is spoken, and what becomes of transactions between two versions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from bridge.engine.board import UplinkState
from bridge.types.words import Ability, ConnectorStatus
from bridge.uplink.answer import Answer
from tests.uplink.station_scene import FULL, ME, Scene, scene_at
from tests.uplink.versatile_csms import VersatileCsms

V16, V201, V21 = "1.6", "2.0.1", "2.1"
ALL = ("ocpp2.1", "ocpp2.0.1", "ocpp1.6")
AUTO = {"version": "auto"}


@asynccontextmanager
async def at_csms(folder: Path, *speaks: str, **options: Any) -> AsyncIterator[tuple[VersatileCsms, Scene]]:
    """Give a central system and a station, in any version, of a charger whose connector 1 is known."""
    async with VersatileCsms(list(speaks)) as csms, scene_at(folder, csms.url, **(AUTO | options)) as scene:
        await scene.is_seen()
        yield csms, scene


async def settled(csms: VersatileCsms, scene: Scene, *, line: int = 1) -> None:
    """Wait until the station is online on this line, and has told the state of its connector there."""
    number = {"connectorId": 1}
    await scene.until(
        lambda: scene.uplink.is_connected and csms.of("StatusNotification", line=line, **number), by_s=0.25
    )


async def reconnected(csms: VersatileCsms, scene: Scene, *, line: int) -> None:
    """Wait until there is another line, and the station is online on it."""
    await scene.until(lambda: len(csms.spoken) == line and scene.uplink.is_connected, by_s=0.25)


async def all_told(scene: Scene) -> None:
    """Wait until nothing waits to be told."""
    await scene.until(lambda: not scene.card.waiting and not scene.card.open_transactions, by_s=0.25)


def told_twice(csms: VersatileCsms) -> list[tuple[str, str]]:
    """Return the starts and ends in 1.6, and the events in 2.x, that came more than once."""
    names = [(told.action, str(told.payload)) for told in csms.of("StartTransaction") + csms.of("StopTransaction")]
    names += [(event["transactionInfo"]["transactionId"], str(event["seqNo"])) for event in csms.events()]
    return sorted({name for name in names if names.count(name) > 1})


# --- what is spoken --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speaks", "spoken"),
    [((V21, V201, V16), V21), ((V201, V16), V201), ((V16,), V16), ((V16, V21), V16)],
)
def test_the_central_system_picks_the_version(tmp_path: Path, speaks: tuple[str, ...], spoken: str) -> None:
    """All are offered, the latest first; the station boots in the one that was picked, and the card names it."""

    async def act() -> None:
        async with at_csms(tmp_path, *speaks) as (csms, scene), scene.running():
            await settled(csms, scene)
            assert csms.offers == [ALL]
            assert scene.card.version == spoken
            assert {told.version for told in csms.told} == {spoken}
            (boot,) = csms.of("BootNotification")
            assert ("reason" in boot.payload) is (spoken != V16)
            assert csms.violations == []

    asyncio.run(act())


@pytest.mark.parametrize("version", [V16, V201, V21])
def test_a_version_that_a_person_chose_is_offered_alone(tmp_path: Path, version: str) -> None:
    """And where it is not taken, the card says so, and the station waits."""

    async def act() -> None:
        async with at_csms(tmp_path, V16, V201, V21, version=version) as (csms, scene), scene.running():
            await settled(csms, scene)
            assert (csms.offers, scene.card.version) == ([(f"ocpp{version}",)], version)
            csms.speaks = [other for other in (V16, V201, V21) if other != version]
            await csms.cut()
            await scene.until(lambda: "did not accept" in (scene.card.error or ""), by_s=0.25)
            assert scene.card.state is UplinkState.CONNECTING
            assert set(csms.offers) == {(f"ocpp{version}",)}

    asyncio.run(act())


def test_another_version_than_before_begins_with_a_boot(tmp_path: Path) -> None:
    """The central system knows nothing in it: states are told anew, and a reconnect in it boots no second time."""

    async def act() -> None:
        async with at_csms(tmp_path, V16) as (csms, scene), scene.running():
            await settled(csms, scene)
            csms.speaks = [V201]
            csms.forget()
            await csms.cut()
            await settled(csms, scene, line=2)
            assert scene.card.version == V201
            assert [(boot.line, boot.version) for boot in csms.of("BootNotification")] == [(1, V16), (2, V201)]
            await csms.cut()
            await reconnected(csms, scene, line=3)
            await scene.clock.advance(5.0)
            assert len(csms.of("BootNotification")) == 2
            assert csms.violations == []

    asyncio.run(act())


def test_another_version_is_no_start_of_the_charger(tmp_path: Path) -> None:
    """PowerUp was told of the first start, and is not told again because the central system has learnt 2.0.1."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene), scene.running():
            await settled(csms, scene)
            csms.speaks = [V21]
            await csms.cut()
            await settled(csms, scene, line=2)
            assert csms.boot_reasons == ["PowerUp", "ApplicationReset"]

    asyncio.run(act())


def test_the_version_spoken_last_is_kept_over_a_restart(tmp_path: Path) -> None:
    """Before it connects the station is as in that version; it offers all of them, and says what is picked then."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene):
            async with scene.running():
                await settled(csms, scene)
            scene.die()
            await csms.down()
            async with scene_at(tmp_path, csms.url, **AUTO) as again, again.running():
                await again.until(lambda: again.card.error, by_s=0.25)
                assert (again.card.version, again.station.version) == (V201, V201)
                await csms.up()
                await settled(csms, again, line=2)
                assert csms.offers[-1] == ALL
                assert csms.boot_reasons == ["PowerUp", "ApplicationReset"]

    asyncio.run(act())


def test_a_version_that_is_kept_and_not_wanted_any_more_counts_nothing(tmp_path: Path) -> None:
    """A person has written another one into the config meanwhile."""

    async def act() -> None:
        async with at_csms(tmp_path, V21, V16) as (csms, scene):
            async with scene.running():
                await settled(csms, scene)
            scene.die()
            await csms.down()
            async with scene_at(tmp_path, csms.url, version=V16) as again, again.running():
                await again.until(lambda: again.card.error, by_s=0.25)
                assert again.card.version == V16
                await csms.up()
                await settled(csms, again, line=2)
                assert (csms.offers[-1], again.card.version) == (("ocpp1.6",), V16)

    asyncio.run(act())


def test_who_stops_the_station_meanwhile_stops_it(tmp_path: Path) -> None:
    """Also in the moment in which the line is open and the version is being kept."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene), scene.running():
            name = f"{scene.station.outbox.station}/version"
            scene.desk.hold_when = lambda store: store.setting(name)
            scene.desk.held = held = asyncio.Event()
            await scene.until(lambda: scene.desk.held is None, by_s=0.25)
            stopping = asyncio.ensure_future(scene.charge_point.stop())
            held.set()
            assert await stopping
            await scene.until(lambda: scene.card.state is UplinkState.STOPPED)
            assert not csms.is_connected
            assert csms.told == []

    asyncio.run(act())


def test_a_store_that_refuses_the_version_costs_the_line_and_no_more(tmp_path: Path) -> None:
    """The line is closed, and soon there is another."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene), scene.running():
            await settled(csms, scene)
            await csms.down()
            await scene.until(lambda: scene.card.error)
            before = scene.desk.run

            async def refuse(work: Any) -> Any:
                if len(csms.spoken) == 2 and not scene.desk.failures:
                    scene.desk.failures.append(FULL)
                    scene.desk.run = before  # type: ignore[method-assign]
                return await before(work)

            scene.desk.run = refuse  # type: ignore[method-assign]
            csms.speaks = [V21]
            await csms.up()
            await scene.until(lambda: len(csms.spoken) == 2, by_s=0.25)
            await scene.until(lambda: "disk is full" in (scene.card.error or ""))
            await scene.until(lambda: not csms.is_connected)
            await settled(csms, scene, line=3)
            assert scene.card.version == V21

    asyncio.run(act())


# --- transactions between two versions -------------------------------------------------------------------------------


def test_a_transaction_is_told_to_its_end_in_the_version_it_began_in(tmp_path: Path) -> None:
    """As long as that is taken it alone is offered; then the later one is spoken, and nothing is told twice."""

    async def act() -> None:
        async with at_csms(tmp_path, V16) as (csms, scene), scene.running():
            await settled(csms, scene)
            first = await scene.charges("1")
            await scene.until(lambda: csms.of("StartTransaction"))
            csms.speaks = [V21, V201, V16]
            await csms.cut()
            await reconnected(csms, scene, line=2)
            assert (csms.offers[-1], csms.spoken[-1]) == (("ocpp1.6",), V16)
            await scene.ends(first)
            await scene.until(lambda: csms.of("StopTransaction"))
            await csms.cut()
            await settled(csms, scene, line=3)
            assert (csms.offers[-1], csms.spoken[-1]) == (ALL, V21)
            await scene.charges("2", ended=True)
            await scene.until(lambda: csms.events("Ended"))
            assert [event["eventType"] for event in csms.events()] == ["Started", "Ended"]
            assert (len(csms.of("StartTransaction")), told_twice(csms), csms.violations) == (1, [], [])
            assert scene.card.dead_letters == 0

    asyncio.run(act())


def test_so_also_over_a_restart_of_the_bridge(tmp_path: Path) -> None:
    """What began in 2.0.1 goes on in it, under its own id and the next number, though 2.1 is spoken there now."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene):
            async with scene.running():
                await settled(csms, scene)
                session = await scene.charges("1")
                await scene.until(lambda: csms.events("Started"))
                await scene.until(lambda: scene.card.open_transactions)
            scene.die()
            csms.speaks = [V21, V201, V16]
            async with scene_at(tmp_path, csms.url, **AUTO) as again, again.running():
                await settled(csms, again, line=2)
                assert csms.offers[-1] == ("ocpp2.0.1",)
                await again.ends(session)
                await again.until(lambda: csms.events("Ended"))
                assert [event["seqNo"] for event in csms.events()] == [0, 1]
                assert len({event["transactionInfo"]["transactionId"] for event in csms.events()}) == 1
                assert (told_twice(csms), csms.violations) == ([], [])

    asyncio.run(act())


def test_what_cannot_be_told_to_its_end_is_set_aside_with_a_sentence(tmp_path: Path) -> None:
    """The central system takes 1.6 no more: the transaction is dead, and the next one is told in what it speaks."""

    async def act() -> None:
        async with at_csms(tmp_path, V16) as (csms, scene), scene.running():
            await settled(csms, scene)
            first = await scene.charges("1")
            await scene.until(lambda: csms.of("StartTransaction"))
            csms.speaks = [V201]
            await csms.cut()
            await settled(csms, scene, line=2)
            assert csms.offers[-2:] == [("ocpp1.6",), ALL]
            await scene.until(lambda: scene.card.dead_letters == 1)
            (letter,) = scene.store.set_aside(scene.station.outbox.station)
            assert letter.reason == "it began in OCPP 1.6, and the central system speaks 2.0.1 now"
            await scene.ends(first)
            await scene.charges("2", ended=True)
            await scene.until(lambda: csms.events("Ended"))
            assert len({event["transactionInfo"]["transactionId"] for event in csms.events()}) == 1
            assert (csms.of("StopTransaction"), told_twice(csms), csms.violations) == ([], [], [])

    asyncio.run(act())


@pytest.mark.parametrize("refusal", [HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE])
def test_a_refusal_that_says_nothing_of_versions_costs_no_transaction(tmp_path: Path, refusal: HTTPStatus) -> None:
    """A password that was wrong for a minute is no reason to speak another version than that of what runs."""

    async def act() -> None:
        async with at_csms(tmp_path, V16) as (csms, scene), scene.running():
            await settled(csms, scene)
            session = await scene.charges("1")
            await scene.until(lambda: scene.card.open_transactions)
            csms.speaks, csms.refusal = [V21, V16], refusal
            await csms.cut()
            await scene.until(lambda: len(csms.offers) == 4, by_s=0.25)
            csms.refusal = None
            await reconnected(csms, scene, line=2)
            await scene.ends(session)
            await scene.until(lambda: csms.of("StopTransaction"))
            assert scene.card.dead_letters == 0
            assert set(csms.offers[1:]) == {("ocpp1.6",)}

    asyncio.run(act())


def test_a_refusal_that_does_not_end_is_taken_for_one_of_the_version(tmp_path: Path) -> None:
    """Some say no more of it than 404: all versions are offered some time, and nobody waits for a person."""

    async def act() -> None:
        async with at_csms(tmp_path, V16) as (csms, scene), scene.running():
            await settled(csms, scene)
            await scene.charges("1")
            await scene.until(lambda: scene.card.open_transactions)
            csms.speaks, csms.refuses_versions_with = [V201], HTTPStatus.NOT_FOUND
            await csms.cut()
            await scene.until(lambda: len(csms.spoken) == 2 and scene.uplink.is_connected, by_s=1.0)
            assert csms.offers[1:] == [("ocpp1.6",)] * 8 + [ALL]

    asyncio.run(act())


def test_states_seen_while_another_version_is_spoken_do_not_hurt_a_transaction_of_1_6(tmp_path: Path) -> None:
    """1.6 has no events of charging states: nothing of the kind is kept for what is told in it."""

    async def act() -> None:
        async with at_csms(tmp_path, V16) as (csms, scene), scene.running():
            await settled(csms, scene)
            session = await scene.charges("1")
            await scene.until(lambda: scene.card.open_transactions)
            csms.speaks = [V201]
            csms.boots.append(("Pending", 60))
            await csms.cut()
            await scene.until(lambda: scene.card.state is UplinkState.PENDING, by_s=0.25)
            await scene.is_seen(ConnectorStatus.CHARGING)
            await scene.is_seen(ConnectorStatus.SUSPENDED_EV)
            await scene.clock.settle()
            (running,) = scene.store.transactions(scene.station.outbox.station)
            assert running.updates == ()
            csms.speaks = [V16]
            await csms.cut()
            await settled(csms, scene, line=3)
            await scene.ends(session)
            await scene.until(lambda: csms.of("StopTransaction"), by_s=0.25)
            assert scene.card.dead_letters == 0

    asyncio.run(act())


# --- boots -----------------------------------------------------------------------------------------------------------


def test_a_boot_says_why(tmp_path: Path) -> None:
    """PowerUp at the first start, ApplicationReset after one of the bridge, and whether a Reset had to wait."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene):
            async with scene.running():
                await settled(csms, scene)
            scene.die()
            async with scene_at(tmp_path, csms.url, **AUTO) as again, again.running():
                await settled(csms, again, line=2)
                assert await csms.ask("Reset", {"type": "OnIdle"}) == {"status": "Accepted"}
                await settled(csms, again, line=3)
                session = await again.charges("1")
                await again.until(lambda: csms.events("Started"))
                assert (await csms.ask("Reset", {"type": "OnIdle"}))["status"] == "Scheduled"
                await again.clock.advance(60.0)
                assert len(csms.spoken) == 3
                await again.ends(session)
                await settled(csms, again, line=4)
            assert csms.boot_reasons == ["PowerUp", "ApplicationReset", "RemoteReset", "ScheduledReset"]
            assert csms.violations == []

    asyncio.run(act())


def test_a_first_start_that_fails_halfway_is_a_first_start_all_the_same(tmp_path: Path) -> None:
    """The store refuses for a while after the place in the journal was kept: that is no restart."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene):
            scene.desk.passed, scene.desk.failures = 2, [FULL]
            async with scene.running():
                await settled(csms, scene)
                assert scene.desk.failures == []
                assert csms.boot_reasons == ["PowerUp"]

    asyncio.run(act())


def test_a_pending_station_boots_when_it_is_asked_to(tmp_path: Path) -> None:
    """It answers, says what is triggered and nothing else, and boots by itself when the interval is over."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene):
            csms.boots.extend([("Pending", 60), ("Pending", 60)])
            async with scene.running():
                await scene.until(lambda: scene.card.state is UplinkState.PENDING, by_s=0.25)
                trigger = {"requestedMessage": "BootNotification"}
                assert await csms.ask("TriggerMessage", trigger) == {"status": "Accepted"}
                await scene.until(lambda: len(csms.boot_reasons) == 2)
                await scene.clock.advance(50.0)
                assert len(csms.told) == 2
                await settled(csms, scene)
                assert csms.boot_reasons == ["PowerUp", "Triggered", "PowerUp"]
                assert (await csms.ask("TriggerMessage", trigger))["status"] == "Rejected"
                assert csms.violations == []

    asyncio.run(act())


def test_a_rejected_station_is_silent_until_its_interval_is_over(tmp_path: Path) -> None:
    """Also over a reconnect, which is no way to be asked earlier."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene):
            csms.boots.append(("Rejected", 600))
            async with scene.running():
                await scene.until(lambda: scene.card.state is UplinkState.REJECTED, by_s=0.25)
                await scene.clock.advance(120.0)
                await csms.cut()
                await scene.until(lambda: len(csms.spoken) == 2, by_s=0.25)
                await scene.clock.advance(400.0)
                assert len(csms.told) == 1
                assert scene.card.state is UplinkState.REJECTED
                await scene.clock.advance(100.0)
                await settled(csms, scene, line=2)
                assert csms.boot_reasons == ["PowerUp", "PowerUp"]
                assert csms.violations == []

    asyncio.run(act())


# --- absences --------------------------------------------------------------------------------------------------------


def test_of_a_short_absence_only_the_states_that_changed_are_told(tmp_path: Path) -> None:
    """Of one that was longer than OfflineThreshold, all."""

    def told_on(csms: VersatileCsms, line: int) -> list[tuple[int, str]]:
        told = csms.of("StatusNotification", line=line)
        return [(one.payload["evseId"], one.payload["connectorStatus"]) for one in told]

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene):
            await scene.is_seen(connector_id=2)
            async with scene.running():
                await scene.until(lambda: len(told_on(csms, 1)) == 2, by_s=0.25)
                assert await csms.set_variable("OCPPCommCtrlr.OfflineThreshold", "300") == "Accepted"
                await csms.down()
                await scene.is_seen(ConnectorStatus.UNAVAILABLE, connector_id=2)
                await scene.clock.advance(200.0)
                await csms.up()
                await reconnected(csms, scene, line=2)
                await scene.clock.advance(5.0)
                assert told_on(csms, 2) == [(2, "Unavailable")]
                await csms.down()
                await scene.clock.advance(301.0)
                await csms.up()
                await reconnected(csms, scene, line=3)
                await scene.until(lambda: len(told_on(csms, 3)) == 2)
                assert told_on(csms, 3) == [(1, "Available"), (2, "Unavailable")]

    asyncio.run(act())


def test_what_happened_without_a_line_is_marked_so(tmp_path: Path) -> None:
    """And nothing else, though it is told long after; also of an absence before the last one."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene), scene.running():
            await settled(csms, scene)
            await scene.clock.advance(100.0)
            await scene.charges("online", ended=True)
            await scene.until(lambda: csms.events("Ended"))
            await csms.down()
            await scene.until(lambda: scene.card.error)
            await scene.clock.advance(50.0)
            first = await scene.charges("offline")
            await scene.clock.advance(50.0)
            csms.silent = {"*"}  # nothing can be told on the next line
            await csms.up()
            await reconnected(csms, scene, line=2)
            await scene.clock.advance(5.0)
            second_at = scene.clock.now()
            await scene.clock.advance(5.0)
            await csms.cut()
            csms.silent = set()
            await reconnected(csms, scene, line=3)
            await scene.charges("between", since_s=(scene.clock.now() - second_at).total_seconds(), connector_id=2)
            await scene.until(lambda: len(csms.events("Started")) >= 3, by_s=0.25)
            await scene.clock.advance(5.0)
            await scene.ends(first)
            await scene.until(lambda: len(csms.events("Ended")) == 2, by_s=0.25)
            marks = {
                (event["transactionInfo"]["transactionId"], event["eventType"]): event.get("offline", False)
                for event in csms.events()
            }
            assert list(marks.values()) == [False, False, True, False, False]

    asyncio.run(act())


def test_an_absence_before_the_last_one_counts_too(tmp_path: Path) -> None:
    """What happened in it was not told on the short line between the two."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene), scene.running():
            await settled(csms, scene)
            await csms.down()
            await scene.until(lambda: scene.card.error)
            await scene.clock.advance(50.0)
            await scene.charges("first", ended=True, connector_id=1)
            await scene.charges("second", ended=True, connector_id=2)
            csms.silent = {"TransactionEvent"}
            await csms.up()
            await reconnected(csms, scene, line=2)
            await scene.until(csms.events)
            await csms.cut()
            csms.silent = set()
            await reconnected(csms, scene, line=3)
            await scene.until(lambda: len(csms.events("Ended")) == 2, by_s=0.25)
            assert [event.get("offline") for event in csms.events()] == [True] * 5

    asyncio.run(act())


def test_numbers_go_on_over_restarts_and_breaks(tmp_path: Path) -> None:
    """One transaction, told over three lines and two lives: no hole, and nothing in other words."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene):
            async with scene.running():
                await settled(csms, scene)
                session = await scene.charges("1", id_token="04AABB")
                await scene.clock.advance(5.0)
                await scene.is_seen(ConnectorStatus.CHARGING)
                await scene.until(lambda: csms.events("Updated"))
                await csms.cut()
                await scene.is_seen(ConnectorStatus.SUSPENDED_EV)
                await reconnected(csms, scene, line=2)
                await scene.until(lambda: len(csms.events("Updated")) == 2, by_s=0.25)
            scene.die()
            async with scene_at(tmp_path, csms.url, **AUTO) as again:
                again.clock.jump(scene.clock.now().timestamp() - again.clock.now().timestamp() + 60.0)
                await again.is_seen(ConnectorStatus.CHARGING)
                again.clock.jump(1.0)
                async with again.running():
                    await settled(csms, again, line=3)
                    await again.ends(session)
                    await again.until(lambda: csms.events("Ended"), by_s=0.25)
            told = {one.message_id: one.payload for one in csms.of("TransactionEvent")}  # after a death word for word
            assert [event["seqNo"] for event in told.values()] == [0, 1, 2, 3, 4]
            assert [event.get("offline", False) for event in told.values()] == [False, False, True, True, False]
            assert all(told[one.message_id] == one.payload for one in csms.of("TransactionEvent"))
            assert csms.violations == []

    asyncio.run(act())


def test_a_profile_lapses_without_the_central_system_also_when_the_bridge_starts_without_it(tmp_path: Path) -> None:
    """`maxOfflineDuration` counts from the start at the latest: nobody knows of a connection after it."""

    async def act() -> None:
        profile = {
            "id": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "maxOfflineDuration": 60,
            "chargingSchedule": [
                {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]}
            ],
        }
        may = (Ability.LIMIT_CURRENT,)
        async with at_csms(tmp_path, V21, may=may) as (csms, scene):
            async with scene.running():
                await settled(csms, scene)
                asked = {"evseId": 1, "chargingProfile": profile}
                assert (await csms.ask("SetChargingProfile", asked))["status"] == "Accepted"
            scene.die()
            await csms.down()
            async with scene_at(tmp_path, csms.url, may=may, **AUTO) as again:
                again.clock.jump(timedelta(minutes=1).total_seconds())
                async with again.running():
                    await again.until(lambda: again.card.error, by_s=0.25)
                    assert again.station.limits.limit(1).limit_a == 6.0
                    await again.clock.advance(90.0)
                    assert again.station.limits.limit(1).limit_a is None
            assert ME in csms.identities

    asyncio.run(act())


# --- what others do wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        {"totalCost": "much"},
        {"idTokenInfo": 7},
        {"chargingPriority": 99, "totalCost": 1.5},
        {"totalCost": 1e300, "updatedPersonalMessage": {"format": "SVG"}},
        {"unknown": [{"totalCost": None}]},
    ],
)
def test_an_answer_out_of_shape_to_an_event_counts_as_one(tmp_path: Path, answer: dict[str, Any]) -> None:
    """The event has arrived, whatever is said of it: it is not told again, and what it costs is not known."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene), scene.running():
            await settled(csms, scene)
            csms.answers["TransactionEvent"] = answer
            await scene.charges("1", ended=True)
            await scene.until(lambda: csms.events("Ended"))
            await all_told(scene)
            assert (told_twice(csms), csms.spoken, scene.card.cost) == ([], [V201], None)
            assert scene.uplink.is_connected

    asyncio.run(act())


class _Defective:
    """Answers everything, and fails behind it."""

    async def answer(self, _station: object, _conversation: object, _call: object) -> Answer:
        """Answer."""

        async def then() -> None:
            raise LookupError("a defect")

        return Answer({"status": "Accepted"}, then)

    def limited_by_others(self, _station: object, _evse_id: int, _limit_a: float | None) -> tuple[()]:
        """Say nothing."""
        return ()


def test_a_defect_behind_an_answer_ends_nothing(tmp_path: Path) -> None:
    """Neither the line nor the station: the next question is answered too."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene), scene.running():
            await settled(csms, scene)
            scene.station.answers = _Defective()
            for _ in range(2):
                assert await csms.ask("ClearCache", {}) == {"status": "Accepted"}
            await scene.clock.advance(5.0)
            assert (scene.uplink.is_connected, csms.spoken) == (True, [V201])

    asyncio.run(act())


# --- time-outs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout_s", [10, 50])
def test_an_answer_is_waited_for_as_long_as_message_timeout_says(tmp_path: Path, timeout_s: int) -> None:
    """Then the next message goes out; over a restart of the bridge it holds as well."""

    async def act() -> None:
        async with at_csms(tmp_path, V201) as (csms, scene):
            async with scene.running():
                await settled(csms, scene)
                place = "OCPPCommCtrlr.MessageTimeout[Default]"
                assert await csms.set_variable(place, str(timeout_s)) == "Accepted"
                await waits_for_an_answer(csms, scene, timeout_s)
            scene.die()
            csms.silent = set()
            async with scene_at(tmp_path, csms.url, **AUTO) as again, again.running():
                await settled(csms, again, line=2)
                await waits_for_an_answer(csms, again, timeout_s)

    asyncio.run(act())


async def waits_for_an_answer(csms: VersatileCsms, scene: Scene, timeout_s: float) -> None:
    """Have one event not answered, and see that the next one waits so long and no longer."""
    before = len(csms.events())
    csms.silent = {"TransactionEvent"}
    name = f"{before}-{len(csms.spoken)}"
    await scene.charges(name, connector_id=1, ended=True)
    await scene.charges(f"{name} too", connector_id=2, ended=True)
    await scene.until(lambda: len(csms.events()) == before + 1)
    await scene.clock.advance(timeout_s - 2.0)
    assert len(csms.events()) == before + 1
    await scene.clock.advance(4.0)
    await scene.until(lambda: len(csms.events()) == before + 2)
    csms.silent = set()
