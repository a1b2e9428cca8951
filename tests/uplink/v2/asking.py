"""A station of 2.0.1 or 2.1 whose central system is the test: it asks, and hears what is said after the answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import Ability
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.station import Station
from bridge.uplink.told.outgoing import Outgoing
from tests.uplink.station_scene import Scene, scene_at

ALL = tuple(Ability)
BOTH = (OcppVersion.V201, OcppVersion.V21)
Handler = Callable[[Station, Conversing, object], Awaitable[Answer]]


class Asking:
    """The scene's central system; it is the conversation too, and counts what is asked of that."""

    def __init__(self, scene: Scene, version: OcppVersion) -> None:
        self.scene = scene
        self.station = scene.station
        self.version = version
        self.restarts = 0
        self.looks = 0
        self.answers: dict[str, dict[str, Any]] = {}
        """what is answered, by action; else `{}`"""

    def restart(self) -> None:
        """Count."""
        self.restarts += 1

    def look(self) -> None:
        """Count."""
        self.looks += 1

    def connect(self, *, boot: str = "Accepted") -> None:
        """Open the line and answer the boot."""
        session, now_s = self.station.session, self.scene.clock.monotonic_s()
        self.answers["BootNotification"] = {
            "status": boot,
            "currentTime": to_rfc3339(self.scene.clock.now()),
            "interval": 300,
        }
        self.answers["Heartbeat"] = {"currentTime": to_rfc3339(self.scene.clock.now())}
        session.opened(now_s)
        self.said()

    def said(self) -> list[tuple[str, dict[str, Any]]]:
        """Take and answer what the session says now; each message keeps to the schema."""
        session, now_s, said = self.station.session, self.scene.clock.monotonic_s(), []
        while (outgoing := session.next(now_s, 0.0)) is not None:
            said.append(self._take(outgoing, now_s))
        return said

    def _take(self, outgoing: Outgoing, now_s: float) -> tuple[str, dict[str, Any]]:
        session, call = self.station.session, outgoing.call
        self.station.schemas.check_request(call.action, call.payload)
        session.send(outgoing, now_s)
        session.received(json.dumps([3, call.message_id, self.answers.get(call.action, {})]), now_s)
        return call.action, call.payload

    async def ask(self, handler: Handler, action: str, **payload: Any) -> dict[str, Any]:
        """Ask, have it finished, and return the answer; both keep to the schema."""
        answer = await self.answer(handler, action, **payload)
        if answer.then is not None:
            await answer.then()
        return dict(answer.payload)

    async def answer(self, handler: Handler, action: str, **payload: Any) -> Answer:
        """Ask and return the answer, before what is to be done after it."""
        self.station.schemas.check_request(action, payload)
        answer = await handler(self.station, self, payload)
        self.station.schemas.check_answer(action, dict(answer.payload))
        return answer


def asking(
    folder: Path,
    version: OcppVersion,
    act: Callable[[Asking], Awaitable[None]],
    *,
    may: tuple[Ability, ...] = ALL,
    connectors: int = 1,
) -> None:
    """Play one scene: a charger with so many connectors, whose station has begun."""

    async def run() -> None:
        async with scene_at(folder, "ws://127.0.0.1:9", may=may, version=version.value) as scene:
            for number in range(1, connectors + 1):
                await scene.is_seen(connector_id=number)
            await scene.station.begin()
            await act(Asking(scene, version))

    asyncio.run(run())


def reason(answer: dict[str, Any]) -> tuple[str, str | None]:
    """Return the status of an answer and its reason's code."""
    return answer["status"], answer.get("statusInfo", {}).get("reasonCode")
