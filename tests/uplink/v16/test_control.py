from __future__ import annotations

import asyncio
from pathlib import Path

from bridge.types.command import SetAvailability
from bridge.types.words import Ability
from bridge.uplink.v16.control import change_availability
from tests.uplink.station_scene import CHARGER, scene_at


class Nobody:
    """A conversation that does nothing."""

    def restart(self) -> None:
        """Do nothing."""

    def look(self) -> None:
        """Do nothing."""


def test_a_connector_in_use_goes_out_of_service_when_its_vehicle_has_charged(tmp_path: Path) -> None:
    """It is `Scheduled`, and done; an idle one changes at once."""

    async def act() -> None:
        async with scene_at(tmp_path, "ws://127.0.0.1:9", may=(Ability.SET_AVAILABILITY,)) as scene:
            station, nobody = scene.station, Nobody()
            await scene.is_seen()
            await scene.is_seen(connector_id=2)
            await station.begin()
            session = await scene.charges("1", since_s=1.0)
            await station.following.look_at_news()
            for connector_id, status in ((1, "Scheduled"), (2, "Accepted"), (9, "Rejected")):
                payload = {"connectorId": connector_id, "type": "Inoperative"}
                answer = await change_availability(station, nobody, payload)
                assert answer.payload == {"status": status}
            assert scene.chargers.commands == [SetAvailability(connector_id=2, operative=False)]
            [logged] = scene.store.open_sessions(CHARGER)
            assert logged.session_id == session.session_id
            await scene.ends(logged)
            await station.following.look_at_news()
            assert station.following.postponed.is_due.is_set()
            await station.following.postponed.do_due(nobody.restart)
            assert scene.chargers.commands[1:] == [SetAvailability(connector_id=1, operative=False)]

    asyncio.run(act())
