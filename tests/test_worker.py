from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from bridge.worker import MAX_HANGING, Worker, WorkerHangsError


def test_work_is_done_in_one_thread_and_its_result_returned() -> None:
    """Two pieces of work share the thread and give back what they return."""

    async def scene() -> None:
        worker = Worker("sink-test", lambda: None)
        names = [await worker.run(threading.current_thread, 5) for _ in range(2)]
        assert names[0] is names[1]
        assert names[0].daemon
        worker.close()
        await asyncio.to_thread(names[0].join, 5)
        assert not names[0].is_alive()

    asyncio.run(scene())


@pytest.mark.parametrize("error", [ValueError("no"), TimeoutError("its own")])
def test_errors_of_the_work_are_raised_as_they_are(error: Exception) -> None:
    """What the work raises arrives unchanged, a time-out of its own included."""

    def fail() -> None:
        raise error

    async def scene() -> None:
        worker = Worker("sink-test", lambda: None)
        with pytest.raises(type(error)) as raised:
            await worker.run(fail, 5)
        assert raised.value is error
        assert await worker.run(lambda: 7, 5) == 7
        worker.close()

    asyncio.run(scene())


def test_work_that_hangs_is_left_behind_and_the_next_goes_on() -> None:
    """After the limit the work is given up, its owner is told, and other work gets another thread."""
    release = threading.Event()

    async def scene() -> None:
        told: list[bool] = []
        worker = Worker("sink-test", lambda: told.append(True))
        with pytest.raises(WorkerHangsError):
            await worker.run(lambda: release.wait(20), 0.01)
        assert told == [True]
        assert await worker.run(lambda: 7, 5) == 7
        worker.close()

    asyncio.run(scene())
    release.set()


def test_threads_that_hang_are_bounded() -> None:
    """When several threads hang nothing new is begun, until one of them ends."""
    release = threading.Event()

    async def hang(worker: Worker, work: Callable[[], object]) -> None:
        with pytest.raises(WorkerHangsError):
            await worker.run(work, 0.01)

    async def scene() -> None:
        ended: list[threading.Thread] = []

        def wait() -> None:
            ended.append(threading.current_thread())
            release.wait(20)

        worker = Worker("sink-test", lambda: None)
        for _ in range(MAX_HANGING + 1):
            await hang(worker, wait)
        await hang(worker, lambda: None)
        release.set()
        for thread in ended:
            await asyncio.to_thread(thread.join, 5)
        assert await worker.run(lambda: 7, 5) == 7
        worker.close()

    asyncio.run(scene())
