"""Many chargers that charge, each a station of one central system: store, outbox and sockets as they are.

There are no chargers and no polls: the bench puts what would have been read into the store, which is not counted, and
moves the time. What is counted is all that a station does from the sampling instant on.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge.engine.board import Board, ChargerCard, UplinkCard, UplinkState
from bridge.engine.collector import spare_the_collector
from bridge.engine.commander import ChargerCommander
from bridge.engine.recorder import Recorder
from bridge.ports import Clock, Store
from bridge.store.desk import StoreThread
from bridge.store.sqlite import open_store
from bridge.types.charger import ChargerIdentity, ConnectorReading
from bridge.types.charger_options import SupplyOptions
from bridge.types.journal import EntryKind
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.station_options import OcppOptions
from bridge.types.words import ConnectorStatus
from bridge.uplink.build import BuiltStation, StationPlan, build_station, new_card
from bridge.uplink.house import House

CSMS = "bench"
BEGIN_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
EVERY_S = 300
"""between samples, as is usual"""
MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"
"""eight values of three phases"""
METER_START_WH = 1000.0
POLL_EVERY_S = 10
READINGS = 6
"""between two samples: polls every 10 s, a sample every minute"""
_STARTED_AFTER_S = 61
"""stations connect one after the other within a minute"""
_LOOK_S = 0.02
_QUIET_S = 0.001
"""of CPU between two looks: nobody works any more"""
_QUIET_LOOKS = 3
_LIMIT_S = 120.0


class MovedClock:
    """A clock that stands still until it is moved; whoever sleeps up to then is woken at once."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._monotonic_s = 1000.0
        self._order = 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the instant at which it stands."""
        return self._now

    def monotonic_s(self) -> float:
        """Return seconds that only `move` moves."""
        return self._monotonic_s

    async def sleep(self, delay_s: float) -> None:
        """Wait until it was moved that far."""
        if delay_s <= 0:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.get_running_loop().create_future()
        self._order += 1
        heapq.heappush(self._sleepers, (self._monotonic_s + delay_s, self._order, sleeper))
        await sleeper

    def move(self, seconds: float) -> None:
        """Let that many seconds pass."""
        self._monotonic_s += seconds
        self._now += timedelta(seconds=seconds)
        while self._sleepers and self._sleepers[0][0] <= self._monotonic_s:
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)


def charger_name(number: int) -> str:
    """Return what a charger is called."""
    return f"charger{number}"


def reading(step: int, number: int = 0) -> ConnectorReading:
    """Return what a charger says of a vehicle that charges on three phases, eight values that differ every time."""
    wobble = (step * 7 + number) % 100 / 10
    return ConnectorReading(
        evse_id=1,
        connector_id=1,
        status=ConnectorStatus.CHARGING,
        status_raw=None,
        power_w=11_000 + wobble,
        current_a=15.8 + wobble / 10,
        current_l2_a=15.9 + wobble / 10,
        current_l3_a=16.1 + wobble / 10,
        voltage_l1_v=229.5 + wobble,
        voltage_l2_v=230.5 + wobble,
        voltage_l3_v=231.5 + wobble,
        register_wh=METER_START_WH + 900.0 * step + wobble,
    )


class Site:
    """The bridge around the stations. Methods run in one event loop; `start`, then whatever, then `stop`."""

    def __init__(
        self,
        folder: Path,
        url: str,
        count: int,
        clock: Clock,
        *,
        since: date | None = None,
        version: OcppVersion = OcppVersion.V16,
    ) -> None:
        self.clock = clock
        self._store = open_store(folder)
        self.desk = StoreThread(self._store)
        self._board = Board(clock.now(), "bench")
        self.recorder = Recorder(self.desk, clock, self._board)
        self._url = url
        self._since = since
        self._version = version
        self._count = count
        self.cards: list[UplinkCard] = []
        self._tasks: list[asyncio.Task[None]] = []

    def put(self, work: Callable[[Store], object]) -> None:
        """Put something into the store, in one commit, before `start`."""
        with self._store.transaction():
            work(self._store)

    def start(self) -> None:
        """Build the stations and let them run."""
        house = House(
            self.desk, self.recorder, ChargerCommander([], self.desk, self.recorder, self.clock), self.clock, _ZONE
        )
        for number in range(self._count):
            built = self._build(number, house)
            jobs = (built.uplink.run, built.charge_point.run)
            self._tasks += [asyncio.create_task(job()) for job in jobs]

    def _build(self, number: int, house: House) -> BuiltStation:
        name = charger_name(number)
        card = self._board.chargers[name] = ChargerCard(name, 10.0, "http://charger")
        card.identity = ChargerIdentity(vendor_name="Bench", model="B1")
        options = OcppOptions.model_validate(
            {"name": CSMS, "url": self._url, "identity": name, "since": self._since, "version": self._version.value}
        )
        plan = StationPlan(options, f"{name} → {CSMS}", "HOME", SupplyOptions())
        self.cards.append(new_card(plan, name))
        return build_station(plan, card, self.cards[-1], house, number)

    async def until(self, condition: Callable[[UplinkCard], bool]) -> None:
        """Wait until it is so of every station, and nobody works any more; RuntimeError when it never is."""
        end_s = time.monotonic() + _LIMIT_S
        while not all(condition(card) for card in self.cards):
            for task in self._tasks:
                if task.done():
                    task.result()
            if time.monotonic() > end_s:
                raise RuntimeError(f"not so within {_LIMIT_S:g} s: {next(c for c in self.cards if not condition(c))}")
            await asyncio.sleep(_LOOK_S)
        await quiet()

    async def stop(self) -> None:
        """Let go of everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.desk.aclose()


