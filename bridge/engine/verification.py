"""What is held of each charger against what there should be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.engine.interval_history import settled_s
from bridge.ports import CellCounts, Store
from bridge.types.series import floor_interval_s
from bridge.types.words import HARMLESS_FLAGS


@dataclass(frozen=True, slots=True)
class SeriesFinding:
    """How complete one measure of one charger is in [from_s, to_s)."""

    charger: str
    measure: str
    from_s: int
    to_s: int
    counts: CellCounts

    @property
    def complete(self) -> bool:
        """Whether nothing is left to fetch."""
        return self.counts.missing == 0


@dataclass(frozen=True, slots=True)
class SessionFinding:
    """How many sessions of one charger are kept."""

    charger: str
    kept: int
    open: int
    flagged: int
    """those with a flag that speaks against their numbers"""


def verify_series(store: Store, charger: str, since_at: datetime, now: datetime) -> list[SeriesFinding]:
    """Count every measure of a charger from `since_at` until now, less what the charger may still be writing."""
    from_s = floor_interval_s(since_at.timestamp())
    to_s = max(from_s, settled_s(now))
    return [
        SeriesFinding(charger, measure, from_s, to_s, store.counts(charger, measure, from_s, to_s))
        for measure in store.measures(charger)
    ]


def verify_sessions(store: Store, charger: str) -> SessionFinding:
    """Count the sessions of a charger."""
    sessions = [session for _, session in store.sessions(charger)]
    return SessionFinding(
        charger,
        kept=len(sessions),
        open=sum(session.ended_at is None for session in sessions),
        flagged=sum(not HARMLESS_FLAGS.issuperset(session.flags) for session in sessions),
    )
