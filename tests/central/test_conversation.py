from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from bridge.central.calls import MOST_WAITING
from bridge.central.conversation import Conversation, Limits
from bridge.central.line import LineLostError
from bridge.central.talk import CallRefusedError, NotSentError, SilentError
from bridge.errors import StoreError
from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind
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


def test_questions_are_answered_in_order_one_at_a_time() -> None:
    """Also where the first takes long and all came at once."""

    async def scene() -> None:
        async with talking() as it:
            it.answers.gate = asyncio.Event()
            for number in "123":
                it.asks("Heartbeat", number=number)
            await it.clock.settle()
            assert it.line.sent.empty()
            it.answers.gate.set()
            assert [(await it.hears())[:2] for _ in range(3)] == [[3, "1"], [3, "2"], [3, "3"]]
            assert it.answers.most_working == 1
            await it.clock.settle()
            assert [call.message_id for call in it.answers.followed] == ["1", "2", "3"]

    asyncio.run(scene())


def test_more_than_the_standard_has_is_taken() -> None:
    """Unknown fields, null for nothing, a timestamp without a zone."""

    async def scene() -> None:
        async with talking() as it:
            it.answers.reply = {}
            it.asks(
                "StatusNotification",
                {**STATUS, "vendorMood": {"x": 1}, "info": None, "timestamp": "2025-03-03T12:00:00"},
            )
            assert await it.hears() == [3, "1", {}]
            it.answers.reply = {"currentTime": "2025-03-03T12:00:00Z"}
            it.says(2, "2", "Heartbeat", None)
            assert (await it.hears())[0] == 3
            assert it.answers.asked[-1].payload == {}

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("version", "action", "payload", "code"),
    [
        (OcppVersion.V16, "StatusNotification", {**STATUS, "connectorId": "1"}, "TypeConstraintViolation"),
        (OcppVersion.V16, "StatusNotification", {**STATUS, "timestamp": "noon"}, "PropertyConstraintViolation"),
        (OcppVersion.V16, "StatusNotification", {"connectorId": 1}, "OccurenceConstraintViolation"),
        (OcppVersion.V201, "StatusNotification", {"evseId": 1}, "OccurrenceConstraintViolation"),
        (OcppVersion.V16, "Heartbeat", [], "TypeConstraintViolation"),
        (OcppVersion.V16, "Sing", {}, "NotImplemented"),
        (OcppVersion.V16, "TransactionEvent", {}, "NotImplemented"),
    ],
)
def test_what_is_wrong_with_a_question_is_told(version: OcppVersion, action: str, payload: Any, code: str) -> None:
    """By the code of that version; nobody was asked, and the conversation goes on."""

    async def scene() -> None:
        async with talking(version) as it:
            it.asks(action, payload)
            kind, number, said, *_ = await it.hears()
            assert (kind, number, said) == (4, "1", code)
            assert it.answers.asked == it.answers.followed == []
            it.asks("Heartbeat", number="2")
            assert (await it.hears())[:2] == [3, "2"]

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("fault", "code", "is_defect"),
    [
        (RefusedQuestionError(ErrorCode.NOT_SUPPORTED, "not here"), "NotSupported", False),
        (PayloadError("X", [Problem("a", ProblemKind.VALUE, "is odd")]), "PropertyConstraintViolation", False),
        (StoreError("store", "the disk is full"), "InternalError", False),
        (RuntimeError("a defect"), "InternalError", True),
        (TimeoutError(), "InternalError", False),
    ],
)
def test_whatever_fails_inside_is_told(
    fault: Exception, code: str, caplog: pytest.LogCaptureFixture, *, is_defect: bool
) -> None:
    """The station gets an error, a person reads of what is not the station's fault, and the conversation lives."""

    async def scene() -> None:
        async with talking() as it:
            it.answers.fault = fault
            it.asks("Heartbeat")
            assert (await it.hears())[2] == code
            it.answers.fault = None
            it.asks("Heartbeat", number="2")
            assert (await it.hears())[0] == 3
            await it.clock.settle()
            assert [call.message_id for call in it.answers.followed] == ["2"]

    asyncio.run(scene())
    assert ("please report this" in caplog.text) == is_defect


