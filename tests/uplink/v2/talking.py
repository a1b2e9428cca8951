"""A station that is asked in OCPP 2.x without a line; questions and answers are held against the schemas."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bridge.ocppj.schemas import Schemas
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import Ability
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.station import Station
from tests.uplink.station_scene import Scene

Handler = Callable[[Station, Conversing, object], Awaitable[Answer]]
NOWHERE = "ws://127.0.0.1:9"


class Asking:
    """One life of a station; another one in the same folder is a restart."""

    def __init__(self, folder: Path, version: OcppVersion, **options: Any) -> None:
        self.scene = Scene(folder / "bridge.db", NOWHERE, version=version.value, may=tuple(Ability), **options)
        self.station = self.scene.station
        self.version = version
        self.schemas = Schemas(version)
        self.looks = 0
        self.restarts = 0

    async def begin(self) -> None:
        """Go on from what was kept, and connect."""
        await self.station.begin()
        assert self.station.version is self.version
        self.station.session.opened(0.0)

    def restart(self) -> None:
        """Count."""
        self.restarts += 1

    def look(self) -> None:
        """Count."""
        self.looks += 1

    async def ask(self, action: str, handler: Handler, payload: dict[str, Any]) -> dict[str, Any]:
        """Ask, and let follow what follows."""
        self.schemas.check_request(action, payload)
        answer = await handler(self.station, self, payload)
        self.schemas.check_answer(action, dict(answer.payload))
        if answer.then is not None:
            await answer.then()
        return dict(answer.payload)

    def waiting(self) -> list[dict[str, Any]]:
        """Take what waits to be sent, as the end of a connection does; each is held against its schema."""
        calls = [outgoing.call for outgoing in self.station.session.closed(0.0)]
        self.station.session.opened(0.0)
        for call in calls:
            self.schemas.check_request(call.action, call.payload)
        return [dict(call.payload) for call in calls]

    def end(self) -> None:
        """Let go of the store."""
        self.scene.die()
