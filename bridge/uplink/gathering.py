"""The way of all stations to the store: what they want at the same moment is done in one go.

At a sampling instant every station asks. Each way into the store's thread and back costs as much as the question, and
each commit more: what is `Joining` and follows one upon the other shares a commit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import groupby
from typing import Any, Generic, TypeVar, cast

from bridge.errors import StoreError
from bridge.ports import Store, StoreDesk

T = TypeVar("T")
_MOST_AT_ONCE = 50
"""pieces of work after which others have their turn at the store"""


_Outcome = tuple[Any, Exception | None]


class Joining(Generic[T]):
    """Work that may share its commit with what other stations want at the same moment: `desk.run(Joining(work))`.

    When that commit fails, it fails for all of them, after the work has returned. So it must write inside
    `store.transaction()`, and after that remember nothing in memory, nor of what it read, that would be wrong then:
    the journal, say, is not read so.
    """

    def __init__(self, work: Callable[[Store], T]) -> None:
        self._work = work

    def __call__(self, store: Store) -> T:
        """Do it."""
        return self._work(store)


class GatheringDesk:
    """`bridge.ports.StoreDesk` before another one: work is done in the order given, each piece by itself.

    Pieces that are `Joining` are committed together. One that fails is undone, and takes nothing along; when the
    commit fails, all of them have failed.
    """

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
            results = await self._desk.run(lambda store: _outcomes(pieces, store))
        except Exception as error:  # noqa: BLE001 -- of the desk itself; whoever waits is to know
            results = [(None, error)] * len(pieces)
        for done, (result, failure) in zip(waiting, results, strict=True):
            if done.done():
                continue  # whoever wanted it has gone
            if failure is None:
                done.set_result(result)
            else:
                done.set_exception(failure)


def _outcomes(pieces: list[Callable[[Store], Any]], store: Store) -> list[_Outcome]:
    outcomes: list[_Outcome] = []
    for is_joining, group in groupby(pieces, lambda work: isinstance(work, Joining)):
        works = list(group)
        if is_joining and len(works) > 1:
            outcomes += _joined(works, store)
        else:
            outcomes += [_outcome(work, store) for work in works]
    return outcomes


def _joined(works: list[Callable[[Store], Any]], store: Store) -> list[_Outcome]:
    outcomes: list[_Outcome] = []
    try:
        with store.transaction():
            outcomes += [_outcome(work, store) for work in works]
    except StoreError as error:
        failures = [failure for _, failure in outcomes] or [None] * len(works)
        return [(None, failure or error) for failure in failures]
    return outcomes


def _outcome(work: Callable[[Store], Any], store: Store) -> _Outcome:
    try:
        return work(store), None
    except Exception as error:  # noqa: BLE001 -- it is raised where the work was given
        return None, error
