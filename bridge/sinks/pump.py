"""The pump: what the journal tells goes to one sink, in order, nothing left out, however often it is interrupted.

One pump serves one sink, so a dead server delays neither another one nor the engine. What was sent is not
kept anywhere but in the store: the pump holds a place in the journal. A server may lose what it has
acknowledged, so after an interruption what waited is sent first, and then again all that the server took in
the last quarter of an hour of its life.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress

from bridge.backoff import Backoff
from bridge.engine.board import Board, SinkCard
from bridge.engine.waking import sleep_unless
from bridge.errors import (
    SinkBusyError,
    SinkError,
    SinkRefusedError,
    SinkRejectedError,
    SinkUnavailableError,
    StoreError,
)
from bridge.ports import Clock, CursorPosition, Store, StoreDesk
from bridge.sinks.plan import Plan, make_plan
from bridge.sinks.sieve import Rejected, sift
from bridge.sinks.sink import Sink
from bridge.sinks.trail import Place, Trail

LOOK_EVERY_S = 10.0
"""other processes write to the journal too, and cannot wake anybody here"""
ENTRIES_PER_PLAN = 500
LINES_PER_WRITE = 20_000
FEWEST_LINES_PER_WRITE = 250
STEPS_PER_READ = 128
"""bounds how long one reading holds up the store's thread"""
REFUSED_WAIT_S = 60.0
STORE_WAIT_S = 10.0
COMMIT_EVERY_S = 3600.0
"""each commit costs an SD card up to 100 kB, and a cursor that is an hour behind costs only repetition"""
RESTART_S = 2.0
"""a server cannot be gone and back in less"""

_log = logging.getLogger(__name__)


