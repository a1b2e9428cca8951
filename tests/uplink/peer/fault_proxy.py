"""A proxy for OCPP's websockets that does to frames and connections what networks do, by chance and on order."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tests.uplink.peer.fault_plan import OF_ANSWERS, Dice, Fault, FaultPlan, Way
from tests.uplink.peer.held_port import HeldPort
from tests.uplink.peer.tcp_reset import reset
from tests.uplink.peer.wire import Pair, Passing

CLOSE_S = 0.2
CONNECT_S = 2.0
LOG_LINES = 1000
FOR_GOOD_S = 600.0
"""until `heal`, in words of a bound"""


@dataclass(slots=True)
class _Order:
    fault: Fault
    way: Way | None
    action: str | None
    skip: int
    left: int
    lasting_s: float | None

    def matches(self, passing: Passing) -> bool:
        if self.fault in OF_ANSWERS and not passing.is_answer:
            return False
        return self.way in {None, passing.way} and self.action in {None, passing.action}


class FaultProxy:
    """Stands between stations and `upstream` (`ws://host:port/…`); path, subprotocol and Authorization pass through.

    Where the central system cannot be reached, the station's connection is reset; where it refuses, its status is
    handed on. Faults by chance come from the plan, until it is used up or `heal` was called; orders go first.
    """

    def __init__(self, upstream: str, plan: FaultPlan | None = None) -> None:
        self.plan = plan or FaultPlan()
        self.counts: Counter[str] = Counter()
        """fault, `refuse` or `close_port` → how often"""
        self.watchers: list[Callable[[Passing], None]] = []
        """called with each frame that arrives here, before its fate is drawn"""
        self._upstream = urlsplit(upstream)
        self._port = HeldPort()
        self._server: Server | None = None
        self._old_servers: list[Server] = []
        self._links: dict[ServerConnection, tuple[int, ClientConnection]] = {}
        self._pairs: dict[int, Pair] = {}
        self._dice: dict[tuple[int, str], Dice] = {}
        self._orders: list[_Order] = []
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections = 0
        self._by_chance = 0
        self._healed = False
        self._started_s = 0.0
        self._lock = asyncio.Lock()
        self._refused_until_s = 0.0
        self._opening: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        self._started_s = asyncio.get_running_loop().time()
        await self.open_port()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """The address for stations: the upstream's, with the proxy's port."""
        return f"ws://127.0.0.1:{self._port.number}{self._upstream.path}"

    @property
    def log(self) -> list[str]:
        """What was done, in order; with the plan's seed it belongs into the message of a failing test."""
        return list(self._log)

    def order(
        self,
        fault: Fault,
        *,
        way: Way | None = None,
        action: str | None = None,
        skip: int = 0,
        times: int = 1,
        lasting_s: float | None = None,
    ) -> None:
        """Let the next `times` matching frames meet a fault, after `skip` that pass.

        An answer bears the action of its CALL: StartTransaction goes up, its answer down. `lasting_s` stands for the
        plan's bound of that fault.
        """
        self._orders.append(_Order(fault, way, action, skip, times, lasting_s))

    @property
    def orders_left(self) -> int:
        """How many faults on order have not happened yet."""
        return sum(order.left for order in self._orders)

    def cut(self) -> int:
        """Reset all connections now; return how many."""
        for pair in self._pairs.values():
            self._note(Fault.CUT_BEFORE, f"connection {pair.number}: cut")
            pair.reset()
        return len(self._pairs)

    def freeze(self, lasting_s: float = FOR_GOOD_S) -> int:
        """Leave all connections half open now; return how many."""
        for pair in self._pairs.values():
            self._note(Fault.HALF_OPEN, f"connection {pair.number}: half open")
            pair.freeze(lasting_s)
        return len(self._pairs)

    def refuse(self, lasting_s: float = FOR_GOOD_S) -> None:
        """Answer new connections 503 for a while."""
        self._note("refuse", f"connections are refused for {lasting_s:.3f} s")
        self._refused_until_s = asyncio.get_running_loop().time() + lasting_s

    def close_port(self, lasting_s: float = FOR_GOOD_S) -> None:
        """Do not listen for a while; connections that stand stay."""
        server, self._server = self._server, None
        if server is not None:
            self._note("close_port", f"the port is closed for {lasting_s:.3f} s")
            server.server.close()  # at once; the other only says that it will be
            server.close(close_connections=False)
            self._old_servers.append(server)
            loop = asyncio.get_running_loop()
            self._opening = loop.call_later(lasting_s, lambda: self._spawn(self.open_port()))

    async def open_port(self) -> None:
        """Listen again."""
        async with self._lock:
            if self._opening is not None:
                self._opening.cancel()
            if self._server is None:
                self._server = await serve(
                    self._serve,
                    sock=self._port.listener(),
                    process_request=self._admit,
                    select_subprotocol=self._subprotocol,
                    compression=None,
                    ping_interval=None,
                    close_timeout=CLOSE_S,
                    max_size=2**22,
                )

    async def heal(self) -> None:
        """End all faults: no more by chance or order, held answers go on, half-open connections are reset."""
        self._healed = True
        self._orders.clear()
        self._refused_until_s = 0.0
        self._log.append(f"{self._time_s():.3f} healed")
        await self.open_port()
        for pair in tuple(self._pairs.values()):
            pair.release()

    async def close(self) -> None:
        """Reset everything and let the port go."""
        self._healed = True
        if self._opening is not None:
            self._opening.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for station, (_, upstream) in tuple(self._links.items()):
            reset(station)
            reset(upstream)
            await upstream.wait_closed()
        for server in (self._server, *self._old_servers):
            if server is not None:
                server.close()
                await server.wait_closed()
        self._server = None
        self._port.close()

    def _draw(self, passing: Passing) -> tuple[Fault | None, float]:
        for watch in self.watchers:
            watch(passing)
        plan = self.plan
        dice = self._dice.setdefault((passing.connection, passing.way), Dice(plan, passing.connection, passing.way))
        fault, fraction = dice.fault(is_answer=passing.is_answer)
        closing, closed_fraction = dice.happens(plan.close_port)
        if not self._may_befall():
            fault = None
        lasting_s = None if fault is None else _bound_s(plan, fault) * (fraction if fault is Fault.DELAY else 1.0)
        ordered = self._take_order(passing)
        if ordered is not None:
            fault, closing = ordered.fault, False
            lasting_s = _bound_s(plan, fault) if ordered.lasting_s is None else ordered.lasting_s
        if fault is None or lasting_s is None:
            return None, 0.0
        self._by_chance += ordered is None
        what = f"{passing.action} {'answer' if passing.is_answer else 'call'} {passing.message_id}"
        self._note(fault, f"connection {passing.connection} {passing.way} {what}: {fault} {lasting_s:.3f} s")
        if closing and fault in {Fault.CUT_BEFORE, Fault.CUT_AFTER}:
            self.close_port(closed_fraction * plan.closed_s)
        return fault, lasting_s

    def _take_order(self, passing: Passing) -> _Order | None:
        for order in self._orders:
            if order.matches(passing):
                if order.skip:
                    order.skip -= 1
                    continue
                order.left -= 1
                if not order.left:
                    self._orders.remove(order)
                return order
        return None

    def _may_befall(self) -> bool:
        most = self.plan.faults_at_most
        return not self._healed and (most is None or self._by_chance < most)

    def _note(self, fault: str, text: str) -> None:
        self.counts[str(fault)] += 1
        self._log.append(f"{self._time_s():.3f} {text}")

    def _time_s(self) -> float:
        return asyncio.get_running_loop().time() - self._started_s

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self._connections += 1
        number = self._connections
        refused, fraction = Dice(self.plan, number, "connect").happens(self.plan.refuse)
        if refused and self._may_befall():
            self._by_chance += 1
            self.refuse(fraction * self.plan.closed_s)
        if asyncio.get_running_loop().time() < self._refused_until_s:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "not now\n")
        try:
            self._links[connection] = (number, await self._connect(request))
        except InvalidStatus as error:
            return connection.respond(error.response.status_code, "as upstream\n")
        except InvalidHandshake:
            return connection.respond(HTTPStatus.BAD_REQUEST, "no handshake with upstream\n")
        except (OSError, TimeoutError):
            reset(connection)
            await asyncio.sleep(0)
            return connection.respond(HTTPStatus.BAD_GATEWAY, "upstream is not there\n")
        self._spawn(self._tidy(connection))
        return None

    async def _connect(self, request: Request) -> ClientConnection:
        offered = [
            word.strip() for line in request.headers.get_all("Sec-WebSocket-Protocol") for word in line.split(",")
        ]
        authorization = request.headers.get("Authorization")
        return await connect(
            f"ws://{self._upstream.netloc}{request.path}",
            subprotocols=[Subprotocol(word) for word in offered] or None,
            additional_headers=None if authorization is None else {"Authorization": authorization},
            proxy=None,
            compression=None,
            ping_interval=None,
            open_timeout=CONNECT_S,
            close_timeout=CLOSE_S,
            max_size=2**22,
        )

    def _subprotocol(self, connection: ServerConnection, _: object) -> Subprotocol | None:
        link = self._links.get(connection)
        return None if link is None else link[1].subprotocol

    async def _serve(self, connection: ServerConnection) -> None:
        number, upstream = self._links[connection]
        pair = self._pairs[number] = Pair(number, connection, upstream, self._draw)
        self._log.append(f"{self._time_s():.3f} connection {number} stands")
        try:
            await pair.run()
        finally:
            del self._pairs[number]

    async def _tidy(self, connection: ServerConnection) -> None:
        """Let the upstream end of a station's connection go with it, even when its handshake was never finished."""
        await connection.wait_closed()
        _, upstream = self._links.pop(connection)
        await upstream.close()
        await upstream.wait_closed()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _bound_s(plan: FaultPlan, fault: Fault) -> float:
    bounds = {
        Fault.DELAY: plan.delay_s,
        Fault.REORDER: plan.hold_s,
        Fault.SWALLOW: plan.late_s,
        Fault.HALF_OPEN: plan.half_open_s,
    }
    return bounds.get(fault, 0.0)
