from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.errors import StoreError
from bridge.types.charger import ConnectorReading
from bridge.types.command import LimitCurrent
from bridge.types.ocpp.charging_profile import (
    ChargingProfile,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ProfileSchedule,
)
from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedulePeriod
from bridge.types.words import Ability, ConnectorStatus
from bridge.uplink.told.outgoing import Outgoing, Purpose
from tests.uplink.peer.csms import Csms
from tests.uplink.station_scene import AT, CHARGER, FULL, ME, Scene, scene_at, snapshot_of

NOWHERE = "ws://127.0.0.1:9"
MAY = (Ability.LIMIT_CURRENT, Ability.START_CHARGING)
S = ConnectorStatus


def play(folder: Path, act: Callable[[Scene], Awaitable[None]]) -> None:
    """Play one scene without a central system."""

    async def run() -> None:
        async with scene_at(folder, NOWHERE, may=MAY) as scene:
            await act(scene)

    asyncio.run(run())


def limiting(limit_a: float, number: int = 1) -> ChargingProfile:
    """Return a profile for one transaction."""
    period = ChargingSchedulePeriod(start_period=0, limit=limit_a)
    schedule = ProfileSchedule(id=1, charging_rate_unit=ChargingRateUnit.A, charging_schedule_period=(period,))
    return ChargingProfile(
        id=number,
        stack_level=0,
        charging_profile_purpose=ChargingProfilePurpose.TX_PROFILE,
        charging_profile_kind=ChargingProfileKind.RELATIVE,
        charging_schedule=(schedule,),
    )


# --- connectors ------------------------------------------------------------------------------------------------------


def test_a_connector_that_is_heard_of_later_is_a_full_one(tmp_path: Path) -> None:
    """Its number is counted, its limits are kept, and its sessions are told; nothing has to be started again."""

    async def act() -> None:
        async with Csms(now=lambda: AT) as csms, scene_at(tmp_path, csms.url, may=MAY) as scene:
            await scene.is_seen()
            async with scene.running():
                await scene.until(lambda: csms.ledger(ME).status(1))
                await scene.charges("1", since_s=1.0, connector_id=2)  # it is in the log before it is in a poll
                await scene.until(lambda: csms.ledger(ME).running(2))
                await scene.is_seen(S.CHARGING, 2)
                await scene.until(lambda: csms.ledger(ME).status(2))
                answer = await csms.call(ME, "GetConfiguration", {"key": ["NumberOfConnectors"]})
                assert answer["configurationKey"][0]["value"] == "2"
                await scene.until(lambda: set(scene.charge_point.variables()["charging_schedules"]) == {"0", "1", "2"})  # type: ignore[call-overload]
                schedule = {
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.0}],
                }
                profile = {
                    "chargingProfileId": 1,
                    "stackLevel": 0,
                    "chargingProfilePurpose": "TxProfile",
                    "chargingProfileKind": "Relative",
                    "chargingSchedule": schedule,
                }
                await scene.clock.settle()
                given = {"connectorId": 2, "csChargingProfiles": profile}
                assert await csms.call(ME, "SetChargingProfile", given) == {"status": "Accepted"}
                await scene.until(lambda: scene.chargers.commands)
                assert scene.chargers.commands == [LimitCurrent(connector_id=2, limit_a=8.0)]
                assert csms.violations == []

    asyncio.run(act())


def test_what_a_poll_shows_counts_as_connectors_too(tmp_path: Path) -> None:
    """A station that begins before the journal has its states knows how many there are."""

    async def act(scene: Scene) -> None:
        scene.charger.snapshot = snapshot_of(scene.clock, 1, 2)
        await scene.station.begin()
        assert scene.station.connectors == (1, 2)
        assert scene.station.configuration.value_of("NumberOfConnectors") == "2"

    play(tmp_path, act)


def test_what_waits_for_a_reboot_waits_on_when_a_connector_comes(tmp_path: Path) -> None:
    """Other facts bring no setting into effect before its time."""

    async def act(scene: Scene) -> None:
        await scene.is_seen()
        await scene.station.begin()
        configuration = scene.station.configuration
        configuration.apply("WebSocketPingInterval", "99")
        await scene.is_seen(connector_id=2)
        await scene.station.following.look_at_news()
        assert scene.station.configuration is configuration
        assert configuration.value_of("NumberOfConnectors") == "2"
        assert (configuration.value_of("WebSocketPingInterval"), configuration.settings.ping_interval_s) == ("99", 30)
        scene.station.reboot()
        assert configuration.settings.ping_interval_s == 99

    play(tmp_path, act)


