"""The journal, its readers' cursors, and what a sink refused for good."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from bridge.ports import CursorPosition, SetAside
from bridge.store.chargers import ChargerTables
from bridge.types.facts import from_epoch_us, to_epoch_us
from bridge.types.journal import Entry, EntryKind

_ENTRY = "SELECT seq, at_us, kind, coalesce(charger, ''), body FROM journal LEFT JOIN charger USING (charger_no)"

_NEWEST = (
    "SELECT max(seq) FROM journal WHERE kind = ? AND charger_no IS ?"
    " AND kind NOT IN ('intervals', 'readings', 'session') GROUP BY json_extract(body, '$.connector_id')"
)


def _entry(row: tuple[int, int, str, str, str]) -> Entry:
    seq, at_us, kind, charger, body = row
    return Entry(seq, from_epoch_us(at_us), EntryKind(kind), charger, json.loads(body))


class JournalTables(ChargerTables):
    """One ordered list of what happened, and where each reader of it stands."""

    def append(self, kind: EntryKind, charger: str, at: datetime, body: Mapping[str, Any]) -> int:
        """Add an entry; return its seq."""
        with self.transaction():
            charger_no = self._make_charger_no(charger) if charger else None
            _, seq = self.database.change(
                "INSERT INTO journal (at_us, kind, charger_no, body) VALUES (?, ?, ?, ?)",
                (to_epoch_us(at), kind, charger_no, json.dumps(body, separators=(",", ":"))),
            )
        return seq

    def journal(self, after_seq: int, limit: int, kinds: Collection[EntryKind] | None = None) -> list[Entry]:
        """Return the next entries, of these kinds or of all, ascending."""
        chosen = "" if kinds is None else f" AND kind IN ({', '.join('?' * len(kinds))})"
        rows = self.database.execute(
            f"{_ENTRY} WHERE seq > ?{chosen} ORDER BY seq LIMIT ?", (after_seq, *(kinds or ()), limit)
        )
        return [_entry(row) for row in rows]

    def latest(self, kind: EntryKind, charger: str) -> list[Entry]:
        """Return the newest entry of a kind for a charger: one per connector where the kind tells of connectors.

        Pointers (intervals, readings, sessions) are not looked up so.
        """
        rows = self.database.execute(
            f"{_ENTRY} WHERE seq IN ({_NEWEST}) ORDER BY seq", (kind, self._charger_no(charger))
        )
        return [_entry(row) for row in rows]

    def last_seq(self) -> int:
        """Return the newest seq, 0 when the journal is empty."""
        rows = self.database.execute("SELECT max(seq) FROM journal")
        return rows[0][0] or 0

    def compact_journal(self, before: datetime) -> int:
        """Join old entries that only point at what is kept elsewhere; return how many went.

        Of each charger one entry over the joined range of its intervals remains, under the newest seq of
        those it replaces: a reader that stands among them reads a little again and misses nothing. Of the
        entries of one charging session the newest remains. Pointers to readings go. Everything that is told
        only in the journal stays for ever.
        """
        limit_us = to_epoch_us(before)
        with self.transaction():
            gone = self._join_intervals(limit_us)
            changed, _ = self.database.change(
                "DELETE FROM journal WHERE kind = ? AND at_us < ?", (EntryKind.READINGS, limit_us)
            )
            gone += changed
            changed, _ = self.database.change(
                "DELETE FROM journal WHERE kind = ? AND at_us < ? AND seq NOT IN"
                " (SELECT max(seq) FROM journal WHERE kind = ? GROUP BY charger_no, body)",
                (EntryKind.SESSION, limit_us, EntryKind.SESSION),
            )
        return gone + changed

    def _join_intervals(self, limit_us: int) -> int:
        rows = self.database.execute(
            "SELECT charger_no, seq, body FROM journal WHERE kind = ? AND at_us < ? ORDER BY charger_no, seq",
            (EntryKind.INTERVALS, limit_us),
        )
        joined: dict[int, tuple[int, dict[str, Any]]] = {}
        obsolete: list[tuple[int]] = []
        for charger_no, seq, text in rows:
            body = json.loads(text)
            if charger_no in joined:
                earlier_seq, earlier = joined[charger_no]
                obsolete.append((earlier_seq,))
                body["from_s"] = min(body["from_s"], earlier["from_s"])
                body["to_s"] = max(body["to_s"], earlier["to_s"])
                body["measures"] = sorted({*body["measures"], *earlier["measures"]})
            joined[charger_no] = seq, body
        self.database.change_many("DELETE FROM journal WHERE seq = ?", obsolete)
        self.database.change_many(
            "UPDATE journal SET body = ? WHERE seq = ?",
            [(json.dumps(body, separators=(",", ":")), seq) for seq, body in joined.values()],
        )
        return len(obsolete)

    def cursor(self, name: str) -> CursorPosition:
        """Return where a reader is; a new one stands at 0."""
        rows = self.database.execute("SELECT seq, settled_seq FROM cursor WHERE name = ?", (name,))
        return CursorPosition(*rows[0]) if rows else CursorPosition(0, 0)

    def put_cursor(self, name: str, position: CursorPosition, at: datetime) -> None:
        """Move a reader."""
        self.database.change(
            "INSERT INTO cursor VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
            " SET seq = excluded.seq, settled_seq = excluded.settled_seq, moved_us = excluded.moved_us",
            (name, position.seq, position.settled_seq, to_epoch_us(at)),
        )

    def put_aside(self, sink: str, at: datetime, reason: str, payloads: Sequence[str]) -> None:
        """Keep what a sink refused for good; a payload already there is not kept twice."""
        with self.transaction():
            self.database.change_many(
                "INSERT OR IGNORE INTO set_aside VALUES (?, ?, ?, ?)",
                [(sink, to_epoch_us(at), reason, payload) for payload in payloads],
            )

    def set_aside(self, sink: str) -> list[SetAside]:
        """Return what was set aside, oldest first, at most 1000."""
        rows = self.database.execute(
            "SELECT rowid, sink, at_us, reason, payload FROM set_aside WHERE sink = ? ORDER BY at_us, rowid LIMIT 1000",
            (sink,),
        )
        return [SetAside(number, name, from_epoch_us(at_us), *rest) for number, name, at_us, *rest in rows]

    def take_from_aside(self, sink: str, number: int) -> SetAside | None:
        """Return one thing that was set aside and set it aside no longer; None where there is none."""
        with self.transaction():
            rows = self.database.execute(
                "SELECT at_us, reason, payload FROM set_aside WHERE sink = ? AND rowid = ?", (sink, number)
            )
            self.database.change("DELETE FROM set_aside WHERE sink = ? AND rowid = ?", (sink, number))
        return SetAside(number, sink, from_epoch_us(rows[0][0]), *rows[0][1:]) if rows else None

    def count_set_aside(self, sink: str) -> int:
        """Count what was set aside."""
        return int(self.database.execute("SELECT count(*) FROM set_aside WHERE sink = ?", (sink,))[0][0])
