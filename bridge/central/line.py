"""What a conversation needs of the websocket under it."""

from __future__ import annotations

from typing import Final, Protocol

NORMAL: Final = 1000
GOING_AWAY: Final = 1001
"""this side stops"""
POLICY: Final = 1008
"""the other side broke the rules"""


class LineLostError(Exception):
    """The line is gone; `why` is half a sentence for a person, about the station as `it`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Line(Protocol):
    """An open websocket."""

    @property
    def is_open(self) -> bool:
        """Whether something could be sent now, as far as is known."""

    @property
    def local_host(self) -> str:
        """This computer's address, as the other side reaches it."""

    async def send(self, text: str) -> None:
        """Send one message. Raises LineLostError, also where the other side takes nothing for long."""

    async def receive(self) -> str | bytes:
        """Return the next message. Raises LineLostError when the line is gone, however it went."""

    async def ping(self) -> None:
        """Wait until the other side has answered a ping. Raises LineLostError."""

    async def close(self, code: int, reason: str) -> None:
        """Close in order where the other side plays along, soon where it does not; nothing is raised."""
