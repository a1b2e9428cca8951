"""What the control surface tells of the charger."""

from __future__ import annotations

from adapters.etrel.simulation.world import World


def state_of(world: World, now: int) -> dict[str, object]:
    """Return every connector with its session and registers."""
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
    return {"connectors": connectors}
