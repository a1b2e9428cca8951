"""A charger that speaks the Etrel local web API over real HTTP, for trying things out and for tests."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from email.utils import formatdate
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

from adapters.etrel.simulation.answer import Answer, refusal
from adapters.etrel.simulation.api import Api
from adapters.etrel.simulation.connector import WishError
from adapters.etrel.simulation.control import STATE, control
from adapters.etrel.simulation.faults import Faults
from adapters.etrel.simulation.options import Fault, FaultKind, SimulatorOptions
from adapters.etrel.simulation.strikes import refused, spoilt
from adapters.etrel.simulation.ticks import TICKS_PER_DAY, TICKS_PER_S, seconds, to_ticks
from adapters.etrel.simulation.wishes import fulfil
from adapters.etrel.simulation.world import World, WorldPlan
from adapters.simulation.http_server import HttpServer, Receive, Scope, Send
from bridge.ports import Clock

__all__ = ["EtrelSimulator", "Fault", "FaultKind", "SimulatorOptions", "WishError"]

CONTROL = "/_control/"
OTHER = "(other)"
"""what `EtrelSimulator.requests` counts paths under that this API does not have"""
LARGEST_FORM_BYTES = 65_536


class EtrelSimulator:
    """One simulated charger; `async with` starts and stops it.

    Beside the charger's API it serves `/_control/`: see `simulation.control`. Control requests are neither
    counted nor struck by faults.
    """

    def __init__(self, options: SimulatorOptions, clock: Clock) -> None:
        """Create the charger; its history ends and its simulated time begins at the clock's present."""
        self.options = options
        self.requests: Counter[str] = Counter()
        """how often each path was asked for, without trailing slash, such as `/api/generalStatus`"""
        self.faults = Faults(options.faults)
        self._clock = clock
        self._began_at = to_ticks(clock.now())
        born_at = to_ticks(options.since) if options.since else self._began_at - options.days * TICKS_PER_DAY
        self.world = World(
            WorldPlan(
                seed=options.seed,
                born_at=min(born_at, self._began_at),
                started_at=self._began_at,
                connectors=options.connectors,
                autonomous=options.autonomous,
            )
        )
        self._api = Api(options, self.world, self.faults)
        self._stopping = asyncio.Event()
        self._server = HttpServer(self._serve, options.host, options.port, options.keep_alive_s)

    @property
    def url(self) -> str:
        """Scheme, host and port, such as `http://127.0.0.1:8080`; known once it is started."""
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"http://{host}:{self._server.port}"

    def now(self) -> int:
        """Return the simulated present in ticks."""
        real = to_ticks(self._clock.now())
        if self.options.speed == 1:
            return real
        return self._began_at + int((real - self._began_at) * self.options.speed)

    async def start(self) -> None:
        """Bind and listen; raises OSError where the port is taken."""
        self._stopping.clear()
        await self._server.start()

    async def stop(self) -> None:
        """Close every connection; takes less than a second, even while answers are delayed."""
        self._stopping.set()
        await self._server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def wish(self, action: str, connector: int = 1, **given: str) -> None:
        """Do what `POST /_control/<action>` does; raises WishError where that is impossible."""
        fulfil(self.world, action, {"connector": str(connector), **given}, self.now())

    def fail(self, kind: FaultKind, times: int | None = None, path: str = "") -> None:
        """Let a fault strike the next `times` requests that it concerns, or all until it is healed."""
        self.faults.add(Fault(kind, times, path))

    def heal(self) -> None:
        """End all faults."""
        self.faults.heal()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/")
        form = await _read_form(receive)
        if form is None:
            await self._send(send, refusal(413, (b"connection", b"close")))
            return
        fields = scope["query_string"].decode("latin-1"), form.decode("latin-1")
        given = {name: value for text in fields for name, value in parse_qsl(text, keep_blank_values=True)}
        if path.startswith(CONTROL):
            action = path.removeprefix(CONTROL)
            allowed = scope["method"] == "POST" or action == STATE
            now = self.now()
            await self._send(send, control(self.world, self.faults, action, given, now) if allowed else refusal(405))
            return
        self.requests[path if self._api.has(path) else OTHER] += 1
        slow = self.faults.take(path, FaultKind.SLOW)
        if slow is not None:
            await _first_of(self._clock.sleep(slow.delay_s), self._stopping.wait())
        if self._is_rebooting() or self.faults.take(path, FaultKind.RESET):
            self._server.reset(scope)
            await receive()
            return
        answer = refused(self.faults, path)
        if answer is None:
            authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
            own = self._api.answer(scope["method"], path, given, authorization, self.now())
            answer = spoilt(self.faults, path, own)
        skewed = self.faults.take(path, FaultKind.WRONG_DATE)
        await self._send(send, answer, skewed.skew_s if skewed else 0.0)
        if answer.cut:
            self._server.close(scope)
            await receive()

    def _is_rebooting(self) -> bool:
        rebooted_at = self.world.rebooted_at
        return rebooted_at is not None and self.now() < rebooted_at + seconds(self.options.reboot_s)

    async def _send(self, send: Send, answer: Answer, skew_s: float = 0.0) -> None:
        date_s = self.now() // TICKS_PER_S + skew_s
        headers = [
            (b"date", formatdate(date_s, usegmt=True).encode()),
            (b"content-type", answer.content_type),
            (b"content-length", str(len(answer.body)).encode()),
            *answer.headers,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = answer.body[: len(answer.body) // 2] if answer.cut else answer.body
        await send({"type": "http.response.body", "body": body, "more_body": answer.cut})


async def _first_of(*waits: Awaitable[object]) -> None:
    """Wait for whichever is over first and let go of the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _read_form(receive: Receive) -> bytes | None:
    """Return the whole body, or None when it is larger than any form of this API."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_FORM_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)
