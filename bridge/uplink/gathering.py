"""The way of all stations to the store: what they want at the same moment is done in one go.

At a sampling instant every station asks. Each way into the store's thread and back costs as much as the question.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast

from bridge.ports import Store, StoreDesk

T = TypeVar("T")
_MOST_AT_ONCE = 50
"""pieces of work after which others have their turn at the store"""


class GatheringDesk:
    """`bridge.ports.StoreDesk` before another one: work is done in the order given, each piece by itself."""

    def __init__(self, desk: StoreDesk) -> None:
        self._desk = desk
        self._waiting: deque[tuple[Callable[[Store], Any], asyncio.Future[Any]]] = deque()
        self._passing_on: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[Store], T]) -> T:
        """Do `work` in the store's thread and return what it returns; it is done even when the caller is cancelled."""
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        if self._passing_on is None:
            self._passing_on = asyncio.ensure_future(self._pass_on())
        return cast("T", await done)

    async def _pass_on(self) -> None:
        try:
            while self._waiting:
                together = [self._waiting.popleft() for _ in range(min(_MOST_AT_ONCE, len(self._waiting)))]
                await self._do([work for work, _ in together], [done for _, done in together])
        finally:
            self._passing_on = None

    async def _do(self, pieces: list[Callable[[Store], Any]], waiting: list[asyncio.Future[Any]]) -> None:
        try:
            results = await self._desk.run(lambda store: [_outcome(work, store) for work in pieces])
        except Exception as error:  # noqa: BLE001 -- of the desk itself; whoever waits is to know
            results = [(None, error)] * len(pieces)
        for done, (result, failure) in zip(waiting, results, strict=True):
            if done.done():
                continue  # whoever wanted it has gone
            if failure is None:
                done.set_result(result)
            else:
                done.set_exception(failure)


def _outcome(work: Callable[[Store], Any], store: Store) -> tuple[Any, Exception | None]:
    try:
        return work(store), None
    except Exception as error:  # noqa: BLE001 -- it is raised where the work was given
        return None, error
