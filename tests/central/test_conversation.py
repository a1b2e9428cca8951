"""What a station asks is answered, in order, once, and whatever fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bridge.central.conversation import Limits
from bridge.errors import StoreError
from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind
from bridge.types.ocpp.version import OcppVersion
from tests.central.talking import STATUS, talking


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
