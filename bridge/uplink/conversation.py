"""What happens on one connection: texts come in, questions are answered one by one, messages go out one by one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from bridge.engine.waking import Alarm, sleep_unless, to_its_end
from bridge.errors import BridgeError, CsmsUnreachableError, StoreError
from bridge.ocppj.codes import ErrorCode, code_of_problem
from bridge.ocppj.frames import Call, CallError
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.ocpp.base import to_everest
from bridge.types.ocpp.payload_error import PayloadError
from bridge.uplink.answer import Answer
from bridge.uplink.gathering import Joining
from bridge.uplink.line.link import Line
from bridge.uplink.session import MOST_SILENCES, Failed, Nothing, Reply, Settled, Wanted
from bridge.uplink.station import Station
from bridge.uplink.told.live import idle_values
from bridge.uplink.told.outbox import Look
from bridge.uplink.told.outgoing import Outgoing, Purpose

_LOG = logging.getLogger(__name__)
_MOST_QUESTIONS = 16
"""that wait to be answered; OCPP allows one"""
ANSWER_LIMIT_S = 90.0
"""for one question: a charger may be slow"""
_LONGEST_WAIT_S = 60.0
_DURABLE = frozenset({Purpose.START, Purpose.METER, Purpose.STOP, Purpose.SECURITY})


class Conversation:
    """One connection's life. `run` ends with an error, or when somebody asks for a new beginning."""

    def __init__(self, station: Station, line: Line, waiters: dict[str, asyncio.Future[object]]) -> None:
        self._station = station
        self._line = line
        self._waiters = waiters
        self._session = station.session
        self._clock = station.house.clock
        self._questions: asyncio.Queue[Call] = asyncio.Queue(_MOST_QUESTIONS)
        self._due = asyncio.Event()
        self._alarm = Alarm(self._due, self._clock)
        self._ended = asyncio.Event()
        self._sampled_at: datetime | None = None
        self._retry_at: datetime | None = None
        self._is_gathered = False
        """for the sample at hand, what was read is in the store"""
        self._following: Outgoing | None = None
        """what was found in the outbox when an answer was taken"""
        self._is_flooded = False
        self._look_into_outbox = True
        self._has_news = True
        """something has happened since the outbox was looked into"""
        self._idle_since = self._clock.now()
        """up to here connectors without a transaction were told of"""

    # --- for answers ---------------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Close this connection in order and begin anew."""
        self._ended.set()

    def look(self) -> None:
        """Look whether something is to be said."""
        self._due.set()

    # --- the whole -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Talk until the line breaks (CsmsUnreachableError), the store fails, or `restart` is called."""
        station = self._station
        self._session.opened(self._clock.monotonic_s())
        station.has_work.set()
        station.show(self._session.state)
        jobs: list[Callable[[], Awaitable[None]]] = [self._listen, self._talk, self._answer_all, self._pass_on_work]
        tasks = [asyncio.ensure_future(job()) for job in jobs]
        ending = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait((*tasks, ending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, ending):
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            await self._alarm.stop()
            for outgoing in self._session.closed(self._clock.monotonic_s()):
                self._let_go(outgoing)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _pass_on_work(self) -> None:
        while True:
            await self._station.has_work.wait()
            self._station.has_work.clear()
            self._retry_at = None
            self._has_news = self._look_into_outbox = True
            self._due.set()

    # --- in ------------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        async for text in self._line.texts():
            self._station.card.last_message_at = self._clock.now()
            event = self._session.received(text, self._clock.monotonic_s())
            match event:
                case Settled():
                    await self._settled(event)
                case Failed():
                    await self._failed(event)
                case Wanted():
                    await self._queue(event.call)
                case Reply():
                    await self._line.send(event.text)
                case Nothing():
                    _LOG.debug("%s: %s", self._station.name, event.why)
            self._due.set()

    async def _settled(self, event: Settled) -> None:
        station, outgoing = self._station, event.outgoing
        if outgoing.purpose in _DURABLE:
            is_complete = not self._is_sample_due
            has_news, self._has_news = self._has_news, False
            self._look_into_outbox = False
            work = station.answered(outgoing, event.payload, has_news=has_news)
            look = await to_its_end(work)  # the line may break, and it counts
            if self._session.exchange.in_flight is None and (look.outgoing is not None or is_complete):
                self._following = self._seen(look)
            else:
                self._look_into_outbox = True
        elif outgoing.purpose is Purpose.BOOT:
            station.show(self._session.state)  # first: when the absence ended counts for whatever is told from now on
            await self._booted()
            if self._session.registration is not None:
                station.published("boot_notification_response", to_everest(self._session.registration))
        elif outgoing.purpose is Purpose.ASKED:
            waiter = self._waiters.pop(outgoing.call.message_id, None)
            if waiter is not None and not waiter.done():
                waiter.set_result(event.payload)
        station.show(self._session.state)
        if self._session.is_registered and not station.is_network_proven:
            await station.network_taken()  # also where a mere reconnect boots nobody: it answers

    async def _booted(self) -> None:
        """Take over the interval that the central system chose: it is a setting that it may read again."""
        station = self._station
        interval_s = int(self._session.heartbeat_interval_s)
        if interval_s != station.configuration.settings.heartbeat_interval_s:
            await station.keep_setting(station.configuration.apply("HeartbeatInterval", str(interval_s)))

    async def _failed(self, event: Failed) -> None:
        station, outgoing = self._station, event.outgoing
        said = f"{event.error.code} {event.error.description[:200]}".strip()
        _LOG.warning("%s: it refused %s: %s", station.name, outgoing.call.action, said)
        if outgoing.purpose in _DURABLE:
            now, terms = self._clock.now(), station.terms()
            await station.house.desk.run(lambda store: station.outbox.refused(store, outgoing, event.error, now, terms))
            self._look_into_outbox = True
            await station.count()
        elif outgoing.purpose is Purpose.ASKED:
            self._let_go(outgoing, event.error)

    def _let_go(self, outgoing: Outgoing, error: CallError | None = None) -> None:
        """Tell who waits that there will be no answer."""
        waiter = self._waiters.pop(outgoing.call.message_id, None)
        if waiter is not None and not waiter.done():
            waiter.set_exception(RefusedQuestionError(ErrorCode.GENERIC_ERROR, "" if error is None else error.code))

    async def _queue(self, call: Call) -> None:
        """Let a question wait for its turn; where too many wait it is refused at once, for each has its answer."""
        try:
            self._questions.put_nowait(call)
        except asyncio.QueueFull:
            if not self._is_flooded:
                _LOG.warning("%s: it asks too much at once; some of it is refused", self._station.name)
            self._is_flooded = True
            description = f"{_MOST_QUESTIONS} questions wait for their answers already"
            text = self._session.exchange.refuse(call, ErrorCode.GENERIC_ERROR, description)
            if text is not None:
                await self._line.send(text)

    # --- questions -----------------------------------------------------------------------------------------------

    async def _answer_all(self) -> None:
        while True:
            call = await self._questions.get()
            text, answer = await self._answer(call)
            if text is not None:
                await self._line.send(text)
            if answer.then is not None:
                await self._finish(call, answer.then)
            self._due.set()

    async def _answer(self, call: Call) -> tuple[str | None, Answer]:
        """Return the text of the answer: whatever goes wrong, the central system is told so and the session lives."""
        station, exchange = self._station, self._session.exchange
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                answer = await station.answers.answer(station, self, call)
        except RefusedQuestionError as refusal:
            return exchange.refuse(call, refusal.code, refusal.description), Answer()
        except PayloadError as error:
            return exchange.refuse(call, code_of_problem(error), error.seen), Answer()
        except StoreError as error:
            _LOG.error("%s: %s: %s", station.name, call.action, error)
            return exchange.refuse(call, ErrorCode.INTERNAL_ERROR, "the store cannot be written"), Answer()
        except TimeoutError:
            return exchange.refuse(call, ErrorCode.GENERIC_ERROR, "the charger took too long"), Answer()
        except Exception:  # noqa: BLE001 -- a defect in one answer must not end the session
            _LOG.exception("%s: %s could not be answered; please report this", station.name, call.action[:50])
            return exchange.refuse(call, ErrorCode.INTERNAL_ERROR, "a defect of the station"), Answer()
        return self._worded(call, answer)

    def _worded(self, call: Call, answer: Answer) -> tuple[str | None, Answer]:
        """Hold an answer against the schema; what has been done is finished even where the answer is wrong."""
        payload, exchange = dict(answer.payload), self._session.exchange
        try:
            self._station.schemas.check_answer(call.action, payload)
            return exchange.answer(call, payload), answer
        except (PayloadError, ValueError, TypeError):
            _LOG.exception("%s: the answer to %s is wrong; please report this", self._station.name, call.action[:50])
            return exchange.refuse(call, ErrorCode.INTERNAL_ERROR, "a defect of the station"), answer

    async def _finish(self, call: Call, then: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                await then()
        except (BridgeError, TimeoutError) as error:
            _LOG.warning("%s: after %s: %s", self._station.name, call.action, str(error) or "it took too long")
        except Exception:  # noqa: BLE001 -- a defect in what follows one answer must not end the session either
            _LOG.exception("%s: after %s: please report this", self._station.name, call.action[:50])

    # --- out -----------------------------------------------------------------------------------------------------

    async def _talk(self) -> None:
        while not self._ended.is_set():
            self._due.clear()
            now_s = self._clock.monotonic_s()
            expired = self._session.expire(now_s)
            if expired is not None:
                await self._pass_over(expired)
            if expired is not None and self._session.silences >= MOST_SILENCES:
                seen = f"it answered none of {MOST_SILENCES} messages in time"
                raise CsmsUnreachableError(self._station.name, seen)
            outgoing = self._session.next(now_s, self._minimum_status_s)
            if outgoing is None and self._session.may_tell:
                outgoing = await self._from_outbox()
                if not self._session.may_tell:  # begun anew meanwhile; what was found is kept, and found again
                    self._look_into_outbox = True
                    continue
            if outgoing is None:
                self._alarm.set(self._wait_s())
                await self._due.wait()
            elif self._is_sayable(outgoing):
                self._following = None
                await self._line.send(self._session.send(outgoing, self._clock.monotonic_s()))
            else:
                await self._put_aside(outgoing)

    async def _pass_over(self, outgoing: Outgoing) -> None:
        """Let others of the outbox go before a message that was not answered."""
        if outgoing.purpose in _DURABLE:
            ledger = self._station.outbox.ledger
            await self._station.house.desk.run(lambda _: ledger.unanswered(outgoing))
            self._has_news = self._look_into_outbox = True

    @property
    def _minimum_status_s(self) -> float:
        return float(self._station.configuration.settings.minimum_status_duration_s)

    async def _from_outbox(self) -> Outgoing | None:
        """Ask the outbox where it may have something: after news, an answer, a sample, or a wait."""
        station, now = self._station, self._clock.now()
        following, self._following = self._following, None
        if following is not None and not self._has_news:
            return following
        is_clocked = station.configuration.settings.clock_aligned_data_interval_s > 0
        if self._is_sample_due and (station.card.open_transactions or is_clocked):
            await station.house.recorder.commit()
        is_due = self._sampled_at is not None and now >= self._sampled_at
        if not (self._look_into_outbox or is_due or (self._retry_at is not None and now >= self._retry_at)):
            return None
        self._is_gathered = is_due
        self._has_news = self._look_into_outbox = False  # news that come while it is looked count for the next time
        terms = station.terms()
        look = await station.house.desk.run(Joining(lambda store: station.outbox.look(store, now, terms)))
        if station.outbox.ledger.has_died:
            station.outbox.ledger.has_died = False
            await station.count()
        if is_due and is_clocked and look.outgoing is None:
            self._idle_since = await self._tell_idle(now)
        return self._seen(look)

    async def _tell_idle(self, now: datetime) -> datetime:
        """Tell the clock-aligned values of connectors that have no transaction; lost where nobody listens."""
        until_at, wordings = await idle_values(self._station, self._idle_since, now)
        for wording in wordings:
            self._session.ask(wording)
        if wordings:
            self._due.set()
        return until_at

    @property
    def _is_sample_due(self) -> bool:
        """Whether a sample is due and what was read for it may not be in the store yet."""
        return self._sampled_at is not None and self._clock.now() >= self._sampled_at and not self._is_gathered

    def _seen(self, look: Look) -> Outgoing | None:
        if look.outgoing is not None:
            self._look_into_outbox = True
        else:
            self._sampled_at, self._retry_at, self._is_gathered = look.sampled_at, look.retry_at, False
        return look.outgoing

    def _wait_s(self) -> float:
        now_s, now = self._clock.monotonic_s(), self._clock.now()
        waits = [_LONGEST_WAIT_S, self._session.wake_at_s(self._minimum_status_s) - now_s]
        if self._session.may_tell:
            waits += [(at - now).total_seconds() for at in (self._sampled_at, self._retry_at) if at is not None]
        return max(0.05, min(waits))

    def _is_sayable(self, outgoing: Outgoing) -> bool:
        """Hold a message against the schema: what is sent is strictly what OCPP allows."""
        call = outgoing.call
        try:
            self._station.schemas.check_request(call.action, call.payload)
        except PayloadError as error:
            _LOG.error("%s: %s is not sent: %s (please report this)", self._station.name, call.action, error.seen)
            return False
        return True

    async def _put_aside(self, outgoing: Outgoing) -> None:
        station, now = self._station, self._clock.now()
        if outgoing.purpose in _DURABLE:
            reason = "it is not what OCPP allows: a defect of the bridge"
            await station.house.desk.run(lambda store: station.outbox.unsayable(store, outgoing, reason, now))
            await station.count()
        elif outgoing.purpose is Purpose.STATUS and outgoing.notice is not None:
            self._session.states.told(outgoing.notice)
        self._let_go(outgoing)
        await sleep_unless(self._due, 1.0, self._clock)
