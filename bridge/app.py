"""The composition root: builds everything from the config and joins it. The only room that knows all the others."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from adapters import registry
from bridge.central.house import CentralHouse
from bridge.config.load import Config, ConfiguredCharger, ConfiguredInflux, ConfiguredMqtt
from bridge.config.model import CONNECTING
from bridge.engine.board import Board, ChargerCard, SinkCard
from bridge.engine.collector import spare_the_collector
from bridge.engine.commander import ChargerCommander
from bridge.engine.crew import Crew, jobs_of
from bridge.engine.health import HealthThresholds, HealthWatch
from bridge.engine.housekeeping import Housekeeping
from bridge.engine.recorder import Recorder
from bridge.engine.site_limit.caps import Caps
from bridge.engine.site_limit.controller import Sited, SiteLimit
from bridge.engine.supervisor import Tasks
from bridge.engine.timetable import Timetable
from bridge.engine.worker import ChargerWorker
from bridge.errors import ConfigError
from bridge.http.client import ChargerHttp
from bridge.ports import ChargePointInterface, Charger, Clock, Commander, StoreDesk
from bridge.serving import until_started
from bridge.sinks.pump import Pump
from bridge.store.desk import StoreThread
from bridge.store.sqlite import DataDirLock, open_checked_store, open_store
from bridge.types.charger_options import ChargerOptions, HttpChargerOptions, SupplyOptions
from bridge.types.journal import EntryKind
from bridge.uplink.house import House
from bridge.web.server import WebServer

if TYPE_CHECKING:
    from bridge.central.central import Central
    from bridge.central.station import Station
    from bridge.everest.mqtt import EverestMqtt
    from bridge.sinks.influx import InfluxSink
    from bridge.uplink.build import BuiltStation

_LOG = logging.getLogger(__name__)

_RECENT_SECOND = 7
"""seconds past every fifth minute: the charger has closed its interval by then"""
_COMMIT_SECOND = 40
_STOP_LIMIT_S = 0.7
_LAST_COMMIT_LIMIT_S = 0.7


def build_charger(configured: ConfiguredCharger, clock: Clock) -> Charger:
    """Return a charger of the config that is asked over HTTP, without asking it anything."""
    options = configured.options
    assert isinstance(options, HttpChargerOptions), "who connects by itself is built with its station"
    http = ChargerHttp(options, configured.where)
    return registry.build(options, http, configured.credentials, clock)


def new_board(config: Config, clock: Clock) -> Board:
    """Return a board with a card for every charger and sink of the config."""
    board = Board(started_at=clock.now(), site=config.site)
    for configured in config.chargers:
        add_card(board, configured.options)
    for sink in config.influx:
        board.sinks[sink.options.name] = SinkCard(sink.options.name, sink.options.url)
    return board


def add_card(board: Board, options: ChargerOptions) -> None:
    """Give a charger its card."""
    board.chargers[options.id] = ChargerCard(options.id, options.poll_s, options.address)


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


def build_central(config: Config, desk: StoreDesk, recorder: Recorder, board: Board, clock: Clock) -> Central | None:
    """Return the central-system side, where the config has one; what it is made of is imported only then."""
    if config.central is None:
        return None
    house = CentralHouse(config.central.options, desk, recorder, board, clock, config.data_dir)
    module = import_module("bridge.central.central")  # several MB that only those pay who use it
    members = []
    for configured in config.chargers:
        options = configured.options
        if isinstance(options, HttpChargerOptions):
            continue
        member = module.member_of(
            charger=options.id,
            where=configured.where,
            password=configured.credentials.password,
            **{name: getattr(options, name) for name in ("identity", "security_profile")},
        )
        members.append(member)
    return cast("Central", module.Central(members, house))


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
    central: Central | None


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
        desk, reading_desk, damage = _open_store(config, clock, parts)
        board = new_board(config, clock)
        if damage is not None:
            board.notes["store file"] = damage
            _LOG.error("%s", damage)
        for warning in config.warnings:
            _LOG.warning("%s", warning)
        recorder = Recorder(desk, clock, board)
        thresholds = HealthThresholds(config.health.communication_fault_after_s, config.health.charger_fault_after_s)
        health = HealthWatch(board, recorder, clock, thresholds)
        crew = Crew(board, desk, recorder, health, clock, config.zone)
        parts.push_async_callback(crew.aclose)
        caps = Caps()
        commander = ChargerCommander((), desk, recorder, clock, caps)
        tasks = Tasks(clock, board)
        central = build_central(config, desk, recorder, board, clock)
        if central is not None:
            parts.push_async_callback(central.aclose)
            tasks.begin([("OCPP server", central.run)])
        await _take_chargers(config, crew, commander, central, tasks)
        await commander.restore()
        _begin_site_limit(config, crew, caps, commander, central, tasks)
        parts.push_async_callback(commander.aclose)
        pumps: dict[str, Pump] = {}
        for configured_sink in config.influx:
            sink = build_influx(configured_sink, config.site)
            parts.push_async_callback(sink.aclose)
            pumps[sink.name] = Pump(sink, desk, clock, board)
            recorder.on_commit(pumps[sink.name].wake)
        stations = build_stations(config, board, House(desk, recorder, commander, clock, config.zone))
        housekeeping = Housekeeping(desk, crew.histories, clock, config.readings_retention_s)
        timetable = build_timetable(clock, recorder, health, crew.workers, housekeeping)
        if central is not None:
            timetable.every_minutes(5, _RECENT_SECOND, central.pass_by)
        charge_points = {(one.charge_point.charger, one.charge_point.csms): one.charge_point for one in stations}
        web = WebServer(config.web, reading_desk, board, clock, config.zone, config.web_token, charge_points, central)
        parts.push_async_callback(web.stop)
        if web_required:
            await web.start()

        brokers = [build_broker(broker, charge_points, clock, board) for broker in config.mqtt]

        async def serve() -> None:
            if not web_required:
                await until_started(web.start, "the page", board.notes, "page", clock)
            on_ready(Running(board, desk, web, commander, central))

        tasks.begin(
            [
                ("web server", serve),
                ("timetable", timetable.run),
                ("recorder", recorder.run),
                ("housekeeping", housekeeping.run),
                *((f"delivery to {name}", pump.run) for name, pump in pumps.items()),
                *((f"station {station.uplink.station.name}", station.uplink.run) for station in stations),
                *((f"variables of {station.uplink.station.name}", station.charge_point.run) for station in stations),
                *((f"EVerest's interface over {broker.where}", broker.run) for broker in brokers),
            ]
        )
        tasks.start()
        spare_the_collector()
        await stop.wait()
        await tasks.end(_STOP_LIMIT_S)
        await _commit_last(recorder)


def _open_store(
    config: Config, clock: Clock, parts: contextlib.AsyncExitStack
) -> tuple[StoreDesk, StoreDesk, str | None]:
    """Return the way to the store, a way that only reads, and what was wrong with its file. Raises StoreError."""
    lock = DataDirLock(config.data_dir)
    parts.callback(lock.release)
    store, damage = open_checked_store(config.data_dir, clock)
    desk = StoreThread(store)
    parts.push_async_callback(desk.aclose)
    reading_desk = StoreThread(open_store(config.data_dir, read_only=True), "store-reader")
    parts.push_async_callback(reading_desk.aclose)
    return desk, reading_desk, damage


async def _take_chargers(
    config: Config, crew: Crew, commander: ChargerCommander, central: Central | None, tasks: Tasks
) -> None:
    """Put all chargers to work: those that are asked, those that connect, and those that are accepted later."""

    async def take(options: ChargerOptions, charger: Charger) -> ChargerWorker:
        worker = await crew.take(options.id, charger, options.history_since)
        commander.take(worker)
        tasks.begin(jobs_of(worker))
        return worker

    async def take_station(options: ChargerOptions, station: Station) -> None:
        worker = await take(options, registry.build_connecting(options, station))
        station.on_news(lambda: worker.told(station.identity))

    async def join(station: Station) -> None:
        options = _options_of(station)
        add_card(crew.board, options)
        await take_station(options, station)

    stations = {} if central is None else {station.charger: station for station in await central.restore()}
    for configured in config.chargers:
        options = configured.options
        station = stations.pop(options.id, None)
        if station is not None:
            await take_station(options, station)
        else:
            await take(options, build_charger(configured, crew.clock))
    for station in stations.values():
        await join(station)
    if central is not None:
        central.on_join(join)


def _begin_site_limit(
    config: Config, crew: Crew, caps: Caps, commander: Commander, central: Central | None, tasks: Tasks
) -> None:
    """Have the site's limit kept, where it has one; chargers that join later come under it too."""
    if config.site_limit is None:
        return
    supplies = {configured.options.id: configured.options.supply for configured in config.chargers}

    def sited(worker: ChargerWorker) -> Sited:
        # OCPP keeps a profile until it is cleared [spec]; of others it is not known what they do
        return Sited(worker.name, supplies.get(worker.name, SupplyOptions()), forgets_pause=not worker.tells_itself)

    limit = SiteLimit(
        config.site_limit,
        [sited(worker) for worker in crew.workers],
        caps=caps,
        commander=commander,
        board=crew.board,
        recorder=crew.recorder,
        clock=crew.clock,
    )
    crew.board.site_limit = limit.card
    tasks.begin([("site limit", limit.run)])

    async def join(_: Station) -> None:
        limit.add(sited(crew.workers[-1]))

    if central is not None:
        central.on_join(join)


def _options_of(station: Station) -> ChargerOptions:
    """Return the options of a charger that the owner accepted from the waiting list: the defaults."""
    given = {"id": station.charger, "type": CONNECTING, "identity": station.card.identity}
    return registry.options_model(CONNECTING).model_validate(given)


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
