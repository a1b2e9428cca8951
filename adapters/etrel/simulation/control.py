"""The control surface: what a person or a test does to the charger, beside the charger's own API."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.etrel.simulation.answer import Answer
from adapters.etrel.simulation.connector import WishError
from adapters.etrel.simulation.faults import Faults, parse_fault
from adapters.etrel.simulation.options import FaultKind
from adapters.etrel.simulation.status import write_json
from adapters.etrel.simulation.wishes import WISH_NAMES, fulfil
from adapters.etrel.simulation.world import World

STATE = "state"
FAIL = "fail"
HEAL = "heal"


def control(world: World, faults: Faults, action: str, given: Mapping[str, str], now: int) -> Answer:
    """Do what `POST /_control/<action>` says and answer with the new state.

    404 for an unknown action, 400 for a wrong value, 409 for what the connector's state does not allow; each
    with a sentence under `error`.
    """
    try:
        if action == FAIL:
            faults.add(parse_fault(given))
        elif action == HEAL:
            faults.heal(FaultKind(given["kind"]) if given.get("kind") else None)
        elif action in WISH_NAMES:
            fulfil(world, action, given, now)
        elif action != STATE:
            known = ", ".join((STATE, FAIL, HEAL, *WISH_NAMES))
            return Answer(write_json({"error": f"no such control; there are {known}"}), 404)
    except WishError as impossible:
        return Answer(write_json({"error": str(impossible)}), 409)
    except ValueError as wrong:
        return Answer(write_json({"error": str(wrong)}), 400)
    return Answer(write_json(_state(world, faults, now)))


def _state(world: World, faults: Faults, now: int) -> dict[str, object]:
    world.advance(now)
    connectors = []
    for connector in world.connectors.values():
        running = connector.running(now)
        connectors.append(
            {
                "connector": connector.connector_id,
                "status": connector.status(now).value,
                "session_id": running.session_id if running else None,
                "session_energy_mwh": world.register_mwh(connector, now),
                "meter_mwh": connector.meter_mwh(now),
            }
        )
    return {"connectors": connectors, "faults": faults.names()}
