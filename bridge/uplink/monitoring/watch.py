"""Watches the variables of one station for its central system, and for whoever asked over EVerest's interface.

A central system is told with NotifyEvent, message by message: what it has not answered, because the line broke, is
found again by the next look. What it refuses is not told again. While it is not there, or speaks 1.6, nobody is told:
when it is back it hears which thresholds are exceeded then, and what has changed since it was told last; periods that
went by are lost, and so no OfflineQueuingSeverity is declared.

A restart of the bridge forgets what a Delta told last: it counts from the first value after that. That a threshold was
told to be exceeded is kept, at most once a minute.

Most stations have no monitors but the preconfigured ones, which watch states. So a look is taken only where something
that is watched may have changed, and reads only what can be watched.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bridge.engine.board import UplinkState
from bridge.engine.waking import sleep_unless
from bridge.ports import Store
from bridge.types.ocpp.base import to_everest, to_ocpp
from bridge.types.ocpp.component_variable import Component, ComponentVariable, Variable
from bridge.types.ocpp.event_data import EventData, EventNotificationType, EventTriggerEnum
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.translate.variables import NotifyEvent, variable_message
from bridge.types.ocpp.variable_access import READ_AT_MOST
from bridge.types.ocpp.version import OcppVersion
from bridge.types.transaction import TransactionPhase
from bridge.uplink.device_model.device_model import Present
from bridge.uplink.device_model.variable import Place, PlaceKey, component_key, variable_key
from bridge.uplink.dialect import Wording
from bridge.uplink.monitoring import kept
from bridge.uplink.monitoring.monitors import Monitors
from bridge.uplink.monitoring.parting import parted, room_of
from bridge.uplink.monitoring.watching import Happening, Scene, Watching

if TYPE_CHECKING:
    from bridge.uplink.station import Station

OnPoll = Callable[[Callable[[], None]], Callable[[], None]]
"""has somebody called after each poll of the charger, and returns what ends that"""

MOST_PUBLISHED: Final = 1000
"""variables whose changes are published"""
_LOOK_EVERY_S: Final = 60.0
"""while variables are published: not all of them tell when they change"""
_RETRY_S: Final = 5.0
"""while too much waits to be sent"""
_KEEP_EVERY_S: Final = 60.0
_RUNNING: Final = (TransactionPhase.RUNNING, TransactionPhase.STOPPING)


class Watch:
    """The monitors of one station at work. Lives on the event loop; `restore` before anything else."""

    def __init__(self, station: Station, on_poll: OnPoll) -> None:
        self.monitors = Monitors()
        self._station = station
        self._on_poll = on_poll
        self._end_polls: Callable[[], None] | None = None
        self._watching = Watching()
        self._news = asyncio.Event()
        self._published: dict[PlaceKey, str | None] = {}
        """the last value of each variable whose changes are published, by its folded place"""
        self._kept_alerting: frozenset[int] = frozenset()
        self._keep_at_s = 0.0
        self._was_telling = False
        """at the last look"""
        self._glanced: Hashable = None
        """what `_glance` saw at the last look"""
        self._is_held = False
        """something could not be sent for want of room"""
        self._event_id = 0
        self._event_ids_left = 0

    async def restore(self) -> None:
        """Go on with what was kept. Raises StoreError."""
        station = self._station.outbox.station

        def read(store: Store) -> tuple[Monitors, frozenset[int]]:
            return kept.restore(store, station), kept.alerting(store, station)

        self.monitors, self._kept_alerting = await self._station.house.desk.run(read)
        self._watching = Watching(self._kept_alerting)

    def wake(self) -> None:
        """Say that a variable may have changed, or that the central system came or went; never blocks."""
        if self._published or (self.monitors.custom and self._is_telling) or self._glance() != self._glanced:
            self._news.set()

    async def change(self, monitors: Monitors) -> None:
        """Go on with these monitors. Raises StoreError, and it is as if nothing had been asked."""
        station, before = self._station.outbox.station, self.monitors
        await self._station.house.desk.run(lambda store: kept.keep(store, station, before, monitors))
        self.monitors = monitors
        scene = self._scene(self._station.device_model.watchable())
        self._watching.take(monitors.active(scene.present), scene, monitors.custom)
        self._news.set()

    def publish_changes_of(self, component_variables: Iterable[ComponentVariable]) -> None:
        """Publish `event_data` on every change of these variables from now on, too, whoever changed them.

        Those that are not there are published once they are; beyond `MOST_PUBLISHED` they are passed over.
        """
        places = [(component_key(asked.component), variable_key(asked.variable)) for asked in component_variables]
        present = self._station.device_model.present(frozenset(places)) if self._station.has_begun else ()
        values = {one.place.folded: one.value for one in present}
        for place in places:
            if len(self._published) < MOST_PUBLISHED:
                self._published.setdefault(place, values.get(place))
        self.wake()

    async def run(self) -> None:
        """Tell what happens, until cancelled. Raises StoreError, and may be called again."""
        try:
            while True:
                self._news.clear()
                await self._look()
                self._follow_polls()
                wait_s = self._wait_s()
                if math.isinf(wait_s):
                    await self._news.wait()
                else:
                    await sleep_unless(self._news, wait_s, self._station.house.clock)
        finally:
            self._stop_polls()

    @property
    def _is_telling(self) -> bool:
        is_online = self._station.session.state is UplinkState.ONLINE
        return is_online and self._station.version is not OcppVersion.V16

    def _glance(self) -> Hashable:
        """Return something that differs whenever preconfigured monitors may have something to tell."""
        return self._station.device_model.states() if self._is_telling else None

    # --- a look --------------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        station = self._station
        was_telling, self._was_telling = self._was_telling, self._is_telling
        self._glanced = self._glance()  # first: what changes from here on is seen, or is another look's
        await self._publish_changes()
        if not self._is_telling:
            return
        present = station.device_model.watchable()
        active = self.monitors.active(present)
        transactions: dict[int, str] = {}
        if any(monitor.transaction for monitor in active.values()):
            transactions = await station.house.desk.run(self._transactions)
        scene = self._scene(present, transactions)
        self._watching.take(active, scene, self.monitors.custom)
        if not was_telling:
            self._watching.pass_over(scene)
        self._is_held = not await self._tell(self._watching.look(scene))
        await self._keep_alerting()

    def _scene(self, present: Present, transactions: dict[int, str] | None = None) -> Scene:
        clock = self._station.house.clock
        return Scene(
            at=clock.now(),
            now_s=clock.monotonic_s(),
            present=present,
            transactions=transactions or {},
            level=self.monitors.level,
        )

    def _transactions(self, store: Store) -> dict[int, str]:
        """Return the transactions that run at the other side. Belongs to the store's thread."""
        found = {}
        charger = self._station.charger.charger
        for one in store.transactions(self._station.outbox.station, *_RUNNING):
            session = store.session(charger, one.session_id, one.started_at)
            if session is not None and session.ended_at is None and one.transaction_id is not None:
                found[session.connector_id] = one.transaction_id
        return found

    async def _tell(self, happenings: Sequence[Happening]) -> bool:
        """Tell all of it, or as much as can be; False where there is no room for more."""
        if not happenings:
            return True
        station = self._station
        events = [(happening, await self._event(happening)) for happening in happenings]
        room = room_of(station.device_model.present(), "DeviceDataCtrlr", "GetReport")
        parts = parted(events, lambda told: to_ocpp(told[1]), room)
        for number, part in enumerate(parts):
            if station.session.room <= 0:
                return False
            message = NotifyEvent(
                generated_at=station.house.clock.now(),
                seq_no=number,
                tbc=True if number + 1 < len(parts) else None,
                event_data=tuple(event for _, event in part),
            )
            payload = variable_message(message, station.version).payload
            answer = None if payload is None else await station.ask_csms(Wording("NotifyEvent", payload))
            if answer is None and not self._is_telling:
                self._was_telling = False
                return True  # the line broke: it is found again when there is one
            for happening, event in part:
                self._watching.told(happening)
                station.published("event_data", to_everest(event))
        return True

    async def _event(self, happening: Happening) -> EventData:
        monitor = happening.monitor
        return EventData(
            component_variable=named(monitor.place),
            event_id=await self._new_event_id(),
            timestamp=happening.at,
            trigger=happening.trigger,
            actual_value=happening.actual_value[:READ_AT_MOST],
            event_notification_type=monitor.kind,
            cleared=happening.cleared,
            transaction_id=happening.transaction_id,
            variable_monitoring_id=monitor.id,
        )

    async def _new_event_id(self) -> int:
        if not self._event_ids_left:
            station = self._station.outbox.station
            self._event_id = await self._station.house.desk.run(lambda store: kept.set_event_ids_aside(store, station))
            self._event_ids_left = kept.EVENT_IDS_AT_ONCE
        given = self._event_id
        self._event_id += 1
        self._event_ids_left -= 1
        return given

    async def _publish_changes(self) -> None:
        if not self._published:
            return
        for variable in self._station.device_model.present(self._published.keys()):
            place, value = variable.place.folded, variable.value
            if value is None or place not in self._published or self._published[place] == value:
                continue
            before, self._published[place] = self._published[place], value
            if before is None:
                continue  # it was not known
            event = EventData(
                component_variable=named(variable.place),
                event_id=await self._new_event_id(),
                timestamp=self._station.house.clock.now(),
                trigger=EventTriggerEnum.DELTA,
                actual_value=value[:READ_AT_MOST],
                event_notification_type=EventNotificationType.CUSTOM_MONITOR,
            )
            self._station.published("event_data", to_everest(event))

    async def _keep_alerting(self) -> None:
        alerting, now_s = self._watching.alerting, self._station.house.clock.monotonic_s()
        if alerting == self._kept_alerting or now_s < self._keep_at_s:
            return
        station = self._station.outbox.station
        await self._station.house.desk.run(lambda store: kept.keep_alerting(store, station, alerting))
        self._kept_alerting, self._keep_at_s = alerting, now_s + _KEEP_EVERY_S

    # --- waiting -------------------------------------------------------------------------------------------------

    def _wait_s(self) -> float:
        """Return after how long to look although nothing wakes it; infinite where that would be for nothing."""
        waits = [_LOOK_EVERY_S if self._published else math.inf]
        if not self._is_telling:
            return waits[0]
        if self._is_held:
            return _RETRY_S
        clock = self._station.house.clock
        now, now_s = clock.now(), clock.monotonic_s()
        waits.append(self._watching.due_s - now_s)
        due_at: datetime | None = self._watching.due_at(now)
        if due_at is not None:
            waits.append((due_at - now).total_seconds())
        if self._watching.alerting != self._kept_alerting:
            waits.append(self._keep_at_s - now_s)
        return max(0.0, min(waits))

    def _follow_polls(self) -> None:
        """Be woken by each poll only where that may show something: states are told by the journal."""
        if not (self._published or (self._is_telling and self.monitors.custom)):
            self._stop_polls()
        elif self._end_polls is None:
            self._end_polls = self._on_poll(self.wake)

    def _stop_polls(self) -> None:
        if self._end_polls is not None:
            self._end_polls()
            self._end_polls = None


def named(place: Place) -> ComponentVariable:
    """Return a place as OCPP names it."""
    evse = None if place.evse_id is None else EVSE(id=place.evse_id, connector_id=place.connector_id)
    return ComponentVariable(
        component=Component(name=place.component, instance=place.component_instance, evse=evse),
        variable=Variable(name=place.variable, instance=place.variable_instance),
    )
