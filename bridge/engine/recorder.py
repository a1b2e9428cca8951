"""Takes what chargers said and brings it to the store in few commits."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.engine.board import Board
from bridge.engine.waking import sleep_unless
from bridge.errors import StoreError
from bridge.ports import Clock, Store, StoreDesk
from bridge.types.charger import ChargerIdentity, ConnectorReading, Snapshot
from bridge.types.journal import EntryKind
from bridge.types.series import CellState, IntervalBatch
from bridge.types.session import ChargingSession

_LOG = logging.getLogger(__name__)

MOST_READINGS = 200_000
"""readings held while the store cannot be written; then the oldest go (200 chargers for about 2 h at 10 s)"""
MOST_ENTRIES = 20_000
MOST_NOTED = 50_000
_GATHER_S = 10.0
"""how long what can be fetched again may wait for company before it is committed"""
_READINGS_WAIT_S = 240.0
_RETRY_S = 30.0


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: EntryKind
    charger: str
    at: datetime
    body: Mapping[str, Any]


class Recorder:
    """Gathers in memory, commits together: each commit costs an SD card 70 to 100 kB, whatever its size.

    Readings wait for the next commit, whatever it is for. Intervals and sessions, which come every five minutes,
    wait ten seconds for those of the other chargers. Journal entries, which nobody can fetch again, are committed
    at once, and with them whatever waits. A session that begins or ends is committed at once too.
    """

    def __init__(self, desk: StoreDesk, clock: Clock, board: Board) -> None:
        self._desk = desk
        self._clock = clock
        self._board = board
        self._readings: deque[tuple[str, datetime, ConnectorReading]] = deque(maxlen=MOST_READINGS)
        self._entries: deque[_Entry] = deque(maxlen=MOST_ENTRIES)
        self._fetched: list[Callable[[Store], object]] = []
        self._noted: dict[Hashable, Callable[[Store], object]] = {}
        self._committed_at_s = clock.monotonic_s()
        self._due = asyncio.Event()
        self._urgent = asyncio.Event()
        self._committing = asyncio.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._snapshot_listeners: dict[str, list[Callable[[], None]]] = {}
        self._recovery_listeners: list[Callable[[], None]] = []

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the event loop whenever something was committed."""
        self._listeners.append(listener)

    def on_recovery(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the event loop when the store can be written again: fetched rows were dropped."""
        self._recovery_listeners.append(listener)

    def on_snapshot(self, charger: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each poll of a charger, on the event loop; return what ends that."""
        listeners = self._snapshot_listeners.setdefault(charger, [])
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    def take_snapshot(self, charger: str, snapshot: Snapshot) -> None:
        """Keep the readings of one poll until the next commit."""
        for reading in snapshot.connectors:
            self._readings.append((charger, snapshot.read_at, reading))
        for listener in list(self._snapshot_listeners.get(charger, ())):
            listener()

    def take_intervals(self, charger: str, batch: IntervalBatch, state: CellState) -> None:
        """Keep intervals until those of the other chargers have come too."""
        at = self._clock.now()
        self._fetched.append(lambda store: store.put_intervals(charger, batch, state, at))
        self._due.set()

    def take_sessions(self, charger: str, sessions: Sequence[ChargingSession], *, at_once: bool = False) -> None:
        """Keep sessions likewise; `at_once` where one is new or has ended, for somebody may wait for it."""
        at = self._clock.now()
        self._fetched.append(lambda store: store.put_sessions(charger, sessions, at))
        self._demand(at_once=at_once)

    def take_noted(self, key: Hashable, put: Callable[[Store, datetime], object], *, at_once: bool = False) -> None:
        """Keep what the engine noted itself, which nobody can fetch again; a later one takes the place of its key.

        What is given before the event loop's next turn is committed together.
        """
        at = self._clock.now()
        self._noted.pop(key, None)
        self._noted[key] = lambda store: put(store, at)
        self._bound_noted()
        self._demand(at_once=at_once)

    def take_identity(self, charger: str, identity: ChargerIdentity) -> None:
        """Keep who a charger is."""
        at = self._clock.now()
        self._fetched.append(lambda store: store.put_identity(charger, identity, at))
        self._due.set()

    def note(self, kind: EntryKind, charger: str, body: Mapping[str, Any]) -> None:
        """Journal what cannot be fetched again, at once."""
        self._entries.append(_Entry(kind, charger, self._clock.now(), body))
        self._due.set()
        self._urgent.set()

    def _demand(self, *, at_once: bool) -> None:
        self._due.set()
        if at_once:
            self._urgent.set()

    def wake(self) -> None:
        """Ask for a commit of readings that no other commit has taken along lately."""
        if self._readings and self._clock.monotonic_s() - self._committed_at_s >= _READINGS_WAIT_S:
            self._due.set()

    async def run(self) -> None:
        """Commit whenever something is due, until cancelled."""
        while True:
            await self._due.wait()
            if not self._urgent.is_set():
                await sleep_unless(self._urgent, _GATHER_S, self._clock)
            if not await self.commit():
                await self._clock.sleep(_RETRY_S)

    async def commit(self) -> bool:
        """Bring everything that was given until now to the store in one commit; False when the store refused.

        What cannot be fetched again is kept for the next commit then. A caller that stops waiting stops nothing.
        """
        committing = asyncio.ensure_future(self._commit())
        committing.add_done_callback(_take_notice)
        return await asyncio.shield(committing)

    async def _commit(self) -> bool:
        async with self._committing:
            self._due.clear()
            self._urgent.clear()
            entries, fetched, noted = list(self._entries), self._fetched, self._noted
            rows = list(self._readings)
            if not (entries or fetched or noted or rows):
                return True
            self._fetched, self._noted = [], {}
            self._entries.clear()
            self._readings.clear()
            try:
                puts = [*noted.values(), *fetched]
                await self._desk.run(lambda store: _write(store, entries, puts, rows, self._clock))
            except StoreError as error:
                self._keep(entries, noted, rows)
                self._tell(str(error))
                return False
            except Exception:
                # A defect in what was fetched must not take along what nobody can fetch again.
                self._keep(entries, noted, rows)
                raise
            self._committed_at_s = self._clock.monotonic_s()
            self._tell(None)
        self.announce()
        return True

    def announce(self) -> None:
        """Tell the listeners that something was committed, here or by a backfill."""
        for listener in self._listeners:
            listener()

    def _keep(
        self,
        entries: list[_Entry],
        noted: dict[Hashable, Callable[[Store], object]],
        rows: list[tuple[str, datetime, ConnectorReading]],
    ) -> None:
        """Hold on to what cannot be fetched again; intervals and sessions are found missing by the backfill."""
        self._noted = {key: put for key, put in noted.items() if key not in self._noted} | self._noted
        self._bound_noted()
        self._entries.extendleft(reversed(entries[: MOST_ENTRIES - len(self._entries)]))
        room = MOST_READINGS - len(self._readings)
        self._readings.extendleft(reversed(rows[-room:] if room else []))
        self._due.set()

    def _bound_noted(self) -> None:
        while len(self._noted) > MOST_NOTED:
            del self._noted[next(iter(self._noted))]

    def _tell(self, problem: str | None) -> None:
        was = self._board.notes.get("store")
        if problem is None:
            if self._board.notes.pop("store", None) is not None:
                _LOG.warning("the store can be written again")
                for listener in self._recovery_listeners:
                    listener()
            return
        self._board.notes["store"] = problem
        if was is None:
            _LOG.error("%s", problem)


def _take_notice(committing: asyncio.Future[bool]) -> None:
    """Look at the error of a commit whose caller has gone, so that nobody calls it forgotten."""
    if not committing.cancelled():
        committing.exception()


def _write(
    store: Store,
    entries: Sequence[_Entry],
    puts: Sequence[Callable[[Store], object]],
    rows: Sequence[tuple[str, datetime, ConnectorReading]],
    clock: Clock,
) -> None:
    with store.transaction():
        for entry in entries:
            store.append(entry.kind, entry.charger, entry.at, entry.body)
        for put in puts:
            put(store)
        by_charger: dict[str, list[tuple[datetime, ConnectorReading]]] = {}
        for charger, read_at, reading in rows:
            by_charger.setdefault(charger, []).append((read_at, reading))
        for charger, readings in by_charger.items():
            store.put_readings(charger, readings, clock.now())
