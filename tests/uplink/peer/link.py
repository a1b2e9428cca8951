"""One connection of a station to the central system."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tests.uplink.peer.frames import Frame


@dataclass(slots=True, eq=False)
class Link:
    """A connection, and what is under way on it in both directions."""

    identity: str
    connection: ServerConnection
    in_flight: dict[str, tuple[Frame, float]] = field(default_factory=dict)
    """message id → the station's CALL, and until when it has to wait for the answer"""
    last_call: Frame | None = None
    held: list[str] = field(default_factory=list)
    """answers that wait for the station's next CALL"""
    asked: dict[str, asyncio.Future[Frame]] = field(default_factory=dict)
    """message id of our CALL → the answer to come"""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """one CALL of ours at a time"""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def send_soon(self, texts: list[str], delay_s: float, message_id: str | None) -> None:
        """Send these after a while, in this order; with them the CALL `message_id` is no longer in flight."""
        task = asyncio.get_running_loop().create_task(self._send(texts, delay_s, message_id))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def ask(self, message_id: str, text: str) -> Frame:
        """Send a CALL and return the answer; ConnectionError when the connection ends first."""
        future: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self.asked[message_id] = future
        try:
            await self.connection.send(text)
            return await future
        except ConnectionClosed:
            raise ConnectionError(f"{self.identity} has gone") from None
        finally:
            del self.asked[message_id]

    async def end(self) -> None:
        """Let go of everything that was under way."""
        for future in self.asked.values():
            if not future.done():
                future.set_exception(ConnectionError(f"{self.identity} has gone"))
        tasks = tuple(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, texts: list[str], delay_s: float, message_id: str | None) -> None:
        await asyncio.sleep(delay_s)
        if message_id is not None:
            self.in_flight.pop(message_id, None)
        with suppress(ConnectionClosed):
            for text in texts:
                await self.connection.send(text)
