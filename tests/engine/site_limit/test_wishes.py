"""The limit of the site beside others who wish, stops, pauses and restarts."""

from __future__ import annotations

from pathlib import Path

from bridge.types.command import LimitCurrent, StartCharging, StopCharging
from bridge.types.words import CommandStatus
from tests.engine.site_limit.scene import played, site_of

LIMIT = LimitCurrent(connector_id=1, limit_a=10.0)
PAUSE = LimitCurrent(connector_id=1, limit_a=0.0)


def test_others_wishes_stay_below_the_cap_and_are_fulfilled_when_it_rises(tmp_path: Path) -> None:
    """The wish is journaled as it was given and as it was sent; what was wished less is not raised."""
    site = site_of(tmp_path, "station", "station", max_current=32)
    a, b = site.boxes.values()

    async def play() -> None:
        a.plug()
        b.plug()
        await site.pass_time(100.0)
        asking = await site.wish("a", LimitCurrent(connector_id=1, limit_a=20.0))
        await site.pass_time(5.0)
        assert "The site's limit allows 16 A at present." in (await asking).detail
        wished = next(e.body for e in site.store.journal(0, 1000) if e.body.get("origin") == "ocpp employer")
        assert wished["given"] == {"connector_id": 1, "limit_a": 20.0}
        assert wished["sent"] == [{"command": "limit_current", "given": {"connector_id": 1, "limit_a": 16.0}}]
        await site.wish("b", LIMIT)
        await site.pass_time(100.0)
        assert site.offered() == [20.0, 10.0]
        b.unplug()
        await site.pass_time(200.0)
        assert site.offered() == [20.0, 0.0]
        await site.wish("a", LimitCurrent(connector_id=1, limit_a=None))
        await site.pass_time(100.0)
        assert site.offered() == [32.0, 0.0]

    played(site, play)


def test_a_restart_remembers_promises_and_wishes(tmp_path: Path) -> None:
    """Nobody is told anything by a restart, and a silent charger still counts with what it was promised."""
    site = site_of(tmp_path, "station", "station", max_current=32)
    a, b = site.boxes.values()

    async def play() -> None:
        a.plug()
        await site.wish("a", LIMIT)
        b.plug()
        await site.pass_time(200.0)
        assert site.offered() == [10.0, 22.0]
        told = len(a.got) + len(b.got)
        a.silent_until_s = site.clock.monotonic_s() + 200.0
        await site.stop()
        await site.start()
        assert site.allowed() == [10.0, 22.0]  # before anything is known
        asking = await site.wish("b", LimitCurrent(connector_id=1, limit_a=32.0))
        await site.pass_time(120.0)
        assert (await asking).status is CommandStatus.DONE
        assert site.offered() == [10.0, 22.0]
        assert len(a.got) + len(b.got) == told + 1
        assert [seat.promised_a for seat in site.limit.card.seats] == [10.0, 22.0]

    played(site, play)


def test_a_raising_that_a_restart_cut_off_counts(tmp_path: Path) -> None:
    """It was stored before it was sent, so a bridge that was killed meanwhile knows of it."""
    site = site_of(tmp_path, "station", "station", max_current=32)
    a, b = site.boxes.values()

    async def play() -> None:
        a.mood = "hung"
        a.plug()
        await site.pass_time(12.0)
        assert site.offered() == [32.0, 0.0]
        await site.stop()
        a.silent_until_s = site.clock.monotonic_s() + 100.0
        b.plug()
        await site.start()
        await site.pass_time(90.0)
        assert site.offered() == [32.0, 0.0]
        a.mood = "good"
        await site.pass_time(60.0)
        assert site.offered() == [16.0, 16.0]

    played(site, play)


