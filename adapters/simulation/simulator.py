"""The shell of a simulated charger: its clock, its faults, its control surface and its HTTP."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import formatdate
from enum import StrEnum
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar
from urllib.parse import parse_qsl

from adapters.simulation.answer import Answer, refusal, refused, spoilt, write_json
from adapters.simulation.faults import Fault, Faults, Strike
from adapters.simulation.http_server import HttpServer, Receive, Scope, Send
from adapters.simulation.options import Options
from adapters.simulation.wishes import Given, WishError
from bridge.ports import Clock
from bridge.types.facts import to_epoch_us

CONTROL = "/_control/"
STATE = "state"
FAIL = "fail"
HEAL = "heal"
OTHER = "(other)"
"""what `Simulator.requests` counts paths under that the API does not have"""
LARGEST_FORM_BYTES = 65_536
_US_PER_S = 1_000_000


class Api(Protocol):
    """The charger's own API."""

    def has(self, path: str) -> bool:
        """Tell whether there is such a path; without trailing slash."""

    def answer(self, method: str, path: str, given: Given, authorization: str, now: int) -> Answer:
        """Answer one request; `given` holds the fields of query and form."""


class World(Protocol):
    """The charger itself, through time."""

    rebooted_at: int | None


K = TypeVar("K", bound=StrEnum)


class Simulator(ABC, Generic[K]):
    """One simulated charger; `async with` starts and stops it. Instants are counted in `per_s` parts of a second.

    Beside the charger's API it serves `/_control/`: what a person or a test does to the charger. Control requests are
    neither counted nor struck by faults.
    """

    wish_names: Sequence[str]
    tells_date = False
    """whether its answers have a Date header"""
    world: World
    _api: Api

    def __init__(self, options: Options, faults: Faults[K], clock: Clock, per_s: int) -> None:
        self.options = options
        self.requests: Counter[str] = Counter()
        """how often each path was asked for, without trailing slash, such as `/api/generalStatus`"""
        self.faults = faults
        self._clock = clock
        self._per_s = per_s
        self._began_at = self._count(clock.now())
        born_at = self._count(options.since) if options.since else self._began_at - options.days * 86_400 * per_s
        self._born_at = min(born_at, self._began_at)
        self._stopping = asyncio.Event()
        self._server = HttpServer(self._serve, options.host, options.port, options.keep_alive_s)

    @property
    def url(self) -> str:
        """Scheme, host and port, such as `http://127.0.0.1:8080`; known once it is started."""
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"http://{host}:{self._server.port}"

    def now(self) -> int:
        """Return the simulated present in the world's parts of a second."""
        real = self._count(self._clock.now())
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
        self._fulfil(action, {name: str(value) for name, value in given.items()}, self.now())

    def fail(self, kind: K, times: int | None = None, path: str = "", word: str = "") -> None:
        """Let a fault strike the next `times` requests that it concerns, or all until it is healed."""
        self.faults.add(Fault(kind, times, path, word=word))

    def heal(self) -> None:
        """End all faults."""
        self.faults.heal()

    @abstractmethod
    def _fulfil(self, action: str, given: Given, now: int) -> None:
        """Do one of `wish_names`; raises WishError where the charger's state or a value does not allow it."""

    @abstractmethod
    def _state(self, now: int) -> Mapping[str, object]:
        """Return what the control surface tells of the charger."""

    def _note(self, path: str, given: Given) -> None:
        """Note a request, whatever becomes of it."""
        del given
        self.requests[path if self._api.has(path) else OTHER] += 1

    def _count(self, instant: datetime) -> int:
        return to_epoch_us(instant.astimezone(UTC)) * self._per_s // _US_PER_S

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
            await self._send(send, self._control(action, given) if allowed else refusal(405))
            return
        self._note(path, given)
        slow = self.faults.take(path, Strike.SLOW)
        if slow is not None:
            await _first_of(self._clock.sleep(slow.delay_s), self._stopping.wait())
        if self._is_rebooting() or self.faults.take(path, Strike.RESET):
            await self._reset(scope, receive)
            return
        answer = refused(self.faults, path) or self._answer(scope, path, given)
        if self.faults.take(path, Strike.LOST_ANSWER):
            await self._reset(scope, receive)
            return
        if self.faults.take(path, Strike.SILENT):
            await self._stopping.wait()
            await self._reset(scope, receive)
            return
        skewed = self.faults.take(path, Strike.WRONG_DATE)
        await self._send(send, answer, skewed.skew_s if skewed else 0.0)
        if answer.cut:
            self._server.close(scope)
            await receive()

    def _control(self, action: str, given: Given) -> Answer:
        """Do what `POST /_control/<action>` says and answer with the new state.

        404 for an unknown action, 400 for a wrong value, 409 for what the charger's state does not allow; each with a
        sentence under `error`.
        """
        now = self.now()
        try:
            if action == FAIL:
                self.faults.add(self.faults.parse(given))
            elif action == HEAL:
                self.faults.heal(self.faults.kinds(given["kind"]) if given.get("kind") else None)
            elif action in self.wish_names:
                self._fulfil(action, given, now)
            elif action != STATE:
                known = ", ".join((STATE, FAIL, HEAL, *self.wish_names))
                return Answer(write_json({"error": f"no such control; there are {known}"}), 404)
        except WishError as impossible:
            return Answer(write_json({"error": str(impossible)}), 409)
        except ValueError as wrong:
            return Answer(write_json({"error": str(wrong)}), 400)
        return Answer(write_json({**self._state(now), "faults": self.faults.names()}))

    def _answer(self, scope: Scope, path: str, given: dict[str, str]) -> Answer:
        authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        return spoilt(self.faults, path, self._api.answer(scope["method"], path, given, authorization, self.now()))

    async def _reset(self, scope: Scope, receive: Receive) -> None:
        self._server.reset(scope)
        await receive()

    def _is_rebooting(self) -> bool:
        rebooted_at = self.world.rebooted_at
        return rebooted_at is not None and self.now() < rebooted_at + round(self.options.reboot_s * self._per_s)

    async def _send(self, send: Send, answer: Answer, skew_s: float = 0.0) -> None:
        length = str(len(answer.body)).encode()
        headers = [(b"content-type", answer.content_type), (b"content-length", length), *answer.headers]
        if self.tells_date:
            headers.append((b"date", formatdate(self.now() // self._per_s + skew_s, usegmt=True).encode()))
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