def test_answer_of_ours_that_is_wrong_is_not_sent(caplog: pytest.LogCaptureFixture) -> None:
    """It is a defect of the bridge; the station hears InternalError."""

    async def scene() -> None:
        async with talking() as it:
            for reply in ({"currentTime": 7}, {}, {"currentTime": "2025-03-03T12:00:00Z", "more": 1}):
                it.answers.reply = reply
                it.asks("Heartbeat", number=str(len(reply)) + str(reply)[:20])
                assert (await it.hears())[2] == "InternalError"

    asyncio.run(scene())
    assert "please report this" in caplog.text


def test_answer_that_takes_too_long_is_given_up() -> None:
    """After a limit the next question has its turn."""

    async def scene() -> None:
        async with talking(limits=Limits(answer_s=0.01)) as it:
            it.answers.gate = asyncio.Event()
            it.asks("Heartbeat")
            assert (await it.hears())[2] == "InternalError"

    asyncio.run(scene())


def test_repeated_question_has_the_same_answer() -> None:
    """It is worked on once; with other content the same id is another question."""

    async def scene() -> None:
        async with talking() as it:
            it.asks("Heartbeat")
            first = await it.hears()
            it.answers.reply = {"currentTime": "2026-01-01T00:00:00Z"}
            it.asks("Heartbeat")
            assert await it.hears() == first
            assert len(it.answers.asked) == 1
            it.answers.reply = {}
            it.asks("StatusNotification", STATUS)
            assert await it.hears() == [3, "1", {}]

    asyncio.run(scene())


def test_what_follows_an_answer_holds_nothing_up() -> None:
    """The station can be asked then, while its own questions are answered."""

    async def scene() -> None:
        async with talking() as it:
            results: list[dict[str, Any]] = []

            async def after() -> None:
                if it.answers.followed[-1].message_id == "1":
                    results.append(await it.talk.call("GetConfiguration", {}))

            it.answers.after = after
            it.asks("Heartbeat")
            assert (await it.hears())[0] == 3
            asked = await it.hears()
            assert asked[2] == "GetConfiguration"
            it.asks("Heartbeat", number="2")
            assert (await it.hears())[:2] == [3, "2"]
            it.says(3, asked[1], {"configurationKey": [], "more": 1})
            await it.clock.settle()
            assert results == [{"configurationKey": [], "more": 1}]

    asyncio.run(scene())


def test_nothing_is_begun_where_nothing_follows() -> None:
    """Nearly all answers are the end of it."""

    async def scene() -> None:
        async with talking() as it:
            it.answers.has_sequels = False
            it.asks("Heartbeat")
            assert (await it.hears())[0] == 3
            await it.clock.settle()
            assert it.answers.followed == []

    asyncio.run(scene())


def test_failure_of_what_follows_is_nobodys_problem(caplog: pytest.LogCaptureFixture) -> None:
    """It is told of, and the conversation goes on."""

    async def scene() -> None:
        async with talking() as it:

            async def after() -> None:
                raise RuntimeError("a defect")

            it.answers.after = after
            for number in "12":
                it.asks("Heartbeat", number=number)
                assert (await it.hears())[:2] == [3, number]

    asyncio.run(scene())
    assert caplog.text.count("please report this") == 2


def test_many_followers_make_the_next_question_wait() -> None:
    """What follows is bounded: the next question waits until some of it is done, and answers to us come through."""

    async def scene() -> None:
        async with talking() as it:
            gate = asyncio.Event()

            async def after() -> None:
                await gate.wait()

            it.answers.after = after
            for number in range(30):
                it.asks("Heartbeat", number=str(number))
            await it.clock.settle()
            assert it.line.sent.qsize() == 17
            gate.set()
            await it.clock.settle()
            assert it.line.sent.qsize() == 30

    asyncio.run(scene())


