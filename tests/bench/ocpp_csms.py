"""A central system that takes everything, as cheap as one can be: `websockets` as it comes, and plain JSON.

`python -m tests.bench.ocpp_csms` prints its url, then for each line of its input how much it was told so far.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bridge.types.ocpp.version import OcppVersion

_SUBPROTOCOLS = [Subprotocol(version.subprotocol) for version in (OcppVersion.V201, OcppVersion.V16)]
_NOW = "2026-01-31T12:00:00Z"
_ACCEPTED = {"status": "Accepted"}
_INTERVAL_S = 86_400
METERED = "metered"
"""counts the messages that tell periodic values, beside all by their action, and events by their type besides"""
VALUES = "values"
"""counts the sampled values in them"""


class TakesAll:
    """Answers every call; `seen` is called with each, if given."""

    def __init__(self, seen: Callable[[str, dict[str, Any]], None] | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self._seen = seen
        self._numbers = itertools.count(1)

    async def serve(self) -> tuple[Server, str]:
        """Listen on a free port of loopback; return the server and its url."""
        server = await serve(self._talk, "127.0.0.1", 0, subprotocols=_SUBPROTOCOLS)
        port = next(iter(server.sockets)).getsockname()[1]
        return server, f"ws://127.0.0.1:{port}/ocpp"

    async def _talk(self, connection: ServerConnection) -> None:
        try:
            async for text in connection:
                _, message_id, action, payload = json.loads(text)
                self._count(action, payload)
                if self._seen is not None:
                    self._seen(action, payload)
                await connection.send(json.dumps([3, message_id, self._answer(action)]))
        except ConnectionClosed:
            pass

    def _count(self, action: str, payload: dict[str, Any]) -> None:
        self.counts[action] += 1
        if action == "TransactionEvent":
            self.counts[payload["eventType"]] += 1
        if action == "MeterValues" or payload.get("triggerReason") == "MeterValuePeriodic":
            self.counts[METERED] += 1
            self.counts[VALUES] += sum(len(one["sampledValue"]) for one in payload["meterValue"])

    def _answer(self, action: str) -> dict[str, Any]:
        match action:
            case "BootNotification":
                return {"currentTime": _NOW, "interval": _INTERVAL_S, "status": "Accepted"}
            case "Heartbeat":
                return {"currentTime": _NOW}
            case "StartTransaction":
                return {"transactionId": next(self._numbers), "idTagInfo": _ACCEPTED}
        return {}


async def _serve() -> None:
    questions = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    csms = TakesAll()
    server, url = await csms.serve()
    print(json.dumps({"url": url}), flush=True)
    while await questions.readline():
        print(json.dumps(csms.counts), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve())
