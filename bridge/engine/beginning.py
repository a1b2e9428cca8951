"""Where a charger's history begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.ports import Store
from bridge.types.facts import EPOCH

FIRST_BACKFILL = timedelta(days=365)
"""how far back the first backfill goes where `history_since` does not say"""
_FIRST_SANE_YEAR = 2020
"""a clock before it has not been set yet (a Pi at boot)"""


def history_since(store: Store, charger: str, since: date | None, zone: ZoneInfo, now: datetime) -> datetime:
    """Return midnight of `history_since` in the site's zone, or a year before the first start."""
    if since is not None:
        return max(datetime.combine(since, time(), zone).astimezone(UTC), EPOCH)
    kept = store.setting(_key(charger))
    if kept is not None:
        return datetime.fromisoformat(kept)
    return datetime.combine(now.date() - FIRST_BACKFILL, time(), UTC)


def begin_history(store: Store, charger: str, since: date | None, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the same, and keep it from the first start on, so that it does not move along with time."""
    since_at = history_since(store, charger, since, zone, now)
    if since is None and store.setting(_key(charger)) is None and now.year >= _FIRST_SANE_YEAR:
        store.put_setting(_key(charger), since_at.isoformat())
    return since_at


def _key(charger: str) -> str:
    return f"history_since/{charger}"
