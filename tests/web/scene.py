"""A site with a history: a real store in a folder, a board, and a server on a free port."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from pydantic import SecretStr

from bridge.engine.board import Board, ChargerCard, Progress, SinkCard, UplinkCard, UplinkState
from bridge.ports import CentralSystem, ChargePointInterface, Clock, Store, StoreDesk
from bridge.store.desk import StoreThread
from bridge.store.sqlite import open_store
from bridge.types.charger import ChargerIdentity, ConnectorReading, Snapshot
from bridge.types.facts import to_epoch_s
from bridge.types.series import INTERVAL_S, CellState, IntervalBatch, floor_interval_s
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus, Health, SessionFlag, StopReason
from bridge.web.options import WebOptions
from bridge.web.server import WebServer
from tests.clock import FakeClock
from tests.everest.fakes import FakeStation, letter

ZONE = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 6, 18, 19, 52, 30, tzinfo=UTC)
TOKEN = "correct-horse-battery-staple"


@dataclass
class Site:
    """A running server and what it was built from."""

    server: WebServer
    desk: StoreDesk
    board: Board
    clock: Clock
    http: httpx.AsyncClient
    stations: dict[tuple[str, str], ChargePointInterface]


@asynccontextmanager
async def running(
    folder: Path,
    *,
    clock: Clock | None = None,
    board: Board | None = None,
    options: WebOptions | None = None,
    token: str | None = None,
    central: CentralSystem | None = None,
) -> AsyncIterator[Site]:
    """Serve an empty store in `folder`, with a client whose base is the server; everything ends at the exit."""
    clock = clock or FakeClock(NOW)
    board = board or Board(started_at=clock.now() - timedelta(hours=30), site="home")
    desk = StoreThread(open_store(folder))
    try:
        stations: dict[tuple[str, str], ChargePointInterface] = {}
        secret = SecretStr(token) if token else None
        server = WebServer(options or WebOptions(port=0), desk, board, clock, ZONE, secret, stations, central)
        await server.start()
        try:
            async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=20) as http:
                yield Site(server, desk, board, clock, http, stations)
        finally:
            await server.stop()
    finally:
        await desk.aclose()


def card(board: Board, charger: str = "garage", **changes: Any) -> ChargerCard:
    """Add a charger that was just heard and is free; `changes` are attributes of its card."""
    made = ChargerCard(charger=charger, poll_s=10, url=f"http://{charger}.local")
    made.last_heard_at = NOW - timedelta(seconds=3)
    made.snapshot = snapshot()
    for name, value in changes.items():
        setattr(made, name, value)
    board.chargers[charger] = made
    return made


def station(site: Site, csms: str = "employer", *, charger: str = "garage", **changes: Any) -> FakeStation:
    """Add a station that is online and may command; `changes` are attributes of its card."""
    made = FakeStation(charger, csms)
    site.stations[charger, csms] = made
    shown = UplinkCard(
        charger, csms, f"wss://{csms}.example/ocpp/{charger}", identity=charger, version="1.6", control=True
    )
    shown.state = UplinkState.ONLINE
    shown.since = site.clock.now() - timedelta(hours=9)
    shown.last_message_at = site.clock.now()
    for name, value in changes.items():
        setattr(shown, name, value)
    site.board.uplinks[charger, csms] = shown
    return made


def furnish_stations(site: Site) -> tuple[FakeStation, FakeStation]:
    """Give the first charger two stations: one that goes well, one that is not reached and has dead letters."""
    now = site.clock.now()
    employer = station(site, "employer", open_transactions=1, limit_a=16.0, clock_offset_s=0.4)
    refund = station(
        site, "refund", control=False, state=UplinkState.CONNECTING, waiting=7, dead_letters=2, clock_offset_s=-31.2,
        since=now - timedelta(minutes=25),
        error="refund for garage (config.yaml:14): nothing answers at refund.example:443 (10 s of silence). Check the "
        "address and the line. What happens until then is kept and told later; it is tried again within 60 s.",
    )  # fmt: skip
    at = now - timedelta(hours=26)
    refund.letters = [
        letter(17, "StopTransaction", "FormationViolation: idTag is too long", at),
        letter(21, "MeterValues", "GenericError after 3 attempts", at + timedelta(hours=19)),
    ]
    return employer, refund


def snapshot(
    status: ConnectorStatus | None = ConnectorStatus.AVAILABLE,
    *,
    status_raw: str | None = None,
    power_w: float | None = 0.0,
    session_id: str | None = "34",
    session_energy_wh: float | None = 62_832.631,
    **around: float | None,
) -> Snapshot:
    """Return what a charger with one connector says; like real ones it keeps the last session's energy."""
    connector = ConnectorReading(
        evse_id=1,
        connector_id=1,
        status=status,
        status_raw=status_raw or status,
        power_w=power_w,
        current_a=None if power_w is None else power_w / 690,
        session_id=session_id,
        session_energy_wh=session_energy_wh,
    )
    return Snapshot(read_at=NOW, connectors=(connector,), **around)  # type: ignore[arg-type] # only its two powers


def keep_hours(
    store: Store, charger: str, hours: float, *, until: datetime = NOW, state: CellState = CellState.POLLED
) -> None:
    """Keep connector1 of exactly 1000 W in every interval of the last `hours` before `until`."""
    end_s = floor_interval_s(to_epoch_s(until))
    starts = range(end_s - int(hours * 3600), end_s, INTERVAL_S)
    batch = IntervalBatch(starts, {"connector1": [1000.0] * len(starts)})
    store.put_intervals(charger, batch, state, until)


