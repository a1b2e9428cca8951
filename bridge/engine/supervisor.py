"""Keeps the bridge's tasks running: one that fails unexpectedly is told of and started again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from bridge.engine.board import Board
from bridge.ports import Clock

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 300.0
CALM_S = 600.0
"""a task that ran this long is well again"""


Job = Callable[[], Awaitable[None]]


class Tasks:
    """What runs until the bridge stops, each by itself; more may begin at any time."""

    def __init__(self, clock: Clock, board: Board) -> None:
        self._clock = clock
        self._board = board
        self._waiting: list[tuple[str, Job]] | None = []
        """until `start`"""
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, jobs: Iterable[tuple[str, Job]]) -> None:
        """Run these, by name, as soon as `start` was called."""
        if self._waiting is not None:
            self._waiting += jobs
            return
        for name, job in jobs:
            work = keep_running(name, job, self._clock, self._board)
            self._tasks.append(asyncio.create_task(work, name=name))

    def start(self) -> None:
        """Let everything run that was given until now, in that order."""
        waiting, self._waiting = self._waiting, None
        self.begin(waiting or ())

    async def end(self, limit_s: float) -> None:
        """End all, and wait for that at most so long."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=limit_s)


async def keep_running(name: str, work: Callable[[], Awaitable[None]], clock: Clock, board: Board) -> None:
    """Run `work` until it is cancelled; after an unexpected failure again, a little later each time.

    Such a failure is a defect of the bridge: its trace goes to the log, a sentence to the page until the task
    is well again, and no other task is touched.
    """
    pause_s = _FIRST_PAUSE_S
    while True:
        started_s = clock.monotonic_s()
        calm = asyncio.create_task(_forget_when_calm(name, clock, board))
        try:
            await work()
        except asyncio.CancelledError as error:
            if _is_ending():
                raise
            reason: BaseException = error
        except Exception as error:  # noqa: BLE001 -- a defect in one task must not end the others
            reason = error
        else:
            board.notes.pop(name, None)
            return
        finally:
            calm.cancel()
        if clock.monotonic_s() - started_s > CALM_S:
            pause_s = _FIRST_PAUSE_S
        board.notes[name] = (
            f"{name} stopped unexpectedly ({type(reason).__name__}) and is started again in {pause_s:.0f} s; "
            "all else goes on. Please report it with the log"
        )
        _LOG.error("%s", board.notes[name], exc_info=reason)
        await clock.sleep(pause_s)
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)


def _is_ending() -> bool:
    """Return whether this very task was asked to end, and not something inside it cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _forget_when_calm(name: str, clock: Clock, board: Board) -> None:
    await clock.sleep(CALM_S)
    board.notes.pop(name, None)
