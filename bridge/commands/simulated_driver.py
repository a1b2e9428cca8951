"""Drivers who come to a simulated charger now and then, much more often than in life."""

from __future__ import annotations

from adapters.go_e.simulator import GoESimulator, WishError
from adapters.simulation.dice import dice
from bridge.ports import Clock

_FIRST_AFTER_S = (5.0, 15.0)
_PAUSE_S = (60.0, 300.0)
_CARD_AFTER_S = 20.0
"""in which a central system may start from afar instead"""
_STAY_S = (180.0, 900.0)
_ENERGY_WH = (300.0, 3000.0)
_CURRENTS_A = (16.0, 16.0, 32.0)
_PHASES = (3, 3, 1)


async def drive(box: GoESimulator, clock: Clock) -> None:
    """Plug in, show a card where one is wanted, charge, leave, and so on for ever; all times are the simulated ones.

    What the box does not allow, since somebody else drives it too, is let be.
    """
    chance = dice(box.options.seed, "drivers")
    speed = box.options.speed
    pause_s = _FIRST_AFTER_S
    while True:
        await clock.sleep(chance.uniform(*pause_s) / speed)
        pause_s = _PAUSE_S
        stay_s = chance.uniform(*_STAY_S)
        car = {
            "phases": chance.choice(_PHASES),
            "current_a": chance.choice(_CURRENTS_A),
            "energy_wh": round(chance.uniform(*_ENERGY_WH)),
        }
        try:
            box.wish("plug_in", **car)
            await clock.sleep(_CARD_AFTER_S / speed)
            if box.world.box.settings.trx is None and box.world.plan.access_control:
                box.wish("swipe")
            await clock.sleep(stay_s / speed)
            box.wish("unplug")
        except WishError:
            continue