_ZONE = ZoneInfo("Europe/Zurich")


async def quiet() -> None:
    """Wait until this process has nothing to do, and does not only wait for its turn on a busy machine."""
    looks = 0
    while looks < _QUIET_LOOKS:
        used_s = time.process_time()
        await asyncio.sleep(_LOOK_S)
        looks = looks + 1 if time.process_time() - used_s < _QUIET_S else 0


class ChargingSite:
    """Stations with a transaction each, which runs on and on; each is polled so many times for every sample."""

    def __init__(
        self,
        folder: Path,
        url: str,
        count: int,
        readings: int = READINGS,
        version: OcppVersion = OcppVersion.V16,
    ) -> None:
        self._count = count
        self._readings = readings
        self._every_s = readings * POLL_EVERY_S
        self._clock = MovedClock(BEGIN_AT)
        self._step = 0
        self._site = Site(folder, url, count, self._clock, version=version)

    async def start(self) -> None:
        """Let all connect, a few at a time as a real bridge does, and begin their transactions."""
        self._site.put(self._sessions)
        self._site.start()
        spare_the_collector()
        await quiet()
        for _ in range(_STARTED_AFTER_S):
            self._clock.move(1)
            await asyncio.sleep(_LOOK_S)
        await self._site.until(lambda card: card.state is UplinkState.ONLINE and card.open_transactions == 1)
        self._clock.move(self._every_s - (self._clock.now() - BEGIN_AT).total_seconds() % self._every_s)
        await self._site.until(lambda _: True)

    def _sessions(self, store: Store) -> None:
        session = ChargingSession(
            session_id="1", connector_id=1, started_at=BEGIN_AT, meter_start_wh=METER_START_WH, id_token="04AABBCC"
        )
        for number in range(self._count):
            name = charger_name(number)
            store.append(EntryKind.STATUS, name, BEGIN_AT, _CHARGING)
            store.put_sessions(name, [session], BEGIN_AT)
            store.put_setting(f"ocpp/{name}/{CSMS}/key/MeterValuesSampledData", MEASURANDS)
            store.put_setting(f"ocpp/{name}/{CSMS}/key/MeterValueSampleInterval", str(self._every_s))

    async def prepare(self) -> None:
        """Put what is read until the next sample into the store."""
        self._step += 1
        now, step = self._clock.now(), self._step

        def put(store: Store) -> None:
            with store.transaction():
                for poll in range(self._readings):
                    for number in range(self._count):  # each at its own moment, as real polls are
                        at = now + timedelta(seconds=POLL_EVERY_S * (poll + number / self._count))
                        store.put_readings(charger_name(number), [(at, reading(step, number))], at)

        await self._site.desk.run(put)
        self._clock.move(self._every_s - 1)
        await quiet()

    async def sample(self) -> None:
        """Let the time of the next sample come and wait until everybody has told it."""
        self._clock.move(1)
        self._site.recorder.announce()
        now = self._clock.now()
        await self._site.until(lambda card: card.last_message_at == now)

    async def idle(self) -> None:
        """Let a minute pass in which nothing happens, up to just before the next sample."""
        for seconds in (10, 10, 10, 10, 10, 9):
            self._clock.move(seconds)
            await quiet()

    async def stop(self) -> None:
        """Let go of everything."""
        await self._site.stop()


_CHARGING = {"connector_id": 1, "status": ConnectorStatus.CHARGING.value, "raw": None, "fault": None}