def test_a_stopped_session_is_not_started_by_a_limit(tmp_path: Path) -> None:
    """A box with one switch is left alone until its vehicle has gone, and first lowered to 6 A, so that is all."""
    site = site_of(tmp_path, "switch", "station", max_current=32)
    a, b = site.boxes.values()

    async def play() -> None:
        a.plug()
        await site.pass_time(100.0)
        assert site.offered() == [32.0, 0.0]
        await site.wish("a", StopCharging(connector_id=1), "page")
        await site.pass_time(10.0)
        assert site.offered() == [0.0, 0.0]
        b.plug()
        await site.pass_time(200.0)
        assert site.offered() == [0.0, 26.0]
        assert "was stopped" in site.limit.card.seats[0].sentence
        await site.wish("a", StartCharging(connector_id=1), "page")
        await site.pass_time(1.0)
        assert site.offered() == [6.0, 26.0]
        await site.wish("a", StopCharging(connector_id=1), "page")
        await site.pass_time(10.0)
        a.unplug()
        await site.pass_time(20.0)
        assert site.limit.card.seats[0].sentence == ""
        a.plug()
        assert site.offered() == [6.0, 26.0]
        await site.pass_time(100.0)
        assert site.offered() == [16.0, 16.0]

    played(site, play)


def test_a_pause_that_could_not_be_prepared_counts_with_what_comes_after_it(tmp_path: Path) -> None:
    """The box was not lowered to 6 A before its pause, so the next vehicle may get all that the last one had."""
    site = site_of(tmp_path, "switch", "station", max_current=40)
    a, b = site.boxes.values()

    async def play() -> None:
        a.plug()
        await site.pass_time(100.0)
        a.mood = "flaky"
        await site.wish("a", PAUSE)
        await site.pass_time(10.0)
        a.mood = "good"
        assert site.offered() == [0.0, 0.0]
        b.plug()
        await site.pass_time(200.0)
        assert site.offered() == [0.0, 8.0]
        a.unplug()
        a.plug()
        assert site.offered() == [32.0, 8.0]

    played(site, play)


def test_a_first_start_pauses_nobody(tmp_path: Path) -> None:
    """A charger that never was told anything goes straight to its share, also while the building is not known."""
    site = site_of(tmp_path, "switch", "station", max_power=690 * 30, building="a")
    site.building_w = 690.0 * 10

    async def play() -> None:
        for box in site.boxes.values():
            assert PAUSE not in box.got
            assert len(box.got) == 1

        assert site.allowed() == [10.0, 10.0]

    for box in site.boxes.values():
        box.is_plugged = True
    played(site, play)


def test_a_box_paused_by_the_site_is_not_started_by_others(tmp_path: Path) -> None:
    """Its start would end the pause: refused with a sentence; it begins by itself when there is room."""
    site = site_of(tmp_path, "switch", "switch", max_current=10)
    a, b = site.boxes.values()

    async def play() -> None:
        a.plug()
        await site.pass_time(60.0)
        b.plug()
        await site.pass_time(60.0)
        assert site.offered() == [10.0, 0.0]
        asking = await site.wish("b", StartCharging(connector_id=1), "page")
        await site.pass_time(1.0)
        outcome = await asking
        assert outcome.status is CommandStatus.REFUSED
        assert "let charge as soon as there is enough" in outcome.detail
        await site.pass_time(60.0)
        assert site.offered() == [10.0, 0.0]
        a.unplug()
        await site.pass_time(100.0)
        assert site.offered() == [0.0, 10.0]

    played(site, play)


def test_a_box_that_forgets_its_pause_is_told_again_when_its_vehicle_left(tmp_path: Path) -> None:
    """With too little for 6 A each: lowered to 6 A first, told again after each departure, also one that was slept."""
    site = site_of(tmp_path, "switch", "switch", max_current=10)
    a, b = site.boxes.values()

    async def play() -> None:
        a.plug()
        await site.pass_time(60.0)
        b.plug()
        await site.pass_time(60.0)
        b.unplug()
        assert not b.is_paused
        await site.pass_time(12.0)
        assert b.is_paused
        assert b.amp == 6.0
        b.plug()
        await site.pass_time(60.0)
        assert site.offered() == [10.0, 0.0]
        await site.stop()
        b.unplug()
        b.is_paused = False
        await site.start()
        await site.pass_time(20.0)
        assert b.is_paused
        b.silent_until_s = site.clock.monotonic_s() + 100.0
        await site.pass_time(60.0)
        assert site.limit.card.seats[1].promised_a == 6.0
        assert a.offers_a == 0.0  # 4 A are left
        await site.pass_time(200.0)
        assert site.offered() == [10.0, 0.0]

    played(site, play)
