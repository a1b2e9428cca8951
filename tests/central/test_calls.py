"""What is asked of a station: one call in flight, and a line that may go at any moment."""

from __future__ import annotations

import asyncio

import pytest

from bridge.central.calls import MOST_WAITING
from bridge.central.conversation import Limits
from bridge.central.line import LineLostError
from bridge.central.talk import CallRefusedError, NotSentError, SilentError
from bridge.types.ocpp.payload_error import PayloadError
from tests.central.talking import talking


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
