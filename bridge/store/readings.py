"""Readings: what every poll said of every connector, kept for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bridge.ports import ReadingRow
from bridge.store.journal import JournalTables
from bridge.types.charger import ConnectorReading
from bridge.types.facts import from_epoch_us, to_epoch_us
from bridge.types.journal import EntryKind
from bridge.types.words import ConnectorStatus

_READING = (
    "SELECT at_us, connector_id, status, power_w, current_a, session_energy_wh, current_l2_a, current_l3_a,"
    " current_offered_a, voltage_l1_v, voltage_l2_v, voltage_l3_v, register_wh FROM reading"
)


def _reading(row: Sequence[Any]) -> ReadingRow:
    at_us, connector_id, status, *values = row
    return ReadingRow(from_epoch_us(at_us), connector_id, ConnectorStatus(status) if status else None, *values)


class ReadingTables(JournalTables):
    """One row per poll and connector."""

    def put_readings(self, charger: str, rows: Sequence[tuple[datetime, ConnectorReading]], at: datetime) -> None:
        """Keep readings and journal their range."""
        if not rows:
            return
        with self.transaction():
            charger_no = self._make_charger_no(charger)
            self.database.change_many(
                "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        to_epoch_us(read_at),
                        charger_no,
                        reading.connector_id,
                        reading.status,
                        reading.power_w,
                        reading.current_a,
                        reading.session_energy_wh,
                        reading.current_l2_a,
                        reading.current_l3_a,
                        reading.current_offered_a,
                        reading.voltage_l1_v,
                        reading.voltage_l2_v,
                        reading.voltage_l3_v,
                        reading.register_wh,
                    )
                    for read_at, reading in rows
                ],
            )
            times_s = [read_at.timestamp() for read_at, _ in rows]
            body = {"from_s": int(min(times_s)), "to_s": int(max(times_s)) + 1}
            self.append(EntryKind.READINGS, charger, at, body)

    def readings(self, charger: str, from_at: datetime, to_at: datetime) -> list[ReadingRow]:
        """Return readings of [from_at, to_at), ascending."""
        rows = self.database.execute(
            f"{_READING} WHERE charger_no = ? AND at_us >= ? AND at_us < ? ORDER BY at_us, connector_id",
            (self._charger_no(charger), to_epoch_us(from_at), to_epoch_us(to_at)),
        )
        return [_reading(row) for row in rows]

    def last_reading(self, charger: str, connector_id: int, from_at: datetime, to_at: datetime) -> ReadingRow | None:
        """Return a connector's last reading of [from_at, to_at); None where there is none.

        What was read lies in the order of time, so this reads back to the last round of polls and no further.
        """
        rows = self.database.execute(
            f"{_READING} WHERE charger_no = ? AND connector_id = ? AND at_us >= ? AND at_us < ?"
            " ORDER BY at_us DESC LIMIT 1",
            (self._charger_no(charger), connector_id, to_epoch_us(from_at), to_epoch_us(to_at)),
        )
        return _reading(rows[0]) if rows else None

    def drop_readings(self, before: datetime) -> int:
        """Delete readings older than this; return how many."""
        count, _ = self.database.change("DELETE FROM reading WHERE at_us < ?", (to_epoch_us(before),))
        return count