class Pump:
    """Delivers the journal to one sink until it is cancelled. Lives on the event loop."""

    def __init__(
        self,
        sink: Sink,
        desk: StoreDesk,
        clock: Clock,
        board: Board,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._sink = sink
        self._desk = desk
        self._clock = clock
        self._card = board.sinks.setdefault(sink.name, SinkCard(sink.name, sink.url))
        self._backoff = Backoff(jitter)
        self._waking = asyncio.Event()
        self._trail: Trail | None = None
        self._place = Place(Plan(0))
        self._lines_per_write = LINES_PER_WRITE
        self._stored = CursorPosition(0, 0)
        self._stored_at_s: float | None = None
        self._start_seq = 0
        self._trouble: type[Exception] | None = None
        self._trouble_since_s = 0.0

    def wake(self) -> None:
        """Say that the journal has grown; never blocks, and may be said too often."""
        self._waking.set()

    async def run(self) -> None:
        """Deliver until cancelled; what goes wrong is waited out and told on the sink's card."""
        while True:
            self._waking.clear()
            try:
                moved = await self._move()
            except SinkError as error:
                await self._wait_for_sink(error)
            except StoreError as error:
                self._begin_trouble(error)
                await self._clock.sleep(STORE_WAIT_S)
            else:
                if not moved:
                    await self._idle()

    async def _move(self) -> bool:
        """Do one small piece of work; False when there was none."""
        trail = self._trail or await self._begin()
        if self._place.finished and not await self._read_journal(trail):
            if self._trouble is not None and not issubclass(self._trouble, SinkError):
                self._end_trouble()
            await self._store_cursor(trail)
            return self._repeat(trail)
        place = self._place
        limit = self._lines_per_write
        lines, following = await self._desk.run(lambda store: self._gather(store, place, limit))
        if lines:
            fresh, rejected_count = await self._deliver(lines)
            self._place = following
            now_s = self._clock.monotonic_s()
            quiet_s = trail.quiet_s(now_s)
            if trail.reach(following, now_s) and place.safe_seq >= self._start_seq:
                self._card.delivered_points += len(lines) - rejected_count
            self._card.last_delivered_at = self._clock.now()
            self._end_trouble()
            if fresh and quiet_s > RESTART_S:
                trail.suspect()
        else:
            self._place = following
            trail.skip(following)
        await self._store_cursor(trail)
        return True

    def _repeat(self, trail: Trail) -> bool:
        """Go back to the settled place when something is in doubt; nothing new waits now."""
        place = trail.repeat(self._clock.monotonic_s())
        if place is None:
            return False
        self._place = place
        return True

    async def _begin(self) -> Trail:
        name = self._sink.name

        def read(store: Store) -> tuple[CursorPosition, int]:
            return store.cursor(name), store.count_set_aside(name)

        self._stored, self._card.set_aside = await self._desk.run(read)
        self._start_seq = self._stored.seq
        self._place = Place(Plan(self._stored.settled_seq))
        self._trail = Trail(self._place)
        return self._trail

    async def _read_journal(self, trail: Trail) -> bool:
        after_seq = self._place.plan.last_seq

        def read(store: Store) -> tuple[Plan | None, int]:
            entries = store.journal(after_seq, ENTRIES_PER_PLAN)
            plan = make_plan(after_seq, entries) if entries else None
            if plan is not None and plan.unreadable:
                for unreadable in plan.unreadable:
                    self._put_unreadable_aside(store, unreadable.entry, unreadable.reason)
            return plan, store.last_seq()

        plan, last_seq = await self._desk.run(read)
        self._card.waiting = max(0, last_seq - self._delivered_seq(trail))
        if plan is None:
            return False
        self._place = Place(plan)
        if self._place.finished:
            trail.skip(self._place)
        return True

    def _put_unreadable_aside(self, store: Store, what: object, reason: str) -> None:
        """Keep what this version cannot word, so that it stops nothing; runs in the store's thread."""
        store.put_aside(self._sink.name, self._clock.now(), reason, [repr(what)])

    def _gather(self, store: Store, place: Place, limit: int) -> tuple[list[str], Place]:
        """Word the next steps, up to about `limit` lines; runs in the store's thread."""
        lines: list[str] = []
        offset = place.offset
        for step in place.plan.steps[offset : offset + STEPS_PER_READ]:
            if len(lines) >= limit:
                break
            try:
                lines += step.piece.lines(store, self._sink.wording)
            except (ValueError, LookupError, OverflowError) as error:
                self._put_unreadable_aside(store, step.piece, f"{type(error).__name__}: {error}")
            offset += 1
        return lines, Place(place.plan, offset)

    async def _deliver(self, lines: list[str]) -> tuple[bool, int]:
        """Deliver all lines or set aside what is refused; return whether the connection is new, and how many."""
        try:
            fresh = await self._sink.write(lines)
        except SinkRejectedError as error:
            rejected = await sift(self._sink.write, lines, error)
        else:
            self._lines_per_write = min(LINES_PER_WRITE, self._lines_per_write * 2)
            return fresh, 0
        if rejected:
            await self._put_aside(rejected)
        else:  # it was only too much at once
            self._write_less()
        return False, sum(len(block.lines) for block in rejected)

    async def _put_aside(self, rejected: list[Rejected]) -> None:
        name, at = self._sink.name, self._clock.now()

        def put_aside(store: Store) -> int:
            with store.transaction():
                for block in rejected:
                    store.put_aside(name, at, block.reason, block.lines)
            return store.count_set_aside(name)

        before, self._card.set_aside = self._card.set_aside, await self._desk.run(put_aside)
        if self._card.set_aside > before:
            _log.error(
                "sink %s (%s): %d lines will never be taken and were set aside: %s. Everything else goes on.",
                name,
                self._sink.url,
                self._card.set_aside - before,
                rejected[0].reason,
            )

    def _write_less(self) -> None:
        self._lines_per_write = max(FEWEST_LINES_PER_WRITE, self._lines_per_write // 2)

    # --- trouble -------------------------------------------------------------------------------------------

    async def _wait_for_sink(self, error: SinkError) -> None:
        trail = self._trail
        if trail is not None:
            with suppress(StoreError):  # the number is only for the sentence
                last_seq = await self._desk.run(lambda store: store.last_seq())
                self._card.waiting = max(0, last_seq - self._delivered_seq(trail))
            if isinstance(error, SinkUnavailableError) and not isinstance(error, SinkBusyError):
                trail.interrupt()
                self._write_less()
        error.meanwhile = (
            f"{self._card.waiting} journal entries wait in the store and are delivered in order once it takes them"
        )
        self._begin_trouble(error)
        if isinstance(error, SinkRefusedError):
            await self._clock.sleep(REFUSED_WAIT_S)
        else:
            retry_after_s = error.retry_after_s if isinstance(error, SinkUnavailableError) else None
            await self._clock.sleep(self._backoff.next_s(retry_after_s))

    def _begin_trouble(self, error: SinkError | StoreError) -> None:
        self._card.error = str(error)
        if self._trouble is None:
            self._trouble_since_s = self._clock.monotonic_s()
        if type(error) is not self._trouble:
            level = logging.ERROR if isinstance(error, SinkRefusedError) else logging.WARNING
            _log.log(level, "%s", error)
        self._trouble = type(error)

    def _end_trouble(self) -> None:
        self._backoff.reset()
        self._card.error = None
        if self._trouble is None:
            return
        self._trouble = None
        _log.info(
            "sink %s (%s): delivery works again after %.0f s; what waited is on its way",
            self._sink.name,
            self._sink.url,
            self._clock.monotonic_s() - self._trouble_since_s,
        )

    # --- the cursor ----------------------------------------------------------------------------------------

    def _delivered_seq(self, trail: Trail) -> int:
        return max(self._stored.seq, trail.farthest.safe_seq)

    async def _store_cursor(self, trail: Trail) -> None:
        """Keep the place when it has moved, but not too often."""
        position = CursorPosition(self._delivered_seq(trail), trail.settled.safe_seq)
        if position.seq == self._stored.seq:
            return
        now_s = self._clock.monotonic_s()
        if self._stored_at_s is not None and now_s - self._stored_at_s < COMMIT_EVERY_S:
            return
        name, at = self._sink.name, self._clock.now()
        await self._desk.run(lambda store: store.put_cursor(name, position, at))
        self._stored, self._stored_at_s = position, now_s

    async def _idle(self) -> None:
        """Wait until woken, at most `LOOK_EVERY_S`."""
        await sleep_unless(self._waking, LOOK_EVERY_S, self._clock)
