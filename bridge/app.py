"""The composition root: builds everything from the config and joins it. The only room that knows all the others."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, cast

from adapters import registry
from bridge.config.load import Config, ConfiguredCharger, ConfiguredInflux, ConfiguredMqtt
from bridge.engine.beginning import begin_history
from bridge.engine.board import Board, ChargerCard, SinkCard
from bridge.engine.collector import spare_the_collector
from bridge.engine.commander import ChargerCommander
from bridge.engine.health import HealthThresholds, HealthWatch
from bridge.engine.housekeeping import Housekeeping
from bridge.engine.recorder import Recorder
from bridge.engine.supervisor import keep_running
from bridge.engine.timetable import Timetable
from bridge.engine.worker import ChargerWorker
from bridge.errors import BridgeError, ConfigError
from bridge.http.client import ChargerHttp
from bridge.ports import ChargePointInterface, Charger, Clock, Commander, Store, StoreDesk
from bridge.sinks.pump import Pump
from bridge.store.desk import StoreThread
from bridge.store.sqlite import DataDirLock, open_checked_store, open_store
from bridge.types.journal import EntryKind
from bridge.uplink.house import House
from bridge.web.server import WebServer

if TYPE_CHECKING:
    from bridge.everest.mqtt import EverestMqtt
    from bridge.sinks.influx import InfluxSink
    from bridge.uplink.build import BuiltStation

_LOG = logging.getLogger(__name__)
Job = Callable[[], Awaitable[None]]

_RECENT_SECOND = 7
"""seconds past every fifth minute: the charger has closed its interval by then"""
_COMMIT_SECOND = 40
_STOP_LIMIT_S = 0.7
_LAST_COMMIT_LIMIT_S = 0.7
_WEB_RETRY_S = 30.0


def build_charger(configured: ConfiguredCharger, clock: Clock) -> Charger:
    """Return a charger of the config, without asking it anything."""
    http = ChargerHttp(configured.options, configured.where)
    return registry.build(configured.options.type, configured.options, http, configured.credentials, clock)


def new_board(config: Config, clock: Clock) -> Board:
    """Return a board with a card for every charger and sink of the config."""
    board = Board(started_at=clock.now(), site=config.site)
    for configured in config.chargers:
        options = configured.options
        board.chargers[options.id] = ChargerCard(options.id, options.poll_s, options.url)
    for sink in config.influx:
        board.sinks[sink.options.name] = SinkCard(sink.options.name, sink.options.url)
    return board


def build_influx(configured: ConfiguredInflux, site: str) -> InfluxSink:
    """Return a sink; its client library is imported only now."""
    module = import_module("bridge.sinks.influx")  # 30 MB that only those pay who use it
    return cast("InfluxSink", module.InfluxSink(configured.options, site, configured.token))


def build_stations(config: Config, board: Board, house: House) -> list[BuiltStation]:
    """Return the stations of the config; what they are made of is imported only where there is one."""
    if not any(configured.stations for configured in config.chargers):
        return []
    module = import_module("bridge.uplink.build")  # 12 MB that only those pay who use it
    stations: list[BuiltStation] = []
    for configured in config.chargers:
        options = configured.options
        for wanted in configured.stations:
            plan = module.StationPlan(
                wanted.options,
                wanted.where,
                options.id_token or options.id,
                options.supply,
                wanted.password,
                wanted.ca_file,
                wanted.certificate_file,
                wanted.key_file,
            )
            card = module.new_card(plan, options.id)
            board.uplinks[options.id, wanted.options.name] = card
            stations.append(module.build_station(plan, board.chargers[options.id], card, house, len(stations)))
    return stations


def build_broker(
    configured: ConfiguredMqtt,
    stations: Mapping[tuple[str, str], ChargePointInterface],
    clock: Clock,
    board: Board,
) -> EverestMqtt:
    """Return EVerest's interface over one broker. Raises ConfigError where the extra `mqtt` is not installed."""
    try:
        module = import_module("bridge.everest.mqtt")
    except ModuleNotFoundError as error:
        raise ConfigError(
            configured.where,
            f"MQTT needs a package that is not installed ({error.name})",
            todo="Install it with: pip install 'chargebridge[mqtt]', or take `mqtt` out of the config",
        ) from None
    made = module.EverestMqtt(
        configured.options, stations, clock, board, where=configured.where, password=configured.password
    )
    return cast("EverestMqtt", made)


@dataclass(slots=True)
class Running:
    """The parts of a running bridge that others may look at."""

    board: Board
    desk: StoreDesk
    web: WebServer
    commander: Commander


