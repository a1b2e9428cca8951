from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.errors import ChargerUnreachableError
from bridge.store.sqlite import open_store
from bridge.types.charger import ConnectorReading, Outcome, Snapshot
from bridge.types.command import Command, LimitCurrent
from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.charging_profile import ChargingProfile, ChargingProfilePurpose
from bridge.types.ocpp.translate.charging_profiles import ClearChargingProfile, profile_from_v16
from bridge.types.ocpp.v16.smart_charging import SetChargingProfileRequest
from bridge.types.words import Ability, CommandStatus, ConnectorStatus
from bridge.uplink.obeyed.limits import PAUSED, ChargingLimits
from bridge.uplink.smart_charging.layout import Layout, Supply
from tests.clock import FakeClock
from tests.engine.fakes import DirectDesk

S = ConnectorStatus
SUPPLY_A = 20.0


@dataclass
class Box:
    """A charger that does what it is told, unless somebody turns it; a `bridge.ports.Commander`."""

    clock: FakeClock
    offered_a: float | None = 32.0
    is_silent: bool = False
    status: CommandStatus = CommandStatus.DONE
    told: list[float | None] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)

    def abilities(self, charger: str) -> frozenset[Ability]:
        """Return what it can."""
        del charger
        return frozenset({Ability.LIMIT_CURRENT})

    async def execute(self, charger: str, command: Command, origin: str) -> Outcome:
        """Do it."""
        del charger, origin
        assert isinstance(command, LimitCurrent)
        self.told.append(command.limit_a)
        if self.status is CommandStatus.DONE and self.offered_a is not None:
            self.offered_a = command.limit_a
        return Outcome(status=self.status)

    async def look(self, charger: str, max_age_s: float) -> Snapshot:
        """Say what it offers."""
        self.looks.append(max_age_s)
        if self.is_silent:
            raise ChargerUnreachableError(charger, "silence")
        reading = ConnectorReading(
            evse_id=1, connector_id=1, status=S.CHARGING, status_raw=None, current_offered_a=self.offered_a
        )
        return Snapshot(read_at=self.clock.now(), connectors=(reading,))


@dataclass
class Scene:
    """Limits at work on a box."""

    clock: FakeClock
    box: Box
    limits: ChargingLimits
    outside: list[float | None]
    """what others than the central system were seen to limit it to"""

    async def limit(self, limit_a: float, number: int = 1) -> None:
        """Let a profile hold for connector 1, and the limits act on it."""
        assert await self.limits.install(profile(limit_a, number), 1) is None
        await self.clock.advance(0.1)

    async def stop(self, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        """End the charging at connector 1; `meanwhile` is what happens before the outcome is known."""

        async def stop() -> Outcome:
            self.box.offered_a = 0.0
            if meanwhile is not None:
                await meanwhile()
            return Outcome(status=self.box.status)

        await self.limits.stop(1, stop)


def profile(limit_a: float, number: int = 1) -> ChargingProfile:
    request = {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": number,
            "stackLevel": number,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}],
            },
        },
    }
    return profile_from_v16(take_ocpp(SetChargingProfileRequest, request).model.cs_charging_profiles)


@asynccontextmanager
async def limits_of(folder: Path, box: Box) -> AsyncIterator[Scene]:
    store = open_store(folder)
    outside: list[float | None] = []
    limits = ChargingLimits(
        "ocpp/garage/employer",
        "garage",
        "ocpp employer",
        Layout({1: Supply(230.0, 3, SUPPLY_A)}),
        desk=DirectDesk(store),
        commander=box,
        clock=box.clock,
        on_change=lambda: None,
        on_external_limit=lambda evse_id, limit_a: outside.append(limit_a) if evse_id == 1 else None,
    )
    await limits.restore([])
    limits.note_status(1, S.CHARGING)
    task = asyncio.create_task(limits.run())
    try:
        await box.clock.advance(0.1)
        yield Scene(box.clock, box, limits, outside)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        store.close()


def test_a_limit_that_the_charger_shows_is_not_told_again(tmp_path: Path) -> None:
    """It is only compared with the polls, the first of them younger than the command, and costs nothing."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock())) as at_work:
            assert at_work.box.told == []
            await at_work.limit(10)
            await at_work.clock.advance(3600)
            assert at_work.box.told == [10]
            assert at_work.box.looks[0] <= 10
            assert max(at_work.box.looks) <= 300
            at_work.box.offered_a = 6
            await at_work.clock.advance(3600)
            assert at_work.box.told == [10], "less than the limit is somebody's own wish"

    asyncio.run(scene())


def test_a_charger_that_offers_more_is_told_again_and_less_often_each_time(tmp_path: Path) -> None:
    """Somebody who turns it up once is overruled within seconds; a fight is fought every five minutes at most."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock())) as at_work:
            await at_work.limit(10)
            await at_work.clock.advance(100)
            at_work.box.offered_a = 16
            await at_work.clock.advance(10.1)
            assert at_work.box.told == [10, 10]
            for _ in range(3600):
                at_work.box.offered_a = 16
                await at_work.clock.advance(1)
            assert 12 <= len(at_work.box.told) <= 20

    asyncio.run(scene())


