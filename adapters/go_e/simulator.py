"""A charger that speaks the go-e local HTTP API v2 over real HTTP, for trying things out and for tests."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

from adapters.go_e.simulation.answer import Answer, refusal, refused, spoilt
from adapters.go_e.simulation.api import Api
from adapters.go_e.simulation.box import WishError
from adapters.go_e.simulation.control import STATE, control
from adapters.go_e.simulation.faults import Faults
from adapters.go_e.simulation.options import Fault, FaultKind, SimulatorOptions
from adapters.go_e.simulation.units import US_PER_DAY, seconds, to_us
from adapters.go_e.simulation.wishes import fulfil
from adapters.go_e.simulation.world import World, WorldPlan
from adapters.simulation.http_server import HttpServer, Receive, Scope, Send
from bridge.ports import Clock

__all__ = ["Fault", "FaultKind", "GoESimulator", "SimulatorOptions", "WishError"]

CONTROL = "/_control/"
OTHER = "(other)"
"""what `GoESimulator.requests` counts paths under that this API does not have"""


class GoESimulator:
    """One simulated charger; `async with` starts and stops it.

    Beside the charger's API it serves `/_control/`: see `simulation.control`. Control requests are neither
    counted nor struck by faults.
    """

    def __init__(self, options: SimulatorOptions, clock: Clock) -> None:
        """Create the charger; its simulated time begins at the clock's present."""
        self.options = options
        self.requests: Counter[str] = Counter()
        """how often each path was asked for, such as `/api/set`"""
        self.sets: list[dict[str, str]] = []
        """what every set asked for, also those that were not done, oldest first"""
        self.faults = Faults(options.faults)
        self._clock = clock
        self._began_at = to_us(clock.now())
        born_at = to_us(options.since) if options.since else self._began_at - options.days * US_PER_DAY
        self.world = World(
            WorldPlan(
                seed=options.seed,
                born_at=min(born_at, self._began_at),
                started_at=self._began_at,
                autonomous=options.autonomous,
                access_control=options.access_control,
                phases=options.phases,
                lag=seconds(options.lag_s),
            )
        )
        self.world.advance(self._began_at)
        self._api = Api(options, self.world, self.faults)
        self._stopping = asyncio.Event()
        self._server = HttpServer(self._serve, options.host, options.port, options.keep_alive_s)

    @property
    def url(self) -> str:
        """Scheme, host and port, such as `http://127.0.0.1:8080`; known once it is started."""
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"http://{host}:{self._server.port}"

    def now(self) -> int:
        """Return the simulated present in µs."""
        real = to_us(self._clock.now())
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

    def wish(self, action: str, **given: str | float) -> None:
        """Do what `POST /_control/<action>` does; raises WishError where that is impossible."""
        fulfil(self.world, action, {name: str(value) for name, value in given.items()}, self.now())

    def fail(self, kind: FaultKind, times: int | None = None, path: str = "", word: str = "") -> None:
        """Let a fault strike the next `times` requests that it concerns, or all until it is healed."""
        self.faults.add(Fault(kind, times, path, word=word))

    def heal(self) -> None:
        """End all faults."""
        self.faults.heal()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/")
        given = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        if path.startswith(CONTROL):
            action = path.removeprefix(CONTROL)
            allowed = scope["method"] == "POST" or action == STATE
            answer = control(self.world, self.faults, action, given, self.now()) if allowed else refusal(405)
            await _send(send, answer)
            return
        self.requests[path if self._api.has(path) else OTHER] += 1
        if path == "/api/set":
            self.sets.append(given)
        slow = self.faults.take(path, FaultKind.SLOW)
        if slow is not None:
            await _first_of(self._clock.sleep(slow.delay_s), self._stopping.wait())
        if self._is_rebooting() or self.faults.take(path, FaultKind.RESET):
            await self._reset(scope, receive)
            return
        answer = refused(self.faults, path) or self._answer(scope, path, given)
        if self.faults.take(path, FaultKind.LOST_ANSWER):
            await self._reset(scope, receive)
            return
        if self.faults.take(path, FaultKind.SILENT):
            await self._stopping.wait()
            await self._reset(scope, receive)
            return
        await _send(send, answer)
        if answer.cut:
            self._server.close(scope)
            await receive()

    def _answer(self, scope: Scope, path: str, given: dict[str, str]) -> Answer:
        authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        return spoilt(self.faults, path, self._api.answer(scope["method"], path, given, authorization, self.now()))

    async def _reset(self, scope: Scope, receive: Receive) -> None:
        self._server.reset(scope)
        await receive()

    def _is_rebooting(self) -> bool:
        rebooted_at = self.world.rebooted_at
        return rebooted_at is not None and self.now() < rebooted_at + seconds(self.options.reboot_s)


async def _send(send: Send, answer: Answer) -> None:
    headers = [(b"content-type", answer.content_type), (b"content-length", str(len(answer.body)).encode())]
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
