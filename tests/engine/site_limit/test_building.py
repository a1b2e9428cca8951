"""The limit of the site where the power of the whole building is measured."""

from __future__ import annotations

from pathlib import Path

from bridge.engine.site_limit.controller import NOTE
from bridge.types.command import LimitCurrent
from tests.engine.site_limit.scene import played, site_of

LIMIT = LimitCurrent(connector_id=1, limit_a=10.0)
PAUSE = LimitCurrent(connector_id=1, limit_a=0.0)


def test_the_rest_of_the_building_lowers_at_once_and_raises_late(tmp_path: Path) -> None:
    """What the building leaves is shared; less of it counts at once, more only after a minute of it."""
    site = site_of(tmp_path, "station", "station", max_power=690 * 40, building="a")
    a, _ = site.boxes.values()
    site.building_w = 690.0 * 8

    async def play() -> None:
        a.plug()
        await site.pass_time(120.0)
        assert site.offered() == [32.0, 0.0]
        assert site.limit.card.base_w == 690.0 * 8
        site.building_w = 690.0 * 30
        await site.pass_time(15.0)
        assert site.offered() == [10.0, 0.0]
        site.building_w = 690.0 * 8
        await site.pass_time(50.0)
        assert site.offered() == [10.0, 0.0]
        await site.pass_time(60.0)
        assert site.offered() == [32.0, 0.0]
        site.building_w = 690.0 * 50
        await site.pass_time(15.0)
        assert site.offered() == [0.0, 0.0]
        site.building_w = -690.0 * 50  # what the sun gives can be gone the next second
        await site.pass_time(200.0)
        assert site.limit.card.base_w == 0.0
        assert site.offered() == [32.0, 0.0]

    played(site, play)


def test_a_building_that_changes_a_little_sends_nothing(tmp_path: Path) -> None:
    """An ampere more or less is not worth a command upwards."""
    site = site_of(tmp_path, "station", "station", max_power=690 * 30, building="b")
    a, _ = site.boxes.values()
    site.building_w = 690.0 * 12

    async def play() -> None:
        a.plug()
        await site.pass_time(200.0)
        told = len(a.got)
        for turn in range(100):
            site.building_w = 690.0 * (12 + turn % 2)
            await site.pass_time(30.0)
        assert len(a.got) - told <= 1

    played(site, play)


def test_a_building_that_is_not_heard_raises_nothing_and_then_leaves_6_a(tmp_path: Path) -> None:
    """After two minutes nobody gets more than 6 A, and the page says so; when it is heard again all is as before."""
    site = site_of(tmp_path, "station", "station", max_power=690 * 40, building="b")
    a, _ = site.boxes.values()
    site.building_w = 690.0 * 14

    async def play() -> None:
        a.plug()
        await site.pass_time(150.0)
        assert site.offered() == [26.0, 0.0]
        site.building_w = None
        await site.pass_time(100.0)
        assert site.offered() == [26.0, 0.0]
        await site.pass_time(40.0)
        assert site.offered() == [6.0, 0.0]
        assert "No charger is allowed more than 6 A" in site.board.notes[NOTE]
        site.building_w = 690.0 * 14
        await site.pass_time(200.0)
        assert site.offered() == [26.0, 0.0]
        assert NOTE not in site.board.notes
        site.building_w = 690.0 * 30
        await site.pass_time(20.0)
        site.building_w = 690.0 * 14
        await site.pass_time(30.0)
        site.building_w = None  # before it was enough for long enough
        await site.pass_time(80.0)
        assert site.offered() == [10.0, 0.0]

    played(site, play)


def test_nothing_is_given_on_an_old_reading_of_the_building(tmp_path: Path) -> None:
    """What was left half a minute ago may be gone: a vehicle that comes then has what its connector held."""
    site = site_of(tmp_path, "station", "station", max_power=690 * 60, building="b")
    a, b = site.boxes.values()
    site.building_w = 690.0 * 14

    async def play() -> None:
        a.plug()
        await site.pass_time(150.0)
        assert site.allowed() == [32.0, 6.0]
        site.building_w = None
        await site.pass_time(40.0)
        b.plug()
        await site.pass_time(60.0)
        assert site.offered()[1] == 6.0
        site.building_w = 690.0 * 14
        await site.pass_time(80.0)
        assert site.offered() == [23.0, 23.0]

    played(site, play)