async def run_bridge(
    config: Config,
    clock: Clock,
    stop: asyncio.Event,
    on_ready: Callable[[Running], None] = lambda _: None,
    *,
    web_required: bool = False,
) -> None:
    """Run until `stop` is set; then everything that was read is on disk within two seconds.

    A dead charger, a dead sink and a taken port do not keep it from starting, except that `web_required` makes
    the last an error. Raises StoreError when the store cannot be opened or is in use.
    """
    async with contextlib.AsyncExitStack() as parts:
        lock = DataDirLock(config.data_dir)
        parts.callback(lock.release)
        store, damage = open_checked_store(config.data_dir, clock)
        desk = StoreThread(store)
        parts.push_async_callback(desk.aclose)
        reading_desk = StoreThread(open_store(config.data_dir, read_only=True), "store-reader")
        parts.push_async_callback(reading_desk.aclose)

        board = new_board(config, clock)
        if damage is not None:
            board.notes["store file"] = damage
            _LOG.error("%s", damage)
        for warning in config.warnings:
            _LOG.warning("%s", warning)
        recorder = Recorder(desk, clock, board)
        thresholds = HealthThresholds(config.health.communication_fault_after_s, config.health.charger_fault_after_s)
        health = HealthWatch(board, recorder, clock, thresholds)

        workers = await _build_workers(config, board, desk, recorder, health, clock)
        for worker in workers:
            parts.push_async_callback(worker.aclose)
        commander = ChargerCommander(workers, desk, recorder, clock)
        await commander.restore()
        parts.push_async_callback(commander.aclose)
        pumps: dict[str, Pump] = {}
        for configured_sink in config.influx:
            sink = build_influx(configured_sink, config.site)
            parts.push_async_callback(sink.aclose)
            pumps[sink.name] = Pump(sink, desk, clock, board)
            recorder.on_commit(pumps[sink.name].wake)
        stations = build_stations(config, board, House(desk, recorder, commander, clock, config.zone))
        for worker in workers:
            recorder.on_recovery(worker.history.wake_fill)
        housekeeping = Housekeeping(desk, [worker.history for worker in workers], clock, config.readings_retention_s)
        timetable = build_timetable(clock, recorder, health, workers, housekeeping)
        charge_points = {(one.charge_point.charger, one.charge_point.csms): one.charge_point for one in stations}
        web = WebServer(config.web, reading_desk, board, clock, config.zone, config.web_token, charge_points)
        parts.push_async_callback(web.stop)
        if web_required:
            await web.start()

        brokers = [build_broker(broker, charge_points, clock, board) for broker in config.mqtt]

        async def serve() -> None:
            if not web_required:
                await _start_web(web, board, clock)
            on_ready(Running(board, desk, web, commander))

        jobs: list[tuple[str, Job]] = [
            ("web server", serve),
            ("timetable", timetable.run),
            ("recorder", recorder.run),
            ("housekeeping", housekeeping.run),
            *((f"delivery to {name}", pump.run) for name, pump in pumps.items()),
            *((f"station {station.uplink.station.name}", station.uplink.run) for station in stations),
            *((f"variables of {station.uplink.station.name}", station.charge_point.run) for station in stations),
            *((f"EVerest's interface over {broker.where}", broker.run) for broker in brokers),
            *((f"polling of {worker.name}", worker.poll) for worker in workers),
            *((f"history of {worker.name}", worker.keep_history) for worker in workers),
        ]
        tasks = [asyncio.create_task(keep_running(name, job, clock, board), name=name) for name, job in jobs]
        spare_the_collector()
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=_STOP_LIMIT_S)
        await _commit_last(recorder)


async def _commit_last(recorder: Recorder) -> None:
    """Bring what was read to the store before the end, within a limit: somebody waits for it."""
    try:
        async with asyncio.timeout(_LAST_COMMIT_LIMIT_S):
            kept = await recorder.commit()
    except TimeoutError:
        kept = False
    if not kept:
        _LOG.error(
            "the store took nothing at the end: the readings of the last minutes are lost; sessions and power"
            " are fetched again at the next start"
        )


async def _build_workers(
    config: Config, board: Board, desk: StoreDesk, recorder: Recorder, health: HealthWatch, clock: Clock
) -> list[ChargerWorker]:
    now = clock.now()

    def since(store: Store) -> list[datetime]:
        starts = []
        with store.transaction():
            for configured in config.chargers:
                options = configured.options
                starts.append(begin_history(store, options.id, options.history_since, config.zone, now))
        return starts

    workers = []
    for configured, since_at in zip(config.chargers, await desk.run(since), strict=True):
        worker = ChargerWorker(
            configured.options.id,
            build_charger(configured, clock),
            since_at,
            board=board,
            desk=desk,
            recorder=recorder,
            health=health,
            clock=clock,
        )
        await worker.restore()
        workers.append(worker)
    return workers


def build_timetable(
    clock: Clock,
    recorder: Recorder,
    health: HealthWatch,
    workers: Sequence[ChargerWorker],
    housekeeping: Housekeeping,
) -> Timetable:
    """Return the timetable that wakes everybody."""
    timetable = Timetable(clock, lambda jump_s: recorder.note(EntryKind.CLOCK_JUMP, "", {"jump_s": jump_s}))
    timetable.every_minutes(5, 0, health.check)

    def wake_recent() -> None:
        for worker in workers:
            worker.history.wake_recent()

    def wake_fill() -> None:
        for worker in workers:
            worker.history.wake_fill()

    timetable.every_minutes(5, _RECENT_SECOND, wake_recent)
    timetable.hourly("17:30", wake_fill)
    timetable.every_minutes(5, _COMMIT_SECOND, recorder.wake)
    timetable.nightly("03:40", housekeeping.wake)
    return timetable


async def _start_web(web: WebServer, board: Board, clock: Clock) -> None:
    """Start the page; a port that is taken is tried again, and everything else goes on."""
    while True:
        try:
            await web.start()
        except BridgeError as error:
            error.meanwhile = f"Everything else goes on; the page is tried again every {_WEB_RETRY_S:.0f} s"
            if board.notes.get("page") != str(error):
                _LOG.error("%s", error)
            board.notes["page"] = str(error)
            await clock.sleep(_WEB_RETRY_S)
        else:
            board.notes.pop("page", None)
            return