# --- news ------------------------------------------------------------------------------------------------------------


def test_news_count_although_whoever_looked_has_gone(tmp_path: Path) -> None:
    """A question's line may break while the store answers: the states and sessions that it found are taken up."""

    async def act(scene: Scene) -> None:
        await scene.is_seen()
        await scene.station.begin()
        await scene.is_seen(S.CHARGING)
        await scene.charges("1", since_s=1.0)
        scene.desk.held = held = asyncio.Event()
        looking = asyncio.create_task(scene.station.following.look_at_news())
        await scene.until(lambda: scene.desk.held is None)
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        held.set()
        await scene.until(lambda: scene.station.states.status(1) is S.CHARGING)
        await scene.until(lambda: scene.card.waiting == 1)
        assert await scene.station.limits.install(limiting(8.0), 1) is None

    play(tmp_path, act)


def test_no_session_is_lost_to_the_limits_when_the_store_refuses_one(tmp_path: Path) -> None:
    """Those that came with it are taken up at the next look."""

    async def act(scene: Scene) -> None:
        await scene.is_seen()
        await scene.is_seen(connector_id=2)
        await scene.station.begin()
        assert await scene.station.limits.install(limiting(8.0), 1, for_next_transaction=True) is None
        await scene.charges("1", since_s=1.0)
        await scene.charges("2", since_s=1.0, connector_id=2)
        scene.desk.passed, scene.desk.failures = 1, [FULL]
        with pytest.raises(StoreError):
            await scene.station.following.look_at_news()
        assert scene.desk.failures == []
        assert scene.station.has_work.is_set()
        await scene.station.following.look_at_news()
        assert await scene.station.limits.install(limiting(6.0, number=2), 2) is None
        assert (scene.station.limits.limit(1).limit_a, scene.station.limits.limit(2).limit_a) == (8.0, 6.0)

    play(tmp_path, act)


# --- a restart -------------------------------------------------------------------------------------------------------


def test_a_profile_stays_with_a_transaction_that_nobody_was_told_of_yet(tmp_path: Path) -> None:
    """The central system was away when the vehicle began, and the bridge was started again: the limit holds."""

    async def before(scene: Scene) -> None:
        await scene.is_seen()
        await scene.station.begin()
        assert await scene.station.limits.install(limiting(8.0), 1, for_next_transaction=True) is None
        await scene.charges("1", since_s=1.0)
        await scene.station.following.look_at_news()
        assert scene.station.limits.limit(1).limit_a == 8.0

    async def after(scene: Scene) -> None:
        await scene.station.begin()
        assert scene.station.limits.limit(1).limit_a == 8.0

    play(tmp_path, before)
    play(tmp_path, after)


@pytest.mark.parametrize(("after_s", "limit_a"), [(30.0, 8.0), (3600.0, None)])
def test_a_profile_waits_over_a_restart_for_as_long_as_a_vehicle_may_take(
    tmp_path: Path, after_s: float, limit_a: float | None
) -> None:
    """One that began long after the remote start is another vehicle."""

    async def before(scene: Scene) -> None:
        await scene.is_seen()
        await scene.station.begin()
        assert await scene.station.limits.install(limiting(8.0), 1, for_next_transaction=True) is None

    async def after(scene: Scene) -> None:
        await scene.clock.advance(after_s)
        await scene.charges("1")
        await scene.station.begin()
        assert scene.station.limits.limit(1).limit_a == limit_a

    play(tmp_path, before)
    play(tmp_path, after)


