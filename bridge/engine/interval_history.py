"""The charger's 5-minute power: the last half hour again and again, and every hole there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bridge.engine.board import Progress
from bridge.engine.recorder import Recorder
from bridge.engine.repeats import repeated
from bridge.engine.unread import Unread
from bridge.errors import ChargerAnswerError, ChargerBusyError
from bridge.ports import Charger, Clock, Store, StoreDesk
from bridge.types.facts import to_epoch_s
from bridge.types.series import DAY_S, INTERVAL_S, CellState, IntervalBatch, floor_interval_s

SETTLED_AFTER_S = 900
"""an interval that the charger's history does not show this long after its end is noted as absent; until then
it is neither expected nor late"""
_RECENT_S = 1800
_WINDOWS_PER_COMMIT = 16


def settled_s(now: datetime) -> int:
    """Return the end of what may be expected by now: everything before it is there, absent or missing."""
    return floor_interval_s(to_epoch_s(now) - SETTLED_AFTER_S)


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


class IntervalHistory:
    """Keeps one charger's power series in the store equal to what its history offers."""

    def __init__(
        self,
        name: str,
        charger: Charger,
        desk: StoreDesk,
        recorder: Recorder,
        clock: Clock,
        since_at: datetime,
        tell: Callable[[Progress], None],
    ) -> None:
        self._name = name
        self._charger = charger
        self._desk = desk
        self._recorder = recorder
        self._clock = clock
        self._since_s = floor_interval_s(since_at.timestamp())
        self._tell = tell
        self.is_offered: bool | None = None
        """whether the charger has a history; None while it was not asked"""

    async def read_recent(self) -> None:
        """Read the last half hour again: a charger may still correct it."""
        now = self._clock.now()
        measures = await self._measures()
        if not measures:
            await self._put_absent(max(self._since_s, floor_interval_s(to_epoch_s(now)) - DAY_S))
            return
        to_s = floor_interval_s(to_epoch_s(now))
        from_s = max(floor_interval_s(to_epoch_s(now) - _RECENT_S), self._since_s)
        batch = await repeated(partial(self._charger.intervals, measures, from_s, to_s), self._clock)
        late, timely = _split(batch, settled_s(now))
        self._recorder.take_intervals(self._name, late, CellState.FILLED)
        self._recorder.take_intervals(self._name, timely, CellState.POLLED)

    async def fill(self, progress: Progress, ask_absent_since: datetime) -> None:
        """Fetch every hole, newest day first; see `History.fill`."""
        measures = await self._measures()
        if not measures:
            await self._put_absent(self._since_s)
            return
        holes, expected = await self._desk.run(partial(self._find_holes, measures, to_epoch_s(ask_absent_since)))
        windows = _split_into_days(holes)
        progress.total = sum((to_s - from_s) // INTERVAL_S for from_s, to_s in windows) * len(measures)
        self._tell(progress)
        pending: list[_Window] = []
        unread = Unread()
        try:
            for from_s, to_s in windows:
                try:
                    batch = await repeated(partial(self._charger.intervals, measures, from_s, to_s), self._clock)
                except (ChargerAnswerError, ChargerBusyError) as error:
                    unread.note(error)
                else:
                    unread.succeed()
                    pending.append(_Window(from_s, to_s, batch))
                if len(pending) >= _WINDOWS_PER_COMMIT:
                    await self._keep(expected, pending)
                progress.done += (to_s - from_s) // INTERVAL_S * len(measures)
                self._tell(progress)
        finally:
            await self._keep(expected, pending)
        unread.tell()

    async def _measures(self) -> list[str]:
        measures = list(await repeated(self._charger.measures, self._clock))
        self.is_offered = bool(measures)
        return measures

    async def _put_absent(self, from_s: int) -> None:
        """Note as absent what the polls have not told, of a charger that nobody can ask for it."""
        to_s = settled_s(self._clock.now())

        def put(store: Store) -> None:
            kept = store.measures(self._name)
            holes = store.holes(self._name, kept, from_s, to_s) if kept and from_s < to_s else []
            if holes:
                with store.transaction():
                    for hole_from_s, hole_to_s in holes:
                        store.put_absent(self._name, kept, hole_from_s, hole_to_s)

        await self._desk.run(put)

    def _find_holes(
        self, measures: Sequence[str], ask_absent_since_s: int, store: Store
    ) -> tuple[list[tuple[int, int]], list[str]]:
        """Return the holes, and all measures in which there may be some.

        Those are also the ones that the charger had once and has no more (a load guard that was taken away):
        it will not give them, and they are noted as absent.
        """
        expected = [*measures, *(kept for kept in store.measures(self._name) if kept not in measures)]
        until_s = settled_s(self._clock.now())
        holes = store.holes(self._name, expected, self._since_s, until_s, absent_since_s=ask_absent_since_s)
        return holes, expected

    async def _keep(self, measures: Sequence[str], windows: list[_Window]) -> None:
        if not windows:
            return
        kept = tuple(windows)
        windows.clear()
        at = self._clock.now()

        def put(store: Store) -> None:
            with store.transaction():
                for window in kept:
                    store.put_intervals(self._name, window.batch, CellState.FILLED, at)
                    store.put_absent(self._name, measures, window.from_s, window.to_s)

        await self._desk.run(put)
        self._recorder.announce()


def _split(batch: IntervalBatch, at_s: int) -> tuple[IntervalBatch, IntervalBatch]:
    """Cut a batch in two: intervals before `at_s`, and the others."""
    index = sum(start_s < at_s for start_s in batch.starts_s)
    first = {measure: column[:index] for measure, column in batch.power_w.items()}
    second = {measure: column[index:] for measure, column in batch.power_w.items()}
    return (
        IntervalBatch(batch.starts_s[:index], first, batch.notes),
        IntervalBatch(batch.starts_s[index:], second),
    )
