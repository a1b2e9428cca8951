"""Keeps one station at its central system: connects, talks, waits, and connects again."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress

from bridge.backoff import Backoff, Waits
from bridge.engine.board import UplinkState
from bridge.engine.waking import sleep_unless
from bridge.errors import CsmsError, CsmsRefusedError, CsmsSubprotocolError, CsmsTlsError, StoreError
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.ports import Store
from bridge.types.ocpp.provisioning.boot_notification import BootReason
from bridge.types.ocpp.security_event import SecurityEvent, SecurityEventEnum
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import Ability
from bridge.uplink.conversation import Conversation
from bridge.uplink.dialect import Wording
from bridge.uplink.line.address import Address
from bridge.uplink.line.link import Line, open_line
from bridge.uplink.network.choosing import PROVEN_WITHIN_S
from bridge.uplink.network.ways import InForce, Way
from bridge.uplink.session import CALL_LIMIT_S
from bridge.uplink.speech import Speech
from bridge.uplink.station import Station

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 10.0
"""other processes write to the journal too, and cannot wake anybody here"""
_STEADY_S = 60.0
"""a connection that lasted this long is a success, and the next wait begins small"""
_HELD_S = 30.0
_STORE_WAIT_S = 10.0
_TRIES_OF_A_NEW_PROFILE = 3
_REFUSALS_IN_DOUBT = 8
"""in a row that do not say that it is for the version, after which all versions are offered once"""
_ON_PURPOSE = frozenset({UplinkState.HELD, UplinkState.STOPPED})
_CREDENTIALS = ("AuthorizationKey", "SecurityProfile")


class Uplink:
    """One station's life, until it is cancelled. Lives on the event loop."""

    def __init__(
        self,
        station: Station,
        address: Address,
        speech_of: Callable[[OcppVersion], Speech],
        *,
        start_after_s: float = 0.0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.station = station
        self._address = address
        self._speech_of = speech_of
        self._kept_version: OcppVersion | None = None
        self._offers_all = False
        """the version in which transactions have begun was refused"""
        self._refusals = 0
        """of that version, in a row, of which nobody knows whether they are for the version"""
        self._tried: set[int] = set()
        """slots that were tried since the last connection"""
        self._start_after_s = start_after_s
        self._backoff = Backoff(jitter)
        self._waiters: dict[str, asyncio.Future[object]] = {}
        self._conversation: Conversation | None = None
        self._stopped = False
        self._changed = asyncio.Event()
        """set when it was stopped, started or given new credentials: waiting makes no sense then"""
        self._held: str | None = None
        """why it is not connected on purpose"""
        self._trouble: str | None = None
        self._trouble_of_store: str | None = None
        self._tries_left: int | None = None
        self._proven: dict[str, str] = {}
        """the settings with which a connection was made last"""

    @property
    def is_stopped(self) -> bool:
        """Whether somebody stopped it."""
        return self._stopped

    @property
    def is_connected(self) -> bool:
        """Whether the central system has accepted it and can be talked with."""
        return self.station.card.state is UplinkState.ONLINE

    # --- the life ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the station at its central system. Ends by cancellation only; may be called again after that."""
        if not self.station.has_begun:
            await self._begin()
        jobs = [self._follow, self._connect_for_ever, self._turn_away, self._watch, self._do_postponed]
        if Ability.LIMIT_CURRENT in self.station.abilities:  # profiles of a time when it had control count no more
            jobs.append(self._limit)
        tasks = [asyncio.ensure_future(job()) for job in jobs]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.station.uploads.aclose()

    async def _begin(self) -> None:
        """Go on from what was kept, however long the store refuses: nothing is told before it is known what was."""
        while True:
            try:
                stopped, proven, version = await self.station.house.desk.run(
                    lambda store: (
                        store.setting(self._stop_key),
                        store.settings(self.station.proven_prefix),
                        store.setting(self._version_key),
                    )
                )
                self._stopped = stopped is not None
                if version in self.station.options.versions:
                    self._kept_version = OcppVersion(version)
                    self.station.speak(self._speech_of(OcppVersion(version)))
                await self.station.begin(is_stopped=self._stopped)
            except StoreError as error:
                self.station.show(UplinkState.HELD, str(error))
                await self._wait_for_store(error)
            else:
                break
        kept = dict(self.station.configuration.overrides) | dict(proven)
        self._proven = {key: value for key, value in kept.items() if value or key not in proven}
        self.station.ask_csms = self.ask

    @property
    def _stop_key(self) -> str:
        return f"{self.station.outbox.station}/stopped"

    @property
    def _version_key(self) -> str:
        return f"{self.station.outbox.station}/version"

    async def _wait_for_store(self, error: StoreError) -> None:
        """Wait before the store is asked again; the same trouble is logged once."""
        if self._trouble_of_store != str(error):
            self._trouble_of_store = str(error)
            _LOG.error("%s: %s", self.station.name, error)
        await self.station.house.clock.sleep(_STORE_WAIT_S)

    async def _follow(self) -> None:
        """Take up news whether or not anybody can be told; while it is stopped only how things stand."""
        station = self.station
        while True:
            try:
                await (station.following.look_around() if self._stopped else station.following.look_at_news())
            except StoreError as error:
                await self._wait_for_store(error)
                continue
            self._trouble_of_store = None
            if self._why_held() != self._held:
                self._begin_anew()
            await sleep_unless(station.following.news, _LOOK_EVERY_S, station.house.clock)
            station.following.news.clear()

    async def _limit(self) -> None:
        """Tell the charger its limits whether or not the central system is there."""
        while True:
            try:
                await self.station.limits.run()
            except StoreError as error:
                await self._wait_for_store(error)

    async def _turn_away(self) -> None:
        """Stop drivers who were refused, beside the conversation: a charger may take half a minute to obey."""
        while True:
            await self.station.unwelcome.is_due.wait()
            try:
                await self.station.unwelcome.turn_away()
            except StoreError as error:
                await self._wait_for_store(error)

    async def _watch(self) -> None:
        """Tell what happens to variables that are monitored."""
        while True:
            try:
                await self.station.watch.run()
            except StoreError as error:
                await self._wait_for_store(error)

    async def _do_postponed(self) -> None:
        """Do what was to wait until no vehicle charges."""
        postponed = self.station.following.postponed
        while True:
            await postponed.is_due.wait()
            try:
                await postponed.do_due(self._begin_anew)
            except StoreError as error:
                await self._wait_for_store(error)

    async def _connect_for_ever(self) -> None:
        clock = self.station.house.clock
        start_after_s, self._start_after_s = self._start_after_s, 0.0
        await clock.sleep(start_after_s)
        while True:
            self._changed.clear()
            self._held = self._why_held()
            if self._stopped:
                self.station.show(UplinkState.STOPPED)
                await self._changed.wait()
                continue
            if self._held is not None:
                self.station.show(UplinkState.HELD, self._held)
                await sleep_unless(self._changed, _HELD_S, clock)
                continue
            try:
                wait_s = await self._connect()
            except StoreError as error:
                self.station.show(UplinkState.CONNECTING, str(error))
                await self._wait_for_store(error)
                continue
            if wait_s > 0:
                await sleep_unless(self._changed, wait_s, clock)

    def _why_held(self) -> str | None:
        """Return why it is not to be connected: a station whose connectors nobody knows cannot boot."""
        charger = self.station.charger
        if charger.snapshot is None:
            is_known = bool(self.station.states.connectors)
            return None if is_known else f"{charger.charger} has never been heard; the station appears when it has"
        reports_to = charger.snapshot.reports_to_csms
        if reports_to is None or self.station.options.although_charger_reports:
            return None
        return (
            f"the charger itself reports to a central system ({reports_to}), which would then count each session"
            " twice. Switch that off at the charger, or set although_charger_reports: true"
        )

    async def _connect(self) -> float:
        """Make one connection and talk until it ends; return how long to wait before the next. Raises StoreError."""
        station, clock = self.station, self.station.house.clock
        if station.card.state in _ON_PURPOSE:
            station.show(UplinkState.CONNECTING)
        way = self._way(await self._offered())
        try:
            line = await self._open(way.address)
        except CsmsError as error:
            self._doubt_version(error)
            if not await self._refused(error):
                station.route.failed()
            return self._told(error)
        if line is None:
            return 0.0
        opened_s = clock.monotonic_s()
        self._trouble = None
        self._tries_left = None
        self._offers_all, self._refusals = False, 0
        self._tried.clear()
        failure, doubting = None, None
        self._conversation = conversation = Conversation(station, line, self._waiters)  # who stops it meanwhile ends it
        try:
            version = OcppVersion.of_subprotocol(line.subprotocol)
            assert version is not None, "a line has one of the subprotocols that were offered"
            await self._speak(self._speech_of(version))
            self._arrive(way)
            doubting = asyncio.ensure_future(self._doubt(conversation))
            _LOG.info("%s: connected, and speaks OCPP %s", station.name, station.version)
            await self._prove()
            await conversation.run()
        except CsmsError as error:
            failure = error
        finally:
            self._conversation = None
            if doubting is not None:
                doubting.cancel()
            station.show(UplinkState.CONNECTING)
            await line.close()
        is_steady = clock.monotonic_s() - opened_s >= _STEADY_S
        if is_steady:
            self._backoff.reset()
        if not station.is_network_proven and is_steady and station.session.is_registered:
            await station.network_taken()  # a mere reconnect boots nobody
        elif failure is not None and not station.is_network_proven:
            station.route.failed()
        return 0.0 if failure is None else self._told(failure)

    async def _offered(self) -> tuple[OcppVersion, ...]:
        """Return the versions to offer: while transactions are told in one of them, only that, as long as it is taken.

        Raises StoreError.
        """
        allowed = self.station.options.versions
        if len(allowed) == 1 or self._offers_all:
            return allowed
        transactions = self.station.outbox.transactions
        begun = await self.station.house.desk.run(transactions.versions_begun)
        return tuple(version for version in allowed if version in begun) or allowed

    def _doubt_version(self, error: CsmsError) -> None:
        """Take a failure for one of the version that was offered, or not.

        Some say no more of it than 400 or 404. But a wrong password, too, is a refusal, and to speak another version
        for that would cost a transaction its end.
        """
        self._refusals = 0 if self._offers_all or not isinstance(error, CsmsRefusedError) else self._refusals + 1
        self._offers_all = isinstance(error, CsmsSubprotocolError) or self._refusals >= _REFUSALS_IN_DOUBT

    async def _speak(self, speech: Speech) -> None:
        """Take the version that the central system chose. Raises StoreError."""
        station, version = self.station, speech.dialect.version
        if version is not station.version or self._kept_version is not version:
            station.speak(speech)
            await station.house.desk.run(lambda store: store.put_setting(self._version_key, version.value))
            self._kept_version = version

    def _arrive(self, way: Way) -> None:
        """Take note that a connection is open; at another central system than last the station boots anew."""
        station = self.station
        station.is_network_proven = False
        station.identity_in_use = way.address.identity
        if station.route.opened():
            station.session.reboot(station.house.clock.monotonic_s())
        station.message_timeout_s = way.message_timeout_s
        station.take_settings()

    async def _doubt(self, conversation: Conversation) -> None:
        """Leave a new network profile on which no boot is accepted: what worked is tried again."""
        await self.station.house.clock.sleep(PROVEN_WITHIN_S)
        if not self.station.is_network_proven and self.station.route.is_doubtful:
            self.station.route.failed()
            conversation.restart()

    async def _open(self, address: Address) -> Line | None:
        """Open a line; None where something changed meanwhile, so that it is not wanted any more. Raises CsmsError."""
        opening = asyncio.ensure_future(open_line(address))
        changing = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait((opening, changing), return_when=asyncio.FIRST_COMPLETED)
            if not self._changed.is_set():
                return await opening
        except asyncio.CancelledError:
            await _give_up(opening)
            raise
        finally:
            changing.cancel()
        await _give_up(opening)
        return None

    def _told(self, error: CsmsError) -> float:
        settings = self.station.configuration.settings
        waits = Waits(
            settings.retry_back_off_wait_minimum_s,
            settings.retry_back_off_repeat_times,
            settings.retry_back_off_random_range_s,
        )
        wait_s = self._backoff.next_s(error.retry_after_s, waits)
        error.meanwhile = error.meanwhile or "It is tried again; whatever happens meanwhile is told then"
        self.station.show(UplinkState.CONNECTING, str(error))
        if self._trouble != error.seen:
            self._trouble = error.seen
            _LOG.warning("%s", error)
        return wait_s

    # --- credentials ---------------------------------------------------------------------------------------------

    def _way(self, offered: tuple[OcppVersion, ...]) -> Way:
        """Return how to connect now: under the settings that hold, with the network profile whose turn it is."""
        station, configuration = self.station, self.station.configuration
        settings, before = configuration.settings, self.station.route.slot
        ping_s = settings.ping_interval_s
        in_force = InForce(
            security_profile=settings.security_profile,
            password=configuration.authorization_key or self._address.password,
            ping_interval_s=float(ping_s) if ping_s > 0 else None,
            versions=offered,
        )
        way = station.route.next(self._address, in_force, settings.network_priority, settings.network_attempts)
        if station.route.slot not in self._tried | {before}:
            self._backoff.reset()  # once each: where none can be reached it is tried less and less all the same
        self._tried.add(station.route.slot)
        return way

    def _unproven(self) -> list[str]:
        """Return the credentials that were changed since the last connection."""
        current = self.station.configuration.overrides
        return [key for key in _CREDENTIALS if current.get(key) != self._proven.get(key)]

    async def _prove(self) -> None:
        """Take the present credentials for those that work. Raises StoreError."""
        unproven = self._unproven()
        self._proven = dict(self.station.configuration.overrides)
        if unproven:
            await self.station.house.desk.run(lambda store: self._forget_proven(store, unproven))

    def _forget_proven(self, store: Store, keys: Sequence[str]) -> None:
        with store.transaction():
            for key in keys:
                store.drop_setting(f"{self.station.proven_prefix}{key}")

    async def _refused(self, error: CsmsError) -> bool:
        """Fall back to the credentials that worked when new ones do not, and say so; True while they are on trial."""
        station, changed = self.station, self._unproven()
        # another profile is another port's business, and may meet silence instead of a refusal
        counts = isinstance(error, CsmsRefusedError | CsmsTlsError) or "SecurityProfile" in changed
        if not changed or not counts:
            return False
        current = station.configuration.overrides
        self._tries_left = (self._tries_left or _TRIES_OF_A_NEW_PROFILE) - 1
        if self._tries_left > 0:
            return True
        self._tries_left = None
        prefix = f"{station.outbox.station}/key/"
        proven = self._proven

        def restore(store: Store) -> None:
            with store.transaction():
                for key in changed:
                    if key in proven:
                        store.put_setting(prefix + key, proven[key])
                    else:
                        store.drop_setting(prefix + key)
                self._forget_proven(store, changed)

        await station.house.desk.run(restore)
        kept = {key: value for key, value in current.items() if key not in changed} | {
            key: proven[key] for key in changed if key in proven
        }
        station.configure(kept)
        info = f"{' and '.join(changed)} did not work and went back to what did"
        await station.security_event(
            SecurityEvent(type=SecurityEventEnum.RECONFIGURATION_OF_SECURITY_PARAMETERS, info=info, critical=True)
        )
        return True

    # --- wishes of the house -------------------------------------------------------------------------------------

    async def ask(self, wording: Wording, limit_s: float = CALL_LIMIT_S) -> object | None:
        """Send a message and return its answer; None without a connection, an answer in time, or when it is refused."""
        if not self.is_connected or self._conversation is None:
            return None
        outgoing = self.station.session.ask(wording)
        if outgoing is None:
            return None
        waiter: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiters[outgoing.call.message_id] = waiter
        self._conversation.look()
        try:
            async with asyncio.timeout(limit_s):
                return await waiter
        except (TimeoutError, RefusedQuestionError):
            return None
        finally:
            self._waiters.pop(outgoing.call.message_id, None)

    async def stop(self) -> bool:
        """Close the connection and tell nothing until `restart`; False when it was stopped. Raises StoreError."""
        if self._stopped:
            return False
        await self.station.house.desk.run(lambda store: store.put_setting(self._stop_key, "1"))
        self._stopped = True
        self._begin_anew()
        return True

    async def restart(self) -> bool:
        """Connect and boot again after `stop`; False when it was not stopped. Raises StoreError."""
        if not self._stopped:
            return False
        now, outbox = self.station.house.clock.now(), self.station.outbox

        def go_on(store: Store) -> None:
            with store.transaction():
                outbox.pass_over(store, now)
                store.drop_setting(self._stop_key)

        await self.station.house.desk.run(go_on)
        self._stopped = False
        self.station.following.passed_over()
        if self.station.has_begun:
            with suppress(StoreError):  # it is tried again soon
                await self.station.following.look_at_news()
        self.station.reboot(BootReason.LOCAL_RESET)
        self._begin_anew()
        return True

    def _begin_anew(self) -> None:
        if self._conversation is not None:
            self._conversation.restart()
        self._changed.set()


async def _give_up(opening: asyncio.Future[Line]) -> None:
    """Open a line no further, and close it where it is open already."""
    opening.cancel()
    (opened,) = await asyncio.gather(opening, return_exceptions=True)
    if isinstance(opened, Line):
        await opened.close()
