"""Reads one charger's history: the last half hour every five minutes, and every hole there is."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bridge.engine.board import ChargerCard, Progress
from bridge.engine.recorder import Recorder
from bridge.engine.repeats import repeated
from bridge.errors import ChargerAnswerError, ChargerError, ChargerUnreachableError, StoreError
from bridge.ports import Charger, Clock, Store, StoreDesk
from bridge.types.facts import from_epoch_s, to_epoch_s
from bridge.types.series import DAY_S, INTERVAL_S, CellState, IntervalBatch, floor_interval_s
from bridge.types.session import ChargingSession

_LOG = logging.getLogger(__name__)

SETTLED_AFTER_S = 900
"""an interval that the charger's history does not show this long after its end is noted as absent; until then
it is neither expected nor late"""
_RECENT_S = 1800
_ASK_ABSENT_AGAIN = timedelta(days=2)
_SESSION_WINDOW = timedelta(days=90)
_RECENT_SESSIONS = timedelta(days=3)
_OVERLAP = timedelta(days=1)
_WINDOWS_PER_COMMIT = 16


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of one UTC day that was asked for, and what came."""

    from_s: int
    to_s: int
    batch: IntervalBatch


def _split_into_days(holes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return at most one range per UTC day that covers all holes in it, newest first."""
    days: dict[int, tuple[int, int]] = {}
    for hole_from_s, hole_to_s in holes:
        start_s = hole_from_s
        while start_s < hole_to_s:
            day = start_s // DAY_S
            end_s = min(hole_to_s, (day + 1) * DAY_S)
            earlier = days.get(day, (start_s, end_s))
            days[day] = min(earlier[0], start_s), max(earlier[1], end_s)
            start_s = end_s
    return [days[day] for day in sorted(days, reverse=True)]


class History:
    """Keeps the store equal to what the charger's own history offers."""

    def __init__(
        self,
        card: ChargerCard,
        charger: Charger,
        desk: StoreDesk,
        recorder: Recorder,
        clock: Clock,
        since_at: datetime,
        tell: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._card = card
        self._charger = charger
        self._desk = desk
        self._recorder = recorder
        self._clock = clock
        self._since_at = since_at
        self._tell = tell
        self._due = asyncio.Event()
        self._recent_is_due = False
        self._fill_is_due = False
        self._absent_again = _ASK_ABSENT_AGAIN

    def wake_recent(self) -> None:
        """Read the last half hour and the latest sessions soon."""
        self._recent_is_due = True
        self._due.set()

    def wake_fill(self, *, absent_again: timedelta = _ASK_ABSENT_AGAIN) -> None:
        """Look for holes soon; what the charger lacked and is younger than `absent_again` counts as one."""
        self._fill_is_due = True
        self._absent_again = max(self._absent_again, absent_again)
        self._due.set()

    async def run(self) -> None:
        """Do what was woken, until cancelled; what failed is tried again at the next waking."""
        while True:
            await self._due.wait()
            self._due.clear()
            if self._recent_is_due:
                self._recent_is_due = False
                await self._attempt(self.read_recent)
            if self._fill_is_due:
                self._fill_is_due = False
                since = self._clock.now() - self._absent_again
                self._absent_again = _ASK_ABSENT_AGAIN
                await self._attempt(partial(self.fill, ask_absent_since=since))

    async def _attempt(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (ChargerError, StoreError) as error:
            error.meanwhile = error.meanwhile or "It is asked for again within the hour"
            text = f"history of {error}"
            if self._card.backfill_error is None and self._card.error is None:
                _LOG.warning("%s", text)
            self._card.backfill_error = text
        else:
            self._card.backfill_error = None

    async def read_recent(self) -> None:
        """Read the last half hour again, since a charger may still correct it, and the latest sessions.

        Raises ChargerError, after everything else was read, and StoreError.
        """
        await _all(self._read_identity, self._read_recent_sessions, self._read_recent_intervals)

    async def _read_identity(self) -> None:
        if self._card.identity is None:
            self._card.identity = await repeated(self._charger.identify, self._clock)
            self._recorder.take_identity(self._card.charger, self._card.identity)

    async def _read_recent_sessions(self) -> None:
        now = self._clock.now()
        running = await self._desk.run(lambda store: store.open_sessions(self._card.charger))
        oldest = min((session.started_at for session in running), default=now)
        from_at = max(min(oldest, now - _OVERLAP), now - _RECENT_SESSIONS)

        async def read() -> None:
            async for page in self._charger.sessions(from_at, now + _OVERLAP):
                self._recorder.take_sessions(self._card.charger, page)

        await repeated(read, self._clock)

    async def _read_recent_intervals(self) -> None:
        measures = await repeated(self._charger.measures, self._clock)
        now_s = to_epoch_s(self._clock.now())
        from_s = floor_interval_s(max(now_s - _RECENT_S, self._since_at.timestamp()))
        batch = await repeated(lambda: self._charger.intervals(measures, from_s, floor_interval_s(now_s)), self._clock)
        late, timely = _split(batch, floor_interval_s(now_s - SETTLED_AFTER_S))
        self._recorder.take_intervals(self._card.charger, late, CellState.FILLED)
        self._recorder.take_intervals(self._card.charger, timely, CellState.POLLED)

    async def fill(self, *, ask_absent_since: datetime | None = None) -> None:
        """Fetch every hole in sessions and intervals, newest day first.

        What the charger once said it does not have is asked for again when it is younger than two days, or
        than `ask_absent_since`. One answer that cannot be read does not keep the rest away: it is raised at
        the end. Raises ChargerError and StoreError.
        """
        progress = Progress()
        self._card.backfill = progress
        try:
            await _all(self._fill_sessions, partial(self._fill_intervals, progress, ask_absent_since))
        finally:
            self._card.backfill = None

    async def _fill_sessions(self) -> None:
        charger = self._card.charger
        key = f"sessions_filled/{charger}"
        kept, running = await self._desk.run(lambda store: (store.setting(key), store.open_sessions(charger)))
        filled = json.loads(kept) if kept else {}
        since_s = to_epoch_s(self._since_at)
        until_s = filled["until_s"] if filled.get("since_s", since_s + 1) <= since_s else since_s
        from_at = min([from_epoch_s(until_s), *(session.started_at for session in running)])
        end_at = self._clock.now() + _OVERLAP
        unread: ChargerAnswerError | None = None
        while from_at < end_at:
            to_at = min(from_at + _SESSION_WINDOW, end_at)
            try:
                await repeated(partial(self._read_sessions, from_at, to_at), self._clock)
            except ChargerAnswerError as error:
                unread = unread or error
            if unread is None:
                done = {"since_s": since_s, "until_s": to_epoch_s(min(to_at, end_at - 2 * _OVERLAP))}
                await self._put_setting(key, json.dumps(done))
            from_at = to_at
        if unread is not None:
            raise unread

    async def _read_sessions(self, from_at: datetime, to_at: datetime) -> None:
        async for page in self._charger.sessions(from_at, to_at):
            await self._put_sessions(page)

    async def _put_sessions(self, page: Sequence[ChargingSession]) -> None:
        at = self._clock.now()
        await self._desk.run(lambda store: store.put_sessions(self._card.charger, page, at))
        self._recorder.announce()

    async def _put_setting(self, key: str, value: str) -> None:
        await self._desk.run(lambda store: store.put_setting(key, value))

    async def _fill_intervals(self, progress: Progress, ask_absent_since: datetime | None) -> None:
        charger = self._card.charger
        measures = list(await repeated(self._charger.measures, self._clock))
        now_s = to_epoch_s(self._clock.now())
        settled_s = floor_interval_s(now_s - SETTLED_AFTER_S)
        absent_s = to_epoch_s(ask_absent_since or self._clock.now() - _ASK_ABSENT_AGAIN)
        from_s = floor_interval_s(self._since_at.timestamp())
        holes = await self._desk.run(
            lambda store: store.holes(charger, measures, from_s, settled_s, absent_since_s=absent_s)
        )
        windows = _split_into_days(holes)
        progress.total = sum((to_s - from_s) // INTERVAL_S for from_s, to_s in windows) * len(measures)
        self._tell(progress)
        pending: list[_Window] = []
        unread: ChargerAnswerError | None = None
        try:
            for window_from_s, window_to_s in windows:
                try:
                    batch = await repeated(
                        partial(self._charger.intervals, measures, window_from_s, window_to_s), self._clock
                    )
                    pending.append(_Window(window_from_s, window_to_s, batch))
                except ChargerAnswerError as error:
                    unread = unread or error
                if len(pending) >= _WINDOWS_PER_COMMIT:
                    await self._keep(measures, pending)
                progress.done += (window_to_s - window_from_s) // INTERVAL_S * len(measures)
                self._tell(progress)
        finally:
            await self._keep(measures, pending)
        if unread is not None:
            raise unread

    async def _keep(self, measures: Sequence[str], windows: list[_Window]) -> None:
        if not windows:
            return
        kept = tuple(windows)
        windows.clear()
        at = self._clock.now()

        def put(store: Store) -> None:
            with store.transaction():
                for window in kept:
                    store.put_intervals(self._card.charger, window.batch, CellState.FILLED, at)
                    store.put_absent(self._card.charger, measures, window.from_s, window.to_s)

        await self._desk.run(put)
        self._recorder.announce()


async def _all(*steps: Callable[[], Awaitable[None]]) -> None:
    """Take every step although one fails, and raise the first error then; a charger that is away ends it at once."""
    first: ChargerError | None = None
    for step in steps:
        try:
            await step()
        except ChargerUnreachableError:
            raise
        except ChargerError as error:
            first = first or error
    if first is not None:
        raise first


def _split(batch: IntervalBatch, at_s: int) -> tuple[IntervalBatch, IntervalBatch]:
    """Cut a batch in two: intervals before `at_s`, and the others."""
    index = sum(start_s < at_s for start_s in batch.starts_s)
    first = {measure: column[:index] for measure, column in batch.power_w.items()}
    second = {measure: column[index:] for measure, column in batch.power_w.items()}
    return (
        IntervalBatch(batch.starts_s[:index], first, batch.notes),
        IntervalBatch(batch.starts_s[index:], second),
    )
