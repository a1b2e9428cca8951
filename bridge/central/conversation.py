"""What happens on one connection of a station: its questions are answered one by one, ours are asked one by one.

    reader ──questions──▶ queue ──▶ answerer ──answers──▶ line        (at the rate that `Limits` allows)
       │                                └──▶ followers: what is done after an answer was sent
       └──answers to us──▶ `OurCalls`
    watcher: pings a line on which nothing came; whoever does not answer is gone

A station that asks faster than it may is read more slowly (the queue is full, and TCP holds the rest); one that goes on
like that, or sends what makes no sense again and again, is closed. Whatever is wrong with one message, the conversation
lives: the station is told by a CALLERROR.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bridge.central.calls import OurCalls
from bridge.central.line import NORMAL, POLICY, Line, LineLostError
from bridge.central.rates import TokenBucket
from bridge.central.talk import Answering, CallRefusedError, NotSentError, SilentError
from bridge.engine.waking import within
from bridge.errors import BridgeError, StoreError
from bridge.ocppj.codes import ErrorCode, code_of_problem
from bridge.ocppj.events import Answered, Asked, AskedAgain, Event, Malformed, Refused, Told, Unexpected
from bridge.ocppj.exchange import Exchange
from bridge.ocppj.frames import Call
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.ocppj.schemas import Schemas
from bridge.ports import Clock
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.version import OcppVersion

_LOG = logging.getLogger(__name__)
_NAME_SHOWN: Final = 50
_MOST_FOLLOWERS: Final = 16
_ROUNDING_S: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may."""

    most_questions: int = 32
    """that wait to be answered; OCPP allows one"""
    burst: int = 100
    """questions at once"""
    per_s: float = 20.0
    """questions for long; a station tells its values once a second at most"""
    patience_s: float = 10.0
    """how long a question waits for a place in the queue before it is refused"""
    crowded_s: float = 60.0
    """how long the queue may stay full"""
    nonsense_burst: int = 100
    """messages that make no sense, or come twice"""
    nonsense_per_s: float = 5.0
    answer_s: float = 60.0
    """for one answer: the store may be slow"""
    follow_s: float = 1800.0
    """for all that follows one answer"""
    silent_s: float = 30.0
    """without a message; then a ping is sent, and has as long to be answered"""
    grace_s: float = 5.0
    """for what is being done when the line breaks"""


LIMITS: Final = Limits()


