"""One station: a charger as one central system sees it, with everything that it keeps. Knows no socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from bridge.engine.board import ChargerCard, UplinkCard, UplinkState
from bridge.ocppj.schemas import Schemas
from bridge.ports import Store
from bridge.types.charger import ChargerIdentity, Outcome
from bridge.types.command import Command, StopCharging
from bridge.types.journal import EntryKind
from bridge.types.ocpp.base import to_everest
from bridge.types.ocpp.facts import MEASURANDS
from bridge.types.ocpp.meter_value import ReadingContext
from bridge.types.ocpp.provisioning.boot_notification import BootReason
from bridge.types.ocpp.security_event import SecurityEvent, SecurityEventEnum
from bridge.types.ocpp.version import OcppVersion
from bridge.types.station_options import PROFILE_CLIENT_CERTIFICATE, PROFILE_TLS, OcppOptions
from bridge.types.transaction import TransactionPhase
from bridge.types.words import Ability, CommandStatus
from bridge.uplink.configuration.configuration import Configuration, Judgement
from bridge.uplink.configuration.station_facts import SmartChargingLimits, StationFacts
from bridge.uplink.device_model.device_model import DeviceModel
from bridge.uplink.dialect import ACCEPTED, Dialect, Wording
from bridge.uplink.gathering import Joining
from bridge.uplink.house import House
from bridge.uplink.modelling import model_facts_of
from bridge.uplink.monitoring.watch import Watch
from bridge.uplink.network.profiles import NetworkProfiles
from bridge.uplink.network.route import Route
from bridge.uplink.obeyed.limits import ChargingLimits
from bridge.uplink.obeyed.local_list import LocalList
from bridge.uplink.obeyed.unwelcome import UnwelcomeDrivers
from bridge.uplink.session import Session
from bridge.uplink.smart_charging.layout import Layout, Limits, Supply
from bridge.uplink.speech import Speech
from bridge.uplink.told.absence import NO_ABSENCE
from bridge.uplink.told.events import event_of, response_of
from bridge.uplink.told.following import Following, Present, profiled
from bridge.uplink.told.ledger import Begun
from bridge.uplink.told.meter import Sampling, next_sample_at
from bridge.uplink.told.outbox import Backlog, Look, Outbox
from bridge.uplink.told.outgoing import Outgoing, Purpose
from bridge.uplink.told.states import ChargerStates
from bridge.uplink.told.terms import Terms
from bridge.uplink.uploads.uploads import Uploads

_LOG = logging.getLogger(__name__)
_TIMEOUT_SLACK_S = 60.0
_MANY = 100
_COUNT_EVERY_S = 1.0
"""while more than `_MANY` wait"""
_BEGUN = (TransactionPhase.RUNNING, TransactionPhase.STOPPING)
_UNKNOWN_VENDOR = "Unknown"


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
        speech: Speech,
    ) -> None:
        self.options = options
        self.card = card
        self.charger = charger
        self.house = house
        self.name = f"{charger.charger} → {options.name}"
        self.origin = f"ocpp {options.name}"
        self.outbox = Outbox(charger.charger, options.name, house.journal)
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
        self.has_begun = False
        self.connectors: tuple[int, ...] = (1,)
        """numbers of the connectors, at least one; more may become known"""
        self._counted_s = 0.0
        self.following = Following(self)
        self.unwelcome = UnwelcomeDrivers(self)
        self.supply = supply
        self.route = Route(NetworkProfiles(self.outbox.station, house.desk))
        self.identity_in_use = options.identity
        """towards the central system that is connected, or was last"""
        self.message_timeout_s: float | None = None
        """of the network profile in use; None leaves it to the settings"""
        self.is_network_proven = False
        """whether a boot was accepted on the network profile in use"""
        self.device_model = DeviceModel(lambda: self.configuration, lambda: model_facts_of(self))
        self.watch = Watch(self, lambda listener: house.recorder.on_snapshot(charger.charger, listener))
        self._id_tag = id_tag
        self.session = Session(speech.dialect, lambda: self.identity, house.clock.now, 3600.0)
        self._absence = NO_ABSENCE
        self._offline_since: datetime | None = None
        self._is_first_start = False
        self.speak(speech)
        self.configure({})

    # --- the version ---------------------------------------------------------------------------------------------

    @property
    def dialect(self) -> Dialect:
        """The words of the version that is spoken, or was last, or will be."""
        return self.session.dialect

    @property
    def version(self) -> OcppVersion:
        """Of OCPP, likewise."""
        return self.dialect.version

    def speak(self, speech: Speech) -> None:
        """Take the version that the central system chose; not while a connection is open."""
        dialect, self.answers = speech
        self.session.speak(dialect, self.house.clock.monotonic_s())
        self.schemas = Schemas(dialect.version)
        self.outbox.notes_updates = dialect.numbers_events
        self.card.version = dialect.version.value

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

        def read(store: Store) -> tuple[bool, dict[str, str], Present]:
            is_first = self.outbox.begin(store, now, midnight)
            return is_first, store.settings(f"{self.outbox.station}/key/"), self.following.present(store)

        is_first, overrides, present = await self.house.desk.run(read)
        self._is_first_start = self._is_first_start or is_first  # also where the rest fails, and is done again
        # whether the charger had lost power is not known, and no start of this program is one
        reason = BootReason.POWER_UP if self._is_first_start else BootReason.APPLICATION_RESET
        self.session.reboot(self.house.clock.monotonic_s(), reason)
        self.following.take_present(present)
        self.following.count_connectors()
        self.configure(overrides)
        self.take_settings()
        self.limits = ChargingLimits(
            self.outbox.station,
            self.charger.charger,
            self.origin,
            self._layout(),
            desk=self.house.desk,
            commander=self.house.commander,
            clock=self.house.clock,
            on_change=self._limits_changed,
            on_external_limit=self._limited_by_others,
            significance_percent=lambda: self.configuration.settings.limit_change_significance_percent,
        )
        await self.limits.restore(present.running, self.longest_wait)
        self.local_list = LocalList(self.outbox.station, self.house.desk)
        await self.local_list.restore()
        await self.route.profiles.restore()
        for problem in self.route.profiles.problems:
            _LOG.warning("%s: %s", self.name, problem)
        await self.watch.restore()
        self.following.passed_over()  # the states are known, and are to be noted
        await (self.following.look_around() if is_stopped else self.following.look_at_news())
        self.limits.note_connection(is_online=False)
        self.has_begun = True

    def take_settings(self) -> None:
        """Let the session go by the settings that hold now."""
        settings = self.configuration.settings
        self.session.heartbeat_interval_s = float(settings.heartbeat_interval_s)
        self.session.call_limit_s = self.message_timeout_s or float(settings.message_timeout_s)
        self.session.offline_threshold_s = float(settings.offline_threshold_s)

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

    async def count(self) -> None:
        """Bring the card up to date."""
        self.show_backlog(await self.house.desk.run(self.outbox.backlog))

    def show_backlog(self, backlog: Backlog) -> None:
        """Say on the card how much waits."""
        self._counted_s = self.house.clock.monotonic_s()
        self.card.waiting, self.card.open_transactions = backlog.waiting, backlog.running
        self.card.dead_letters = backlog.dead_letters

    def adapt(self) -> None:
        """Take it in that the charger has other connectors than were known."""
        self.configuration.adapt(self._facts())
        self.limits.lay_out(self._layout())

    def _layout(self) -> Layout:
        return Layout(dict.fromkeys(self.connectors, self.supply), zone=self.house.zone)

    @property
    def longest_wait(self) -> timedelta:
        """For how long what came with a remote start is for the next vehicle."""
        return timedelta(seconds=self.configuration.settings.connection_timeout_s + _TIMEOUT_SLACK_S)

    # --- terms ---------------------------------------------------------------------------------------------------

    def terms(self) -> Terms:
        """Return what the settings say now."""
        settings = self.configuration.settings
        clock_s = settings.clock_aligned_data_interval_s
        return Terms(
            dialect=self.dialect,
            sampled=Sampling(
                settings.meter_value_sample_interval_s, settings.sampled_measurands, ReadingContext.SAMPLE_PERIODIC
            ),
            aligned=Sampling(clock_s, settings.aligned_measurands, ReadingContext.SAMPLE_CLOCK),
            started_measurands=settings.started_measurands,
            stop_measurands=settings.stop_sampled_measurands,
            stop_aligned=Sampling(clock_s, settings.stop_aligned_measurands, ReadingContext.SAMPLE_CLOCK),
            attempts=settings.transaction_message_attempts,
            retry_interval_s=float(settings.transaction_message_retry_interval_s),
            id_tag=self._id_tag,
            absence=self._absence,
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
        self.watch.wake()

    @property
    def proven_prefix(self) -> str:
        """Begins the names under which the credentials are kept that worked last, until new ones have; empty: none."""
        return f"{self.outbox.station}/proven/"

    def setting_changed(self, key: str) -> None:
        """Publish a setting that the central system changed, where somebody watches it."""
        if key.casefold() in self.monitored:
            for known in self.configuration.get([key]).configuration_keys:
                self.published("configuration_key", to_everest(known))

    def reboot(self, reason: BootReason = BootReason.REMOTE_RESET) -> None:
        """Begin anew as after a start of the station: settings that waited for it hold from now on."""
        self.configuration.reboot()
        self.route.reboot()
        self.session.reboot(self.house.clock.monotonic_s(), reason)

    async def network_taken(self) -> None:
        """Take it that the central system accepts the station on the network profile in use. Raises StoreError."""
        self.is_network_proven = True
        if await self.route.took():
            info = f"network profile {self.route.slot} is in use"
            kind = SecurityEventEnum.RECONFIGURATION_OF_SECURITY_PARAMETERS
            await self.security_event(SecurityEvent(type=kind, info=info, critical=True))

    # --- commands ------------------------------------------------------------------------------------------------

    async def command(self, command: Command) -> Outcome:
        """Have something done, if this central system may have it done. Raises StoreError."""
        if command.ability not in self.abilities:
            why = "this central system only gets reports" if not self.options.control else "the charger cannot do it"
            return Outcome(status=CommandStatus.REFUSED, detail=why)
        return await self.house.commander.execute(self.charger.charger, command, self.origin)

    async def stop_charging(self, connector_id: int) -> Outcome:
        """End the charging at a connector. Raises StoreError."""
        return await self.limits.stop(connector_id, lambda: self.command(StopCharging(connector_id=connector_id)))

    # --- what an answer brings -----------------------------------------------------------------------------------

    async def answered(self, outgoing: Outgoing, payload: object, *, has_news: bool = True) -> Look:
        """Take the answer to something durable and look for what follows, in one commit.

        Without news since it was found, the look is left out where it can find nothing. Raises StoreError, and it is
        as if nothing had come.
        """
        now, terms = self.house.clock.now(), self.terms()
        # an answer to meter values changes nothing that is counted; and where much waits, counting takes its time
        may_wait = self.card.waiting > _MANY and self.house.clock.monotonic_s() - self._counted_s < _COUNT_EVERY_S

        nothing = None if has_news else self._nothing_after(outgoing, now, terms)

        def take(store: Store) -> tuple[Begun | None, Look, Backlog | None]:
            with store.transaction():
                begun = self.outbox.answered(store, outgoing, payload, now, terms)
                if nothing is not None:
                    return begun, nothing, None
                look = self.outbox.look(store, now, terms)
            if outgoing.purpose is Purpose.METER or (may_wait and look.outgoing is not None):
                return begun, look, None
            return begun, look, self.outbox.backlog(store)

        begun, look, backlog = await self.house.desk.run(Joining(take))
        self.tell_of(outgoing, payload, None if begun is None else begun.transaction.transaction_id)
        if backlog is not None:
            self.show_backlog(backlog)
        if begun is not None:
            await self.begun(begun)
        if outgoing.purpose is Purpose.STOP and self.following.holds_states:
            self.following.wake()  # its connector may be told as free now
        return look

    def _nothing_after(self, outgoing: Outgoing, now: datetime, terms: Terms) -> Look | None:
        """Return what a look after this answer would find where that is certainly nothing, else None.

        That is so behind the values of the last whole period of the only transaction, which runs on.
        """
        is_alone = self.card.open_transactions == 1 and self.card.waiting == 0 and terms.aligned.every_s <= 0
        until_at = outgoing.until_at or outgoing.told_until_at
        if not (is_alone and outgoing.is_running) or until_at is None:
            return None
        due_at = next_sample_at(until_at, (terms.sampled.every_s,))
        return Look(None, due_at, None) if due_at is not None and due_at > now else None

    def tell_of(self, outgoing: Outgoing, payload: object, transaction_id: str | None = None) -> None:
        """Publish what was told of a transaction, and what the central system answered, with the number it gave."""
        event = event_of(outgoing, transaction_id)
        if event is None:
            return
        answer = self.dialect.event_answer(payload)
        if answer is not None and answer.total_cost is not None and event.transaction_id is not None:
            self.card.cost, self.card.cost_transaction_id = answer.total_cost, event.transaction_id
        self.published("ocpp_transaction_event", to_everest(event))
        self.published("ocpp_transaction_event_response", to_everest(response_of(event, answer)))

    async def begun(self, begun: Begun) -> None:
        """Act on the number, and on the driver's standing, that the central system gave a transaction."""
        session, transaction = begun.session, begun.transaction
        if session is None or session.ended_at is not None:
            return
        try:
            if begun.id_tag_status != ACCEPTED:
                await self.unwelcome.take(begun)
        finally:
            await self.limits.transaction_started(profiled(session, transaction))

    async def security_event(self, event: SecurityEvent) -> None:
        """Journal a security event; what is critical is told to the central system, however late. Raises StoreError."""
        at = event.timestamp or self.house.clock.now()
        body = {"type": event.type, "info": event.info, "critical": event.critical, "csms": self.options.name}
        await self.house.desk.run(lambda store: store.append(EntryKind.SECURITY, self.charger.charger, at, body))
        self.house.recorder.announce()
        self.following.wake()
        told = event.model_copy(update={"critical": event.is_critical, "timestamp": None})
        self.published("security_event", to_everest(told))

    def _limits_changed(self) -> None:
        limited = [self.limits.limit(connector_id).limit_a for connector_id in self.connectors]
        self.card.limit_a = min((limit_a for limit_a in limited if limit_a is not None), default=None)
        self.published("charging_schedules", None)

    def _limited_by_others(self, evse_id: int, limit_a: float | None) -> None:
        """Tell the central system, where it has a word for it, that somebody else limits an EVSE."""
        if self.session.state is UplinkState.ONLINE:
            for wording in self.answers.limited_by_others(self, evse_id, limit_a):
                self.session.ask(wording)
            self.has_work.set()

    def show(self, state: UplinkState, error: str | None = None) -> None:
        """Say on the card how it stands."""
        before, now = self.card.state, self.house.clock.now()
        if before is not state:
            self.card.since = now
            self.card.state = state
        if state is UplinkState.ONLINE and before is not state:
            self._absence = self._absence.and_then(self._offline_since, now)
        elif before is UplinkState.ONLINE and before is not state:
            self._offline_since = now
        self.card.error = error
        self.card.clock_offset_s = self.session.clock_offset_s
        if before is not state:
            self.watch.wake()
            if self.has_begun:
                self.limits.note_connection(is_online=state is UplinkState.ONLINE)
        if (before is UplinkState.ONLINE) is not (state is UplinkState.ONLINE):
            self.published("is_connected", state is UplinkState.ONLINE)


async def _nobody(_wording: Wording) -> object | None:
    return None
