"""One station: a charger as one central system sees it, with everything that it keeps. Knows no socket."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.engine.board import ChargerCard, UplinkCard, UplinkState
from bridge.engine.waking import to_its_end
from bridge.errors import ChargerError, StoreError
from bridge.ocppj.exchange import Exchange
from bridge.ocppj.schemas import Schemas
from bridge.ports import Store
from bridge.types.charger import ChargerIdentity, Outcome
from bridge.types.command import Command, StopCharging
from bridge.types.journal import Entry, EntryKind
from bridge.types.ocpp.base import to_everest
from bridge.types.ocpp.facts import MEASURANDS, meter_value_of
from bridge.types.ocpp.meter_value import Measurand, MeterValue, ReadingContext
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.transaction import StationTransaction, TransactionPhase
from bridge.types.words import Ability, CommandStatus, ConnectorStatus
from bridge.uplink.configuration.configuration import Configuration, Judgement
from bridge.uplink.configuration.station_facts import SmartChargingLimits, StationFacts
from bridge.uplink.dialect import Dialect, Wording
from bridge.uplink.house import House
from bridge.uplink.leaving import Leaving
from bridge.uplink.ledger import ACCEPTED, Begun, Terms
from bridge.uplink.limits import ChargingLimits
from bridge.uplink.local_list import LocalList
from bridge.uplink.meter import Sampling
from bridge.uplink.options import PROFILE_CLIENT_CERTIFICATE, PROFILE_TLS, OcppOptions
from bridge.uplink.outbox import Backlog, Look, News, Outbox, latest_states
from bridge.uplink.outgoing import Outgoing, Purpose
from bridge.uplink.session import Session
from bridge.uplink.smart_charging.layout import Layout, Limits, Supply
from bridge.uplink.smart_charging.profiles import Transaction
from bridge.uplink.states import ChargerStates
from bridge.uplink.uploads.uploads import Uploads

_LOG = logging.getLogger(__name__)
_TIMEOUT_SLACK_S = 60.0
_MANY = 100
_COUNT_EVERY_S = 1.0
"""while more than `_MANY` wait"""
_BEGUN = (TransactionPhase.RUNNING, TransactionPhase.STOPPING)
_UNKNOWN_VENDOR = "Unknown"


@dataclass(frozen=True, slots=True)
class _Present:
    """How things stand, whatever happened before."""

    states: Sequence[Entry]
    health: Entry | None
    begun: frozenset[int]
    """connectors whose transactions run at the other side, over or not here"""
    running: list[Transaction]
    """at each connector the one that began last"""


class Station:
    """Everything that is true of one station. Lives on the event loop; `begin` before anything else."""

    configuration: Configuration
    limits: ChargingLimits
    local_list: LocalList

    def __init__(
        self,
        options: OcppOptions,
        id_tag: str,
        supply: Supply,
        charger: ChargerCard,
        card: UplinkCard,
        house: House,
        dialect: Dialect,
    ) -> None:
        self.options = options
        self.card = card
        self.charger = charger
        self.house = house
        self.dialect = dialect
        self.name = f"{charger.charger} → {options.name}"
        self.origin = f"ocpp {options.name}"
        self.schemas = Schemas(OcppVersion(options.version))
        self.outbox = Outbox(charger.charger, options.name, dialect, house.journal)
        self.has_work = asyncio.Event()
        """set whenever there may be something to tell"""
        self.states = ChargerStates(house.clock.now())
        self.published: Callable[[str, object], None] = lambda _name, _value: None
        """called with every change of one of EVerest's variables"""
        self.ask_csms: Callable[[Wording], Awaitable[object | None]] = _nobody
        """asks the central system something and returns its answer; None without one"""
        self.monitored: set[str] = set()
        """configuration keys whose change by the central system is published; lower case"""
        self.uploads = Uploads(self.name, charger.charger, options.name, house.desk, house.clock)
        self.unwelcome: dict[int, Begun] = {}
        """by connector, the transactions whose drivers the central system refused: their charging is to be stopped"""
        self.has_unwelcome = asyncio.Event()
        self.has_begun = False
        self.connectors: tuple[int, ...] = (1,)
        """numbers of the connectors, at least one; more may become known"""
        self._heard_of: set[int] = set()
        self._leaving = Leaving()
        self._counted_s = 0.0
        self._looking = asyncio.Lock()
        self._is_behind = False
        """news were passed over: first is to be seen how things stand"""
        self._sessions: deque[ChargingSession] = deque()
        """changed ones that the limits have not taken up yet"""
        self._id_tag = id_tag
        self._supply = supply
        self._news = asyncio.Event()
        self.session = Session(
            Exchange(OcppVersion(options.version)), dialect, lambda: self.identity, house.clock.now, 3600.0
        )
        self.configure({})

    # --- the beginning -------------------------------------------------------------------------------------------

    @property
    def identity(self) -> ChargerIdentity:
        """Who the charger says it is."""
        return self.charger.identity or ChargerIdentity(vendor_name=_UNKNOWN_VENDOR)

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this central system may have done."""
        return self.house.commander.abilities(self.charger.charger) if self.options.control else frozenset()

    async def begin(self, *, is_stopped: bool = False) -> None:
        """Go on from what was kept; what happened while it was stopped is not taken up.

        Raises StoreError, and may be called again then.
        """
        since = self.options.since
        midnight = None if since is None else datetime(since.year, since.month, since.day, tzinfo=self.house.zone)
        now = self.house.clock.now()

        def read(store: Store) -> tuple[dict[str, str], _Present]:
            self.outbox.begin(store, now, midnight)
            return store.settings(f"{self.outbox.station}/key/"), self._present(store)

        overrides, present = await self.house.desk.run(read)
        self._take_present(present)
        self._count_connectors()
        self.configure(overrides)
        self.session.heartbeat_interval_s = float(self.configuration.settings.heartbeat_interval_s)
        self.limits = ChargingLimits(
            self.outbox.station,
            self.charger.charger,
            self.origin,
            self._layout(),
            desk=self.house.desk,
            commander=self.house.commander,
            clock=self.house.clock,
            on_change=self._limits_changed,
        )
        await self.limits.restore(present.running, self._longest_wait)
        self.local_list = LocalList(self.outbox.station, self.house.desk)
        await self.local_list.restore()
        self._is_behind = True  # the states are known, and are to be noted
        await (self.look_around() if is_stopped else self.look_at_news())
        self.has_begun = True

    def _present(self, store: Store) -> _Present:
        charger = self.charger.charger
        running = {}
        for session in store.open_sessions(charger):
            told = store.transactions_of_session(self.outbox.station, session.session_id)
            transaction = next((one for one in told if one.started_at == session.started_at), None)
            running[session.connector_id] = _profiled(session, transaction)
        return _Present(*latest_states(store, charger), self._begun_connectors(store), list(running.values()))

    def _take_present(self, present: _Present) -> None:
        for entry in present.states:
            self.states.take(entry)
        self.states.take_health(present.health)

    def configure(self, overrides: Mapping[str, str]) -> None:
        """Begin with these settings of the central system's."""
        self.configuration = Configuration(self._facts(), overrides, self.options.custom_keys)
        for problem in self.configuration.problems:
            _LOG.warning("%s: %s", self.name, problem)

    def _facts(self) -> StationFacts:
        limits = Limits()
        at_most = PROFILE_CLIENT_CERTIFICATE if self.options.certificate_file is not None else PROFILE_TLS
        return StationFacts(
            connectors=len(self.connectors),
            abilities=self.abilities,
            has_control=self.options.control,
            measurands=frozenset(MEASURANDS),
            smart_charging=SmartChargingLimits(
                stack_level_at_most=limits.max_stack_level,
                periods_at_most=limits.max_periods,
                profiles_at_most=limits.max_installed,
            ),
            security_profile=self.options.security_profile,
            security_profile_at_most=max(at_most, self.options.security_profile),
        )

    # --- news ----------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Say that the journal has grown; never blocks."""
        self._news.set()

    @property
    def news(self) -> asyncio.Event:
        """Set when the journal has grown."""
        return self._news

    async def look_at_news(self) -> None:
        """Take up what has happened. Raises StoreError. A caller that stops waiting stops nothing."""
        await to_its_end(self._look_at_news())

    async def look_around(self) -> None:
        """Take up how things stand, and nothing of what is to be told. Raises StoreError."""
        await to_its_end(self._look_around())

    def passed_over(self) -> None:
        """Say that news were passed over."""
        self._is_behind = True

    async def _look_around(self) -> None:
        async with self._looking:
            await self._see_present()

    async def _see_present(self) -> None:
        present = await self.house.desk.run(self._present)
        self._take_present(present)
        self._note_states(present.begun, self.house.clock.now())
        self._is_behind = False
        self._sessions.clear()
        try:
            await self.limits.follow(present.running, self._longest_wait)
        except StoreError:
            self._is_behind = True
            raise

    async def _look_at_news(self) -> None:
        async with self._looking:
            if self._is_behind:
                await self._see_present()
            await self._take_news()
        await self.count()

    async def _take_news(self) -> None:
        self._news.clear()
        now = self.house.clock.now()

        def read(store: Store) -> tuple[News, frozenset[int]]:
            news = self.outbox.take_news(store, now)
            return news, self._begun_connectors(store) if news.states or self._leaving else frozenset()

        news, begun = await self.house.desk.run(read)
        self._sessions += news.sessions
        was_leaving = bool(self._leaving)
        self._take_states(news, begun, now)
        if news.sessions or news.has_work or news.states or news.health or was_leaving:
            self.has_work.set()
        while self._sessions:
            await self._take_session(self._sessions[0])
            self._sessions.popleft()
        for connector_id in self.connectors:
            if self.states.status(connector_id) is ConnectorStatus.AVAILABLE:
                await self.limits.forget_stale(connector_id, self._longest_wait)

    def _begun_connectors(self, store: Store) -> frozenset[int]:
        """Return the connectors whose transactions run at the other side, over or not here."""
        begun = store.transactions(self.outbox.station, *_BEGUN)
        sessions = (store.session(self.charger.charger, one.session_id, one.started_at) for one in begun)
        return frozenset(session.connector_id for session in sessions if session is not None)

    def _take_states(self, news: News, begun: Collection[int], now: datetime) -> None:
        for entry in news.states:
            connector_id = int(entry.body["connector_id"])
            before = self.states.status(connector_id)
            self.states.take(entry)
            self._leaving.take(connector_id, before, self.states.status(connector_id), entry.at)
        self.states.take_health(news.health)
        self._note_states(begun, now)

    def _note_states(self, begun: Collection[int], now: datetime) -> None:
        if self._count_connectors():
            self.configuration.adapt(self._facts())
            self.limits.lay_out(self._layout())
            self._is_behind = True  # what runs at a connector that was not known was not taken up
            self._news.set()
        now_s = self.house.clock.monotonic_s()
        for notice in self.states.notices():
            self.session.states.note(self._leaving.told(notice, begun, now), now_s)
        for connector_id in self.connectors:
            self.limits.note_status(connector_id, self.states.status(connector_id))

    def _count_connectors(self) -> bool:
        """Take every connector that the journal or the charger tells of; tell whether there are others than before."""
        snapshot = self.charger.snapshot
        told = () if snapshot is None else (reading.connector_id for reading in snapshot.connectors)
        self._heard_of.update(self.states.connectors, told)
        before, self.connectors = self.connectors, tuple(sorted(self._heard_of)) or (1,)
        return self.connectors != before

    def _layout(self) -> Layout:
        return Layout(dict.fromkeys(self.connectors, self._supply), zone=self.house.zone)

    @property
    def _longest_wait(self) -> timedelta:
        """For how long what came with a remote start is for the next vehicle."""
        return timedelta(seconds=self.configuration.settings.connection_timeout_s + _TIMEOUT_SLACK_S)

    async def _take_session(self, session: ChargingSession) -> None:
        if session.ended_at is None:
            await self.limits.transaction_started(_profiled(session, None), self._longest_wait)
        else:
            await self.limits.transaction_ended(session.connector_id, _key_of(session))

    async def count(self) -> None:
        """Bring the card up to date."""
        self.show_backlog(await self.house.desk.run(self.outbox.backlog))

    def show_backlog(self, backlog: Backlog) -> None:
        """Say on the card how much waits."""
        self._counted_s = self.house.clock.monotonic_s()
        self.card.waiting, self.card.open_transactions = backlog.waiting, backlog.running
        self.card.dead_letters = backlog.dead_letters

    # --- terms ---------------------------------------------------------------------------------------------------

    def terms(self) -> Terms:
        """Return what the settings say now."""
        settings = self.configuration.settings
        clock_s = settings.clock_aligned_data_interval_s
        return Terms(
            sampled=Sampling(
                settings.meter_value_sample_interval_s, settings.sampled_measurands, ReadingContext.SAMPLE_PERIODIC
            ),
            aligned=Sampling(clock_s, settings.aligned_measurands, ReadingContext.SAMPLE_CLOCK),
            stop_measurands=settings.stop_sampled_measurands,
            stop_aligned=Sampling(clock_s, settings.stop_aligned_measurands, ReadingContext.SAMPLE_CLOCK),
            attempts=settings.transaction_message_attempts,
            retry_interval_s=float(settings.transaction_message_retry_interval_s),
            id_tag=self._id_tag,
        )

    async def keep_setting(self, judgement: Judgement) -> None:
        """Keep a setting that was taken. Raises StoreError."""
        if judgement.value is None:
            return
        name, value = judgement.key, judgement.value
        before = self.configuration.overrides.get(name, "")

        def write(store: Store) -> None:
            with store.transaction():
                proven = f"{self.proven_prefix}{name}"
                if judgement.needs_reconnect and store.setting(proven) is None:
                    store.put_setting(proven, before)
                store.put_setting(f"{self.outbox.station}/key/{name}", value)

        await self.house.desk.run(write)

    @property
    def proven_prefix(self) -> str:
        """Begins the names under which the credentials are kept that worked last, until new ones have; empty: none."""
        return f"{self.outbox.station}/proven/"

    def setting_changed(self, key: str) -> None:
        """Publish a setting that the central system changed, where somebody watches it."""
        if key.casefold() in self.monitored:
            for known in self.configuration.get([key]).configuration_keys:
                self.published("configuration_key", to_everest(known))

    def reboot(self) -> None:
        """Begin anew as after a start of the station: settings that waited for it hold from now on."""
        self.configuration.reboot()
        self.session.reboot(self.house.clock.monotonic_s())

    # --- commands ------------------------------------------------------------------------------------------------

    async def command(self, command: Command) -> Outcome:
        """Have something done, if this central system may have it done. Raises StoreError."""
        if command.ability not in self.abilities:
            why = "this central system only gets reports" if not self.options.control else "the charger cannot do it"
            return Outcome(status=CommandStatus.REFUSED, detail=why)
        return await self.house.commander.execute(self.charger.charger, command, self.origin)

    async def stop_charging(self, connector_id: int) -> Outcome:
        """End the charging at a connector. Raises StoreError."""
        outcome = await self.command(StopCharging(connector_id=connector_id))
        if outcome.status is CommandStatus.DONE:
            await self.limits.note_stop(connector_id)
        return outcome

    # --- what an answer brings -----------------------------------------------------------------------------------

    async def answered(self, outgoing: Outgoing, payload: object) -> Look:
        """Take the answer to something durable and look for what follows, in one commit.

        Raises StoreError, and it is as if nothing had come.
        """
        now, terms = self.house.clock.now(), self.terms()
        # an answer to meter values changes nothing that is counted; and where much waits, counting takes its time
        may_wait = self.card.waiting > _MANY and self.house.clock.monotonic_s() - self._counted_s < _COUNT_EVERY_S

        def take(store: Store) -> tuple[Begun | None, Look, Backlog | None]:
            with store.transaction():
                begun = self.outbox.answered(store, outgoing, payload, now, terms)
                look = self.outbox.look(store, now, terms)
            if outgoing.purpose is Purpose.METER or (may_wait and look.outgoing is not None):
                return begun, look, None
            return begun, look, self.outbox.backlog(store)

        begun, look, backlog = await self.house.desk.run(take)
        if backlog is not None:
            self.show_backlog(backlog)
        if begun is not None:
            await self.begun(begun)
        if outgoing.purpose is Purpose.STOP and self._leaving:
            self.wake()  # its connector may be told as free now
        return look

    async def begun(self, begun: Begun) -> None:
        """Act on the number, and on the driver's standing, that the central system gave a transaction."""
        session, transaction = begun.session, begun.transaction
        if session is None or session.ended_at is not None:
            return
        try:
            if begun.id_tag_status != ACCEPTED:
                await self._turned_down(begun)
        finally:
            await self.limits.transaction_started(_profiled(session, transaction))

    async def _turned_down(self, begun: Begun) -> None:
        session, transaction = begun.session, begun.transaction
        assert session is not None
        # The tag of the config stands for "whoever it is": nobody can be refused by it.
        is_known = session.id_token is not None or transaction.id_tag is not None
        wanted = self.configuration.settings.stop_transaction_on_invalid_id
        if is_known and wanted and Ability.STOP_CHARGING in self.abilities:
            self.unwelcome[session.connector_id] = begun
            self.has_unwelcome.set()
            return
        await self._say_unwelcome(begun)

    async def turn_away(self) -> None:
        """Stop the charging of drivers who were refused, as far as it still goes on. Raises StoreError."""
        while self.unwelcome:
            connector_id, begun = next(iter(self.unwelcome.items()))
            if await self._is_running(begun):
                outcome = await self.stop_charging(connector_id)
                if outcome.status is not CommandStatus.DONE:
                    await self._say_unwelcome(begun)
            if self.unwelcome.get(connector_id) is begun:
                del self.unwelcome[connector_id]
        self.has_unwelcome.clear()

    async def _is_running(self, begun: Begun) -> bool:
        session = begun.session
        if session is None:
            return False
        charger, name, started_at = self.charger.charger, session.session_id, session.started_at
        now = await self.house.desk.run(lambda store: store.session(charger, name, started_at))
        return now is not None and now.ended_at is None

    async def _say_unwelcome(self, begun: Begun) -> None:
        assert begun.session is not None
        info = f"{begun.id_tag_status}; the charging at connector {begun.session.connector_id} goes on"
        await self.security_event(SecurityEvent(type="IdTokenNotAccepted", info=info, critical=True))

    async def security_event(self, event: SecurityEvent) -> None:
        """Journal a security event; what is critical is told to the central system, however late. Raises StoreError."""
        at = event.timestamp or self.house.clock.now()
        body = {"type": event.type, "info": event.info, "critical": event.critical, "csms": self.options.name}
        await self.house.desk.run(lambda store: store.append(EntryKind.SECURITY, self.charger.charger, at, body))
        self.house.recorder.announce()
        self.wake()
        self.published("security_event", {"type": event.type, "info": event.info, "critical": event.is_critical})

    # --- live values ---------------------------------------------------------------------------------------------

    async def live_values(
        self, connector_id: int, measurands: tuple[Measurand, ...], context: ReadingContext
    ) -> tuple[StationTransaction | None, tuple[MeterValue, ...]]:
        """Ask the charger now and return what it says of a connector, with its running transaction.

        Empty where it does not answer, or tells nothing of these measurands. Raises StoreError.
        """
        try:
            snapshot = await self.house.commander.look(self.charger.charger, 2.0)
        except ChargerError:
            return None, ()
        await self.house.recorder.commit()
        await self.look_at_news()
        reading = next((one for one in snapshot.connectors if one.connector_id == connector_id), None)
        if reading is None:
            return None, ()
        transaction, session = await self.house.desk.run(lambda store: self._running(store, connector_id))
        register_wh = reading.register_wh
        if register_wh is None and session is not None and session.meter_start_wh is not None:
            energy_wh = reading.session_energy_wh
            register_wh = None if energy_wh is None else session.meter_start_wh + energy_wh
        told_wh = None if register_wh is None else float(int(register_wh))
        value = meter_value_of(
            reading, snapshot.read_at, context, register_wh=told_wh, measurands=measurands or MEASURANDS
        )
        return transaction, () if value is None else (value,)

    def _running(self, store: Store, connector_id: int) -> tuple[StationTransaction | None, ChargingSession | None]:
        for transaction in reversed(store.transactions(self.outbox.station, TransactionPhase.RUNNING)):
            session = store.session(self.charger.charger, transaction.session_id, transaction.started_at)
            if session is not None and session.connector_id == connector_id and session.ended_at is None:
                return transaction, session
        return None, None

    def _limits_changed(self) -> None:
        limited = [self.limits.limit(connector_id).limit_a for connector_id in self.connectors]
        self.card.limit_a = min((limit_a for limit_a in limited if limit_a is not None), default=None)
        self.published("charging_schedules", None)

    def show(self, state: UplinkState, error: str | None = None) -> None:
        """Say on the card how it stands."""
        before = self.card.state
        if before is not state:
            self.card.since = self.house.clock.now()
            self.card.state = state
        self.card.error = error
        self.card.clock_offset_s = self.session.clock_offset_s
        if (before is UplinkState.ONLINE) is not (state is UplinkState.ONLINE):
            self.published("is_connected", state is UplinkState.ONLINE)


async def _nobody(_wording: Wording) -> object | None:
    return None


def _key_of(session: ChargingSession) -> str:
    return f"{session.session_id}@{session.started_at.isoformat()}"


def _profiled(session: ChargingSession, transaction: StationTransaction | None) -> Transaction:
    return Transaction(
        evse_id=session.connector_id,
        key=_key_of(session),
        started_at=session.started_at,
        transaction_id=None if transaction is None else transaction.transaction_id,
    )
