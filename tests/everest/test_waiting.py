"""What waits: messages in the outbox, work in lanes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bridge.everest.lanes import Lanes
from bridge.everest.outbox import Letter, Outbox


def _state(value: str) -> Letter:
    return Letter("var/is_connected", value, is_state=True)


def _event(value: str) -> Letter:
    return Letter("var/security_event", value, is_state=False)


async def _take_all(outbox: Outbox) -> list[str]:
    return [(await outbox.take()).payload for _ in range(len(outbox))]


def test_a_newer_state_takes_the_place_of_an_older_one() -> None:
    """Of a state only the last value is sent, of events each, in their order."""

    async def scene() -> list[str]:
        outbox = Outbox(10)
        for letter in (_state("1"), _event("a"), _state("2"), _event("b"), _state("3")):
            outbox.put(letter)
        return await _take_all(outbox)

    assert asyncio.run(scene()) == ["3", "a", "b"]


def test_the_oldest_events_go_when_there_is_no_room() -> None:
    """The bound holds, and what was lost is counted."""

    async def scene() -> tuple[list[str], int]:
        outbox = Outbox(2)
        for value in "abcd":
            outbox.put(_event(value))
        return await _take_all(outbox), outbox.dropped

    assert asyncio.run(scene()) == (["c", "d"], 2)


def test_what_may_not_have_arrived_is_sent_again_unless_it_is_outdated() -> None:
    """An event that was put back is the next one; a state that has a newer value is not sent."""

    async def scene() -> list[str]:
        outbox = Outbox(2)
        outbox.put(_event("a"))
        outbox.put(_event("b"))
        first = await outbox.take()
        outbox.put(_state("new"))
        outbox.put_back(first)
        outbox.put_back(_state("old"))
        outbox.put_back(_event("no room"))
        assert outbox.dropped == 1
        return await _take_all(outbox)

    assert asyncio.run(scene()) == ["new", "a", "b"]


def test_taking_waits_for_a_message() -> None:
    """An empty outbox gives the next message as soon as there is one."""

    async def scene() -> str:
        outbox = Outbox(2)
        taking = asyncio.create_task(outbox.take())
        await asyncio.sleep(0)
        outbox.put(_event("a"))
        async with asyncio.timeout(5):
            return (await taking).payload

    assert asyncio.run(scene()) == "a"


def test_lanes_are_bounded_in_length_and_number_and_end_with_their_work() -> None:
    """Work in one lane runs in order; a lane that is full or one too many is refused; an empty lane is no lane."""

    async def scene() -> list[str]:
        lanes, gate, done = Lanes(deepest=2, widest=2), asyncio.Event(), list[str]()

        def work(name: str) -> Callable[[], Awaitable[None]]:
            async def run() -> None:
                await gate.wait()
                done.append(name)

            return run

        assert lanes.put("a", work("a1"))
        await asyncio.sleep(0)
        assert [lanes.put("a", work(name)) for name in ("a2", "a3", "a4")] == [True, True, False]
        assert [lanes.put(lane, work(f"{lane}1")) for lane in ("b", "c")] == [True, False]
        gate.set()
        for _ in range(20):  # turns in which the lanes run to their ends
            await asyncio.sleep(0)
        assert lanes.put("c", work("c1"))
        await lanes.aclose()
        return done

    assert sorted(asyncio.run(scene())) == ["a1", "a2", "a3", "b1"]