# --- our calls -----------------------------------------------------------------------------------------------------


def test_one_call_is_in_flight() -> None:
    """The others wait, in their order."""

    async def scene() -> None:
        async with talking() as it:
            calls = [asyncio.create_task(it.talk.call("ChangeConfiguration", {"key": "K", "value": v})) for v in "abc"]
            for value in "abc":
                asked = await it.hears()
                assert asked[3]["value"] == value
                await it.clock.settle()
                assert it.line.sent.empty()
                it.says(3, asked[1], {"status": "Accepted"})
            assert await asyncio.gather(*calls) == [{"status": "Accepted"}] * 3

    asyncio.run(scene())


def test_call_that_is_refused_says_so() -> None:
    """With the station's own error."""

    async def scene() -> None:
        async with talking() as it:
            asking = asyncio.create_task(it.talk.call("ClearCache", {}))
            asked = await it.hears()
            it.says(4, asked[1], "NotSupported", "no cache", {})
            with pytest.raises(CallRefusedError) as refused:
                await asking
            assert refused.value.error.code == "NotSupported"

    asyncio.run(scene())


def test_call_without_an_answer_is_silent_and_the_next_goes_out() -> None:
    """What comes too late is ignored, and counts neither for the next call nor against the station."""

    async def scene() -> None:
        async with talking() as it:
            asking = asyncio.create_task(it.talk.call("ClearCache", {}, limit_s=20))
            first = await it.hears()
            await it.clock.advance(19.9)
            assert not asking.done()
            await it.clock.advance(0.2)
            with pytest.raises(SilentError):
                await asking
            asking = asyncio.create_task(it.talk.call("ClearCache", {}))
            second = await it.hears()
            it.says(3, first[1], {"status": "Rejected"})
            await it.clock.settle()
            assert not asking.done()
            it.says(3, second[1], {"status": "Accepted"})
            assert await asking == {"status": "Accepted"}

    asyncio.run(scene())


def test_call_is_checked_both_ways() -> None:
    """Ours before it is sent, and the answer leniently after it came."""

    async def scene() -> None:
        async with talking() as it:
            with pytest.raises(PayloadError):
                await it.talk.call("ChangeConfiguration", {"key": "K"})
            with pytest.raises(LookupError):
                await it.talk.call("SetVariables", {})
            assert it.line.sent.empty()
            asking = asyncio.create_task(it.talk.call("ClearCache", {}))
            asked = await it.hears()
            it.says(3, asked[1], {"status": 7})
            with pytest.raises(PayloadError):
                await asking

    asyncio.run(scene())


def test_calls_that_wait_are_bounded() -> None:
    """One in flight and so many waiting; who asks for more was not sent."""

    async def scene() -> None:
        async with talking() as it:
            calls = [asyncio.create_task(it.talk.call("ClearCache", {})) for _ in range(MOST_WAITING + 1)]
            await it.hears()
            with pytest.raises(NotSentError):
                await it.talk.call("ClearCache", {})
            it.talk.stop("enough")
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert isinstance(results[0], SilentError)
            assert all(isinstance(result, NotSentError) for result in results[1:])

    asyncio.run(scene())


@pytest.mark.parametrize("count", [1, 2])
def test_caller_that_goes_leaves_the_line_free(count: int) -> None:
    """A call whose caller was cancelled, in flight or waiting, holds up no other."""

    async def scene() -> None:
        async with talking() as it:
            calls = [asyncio.create_task(it.talk.call("ClearCache", {})) for _ in range(2)]
            await it.hears()
            for call in calls[:count]:
                call.cancel()
            await asyncio.gather(*calls[:count], return_exceptions=True)
            asking = calls[1] if count == 1 else asyncio.create_task(it.talk.call("ClearCache", {}))
            asked = await it.hears()
            it.says(3, asked[1], {"status": "Accepted"})
            assert await asking == {"status": "Accepted"}

    asyncio.run(scene())


