"""The same told by the `ocpp` package's own ChargePoint, as it comes: nothing kept, nothing repeated."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bridge.types.ocpp.version import OcppVersion
from tests.bench.ocpp_site import BEGIN_AT, EVERY_S, READINGS, charger_name, quiet, reading
from tests.bench.ocpp_words import WORDS


class PackagePoint:
    """One ChargePoint on a connection of its own."""

    def __init__(self, url: str, number: int, version: OcppVersion) -> None:
        self._version = version
        self._words = WORDS[version]()
        self._url = f"{url}/{charger_name(number)}"
        self._name = charger_name(number)
        self._connection: ClientConnection | None = None
        self._listening: asyncio.Task[None] | None = None
        self._point: Any = None

    async def start(self) -> None:
        """Connect and boot."""
        spoken = [Subprotocol(self._version.subprotocol)]
        self._connection = await connect(self._url, subprotocols=spoken)
        self._point = self._words.charge_point(self._name, self._connection)
        self._listening = asyncio.create_task(self._point.start())
        await self.say(self._words.boot())

    async def say(self, message: object) -> Any:
        """Send one message and return its answer."""
        answer = await self._point.call(message)
        assert answer is not None, "it was refused"
        return answer

    async def stop(self) -> None:
        """Let go of everything."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()


class PackageSite:
    """As many of them as wanted, in one event loop."""

    def __init__(
        self,
        _folder: Path,
        url: str,
        count: int,
        _readings: int = READINGS,
        version: OcppVersion = OcppVersion.V16,
    ) -> None:
        self._words = WORDS[version]()
        self._points = [PackagePoint(url, number, version) for number in range(count)]
        self._step = 0
        self._messages: list[object] = []

    async def start(self) -> None:
        """Connect all, one after the other."""
        for point in self._points:
            await point.start()

    async def prepare(self) -> None:
        """Make the next messages."""
        self._step += 1
        at = BEGIN_AT + timedelta(seconds=EVERY_S * self._step)
        self._messages = [
            self._words.metered(self._step, [(at, reading(self._step, n))]) for n in range(len(self._points))
        ]

    async def sample(self) -> None:
        """Let all send at once, and wait for the answers."""
        await asyncio.gather(*(p.say(message) for p, message in zip(self._points, self._messages, strict=True)))
        await quiet()

    async def idle(self) -> None:
        """Do nothing: it looks after nothing by itself."""

    async def stop(self) -> None:
        """Let go of everything."""
        for point in self._points:
            await point.stop()
