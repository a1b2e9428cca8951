from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.central.foreign.site import tell_state
from tests.central.foreign.station import IDENTITY, ForeignStation, StationOptions, StationTls
from tests.central.foreign.tale import Tale
from tests.journey.ocpp_street import STREET, address, card_says, page_of, see, street
from tests.journey.site import Site, now
from tests.sinks.victoria import free_port
from tests.uplink.foreign.certificates import Authority
from tests.uplink.foreign.events import ForeignCallError
from tests.web.browser import NAMES, find_browser
from tests.web.clicking import open_tab

needs_browser = pytest.mark.skipif(find_browser() is None, reason=f"no browser found under {', '.join(NAMES)}")
PASSWORD = "correct horse battery"
WRONG = "wrong horse battery staple"
ENTRY = f"document.querySelector('[aria-label=\"Accept {IDENTITY}\"]')?.closest('li')"


async def refused(url: str, options: StationOptions) -> str:
    """Let a station knock that is not let in; return the status of HTTP, or what went wrong below it."""
    async with ForeignStation(url, options, connects=False) as station:
        with pytest.raises(ForeignCallError) as failed:
            await station.connect()
    assert failed.value.kind == "refused"
    return failed.value.code


async def charges(station: ForeignStation) -> None:
    """Check that a station is served: it boots, and its session is taken."""
    assert (await station.boot())["status"] == "Accepted"
    await tell_state(station, "Charging", now())
    await Tale(station).start(now(), 1000)


@needs_browser
def test_a_stranger_is_let_in_on_the_page_and_stays_known(tmp_path: Path) -> None:
    """It waits with Pending, the owner gives it a name, and from then on its password lets it in, after a restart too.

    A wrong password does not, and it cannot be told from nobody's.
    """

    async def scene() -> None:
        site = street(tmp_path, charger=False, unknown="wait")
        right = StationOptions(password=PASSWORD)
        async with AsyncExitStack() as parts:
            bridge = parts.enter_context(site.start())
            page = await page_of(bridge)
            station = await parts.enter_async_context(ForeignStation(address(site), right))
            assert (await station.boot())["status"] == "Pending"
            tab = parts.enter_context(open_tab(page))
            asks = await see(tab, f"{ENTRY}?.innerText.includes('Maker') && {ENTRY}.innerText")
            for words in ("Box", "SN-1", "127.0.0.1", "not encrypted", "It comes with a password"):
                assert words in asks, words
            await see(
                tab, f"({ENTRY}.querySelector('[aria-label]').click(), document.activeElement.tagName === 'INPUT')"
            )
            await asyncio.to_thread(tab.type, STREET)
            await asyncio.to_thread(tab.press, "Enter", 13, "\r")
            await station.ended()
            await see(tab, "document.getElementById('waiting').hidden")
            await station.connect()
            await charges(station)
            await see(tab, card_says("Charging", IDENTITY, "password, not encrypted"))
            assert tab.complaints == []
            assert bridge.stop()[0] == 0

        async with AsyncExitStack() as parts:
            bridge = parts.enter_context(site.start())
            await page_of(bridge)
            for password in (WRONG, None):
                assert await refused(address(site), StationOptions(password=password)) == "401"
            station = await parts.enter_async_context(ForeignStation(address(site), right))
            assert (await station.boot())["status"] == "Accepted"
            told = bridge.get("/api/v1/central")
            assert told["waiting"] == []
            ((charger, is_connected),) = [(one["charger"], one["is_connected"]) for one in told["stations"]]
            assert (charger, is_connected) == (STREET, True)
            assert [session["charger"] for session in bridge.get("/api/v1/sessions")["sessions"]] == [STREET]
            assert bridge.stop()[0] == 0
            assert PASSWORD not in bridge.stderr
            assert WRONG not in bridge.stderr

    asyncio.run(scene())


def _secured(folder: Path, authority: Authority) -> Site:
    """Return a site whose charger comes over TLS, with a password."""
    own = authority.sign("bridge")
    site = street(folder, tls_port=free_port(), certificate_file=str(own.cert), key_file=str(own.key))
    site.chargers[0] |= {"security_profile": 2, "password_env": "STREET_PASSWORD"}
    site.secrets["STREET_PASSWORD"] = PASSWORD
    return site


def test_a_charger_comes_over_tls(tmp_path: Path) -> None:
    """With profile 2 it trusts the bridge's certificate and shows its password; in clear text it is not let in."""

    async def scene() -> None:
        authority = Authority(tmp_path)
        site = _secured(tmp_path, authority)
        with site.start() as bridge:
            await page_of(bridge)
            right = StationOptions(versions=("2.0.1",), password=PASSWORD, tls=StationTls(authority.cert))
            async with ForeignStation(address(site, "tls_port"), right) as station:
                await charges(station)
                assert await refused(address(site, "tls_port"), replace(right, password=WRONG)) == "401"
                without = replace(right, tls=None)  # it knows no authority then
                assert await refused(address(site), without) == "403"
                assert await refused(address(site, "tls_port"), without) == "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
                shown = bridge.charger(STREET)["station"]
                assert (shown["is_connected"], shown["security_profile"]) == (True, 2)
            assert bridge.stop()[0] == 0
            assert PASSWORD not in bridge.stderr

    asyncio.run(scene())