def test_a_charger_that_tells_nothing_is_told_every_five_minutes(tmp_path: Path) -> None:
    """Nothing can be read back, and chargers forget."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock(), offered_a=None)) as at_work:
            await at_work.limit(10)
            await at_work.clock.advance(3590)
            assert at_work.box.told == [10] * 12

    asyncio.run(scene())


def test_nothing_is_sent_to_a_charger_that_is_silent(tmp_path: Path) -> None:
    """A limit that could not be told waits until it is heard; a new one is tried at once."""

    async def scene() -> None:
        box = Box(FakeClock(), is_silent=True, status=CommandStatus.REFUSED)
        async with limits_of(tmp_path, box) as at_work:
            await at_work.limit(10)
            await at_work.clock.advance(3600)
            assert box.told == [10]
            await at_work.limit(8, 2)
            assert box.told == [10, 8]
            box.is_silent, box.status = False, CommandStatus.DONE
            await at_work.clock.advance(31)
            assert box.told == [10, 8, 8]
            box.is_silent = True
            await at_work.clock.advance(3600)
            assert box.told == [10, 8, 8]

    asyncio.run(scene())


def test_a_limit_that_is_lifted_leaves_what_the_wires_can_give(tmp_path: Path) -> None:
    """It is told once, and what the charger's owner sets then is left alone."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock())) as at_work:
            await at_work.limit(10)
            assert await at_work.limits.clear(ClearChargingProfile())
            await at_work.clock.advance(1)
            assert at_work.box.told == [10, SUPPLY_A]
            at_work.box.offered_a = 32
            await at_work.clock.advance(3600)
            assert at_work.box.told == [10, SUPPLY_A]

    asyncio.run(scene())


def test_after_a_stop_it_is_left_alone_until_the_vehicle_has_gone(tmp_path: Path) -> None:
    """A limit told meanwhile would begin the charging again; the next vehicle is limited at once."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock())) as at_work:
            await at_work.limit(10)
            await at_work.stop()
            await at_work.limit(12, 2)
            await at_work.clock.advance(600)
            at_work.limits.note_status(1, S.FINISHING)
            await at_work.clock.advance(600)
            assert at_work.box.told == [10]
            at_work.box.offered_a = 32
            at_work.limits.note_status(1, S.AVAILABLE)
            await at_work.clock.advance(1)
            assert at_work.box.told == [10, 12]

    asyncio.run(scene())


def test_the_end_that_a_poll_shows_before_the_stop_is_confirmed_begins_no_charging(tmp_path: Path) -> None:
    """It lifts the transaction's limit, and to a box that knows one switch only that would be a new start."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock())) as at_work:
            await at_work.limit(10)

            async def end_is_seen() -> None:
                at_work.limits.note_status(1, S.SUSPENDED_EVSE)
                await at_work.limits.clear(ClearChargingProfile(charging_profile_id=1))
                await at_work.clock.advance(600)

            await at_work.stop(end_is_seen)
            await at_work.clock.advance(600)
            assert at_work.box.told == [10]
            at_work.limits.note_status(1, S.AVAILABLE)
            await at_work.clock.advance(1)
            assert at_work.box.told == [10, SUPPLY_A]

    asyncio.run(scene())


@pytest.mark.parametrize("status", [CommandStatus.REFUSED, CommandStatus.UNCONFIRMED])
def test_what_was_not_stopped_is_limited_on(tmp_path: Path, status: CommandStatus) -> None:
    """As far as is known it charges."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock())) as at_work:
            await at_work.limit(10)
            at_work.box.status = status
            await at_work.stop()
            at_work.box.status = CommandStatus.DONE
            await at_work.limit(12, 2)
            assert at_work.box.told == [10, 12]

    asyncio.run(scene())


def test_a_stop_where_nothing_limits_tells_the_charger_nothing_afterwards(tmp_path: Path) -> None:
    """What its owner set stays: nobody has asked for the most that the wires can give."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock(), offered_a=10)) as at_work:
            await at_work.stop()
            for status in (S.FINISHING, S.AVAILABLE, S.CHARGING):
                at_work.limits.note_status(1, status)
                await at_work.clock.advance(600)
            assert at_work.box.told == []

    asyncio.run(scene())


