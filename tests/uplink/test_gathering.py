"""What many stations want of the store at once is done together, and each gets what is its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from bridge.errors import StoreError
from bridge.ports import Store
from bridge.store.desk import StoreThread
from bridge.store.sqlite import open_store
from bridge.uplink.gathering import GatheringDesk

T = TypeVar("T")
MANY = 120


class CountingDesk:
    """`bridge.ports.StoreDesk` that counts how often somebody comes."""

    def __init__(self, desk: StoreThread) -> None:
        self._desk = desk
        self.visits = 0

    async def run(self, work: Callable[[Store], T]) -> T:
        """Do it."""
        self.visits += 1
        return await self._desk.run(work)


@asynccontextmanager
async def a_desk(folder: Path) -> AsyncIterator[tuple[GatheringDesk, CountingDesk]]:
    """Open a real store behind it."""
    thread = StoreThread(open_store(folder))
    counting = CountingDesk(thread)
    try:
        yield GatheringDesk(counting), counting
    finally:
        await thread.aclose()


def fails(_: Store) -> None:
    """Fail."""
    raise StoreError("here", "the disk is full")


def test_many_go_together_in_the_order_given(tmp_path: Path) -> None:
    """Each gets its own result, and there are few ways to the store."""

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, counting):
            done: list[int] = []

            def work(number: int) -> Callable[[Store], int]:
                def note(_: Store) -> int:
                    done.append(number)
                    return number

                return note

            assert await asyncio.gather(*(desk.run(work(number)) for number in range(MANY))) == list(range(MANY))
            assert done == list(range(MANY))
            assert counting.visits < MANY / 10
            assert await desk.run(work(MANY)) == MANY

    asyncio.run(act())


def test_what_fails_takes_nothing_along(tmp_path: Path) -> None:
    """The error is raised where the work was given, and what came with it is done."""

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, _):
            results = await asyncio.gather(
                desk.run(lambda store: store.put_setting("before", "1")),
                desk.run(fails),
                desk.run(lambda store: store.put_setting("after", "2")),
                return_exceptions=True,
            )
            assert [type(result) for result in results] == [type(None), StoreError, type(None)]
            assert await desk.run(lambda store: (store.setting("before"), store.setting("after"))) == ("1", "2")

    asyncio.run(act())


def test_work_is_done_although_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    """What was given is worth keeping, and the others get theirs."""

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, _):
            gone = asyncio.ensure_future(desk.run(lambda store: store.put_setting("kept", "yes")))
            await asyncio.sleep(0)
            gone.cancel()
            assert await desk.run(lambda store: store.setting("kept")) == "yes"
            with pytest.raises(asyncio.CancelledError):
                await gone

    asyncio.run(act())


def test_a_desk_that_takes_nothing_is_told_to_all(tmp_path: Path) -> None:
    """Nobody waits for ever for a store that is closed."""

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, _):
            pass
        results = await asyncio.gather(desk.run(fails), desk.run(fails), return_exceptions=True)
        assert [type(result) for result in results] == [RuntimeError, RuntimeError]

    asyncio.run(act())
