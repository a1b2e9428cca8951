"""The stations of a card in a real browser: what they say, and what their buttons do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import StoreError
from tests.everest.fakes import letter
from tests.web.browser import NAMES, Visit, find_browser, visit
from tests.web.clicking import Tab, open_tab
from tests.web.scene import TOKEN, Site, card, furnish_stations, running

pytestmark = pytest.mark.skipif(find_browser() is None, reason=f"no browser found under {', '.join(NAMES)}")

BUTTON = "document.querySelector('.letters button:not(:disabled)')"


@pytest.mark.parametrize("width", [1280, 390])
def test_a_card_tells_each_station_and_what_it_lacks(tmp_path: Path, width: int) -> None:
    """State in words, the error's sentence, the queue, the limit, a clock that is far off, and refused messages."""

    async def scene() -> Visit:
        async with running(tmp_path, clock=SystemClock()) as site:
            card(site.board)
            card(site.board, "yard")
            furnish_stations(site)
            return await asyncio.to_thread(visit, site.server.url, width=width)

    seen = asyncio.run(scene())

    assert seen.console == ()
    for words in (
        "employer", "may command", ">OCPP<", ">1.6<", "Online", "Open transactions", "16 A", "refund", "reports only",
        "Not connected", "nothing answers at refund.example:443", "Waiting", "31 s behind",
        "2 messages were refused for good:",
        "StopTransaction", "FormationViolation: idTag is too long", "MeterValues", "Central system waits",
    ):  # fmt: skip
        assert words in seen.dom, words
    assert seen.dom.count(">Try again<") == 2
    assert seen.dom.count('class="stations"') == 1, "a charger without a station has no such part"


def test_dead_letters_are_asked_for_only_where_there_are_some(tmp_path: Path) -> None:
    """A page that refreshes every few seconds does not ask the store for nothing, nor again for what it knows."""

    async def scene() -> tuple[list[object], list[object]]:
        async with running(tmp_path, clock=SystemClock()) as site:
            card(site.board)
            employer, refund = furnish_stations(site)
            await asyncio.to_thread(visit, site.server.url, width=1280, virtual_s=30)
            return employer.asked, refund.asked

    assert asyncio.run(scene()) == ([], ["dead_letters"])


def test_a_store_that_fails_is_asked_again_with_the_next_cards_only(tmp_path: Path) -> None:
    """The sentence of the failure stands where the messages would, and no storm of questions follows."""

    async def scene() -> tuple[Visit, int]:
        async with running(tmp_path, clock=SystemClock()) as site:
            card(site.board)
            _, refund = furnish_stations(site)
            refund.failure = StoreError("store.sqlite", "the disk is full")
            seen = await asyncio.to_thread(visit, site.server.url, width=1280, virtual_s=12)
            return seen, len(refund.asked)

    seen, questions = asyncio.run(scene())

    assert "store.sqlite: the disk is full." in seen.dom
    assert 1 <= questions <= 4


def test_what_a_central_system_says_is_never_run(tmp_path: Path) -> None:
    """Reasons and names with tags in them are shown as text."""
    evil = "<img src=x onerror=document.title='owned'>"

    async def scene() -> Visit:
        async with running(tmp_path, clock=SystemClock()) as site:
            card(site.board)
            _, refund = furnish_stations(site)
            refund.letters = [letter(1, evil, evil)]
            site.board.uplinks["garage", "employer"].error = evil
            return await asyncio.to_thread(visit, site.server.url, width=800)

    seen = asyncio.run(scene())

    assert seen.dom.count("<strong>&lt;img src=x") == 1
    assert "<img" not in seen.dom
    assert "<title>home" in seen.dom


def _press(tab: Tab, site: Site) -> list[str]:
    """Press the first «Try again» as a keyboard does, and return what is told, the messages left, and the focus."""
    tab.wait_for(BUTTON)
    tab.wait_for(f"({BUTTON}.focus(), {BUTTON}.click(), true)")
    said = tab.wait_for("document.getElementById('said').textContent")
    site.board.uplinks["garage", "refund"].dead_letters = 1
    left = tab.wait_for(
        "(document.querySelectorAll('.letters li').length === 1) && document.querySelector('.letters li').innerText"
    )
    focus = tab.wait_for("document.activeElement.dataset.focus")
    return [said, left, focus]


def test_try_again_tells_a_message_again(tmp_path: Path) -> None:
    """The button works past all guards, the message goes from the list, and the focus stays at the station."""

    async def scene() -> tuple[list[str], list[object]]:
        async with running(tmp_path, clock=SystemClock()) as site:
            card(site.board)
            _, refund = furnish_stations(site)

            def act() -> list[str]:
                with open_tab(site.server.url) as tab:
                    return _press(tab, site)

            return await asyncio.to_thread(act), refund.asked

    (said, left, focus), asked = asyncio.run(scene())

    assert said == "StopTransaction is told to refund again."
    assert left.startswith("MeterValues")
    assert focus == "garage refund"
    assert ("replay", 17) in asked


def test_a_message_that_cannot_be_told_again_says_so(tmp_path: Path) -> None:
    """The sentence stands by the list, and the button is there for another attempt."""

    async def scene() -> str:
        async with running(tmp_path, token=TOKEN, clock=SystemClock()) as site:
            card(site.board)
            _, refund = furnish_stations(site)

            def act() -> str:
                with open_tab(f"{site.server.url}/login") as tab:
                    field = "document.getElementById('token')"
                    tab.wait_for(f"{field} && ({field}.value = '{TOKEN}', {field}.form.requestSubmit(), true)")
                    tab.wait_for(BUTTON)
                    refund.letters = []
                    tab.wait_for(f"({BUTTON}.click(), true)")
                    text: str = tab.wait_for(f"{BUTTON} && document.querySelector('.letters .error')?.innerText")
                    return text

            return await asyncio.to_thread(act)

    assert asyncio.run(scene()).startswith("StopTransaction cannot be told again")