def test_line_that_breaks_ends_all() -> None:
    """A call that was sent is silent, one that waits was not sent, and the conversation says why it ended."""

    async def scene() -> None:
        async with talking() as it:
            calls = [asyncio.create_task(it.talk.call("ClearCache", {})) for _ in range(2)]
            await it.hears()
            it.line.arriving.put_nowait(LineLostError("the line broke"))
            assert await it.ended() == "the line broke"
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(result) for result in results] == [SilentError, NotSentError]
            with pytest.raises(NotSentError):
                await it.talk.call("ClearCache", {})

    asyncio.run(scene())


def test_answer_in_work_comes_to_its_end_when_the_line_breaks() -> None:
    """Half done it would be in the store and not in memory; it is sent to nobody, and nothing follows from it."""

    async def scene() -> None:
        async with talking() as it:
            it.answers.gate = asyncio.Event()
            it.asks("Heartbeat")
            it.asks("Heartbeat", number="2")
            await it.answers.started.wait()
            it.line.arriving.put_nowait(LineLostError("the line broke"))
            await it.clock.settle()
            assert it.answers.working == 1
            assert not it.run.done()
            it.answers.gate.set()
            await it.ended()
            assert it.answers.working == 0
            assert len(it.answers.asked) == 1
            assert it.answers.followed == []
            assert it.line.sent.empty()

    asyncio.run(scene())


def test_answer_that_hangs_does_not_keep_a_dead_conversation() -> None:
    """There is a limit to what it waits for."""

    async def scene() -> None:
        async with talking(limits=Limits(grace_s=0.01)) as it:
            it.answers.gate = asyncio.Event()
            it.asks("Heartbeat")
            await it.answers.started.wait()
            it.line.arriving.put_nowait(LineLostError("the line broke"))
            await it.ended()
            assert it.answers.working == 0

    asyncio.run(scene())


def test_close_is_in_order() -> None:
    """The station is told why, and `run` ends with it."""

    async def scene() -> None:
        async with talking() as it:
            await it.talk.close("its owner wishes it")
            assert it.line.closed == (1000, "its owner wishes it")
            assert await it.ended() == "its owner wishes it"

    asyncio.run(scene())


# --- is it still there? --------------------------------------------------------------------------------------------


def test_silent_line_is_pinged_and_given_up() -> None:
    """30 seconds without a word, 30 more without a pong: it is gone, whatever TCP says."""

    async def scene() -> None:
        async with talking() as it:
            it.line.answers_pings = False
            await it.clock.advance(31)
            assert it.line.pings == 1
            assert not it.run.done()
            await it.clock.advance(30)
            assert "no ping" in await it.ended()

    asyncio.run(scene())


def test_line_that_answers_pings_stands() -> None:
    """For as long as it likes."""

    async def scene() -> None:
        async with talking() as it:
            await it.clock.advance(3600)
            assert it.line.pings == 120
            assert not it.run.done()

    asyncio.run(scene())


def test_word_counts_as_much_as_a_pong() -> None:
    """A station whose pings get lost and that talks is there; one that talks all the time is not pinged."""

    async def scene() -> None:
        async with talking() as it:
            it.line.answers_pings = False
            await it.clock.advance(31)
            it.asks("Heartbeat")
            await it.clock.advance(40)
            assert not it.run.done()
            for number in range(2, 20):
                it.asks("Heartbeat", number=str(number))
                await it.clock.advance(20)
            assert not it.run.done()
            assert it.line.pings <= 2

    asyncio.run(scene())


# --- too much ------------------------------------------------------------------------------------------------------


async def _paced(it: Talking, count: int) -> int:
    """Have an orderly station ask as fast as it is answered; returns how many answers it had at this instant."""
    for number in range(count):
        it.asks("Heartbeat", number=str(number))
        await it.clock.settle()
        if it.line.sent.empty():
            return number
        it.line.sent.get_nowait()
    return count


