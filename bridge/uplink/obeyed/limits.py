"""Charging profiles at work: kept, worked out, and told to the charger as amperes.

The limits hold whether or not the central system can be reached. A charger is told its limit when that changes and as
soon as a vehicle could draw. Every few seconds the polls are read back: a charger that shows more than it was told is
told again, one that shows nothing is told again every five minutes, for chargers forget. After a stop it is left alone
until the vehicle has gone, for to a box that knows one switch only a new limit would be a new start.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import Enum, auto

from bridge.engine.waking import sleep_unless
from bridge.errors import ChargerError
from bridge.ports import Clock, Commander, Store, StoreDesk
from bridge.types.charger import Outcome
from bridge.types.command import LimitCurrent
from bridge.types.facts import from_epoch_us, to_epoch_us
from bridge.types.ocpp.charging_profile import ChargingProfile
from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedule
from bridge.types.ocpp.translate.charging_profiles import ClearChargingProfile
from bridge.types.words import CommandStatus, ConnectorStatus
from bridge.uplink.smart_charging.acceptance import Refusal
from bridge.uplink.smart_charging.assertion import ASSERT_EVERY, Asserted, Step, plan
from bridge.uplink.smart_charging.composite import composite
from bridge.uplink.smart_charging.layout import Layout, Limits
from bridge.uplink.smart_charging.limit import LimitNow, limit_at
from bridge.uplink.smart_charging.outside import OutsideLimit
from bridge.uplink.smart_charging.profiles import Installed, Transaction, Unreadable, from_json, to_json
from bridge.uplink.smart_charging.stack import Change, ProfileStack

_LOG = logging.getLogger(__name__)
PAUSED = 0.0
RETRY = timedelta(seconds=30)
"""until a charger that did not take its limit is told it again: a limit is a state, and stating it again is harmless"""
READ_BACK = timedelta(seconds=10)
"""between two comparisons of what a charger shows with what it was told; they cost no command and no commit"""
_READ_BACK_AGE = timedelta(minutes=5)
"""of the poll that is compared: where polls are rarer, one more is asked for"""
_FRESH_S = 5.0
_MOST_DOUBLINGS = 10
_DUST_A = 0.1
"""chargers round what they offer"""
SIGNIFICANT_PERCENT = 1.0
"""by which a limit of somebody else has to lie under what was told: below it is rounding"""
_LEFT_ALONE = frozenset({ConnectorStatus.FINISHING, ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED})
_BEGINS_ANEW = frozenset({ConnectorStatus.AVAILABLE, ConnectorStatus.PREPARING, ConnectorStatus.CHARGING})
"""states after which a stop is over"""


class _Silent(Enum):
    """The charger does not answer."""

    SILENT = auto()


_SILENT = _Silent.SILENT


class ChargingLimits:
    """The charging profiles of one station. Lives on the event loop."""

    def __init__(
        self,
        station: str,
        charger: str,
        origin: str,
        layout: Layout,
        *,
        desk: StoreDesk,
        commander: Commander,
        clock: Clock,
        on_change: Callable[[], None],
        on_external_limit: Callable[[int, float | None], None] | None = None,
        significance_percent: Callable[[], float] = lambda: SIGNIFICANT_PERCENT,
    ) -> None:
        """Join the parts.

        `on_external_limit` is called with an EVSE and the amperes to which somebody else limits it while it charges,
        and with None when that is over; the former again where they change by more than `significance_percent`.
        """
        self._prefix = f"{station}/profile/"
        self._asserted_prefix = f"{station}/asserted/"
        self._offline_name = f"{station}/offline"
        self._charger = charger
        self._origin = origin
        self._layout = layout
        self._desk = desk
        self._commander = commander
        self._clock = clock
        self._on_change = on_change
        self._stack = ProfileStack(layout, Limits())
        self._asserted: dict[int, Asserted] = {}
        self._retry_at: dict[int, datetime] = {}
        self._disagreements: dict[int, int] = {}
        """how often in a row the charger had to be told again"""
        self._stopped: set[int] = set()
        """EVSEs at which charging is being stopped or was, until they are of use to a vehicle again"""
        self._statuses: dict[int, ConnectorStatus | None] = {}
        self._on_external_limit = on_external_limit
        self._significance_percent = significance_percent
        self._outside: dict[int, OutsideLimit] = {}
        self._was_lost_at: datetime | None = None
        """when the connection was lost, as far as that was taken up"""
        self._is_lost_at: datetime | None = None
        """the same as it is known"""
        self._loss_is_kept = False
        self._due = asyncio.Event()
        self.problems: list[str] = []

    # --- profiles ------------------------------------------------------------------------------------------------

    async def restore(self, running: list[Transaction], waiting_for: timedelta | None = None) -> None:
        """Go on with what was kept. Raises StoreError."""
        kept, asserted, lost = await self._desk.run(
            lambda store: (
                store.settings(self._prefix),
                store.settings(self._asserted_prefix),
                store.setting(self._offline_name),
            )
        )
        profiles = [from_json(text) for text in kept.values()]
        self.problems = [str(profile.why) for profile in profiles if isinstance(profile, Unreadable)]
        readable = [profile for profile in profiles if not isinstance(profile, Unreadable)]
        self._stack = ProfileStack(self._layout, Limits(), sorted(readable, key=lambda kept: kept.installed_at))
        if lost is not None and self._was_lost_at is None:
            self._was_lost_at = self._is_lost_at = from_epoch_us(int(lost))
            self._loss_is_kept = True
        self._stack.offline_since = self._was_lost_at
        for evse_id, text in asserted.items():
            body = json.loads(text)
            self._asserted[int(evse_id)] = Asserted(body["limit_a"], from_epoch_us(body["at_us"]))
        await self.follow(running, waiting_for)
        await self._keep(self._stack.forget_ended())

    def lay_out(self, layout: Layout) -> None:
        """Take another layout: the charger has connectors that were not known."""
        self._layout = self._stack.layout = layout
        self._due.set()

    async def follow(self, running: list[Transaction], waiting_for: timedelta | None = None) -> None:
        """Take what runs now for all that runs: what happened meanwhile was told to nobody. Raises StoreError."""
        keys = {transaction.key for transaction in running}
        for ended in self._stack.transactions:
            if ended.key not in keys:
                await self.transaction_ended(ended.evse_id, ended.key)
        for transaction in running:
            await self.transaction_started(transaction, waiting_for)

    def note_connection(self, *, is_online: bool) -> None:
        """Take note that the central system can be reached, or not: some profiles hold only so long without it."""
        if is_online is (self._is_lost_at is None):
            return
        self._is_lost_at = None if is_online else self._clock.now()
        self._due.set()

    async def _settle_connection(self) -> None:
        """Take the connection's loss or return up, and let go of what lapsed for good."""
        await self._keep(self._stack.forget_lapsed(self._clock.now()))
        lost_at = self._is_lost_at
        if lost_at == self._was_lost_at:
            return
        holds_some = any(one.profile.max_offline_duration is not None for one in self._stack.installed)

        def write(store: Store) -> None:
            with store.transaction():
                if lost_at is None:
                    store.drop_setting(self._offline_name)
                else:
                    store.put_setting(self._offline_name, str(to_epoch_us(lost_at)))

        if self._loss_is_kept if lost_at is None else holds_some:  # else it is not worth a commit
            await self._desk.run(write)
            self._loss_is_kept = lost_at is not None
        self._was_lost_at = self._stack.offline_since = lost_at
        if holds_some:
            self._on_change()

    @property
    def installed(self) -> tuple[Installed, ...]:
        """All profiles, in the order of their installation."""
        return self._stack.installed

    @property
    def units(self) -> frozenset[ChargingRateUnit]:
        """In what schedules may count."""
        return self._stack.limits.units

    async def install(
        self, profile: ChargingProfile, evse_id: int, *, for_next_transaction: bool = False, by_2_x: bool = False
    ) -> Refusal | None:
        """Take a profile by the rules of 1.6 or of 2.x and keep it, or say why not. Raises StoreError."""
        change = self._stack.install(
            profile, evse_id, self._clock.now(), for_next_transaction=for_next_transaction, by_2_x=by_2_x
        )
        if isinstance(change, Refusal):
            return change
        await self._keep(change)
        return None

    async def clear(self, clearing: ClearChargingProfile) -> bool:
        """Remove the profiles that fit; False where none does. Raises StoreError."""
        removed = self._stack.clear(clearing)
        await self._keep(Change(removed=removed))
        return bool(removed)

    def composite(
        self, evse_id: int, duration_s: int, unit: ChargingRateUnit | None = None, *, bidirectional: bool = False
    ) -> ChargingSchedule:
        """Return what may be charged from now on, with setpoints and discharging if wanted.

        LookupError for an EVSE unknown.
        """
        now = self._clock.now()
        return composite(self._stack, evse_id, now, duration_s, unit=unit, bidirectional=bidirectional)

    def limit(self, evse_id: int) -> LimitNow:
        """Return what holds now. LookupError for an EVSE unknown."""
        return limit_at(self._stack, evse_id, self._clock.now())

    async def transaction_started(self, transaction: Transaction, waiting_for: timedelta | None = None) -> None:
        """Bind the profiles that wait for it; told again, it learns the central system's number.

        A profile that has waited for longer than `waiting_for` was for a vehicle that did not come.
        """
        if transaction.evse_id not in self._layout.evses:
            return
        oldest_at = None if waiting_for is None else transaction.started_at - waiting_for
        stale = [one for one in self._stack.installed if one.is_waiting and one.evse_id == transaction.evse_id]
        if oldest_at is not None and any(one.installed_at < oldest_at for one in stale):
            await self._keep(self._stack.forget_waiting(transaction.evse_id))
        await self._keep(self._stack.start_transaction(transaction))

    async def transaction_ended(self, evse_id: int, key: str) -> None:
        """Let the profiles of a transaction go; one that is not the present one is over already."""
        running = self._stack.transaction(evse_id)
        if running is not None and running.key == key:
            await self._keep(self._stack.end_transaction(evse_id))

    async def forget_waiting(self, evse_id: int) -> None:
        """Let go of what waits for a transaction that will not come."""
        await self._keep(self._stack.forget_waiting(evse_id))

    async def forget_stale(self, evse_id: int, waiting_for: timedelta) -> None:
        """Let go of what has waited that long for a vehicle that never came. Raises StoreError."""
        oldest_at = self._clock.now() - waiting_for
        waiting = [one for one in self._stack.installed if one.is_waiting and one.evse_id == evse_id]
        if any(one.installed_at < oldest_at for one in waiting):
            await self._keep(self._stack.forget_waiting(evse_id))

    async def _keep(self, change: Change) -> None:
        if not change.put and not change.removed:
            return

        def write(store: Store) -> None:
            with store.transaction():
                for removed in change.removed:
                    store.drop_setting(f"{self._prefix}{removed.profile.id}")
                for installed in change.put:
                    store.put_setting(f"{self._prefix}{installed.profile.id}", to_json(installed))

        await self._desk.run(write)
        self._retry_at.clear()  # what failed may be another limit now
        self._due.set()
        self._on_change()

    # --- amperes -------------------------------------------------------------------------------------------------

    def note_status(self, evse_id: int, status: ConnectorStatus | None) -> None:
        """Take note of a connector's state: a vehicle that comes is told the limit at once."""
        if self._statuses.get(evse_id) is not status:
            self._statuses[evse_id] = status
            if status in _BEGINS_ANEW:
                self._stopped.discard(evse_id)
            if status is not ConnectorStatus.CHARGING:
                self._see_outside(evse_id, None, None)
            self._due.set()

    async def stop(self, evse_id: int, stop: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Carry a stop out, and let no limit follow it until the EVSE is of use to a vehicle again. Raises StoreError.

        The poll that shows the end, and with it lifts the session's limit, may come before the outcome. A limit that
        holds is told again to the next vehicle; a box that is not limited from here goes back by itself to what its
        owner set [doc], and is told nothing.
        """
        self._stopped.add(evse_id)
        is_done = False
        try:
            outcome = await stop()
            is_done = outcome.status is CommandStatus.DONE
        finally:
            if not is_done:  # as far as is known: what charges is limited
                self._stopped.discard(evse_id)
                self._due.set()
        last = self._asserted.get(evse_id)
        if is_done and last is not None and last.limit_a is not None:
            await self._note(evse_id, PAUSED)
        return outcome

    async def run(self) -> None:
        """Tell the charger its limits, until cancelled. Raises StoreError."""
        while True:
            self._due.clear()
            await self._settle_connection()
            look_at = [at for evse_id in self._layout.evses if (at := await self._assert(evse_id)) is not None]
            await self._wait(min(look_at, default=None))

    async def _wait(self, until_at: datetime | None) -> None:
        longest_s = 3600.0 if until_at is None else (until_at - self._clock.now()).total_seconds()
        await sleep_unless(self._due, min(max(longest_s, 0.05), 3600.0), self._clock)

    async def _assert(self, evse_id: int) -> datetime | None:
        """Tell one EVSE its limit where that is due; return when to look again."""
        if self._statuses.get(evse_id) in _LEFT_ALONE or evse_id in self._stopped:
            return None
        now = self._clock.now()
        retry_at = self._retry_at.get(evse_id)
        if retry_at is not None and now < retry_at:
            return retry_at
        limit, last = self.limit(evse_id), self._asserted.get(evse_id)
        step = plan(limit, last, now)
        if last is not None and last.limit_a is not None and last.limit_a == limit.limit_a:
            return await self._read_back(evse_id, last, step)
        self._disagreements.pop(evse_id, None)
        self._see_outside(evse_id, None, None)
        if not step.send:
            return step.look_at
        if retry_at is not None and await self._shown(evse_id, _FRESH_S) is _SILENT:
            return self._try_later(evse_id)  # each command costs two commits, and this one cannot arrive
        failed_at = await self._send(evse_id, step.limit_a)
        return failed_at or min(at for at in (step.look_at, self._clock.now() + READ_BACK) if at is not None)

    async def _read_back(self, evse_id: int, last: Asserted, step: Step) -> datetime | None:
        """Compare what a charger shows with what it was told, and tell it again only where that disagrees."""
        now, limit_a = self._clock.now(), last.limit_a
        assert limit_a is not None
        since = now - last.at  # what was read before says nothing
        age = since if timedelta(0) <= since < _READ_BACK_AGE else _READ_BACK_AGE
        shown = await self._shown(evse_id, age.total_seconds())
        if shown is _SILENT:
            return self._try_later(evse_id)
        self._retry_at.pop(evse_id, None)
        if shown is None:
            return (await self._send(evse_id, limit_a) if step.send else None) or step.look_at
        next_at = min(now + READ_BACK, self.limit(evse_id).until_at or now + READ_BACK)
        if shown <= limit_a + _DUST_A:
            if self._statuses.get(evse_id) is ConnectorStatus.CHARGING:
                self._see_outside(evse_id, limit_a, shown)
            self._disagreements.pop(evse_id, None)
            return next_at
        told = self._disagreements.get(evse_id, 0)
        again_at = last.at + min(READ_BACK * (1 << told), ASSERT_EVERY)
        if last.at <= now < again_at:
            return min(again_at, next_at)
        _LOG.info("%s: the charger offers %g A instead of %g A and is told again", self._origin, shown, limit_a)
        self._disagreements[evse_id] = min(told + 1, _MOST_DOUBLINGS)
        return await self._send(evse_id, limit_a) or now + READ_BACK

    def _see_outside(self, evse_id: int, told_a: float | None, shown_a: float | None) -> None:
        """Notice that somebody else limits an EVSE, or does not any more."""
        if self._on_external_limit is None:
            return
        outside = self._outside.setdefault(evse_id, OutsideLimit())
        before, self._outside[evse_id] = outside, outside.seen(told_a, shown_a, self._significance_percent())
        if self._outside[evse_id].limit_a != before.limit_a:
            self._on_external_limit(evse_id, self._outside[evse_id].limit_a)

    async def _shown(self, evse_id: int, max_age_s: float) -> float | _Silent | None:
        """Return the amperes that the charger shows as offered; None where it does not tell."""
        try:
            snapshot = await self._commander.look(self._charger, max_age_s)
        except ChargerError:
            return _SILENT
        reading = next((one for one in snapshot.connectors if one.connector_id == evse_id), None)
        if reading is not None and reading.current_offered_a is None:
            return PAUSED if reading.status is ConnectorStatus.SUSPENDED_EVSE else None
        return None if reading is None else reading.current_offered_a

    def _try_later(self, evse_id: int) -> datetime:
        self._retry_at[evse_id] = at = self._clock.now() + RETRY
        return at

    async def _send(self, evse_id: int, limit_a: float | None) -> datetime | None:
        """Tell a charger its limit; return when to try again, None where it took it.

        Where no profile limits any more, what the wires can give still does.
        """
        if evse_id in self._stopped:  # while the charger was looked at
            return None
        told_a = self._layout.supply(evse_id).max_current_a if limit_a is None else limit_a
        outcome = await self._commander.execute(
            self._charger, LimitCurrent(connector_id=evse_id, limit_a=told_a), self._origin
        )
        if outcome.status is not CommandStatus.DONE:
            return self._try_later(evse_id)
        self._retry_at.pop(evse_id, None)
        await self._note(evse_id, limit_a)
        return None

    async def _note(self, evse_id: int, limit_a: float | None) -> None:
        before = self._asserted.get(evse_id)
        asserted = self._asserted[evse_id] = Asserted(limit_a, self._clock.now())
        if before is None or before.limit_a != limit_a:  # the mere repetition is not worth a commit
            text = json.dumps({"limit_a": limit_a, "at_us": to_epoch_us(asserted.at)})
            await self._desk.run(lambda store: store.put_setting(f"{self._asserted_prefix}{evse_id}", text))
            self._on_change()
