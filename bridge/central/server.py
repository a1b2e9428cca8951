"""The server to which chargers that speak OCPP connect: ports, TLS, the websocket's handshake; all else is elsewhere.

    socket ──▶ TLS ──▶ handshake ──door──▶ turned away with a status, or `Hall.host`

A connection that has not come in yet is a visitor: it has to be done within `SocketLimits.open_s`, and of too many the
oldest is dropped, so that those who open connections and say nothing keep nobody out. This module alone knows the
websocket library.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from websockets.asyncio.server import Server, ServerConnection
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.protocol import Event, State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from bridge.central.conversation import LIMITS, Limits
from bridge.central.door import Admitted, Knock, Turned
from bridge.central.hall import Hall, HandOver
from bridge.central.house import CentralHouse
from bridge.central.line import LineLostError
from bridge.central.listening import Listener
from bridge.central.porter import Porter
from bridge.central.rates import TokenBucket
from bridge.central.roster import Roster
from bridge.central.tls import Certificates, names_of
from bridge.engine.waking import to_its_end
from bridge.ports import Clock
from bridge.serving import ServerStartError

_LOG = logging.getLogger(__name__)
_WIRE_LOG = logging.getLogger("bridge.central.wire")
"""of the websocket library, which at DEBUG writes down the password of the handshake and all that is said"""
_WIRE_LOG.setLevel(logging.WARNING)

LARGEST_MESSAGE_BYTES: Final = 256 << 10
"""a report of OCPP 2.x comes in parts of some 10 kB"""
_SLICE_BYTES: Final = 4096
_FRAMES_BURST: Final = 3000
_FRAMES_PER_S: Final = 200.0
"""websocket frames, pings among them: the library works on each, whoever waits"""
_LONGEST_REASON_BYTES: Final = 123  # [spec: RFC 6455, 5.5]


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """How much, and how long is waited."""

    most_connections: int = 1000
    most_visitors: int = 256
    open_s: float = 15.0
    """for TLS and the handshake"""
    send_s: float = 20.0
    close_s: float = 2.0
    stop_s: float = 0.4
    """for everybody to be closed when the bridge stops"""


_SOCKET_LIMITS: Final = SocketLimits()


class _Connection(ServerConnection):
    """Counts frames, and is driven by `CentralServer` instead of a task of the library's."""

    def __init__(self, protocol: ServerProtocol, server: Server, clock: Clock, limits: SocketLimits) -> None:
        super().__init__(protocol, server, ping_interval=None, ping_timeout=None, close_timeout=limits.close_s)
        self._clock = clock
        self._frames = TokenBucket(_FRAMES_BURST, _FRAMES_PER_S, clock.monotonic_s())
        self.has_flooded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        super(ServerConnection, self).connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes, a little at a time: they may be ten thousands of frames, and each one is worked on."""
        for start in range(0, len(data), _SLICE_BYTES):
            if self.has_flooded:
                return
            super().data_received(data[start : start + _SLICE_BYTES])

    def process_event(self, event: Event) -> None:
        """Take a frame, unless there were too many."""
        if self.has_flooded:
            return
        if self.request is not None and not self._frames.take(self._clock.monotonic_s()):
            self.has_flooded = True
            self.transport.abort()
            return
        super().process_event(event)


class _Open:
    """What a connection asks of its server: whether it serves."""

    def is_serving(self) -> bool:
        """Tell that it does: what is left when it stops is closed by `CentralServer`."""
        return True


class _SocketLine:
    """`bridge.central.line.Line` over a websocket."""

    def __init__(self, connection: _Connection, limits: SocketLimits) -> None:
        self._connection = connection
        self._limits = limits

    @property
    def is_open(self) -> bool:
        """Whether something could be sent now."""
        return self._connection.state is State.OPEN

    @property
    def local_host(self) -> str:
        """This computer's address, as the other side reaches it."""
        return str(self._connection.transport.get_extra_info("sockname")[0])

    async def send(self, text: str) -> None:
        """Send one message."""
        try:
            async with asyncio.timeout(self._limits.send_s):
                await self._connection.send(text)
        except TimeoutError:
            raise LineLostError(f"it took nothing for {self._limits.send_s:g} s") from None
        except (ConnectionClosed, OSError) as error:
            raise self._lost(error) from None

    async def receive(self) -> str | bytes:
        """Return the next message."""
        try:
            return await self._connection.recv()
        except (ConnectionClosed, OSError) as error:
            raise self._lost(error) from None

    async def ping(self) -> None:
        """Wait until a ping is answered."""
        try:
            await (await self._connection.ping())
        except (ConnectionClosed, OSError) as error:
            raise self._lost(error) from None

    async def close(self, code: int, reason: str) -> None:
        """Close in order where the other side plays along, soon where it does not."""
        shown = reason.encode()[:_LONGEST_REASON_BYTES].decode(errors="ignore")
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._connection.close(code, shown)
        except (TimeoutError, OSError):
            pass  # it does not play along
        finally:
            self._connection.transport.abort()  # does nothing to one that is closed

    def _lost(self, error: Exception) -> LineLostError:
        if self._connection.has_flooded:
            return LineLostError("it sent too many websocket frames at once")
        if not isinstance(error, ConnectionClosed) or (error.sent is None and error.rcvd is None):
            return LineLostError("the line broke")
        if error.rcvd is not None and (error.sent is None or error.rcvd_then_sent):
            reason = "".join(c if c.isprintable() else " " for c in error.rcvd.reason)
            return LineLostError(
                f"it closed the connection (code {error.rcvd.code}{f', «{reason}»' if reason else ''})"
            )
        match None if error.sent is None else error.sent.code:  # why our side closed it
            case CloseCode.MESSAGE_TOO_BIG:
                return LineLostError(
                    f"it sent a message of more than {LARGEST_MESSAGE_BYTES >> 10} kB, which is not taken"
                )
            case CloseCode.PROTOCOL_ERROR | CloseCode.INVALID_DATA:
                return LineLostError("it sent what is no websocket frame")
        return LineLostError("the connection was closed from here")


