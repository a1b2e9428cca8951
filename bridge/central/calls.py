"""Our calls to a station: one in flight, the others wait for their turn."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping
from typing import Any, Final

from bridge.central.line import Line, LineLostError
from bridge.central.talk import CallRefusedError, NotSentError, SilentError
from bridge.engine.waking import within
from bridge.ocppj.events import Answered, Refused
from bridge.ocppj.exchange import Exchange
from bridge.ocppj.frames import Call
from bridge.ocppj.schemas import Schemas
from bridge.ports import Clock

_LOG = logging.getLogger(__name__)
MOST_WAITING: Final = 32
"""calls that wait for their turn; who asks for more asks in vain"""

Reply = asyncio.Future[Answered | Refused]


class OurCalls:
    """The calls on one connection."""

    def __init__(self, line: Line, exchange: Exchange, clock: Clock, where: str) -> None:
        self._line = line
        self._exchange = exchange
        self._schemas = Schemas(exchange.version)
        self._clock = clock
        self._where = where
        self._turn = asyncio.Lock()  # first come, first served
        self._waiting = 0
        self._reply: Reply | None = None
        self._is_over = False

    async def call(self, action: str, payload: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        """See `bridge.central.talk.Talk.call`; `limit_s` counts from the sending on."""
        content = dict(payload)
        self._schemas.check_request(action, content)
        if self._waiting > MOST_WAITING:
            raise NotSentError(f"{MOST_WAITING} calls wait for their turn already")
        self._waiting += 1
        try:
            async with self._turn:
                event = await self._ask(Call(str(uuid.uuid4()), action, content), limit_s)
        finally:
            self._waiting -= 1
        if isinstance(event, Refused):
            raise CallRefusedError(event.error)
        self._schemas.check_answer(action, event.payload, lenient=True)
        return dict(event.payload)

    def settle(self, event: Answered | Refused) -> None:
        """Hand over what the station answered, to whoever waits for it."""
        if event.late:
            _LOG.debug("%s: an answer to %s came too late", self._where, event.call.action)
        elif self._reply is not None and not self._reply.done():
            self._reply.set_result(event)

    def stop(self, why: str) -> None:
        """Take no further call: the one in flight is silent, the others were not sent."""
        self._is_over = True
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(SilentError(why))

    async def _ask(self, call: Call, limit_s: float) -> Answered | Refused:
        if self._is_over or not self._line.is_open:
            raise NotSentError("the line is gone")
        text = self._exchange.call(call)
        reply: Reply = asyncio.get_running_loop().create_future()
        self._reply = reply
        try:
            await self._line.send(text)
            return await within(limit_s, _result(reply), self._clock)
        except LineLostError as error:  # it may have read it before
            raise SilentError(error.why) from None
        except TimeoutError:
            raise SilentError(f"no answer within {limit_s:g} s") from None
        finally:
            self._reply = None
            reply.cancel()
            if self._exchange.in_flight is call:
                self._exchange.give_up()


async def _result(reply: Reply) -> Answered | Refused:
    return await reply
