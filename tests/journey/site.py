"""A folder as a person would have it: a config file, a data folder, and the commands run on them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bridge.clock import SystemClock
from bridge.errors import StoreError
from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.series import INTERVAL_S, floor_interval_s
from tests.journey.bridge_process import BridgeProcess, Done, run_command
from tests.journey.simulated_charger import TOKEN
from tests.journey.waiting import eventually

_EDGE_S = 20.0
"""longer than a test takes from filling to looking"""
_SETTLING = timedelta(minutes=30)
_SECRETS = {"CHARGER_TOKEN": TOKEN}


def now() -> datetime:
    """Return this instant; journeys go by the clock on the wall."""
    return SystemClock().now()


def settled_at() -> datetime:
    """Return an aligned instant before which every interval is in the store once `verify` says complete.

    The charger closes an interval at its end, and `verify` leaves it 15 more minutes.
    """
    return datetime.fromtimestamp(floor_interval_s(now().timestamp()), UTC) - _SETTLING


def avoid_interval_edge() -> None:
    """Wait while the 5-minute interval is about to end: then another one is due, and what was complete no longer is."""

    def is_far() -> bool:
        return INTERVAL_S - now().timestamp() % INTERVAL_S > _EDGE_S

    eventually(is_far, "the next interval", 2 * _EDGE_S)


@dataclass
class Site:
    """Chargers and sinks of one config; `start` and `command` write it first."""

    folder: Path
    chargers: list[dict[str, Any]] = field(default_factory=list)
    influx: list[dict[str, Any]] = field(default_factory=list)
    web: dict[str, Any] = field(default_factory=lambda: {"port": 0})
    secrets: dict[str, str] = field(default_factory=lambda: dict(_SECRETS))
    more: dict[str, Any] = field(default_factory=dict)
    """further settings, such as health"""

    def add_charger(self, charger: str, url: str, *, days: int = 3, **options: Any) -> None:
        """Poll a charger once a second, with the history of some whole days and this one."""
        since = (now() - timedelta(days=days)).date()
        usual = {"poll": "1s", "history_since": since, "token_env": "CHARGER_TOKEN"}
        self.chargers.append({"id": charger, "type": "etrel", "url": url, **usual, **options})

    @property
    def data_dir(self) -> Path:
        """Where its store lies."""
        return self.folder / "data"

    @property
    def store_file(self) -> Path:
        """The store's one file."""
        return self.data_dir / "chargebridge.sqlite"

    def write_config(self) -> Path:
        """Write the config and return where."""
        whole = {"timezone": "Europe/Zurich", "data_dir": "data", "web": self.web, "chargers": self.chargers}
        if self.influx:
            whole["influx"] = self.influx
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump({**whole, **self.more}, sort_keys=False), encoding="utf-8")
        return path

    def start(self, command: str = "run", *arguments: str, wrapper: Sequence[str] = ()) -> BridgeProcess:
        """Start a command that goes on."""
        whole = [command, "-c", str(self.write_config()), *arguments]
        return BridgeProcess(whole, self.folder, self.secrets, wrapper=wrapper)

    def command(self, command: str, *arguments: str) -> Done:
        """Run a command to its end; none of the secrets may stand in what it says."""
        done = run_command(command, *arguments, "-c", str(self.write_config()), environ=self.secrets)
        for secret in self.secrets.values():
            assert secret not in done.stdout + done.stderr
        return done

    def verify(self) -> dict[str, Any]:
        """Return what `verify --json` says; its status must say the same."""
        done = self.command("verify", "--json")
        found: dict[str, Any] = json.loads(done.stdout)
        assert done.status == (0 if found["complete"] else 1)
        return found

    def is_complete(self) -> bool:
        """Tell whether `verify` finds nothing missing; False also while there is no store yet."""
        return self.command("verify").status == 0

    def is_complete_for(self, charger: str) -> Callable[[], bool]:
        """Return a look at whether one charger has every interval, whatever the others have."""

        def look() -> bool:
            series = [one for one in self.verify()["series"] if one["charger"] == charger]
            return bool(series) and all(one["missing"] == 0 for one in series)

        return look

    def export(self, what: str, *arguments: str) -> list[dict[str, str]]:
        """Return the rows of `export` in CSV."""
        done = self.command("export", what, *arguments)
        assert (done.status, done.stderr) == (0, "")
        return list(csv.DictReader(done.stdout.splitlines()))

    def store(self) -> SqliteStore:
        """Open the store to read."""
        return open_store(self.data_dir, read_only=True)

    def last_seq(self) -> int:
        """Return how far the journal is; 0 while there is no store yet."""
        try:
            with self.store() as store:
                return store.last_seq()
        except StoreError:
            return 0


def energies_mwh(log: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """Return the registers at start and end, in mWh, of the ended sessions of a charger's own log, by id."""
    return {
        str(row["chargingSessionId"]): (row["meterValueStart"], row["meterValueEnd"])
        for row in log
        if row["chargingEndedTime"] is not None
    }


def kept_energies_mwh(rows: Iterable[Mapping[str, str]]) -> dict[str, tuple[int, int]]:
    """Return the same of exported sessions."""
    return {
        row["session_id"]: (round(float(row["meter_start_wh"]) * 1000), round(float(row["meter_stop_wh"]) * 1000))
        for row in rows
        if row["ended_at"]
    }