class Conversation:
    """One connection's life, and `bridge.central.talk.Talk` for who asks the station."""

    def __init__(
        self,
        line: Line,
        version: OcppVersion,
        answering: Answering,
        clock: Clock,
        where: str,
        *,
        turn: asyncio.Lock | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self.version = version
        self._line = line
        self._answering = answering
        self._clock = clock
        self._where = where
        self._limits = limits
        self._turn = turn or asyncio.Lock()
        """shared by the connections of one station: it is answered one question at a time"""
        self._exchange = Exchange(version)
        self._schemas = Schemas(version)
        self._calls = OurCalls(line, self._exchange, clock, where)
        self._questions: asyncio.Queue[Call] = asyncio.Queue(limits.most_questions)
        now_s = clock.monotonic_s()
        self._rate = TokenBucket(limits.burst, limits.per_s, now_s)
        self._nonsense = TokenBucket(limits.nonsense_burst, limits.nonsense_per_s, now_s)
        self._crowded_since_s: float | None = None
        self._alive_at_s = now_s
        self._is_reading = True
        self._is_answering = False
        self._followers: set[asyncio.Task[None]] = set()
        self._follower_left = asyncio.Event()
        self._over = asyncio.Event()
        self._why = ""
        self._code = NORMAL

    # --- for who asks and who ends -------------------------------------------------------------------------------

    async def call(self, action: str, payload: Mapping[str, Any], limit_s: float = 30.0) -> dict[str, Any]:
        """Ask the station; see `bridge.central.talk.Talk`. LookupError for an action that the version lacks."""
        return await self._calls.call(action, payload, limit_s)

    async def close(self, why: str) -> None:
        """End the connection in order; see `bridge.central.talk.Talk`."""
        self.stop(why)
        await self._line.close(self._code, self._why)

    def stop(self, why: str, code: int = NORMAL) -> None:
        """Answer nothing from now on, let our calls be silent, and have `run` close the line."""
        if not self._over.is_set():
            self._why, self._code = why, code
            self._over.set()
            self._exchange.disconnected()  # an answer that becomes ready belongs to nobody
            self._calls.stop(why)

    # --- the whole -----------------------------------------------------------------------------------------------

    async def run(self) -> str:
        """Talk until the line is gone or `stop`; returns why it ended, for a person."""
        answerer = asyncio.ensure_future(self._guarded(self._answer_all))
        others = [asyncio.ensure_future(self._guarded(work)) for work in (self._read, self._watch)]
        try:
            await self._over.wait()
        finally:
            self.stop("the connection was closed from here")
            for task in others:
                task.cancel()
            closing = asyncio.ensure_future(self._line.close(self._code, self._why))
            try:
                await self._see_off(answerer)
                await closing
            finally:
                tasks = (answerer, closing, *others, *self._followers)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        return self._why

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do a part of the conversation, which ends with it."""
        try:
            await work()
        except LineLostError as error:
            self.stop(error.why)
        except Exception:  # noqa: BLE001 -- a defect ends one conversation and no other
            _LOG.exception("%s: the conversation failed; please report this", self._where)
            self.stop("a defect of the bridge")

    async def _see_off(self, answerer: asyncio.Future[None]) -> None:
        """Let what is being done come to its end within a limit: half done it would be in the store and not here."""
        if not self._is_answering:
            answerer.cancel()
        await asyncio.wait({answerer, *self._followers}, timeout=self._limits.grace_s)

    # --- in ------------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        while not self._over.is_set():
            text = await self._line.receive()
            self._alive_at_s = self._clock.monotonic_s()
            self._answering.heard()
            await self._take(self._exchange.receive(text))
            await asyncio.sleep(0)  # a line with much to read gives way after each message

    async def _take(self, event: Event) -> None:
        match event:
            case Asked():
                if event.note:
                    _LOG.debug("%s: a question: %s", self._where, event.note)
                await self._queue(event.call)
            case Answered() | Refused():
                self._calls.settle(event)
            case AskedAgain():
                await self._odd("a question was repeated", event.reply)
            case Malformed():
                await self._odd(event.why, event.reply)
            case Unexpected():
                await self._odd(event.why)
            case Told():
                await self._odd(f"it tells {event.send.action[:_NAME_SHOWN]}, which nobody asked for")

    async def _odd(self, why: str, reply: str | None = None) -> None:
        """Note what makes no sense; too much of it ends the conversation."""
        if not self._nonsense.take(self._clock.monotonic_s()):
            self.stop("it goes on sending what makes no sense", POLICY)
            return
        _LOG.debug("%s: %s", self._where, why)
        if reply is not None:
            await self._line.send(reply)

    async def _queue(self, call: Call) -> None:
        """Let a question wait for its turn. Where too many wait nothing is read for a while, then it is refused."""
        if not self._questions.full():
            self._questions.put_nowait(call)
            return
        now_s = self._clock.monotonic_s()
        if self._crowded_since_s is None:
            self._crowded_since_s = now_s
            _LOG.warning("%s: it asks too much at once and is slowed down", self._where)
        elif now_s - self._crowded_since_s > self._limits.crowded_s:
            self.stop("it goes on asking too much at once", POLICY)
            return
        self._is_reading = False
        try:
            await within(self._limits.patience_s, self._questions.put(call), self._clock)
        except TimeoutError:
            description = f"{self._limits.most_questions} questions wait for their answers already"
            text = self._exchange.refuse(call, ErrorCode.GENERIC_ERROR, description)
            if text is not None:
                await self._line.send(text)
        finally:
            self._is_reading = True
            self._alive_at_s = self._clock.monotonic_s()

    # --- answers -------------------------------------------------------------------------------------------------

    async def _answer_all(self) -> None:
        while not self._over.is_set():
            if self._questions.empty():
                self._crowded_since_s = None
            call = await self._questions.get()
            await self._keep_to_the_rate()
            async with self._turn:
                if self._over.is_set():
                    return
                self._is_answering = True
                try:
                    text, is_worked_on = await self._answer(call)
                finally:
                    self._is_answering = False
            if text is not None:  # None: the connection is over, and nobody waits for it
                await self._line.send(text)
                if is_worked_on and self._answering.is_followed(call):
                    await self._follow(call)

    async def _keep_to_the_rate(self) -> None:
        while not self._rate.take(self._clock.monotonic_s()):
            await self._clock.sleep(self._rate.wait_s(self._clock.monotonic_s()))

    async def _answer(self, call: Call) -> tuple[str | None, bool]:
        """Return the text of the answer, and whether it is one: whatever goes wrong, the station is told so."""
        try:
            return self._exchange.answer(call, await self._work_on(call)), True
        except Exception as error:  # noqa: BLE001 -- a defect in one answer must not end the conversation
            code, description = self._refusal(call, error)
            return self._exchange.refuse(call, code, description), False

    async def _work_on(self, call: Call) -> dict[str, Any]:
        if not self._exchange.knows(call.action):
            raise RefusedQuestionError(ErrorCode.NOT_IMPLEMENTED, f"OCPP {self.version} has no such action.")
        question = _whole(call)
        self._schemas.check_request(question.action, question.payload, lenient=True)
        async with asyncio.timeout(self._limits.answer_s):
            payload = dict(await self._answering.answer(question, self.version))
        self._schemas.check_answer(call.action, payload)
        return payload

    def _refusal(self, call: Call, error: Exception) -> tuple[ErrorCode, str]:
        """Return what a station is told where its question has no answer: InternalError has it ask again [spec]."""
        name = f"{self._where}: {call.action[:_NAME_SHOWN]!a}"
        match error:
            case RefusedQuestionError():
                _LOG.debug("%s is refused: %s", name, error.description)
                return error.code, error.description
            case PayloadError() if error.where != f"{call.action}Response":
                _LOG.warning("%s is not used: %s", name, error.seen)
                return code_of_problem(error), error.seen
            case StoreError():
                _LOG.error("%s: %s", name, error)
                return ErrorCode.INTERNAL_ERROR, "It could not be stored; please repeat it."
            case TimeoutError():
                _LOG.error("%s could not be answered within %g s", name, self._limits.answer_s)
                return ErrorCode.INTERNAL_ERROR, "It took too long; please repeat it."
        _LOG.error("%s could not be answered; please report this", name, exc_info=error)
        return ErrorCode.INTERNAL_ERROR, "A defect of the central system."

    async def _follow(self, call: Call) -> None:
        """Begin what follows from an answer that was sent; where too much is being done, the next question waits."""
        task = asyncio.ensure_future(self._do_follow(call))
        self._followers.add(task)
        task.add_done_callback(self._followed)
        while len(self._followers) > _MOST_FOLLOWERS:
            self._follower_left.clear()
            await self._follower_left.wait()

    def _followed(self, task: asyncio.Task[None]) -> None:
        self._followers.discard(task)
        self._follower_left.set()

    async def _do_follow(self, call: Call) -> None:
        try:
            async with asyncio.timeout(self._limits.follow_s):
                await self._answering.answered(_whole(call), self.version)
        except (NotSentError, SilentError, CallRefusedError, BridgeError, TimeoutError) as error:
            said = str(error) or type(error).__name__
            _LOG.warning("%s: after %s: %s", self._where, call.action[:_NAME_SHOWN], said)
        except Exception:  # noqa: BLE001 -- a defect in what follows one answer must not end the conversation either
            _LOG.exception("%s: after %s; please report this", self._where, call.action[:_NAME_SHOWN])

    # --- is it still there? --------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Ping a line on which nothing came; LineLostError when neither a pong nor anything else follows."""
        silent_s, clock = self._limits.silent_s, self._clock
        while True:
            rest_s = self._alive_at_s + silent_s - clock.monotonic_s()
            if rest_s > _ROUNDING_S:
                await clock.sleep(rest_s)
                continue
            before_s = self._alive_at_s
            try:
                await within(silent_s, self._line.ping(), clock)
            except TimeoutError:
                if self._alive_at_s == before_s and self._is_reading:
                    raise LineLostError(f"it answered no ping within {silent_s:g} s") from None
            self._alive_at_s = clock.monotonic_s()


def _whole(call: Call) -> Call:
    """Return the call with a payload: some stations send null where there is nothing to say [doc]."""
    return call if call.payload is not None else replace(call, payload={})
