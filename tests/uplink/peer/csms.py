"""A small and strict central system for OCPP-J on loopback, which shares no code with the station under test."""

from __future__ import annotations

import asyncio
import base64
import binascii
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from ssl import SSLContext
from typing import Any, Self
from urllib.parse import unquote

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from bridge.clock import SystemClock
from tests.uplink.peer.books import Books
from tests.uplink.peer.books_v2 import Books2
from tests.uplink.peer.frames import CALL, CALLERROR, Frame, call_text, error_codes, error_text, read_frame, result_text
from tests.uplink.peer.held_port import HeldPort
from tests.uplink.peer.ledger import Ledger, Payload
from tests.uplink.peer.link import Link
from tests.uplink.peer.message_check import V16, is_known, problems_of
from tests.uplink.peer.script import Boot, Delay, Late, Order, Refuse, Say, Script, Silence
from tests.uplink.peer.tcp_reset import reset

PATH = "/ocpp/"
_CLOCK = SystemClock()
CLOSE_S = 0.3
"""how long a peer that does not answer a close frame is waited for"""


class CallRefusedError(Exception):
    """The station answered with a CALLERROR."""

    def __init__(self, code: str, description: str, details: Any) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.details = details


class Csms:
    """Listens, answers as its script says, and keeps a ledger per station that outlives `stop` and `start`.

    `version`: of OCPP, which must be offered to it.
    `concurrent`: in 1.6 a repeated StartTransaction with a new message id is answered ConcurrentTx and 0.
    `lossy`: what lies between may lose answers and cut connections, so that a message may be repeated word for word
    and the first status after a reconnect may be any; else both are violations.
    `station_timeout_s`: after that the station may give up an answer and send its next CALL; None when it never may,
    unless the script withheld the answer. 0 where frames may be delayed by more than the station's time-out: then it is
    not judged how many CALLs are in flight.
    `answer_delay_s`: in it a CALL that did not wait for the answer is caught.
    `passwords`: identity → password; None when nobody has to show one. May be changed at any time.
    """

    def __init__(
        self,
        *,
        version: str = V16,
        concurrent: bool = False,
        lossy: bool = False,
        heartbeat_interval_s: int = 300,
        station_timeout_s: float | None = None,
        answer_delay_s: float = 0.001,
        passwords: dict[str, str] | None = None,
        ssl_context: SSLContext | None = None,
        now: Callable[[], datetime] = _CLOCK.now,
    ) -> None:
        self.version = version
        self.books: Books | Books2 = (
            Books(now, heartbeat_interval_s=heartbeat_interval_s, concurrent=concurrent, lossy=lossy)
            if version == V16
            else Books2(now, heartbeat_interval_s=heartbeat_interval_s, lossy=lossy)
        )
        self.script = Script()
        self.passwords = passwords
        self.station_timeout_s = station_timeout_s
        self.answer_delay_s = answer_delay_s
        self._ssl_context = ssl_context
        self._port = HeldPort()
        self._server: Server | None = None
        self._links: dict[str, Link] = {}
        self._changed = asyncio.Condition()
        self._texts: dict[tuple[str, str], str] = {}
        self._asked_ids: set[str] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self._port.close()

    @property
    def url(self) -> str:
        """The address to which a station appends its identity; the same after a restart."""
        return f"{'ws' if self._ssl_context is None else 'wss'}://127.0.0.1:{self._port.number}{PATH.rstrip('/')}"

    @property
    def violations(self) -> list[str]:
        """What all stations did that they must not, with their identities."""
        return [f"{ledger.identity}: {text}" for ledger in self.books.ledgers.values() for text in ledger.violations]

    def ledger(self, identity: str) -> Ledger:
        """Return the ledger of a station; it grows while the station speaks."""
        return self.books.ledger(identity)

    def is_connected(self, identity: str) -> bool:
        """Say whether a station has a connection."""
        return identity in self._links

    async def start(self) -> None:
        """Listen; after a `stop` on the same port."""
        if self._server is None:
            self._server = await serve(
                self._serve,
                sock=self._port.listener(),
                ssl=self._ssl_context,
                subprotocols=[Subprotocol(f"ocpp{self.version}")],
                process_request=self._admit,
                compression=None,
                ping_interval=None,
                close_timeout=CLOSE_S,
                max_size=2**22,
            )

    async def stop(self, *, abruptly: bool = False) -> None:
        """End all connections, with a close frame or with a TCP reset, and refuse new ones until `start`."""
        server, self._server = self._server, None
        if server is None:
            return
        if abruptly:
            for link in tuple(self._links.values()):
                reset(link.connection)
        server.close()
        await server.wait_closed()

    async def drop(self, identity: str, *, abruptly: bool = False) -> None:
        """End one station's connection; ConnectionError when it has none."""
        link = self._link(identity)
        if abruptly:
            reset(link.connection)
        else:
            await link.connection.close(1001)
        await link.connection.wait_closed()

    async def wait_until(self, predicate: Callable[[], object], limit_s: float = 10.0) -> None:
        """Wait until something that a station did makes the predicate true; TimeoutError after `limit_s`."""
        try:
            async with asyncio.timeout(limit_s), self._changed:
                await self._changed.wait_for(lambda: bool(predicate()))
        except TimeoutError:
            raise TimeoutError(f"not so within {limit_s} s; {self._state()}") from None

    async def notify(self) -> None:
        """Let `wait_until` look again, for predicates on things outside."""
        async with self._changed:
            self._changed.notify_all()

    async def call(self, identity: str, action: str, payload: Payload, limit_s: float = 5.0) -> Payload:
        """Send a CALL and return the payload of the answer; one at a time per station.

        CallRefusedError for a CALLERROR, ConnectionError when the station is not there or goes, TimeoutError. An
        answer that breaks its schema is returned and noted as a violation.
        """
        link = self._link(identity)
        async with asyncio.timeout(limit_s), link.lock:
            message_id = self.new_id()
            if action in {"TriggerMessage", "ExtendedTriggerMessage"}:
                self.books.asked(identity, payload)
            answer = await link.ask(message_id, call_text(message_id, action, payload))
        ledger = self.ledger(identity)
        if answer.sort == CALLERROR:
            if answer.code not in error_codes(self.version):
                ledger.violations.append(f"{action} was answered with error code {answer.code}")
            raise CallRefusedError(answer.code, answer.description, answer.details)
        version = self.version
        problems = (
            problems_of(action, answer.payload, answer=True, version=version) if is_known(action, version) else ()
        )
        ledger.violations += [f"answer to {action}: {problem.text}" for problem in problems]
        result: Payload = answer.payload
        return result

    async def exchange(self, identity: str, text: str, message_id: str, limit_s: float = 5.0) -> Frame:
        """Send any text, however wrong, and return the CALLRESULT or CALLERROR that bears this id."""
        link = self._link(identity)
        self._asked_ids.add(message_id)
        async with asyncio.timeout(limit_s), link.lock:
            return await link.ask(message_id, text)

    async def send_text(self, identity: str, text: str | bytes) -> None:
        """Send any frame and expect nothing."""
        await self._link(identity).connection.send(text)

    def new_id(self) -> str:
        """Return a message id that was not used."""
        message_id = f"csms-{len(self._asked_ids) + 1}"
        self._asked_ids.add(message_id)
        return message_id

    def _link(self, identity: str) -> Link:
        if identity not in self._links:
            raise ConnectionError(f"{identity} is not connected")
        return self._links[identity]

    def _state(self) -> str:
        ledgers = self.books.ledgers.values()
        told = [f"{book.identity}: {[action for _, action, _ in book.calls[-5:]]}" for book in ledgers]
        return f"connected: {sorted(self._links)}, last calls: {told}, violations: {self.violations}"

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        identity = _identity_of(request)
        if identity is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "nobody\n")
        if self.passwords is not None and not _shows(request, identity, self.passwords.get(identity)):
            refusal = connection.respond(HTTPStatus.UNAUTHORIZED, "not with this password\n")
            refusal.headers["WWW-Authenticate"] = 'Basic realm="stations"'
            return refusal
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        identity = None if connection.request is None else _identity_of(connection.request)
        if identity is None:
            return
        self.ledger(identity).connections += 1
        link = self._links[identity] = Link(identity, connection)
        try:
            await self.notify()
            with suppress(ConnectionClosed):
                async for text in connection:
                    self._take(link, text)
                    await self.notify()
        finally:
            if self._links.get(identity) is link:
                del self._links[identity]
            self._doubt_unanswered(link)
            await link.end()
            await self.notify()

    def _doubt_unanswered(self, link: Link) -> None:
        """Excuse repeats of what was not answered, and of the last CALL unless the station closed the connection."""
        unanswered = [frame for frame, _ in link.in_flight.values()]
        if link.last_call is not None and not link.connection.protocol.close_rcvd_then_sent:
            unanswered.append(link.last_call)
        for frame in unanswered:
            self.books.doubt(link.identity, frame.action, frame.payload)

    def _take(self, link: Link, text: str | bytes) -> None:
        ledger = self.ledger(link.identity)
        if isinstance(text, bytes):
            ledger.violations.append("a binary frame")
            return
        try:
            frame = read_frame(text)
        except ValueError as error:
            ledger.violations.append(str(error))
            return
        if frame.sort == CALL:
            self._take_call(link, frame, text)
        elif frame.message_id in link.asked:
            future = link.asked[frame.message_id]
            if not future.done():
                future.set_result(frame)
        elif frame.sort == CALLERROR and frame.message_id in {"", "-1"}:
            ledger.stray_errors.append((frame.code, frame.description))
        elif frame.message_id not in self._asked_ids:
            ledger.violations.append(f"an answer to {frame.message_id}, which was never asked")

    def _take_call(self, link: Link, frame: Frame, text: str) -> None:
        taken_s = asyncio.get_running_loop().time()  # before the work, in which a schema may be read
        is_duplicate = self.books.lossy and frame == link.last_call
        if not is_duplicate:
            self._judge_call(link, frame, text)
        self.ledger(link.identity).calls.append((frame.message_id, frame.action, frame.payload))
        link.last_call = frame
        held, link.held = link.held, []
        order = self.script.take(link.identity, frame.action)
        answer = self._answer(link.identity, frame, order)
        delay_s = order.delay_s if isinstance(order, Delay) else self.answer_delay_s
        patience_s = math.inf if self.station_timeout_s is None else self.station_timeout_s * 0.9
        if isinstance(order, Silence | Late):
            if isinstance(order, Late) and order.after_s is None:
                link.held.append(answer)
            elif isinstance(order, Late) and order.after_s is not None:
                link.send_soon([answer], order.after_s, None)
            if held:
                link.send_soon(held, self.answer_delay_s, None)
            if self.station_timeout_s is None:
                return
        else:
            link.send_soon([*held, answer], delay_s, frame.message_id)
        if not is_duplicate:
            link.in_flight[frame.message_id] = (frame, taken_s + patience_s)

    def _judge_call(self, link: Link, frame: Frame, text: str) -> None:
        ledger = self.ledger(link.identity)
        now_s = asyncio.get_running_loop().time()
        if self._texts.setdefault((link.identity, frame.message_id), text) != text:
            ledger.violations.append(f"message id {frame.message_id} was used for two messages")
        for waiting, until_s in link.in_flight.values():
            if until_s > now_s:
                ledger.violations.append(f"{frame.action} was sent while {waiting.action} was not answered")

    def _answer(self, identity: str, frame: Frame, order: Order | None) -> str:
        action, payload = frame.action, frame.payload
        books, ledger = self.books, self.ledger(identity)
        if isinstance(order, Refuse):
            books.refuse(identity, action, payload)
            return error_text(frame.message_id, order.code, order.description)
        if isinstance(order, Silence | Late):
            books.doubt(identity, action, payload)
        if isinstance(order, Silence) and not order.entered:
            return ""
        problem = self._problem(identity, action, payload)
        if problem is not None:
            ledger.refused.append((action, payload))
            return error_text(frame.message_id, *problem)
        if action == "BootNotification":
            answer = books.boot(identity, payload, *_boot_answer(order), asyncio.get_running_loop().time())
        else:
            answer = books.enter(identity, action, payload, frame.message_id)
        return result_text(frame.message_id, order.payload if isinstance(order, Say) else answer)

    def _problem(self, identity: str, action: str, payload: Payload) -> tuple[str, str] | None:
        """Note everything that forbids to enter a message; return the first as error code and text."""
        violations = self.ledger(identity).violations
        if not self.books.knows(action):
            violations.append(f"{action} is nothing that a station may call")
            return ("NotSupported" if is_known(action, self.version) else "NotImplemented"), action
        if not self.books.admit(identity, action):
            return "SecurityError", "not before the BootNotification was accepted"
        problems = problems_of(action, payload, version=self.version)
        violations += [f"{action}: {problem.text}" for problem in problems]
        return problems[0] if problems else None


def _boot_answer(order: Order | None) -> tuple[str, int | None]:
    match order:
        case Boot(status, interval_s):
            return status, interval_s
        case Silence():
            return "", None
        case Say({"status": str(status)}):
            return status, None
        case _:
            return "Accepted", None


def _identity_of(request: Request) -> str | None:
    rest = request.path.removeprefix(PATH)
    return unquote(rest) if rest and rest != request.path and "/" not in rest else None


def _shows(request: Request, identity: str, password: str | None) -> bool:
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    try:
        shown = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return kind == "Basic" and password is not None and shown == f"{identity}:{password}"
