"""What the control surface tells of the charger."""

from __future__ import annotations

from adapters.go_e.simulation.units import to_wh
from adapters.go_e.simulation.world import World


def state_of(world: World, now: int) -> dict[str, object]:
    """Return the box, its car and its registers."""
    world.advance(now)
    box = world.box
    return {
        "car": box.car_state,
        "plugged": box.car is not None,
        "allowed": box.allows,
        "power_w": box.power_mw / 1000,
        "register_wh": to_wh(box.total),
        "since_plugged_wh": to_wh(box.since_plugged),
        "reboots": box.reboots,
    }
