"""A port of the server for chargers: taken, however long that takes, and its connections accepted."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final

from bridge.central.binding import BACKLOG, port_of
from bridge.central.house import CentralHouse
from bridge.central.tls import Certificates
from bridge.serving import bind, until_started

_LOG = logging.getLogger(__name__)
_NO_DESCRIPTOR_S: Final = 1.0


class Listener:
    """One port; `take` is handed each connection and the address from which it comes."""

    def __init__(
        self, house: CentralHouse, key: str, port: int, certificates: Certificates | None, take: Callable[..., None]
    ) -> None:
        self._house = house
        self._key = key
        self._wanted = port
        self._certificates = certificates
        self._take = take
        self._is_short = False
        self.taken: Final = asyncio.Event()
        self.port: int | None = None
        """that is listened on; None while it is not"""

    async def run(self) -> None:
        """Listen until cancelled."""
        with await self._bound() as listening:
            self.port = listening.getsockname()[1]
            self.taken.set()
            try:
                while True:
                    await self._accept(listening)
            finally:
                self.port = None
                self.taken.clear()

    async def _bound(self) -> socket.socket:
        """Return the socket that listens; what is wrong is told, and tried again."""
        house = self._house

        async def take() -> socket.socket:
            if self._certificates is not None:
                await asyncio.to_thread(self._certificates.context)
            return await bind(port_of(house.options, self._key, self._wanted), BACKLOG)

        return await until_started(take, "it", house.board.notes, f"central {self._key}", house.clock)

    async def _accept(self, listening: socket.socket) -> None:
        try:
            sock, address = await asyncio.get_running_loop().sock_accept(listening)
        except OSError as error:  # no file descriptors are left, for one
            if not self._is_short:
                _LOG.error("central: a connection could not be taken (%s); it is tried again", error.strerror)
            self._is_short = True
            await self._house.clock.sleep(_NO_DESCRIPTOR_S)
            return
        self._is_short = False
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's own signature
        self._take(sock, str(address[0]), self._certificates)
