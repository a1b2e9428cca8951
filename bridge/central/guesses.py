"""How fast somebody may guess the password of a station."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from bridge.ports import Clock

FREE: Final = 3
"""wrong passwords in a row that cost nothing: a person corrects a misspelt one"""
LONGEST_S: Final = 8.0
FORGOTTEN_S: Final = 600.0
"""after the last wrong one"""
MOST_KEYS: Final = 512
_FIRST_S: Final = 0.5

Key = tuple[str, str]
"""an address, and the identity that it says it is"""


@dataclass(slots=True)
class _Trail:
    failures: int = 0
    last_s: float = 0.0
    is_looked_at: bool = False


class Guesses:
    """Wrong passwords by address and identity: each further one waits longer, and one is looked at at a time.

    Nobody is locked out: however many were wrong, the next one is looked at after `LONGEST_S` at the latest, and
    another address does not notice. Memory is bounded; the longest quiet is forgotten first.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._trails: OrderedDict[Key, _Trail] = OrderedDict()

    def is_busy(self, key: Key) -> bool:
        """Tell whether a password is being looked at already, after wrong ones: another one has to come later."""
        trail = self._trails.get(key)
        return trail is not None and trail.is_looked_at and self.wait_s(key) > 0

    def wait_s(self, key: Key) -> float:
        """Return how long a password waits before it is looked at."""
        trail = self._trails.get(key)
        if trail is None or trail.failures < FREE:
            return 0.0
        if self._clock.monotonic_s() - trail.last_s > FORGOTTEN_S:
            return 0.0
        return min(LONGEST_S, _FIRST_S * 2.0 ** min(trail.failures - FREE, 30))

    @contextmanager
    def look(self, key: Key) -> Iterator[None]:
        """Hold the place of the one that is being looked at."""
        trail = self._trails.get(key)
        if trail is None:
            yield
            return
        trail.is_looked_at = True
        try:
            yield
        finally:
            trail.is_looked_at = False

    def failed(self, key: Key) -> None:
        """Note a wrong password."""
        now_s = self._clock.monotonic_s()
        trail = self._trails.setdefault(key, _Trail())
        if now_s - trail.last_s > FORGOTTEN_S:
            trail.failures = 0
        trail.failures += 1
        trail.last_s = now_s
        self._trails.move_to_end(key)
        if len(self._trails) > MOST_KEYS:
            self._trails.popitem(last=False)

    def succeeded(self, key: Key) -> None:
        """Forget the wrong ones."""
        self._trails.pop(key, None)
