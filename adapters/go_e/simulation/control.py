"""The control surface: what a person or a test does to the charger, beside the charger's own API."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.go_e.simulation.answer import Answer, write
from adapters.go_e.simulation.box import WishError
from adapters.go_e.simulation.faults import Faults, parse_fault
from adapters.go_e.simulation.options import FaultKind
from adapters.go_e.simulation.units import to_wh
from adapters.go_e.simulation.wishes import WISH_NAMES, fulfil
from adapters.go_e.simulation.world import World

STATE = "state"
FAIL = "fail"
HEAL = "heal"


def control(world: World, faults: Faults, action: str, given: Mapping[str, str], now: int) -> Answer:
    """Do what `POST /_control/<action>` says and answer with the new state.

    404 for an unknown action, 400 for a wrong value, 409 for what the charger's state does not allow; each with a
    sentence under `error`.
    """
    try:
        if action == FAIL:
            faults.add(parse_fault(given))
        elif action == HEAL:
            faults.heal(FaultKind(given["kind"]) if given.get("kind") else None)
        elif action in WISH_NAMES:
            fulfil(world, action, given, now)
        elif action != STATE:
            return write({"error": f"no such control; there are {', '.join((STATE, FAIL, HEAL, *WISH_NAMES))}"}, 404)
    except WishError as impossible:
        return write({"error": str(impossible)}, 409)
    except ValueError as wrong:
        return write({"error": str(wrong)}, 400)
    world.advance(now)
    box = world.box
    return write(
        {
            "car": box.car_state,
            "plugged": box.car is not None,
            "allowed": box.allows,
            "power_w": box.power_mw / 1000,
            "register_wh": to_wh(box.total),
            "since_plugged_wh": to_wh(box.since_plugged),
            "reboots": box.reboots,
            "faults": faults.names(),
        }
    )
