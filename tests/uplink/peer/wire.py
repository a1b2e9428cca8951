"""One connection through the fault proxy: two websockets and what passes between them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed

from tests.uplink.peer.fault_plan import Fault, Way
from tests.uplink.peer.frames import CALL, CALLERROR, CALLRESULT, error_text
from tests.uplink.peer.tcp_reset import reset

Draw = Callable[["Passing"], tuple[Fault | None, float]]
"""a frame → its fate and how many seconds that lasts"""


@dataclass(frozen=True, slots=True)
class Passing:
    """A frame on its way; an answer bears the action of the CALL that it answers."""

    connection: int
    way: Way
    text: str | bytes
    message_id: str
    action: str
    is_call: bool
    is_answer: bool


class Pair:
    """The station's end and the central system's end of one connection."""

    def __init__(self, number: int, station: Connection, csms: Connection, draw: Draw) -> None:
        self.number = number
        self.actions: dict[tuple[Way, str], str] = {}
        """(way of the answer, message id) → action"""
        self.frozen = False
        self.over = asyncio.Event()
        self._up = Wire(self, Way.UP, station, csms, draw)
        self._down = Wire(self, Way.DOWN, csms, station, draw)
        self._ends = (station, csms)
        self._thaw: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Pass frames until one side ends, then end the other in the same manner."""
        pumps = [asyncio.create_task(wire.run()) for wire in (self._up, self._down)]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            await self._end_alike()
        finally:
            self.reset()
            for pump in pumps:
                pump.cancel()
            results = await asyncio.gather(*pumps, return_exceptions=True)
            for wire in (self._up, self._down):
                await wire.drop_held()
        for result in results:
            if isinstance(result, Exception):
                raise result

    def opposite(self, way: Way) -> Wire:
        """Return the wire the other way."""
        return self._down if way is Way.UP else self._up

    def reset(self) -> None:
        """Cut both ends."""
        self.over.set()
        if self._thaw is not None:
            self._thaw.cancel()
        for end in self._ends:
            reset(end)

    def freeze(self, lasting_s: float) -> None:
        """Stop reading and sending, and reset after a while."""
        if not self.frozen:
            self.frozen = True
            for end in self._ends:
                end.transport.pause_reading()
            self._thaw = asyncio.get_running_loop().call_later(lasting_s, self.reset)

    def release(self) -> None:
        """Deliver what is held; reset what is frozen."""
        if self.frozen:
            self.reset()
        self._up.release_held()
        self._down.release_held()

    async def _end_alike(self) -> None:
        for end, other in (self._ends, self._ends[::-1]):
            code = end.close_code
            if code is not None and code != 1006 and end.protocol.close_rcvd is not None:
                await other.close(code, end.close_reason or "")


@dataclass(slots=True, eq=False)
class Wire:
    """One way of a connection."""

    pair: Pair
    way: Way
    source: Connection
    sink: Connection
    draw: Draw
    reordered: list[asyncio.Event] = field(default_factory=list)
    late: list[asyncio.Event] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Pass frames until the source ends."""
        with suppress(ConnectionClosed):
            async for text in self.source:
                await self._pass(text)

    def release_held(self) -> None:
        """Deliver what waits."""
        for event in (*self.reordered, *self.late):
            event.set()

    async def drop_held(self) -> None:
        """Forget what waits."""
        tasks = tuple(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pass(self, text: str | bytes) -> None:
        passing = self._look_at(text)
        fault, lasting_s = self.draw(passing)
        await self._meet(passing, fault, lasting_s)
        if self.pair.frozen:
            await self.pair.over.wait()

    async def _meet(self, passing: Passing, fault: Fault | None, lasting_s: float) -> None:
        text = passing.text
        match fault:
            case Fault.CUT_BEFORE:
                self.pair.reset()
            case Fault.CUT_AFTER:
                await self._send(text)
                self.pair.reset()
            case Fault.HALF_OPEN:
                self.pair.freeze(lasting_s)
            case Fault.REORDER | Fault.SWALLOW:
                self._hold(text, self.late if fault is Fault.SWALLOW else self.reordered, lasting_s)
            case Fault.LOSE:
                pass
            case Fault.CALL_ERROR:
                await self._deliver(passing, error_text(passing.message_id, "InternalError", "not on our side"))
            case Fault.DUPLICATE:
                await self._send(text)
                await self._deliver(passing, text)
            case Fault.DELAY:
                await asyncio.sleep(lasting_s)
                await self._deliver(passing, text)
            case None:
                await self._deliver(passing, text)

    def _look_at(self, text: str | bytes) -> Passing:
        """Read what can be read; frames that are none pass too."""
        sort, message_id, action = 0, "", ""
        with suppress(ValueError, TypeError, LookupError):
            frame = json.loads(text)
            sort, message_id = int(frame[0]), str(frame[1])
            if sort == CALL:
                action = str(frame[2])
                self.pair.actions[self.pair.opposite(self.way).way, message_id] = action
            else:
                action = self.pair.actions.get((self.way, message_id), "")
        is_answer = sort in {CALLRESULT, CALLERROR}
        return Passing(self.pair.number, self.way, text, message_id, action, sort == CALL, is_answer)

    async def _deliver(self, passing: Passing, text: str | bytes) -> None:
        await self._send(text)
        if passing.is_answer:
            for event in self.reordered:
                event.set()
        if passing.is_call:
            for event in self.pair.opposite(self.way).late:
                event.set()

    def _hold(self, text: str | bytes, place: list[asyncio.Event], at_most_s: float) -> None:
        event = asyncio.Event()
        place.append(event)
        task = asyncio.get_running_loop().create_task(self._send_when(event, text, place, at_most_s))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _send_when(
        self, event: asyncio.Event, text: str | bytes, place: list[asyncio.Event], at_most_s: float
    ) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await event.wait()
        place.remove(event)
        await self._send(text)

    async def _send(self, text: str | bytes) -> None:
        if self.pair.frozen:
            await self.pair.over.wait()
        with suppress(ConnectionClosed):
            await self.sink.send(text)
