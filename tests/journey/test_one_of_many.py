from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from urllib.parse import urlsplit

import pytest

from adapters.etrel.simulator import SimulatorOptions
from tests.journey.blackhole import blackhole
from tests.journey.bridge_process import BridgeProcess
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site
from tests.journey.waiting import eventually
from tests.sinks.victoria import free_port

PATIENCE_S = 10.0
"""far below the 100 s for which a charger that does not answer is waited for"""


def _has_polled(bridge: BridgeProcess, charger: str, times: int) -> bool:
    return bool(bridge.charger(charger)["polls"] >= times)


@pytest.mark.parametrize("death", ["refused", "silent"])
def test_a_dead_charger_delays_neither_the_start_nor_the_others(site: Site, death: str) -> None:
    """With one of three dead the page comes at once and the other two are polled and filled in their time."""
    with ExitStack() as parts:
        dead = parts.enter_context(blackhole()) if death == "silent" else f"http://127.0.0.1:{free_port()}"
        living = [
            parts.enter_context(SimulatedCharger(SimulatorOptions(days=2, seed=seed, autonomous=False)))
            for seed in (1, 2)
        ]
        site.add_charger("dead", dead, timeout="100s")
        site.add_charger("left", living[0].url, days=2)
        site.add_charger("right", living[1].url, days=2)
        began_s = time.monotonic()
        with site.start() as bridge:
            bridge.page_url()
            for charger in ("left", "right"):
                eventually(partial(_has_polled, bridge, charger, 4), "four polls")
                eventually(site.is_complete_for(charger), "its history")
            assert time.monotonic() - began_s < PATIENCE_S
            card = bridge.charger("dead")
            assert card["last_heard_at"] is None
            assert "ot heard" in card["sentence"]
            if death == "refused":
                told = bridge.said(r"WARNING (dead \(config\.yaml:\d+\): .*)$")[1]
                assert "refused" in told
                assert "the others are not affected" in told
            assert bridge.stop()[0] == 0


def test_a_charger_that_comes_back_is_filled_by_itself(site: Site, charger: SimulatedCharger) -> None:
    """A charger without power at the start is polled when it has some, and its history is fetched unasked."""
    site.add_charger("garage", charger.url, days=3)
    charger.stop()
    with site.start() as bridge:
        bridge.said(r"WARNING garage \(config\.yaml:\d+\): ")
        charger.start()
        bridge.said("garage: answers again")
        eventually(site.is_complete, "all history")
        assert bridge.stop()[0] == 0


def test_a_taken_port_stops_no_polling(site: Site, charger: SimulatedCharger) -> None:
    """The log says which port is taken and that everything else goes on; the history is filled all the same."""
    site.add_charger("garage", charger.url, days=2)
    with blackhole() as other:
        port = urlsplit(other).port
        site.web = {"port": port}
        with site.start() as bridge:
            told = bridge.said(rf"another program listens on port {port}.*$")[0]
            assert "set another port" in told
            assert "Everything else goes on" in told
            eventually(site.is_complete, "all history")
            assert bridge.stop()[0] == 0
