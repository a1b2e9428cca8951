"""`chargebridge export`: what is kept, as CSV or JSON lines on standard output."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.clock import SystemClock
from bridge.config.load import Config, load_config
from bridge.errors import ConfigError
from bridge.ports import Store
from bridge.store.sqlite import open_store
from bridge.types.export import (
    POWER_COLUMNS,
    SESSION_COLUMNS,
    Row,
    csv_text,
    power_row,
    session_row,
    with_local,
    with_local_columns,
)
from bridge.types.facts import EPOCH, to_epoch_s
from bridge.types.series import DAY_S, INTERVAL_S

_CHUNK = 1000


def main(options: argparse.Namespace) -> int:
    """Write the rows; works while `run` is running."""
    config = load_config(options.config, os.environ)
    from_at = _in_zone(options.from_at, config.zone) or EPOCH
    to_at = _in_zone(options.to_at, config.zone) or SystemClock().now() + timedelta(days=1)
    with open_store(config.data_dir, read_only=True) as store:
        chargers = _chargers(store, config, options.charger)
        columns: Sequence[str]
        if options.what == "power":
            columns, rows = POWER_COLUMNS, _power_rows(store, chargers, from_at, to_at)
        else:
            columns, rows = SESSION_COLUMNS, _session_rows(store, chargers, from_at, to_at)
        if options.format == "csv":
            _write_csv(columns, rows, config.zone)
        else:
            for row in rows:
                print(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    return 0


def _in_zone(instant: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Read a date or a time without zone as the site's own."""
    if instant is None:
        return None
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def _chargers(store: Store, config: Config, only: str | None) -> Sequence[str]:
    kept = store.chargers()
    if only is None:
        return kept
    known = {*kept, *(configured.options.id for configured in config.chargers)}
    if only not in known:
        raise ConfigError("--charger", f"no charger is called «{only}»", todo=f"Known: {', '.join(sorted(known))}")
    return [only]


def _power_rows(store: Store, chargers: Sequence[str], from_at: datetime, to_at: datetime) -> Iterator[Row]:
    """Yield rows by charger and measure in order of time, a month at a time so that memory stays small."""
    from_s = -(-to_epoch_s(from_at) // INTERVAL_S) * INTERVAL_S
    to_s = to_epoch_s(to_at)
    step_s = 31 * DAY_S
    for charger in chargers:
        for measure in store.measures(charger):
            for start_s in range(from_s, to_s, step_s):
                end_s = min(start_s + step_s, to_s)
                for interval in store.intervals(charger, measure, start_s, end_s):
                    yield power_row(charger, measure, interval)


def _session_rows(store: Store, chargers: Sequence[str], from_at: datetime, to_at: datetime) -> Iterator[Row]:
    """Yield the sessions that started in [from_at, to_at), oldest first."""
    for charger, session in reversed(store.sessions(None, from_at, to_at, overlapping=False)):
        if charger in chargers:
            yield session_row(charger, session)


def _write_csv(columns: Sequence[str], rows: Iterator[Row], zone: ZoneInfo) -> None:
    wide = with_local_columns(columns)
    sys.stdout.write(csv_text(wide, [], header=True))
    chunk: list[Mapping[str, object]] = []
    for row in rows:
        chunk.append(with_local(row, zone))
        if len(chunk) >= _CHUNK:
            sys.stdout.write(csv_text(wide, chunk, header=False))
            chunk.clear()
    sys.stdout.write(csv_text(wide, chunk, header=False))
