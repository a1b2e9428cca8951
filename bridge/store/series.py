"""The 5-minute power series: day blocks in, intervals and holes out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from bridge.ports import CellCounts
from bridge.store.blocks import DayBlock
from bridge.store.database import Database
from bridge.store.journal import JournalTables
from bridge.types.journal import EntryKind
from bridge.types.series import DAY_S, INTERVAL_S, INTERVALS_PER_DAY, CellState, Interval, IntervalBatch

_PRESENT = (CellState.POLLED, CellState.FILLED)
_STATES = tuple(CellState)


def _days(from_s: int, to_s: int) -> Iterator[tuple[int, int, int]]:
    """Yield (day, first slot, slot after the last) for every UTC day that [from_s, to_s) touches."""
    while from_s < to_s:
        day = from_s // DAY_S
        end_s = min(to_s, (day + 1) * DAY_S)
        yield day, (from_s - day * DAY_S) // INTERVAL_S, -(-(end_s - day * DAY_S) // INTERVAL_S)
        from_s = end_s


def _batch_days(starts_s: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield (day, first index, index after the last) for every UTC day among ascending starts."""
    low = 0
    while low < len(starts_s):
        day = starts_s[low] // DAY_S
        high = low + 1
        while high < len(starts_s) and starts_s[high] // DAY_S == day:
            high += 1
        yield day, low, high
        low = high


