"""The limit of the site among chargers that behave, one situation each."""

from __future__ import annotations

from pathlib import Path

from bridge.engine.site_limit.caps import Place
from bridge.engine.site_limit.controller import NOTE
from bridge.types.charger_options import SupplyOptions
from bridge.types.command import LimitCurrent
from bridge.types.journal import EntryKind
from tests.engine.site_limit.scene import played, site_of

LIMIT = LimitCurrent(connector_id=1, limit_a=10.0)
PAUSE = LimitCurrent(connector_id=1, limit_a=0.0)


def test_what_there_is_is_shared_and_shared_again(tmp_path: Path) -> None:
    """The first gets all; when the second comes, it starts at once with half, and gets the rest when alone."""
    site = site_of(tmp_path, "station", "station", max_current=32)
    a, b = site.boxes.values()

    async def play() -> None:
        a.plug()
        await site.pass_time(120.0)
        assert site.offered() == [32.0, 0.0]
        b.plug()
        await site.pass_time(20.0)
        assert site.offered() == [16.0, 16.0]
        a.unplug()
        await site.pass_time(30.0)
        assert site.offered() == [0.0, 16.0]
        await site.pass_time(70.0)
        assert site.offered() == [0.0, 32.0]

    played(site, play)


def test_a_box_with_a_switch_is_never_paused_where_there_is_enough(tmp_path: Path) -> None:
    """It keeps 6 A, so the next vehicle begins at once, however soon it comes."""
    site = site_of(tmp_path, "switch", "switch", "station", max_current=20)
    a, b, c = site.boxes.values()

    async def play() -> None:
        c.plug()
        await site.pass_time(100.0)
        assert site.allowed() == [6.0, 6.0, 8.0]
        a.plug()
        b.plug()
        assert site.offered() == [6.0, 6.0, 8.0]
        await site.pass_time(100.0)
        assert site.offered() == [7.0, 6.0, 7.0]

    played(site, play)


def test_with_too_little_for_all_who_came_first_is_served_until_it_draws_nothing(tmp_path: Path) -> None:
    """The one that waits is paused with a sentence; a full vehicle gives its place up."""
    site = site_of(tmp_path, "station", "station", max_current=10)
    a, b = site.boxes.values()

    async def play() -> None:
        a.plug()
        await site.pass_time(90.0)
        b.plug()
        await site.pass_time(90.0)
        assert site.offered() == [10.0, 0.0]
        assert "paused: the site's limit leaves less than 6 A" in site.limit.card.seats[1].sentence
        a.wants_a = 0.0
        await site.pass_time(500.0)
        assert site.offered() == [0.0, 10.0]
        assert "others wait" in site.limit.card.seats[0].sentence
        changes = len(a.got) + len(b.got)
        await site.pass_time(1000.0)
        assert len(a.got) + len(b.got) == changes

    played(site, play)


def test_priority_is_served_first(tmp_path: Path) -> None:
    """The higher one has all that the other's 6 A leave."""
    site = site_of(tmp_path, "station", "station", max_current=32, shares="priority", priorities={"b": 1})

    async def play() -> None:
        for box in site.boxes.values():
            box.plug()
        await site.pass_time(200.0)
        assert site.offered() == [6.0, 26.0]

    played(site, play)


def test_what_a_vehicle_does_not_draw_is_given_to_others(tmp_path: Path) -> None:
    """After five minutes; and given back soon after it draws all that it may."""
    site = site_of(tmp_path, "station", "station", max_power=690 * 32)
    a, b = site.boxes.values()

    async def play() -> None:
        a.wants_a = 7.0
        for box in (a, b):
            box.plug()
        await site.pass_time(300.0)
        assert site.offered() == [16.0, 16.0]
        await site.pass_time(200.0)
        assert site.offered() == [8.0, 24.0]
        a.wants_a = 80.0
        await site.pass_time(150.0)
        assert site.offered() == [16.0, 16.0]

    played(site, play)


def test_a_lowering_that_is_not_confirmed_frees_nothing(tmp_path: Path) -> None:
    """The other one waits as long as the first may still draw; after that it is told at once."""
    site = site_of(tmp_path, "station", "station", max_current=32)
    a, b = site.boxes.values()

    async def play() -> None:
        a.plug()
        await site.pass_time(120.0)
        a.mood = "mute"
        b.plug()
        await site.pass_time(300.0)
        assert a.offers_a == 16.0
        assert b.offers_a == 0.0
        assert site.limit.card.seats[0].promised_a == 32.0
        told = len(a.got)
        assert "told again in" in site.limit.card.seats[0].sentence
        await site.pass_time(300.0)
        assert len(a.got) - told in range(6, 11)
        a.mood = "good"
        await site.pass_time(100.0)
        assert site.offered() == [16.0, 16.0]

    played(site, play)