def test_while_it_is_stopped_the_limits_follow_the_charger(tmp_path: Path) -> None:
    """A profile goes with its transaction, and the next vehicle is told what holds for it."""

    async def act() -> None:
        async with Csms(now=lambda: AT) as csms, scene_at(tmp_path, csms.url, may=MAY) as scene:
            await scene.is_seen(S.CHARGING)
            session = await scene.charges("1", since_s=60.0)
            async with scene.running():
                await scene.until(lambda: csms.ledger(ME).running(1))
                assert await scene.station.limits.install(limiting(8.0), 1) is None
                await scene.until(lambda: LimitCurrent(connector_id=1, limit_a=8.0) in scene.chargers.commands)
                assert await scene.charge_point.stop()
                told = len(csms.ledger(ME).calls)
                await scene.clock.advance(30.0)
                await scene.ends(session)
                await scene.is_seen(S.AVAILABLE)
                await scene.until(lambda: scene.station.limits.limit(1).limit_a is None, by_s=1.0)
                await scene.until(lambda: scene.station.states.status(1) is S.AVAILABLE)
                await scene.clock.advance(timedelta(minutes=1).total_seconds())
                assert scene.chargers.commands[-1] == LimitCurrent(connector_id=1, limit_a=16.0)
                assert len(csms.ledger(ME).calls) == told

    asyncio.run(act())


# --- what an answer brings -------------------------------------------------------------------------------------------


async def meters(scene: Scene) -> Outgoing:
    """Let a session begin at the other side and return its first meter values, of the last whole minute."""
    station, now = scene.station, scene.clock.now
    await scene.is_seen()
    await station.begin()
    await station.keep_setting(station.configuration.apply("MeterValueSampleInterval", "60"))
    await scene.charges("1", since_s=30.0)
    await station.following.look_at_news()
    start = station.outbox.next(scene.store, now(), station.terms())
    assert start is not None
    await station.answered(start, {"transactionId": 7, "idTagInfo": {"status": "Accepted"}})
    assert (scene.card.open_transactions, scene.card.waiting) == (1, 0)
    await scene.clock.advance(61.0)
    reading = ConnectorReading(evse_id=1, connector_id=1, status=S.CHARGING, status_raw=None, register_wh=1100.0)
    scene.store.put_readings(CHARGER, [(now() - timedelta(seconds=5), reading)], now())
    outgoing = station.outbox.next(scene.store, now(), station.terms())
    assert outgoing is not None
    assert outgoing.purpose is Purpose.METER
    return outgoing


def test_behind_the_last_values_a_look_would_find_nothing(tmp_path: Path) -> None:
    """What an answer without news brings is what a look after it finds, and when to look again."""

    async def act(scene: Scene) -> None:
        station = scene.station
        look = await station.answered(await meters(scene), {}, has_news=False)
        assert look == station.outbox.look(scene.store, scene.clock.now(), station.terms())
        assert look.sampled_at == AT + timedelta(seconds=120)

    play(tmp_path, act)


def test_a_look_that_would_find_nothing_is_left_out(tmp_path: Path) -> None:
    """A session that nobody told of is not found then; with news of it, it is."""

    async def act(scene: Scene) -> None:
        station, outgoing = scene.station, await meters(scene)
        await scene.charges("2", connector_id=2)
        station.outbox.take_news(scene.store, scene.clock.now())
        assert (await station.answered(outgoing, {}, has_news=False)).outgoing is None
        found = (await station.answered(outgoing, {}, has_news=True)).outgoing
        assert found is not None
        assert found.purpose is Purpose.START

    play(tmp_path, act)


@pytest.mark.parametrize("change", ["ended", "another", "waiting", "later", "aligned"])
def test_where_something_may_be_due_it_is_looked_for(tmp_path: Path, change: str) -> None:
    """An end that is due, another transaction, another minute that is over, values of another kind."""

    async def act(scene: Scene) -> None:
        station, outgoing = scene.station, await meters(scene)
        hidden = await scene.charges("2", connector_id=2)
        station.outbox.take_news(scene.store, scene.clock.now())
        if change == "ended":
            (session,) = (one for one in scene.store.open_sessions(CHARGER) if one != hidden)
            await scene.ends(session)
            again = station.outbox.next(scene.store, scene.clock.now(), station.terms())
            assert again is not None
            assert again.call == outgoing.call
            outgoing = again
        elif change == "later":
            await scene.clock.advance(60.0)
        elif change == "aligned":
            station.configuration.apply("ClockAlignedDataInterval", "900")
        else:
            scene.card.open_transactions += change == "another"
            scene.card.waiting += change == "waiting"
        assert (await station.answered(outgoing, {}, has_news=False)).outgoing is not None

    play(tmp_path, act)
