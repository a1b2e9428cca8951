"""The site's limit in the answer of `/api/v1/chargers`, and on the page in a real browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.clock import SystemClock
from bridge.engine.site_limit.caps import Place
from bridge.engine.site_limit.card import SeatCard, SiteLimitCard
from tests.web.browser import NAMES, find_browser
from tests.web.clicking import Tab, open_tab
from tests.web.scene import Site, card, running

PAUSED = "It is paused: the site's limit leaves less than 6 A."
LOST = "It does not answer, so the most that it was promised is counted."
NOTE = "site limit: chargers that do not answer may take more than the limit. Bring them back."
PANEL = "document.getElementById('site-limit')"
WIDE = "document.documentElement.scrollWidth > innerWidth"
needs_browser = pytest.mark.skipif(find_browser() is None, reason=f"no browser found under {', '.join(NAMES)}")


def furnish_limit(site: Site) -> SiteLimitCard:
    """Give three chargers a limit of 32 A, which one of them waits for."""
    for name in ("carport", "garage", "yard"):
        card(site.board, name)
    limit = SiteLimitCard(32.0, None, "equal", 60.0, promised_a=32.0, promised_w=22_080.0, is_kept=True)
    limit.seats = [
        SeatCard(Place("carport", 1), 0.0, 0.0, PAUSED),
        SeatCard(Place("garage", 1), 22.0, 16.0, ""),
        SeatCard(Place("yard", 1), 6.0, 6.0, ""),
        SeatCard(Place("yard", 2), 10.0, 10.0, LOST),
    ]
    site.board.site_limit = limit
    return limit


def test_without_a_limit_there_is_none(tmp_path: Path) -> None:
    """A site that shares nothing has null there."""

    async def scene() -> Any:
        async with running(tmp_path) as site:
            return (await site.http.get("/api/v1/chargers")).json()

    assert asyncio.run(scene())["site_limit"] is None


def test_the_limit_what_is_promised_and_who_waits(tmp_path: Path) -> None:
    """Each connector with what it may be offering, what it may be told, and why; nothing to say is null."""

    async def scene() -> Any:
        async with running(tmp_path) as site:
            furnish_limit(site)
            return (await site.http.get("/api/v1/chargers")).json()["site_limit"]

    told = asyncio.run(scene())

    carport, garage, *_ = told.pop("connectors")
    assert told == {
        "max_current_a": 32.0, "max_power_w": None, "shares": "equal", "raise_after_s": 60.0, "building": None,
        "base_w": None, "promised_a": 32.0, "promised_w": 22_080.0, "is_kept": True, "note": None,
    }  # fmt: skip
    assert (carport["charger"], carport["connector_id"], carport["sentence"]) == ("carport", 1, PAUSED)
    assert (garage["promised_a"], garage["allowed_a"], garage["sentence"]) == (22.0, 16.0, None)


def _played(folder: Path, play: Callable[[Tab, Site], None], *, width: int = 1280) -> Tab:
    """Serve a site with a limit, let `play` act on its page, and return the tab."""

    async def scene() -> Tab:
        async with running(folder, clock=SystemClock()) as site:
            furnish_limit(site)

            def act() -> Tab:
                with open_tab(site.server.url) as tab:
                    tab.look(width)
                    tab.wait_for(f"!{PANEL}?.hidden")
                    play(tab, site)
                    return tab

            return await asyncio.to_thread(act)

    return asyncio.run(scene())


def _look_again(tab: Tab, expression: str) -> Any:
    """Have the page ask the bridge at once, and return the first true value of an expression."""
    tab.wait_for("document.dispatchEvent(new Event('visibilitychange'))")
    return tab.wait_for(expression)


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_tells_the_limit_in_a_few_lines(tmp_path: Path, width: int) -> None:
    """The limit, the sum, and a line for each connector with its reason; nothing is cut off."""

    def play(tab: Tab, _: Site) -> None:
        text = tab.wait_for(f"{PANEL}.innerText")
        for words in (
            "Limit of the site", "32 A of each phase, shared equally", "Kept", "32 A · 22.1 kW", "carport 0 A", PAUSED,
            "garage 22 A, to be 16 A", "yard, connector 2 10 A", LOST,
        ):  # fmt: skip
            assert words in text, words
        assert "Rest of the building" not in text
        assert tab.wait_for(f"[{WIDE}]") == [False]
        assert tab.wait_for(f"[{PANEL}.scrollWidth > {PANEL}.clientWidth]") == [False]

    assert _played(tmp_path, play, width=width).complaints == []


@needs_browser
def test_a_limit_that_is_not_kept_says_so(tmp_path: Path) -> None:
    """Until all have confirmed there is a word, then another, and the note above; the building's part is told too."""

    def play(tab: Tab, site: Site) -> None:
        limit = site.board.site_limit
        assert limit is not None
        limit.is_kept = False
        _look_again(tab, f"{PANEL}.innerText.includes('Not confirmed yet')")
        site.board.notes["site limit"] = NOTE
        limit.note, limit.max_power_w, limit.shares = NOTE, 22_000.0, "priority"
        limit.building, limit.base_w = "garage", 640.0
        text = _look_again(tab, f"{PANEL}.innerText.includes('Not kept') && {PANEL}.innerText")
        assert "32 A of each phase and 22.0 kW for the whole building, measured by garage, shared by priority" in text
        assert "640 W" in text
        assert tab.wait_for("document.body.innerText").count(NOTE) == 1
        site.board.site_limit = None
        _look_again(tab, f"{PANEL}.hidden")

    assert _played(tmp_path, play).complaints == []
