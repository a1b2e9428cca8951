"""A pump between a real store and a sink that a test commands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from bridge.engine.board import Board, SinkCard
from bridge.errors import SinkError
from bridge.ports import CursorPosition, Store
from bridge.sinks.lines import LineProtocol
from bridge.sinks.pump import Pump
from bridge.sinks.sink import Sink
from bridge.store.desk import StoreThread
from bridge.store.sqlite import open_store
from bridge.types.series import CellState, IntervalBatch
from bridge.types.session import ChargingSession
from tests.clock import FakeClock

T = TypeVar("T")
FIRST_S = 1_740_000_000 // 86_400 * 86_400
"""a midnight"""


class FakeSink:
    """`bridge.sinks.sink.Sink`: a database in memory that overwrites equal points, as InfluxDB does."""

    def __init__(self, clock: FakeClock, name: str = "fake") -> None:
        self.name = name
        self.url = f"http://{name}:8086"
        self.wording = LineProtocol("home")
        self.clock = clock
        self.points: dict[tuple[str, str], tuple[str, float]] = {}
        """(series, time): (fields, monotonic second of arrival)"""
        self.attempts: list[float] = []
        self.writes: list[list[str]] = []
        self.answer: Callable[[Sequence[str]], SinkError | None] = lambda _: None
        self.fresh = False

    async def write(self, lines: Sequence[str]) -> bool:
        """Take the lines or raise what the test wants."""
        await asyncio.sleep(0)
        self.attempts.append(self.clock.monotonic_s())
        error = self.answer(lines)
        if error is not None:
            raise error
        self.writes.append(list(lines))
        for line in lines:
            series, fields, at = line.rsplit(" ", 2)
            self.points[series, at] = fields, self.clock.monotonic_s()
        fresh, self.fresh = self.fresh, False
        return fresh

    async def aclose(self) -> None:
        """Nothing is held."""

    def forget(self, seconds: float) -> int:
        """Lose what arrived in the last seconds, as after a power failure; return how much."""
        limit_s = self.clock.monotonic_s() - seconds
        lost = [key for key, (_, at_s) in self.points.items() if at_s > limit_s]
        for key in lost:
            del self.points[key]
        return len(lost)


class Scene:
    """A store, a clock, a board, and the pumps that were started."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.board = Board(started_at=clock.now(), site="home")
        self.desk = StoreThread(open_store(folder))
        self._pumps: dict[str, tuple[Pump, asyncio.Task[None]]] = {}

    def start(self, sink: Sink) -> Pump:
        """Let a pump run for this sink; its jitter is always the longest."""
        pump = Pump(sink, self.desk, self.clock, self.board, jitter=lambda: 1.0)
        self._pumps[sink.name] = pump, asyncio.create_task(pump.run())
        return pump

    async def stop(self, sink: Sink) -> None:
        """Cancel the pump of this sink, as the end of the program does."""
        _, task = self._pumps.pop(sink.name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def stop_all(self) -> None:
        """Cancel every pump; one that has died of itself raises here."""
        for _, task in self._pumps.values():
            task.cancel()
        for _, task in self._pumps.values():
            try:
                await task
            except asyncio.CancelledError:
                continue
        self._pumps.clear()

    async def until_quiet(self) -> None:
        """Wait until every pump sleeps."""
        await self.clock.until_parked(len(self._pumps))

    async def wake(self) -> None:
        """Tell every pump that the journal has grown and let them work."""
        for pump, _ in self._pumps.values():
            pump.wake()
        await self.until_quiet()

    async def pass_time(self, seconds: float, step_s: float = 60.0) -> None:
        """Let time go by in steps, with all pumps at rest after each."""
        passed = 0.0
        while passed < seconds:
            await self.clock.advance(min(step_s, seconds - passed))
            await self.until_quiet()
            passed += step_s

    def card(self, sink: Sink) -> SinkCard:
        """Return what the page shows of a sink."""
        return self.board.sinks[sink.name]

    async def do(self, work: Callable[[Store], T]) -> T:
        """Work in the store."""
        return await self.desk.run(work)

    async def cursor(self, sink: Sink) -> CursorPosition:
        """Return where the store thinks the sink is."""
        return await self.do(lambda store: store.cursor(sink.name))

    async def put_power(self, first: int, count: int, charger: str = "garage", *measures: str) -> None:
        """Keep intervals number `first` and following of the measures, as one batch."""
        starts = [FIRST_S + 300 * i for i in range(first, first + count)]
        columns = {m: [float(i) for i in range(first, first + count)] for m in measures or ("connector1",)}
        batch = IntervalBatch(starts, columns)
        at = self.clock.now()
        await self.do(lambda store: store.put_intervals(charger, batch, CellState.POLLED, at))

    async def put_session(self, session_id: str, start_s: float, connector_id: int = 1) -> None:
        """Keep a charging session that is over."""
        at = self.clock.now()
        started_at = at + timedelta(seconds=start_s)
        ended_at = started_at + timedelta(hours=1)
        session = ChargingSession(
            session_id=session_id, connector_id=connector_id, started_at=started_at, ended_at=ended_at
        )
        await self.do(lambda store: store.put_sessions("garage", [session], at))


@asynccontextmanager
async def scene_in(folder: Path) -> AsyncIterator[Scene]:
    """Open a scene and clear it away."""
    scene = Scene(folder, FakeClock())
    try:
        yield scene
    finally:
        await scene.stop_all()
        await scene.desk.aclose()


def power_times(sink: FakeSink, charger: str = "garage") -> list[int]:
    """Return the numbers of the intervals of connector1 that the sink holds, ascending."""
    series = f"charger_power,charger={charger},measure=connector1,site=home"
    return sorted((int(at) - FIRST_S) // 300 for name, at in sink.points if name == series)
