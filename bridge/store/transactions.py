"""How far each station is with telling its charging sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bridge.store.journal import JournalTables
from bridge.types.facts import to_epoch_us
from bridge.types.transaction import StationTransaction, TransactionPhase

_BODY = "SELECT body FROM station_transaction WHERE station = ?"


class TransactionTables(JournalTables):
    """The transactions of every station, by (station, session_id, started_at)."""

    def put_transaction(self, station: str, transaction: StationTransaction) -> None:
        """Keep how far a transaction is."""
        with self.transaction():
            self.database.change(
                "INSERT INTO station_transaction VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET phase = excluded.phase, transaction_id = excluded.transaction_id, body = excluded.body",
                (
                    station,
                    self._make_charger_no(transaction.charger),
                    transaction.session_id,
                    to_epoch_us(transaction.started_at),
                    transaction.phase,
                    transaction.transaction_id,
                    transaction.model_dump_json(),
                ),
            )

    def drop_transaction(self, station: str, session_id: str, started_at: datetime) -> None:
        """Forget a transaction: its session goes by another key now."""
        self.database.change(
            "DELETE FROM station_transaction WHERE station = ? AND session_id = ? AND started_us = ?",
            (station, session_id, to_epoch_us(started_at)),
        )

    def transactions(
        self, station: str, *phases: TransactionPhase, limit: int = -1, after: StationTransaction | None = None
    ) -> list[StationTransaction]:
        """Return the transactions in these phases, or all that are not told to the end, oldest start first.

        `after` begins behind that one.
        """
        chosen = phases or tuple(phase for phase in TransactionPhase if phase is not TransactionPhase.TOLD)
        place = (-(2**62), "") if after is None else (to_epoch_us(after.started_at), after.session_id)
        marks = ", ".join("?" * len(chosen))
        untold = " AND phase <> 'told'" if TransactionPhase.TOLD not in chosen else ""  # lets SQLite use the index
        return self._read(
            f"{_BODY} AND phase IN ({marks}){untold} AND (started_us, session_id) > (?, ?)"
            " ORDER BY started_us, session_id LIMIT ?",
            (station, *chosen, *place, limit),
        )

    def count_transactions(self, station: str) -> dict[TransactionPhase, int]:
        """Count the transactions that are not told to the end, by phase."""
        rows = self.database.execute(
            "SELECT phase, count(*) FROM station_transaction WHERE station = ? AND phase <> 'told' GROUP BY phase",
            (station,),
        )
        return {TransactionPhase(phase): count for phase, count in rows}

    def transactions_of_session(self, station: str, session_id: str) -> list[StationTransaction]:
        """Return the transactions of all sessions that the charger gave this id, oldest start first."""
        return self._read(f"{_BODY} AND session_id = ? ORDER BY started_us", (station, session_id))

    def transaction_by_number(self, station: str, transaction_id: str) -> StationTransaction | None:
        """Return the newest transaction to which the central system gave this number."""
        found = self._read(
            f"{_BODY} AND transaction_id = ? ORDER BY started_us DESC LIMIT 1", (station, transaction_id)
        )
        return found[0] if found else None

    def _read(self, statement: str, values: tuple[Any, ...]) -> list[StationTransaction]:
        rows = self.database.execute(statement, values)
        return [StationTransaction.model_validate_json(row[0]) for row in rows]
