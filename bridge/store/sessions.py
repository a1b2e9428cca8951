"""Charging sessions: inserted, updated in place while they run, never deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bridge.store.journal import JournalTables
from bridge.types.facts import to_epoch_us
from bridge.types.journal import EntryKind
from bridge.types.session import ChargingSession

_CORRECTION_US = 2 * 86_400 * 1_000_000
"""a start that differs by more is another session under the same number, after a reset of the charger"""
_SESSION = "SELECT charger, body FROM session JOIN charger USING (charger_no)"


class SessionTables(JournalTables):
    """The sessions of every charger, by (charger, session_id, started_at)."""

    def put_sessions(self, charger: str, sessions: Iterable[ChargingSession], at: datetime) -> int:
        """Insert or update sessions by their key, journal each that changed; return how many did."""
        changed = 0
        with self.transaction():
            charger_no = self._make_charger_no(charger)
            for session in sessions:
                started_us = to_epoch_us(session.started_at)
                ended_us = None if session.ended_at is None else to_epoch_us(session.ended_at)
                count, _ = self.database.change(
                    "INSERT INTO session VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                    " SET ended_us = excluded.ended_us, body = excluded.body WHERE body <> excluded.body",
                    (charger_no, session.session_id, started_us, ended_us, session.model_dump_json()),
                )
                if count:
                    changed += 1
                    self._drop_earlier_start(charger_no, session.session_id, started_us)
                    body = {"session_id": session.session_id, "started_us": started_us}
                    self.append(EntryKind.SESSION, charger, at, body)
        return changed

    def _drop_earlier_start(self, charger_no: int, session_id: str, started_us: int) -> None:
        """Let a running row go whose start the charger has corrected: it is the same session, told anew."""
        self.database.change(
            "DELETE FROM session WHERE charger_no = ? AND session_id = ? AND ended_us IS NULL AND started_us <> ?"
            " AND abs(started_us - ?) < ?",
            (charger_no, session_id, started_us, started_us, _CORRECTION_US),
        )

    def sessions(
        self,
        charger: str | None = None,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        *,
        overlapping: bool = True,
    ) -> list[tuple[str, ChargingSession]]:
        """Return (charger, session) that overlap [from_at, to_at), or that began in it, newest start first."""
        conditions: list[str] = []
        values: list[Any] = []
        if charger is not None:
            conditions.append("charger = ?")
            values.append(charger)
        if from_at is not None:
            touches = "(ended_us IS NULL OR max(ended_us, started_us + 1) > ?)"
            conditions.append(touches if overlapping else "started_us >= ?")
            values.append(to_epoch_us(from_at))
        if to_at is not None:
            conditions.append("started_us < ?")
            values.append(to_epoch_us(to_at))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        rows = self.database.execute(f"{_SESSION}{where} ORDER BY started_us DESC, charger_no", values)
        return [(name, ChargingSession.model_validate_json(body)) for name, body in rows]

    def session(self, charger: str, session_id: str, started_at: datetime) -> ChargingSession | None:
        """Return one session by its key."""
        rows = self.database.execute(
            f"{_SESSION} WHERE charger = ? AND session_id = ? AND started_us = ?",
            (charger, session_id, to_epoch_us(started_at)),
        )
        return ChargingSession.model_validate_json(rows[0][1]) if rows else None

    def open_sessions(self, charger: str) -> list[ChargingSession]:
        """Return the sessions without an end, oldest first."""
        rows = self.database.execute(
            f"{_SESSION} WHERE charger = ? AND ended_us IS NULL ORDER BY started_us", (charger,)
        )
        return [ChargingSession.model_validate_json(body) for _, body in rows]
