"""What a person does to the charger, by name: the plug, the card, and mishaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.go_e.simulation.box import Box
from adapters.go_e.simulation.car import Car
from adapters.go_e.simulation.units import from_wh
from adapters.go_e.simulation.world import World
from adapters.simulation.wishes import Given, WishError, number

DRIVEN_CAR_A = 16.0
DRIVEN_CAR_WH = 30_000.0
_STRONGEST_CAR_A = 63.0
_LARGEST_CAR_WH = 1_000_000.0
_CONTACTOR_STUCK = 9
_HIGHEST_ERROR = 255
_CARDS = 10


def _plug_in(box: Box, given: Given) -> None:
    phases = int(number(given, "phases", 3, 1, 3))
    current_a = number(given, "current_a", DRIVEN_CAR_A, 0, _STRONGEST_CAR_A)
    energy_wh = number(given, "energy_wh", DRIVEN_CAR_WH, 0, _LARGEST_CAR_WH)
    box.plug_in(Car(round(current_a * 1000), phases, from_wh(energy_wh)))


def _appetite(box: Box, given: Given) -> None:
    """Change what the car draws at most, and how much more it wants."""
    car = box.car
    if car is None:
        raise WishError("no car is plugged in")
    car.limit_ma = round(number(given, "current_a", car.limit_ma / 1000, 0, _STRONGEST_CAR_A) * 1000)
    if "energy_wh" in given:
        car.wanted = car.taken + from_wh(number(given, "energy_wh", 0, 0, _LARGEST_CAR_WH))


def _fault(box: Box, given: Given) -> None:
    box.err = int(number(given, "err", _CONTACTOR_STUCK, 1, _HIGHEST_ERROR))


def _clear_fault(box: Box, _given: Given) -> None:
    if not box.err:
        raise WishError("the charger has no fault")
    box.err = 0


_WISHES: Mapping[str, Callable[[Box, Given], None]] = {
    "plug_in": _plug_in,
    "unplug": lambda box, _: box.unplug(),
    "appetite": _appetite,
    "swipe": lambda box, given: box.swipe(int(number(given, "card", 0, 0, _CARDS - 1))),
    "fault": _fault,
    "clear_fault": _clear_fault,
}
REBOOT = "reboot"
"""`forget=1` also loses the energy since the plugging in"""
WISH_NAMES = (*_WISHES, REBOOT)


def fulfil(world: World, action: str, given: Given, at: int) -> None:
    """Do one of `WISH_NAMES`; raises WishError where the charger's state or a value does not allow it."""
    world.advance(at)
    if action == REBOOT:
        world.box.reboot(forget=given.get("forget", "0") != "0")
        world.rebooted_at = world.box.at
    elif action in _WISHES:
        _WISHES[action](world.box, given)
    else:
        raise WishError(f"{action!r} is no wish; known are {', '.join(WISH_NAMES)}")
