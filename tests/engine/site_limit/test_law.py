"""Never above the limit, whatever comes, goes, fails and is wished."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.engine.site_limit.options import SiteLimitOptions
from bridge.types.charger_options import SupplyOptions
from bridge.types.command import Command, LimitCurrent, Restart, StartCharging, StopCharging
from tests.clock import FakeClock
from tests.engine.site_limit.scene import HANGS_S, Box, Site, running

EVENTS = {
    "plug": 5, "unplug": 3, "swap": 2, "silent": 2, "mood": 4, "well": 4, "wish": 5, "stop": 1, "start": 2, "reboot": 1,
    "bridge": 2,
}  # fmt: skip
MOODS = ["mute", "deaf", "flaky", "flaky", "busy", "slow", "hung"]
WISHES = [None, 0.0, 6.0, 10.0, 16.0, 32.0]
APPETITES_A = [80.0, 80.0, 80.0, 13.0, 9.0, 0.0]
WISHED: dict[str, Callable[[random.Random], Command]] = {
    "wish": lambda dice: LimitCurrent(connector_id=1, limit_a=dice.choice(WISHES)),
    "stop": lambda _: StopCharging(connector_id=1),
    "start": lambda _: StartCharging(connector_id=1),
    "reboot": lambda _: Restart(),
}
GAPS_S = [0.0, 1.0, 4.0, 12.0, 31.0, 65.0, 120.0]


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32))
@example(seed=1_666_489)  # a wish between a restart and the first poll
def test_a_site_is_never_above_its_limit(seed: int) -> None:
    """Once every charger has confirmed a limit, what all offer together stays within the site's limit for ever.

    At every change of any charger: vehicles come, go and are exchanged at once; chargers are silent, refuse, hang,
    answer nothing and do it or do not; others wish, start, stop and reboot; the bridge is killed and started again.
    The limit is at least what those need that cannot be limited or forget a pause: less cannot be promised.
    """
    dice = random.Random(seed)
    clock = FakeClock()
    boxes = [
        Box(
            f"box{number}",
            clock,
            dice.choice(["station", "switch", "switch", "dumb"] if number else ["station", "switch"]),
            SupplyOptions(max_current=dice.choice([16.0, 32.0]), phases=dice.choice([1, 3])),
            shows=dice.random() < 0.5,
        )
        for number in range(dice.randint(2, 4))
    ]

    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            site = Site(Path(folder), clock, boxes, options_of(boxes, dice))
            async with asyncio.timeout(HANGS_S), running(site):
                await site.pass_time(60.0)
                assert site.limit.card.is_kept
                site.is_settled = True
                for _ in range(60):
                    await happen(site, dice)
                    assert not site.breaches
                    assert not site.running.done()
                    assert site.limit.card.is_kept or not site.limit.card.seats

    asyncio.run(play())


def options_of(boxes: list[Box], dice: random.Random) -> SiteLimitOptions:
    """Return a limit in amperes, in watts, or in both, that is tight and can be kept."""
    least_a = [{"dumb": box.supply.max_current_a, "switch": 6.0, "station": 0.0}[box.kind] for box in boxes]
    least_w = sum(one_a * box.w_per_a for one_a, box in zip(least_a, boxes, strict=True))
    extra_a, unit = dice.choice([0, 3, 7, 10, 15, 22, 40]), dice.choice(["current", "power", "both"])
    given: dict[str, Any] = {"shares": dice.choice(["equal", "priority"])}
    if unit != "power":
        given["max_current"] = max(sum(least_a) + extra_a, 6.0)
    if unit != "current":
        given["max_power"] = max(least_w + extra_a * 460.0, 1000.0)
    if given["shares"] == "priority":
        given["priorities"] = {"box1": 2, "box2": -1}
    return SiteLimitOptions(**given)


async def happen(site: Site, dice: random.Random) -> None:
    """Let one thing happen, and then some time go by."""
    box = dice.choice(list(site.boxes.values()))
    what = dice.choices(list(EVENTS), list(EVENTS.values()))[0]
    if what in WISHED:
        await site.wish(box.name, WISHED[what](dice))
    elif what == "bridge":
        await site.stop()
        await site.clock.advance(dice.choice([0.0, 3.0, 100.0]))
        await site.start()
    elif what == "well":
        for each in site.boxes.values():
            each.mood, each.silent_until_s = "good", 0.0
    else:
        befall(box, what, dice)
    await site.pass_time(dice.choice(GAPS_S))


def befall(box: Box, what: str, dice: random.Random) -> None:
    """Let something happen to one charger."""
    match what:
        case "plug":
            box.wants_a = dice.choice(APPETITES_A)
            box.plug()
        case "unplug":
            box.unplug()
        case "swap":
            box.unplug()
            box.plug()
        case "silent":
            box.silent_until_s = box.clock.monotonic_s() + dice.choice([20.0, 90.0, 400.0])
        case "mood":
            box.mood = dice.choice(MOODS)
