"""How often somebody may guess the token."""

from __future__ import annotations

from collections import OrderedDict, deque

from bridge.ports import Clock

WINDOW_S = 60.0
MAX_FAILURES = 5
"""wrong tokens of one address within the window"""
_MAX_ADDRESSES = 256
"""remembered at once; the longest quiet is forgotten first"""


class Attempts:
    """Counts wrong tokens by address."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Return how long this address must wait before its next guess is looked at; 0 when it need not."""
        failures = self._failures.get(address)
        if failures is None or len(failures) < MAX_FAILURES:
            return 0.0
        return max(0.0, failures[0] + WINDOW_S - self._clock.monotonic_s())

    def failed(self, address: str) -> None:
        """Note a wrong token."""
        failures = self._failures.setdefault(address, deque(maxlen=MAX_FAILURES))
        failures.append(self._clock.monotonic_s())
        self._failures.move_to_end(address)
        if len(self._failures) > _MAX_ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Forget this address's failures."""
        self._failures.pop(address, None)
