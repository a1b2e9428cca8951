"""Charging profiles at work: kept, worked out, and told to the charger as amperes.

The limits hold whether or not the central system can be reached. A charger is told its limit when that changes, again
every five minutes, and as soon as a vehicle could draw; after a stop it is left alone until the vehicle has gone, for
to a box that knows one switch only a new limit would be a new start.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from bridge.engine.waking import sleep_unless
from bridge.ports import Clock, Commander, Store, StoreDesk
from bridge.types.charger import Outcome
from bridge.types.command import LimitCurrent
from bridge.types.facts import from_epoch_us, to_epoch_us
from bridge.types.ocpp.charging_profile import ChargingProfile
from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedule
from bridge.types.ocpp.translate.charging_profiles import ClearChargingProfile
from bridge.types.words import CommandStatus, ConnectorStatus
from bridge.uplink.smart_charging.acceptance import Refusal
from bridge.uplink.smart_charging.assertion import Asserted, plan
from bridge.uplink.smart_charging.composite import composite
from bridge.uplink.smart_charging.limit import LimitNow, limit_at
from bridge.uplink.smart_charging.profiles import Transaction, Unreadable, from_json, to_json
from bridge.uplink.smart_charging.stack import Change, ProfileStack
from bridge.uplink.smart_charging.station import Limits, Station

PAUSED = 0.0
RETRY = timedelta(seconds=30)
"""until a charger that did not take its limit is told it again: a limit is a state, and stating it again is harmless"""
_LEFT_ALONE = frozenset({ConnectorStatus.FINISHING, ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED})


class ChargingLimits:
    """The charging profiles of one station. Lives on the event loop."""

    def __init__(
        self,
        station: str,
        charger: str,
        origin: str,
        layout: Station,
        *,
        desk: StoreDesk,
        commander: Commander,
        clock: Clock,
        on_change: Callable[[], None],
    ) -> None:
        self._prefix = f"{station}/profile/"
        self._asserted_prefix = f"{station}/asserted/"
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
        self._statuses: dict[int, ConnectorStatus | None] = {}
        self._due = asyncio.Event()
        self.problems: list[str] = []

    # --- profiles ------------------------------------------------------------------------------------------------

    async def restore(self, running: list[Transaction]) -> None:
        """Go on with what was kept. Raises StoreError."""
        kept, asserted = await self._desk.run(
            lambda store: (store.settings(self._prefix), store.settings(self._asserted_prefix))
        )
        profiles = [from_json(text) for text in kept.values()]
        self.problems = [str(profile.why) for profile in profiles if isinstance(profile, Unreadable)]
        readable = [profile for profile in profiles if not isinstance(profile, Unreadable)]
        self._stack = ProfileStack(self._layout, Limits(), sorted(readable, key=lambda kept: kept.installed_at))
        for evse_id, text in asserted.items():
            body = json.loads(text)
            self._asserted[int(evse_id)] = Asserted(body["limit_a"], from_epoch_us(body["at_us"]))
        for transaction in running:
            await self.transaction_started(transaction)
        await self._keep(self._stack.forget_ended())

    async def install(
        self, profile: ChargingProfile, evse_id: int, *, for_next_transaction: bool = False
    ) -> Refusal | None:
        """Take a profile and keep it, or say why not. Raises StoreError."""
        change = self._stack.install(profile, evse_id, self._clock.now(), for_next_transaction=for_next_transaction)
        if isinstance(change, Refusal):
            return change
        await self._keep(change)
        return None

    async def clear(self, clearing: ClearChargingProfile) -> bool:
        """Remove the profiles that fit; False where none does. Raises StoreError."""
        removed = self._stack.clear(clearing)
        await self._keep(Change(removed=removed))
        return bool(removed)

    def composite(self, evse_id: int, duration_s: int, unit: ChargingRateUnit | None = None) -> ChargingSchedule:
        """Return what may be charged from now on. LookupError for an EVSE unknown."""
        return composite(self._stack, evse_id, self._clock.now(), duration_s, unit=unit)

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
        self._due.set()
        self._on_change()

    # --- amperes -------------------------------------------------------------------------------------------------

    def note_status(self, evse_id: int, status: ConnectorStatus | None) -> None:
        """Take note of a connector's state: a vehicle that comes is told the limit at once."""
        if self._statuses.get(evse_id) is not status:
            self._statuses[evse_id] = status
            self._due.set()

    async def note_stop(self, evse_id: int) -> None:
        """Take note that charging was stopped: the box offers nothing until it is told a limit again."""
        await self._note(evse_id, PAUSED)

    async def run(self) -> None:
        """Tell the charger its limits, until cancelled. Raises StoreError."""
        while True:
            self._due.clear()
            look_at = [at for evse_id in self._layout.evses if (at := await self._assert(evse_id)) is not None]
            await self._wait(min(look_at, default=None))

    async def _wait(self, until_at: datetime | None) -> None:
        longest_s = 3600.0 if until_at is None else (until_at - self._clock.now()).total_seconds()
        await sleep_unless(self._due, min(max(longest_s, 0.05), 3600.0), self._clock)

    async def _assert(self, evse_id: int) -> datetime | None:
        """Tell one EVSE its limit where that is due; return when to look again."""
        if self._statuses.get(evse_id) in _LEFT_ALONE:
            return None
        now = self._clock.now()
        retry_at = self._retry_at.get(evse_id)
        if retry_at is not None and now < retry_at:
            return retry_at
        step = plan(self.limit(evse_id), self._asserted.get(evse_id), now)
        if not step.send:
            return step.look_at
        outcome = await self._commander.execute(
            self._charger, LimitCurrent(connector_id=evse_id, limit_a=step.limit_a), self._origin
        )
        return await self._take(evse_id, step.limit_a, outcome) or step.look_at

    async def _take(self, evse_id: int, limit_a: float | None, outcome: Outcome) -> datetime | None:
        if outcome.status is CommandStatus.DONE:
            self._retry_at.pop(evse_id, None)
            await self._note(evse_id, limit_a)
            return None
        self._retry_at[evse_id] = self._clock.now() + RETRY
        return self._retry_at[evse_id]

    async def _note(self, evse_id: int, limit_a: float | None) -> None:
        before = self._asserted.get(evse_id)
        asserted = self._asserted[evse_id] = Asserted(limit_a, self._clock.now())
        if before is None or before.limit_a != limit_a:  # the mere repetition is not worth a commit
            text = json.dumps({"limit_a": limit_a, "at_us": to_epoch_us(asserted.at)})
            await self._desk.run(lambda store: store.put_setting(f"{self._asserted_prefix}{evse_id}", text))
            self._on_change()
