"""An event loop whose time leaps to the next timer whenever nothing is left to do: hours of waiting pass in no time."""

from __future__ import annotations

import asyncio
import fcntl
import selectors
import socket
import struct
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

_BEGINNING_S = 1000.0
_COUNTS = struct.Struct("=128xQ64xQQ")
"""of Linux's tcp_info: bytes received, sent, sent again"""
_UNSENT = 0x894B
"""Linux's SIOCOUTQNSD"""
_COUNT = struct.Struct("=i")
_LOOK_S = 0.001
_LOOKS_AT_MOST = 1000
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
        for _ in range(_LOOKS_AT_MOST):
            is_quiet = not self._is_under_way()
            ready = super().select(0 if is_quiet else _LOOK_S)  # looked at after the counting: it may have come since
            if ready:
                return ready
            if is_quiet:
                break
        self.now_s += timeout
        return []

    def _is_under_way(self) -> bool:
        """Say whether one end of a connection has sent what the other end, which waits for it, does not have yet.

        Loopback delivers at once on a machine that has time; on one that has none, a frame would be hours late. What is
        long may wait in the sender's own queue first, and counts as sent only when it has left that.
        """
        sent: dict[tuple[str, str], int] = {}
        received: dict[tuple[str, str], int] = {}
        for key in self.get_map().values():
            end = socket.socket(fileno=key.fd)
            try:
                if end.family == socket.AF_INET:
                    here, there = str(end.getsockname()), str(end.getpeername())
                    counts = _COUNTS.unpack(end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _COUNTS.size))
                    received[there, here] = counts[0]
                    sent[here, there] = counts[1] - counts[2] + _unsent(end)
            except OSError:
                pass  # it only listens, or is gone
            finally:
                end.detach()
        return any(received.get(way, count) < count for way, count in sent.items())


def _unsent(end: socket.socket) -> int:
    """Return how many bytes lie in the queue of this end."""
    (count,) = _COUNT.unpack(fcntl.ioctl(end.fileno(), _UNSENT, bytes(_COUNT.size)))
    return int(count)


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

    async def getaddrinfo(self, host: Any, port: Any, **asked: Any) -> list[Any]:
        """Look up an address of this computer here and not in a thread."""
        return socket.getaddrinfo(host, port, **asked)


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
