"""What every table stands on: the transaction, who is who, and small things kept by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bridge.store.database import Database


class ChargerTables:
    """The part of the store that every other part stands on: who is who."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._charger_nos: dict[str, int] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one commit; nested use joins the outer one."""
        try:
            with self.database.transaction():
                yield
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        """Drop what was remembered of rows: a rollback may have taken them away."""
        self._charger_nos.clear()

    def _charger_no(self, charger: str) -> int | None:
        known = self._charger_nos.get(charger)
        if known is None:
            rows = self.database.execute("SELECT charger_no FROM charger WHERE charger = ?", (charger,))
            if not rows:
                return None
            known = self._charger_nos[charger] = rows[0][0]
        return known

    def _make_charger_no(self, charger: str) -> int:
        known = self._charger_no(charger)
        if known is None:
            _, known = self.database.change("INSERT INTO charger (charger) VALUES (?)", (charger,))
            self._charger_nos[charger] = known
        return known

    def chargers(self) -> list[str]:
        """Return the ids of all chargers ever kept."""
        return [row[0] for row in self.database.execute("SELECT charger FROM charger ORDER BY charger_no")]

    def setting(self, key: str) -> str | None:
        """Return a small thing kept by name."""
        rows = self.database.execute("SELECT value FROM setting WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def put_setting(self, key: str, value: str) -> None:
        """Keep a small thing by name."""
        self.database.change(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def drop_setting(self, key: str) -> None:
        """Forget a small thing."""
        self.database.change("DELETE FROM setting WHERE key = ?", (key,))

    def settings(self, prefix: str) -> dict[str, str]:
        """Return the small things whose names begin so, by the rest of their names."""
        rows = self.database.execute(
            "SELECT substr(key, ?), value FROM setting WHERE key >= ? AND key < ? ORDER BY key",
            (len(prefix) + 1, prefix, prefix + "\U0010ffff"),
        )
        return dict(rows)
