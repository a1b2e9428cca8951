"""`chargebridge check`: tries everything that `run` will do once, and says what was seen and what to do.

A central system is only connected to: nothing is sent, not even a BootNotification. Many of them close a station's
older connection when another one comes under its identity, so while `run` uses this data_dir its stations are left
alone; a second connection would push the real one out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path

from bridge.app import build_charger, build_influx
from bridge.clock import SystemClock
from bridge.config.load import Config, ConfiguredCharger, ConfiguredInflux, ConfiguredStation, load_config
from bridge.config.model import CONNECTING
from bridge.errors import BridgeError, ChargerUnsupportedError, StoreError
from bridge.ports import Charger, Clock
from bridge.store.sqlite import DataDirLock
from bridge.types.charger import Snapshot
from bridge.types.facts import to_epoch_s, to_rfc3339
from bridge.types.series import DAY_S, floor_interval_s
from bridge.types.station_options import PROFILE_CLIENT_CERTIFICATE
from bridge.types.words import Ability

_MOST_SKEW_S = 60.0
_LOOK_BACK_S = 7200
_FAREWELL_S = 1.0
"""within it a central system that does not want a station closes the connection that it let be opened"""
_POWERS = {
    Ability.START_CHARGING: "start",
    Ability.STOP_CHARGING: "stop",
    Ability.LIMIT_CURRENT: "limit the current",
    Ability.UNLOCK_CONNECTOR: "unlock the connector",
    Ability.SET_AVAILABILITY: "take it out of service",
    Ability.RESTART: "restart it",
}
"""what a central system with control can do with each ability of a charger"""


class Report:
    """Prints a line per finding and remembers whether one was bad."""

    def __init__(self) -> None:
        self.good = True

    def ok(self, what: str, seen: str) -> None:
        """Tell of something that works."""
        print(f"ok    {what}: {seen}", flush=True)

    def note(self, what: str, seen: str, todo: str = "") -> None:
        """Tell of something that a person should know and that keeps nothing from working."""
        print(f"note  {what}: {seen}{'. ' if todo else ''}{todo}", flush=True)

    def bad(self, error: BridgeError) -> None:
        """Tell of something that does not work."""
        self.good = False
        print(f"FAIL  {error}", flush=True)

    async def attempt(self, what: str, look: Callable[[], Awaitable[str]], *, required: bool = True) -> bool:
        """Do one look and tell of it; False when it failed. What some chargers lack is not `required`."""
        try:
            self.ok(what, await look())
        except ChargerUnsupportedError as error:
            if required:
                self.bad(error)
                return False
            self.note(what, error.seen, "The bridge does without it")
        except BridgeError as error:
            error.meanwhile = ""
            self.bad(error)
            return False
        return True


def main(options: argparse.Namespace) -> int:
    """Check all; status 0 when everything works, 1 otherwise, 78 for a config that cannot be used."""
    config = load_config(options.config, os.environ)
    return 0 if asyncio.run(_check_all(config, SystemClock())) else 1


async def _check_all(config: Config, clock: Clock) -> bool:
    report = Report()
    report.ok(str(config.path), _tell_config(config))
    for warning in config.warnings:
        report.note("config", warning)
    _check_data_dir(config, report)
    for configured in config.chargers:
        if configured.options.type == CONNECTING:
            todo = "While `run` is running, the page says how it stands"
            report.note(configured.where, "it connects by itself, and is not waited for here", todo)
            await _check_stations(configured, frozenset(Ability), None, config.data_dir, report)
            continue
        charger = build_charger(configured, clock)
        try:
            snapshot = await _check_charger(configured.where, charger, report, clock)
        finally:
            await charger.aclose()
        await _check_stations(configured, charger.abilities, snapshot, config.data_dir, report)
    for sink in config.influx:
        await _check_influx(sink, config.site, report)
    print("everything works" if report.good else "something does not work yet; the lines above say what to do")
    return report.good


def _tell_config(config: Config) -> str:
    stations = sum(len(configured.stations) for configured in config.chargers)
    parts = ["1 charger" if len(config.chargers) == 1 else f"{len(config.chargers)} chargers"]
    if stations:
        parts.append("1 OCPP station" if stations == 1 else f"{stations} OCPP stations")
    parts.append(f"{len(config.influx)} InfluxDB")
    if config.mqtt:
        parts.append(f"{len(config.mqtt)} MQTT")
    return f"{', '.join(parts)}, site «{config.site}»"


def _check_data_dir(config: Config, report: Report) -> None:
    folder = config.data_dir
    while not folder.exists():
        folder = folder.parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        free = os.statvfs(folder)
        report.ok("data_dir", f"{config.data_dir} can be written, {free.f_bavail * free.f_frsize / 1e9:.1f} GB free")
    else:
        todo = "Give this user the right to write there, or set another `data_dir`"
        report.bad(BridgeError("data_dir", f"{config.data_dir} cannot be made or written by this user", todo=todo))


async def _check_charger(name: str, charger: Charger, report: Report, clock: Clock) -> Snapshot | None:
    """Look at everything once; return how the charger is, None where it does not say."""
    last: list[Snapshot] = []

    async def status() -> str:
        snapshot = await charger.snapshot()
        last.append(snapshot)
        return _tell_snapshot(snapshot)

    if not await report.attempt(f"{name} status", status):
        return None
    for snapshot in last:
        for remark in snapshot.notes:
            report.note(name, remark)
        _check_clock(name, snapshot, report)
        if snapshot.reports_to_csms is not None:
            report.note(name, f"the box itself reports to a central system ({snapshot.reports_to_csms})")
    await report.attempt(f"{name} identity", lambda: _identity(charger), required=False)
    if charger.keeps_session_log:
        await report.attempt(f"{name} sessions", lambda: _one_session(charger, clock), required=False)
    else:
        report.note(f"{name} sessions", "the charger keeps no log", "The bridge notes the sessions that it sees")
    await report.attempt(f"{name} power", lambda: _one_power_row(charger, clock), required=False)
    return last[-1] if last else None


def _tell_snapshot(snapshot: Snapshot) -> str:
    connectors = ", ".join(
        f"connector {c.connector_id} {c.status or c.status_raw} {_watts(c.power_w)}" for c in snapshot.connectors
    )
    around = f"; building {_watts(snapshot.building_power_w)}, cluster {_watts(snapshot.cluster_power_w)}"
    return f"answers and takes the login; {connectors}{around}"


def _watts(power_w: float | None) -> str:
    return "not reported" if power_w is None else f"{power_w:.0f} W"


def _check_clock(name: str, snapshot: Snapshot, report: Report) -> None:
    if snapshot.source_at is None:
        report.note(f"{name} clock", "the charger does not tell its time")
        return
    skew_s = (snapshot.source_at - snapshot.read_at).total_seconds()
    if abs(skew_s) <= _MOST_SKEW_S:
        report.ok(f"{name} clock", f"differs by {abs(skew_s):.0f} s from this computer's")
    else:
        side = "ahead of" if skew_s > 0 else "behind"
        seen = f"its clock is {abs(skew_s):.0f} s {side} this computer's"
        report.note(f"{name} clock", seen, "Set the one that is wrong; rows carry the charger's own times")


async def _identity(charger: Charger) -> str:
    identity = await charger.identify()
    parts = (identity.model, identity.serial_number, identity.firmware_version)
    return " ".join((identity.vendor_name, *(part for part in parts if part)))


async def _one_session(charger: Charger, clock: Clock) -> str:
    now = clock.now()
    async for page in charger.sessions(now - timedelta(days=30), now + timedelta(days=1)):
        for session in page[:1]:
            energy = "no energy told" if session.energy_wh is None else f"{session.energy_wh / 1000:.2f} kWh"
            return f"the latest is {session.session_id}, started {to_rfc3339(session.started_at)}, {energy}"
    return "none in the last 30 days"


async def _one_power_row(charger: Charger, clock: Clock) -> str:
    now_s = floor_interval_s(to_epoch_s(clock.now()))
    measures = await charger.measures()
    if not measures:
        return "the charger keeps no history; the rows are made from what is polled"
    batch = await charger.intervals(measures, max(now_s - _LOOK_BACK_S, now_s - now_s % DAY_S), now_s)
    if not batch.starts_s:
        return f"no rows in the last two hours for {', '.join(measures)}"
    values = ", ".join(f"{measure} {_watts(column[-1])}" for measure, column in batch.power_w.items())
    return f"{len(batch.starts_s)} rows of the last two hours; the latest: {values}"


async def _check_stations(
    charger: ConfiguredCharger,
    abilities: frozenset[Ability],
    snapshot: Snapshot | None,
    data_dir: Path,
    report: Report,
) -> None:
    if not charger.stations:
        return
    _tell_powers(charger, abilities, report)
    reports_to = snapshot.reports_to_csms if snapshot else None
    obstacle = _what_holds(data_dir)
    for station in charger.stations:
        if reports_to is not None and not station.options.although_charger_reports:
            seen = f"`run` will not connect it while the charger itself reports to a central system ({reports_to})"
            todo = "Switch that off at the charger, or set although_charger_reports: true"
            report.note(station.where, seen, todo)
        if obstacle:
            report.note(station.where, f"not tried: {obstacle}", "The page shows how the station stands")
        else:
            await report.attempt(station.where, partial(_greet, station))


def _tell_powers(charger: ConfiguredCharger, abilities: frozenset[Ability], report: Report) -> None:
    """Say what control means for this charger: a central system is told Accepted only where something happens."""
    *others, last = ["", *(word for ability, word in _POWERS.items() if ability in abilities)]
    powers = f"{', '.join(filter(None, others))} and {last}" if others[1:] else last
    name = next((station.options.name for station in charger.stations if station.options.control), None)
    if powers:
        who = "a central system with control: true could" if name is None else f"«{name}» has control and can"
        report.note(charger.where, f"{who} {powers}")
    elif name is not None:
        report.note(charger.where, f"«{name}» has control, and this charger takes no command")


def _what_holds(data_dir: Path) -> str:
    """Return why no station may be connected from here; empty when none is connected already."""
    try:
        if (data_dir / "chargebridge.lock").exists():  # looking must not make one
            DataDirLock(data_dir).release()
    except StoreError as error:
        return error.seen
    except OSError as error:
        return f"whether `run` uses {data_dir} cannot be seen ({(error.strerror or str(error)).lower()})"
    return ""


async def _greet(station: ConfiguredStation) -> str:
    """Connect, wait whether it stays, and leave without a word."""
    link = import_module("bridge.uplink.line.link")  # with its websocket library, which others do not need
    options = station.options
    address = link.Address(
        where=station.where,
        url=options.url,
        identity=options.identity,
        subprotocols=tuple(version.subprotocol for version in options.versions),
        password=station.password,
        ca_file=station.ca_file,
        certificate_file=station.certificate_file,
        key_file=station.key_file,
    )
    line = await link.open_line(address)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                async for _ in line.texts():
                    pass  # it may ask at once; nobody is here to answer
    finally:
        await line.close()
    proof = " and the password" if station.password else ""
    if options.security_profile == PROFILE_CLIENT_CERTIFICATE:
        proof = " and the station's certificate"
    return f"connects, takes {line.subprotocol}{proof}"


async def _check_influx(configured: ConfiguredInflux, site: str, report: Report) -> None:
    sink = build_influx(configured, site)
    try:
        await report.attempt(f"influx {configured.options.name}", sink.probe)
    finally:
        await sink.aclose()
