"""The asynchronous way to the store: one thread that does the work in the order given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bridge.ports import Store
from bridge.store.sqlite import SqliteStore

T = TypeVar("T")


class StoreThread:
    """`bridge.ports.StoreDesk`: an SD card that takes seconds for a commit must not stop the polling."""

    def __init__(self, store: SqliteStore, name: str = "store") -> None:
        self._store = store
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, work: Callable[[Store], T]) -> T:
        """Do `work` in the store's thread and return what it returns.

        Work once given is done even when the caller is cancelled: what was fetched is worth keeping.
        """
        done = asyncio.wrap_future(self._executor.submit(work, self._store))
        done.add_done_callback(_take_notice)
        return await asyncio.shield(done)

    async def aclose(self) -> None:
        """Finish what was given, then close the file."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, self._store.close)
        self._executor.shutdown(wait=False)


def _take_notice(done: asyncio.Future[T]) -> None:
    """Look at the error of work whose caller has gone, so that nobody calls it forgotten."""
    if not done.cancelled():
        done.exception()