@dataclass(slots=True)
class _Visitor:
    """A connection, from the accepting on."""

    sock: socket.socket
    address: str
    certificates: Certificates | None
    decision: Admitted | Turned | None = None


class CentralServer:
    """Listens, lets in, and hands over. One for all chargers."""

    def __init__(
        self,
        house: CentralHouse,
        roster: Roster,
        hand_over: HandOver,
        *,
        limits: Limits = LIMITS,
        socket_limits: SocketLimits = _SOCKET_LIMITS,
    ) -> None:
        self._clock = house.clock
        self._limits = socket_limits
        self.hall: Final = Hall(house, roster, hand_over, limits)
        self._porter = Porter(house, roster, self.hall)
        options = house.options
        self._plain = Listener(house, "port", options.port, None, self._welcome)
        self._listeners = [self._plain]
        if options.tls_port is not None:
            tls = Listener(house, "tls_port", options.tls_port, Certificates(options), self._welcome)
            self._listeners.append(tls)
        self._visitors: OrderedDict[asyncio.Task[None], _Visitor] = OrderedDict()
        """those who have not come in yet, the oldest first"""
        self._tasks: set[asyncio.Task[None]] = set()
        """all connections"""

    @property
    def port(self) -> int | None:
        """On which ws:// is served; None while it is not."""
        return self._plain.port

    @property
    def tls_port(self) -> int | None:
        """On which wss:// is served; None while it is not."""
        return self._listeners[-1].port if len(self._listeners) > 1 else None

    @property
    def connections(self) -> int:
        """How many connections there are, those that have not come in among them."""
        return len(self._tasks)

    async def listening(self) -> None:
        """Wait until all ports are taken."""
        for listener in self._listeners:
            await listener.taken.wait()

    async def run(self) -> None:
        """Serve until cancelled; a port that is taken is tried again, and everything else goes on."""
        jobs = [asyncio.ensure_future(listener.run()) for listener in self._listeners]
        try:
            await asyncio.gather(*jobs)
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await to_its_end(self._close_all())

    # --- connections ---------------------------------------------------------------------------------------------

    def _welcome(self, sock: socket.socket, address: str, certificates: Certificates | None) -> None:
        """Attend to a new connection; where too many have not come in yet the oldest of them is dropped."""
        if len(self._tasks) >= self._limits.most_connections:
            sock.close()
            self._porter.say_once("full", f"central: {len(self._tasks)} connections stand; a further one was refused")
            return
        if len(self._visitors) >= self._limits.most_visitors:
            oldest, _ = self._visitors.popitem(last=False)
            oldest.cancel()
        visitor = _Visitor(sock, address, certificates)
        task = asyncio.ensure_future(self._attend(visitor))
        self._visitors[task] = visitor
        self._tasks.add(task)
        task.add_done_callback(partial(self._gone, sock))

    def _gone(self, sock: socket.socket, task: asyncio.Task[None]) -> None:
        sock.close()  # by its transport before, if there ever was one
        self._tasks.discard(task)
        self._visitors.pop(task, None)
        if not task.cancelled() and task.exception() is not None:
            _LOG.error("central: a connection failed; please report this", exc_info=task.exception())

    async def _close_all(self) -> None:
        """Close everybody in order within a limit; whoever does not play along is dropped."""
        self.hall.close()
        for visitor in tuple(self._visitors):
            visitor.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._limits.stop_s)
        left = tuple(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    # --- one connection ------------------------------------------------------------------------------------------

    async def _attend(self, visitor: _Visitor) -> None:
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(self._limits.open_s):
                connection = await self._connect(visitor)
                await self._shake_hands(connection, visitor)
            await self._go_on(connection, visitor)
        except TimeoutError:
            _LOG.debug("central: %s did not finish its handshake", visitor.address)
        except ssl.SSLError as error:
            self._porter.refused_by_tls(error, visitor.address)
        except (ServerStartError, OSError, WebSocketException) as error:
            _LOG.debug("central: the handshake of %s broke off (%s)", visitor.address, error)
        finally:
            if connection is not None:
                connection.transport.abort()

    async def _connect(self, visitor: _Visitor) -> _Connection:
        protocol = ServerProtocol(
            subprotocols=None,
            select_subprotocol=lambda _protocol, _offered: _subprotocol(visitor.decision),
            max_size=LARGEST_MESSAGE_BYTES,
            logger=_WIRE_LOG,
        )
        connection = _Connection(protocol, cast("Server", _Open()), self._clock, self._limits)
        tls: dict[str, Any] = {}
        if visitor.certificates is not None:
            context = visitor.certificates.context()
            limits = self._limits
            tls = {"ssl": context, "ssl_handshake_timeout": limits.open_s, "ssl_shutdown_timeout": limits.close_s}
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: connection, visitor.sock, **tls)
        return connection

    async def _shake_hands(self, connection: _Connection, visitor: _Visitor) -> None:
        async def decide(_: ServerConnection, request: Request) -> Response | None:
            if "Sec-WebSocket-Key" not in request.headers:
                return None  # a browser, or whoever knocks at ports: the library says what is wrong
            decision = await self._porter.decide(_knock(connection, request), visitor.address)
            visitor.decision = decision
            if isinstance(decision, Admitted):
                return None
            response = connection.respond(decision.status, f"{decision.said}\n")
            for name, value in decision.headers:
                response.headers[name] = value
            return response

        await connection.handshake(decide, None, None)

    async def _go_on(self, connection: _Connection, visitor: _Visitor) -> None:
        decision, line = visitor.decision, _SocketLine(connection, self._limits)
        if connection.state is not State.OPEN or not isinstance(decision, Admitted):
            return
        if decision.version is None:  # the handshake completes, and that is all [spec: OCPP-J]
            request = cast("Request", connection.request)
            self._porter.unspoken(decision, _offered(request), visitor.address)
            await line.close(CloseCode.PROTOCOL_ERROR, "no subprotocol that is spoken here")
            return
        if self._visitors.pop(cast("asyncio.Task[None]", asyncio.current_task()), None) is None:
            return  # dropped meanwhile
        secure = visitor.certificates is not None
        await self.hall.host(line, decision, decision.version, visitor.address, secure=secure)


def _knock(connection: _Connection, request: Request) -> Knock:
    tls = connection.transport.get_extra_info("ssl_object")
    authorizations = request.headers.get_all("Authorization")
    return Knock(
        path=request.path,
        subprotocols=_offered(request),
        authorization=authorizations[0] if len(authorizations) == 1 else None,
        is_encrypted=tls is not None,
        certificate_names=names_of(tls.getpeercert()) if tls is not None else frozenset(),
    )


def _offered(request: Request) -> Sequence[str]:
    words = ",".join(request.headers.get_all("Sec-WebSocket-Protocol")).split(",")
    return tuple(word.strip() for word in words if word.strip())


def _subprotocol(decision: Admitted | Turned | None) -> Subprotocol | None:
    version = decision.version if isinstance(decision, Admitted) else None
    return None if version is None else Subprotocol(version.subprotocol)
