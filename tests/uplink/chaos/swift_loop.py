"""An event loop whose time leaps to the next timer whenever nothing is left to do: hours of waiting pass in no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

_BEGINNING_S = 1000.0
_NOBODY_S = 5.0
"""of real time, in which something must happen where no timer is set at all"""


class _LeapingSelector(selectors.DefaultSelector):
    """Waits for no timer: where no socket is ready now, the time of the next timer has come."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = _BEGINNING_S

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; else let `timeout` seconds be over."""
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None:
            return super().select(_NOBODY_S)
        ready = super().select(0)  # what was sent over loopback is there at once; a second look costs little
        if not ready:
            self.now_s += timeout
        return ready


class SwiftLoop(asyncio.SelectorEventLoop):
    """All timers of asyncio, and so of websockets, go by its own time; sockets on loopback are real.

    Both ends of every connection must live in this loop, and no work may be given to threads: time does not wait.
    """

    def __init__(self) -> None:
        self._leaping = _LeapingSelector()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Return the loop's own seconds."""
        return self._leaping.now_s


class LoopClock:
    """A `bridge.ports.Clock` that goes by the running loop's time."""

    def __init__(self, begin_at: datetime) -> None:
        self._begin_at = begin_at

    def now(self) -> datetime:
        """Return this instant of the loop's."""
        return self._begin_at + timedelta(seconds=self.monotonic_s() - _BEGINNING_S)

    def monotonic_s(self) -> float:
        """Return the loop's seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, delay_s: float) -> None:
        """Wait by the loop's time."""
        await asyncio.sleep(delay_s)


def run_swiftly(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a loop of its own."""
    with asyncio.Runner(loop_factory=SwiftLoop) as runner:
        return runner.run(work)