def session(number: int, started_at: datetime, hours: float | None = 2.0, **changes: object) -> ChargingSession:
    """Return a charging session of 11 kW; None hours is one that still runs."""
    energy_wh = (hours or 1) * 11_000.0
    fields: dict[str, object] = {
        "session_id": str(number),
        "connector_id": 1,
        "started_at": started_at,
        "ended_at": None if hours is None else started_at + timedelta(hours=hours),
        "meter_start_wh": 1_000_000.0 + 20_000 * number,
        "meter_stop_wh": 1_000_000.0 + 20_000 * number + energy_wh,
        "energy_wh": energy_wh,
        "max_power_w": 11_012.0,
        "id_token": "74592454",
        "user": "Parkplatz 13",
        "stop_reason": None if hours is None else StopReason.EV_DISCONNECTED,
    }
    return ChargingSession.model_validate({**fields, **changes})


async def furnish(site: Site, *, days: int = 40) -> None:
    """Give the site two chargers with weeks of history, a gap of each reason, sessions, and sinks."""
    now = site.clock.now()
    running_since = now - timedelta(hours=2, minutes=34)
    garage = card(site.board)
    garage.identity = ChargerIdentity(
        vendor_name="Etrel", model="INCH Pro", serial_number="INC-0815", firmware_version="5.0.2"
    )
    garage.last_heard_at = now - timedelta(seconds=4)
    garage.snapshot = snapshot(
        ConnectorStatus.CHARGING,
        power_w=10_688.0,
        session_id="900",
        session_energy_wh=27_300.0,
        building_power_w=1_532.2,
        cluster_power_w=10_688.0,
    )
    garage.backfill = Progress(done=34, total=100)
    yard = card(site.board, "yard", health=Health.COMMUNICATION_FAULT)
    yard.identity = ChargerIdentity(vendor_name="Etrel", model="INCH Duo", firmware_version="4.4.1")
    yard.last_heard_at = now - timedelta(minutes=47)
    yard.next_poll_at = now + timedelta(seconds=38)
    yard.health_since = now - timedelta(minutes=37)
    yard.error = (
        "yard (config.yaml:19): nothing answers at 192.168.1.21:80 (3 s of silence). "
        "Check its power and its network cable. Polling goes on every 60 s; the others are not affected."
    )
    site.board.sinks["influxdb"] = SinkCard("influxdb", "http://influx.local:8086", delivered_points=48_211)
    site.board.sinks["influxdb"].last_delivered_at = now - timedelta(seconds=41)
    await site.desk.run(lambda store: _keep_history(store, now, running_since, days))


def _keep_history(store: Store, now: datetime, running_since: datetime, days: int) -> None:
    end_s = floor_interval_s(to_epoch_s(now))
    charging = [(running_since, now)]
    with store.transaction():
        sessions = [session(900, running_since, None, meter_stop_wh=None, energy_wh=None, max_power_w=None)]
        for day in range(1, days):
            if day % 3 == 2:
                continue
            started_at = now - timedelta(days=day, hours=(day * 7) % 5, minutes=(day * 13) % 60)
            hours = 1.2 + (day * 5) % 4
            flags = (SessionFlag.ENERGY_MISMATCH,) if day == 4 else ()
            sessions.append(session(900 - day, started_at, hours, flags=flags))
            charging.append((started_at, started_at + timedelta(hours=hours)))
        fault = session(
            850, now - timedelta(days=2, hours=8), 1 / 3600, stop_reason=StopReason.GROUND_FAULT,
            energy_wh=0.0, user=None, id_token=None,
            flags=(SessionFlag.SHORT, SessionFlag.FAULT_STOP),
        )  # fmt: skip
        store.put_sessions("garage", [*sessions, fault], now)
        busy = [(to_epoch_s(a), to_epoch_s(b)) for a, b in charging]
        for day in range(days, 0, -1):
            starts = range(end_s - day * 86_400, end_s - (day - 1) * 86_400, INTERVAL_S)
            _keep_day(store, starts, end_s, busy, now)


def _keep_day(store: Store, starts: range, end_s: int, busy: list[tuple[int, int]], now: datetime) -> None:
    """Keep a day of both chargers; garage lacks three hours of last night, yard everything since it is silent."""
    absent = (end_s - 15 * 3600, end_s - 12 * 3600)
    missing = (end_s - 9 * 3600, end_s - 8 * 3600)
    rows = [s for s in starts if not absent[0] <= s < absent[1] and not missing[0] <= s < missing[1]]
    connector = [_charging_w(s, busy) for s in rows]
    building = [420 + 900 * max(0.0, math.sin(s / 13_750)) ** 3 + 350 * (s // 1800 % 7 == 0) for s in rows]
    columns = {"connector1": connector, "building": building, "cluster": connector}
    state = CellState.POLLED if rows and rows[-1] >= end_s - 3 * 86_400 else CellState.FILLED
    store.put_intervals("garage", IntervalBatch(rows, columns), state, now)
    store.put_absent("garage", tuple(columns), *absent)
    heard = [s for s in starts if s < end_s - 3000]
    shape = [7400.0 if 20 <= (s // 3600 - 5) % 31 < 24 else 0.0 for s in heard]
    store.put_intervals("yard", IntervalBatch(heard, {"connector1": shape}), state, now)


def _charging_w(start_s: int, busy: list[tuple[int, int]]) -> float:
    for begin_s, end_s in busy:
        if begin_s <= start_s < end_s:
            fade = min(1.0, (end_s - start_s) / 2400) if end_s - begin_s > 7200 else 1.0
            return round(10_700 * max(0.25, fade) + 90 * math.sin(start_s / 777), 1)
    return 0.0
