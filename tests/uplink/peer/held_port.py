"""A port on loopback that stays ours while nobody listens on it."""

from __future__ import annotations

import socket


class HeldPort:
    """A free port, bound for as long as this lives; what connects while nobody listens is refused.

    A port that is merely remembered may be given to another process, or to the client's own end, while it is closed.
    """

    def __init__(self) -> None:
        self._holder = self._bind(0)
        self.number: int = self._holder.getsockname()[1]

    def listener(self) -> socket.socket:
        """Return a socket bound to the port, for a server to listen on and to close."""
        return self._bind(self.number)

    def close(self) -> None:
        """Let the port go."""
        self._holder.close()

    @staticmethod
    def _bind(number: int) -> socket.socket:
        # the protocol is named because asyncio sets TCP_NODELAY only where it is; else two frames in a row take 40 ms
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind(("127.0.0.1", number))
        except OSError:
            made.close()
            raise
        return made