class SeriesTables(JournalTables):
    """Intervals of every charger and measure."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._series_nos: dict[tuple[str, str], int] = {}

    def _forget(self) -> None:
        super()._forget()
        self._series_nos.clear()

    def _series_no(self, charger: str, measure: str) -> int | None:
        known = self._series_nos.get((charger, measure))
        if known is None:
            rows = self.database.execute(
                "SELECT series_no FROM series WHERE charger_no = ? AND measure = ?",
                (self._charger_no(charger), measure),
            )
            if not rows:
                return None
            known = self._series_nos[charger, measure] = rows[0][0]
        return known

    def _make_series_no(self, charger: str, measure: str) -> int:
        known = self._series_no(charger, measure)
        if known is None:
            _, known = self.database.change(
                "INSERT INTO series (charger_no, measure) VALUES (?, ?)",
                (self._make_charger_no(charger), measure),
            )
            self._series_nos[charger, measure] = known
        return known

    def measures(self, charger: str) -> list[str]:
        """Return the measures that were ever kept of a charger, connectors first."""
        rows = self.database.execute(
            "SELECT measure FROM series JOIN charger USING (charger_no) WHERE charger = ?", (charger,)
        )
        return sorted((row[0] for row in rows), key=lambda m: (not m.startswith("connector"), len(m), m))

    def _block(self, day: int, series_no: int) -> DayBlock | None:
        rows = self.database.execute("SELECT block FROM interval_day WHERE day = ? AND series_no = ?", (day, series_no))
        return self._decode(rows[0][0]) if rows else None

    def _decode(self, packed: bytes) -> DayBlock | None:
        """Return the block, None for one that is damaged: then nothing is known of that day."""
        try:
            return DayBlock.decode(packed)
        except ValueError:
            return None

    def put_damaged_blocks_aside(self) -> int:
        """Set every day that cannot be read aside, so that it counts as missing; return how many there were.

        SQLite's own check does not see a bit that fell over inside a block; the block's checksum does.
        """
        found = 0
        for day, series_no in self.database.execute("SELECT day, series_no FROM interval_day"):
            if self._block(day, series_no) is None:
                found += 1
                with self.transaction():
                    self.database.change(
                        "INSERT INTO damaged_day SELECT day, series_no, block FROM interval_day"
                        " WHERE day = ? AND series_no = ?",
                        (day, series_no),
                    )
                    self.database.change("DELETE FROM interval_day WHERE day = ? AND series_no = ?", (day, series_no))
        return found

    def _put_block(self, day: int, series_no: int, block: DayBlock) -> None:
        counts = [block.count(state) for state in (CellState.POLLED, CellState.FILLED, CellState.ABSENT)]
        self.database.change(
            "INSERT INTO interval_day VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET polled = excluded.polled,"
            " filled = excluded.filled, absent = excluded.absent, block = excluded.block",
            (day, series_no, *counts, block.encode()),
        )

    def put_intervals(self, charger: str, batch: IntervalBatch, state: CellState, at: datetime) -> int:
        """Keep intervals and journal the range; return how many cells were new or changed."""
        if any(len(column) != len(batch.starts_s) for column in batch.power_w.values()):
            raise ValueError("every column of a batch is as long as its starts")
        changed_count, first_s, end_s, touched = 0, None, 0, set()
        with self.transaction():
            for day, low, high in _batch_days(batch.starts_s):
                midnight_s = day * DAY_S
                slots = [(start_s - midnight_s) // INTERVAL_S for start_s in batch.starts_s[low:high]]
                unbroken = slots[-1] - slots[0] == high - low - 1
                for measure, column in batch.power_w.items():
                    series_no = self._make_series_no(charger, measure)
                    block = self._block(day, series_no) or DayBlock()
                    cells = column[low:high]
                    changed = block.put_run(slots[0], cells, state) if unbroken else block.put(slots, cells, state)
                    if not changed:
                        continue
                    self._put_block(day, series_no, block)
                    changed_count += len(changed)
                    touched.add(measure)
                    start_s = midnight_s + changed[0] * INTERVAL_S
                    first_s = start_s if first_s is None else min(first_s, start_s)
                    end_s = max(end_s, midnight_s + (changed[-1] + 1) * INTERVAL_S)
            if changed_count:
                body = {"from_s": first_s, "to_s": end_s, "measures": sorted(touched)}
                self.append(EntryKind.INTERVALS, charger, at, body)
        return changed_count

    def put_absent(self, charger: str, measures: Sequence[str], from_s: int, to_s: int) -> None:
        """Note that the charger's history has nothing for what is still missing in [from_s, to_s)."""
        with self.transaction():
            for measure in measures:
                series_no = self._make_series_no(charger, measure)
                for day, first, last in _days(from_s, to_s):
                    if self._is_complete(day, series_no):
                        continue
                    block = self._block(day, series_no) or DayBlock()
                    if block.put_absent(first, last):
                        self._put_block(day, series_no, block)

    def _is_complete(self, day: int, series_no: int) -> bool:
        rows = self.database.execute(
            "SELECT polled + filled + absent FROM interval_day WHERE day = ? AND series_no = ?", (day, series_no)
        )
        return bool(rows) and rows[0][0] == INTERVALS_PER_DAY

    def _blocks(self, charger: str, measure: str, from_s: int, to_s: int) -> Iterator[tuple[int, int, int, DayBlock]]:
        """Yield (day, first slot, slot after the last, block) of the days that have a block."""
        series_no = self._series_no(charger, measure)
        if series_no is None:
            return
        for day, first, last in _days(from_s, to_s):
            block = self._block(day, series_no)
            if block is not None:
                yield day, first, last, block

    def power(self, charger: str, measure: str, from_s: int, to_s: int) -> list[tuple[int, float]]:
        """Return (start, W) of the intervals that have a value, ascending: `intervals` for who reads very many."""
        points: list[tuple[int, float]] = []
        for day, first, last, block in self._blocks(charger, measure, from_s, to_s):
            points += block.points(day * DAY_S, first, last)
        return points

    def intervals(self, charger: str, measure: str, from_s: int, to_s: int) -> list[Interval]:
        """Return the intervals that have a value, ascending."""
        return [
            Interval(day * DAY_S + slot * INTERVAL_S, block.power_w[slot], _STATES[block.states[slot]])
            for day, first, last, block in self._blocks(charger, measure, from_s, to_s)
            for slot in range(first, last)
            if block.states[slot] in _PRESENT
        ]

    def mean_power(
        self, charger: str, measure: str, from_s: int, to_s: int, bucket_s: int
    ) -> list[tuple[int, float, float, int]]:
        """Return (bucket start, mean W, highest W, intervals with a value) per bucket that has any."""
        sums: dict[int, list[float]] = {}
        for day, first, last, block in self._blocks(charger, measure, from_s, to_s):
            midnight_s = day * DAY_S
            for slot in range(first, last):
                if block.states[slot] in _PRESENT:
                    watts = block.power_w[slot]
                    start_s = midnight_s + slot * INTERVAL_S
                    bucket = sums.get(start_s // bucket_s)
                    if bucket is None:
                        sums[start_s // bucket_s] = [watts, watts, 1]
                    else:
                        bucket[0] += watts
                        bucket[1] = max(bucket[1], watts)
                        bucket[2] += 1
        return [(no * bucket_s, total / count, top, int(count)) for no, (total, top, count) in sums.items()]

    def holes(
        self,
        charger: str,
        measures: Collection[str],
        from_s: int,
        to_s: int,
        *,
        absent_since_s: int | None = None,
    ) -> list[tuple[int, int]]:
        """Return the ranges [a, b) in which some measure is missing, ascending."""
        complete = self._complete_days(charger, measures, from_s, to_s, absent_since_s)
        found: list[tuple[int, int]] = []
        for day, first, last in _days(from_s, to_s):
            if day in complete:
                continue
            wanted = bytearray(INTERVALS_PER_DAY)
            for measure in measures:
                series_no = self._series_no(charger, measure)
                block = self._block(day, series_no) if series_no is not None else None
                states = block.states if block is not None else bytes(INTERVALS_PER_DAY)
                for slot in range(first, last):
                    again = absent_since_s is not None and day * DAY_S + slot * INTERVAL_S >= absent_since_s
                    if states[slot] == CellState.MISSING or (again and states[slot] == CellState.ABSENT):
                        wanted[slot] = 1
            for slot in range(first, last):
                start_s = day * DAY_S + slot * INTERVAL_S
                if wanted[slot] and found and found[-1][1] == start_s:
                    found[-1] = found[-1][0], start_s + INTERVAL_S
                elif wanted[slot]:
                    found.append((start_s, start_s + INTERVAL_S))
        return found

    def _complete_days(
        self, charger: str, measures: Collection[str], from_s: int, to_s: int, absent_since_s: int | None
    ) -> set[int]:
        """Return the days on which nothing is missing, told by their counts alone."""
        last_day = to_s // DAY_S if absent_since_s is None else min(to_s, absent_since_s - DAY_S) // DAY_S
        complete: set[int] | None = None
        for measure in measures:
            rows = self.database.execute(
                "SELECT day FROM interval_day WHERE series_no = ? AND day BETWEEN ? AND ?"
                " AND polled + filled + absent = ?",
                (self._series_no(charger, measure), from_s // DAY_S, last_day, INTERVALS_PER_DAY),
            )
            days = {row[0] for row in rows}
            complete = days if complete is None else complete & days
        return complete or set()

    def counts(self, charger: str, measure: str, from_s: int, to_s: int) -> CellCounts:
        """Count the cells of [from_s, to_s) by state."""
        expected = sum(last - first for _, first, last in _days(from_s, to_s))
        first_whole, end_whole = -(-from_s // DAY_S), to_s // DAY_S
        row = self.database.execute(
            "SELECT coalesce(sum(polled), 0), coalesce(sum(filled), 0), coalesce(sum(absent), 0)"
            " FROM interval_day WHERE series_no = ? AND day >= ? AND day < ?",
            (self._series_no(charger, measure), first_whole, end_whole),
        )[0]
        totals = list(row)
        edges = [
            (from_s, min(to_s, first_whole * DAY_S)),
            (max(from_s, end_whole * DAY_S, first_whole * DAY_S), to_s),
        ]
        for edge_from_s, edge_to_s in edges:
            for _, first, last, block in self._blocks(charger, measure, edge_from_s, edge_to_s):
                for i, state in enumerate((CellState.POLLED, CellState.FILLED, CellState.ABSENT)):
                    totals[i] += block.count(state, first, last)
        polled, filled, absent = totals
        return CellCounts(expected, polled, filled, absent, expected - polled - filled - absent)
