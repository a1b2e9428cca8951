"""A central system of the `ocpp` package, as it documents one: a class with a method per action, and nothing kept.

`python -m tests.bench.central_package STATIONS` prints its url and its memory, then for each line of its input what it
has used and been told so far.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.bench.ocpp_site import quiet
from tests.bench.running import resident_mb

_on: Any = import_module("ocpp.routing").on  # it ships no types
_package: Any = import_module("ocpp.v16")
_result: Any = import_module("ocpp.v16.call_result")
_counts = {"told": 0}


def _now() -> str:
    return datetime.now(tz=UTC).isoformat()  # noqa: TID251 -- another program's clock


class Point(_package.ChargePoint):  # type: ignore[misc]  # it ships no types
    """One station, as the package stands for it."""

    @_on("BootNotification")  # type: ignore[untyped-decorator]
    def booted(self, **_: Any) -> Any:
        """Take it."""
        return _result.BootNotification(current_time=_now(), interval=300, status="Accepted")

    @_on("Heartbeat")  # type: ignore[untyped-decorator]
    def beat(self) -> Any:
        """Say what time it is."""
        return _result.Heartbeat(current_time=_now())

    @_on("StatusNotification")  # type: ignore[untyped-decorator]
    def changed(self, **_: Any) -> Any:
        """Take it."""
        return _result.StatusNotification()

    @_on("StartTransaction")  # type: ignore[untyped-decorator]
    def began(self, **_: Any) -> Any:
        """Accept whoever it is."""
        return _result.StartTransaction(transaction_id=1, id_tag_info={"status": "Accepted"})

    @_on("StopTransaction")  # type: ignore[untyped-decorator]
    def ended(self, **_: Any) -> Any:
        """Take it."""
        return _result.StopTransaction()

    @_on("MeterValues")  # type: ignore[untyped-decorator]
    def metered(self, **_: Any) -> Any:
        """Take them."""
        _counts["told"] += 1
        return _result.MeterValues()


async def _talk(connection: ServerConnection) -> None:
    assert connection.request is not None
    with contextlib.suppress(ConnectionClosed):
        await Point(connection.request.path.strip("/"), connection).start()


async def _serve() -> None:
    questions = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    async with serve(_talk, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(json.dumps({"url": f"ws://127.0.0.1:{port}", "empty_mb": resident_mb(os.getpid())}), flush=True)
        while await questions.readline():
            await quiet()
            used = {"cpu_s": time.process_time(), "mb": resident_mb(os.getpid())}
            print(json.dumps(_counts | used), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve())
