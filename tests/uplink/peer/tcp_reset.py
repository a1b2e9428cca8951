"""A connection that is lost as a pulled plug loses it."""

from __future__ import annotations

import socket
import struct

from websockets.asyncio.connection import Connection

_AT_ONCE = struct.pack("ii", 1, 0)


def reset(connection: Connection) -> None:
    """End a websocket with a TCP reset: no close frame, no FIN; what was handed to the kernel still arrives."""
    raw = connection.transport.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    connection.transport.abort()
