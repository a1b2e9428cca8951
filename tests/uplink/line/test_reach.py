from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bridge.uplink.line.address import Address
from bridge.uplink.line.reach import reach


@contextmanager
def listening(family: socket.AddressFamily, host: str) -> Iterator[int]:
    """Give the port of somebody who listens there."""
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind((host, 0))
        listener.listen(4)
        yield listener.getsockname()[1]


def at(url: str) -> Address:
    """Return a central system's address."""
    return Address(where="garage → home", url=url, identity="GARAGE-1", subprotocols=("ocpp1.6",))


def test_a_name_is_looked_up_without_threads_that_the_end_waits_for() -> None:
    """The event loop's own threads hold up the end of the program for as long as a name service hangs."""

    async def act(port: int) -> None:
        closed = ThreadPoolExecutor(1)
        closed.shutdown()
        asyncio.get_running_loop().set_default_executor(closed)
        (await reach(at(f"ws://localhost:{port}/ocpp"), 5.0)).close()

    with listening(socket.AF_INET, "127.0.0.1") as port:
        asyncio.run(act(port))


def test_every_address_of_a_name_is_tried() -> None:
    """Where nobody listens at the first one, the next one may be it."""

    async def act(port: int) -> None:
        with await reach(at(f"ws://localhost:{port}/ocpp"), 5.0) as sock:
            assert sock.getpeername()[:2] == ("127.0.0.1", port)
            assert sock.getblocking() is False

    with listening(socket.AF_INET, "127.0.0.1") as port:  # and not ::1, which may come first
        asyncio.run(act(port))


def test_where_nobody_listens_the_reason_is_told() -> None:
    """It is the one of the last address."""
    with listening(socket.AF_INET, "127.0.0.1") as port:
        pass
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(reach(at(f"ws://127.0.0.1:{port}/ocpp"), 5.0))
