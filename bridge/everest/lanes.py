"""Work in lanes: one after the other within a lane, the lanes side by side; a lane exists while it has work."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

Work = Callable[[], Awaitable[None]]


class Lanes:
    """Runs what is put into lanes. Lives on the event loop; work must not raise."""

    def __init__(self, deepest: int, widest: int) -> None:
        self._deepest = deepest
        self._widest = widest
        self._waiting: dict[str, deque[Work]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def put(self, lane: str, work: Work) -> bool:
        """Run `work` after what waits in its lane; False, and it is not run, when too much waits already."""
        waiting = self._waiting.get(lane)
        if waiting is not None:
            if len(waiting) >= self._deepest:
                return False
            waiting.append(work)
            return True
        if len(self._tasks) >= self._widest:
            return False
        self._waiting[lane] = deque([work])
        self._tasks[lane] = asyncio.create_task(self._run(lane))
        return True

    async def _run(self, lane: str) -> None:
        waiting = self._waiting[lane]
        try:
            while waiting:
                await waiting.popleft()()
        finally:
            del self._waiting[lane], self._tasks[lane]

    async def aclose(self) -> None:
        """End all work, done or not."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._waiting.clear()
        self._tasks.clear()
