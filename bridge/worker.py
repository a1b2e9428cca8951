"""A thread for a client library that blocks: one piece of work at a time, each with a time limit."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")

MAX_HANGING = 3
"""threads that were given up and have not ended; with so many nothing new is begun"""

_Job = Callable[[], None]


class WorkerHangsError(Exception):
    """The thread, or too many before it, does not come back."""


class Worker:
    """Runs blocking work in a thread that cannot delay the end of the program.

    A thread cannot be stopped from outside. One that outlives its time limit is left alone, and the next work
    gets another thread; `abandoned` is then called so that the two share nothing.
    """

    def __init__(self, name: str, abandoned: Callable[[], None]) -> None:
        self._name = name
        self._abandoned = abandoned
        self._jobs: SimpleQueue[_Job | None] | None = None
        self._threads: list[threading.Thread] = []

    async def run(self, work: Callable[[], T], limit_s: float) -> T:
        """Return what `work` returns or raise what it raises; WorkerHangsError after `limit_s`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(result)  # type: ignore[arg-type]  # None only when T is
            else:
                future.set_exception(error)

        def job() -> None:
            result, error = None, None
            try:
                result = work()
            except BaseException as caught:  # noqa: BLE001 -- it is raised where the result is awaited
                error = caught
            try:
                loop.call_soon_threadsafe(settle, result, error)
            except RuntimeError:  # the loop has ended meanwhile: nobody waits any more
                return

        self._queue().put(job)
        try:
            async with asyncio.timeout(limit_s):
                return await future
        except TimeoutError as error:
            if future.done() and not future.cancelled():
                raise  # the work's own
            self._give_up()
            raise WorkerHangsError(f"no result within {limit_s:g} s") from error
        except asyncio.CancelledError:
            self._give_up()
            raise

    def close(self) -> None:
        """Let the thread end after the work it has."""
        if self._jobs is not None:
            self._jobs.put(None)
            self._jobs = None

    def _queue(self) -> SimpleQueue[_Job | None]:
        if self._jobs is None:
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            if len(self._threads) > MAX_HANGING:
                raise WorkerHangsError(f"{len(self._threads)} earlier requests still hang")
            self._jobs = SimpleQueue()
            thread = threading.Thread(target=_work, args=(self._jobs,), name=self._name, daemon=True)
            thread.start()
            self._threads.append(thread)
        return self._jobs

    def _give_up(self) -> None:
        self.close()
        self._abandoned()


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        job()
        del job  # holds the result, which may be large
