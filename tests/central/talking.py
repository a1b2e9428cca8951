"""A conversation over a line in memory, for its tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bridge.central.conversation import Conversation, Limits
from bridge.central.line import LineLostError
from bridge.types.ocpp.version import OcppVersion
from tests.central.stations import LIMIT_S, FakeAnswers
from tests.clock import FakeClock

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


class FakeLine:
    """A line in memory; what a test puts into `arriving` is received, what is sent lies in `sent`."""

    def __init__(self) -> None:
        self.arriving: asyncio.Queue[str | bytes | LineLostError] = asyncio.Queue()
        self.sent: asyncio.Queue[list[Any]] = asyncio.Queue()
        self.is_open = True
        self.local_host = "127.0.0.1"
        self.closed: tuple[int, str] | None = None
        self.pings = 0
        self.answers_pings = True

    async def send(self, text: str) -> None:
        """Send."""
        if not self.is_open:
            raise LineLostError("the line broke")
        self.sent.put_nowait(json.loads(text))

    async def receive(self) -> str | bytes:
        """Receive."""
        arrived = await self.arriving.get()
        if isinstance(arrived, LineLostError):
            self.is_open = False
            raise arrived
        return arrived

    async def ping(self) -> None:
        """Answer a ping, or never."""
        self.pings += 1
        if not self.answers_pings:
            await asyncio.Event().wait()

    async def close(self, code: int, reason: str) -> None:
        """Close."""
        self.is_open = False
        self.closed = self.closed or (code, reason)


@dataclass(slots=True)
class Talking:
    """A conversation over a line in memory."""

    line: FakeLine
    answers: FakeAnswers
    clock: FakeClock
    talk: Conversation
    run: asyncio.Task[str]

    def says(self, *frame: Any) -> None:
        """Have the station say something."""
        self.line.arriving.put_nowait(json.dumps(frame))

    def asks(self, action: str, payload: Any = None, number: str = "1") -> None:
        """Have the station ask."""
        self.says(2, number, action, {} if payload is None else payload)

    async def hears(self) -> list[Any]:
        """Return what the station hears next."""
        async with asyncio.timeout(LIMIT_S):
            return await self.line.sent.get()

    async def ended(self) -> str:
        """Wait until it has ended; returns why."""
        async with asyncio.timeout(LIMIT_S):
            return await self.run


@asynccontextmanager
async def talking(version: OcppVersion = OcppVersion.V16, limits: Limits | None = None) -> AsyncIterator[Talking]:
    """Hold a conversation."""
    line, answers, clock = FakeLine(), FakeAnswers(), FakeClock()
    talk = Conversation(line, version, answers, clock, "carport (config.yaml:12)", limits=limits or Limits())
    run = asyncio.create_task(talk.run())
    try:
        yield Talking(line, answers, clock, talk, run)
    finally:
        talk.stop("the test is over")
        await asyncio.gather(run, return_exceptions=True)