def test_orderly_station_is_slowed_and_never_closed() -> None:
    """After a week offline it tells its thousands of messages, one by one, at the rate that is allowed."""

    async def scene() -> None:
        async with talking(limits=Limits(burst=10, per_s=20.0)) as it:
            assert await _paced(it, 100) == 10
            answers = 0
            for _ in range(400):
                await it.clock.advance(0.05)
                while not it.line.sent.empty():
                    it.line.sent.get_nowait()
                    answers += 1
                    it.asks("Heartbeat", number=f"again {answers}")
            assert 390 <= answers <= 401
            assert not it.run.done()

    asyncio.run(scene())


def test_station_that_pipelines_is_slowed_and_has_all_its_answers() -> None:
    """Five hundred questions at once: nothing is refused, the line is not read on meanwhile."""

    async def scene() -> None:
        async with talking() as it:
            for number in range(500):
                it.asks("Heartbeat", number=str(number))
            for _ in range(20):
                await it.clock.settle()
            assert it.line.sent.qsize() == 100
            assert it.line.arriving.qsize() > 300, "it is not read on"
            for _ in range(420):
                await it.clock.advance(0.05)
            answers = [it.line.sent.get_nowait() for _ in range(it.line.sent.qsize())]
            assert [answer[:2] for answer in answers] == [[3, str(number)] for number in range(500)]

    asyncio.run(scene())


def test_station_that_goes_on_flooding_is_closed() -> None:
    """A minute of more than it may, and it is sent away with 1008."""

    async def scene() -> None:
        async with talking() as it:
            for number in range(5000):
                it.asks("Heartbeat", number=str(number))
            for _ in range(70):
                await it.clock.advance(1)
            assert "too much" in await it.ended()
            assert it.line.closed is not None
            assert it.line.closed[0] == 1008

    asyncio.run(scene())


def test_question_for_which_there_is_no_room_is_refused() -> None:
    """Where answers hang it waits for ten seconds, then it is told; answers to our calls are read again."""

    async def scene() -> None:
        async with talking(limits=Limits(most_questions=2, grace_s=0.01)) as it:
            it.answers.gate = asyncio.Event()
            for number in "1234":
                it.asks("Heartbeat", number=number)
            await it.clock.settle()
            assert it.line.sent.empty()
            await it.clock.advance(10.1)
            assert (await it.hears())[:3] == [4, "4", "GenericError"]

    asyncio.run(scene())


@pytest.mark.parametrize(
    "nonsense",
    ["no JSON", b"\xff\xfe", "[]", '[3,"nobody","asked"]', '[9,"1"]', '[2,"1","Heartbeat"]', '{"a":1}', "[" * 5000],
)
def test_nonsense_does_no_harm_until_it_goes_on(nonsense: str | bytes) -> None:
    """A hundred times it is read over, then the station is sent away with 1008."""

    async def scene() -> None:
        async with talking() as it:
            for _ in range(99):
                it.line.arriving.put_nowait(nonsense)
            await it.clock.advance(1)
            while not it.line.sent.empty():
                it.line.sent.get_nowait()
            it.asks("Heartbeat", number="fine")
            await it.clock.advance(0)
            assert (await it.hears())[:2] == [3, "fine"]
            for _ in range(110):
                it.line.arriving.put_nowait(nonsense)
            assert "no sense" in await it.ended()
            assert it.line.closed is not None
            assert it.line.closed[0] == 1008

    asyncio.run(scene())


def test_nothing_of_a_payload_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """It may hold a password."""
    caplog.set_level(logging.DEBUG)

    async def scene() -> None:
        async with talking() as it:
            it.asks("DataTransfer", {"vendorId": 7, "data": "a-secret-word"})
            await it.hears()
            it.line.arriving.put_nowait('[2,"1","DataTransfer",{"data":"a-secret-word"')
            await it.hears()
            asking = asyncio.create_task(it.talk.call("ChangeConfiguration", {"key": "K", "value": "a-secret-word"}))
            await it.hears()
            it.talk.stop("enough")
            with pytest.raises(SilentError):
                await asking

    asyncio.run(scene())
    assert "DataTransfer" in caplog.text
    assert "a-secret-word" not in caplog.text
