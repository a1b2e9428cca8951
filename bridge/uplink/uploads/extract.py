"""What goes out of the journal: gzipped JSON lines, named key by key.

Nothing new in the journal leaves the house by itself: states, health, commands, register resets, clock jumps and
security events go out. Charging sessions do not, nor who charged.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final

from bridge.types.facts import to_rfc3339
from bridge.types.journal import Entry, EntryKind
from bridge.uplink.dialect import Payload

_WBITS_OF_GZIP = 31
_MASK = "***"

_TOLD: Final[Mapping[EntryKind, tuple[str, ...]]] = {
    EntryKind.STATUS: ("connector_id", "evse_id", "status", "previous", "raw"),
    EntryKind.HEALTH: ("health", "previous", "last_heard_us"),
    EntryKind.REGISTER_RESET: ("connector_id", "before_wh", "after_wh"),
    EntryKind.CLOCK_JUMP: ("jump_s",),
    EntryKind.COMMAND: ("command", "origin", "given", "phase", "status", "detail"),
    EntryKind.SECURITY: ("type", "info", "critical"),
}
"""what goes out of which entries"""


@dataclass(frozen=True, slots=True)
class Extract:
    """Which entries of the journal are wanted."""

    charger: str
    csms: str
    is_security: bool
    oldest_at: datetime | None
    latest_at: datetime | None

    def head(self, now: datetime) -> Payload:
        """Return the first line: what this file is."""
        return {
            "file": f"{'security events' if self.is_security else 'journal'} of chargebridge, no log of the charger's",
            "charger": self.charger,
            "made_at": to_rfc3339(now),
            "oldest_at": None if self.oldest_at is None else to_rfc3339(self.oldest_at),
            "latest_at": None if self.latest_at is None else to_rfc3339(self.latest_at),
        }

    def lines(self, entries: Iterable[Entry]) -> Iterable[Payload]:
        """Yield a line for each entry that is wanted."""
        return (self._line(entry) for entry in entries if self._wants(entry))

    def _wants(self, entry: Entry) -> bool:
        if entry.charger not in (self.charger, "") or entry.kind not in _TOLD:
            return False
        if self.oldest_at is not None and entry.at < self.oldest_at:
            return False
        if self.latest_at is not None and entry.at > self.latest_at:
            return False
        if entry.kind is EntryKind.SECURITY:
            return entry.body.get("csms") in (None, self.csms)
        return not self.is_security

    def _line(self, entry: Entry) -> Payload:
        told = {key: entry.body[key] for key in _TOLD[entry.kind] if key in entry.body}
        if entry.kind is EntryKind.COMMAND:
            told = self._masked(told)
        return {"seq": entry.seq, "at": to_rfc3339(entry.at), "kind": entry.kind.value, **told}

    def _masked(self, told: Payload) -> Payload:
        """Leave out who charged, and what other central systems are called."""
        origin = str(told.get("origin", ""))
        if origin.startswith("ocpp ") and origin != f"ocpp {self.csms}":
            told["origin"] = "another central system"
        given = told.get("given") or {}
        id_token = given.get("id_token")
        if id_token:
            told["given"] = {**given, "id_token": _MASK}
            if "detail" in told:  # words of a charger, which may repeat it
                told["detail"] = str(told["detail"]).replace(id_token, _MASK)
        return told


class Packer:
    """Writes JSON lines, gzipped, into a file, and ends with a word about it where they become too many."""

    def __init__(self, file: IO[bytes], most_bytes: int) -> None:
        self._file = file
        self._most_bytes = most_bytes
        self._bytes = 0
        self._gzip = zlib.compressobj(wbits=_WBITS_OF_GZIP)
        self.is_full = False

    def add(self, lines: Iterable[Payload]) -> None:
        """Write lines as long as there is room."""
        for line in lines:
            text = json.dumps(line, separators=(",", ":")).encode() + b"\n"
            self._bytes += len(text)
            if self._bytes > self._most_bytes:
                self.is_full = True
                end = {"cut": f"here are {self._most_bytes} bytes, which is the most; ask for a shorter range"}
                text = json.dumps(end).encode() + b"\n"
            self._file.write(self._gzip.compress(text))
            if self.is_full:
                return

    def end(self) -> None:
        """Write what is still held back."""
        self._file.write(self._gzip.flush())
        self._file.flush()