def test_a_pause_is_read_back_as_well(tmp_path: Path) -> None:
    """A paused charger that offers something is paused again."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock())) as at_work:
            await at_work.limit(5)
            assert at_work.box.told == [PAUSED]
            await at_work.clock.advance(60)
            at_work.box.offered_a = 6
            await at_work.clock.advance(11)
            assert at_work.box.told == [PAUSED, PAUSED]

    asyncio.run(scene())


def test_a_profile_that_waits_for_nobody_is_forgotten(tmp_path: Path) -> None:
    """One of a remote start whose vehicle never came does not hold for the next driver."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock())) as at_work:
            own = profile(10).model_copy(update={"charging_profile_purpose": ChargingProfilePurpose.TX_PROFILE})
            assert await at_work.limits.install(own, 1, for_next_transaction=True) is None
            await at_work.clock.advance(119)
            await at_work.limits.forget_stale(1, timedelta(seconds=120))
            assert at_work.limits.limit(1).limit_a == 10
            await at_work.clock.advance(2)
            await at_work.limits.forget_stale(1, timedelta(seconds=120))
            assert at_work.limits.limit(1).limit_a is None

    asyncio.run(scene())


def test_who_offers_less_than_was_told_is_limited_by_somebody_else(tmp_path: Path) -> None:
    """It is told after two looks, once, again when it changes, and that it is over; the charger is left alone."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock())) as at_work:
            await at_work.limit(16)
            at_work.box.offered_a = 10
            await at_work.clock.advance(10.1)
            assert at_work.outside == []
            await at_work.clock.advance(10.1)
            assert at_work.outside == [10]
            await at_work.clock.advance(600)
            at_work.box.offered_a = 8
            await at_work.clock.advance(30)
            assert at_work.outside == [10, 8]
            at_work.box.offered_a = 16
            await at_work.clock.advance(11)
            assert at_work.outside == [10, 8, None]
            assert at_work.box.told == [16]

    asyncio.run(scene())


def test_a_limit_of_somebody_else_is_over_with_the_charging_and_with_another_limit(tmp_path: Path) -> None:
    """A vehicle that does not charge shows nothing, and neither does a charger that is told less than the other."""

    async def scene() -> None:
        async with limits_of(tmp_path, Box(FakeClock())) as at_work:
            await at_work.limit(16)
            at_work.box.offered_a = 10
            await at_work.clock.advance(31)
            at_work.limits.note_status(1, S.SUSPENDED_EV)
            await at_work.clock.advance(31)
            assert at_work.outside == [10, None]
            at_work.limits.note_status(1, S.CHARGING)
            await at_work.clock.advance(31)
            assert at_work.outside == [10, None, 10]
            await at_work.limit(8, 2)
            assert at_work.outside == [10, None, 10, None]

    asyncio.run(scene())


def test_a_profile_that_lapses_offline_is_let_go_and_comes_back(tmp_path: Path) -> None:
    """What lapses for good is not there after a restart either; how long it has been offline is known there."""

    def lasting(limit_a: float, number: int, seconds: int, *, for_good: bool) -> ChargingProfile:
        update = {"max_offline_duration": seconds, "invalid_after_offline_duration": for_good}
        return profile(limit_a, number).model_copy(update=update)

    async def scene() -> None:
        clock = FakeClock()
        async with limits_of(tmp_path, Box(clock)) as at_work:
            assert await at_work.limits.install(lasting(10, 1, 7200, for_good=False), 1) is None
            assert await at_work.limits.install(lasting(8, 2, 60, for_good=True), 1) is None
            await clock.advance(0.1)
            assert at_work.box.told == [8]
            at_work.limits.note_connection(is_online=False)
            await clock.advance(59)
            assert at_work.box.told == [8]
            await clock.advance(2)
            assert at_work.box.told == [8, 10]
        async with limits_of(tmp_path, Box(clock)) as at_work:
            assert [one.profile.id for one in at_work.limits.installed] == [1]
            await clock.advance(7200)
            assert at_work.limits.limit(1).limit_a is None
            at_work.limits.note_connection(is_online=True)
            await clock.advance(0.1)
            assert at_work.limits.limit(1).limit_a == 10
        async with limits_of(tmp_path, Box(clock)) as at_work:
            await clock.advance(7200)
            assert at_work.limits.limit(1).limit_a == 10

    asyncio.run(scene())
