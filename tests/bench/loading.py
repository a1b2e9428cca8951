"""A history and a delivery as the bridge does them, from one charger's socket to a server's acknowledgement."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from pathlib import Path

from bridge.app import build_charger
from bridge.clock import SystemClock
from bridge.engine.board import Board, ChargerCard
from bridge.engine.history import History
from bridge.engine.recorder import Recorder
from bridge.ports import Store
from bridge.sinks.influx import InfluxSink
from bridge.sinks.options import InfluxOptions
from bridge.sinks.pump import Pump
from bridge.store.desk import StoreThread
from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.facts import from_epoch_s
from bridge.types.series import DAY_S
from tests.bench.polling import configured_charger

LOAD_LIMIT_S = 300.0
_LOOK_S = 0.02


async def deliver(desk: StoreThread, board: Board, recorder: Recorder, write_url: str, sink_name: str) -> None:
    """Deliver whatever the journal tells until cancelled, through a new sink of that name."""
    sink = InfluxSink(InfluxOptions(name=sink_name, url=write_url, bucket="bench"), "bench", None)
    pump = Pump(sink, desk, SystemClock(), board)
    recorder.on_commit(pump.wake)
    try:
        await pump.run()
    finally:
        await sink.aclose()


async def until_delivered(board: Board, sink_name: str, points: int) -> None:
    """Wait for that many points; TimeoutError after `LOAD_LIMIT_S`."""
    async with asyncio.timeout(LOAD_LIMIT_S):
        while (card := board.sinks.get(sink_name)) is None or card.delivered_points < points:
            await asyncio.sleep(_LOOK_S)
            if card is not None and card.error is not None:
                raise RuntimeError(card.error)


async def load_and_deliver(folder: Path, url: str, from_s: int, write_url: str | None) -> int:
    """Fill a new store with a charger's history, deliver it where there is a server; return the intervals kept."""
    clock = SystemClock()
    configured = configured_charger(0, url)
    charger = build_charger(configured, clock)
    board = Board(clock.now(), "bench")
    card = board.chargers["charger0"] = ChargerCard("charger0", 10.0, url)
    desk = StoreThread(open_store(folder))
    recorder = Recorder(desk, clock, board)
    history = History(card, charger, desk, recorder, clock, from_epoch_s(from_s))
    async with contextlib.AsyncExitStack() as parts:
        parts.push_async_callback(desk.aclose)
        parts.push_async_callback(charger.aclose)
        delivering = None
        if write_url is not None:
            delivering = asyncio.create_task(deliver(desk, board, recorder, write_url, "year"))
        await history.fill()
        kept, sessions = await desk.run(lambda store: count_kept(store, from_s, clock.now()))
        if delivering is not None:
            await until_delivered(board, "year", kept + sessions)
            delivering.cancel()
            await asyncio.wait({delivering})
    return kept


def count_kept(store: Store, from_s: int, to_at: datetime) -> tuple[int, int]:
    """Return how many intervals and sessions are held of the charger."""
    to_s = (int(to_at.timestamp()) // DAY_S + 1) * DAY_S
    measures = store.measures("charger0")
    kept = sum(store.counts("charger0", measure, from_s, to_s).present for measure in measures)
    return kept, len(store.sessions("charger0"))


async def deliver_store(store: SqliteStore, write_url: str, sink_name: str, points: int) -> None:
    """Deliver a filled store to a sink that is new to it."""
    clock = SystemClock()
    board = Board(clock.now(), "bench")
    desk = StoreThread(store)
    delivering = asyncio.create_task(deliver(desk, board, Recorder(desk, clock, board), write_url, sink_name))
    await until_delivered(board, sink_name, points)
    delivering.cancel()
    await asyncio.wait({delivering})
