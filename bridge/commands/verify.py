"""`chargebridge verify`: what is held of each charger against what there should be."""

from __future__ import annotations

import argparse
import json
import os

from bridge.clock import SystemClock
from bridge.config.load import load_config
from bridge.engine.beginning import history_since
from bridge.engine.verification import SeriesFinding, SessionFinding, verify_series, verify_sessions
from bridge.store.sqlite import open_store
from bridge.types.facts import from_epoch_s, to_rfc3339

_HEADER = ("charger", "measure", "expected", "present", "filled later", "not to be had", "missing")


def main(options: argparse.Namespace) -> int:
    """Print a line per charger and measure; status 0 when nothing is missing, 1 otherwise."""
    config = load_config(options.config, os.environ)
    now = SystemClock().now()
    series: list[SeriesFinding] = []
    sessions: list[SessionFinding] = []
    silent: list[str] = []
    with open_store(config.data_dir, read_only=True) as store:
        for configured in config.chargers:
            charger = configured.options.id
            since_at = history_since(store, charger, configured.options.history_since, config.zone, now)
            found = verify_series(store, charger, since_at, now)
            series += found
            sessions.append(verify_sessions(store, charger))
            if not found:
                silent.append(charger)
    complete = not silent and all(finding.complete for finding in series)
    if options.json:
        print(json.dumps(_as_json(series, sessions, complete=complete), indent=2))
    else:
        _print_table(series)
        for finding in sessions:
            print(f"{finding.charger}: {finding.kept} sessions, {finding.open} running, {finding.flagged} flagged")
        for charger in silent:
            print(f"{charger}: nothing was ever read; see `chargebridge check`")
        print("complete" if complete else "not complete: `chargebridge backfill` fetches what is missing")
    return 0 if complete else 1


def _print_table(series: list[SeriesFinding]) -> None:
    rows: list[tuple[str, ...]] = [_HEADER]
    for finding in series:
        counts = finding.counts
        numbers = (counts.expected, counts.present, counts.filled, counts.absent, counts.missing)
        rows.append((finding.charger, finding.measure, *(f"{number:,}" for number in numbers)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    for row in rows:
        names = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        numbers_text = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        print("  ".join([*names, *numbers_text]))


def _as_json(series: list[SeriesFinding], sessions: list[SessionFinding], *, complete: bool) -> dict[str, object]:
    return {
        "complete": complete,
        "series": [
            {
                "charger": finding.charger,
                "measure": finding.measure,
                "from": to_rfc3339(from_epoch_s(finding.from_s)),
                "to": to_rfc3339(from_epoch_s(finding.to_s)),
                "expected": finding.counts.expected,
                "present": finding.counts.present,
                "filled_later": finding.counts.filled,
                "not_to_be_had": finding.counts.absent,
                "missing": finding.counts.missing,
            }
            for finding in series
        ],
        "sessions": [{"charger": f.charger, "kept": f.kept, "running": f.open, "flagged": f.flagged} for f in sessions],
    }
