"""Who each charger said it is."""

from __future__ import annotations

from datetime import datetime

from bridge.store.journal import JournalTables
from bridge.types.charger import ChargerIdentity
from bridge.types.journal import EntryKind


class IdentityTables(JournalTables):
    """The latest identity of every charger; the journal has the earlier ones."""

    def identity(self, charger: str) -> ChargerIdentity | None:
        """Return who a charger was when it last said so."""
        rows = self.database.execute("SELECT identity FROM charger WHERE charger = ?", (charger,))
        if not rows or rows[0][0] is None:
            return None
        return ChargerIdentity.model_validate_json(rows[0][0])

    def put_identity(self, charger: str, identity: ChargerIdentity, at: datetime) -> bool:
        """Keep who a charger is; True when that is new."""
        with self.transaction():
            if self.identity(charger) == identity:
                return False
            self.database.change(
                "UPDATE charger SET identity = ? WHERE charger_no = ?",
                (identity.model_dump_json(), self._make_charger_no(charger)),
            )
            self.append(EntryKind.IDENTITY, charger, at, identity.model_dump())
        return True
