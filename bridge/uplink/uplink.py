"""Keeps one station at its central system: connects, talks, waits, and connects again."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace

from bridge.backoff import Backoff
from bridge.engine.board import UplinkState
from bridge.engine.waking import sleep_unless
from bridge.errors import CsmsError, CsmsRefusedError, CsmsTlsError, StoreError
from bridge.ports import Store
from bridge.types.journal import EntryKind
from bridge.types.ocpp.security_event import SecurityEvent, SecurityEventEnum
from bridge.types.words import Ability
from bridge.uplink.answer import Answers, RefusedQuestionError
from bridge.uplink.conversation import Conversation
from bridge.uplink.dialect import Wording
from bridge.uplink.link import Address, open_line
from bridge.uplink.options import PROFILE_BASIC, PROFILE_CLIENT_CERTIFICATE, PROFILE_TLS
from bridge.uplink.session import CALL_LIMIT_S
from bridge.uplink.station import Station

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 10.0
"""other processes write to the journal too, and cannot wake anybody here"""
_STEADY_S = 60.0
"""a connection that lasted this long is a success, and the next wait begins small"""
_HELD_S = 30.0
_STORE_WAIT_S = 10.0
_TRIES_OF_A_NEW_PROFILE = 3
_CREDENTIALS = ("AuthorizationKey", "SecurityProfile")


class Uplink:
    """One station's life, until it is cancelled. Lives on the event loop."""

    def __init__(
        self,
        station: Station,
        address: Address,
        answers: Answers,
        *,
        start_after_s: float = 0.0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.station = station
        self._address = address
        self._answers = answers
        self._start_after_s = start_after_s
        self._backoff = Backoff(jitter)
        self._waiters: dict[str, asyncio.Future[object]] = {}
        self._conversation: Conversation | None = None
        self._stopped = False
        self._changed = asyncio.Event()
        """set when it was stopped, started or given new credentials: waiting makes no sense then"""
        self._trouble: str | None = None
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
        """Keep the station at its central system. Ends by cancellation only."""
        clock = self.station.house.clock
        await self._wait_for_charger()
        if not self.station.has_begun:
            await self.station.begin()
            self._stopped = await self.station.house.desk.run(lambda store: store.setting(self._stop_key)) is not None
            self._proven = dict(self.station.configuration.overrides)
            self.station.ask_csms = self.ask
            await clock.sleep(self._start_after_s)
        jobs = [self._follow, self._connect_for_ever, self._turn_away]
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

    @property
    def _stop_key(self) -> str:
        return f"{self.station.outbox.station}/stopped"

    async def _wait_for_charger(self) -> None:
        """Wait until it is known how many connectors there are: a station that has none cannot boot."""
        station = self.station
        while station.charger.snapshot is None and not await self._has_states():
            why = f"{station.charger.charger} has never been heard; the station appears when it has"
            station.show(UplinkState.HELD, why)
            await sleep_unless(station.news, _LOOK_EVERY_S, station.house.clock)
            station.news.clear()

    async def _has_states(self) -> bool:
        charger = self.station.charger.charger
        return bool(await self.station.house.desk.run(lambda store: store.latest(EntryKind.STATUS, charger)))

    async def _follow(self) -> None:
        """Take up news whether or not anybody can be told."""
        station = self.station
        while True:
            if not self._stopped:
                try:
                    await station.look_at_news()
                except StoreError as error:
                    _LOG.error("%s: %s", station.name, error)
                    await station.house.clock.sleep(_STORE_WAIT_S)
                    continue
            await sleep_unless(station.news, _LOOK_EVERY_S, station.house.clock)
            station.news.clear()

    async def _limit(self) -> None:
        """Tell the charger its limits whether or not the central system is there."""
        while True:
            try:
                await self.station.limits.run()
            except StoreError as error:
                _LOG.error("%s: %s", self.station.name, error)
                await self.station.house.clock.sleep(_STORE_WAIT_S)

    async def _turn_away(self) -> None:
        """Stop drivers who were refused, beside the conversation: a charger may take half a minute to obey."""
        while True:
            await self.station.has_unwelcome.wait()
            try:
                await self.station.turn_away()
            except StoreError as error:
                _LOG.error("%s: %s", self.station.name, error)
                await self.station.house.clock.sleep(_STORE_WAIT_S)

    async def _connect_for_ever(self) -> None:
        clock = self.station.house.clock
        while True:
            self._changed.clear()
            if self._stopped:
                self.station.show(UplinkState.STOPPED)
                await self._changed.wait()
                continue
            held = self._why_held()
            if held is not None:
                self.station.show(UplinkState.HELD, held)
                await sleep_unless(self._changed, _HELD_S, clock)
                continue
            began_s = clock.monotonic_s()
            wait_s = await self._connect()
            if clock.monotonic_s() - began_s >= _STEADY_S:
                self._backoff.reset()
            if wait_s > 0:
                await sleep_unless(self._changed, wait_s, clock)

    def _why_held(self) -> str | None:
        snapshot = self.station.charger.snapshot
        reports_to = None if snapshot is None else snapshot.reports_to_csms
        if reports_to is None or self.station.options.although_charger_reports:
            return None
        return (
            f"the charger itself reports to a central system ({reports_to}), which would then count each session"
            " twice. Switch that off at the charger, or set although_charger_reports: true"
        )

    async def _connect(self) -> float:
        """Make one connection and talk until it ends; return how long to wait before the next."""
        station = self.station
        try:
            line = await open_line(self._present_address())
        except CsmsError as error:
            await self._refused(error)
            return self._told(error)
        self._trouble = None
        self._tries_left = None
        self._proven = dict(station.configuration.overrides)
        self._conversation = Conversation(station, line, self._answers, self._waiters)
        station.published("is_connected", True)  # noqa: FBT003 -- a value of JSON
        _LOG.info("%s: connected", station.name)
        try:
            await self._conversation.run()
        except CsmsError as error:
            return self._told(error)
        except StoreError as error:
            _LOG.error("%s: %s", station.name, error)
            return _STORE_WAIT_S
        finally:
            self._conversation = None
            await line.close()
            station.published("is_connected", False)  # noqa: FBT003 -- a value of JSON
        return 0.0

    def _told(self, error: CsmsError) -> float:
        wait_s = self._backoff.next_s(error.retry_after_s)
        error.meanwhile = error.meanwhile or "It is tried again; whatever happens meanwhile is told then"
        self.station.show(UplinkState.CONNECTING, str(error))
        if self._trouble != error.seen:
            self._trouble = error.seen
            _LOG.warning("%s", error)
        return wait_s

    # --- credentials ---------------------------------------------------------------------------------------------

    def _present_address(self) -> Address:
        """Return the address under the settings that hold: a central system may raise the security profile."""
        configuration = self.station.configuration
        profile = configuration.settings.security_profile
        url = self._address.url
        if profile >= PROFILE_TLS and url.startswith("ws://"):
            url = f"wss://{url.removeprefix('ws://')}"
        password = configuration.authorization_key or self._address.password
        ping_s = configuration.settings.ping_interval_s
        return replace(
            self._address,
            url=url,
            password=password if PROFILE_BASIC <= profile < PROFILE_CLIENT_CERTIFICATE else None,
            ping_interval_s=float(ping_s) if ping_s > 0 else None,
        )

    async def _refused(self, error: CsmsError) -> None:
        """Fall back to the credentials that worked when new ones do not, and say so."""
        station = self.station
        if not isinstance(error, CsmsRefusedError | CsmsTlsError):
            return
        current = station.configuration.overrides
        changed = [key for key in _CREDENTIALS if current.get(key) != self._proven.get(key)]
        if not changed:
            return
        self._tries_left = (self._tries_left or _TRIES_OF_A_NEW_PROFILE) - 1
        if self._tries_left > 0:
            return
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

        await station.house.desk.run(restore)
        kept = {key: value for key, value in current.items() if key not in changed} | {
            key: proven[key] for key in changed if key in proven
        }
        station.configure(kept)
        info = f"{' and '.join(changed)} did not work and went back to what did"
        await station.security_event(
            SecurityEvent(type=SecurityEventEnum.RECONFIGURATION_OF_SECURITY_PARAMETERS, info=info, critical=True)
        )

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
        self.station.session.reboot(self.station.house.clock.monotonic_s())
        self._begin_anew()
        return True

    def _begin_anew(self) -> None:
        if self._conversation is not None:
            self._conversation.restart()
        self._changed.set()
