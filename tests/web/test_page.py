"""The page in a real browser: does it draw, does it say what it should, is its console quiet."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.types.words import Health
from tests.web.browser import NAMES, Visit, find_browser, take_screenshot, visit
from tests.web.scene import TOKEN, card, furnish, running

pytestmark = pytest.mark.skipif(find_browser() is None, reason=f"no browser found under {', '.join(NAMES)}")


def _drawn(seen: Visit, what: str) -> int:
    found = re.search(rf'data-drawn-{what}="(\d+)"', seen.dom)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("width", [1280, 390])
def test_cards_graph_and_sessions_are_there(tmp_path: Path, width: int) -> None:
    """On a desk and on a phone the curves and hatched gaps are drawn, both cards and the sessions are told."""

    async def scene() -> Visit:
        async with running(tmp_path / "store", clock=SystemClock()) as site:
            await furnish(site, days=3)
            picture = tmp_path / "page.png"
            await asyncio.to_thread(take_screenshot, site.server.url, picture, width=width)
            assert picture.read_bytes().startswith(b"\x89PNG")
            return await asyncio.to_thread(visit, site.server.url, width=width)

    seen = asyncio.run(scene())

    assert seen.console == ()
    # Three curves of a day in 5-minute steps change often enough for hundreds of corners.
    assert _drawn(seen, "points") > 200
    # Three gaps besides the filled areas under two connectors.
    assert _drawn(seen, "bands") >= 5
    for words in (
        "10.7 kW", "Etrel INCH Pro", "27.3 kWh", "A vehicle is plugged in and charging.", "Loading history: 34 %",
        "Communication fault", "nothing answers at 192.168.1.21:80", "1 of 2 chargers silent", "influxdb",
        "Parkplatz 13", "not fetched yet", "charger silent", "1 running",
    ):  # fmt: skip
        assert words in seen.dom, words
    assert "/api/v1/sessions?from=" in seen.dom


def test_without_data_the_page_says_what_is_coming(tmp_path: Path) -> None:
    """A new bridge shows its card, a friendly sentence instead of a graph, and no error."""

    async def scene() -> Visit:
        async with running(tmp_path, clock=SystemClock()) as site:
            dead = card(site.board, snapshot=None, last_heard_at=None, health=Health.NORMAL)
            dead.error = "garage: nothing answers"
            return await asyncio.to_thread(visit, site.server.url, width=1280)

    seen = asyncio.run(scene())

    assert seen.console == ()
    for words in ("Not reached", "garage: nothing answers", "No power data yet", "No charging session in this time"):
        assert words in seen.dom, words


def test_what_a_charger_says_is_never_run(tmp_path: Path) -> None:
    """Names and errors with tags in them are shown as text."""
    evil = "<img src=x onerror=document.title='owned'>"

    async def scene() -> Visit:
        async with running(tmp_path, clock=SystemClock()) as site:
            card(site.board, error=evil)
            return await asyncio.to_thread(visit, site.server.url, width=800)

    seen = asyncio.run(scene())

    assert "&lt;img src=x" in seen.dom
    assert "<title>home" in seen.dom


def test_the_login_page_shows_and_the_page_leads_to_it(tmp_path: Path) -> None:
    """A browser without the cookie ends at the form."""

    async def scene() -> Visit:
        async with running(tmp_path, token=TOKEN, clock=SystemClock()) as site:
            return await asyncio.to_thread(visit, site.server.url, width=390)

    seen = asyncio.run(scene())

    assert seen.console == ()
    assert 'type="password"' in seen.dom
    assert "@hint@" not in seen.dom
