"""A line that is dead is found, and a station that says too much is slowed or closed."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bridge.central.conversation import Limits
from bridge.central.talk import SilentError
from tests.central.talking import Talking, talking


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
