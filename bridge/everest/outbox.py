"""What waits to be published: of a state only its newest value, of everything else each message, up to a bound."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple


class Letter(NamedTuple):
    """A message on its way to the broker."""

    topic: str
    payload: str
    is_state: bool
    """a newer one takes its place"""


class Outbox:
    """Keeps what is to be sent, across connections. Lives on the event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._states: dict[str, Letter] = {}
        self._others: deque[Letter] = deque()
        self._filled = asyncio.Event()
        self.dropped = 0
        """messages that had no room, the oldest first"""

    def __len__(self) -> int:
        return len(self._states) + len(self._others)

    def put(self, letter: Letter) -> None:
        """Add a message; never blocks."""
        if letter.is_state:
            self._states[letter.topic] = letter
        else:
            if len(self._others) >= self._limit:
                self._others.popleft()
                self.dropped += 1
            self._others.append(letter)
        self._filled.set()

    def put_back(self, letter: Letter) -> None:
        """Let a message that was taken and may not have arrived be the next one again, if it still counts."""
        if letter.is_state:
            self._states.setdefault(letter.topic, letter)
        elif len(self._others) < self._limit:
            self._others.appendleft(letter)
        else:
            self.dropped += 1
        self._filled.set()

    async def take(self) -> Letter:
        """Return the next message, states first; waits for one."""
        while True:
            if self._states:
                return self._states.pop(next(iter(self._states)))
            if self._others:
                return self._others.popleft()
            self._filled.clear()
            await self._filled.wait()
