"""Makes real stores for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.series import INTERVAL_S, IntervalBatch
from bridge.types.session import ChargingSession

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
MIDNIGHT_S = 1_772_323_200
"""2026-03-01T00:00:00Z"""


@contextmanager
def new_store(folder: Path) -> Iterator[SqliteStore]:
    """Open a store in a folder and close it afterwards."""
    with open_store(folder) as store:
        yield store


def batch_of(start_s: int, *columns: tuple[str, list[float | None]]) -> IntervalBatch:
    """Return consecutive intervals from `start_s`."""
    length = len(columns[0][1])
    return IntervalBatch([start_s + i * INTERVAL_S for i in range(length)], dict(columns))


def session_of(session_id: str, started_at: datetime, ended_at: datetime | None = None) -> ChargingSession:
    """Return a session with as little as possible."""
    return ChargingSession(session_id=session_id, connector_id=1, started_at=started_at, ended_at=ended_at)