def test_a_charger_that_is_silent_counts_with_its_last_promise_and_is_not_told(tmp_path: Path) -> None:
    """What it was promised is not given to anybody, the rest is; when it is back all is shared again."""
    site = site_of(tmp_path, "station", "station", "station", max_current=40)
    a, b, c = site.boxes.values()

    async def play() -> None:
        a.plug()
        await site.pass_time(120.0)
        a.silent_until_s = site.clock.monotonic_s() + 500.0
        await site.pass_time(20.0)
        told = len(site.store.journal(0, 10_000, {EntryKind.COMMAND}))
        b.plug()
        await site.pass_time(200.0)
        assert site.offered() == [32.0, 8.0, 0.0]
        assert "does not answer" in site.limit.card.seats[0].sentence
        entries = site.store.journal(0, 10_000, {EntryKind.COMMAND})[told:]
        assert {entry.charger for entry in entries} <= {"b", "c"}
        await site.pass_time(400.0)
        assert site.offered() == [20.0, 20.0, 0.0]
        c.plug()
        await site.pass_time(30.0)
        assert site.offered() == [14.0, 13.0, 13.0]

    played(site, play)


def test_what_cannot_be_limited_counts_in_full_and_may_pause_all_others(tmp_path: Path) -> None:
    """With 40 A there are 8 A left; where its wires give more than the limit, the page says so."""
    site = site_of(tmp_path / "a", "dumb", "station", max_current=40)

    async def play() -> None:
        for box in site.boxes.values():
            box.plug()
        await site.pass_time(100.0)
        assert site.allowed()[1] == 8.0
        assert "cannot be limited" in site.limit.card.seats[0].sentence
        assert NOTE not in site.board.notes

    played(site, play)
    small = site_of(tmp_path / "b", "dumb", "station", "switch", max_current=20)

    async def play_small() -> None:
        small.is_settled = False  # more than the limit may flow from the first moment
        for box in small.boxes.values():
            box.plug()
        await small.pass_time(100.0)
        assert small.offered()[1:] == [0.0, 0.0]
        assert "All chargers that obey are paused." in small.board.notes[NOTE]
        assert not small.limit.card.is_kept

    played(small, play_small)


def test_a_charger_that_shows_more_than_it_was_told_is_believed_and_told_again(tmp_path: Path) -> None:
    """Somebody turned it up at the box: it counts with what it shows; told rarer each time where that is in vain."""
    site = site_of(tmp_path, "station", "station", max_current=32)
    a, b = site.boxes.values()

    async def play() -> None:
        a.plug()
        b.plug()
        await site.pass_time(100.0)
        site.is_settled = False  # what others do at the box is not in our hands
        a.amp = 25.0
        await site.pass_time(20.0)
        assert site.offered() == [16.0, 16.0]
        told, amp = len(a.got), 25.0
        for _ in range(600):
            a.amp = amp
            await site.pass_time(2.0)
        assert 3 <= len(a.got) - told <= 10
        assert site.limit.card.seats[0].promised_a == 25.0
        assert site.offered()[1] == 7.0

    played(site, play)


def test_a_charger_that_shows_nothing_is_told_again_from_time_to_time(tmp_path: Path) -> None:
    """Chargers forget; one that shows what it offers is only told where that is more."""
    site = site_of(tmp_path, "station", "station", max_current=32)
    a, b = site.boxes.values()
    b.shows = False

    async def play() -> None:
        a.plug()
        b.plug()
        await site.pass_time(100.0)
        told = len(a.got), len(b.got)
        await site.pass_time(1000.0)
        assert len(a.got) == told[0]
        assert 3 <= len(b.got) - told[1] <= 4

    played(site, play)


def test_a_refused_raising_frees_what_it_counted(tmp_path: Path) -> None:
    """What was certainly not sent is not promised."""
    site = site_of(tmp_path, "station", "station", max_current=32)
    a, _ = site.boxes.values()

    async def play() -> None:
        a.mood = "busy"
        before = site.limit.card.seats[0].promised_a
        a.plug()
        await site.pass_time(50.0)
        assert site.limit.card.seats[0].promised_a == before == 6.0
        assert site.caps.cap(Place("a", 1)) == 6.0
        a.mood = "good"
        await site.pass_time(100.0)
        assert site.offered() == [32.0, 0.0]

    played(site, play)


def test_wires_are_a_limit_too(tmp_path: Path) -> None:
    """No charger is allowed more than its own wires give."""
    site = site_of(tmp_path, "station", max_current=100)
    site.boxes["a"].supply = SupplyOptions.model_validate({"max_current": 20})

    async def play() -> None:
        site.boxes["a"].plug()
        await site.pass_time(100.0)
        assert site.offered() == [20.0]

    played(site, play)
