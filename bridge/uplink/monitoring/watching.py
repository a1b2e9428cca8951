"""When monitors tell: their memory, and what happens at a look. Pure; both clocks are handed in.

A look finds what is to be told; only `told` makes it so. What could not be told is found again by the next look, if it
is still true then: an alert that went by while nobody listened is not told, one that is still there is, and a change
counts from what was told last. A period that passed meanwhile is lost. [spec: OCPP 2.0.1, remark on N07.FR.04, allows
to put off the look until the central system is back]

There is no hysteresis: the standard has none, and a central system that wants one sets two thresholds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bridge.types.ocpp.event_data import EventTriggerEnum
from bridge.types.ocpp.v2.monitoring import MonitorType
from bridge.uplink.device_model.device_model import Present
from bridge.uplink.monitoring.monitor import PERIODIC, THRESHOLDS, Monitor, is_number, number_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = float("inf")
_STATION: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is true at a look."""

    at: datetime
    now_s: float
    """monotonic"""
    present: Present
    transactions: Mapping[int, str] = field(default_factory=dict)
    """that run: their ids by EVSE"""
    level: int = 9
    """of severity; what is a higher number is passed over"""

    def value(self, monitor: Monitor) -> str | None:
        """Return what the watched variable is now; None where that is not known."""
        variable = self.present.at(monitor.place)
        return None if variable is None else variable.value

    def transaction(self, monitor: Monitor) -> str | None:
        """Return the transaction that runs where the variable is; of the whole station only if there is but one."""
        if monitor.place.evse_id is not None:
            return self.transactions.get(monitor.place.evse_id)
        return next(iter(self.transactions.values())) if len(self.transactions) == 1 else None

    def watches(self, monitor: Monitor) -> bool:
        """Return whether a monitor watches at all now."""
        if monitor.severity > self.level:
            return False
        if not monitor.transaction:
            return True
        evse_id = monitor.place.evse_id or _STATION
        return bool(self.transactions) if evse_id == _STATION else evse_id in self.transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a monitor remembers."""

    monitor: Monitor
    is_alerting: bool = False
    """of a threshold: it was told to be exceeded, and not yet to be back"""
    reference: str | None = None
    """of a Delta: what was told last, or was so when it was set; None while nothing was known"""
    due_s: float = _NEVER
    """of a Periodic: the monotonic moment at which it tells"""
    slot: int = 0
    """of a PeriodicClockAligned: the period of the clock that was told, or begun, last"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something to tell."""

    after: Memory
    """once it was told"""
    at: datetime
    trigger: EventTriggerEnum
    actual_value: str
    cleared: bool | None = None
    transaction_id: str | None = None

    @property
    def monitor(self) -> Monitor:
        """The one that noticed it."""
        return self.after.monitor


class Watching:
    """All monitors of one station and what they remember."""

    def __init__(self, alerting: Iterable[int] = ()) -> None:
        """Begin; these thresholds were told to be exceeded before."""
        self._memories: dict[int, Memory] = {}
        self._owed = frozenset(alerting)

    @property
    def alerting(self) -> frozenset[int]:
        """The thresholds that were told to be exceeded, and not yet to be back."""
        return frozenset(number for number, memory in self._memories.items() if memory.is_alerting) | self._owed

    @property
    def due_s(self) -> float:
        """The monotonic moment of the next Periodic; infinite without one."""
        return min((memory.due_s for memory in self._memories.values()), default=_NEVER)

    def due_at(self, now: datetime) -> datetime | None:
        """Return the next moment of a PeriodicClockAligned."""
        aligned = [one.monitor for one in self._memories.values() if _is_aligned(one.monitor)]
        ends = (_EPOCH + timedelta(seconds=(_slot(one, now) + 1) * one.value) for one in aligned)
        return min(ends, default=None)

    def take(self, monitors: Mapping[int, Monitor], scene: Scene, kept: Collection[int] = ()) -> None:
        """Watch with these from now on; those that were there before remember what they did.

        `kept` are the ids of those that wait for their variables, too: what is owed of them stays owed.
        """
        owed = self.alerting & {*kept, *monitors}
        self._memories = {number: self._taken(monitor, scene) for number, monitor in monitors.items()}
        self._owed = owed - monitors.keys()

    def _taken(self, monitor: Monitor, scene: Scene) -> Memory:
        before = self._memories.get(monitor.id)
        if before is not None and before.monitor == monitor:
            return before
        was_alerting = monitor.id in self._owed or (before is not None and before.is_alerting)
        is_same_side = before is None or before.monitor.type is monitor.type
        memory = _begun(monitor, scene)
        return replace(memory, is_alerting=was_alerting and is_same_side and monitor.type in THRESHOLDS)

    def look(self, scene: Scene) -> list[Happening]:
        """Return what is to be told now, in the order of the ids."""
        found = []
        for number, memory in self._memories.items():
            if not scene.watches(memory.monitor):
                self._memories[number] = _passed_over(memory, scene)
                continue
            happening, after = _look(memory, scene)
            self._memories[number] = after
            if happening is not None:
                found.append(happening)
        return found

    def pass_over(self, scene: Scene) -> None:
        """Let the periods go that are over: there is nobody to tell."""
        self._memories = {number: _passed_over(memory, scene) for number, memory in self._memories.items()}

    def told(self, happening: Happening) -> None:
        """Take note that it was told; a monitor that was set anew or removed meanwhile does not care."""
        before = self._memories.get(happening.monitor.id)
        if before is not None and before.monitor == happening.monitor:
            self._memories[before.monitor.id] = happening.after


def _begun(monitor: Monitor, scene: Scene) -> Memory:
    match monitor.type:
        case MonitorType.DELTA:
            return Memory(monitor=monitor, reference=scene.value(monitor))
        case MonitorType.PERIODIC:
            return Memory(monitor=monitor, due_s=scene.now_s + monitor.value)
        case MonitorType.PERIODIC_CLOCK_ALIGNED:
            return Memory(monitor=monitor, slot=_slot(monitor, scene.at))
    return Memory(monitor=monitor)


def _look(memory: Memory, scene: Scene) -> tuple[Happening | None, Memory]:
    """Return what is to be told, and the memory until it was."""
    value = scene.value(memory.monitor)
    if value is None:
        return None, _passed_over(memory, scene)
    if memory.monitor.type in THRESHOLDS:
        return _threshold(memory, value, scene), memory
    if memory.monitor.type in PERIODIC:
        return _period(memory, value, scene)
    if memory.reference is None:
        return None, replace(memory, reference=value)
    if not _has_changed(memory, value, scene):
        return None, memory
    return _happening(replace(memory, reference=value), EventTriggerEnum.DELTA, value, scene), memory


def _period(memory: Memory, value: str, scene: Scene) -> tuple[Happening | None, Memory]:
    after = _passed_over(memory, scene)
    if after.due_s == memory.due_s and after.slot <= memory.slot:
        return None, after  # not yet; or the clock was set back
    return _happening(after, EventTriggerEnum.PERIODIC, value, scene), memory


def _threshold(memory: Memory, value: str, scene: Scene) -> Happening | None:
    number, limit = number_of(value), memory.monitor.value
    if number is None:
        return None
    is_upper = memory.monitor.type is MonitorType.UPPER_THRESHOLD
    is_beyond = number > limit if is_upper else number < limit
    if is_beyond == memory.is_alerting:
        return None
    after = replace(memory, is_alerting=is_beyond)
    happening = _happening(after, EventTriggerEnum.ALERTING, value, scene)
    return happening if is_beyond else replace(happening, cleared=True)


def _has_changed(memory: Memory, value: str, scene: Scene) -> bool:
    variable = scene.present.at(memory.monitor.place)
    before, now = number_of(memory.reference), number_of(value)
    if variable is not None and is_number(variable) and before is not None and now is not None:
        return abs(now - before) > memory.monitor.value
    return value != memory.reference


def _happening(after: Memory, trigger: EventTriggerEnum, value: str, scene: Scene) -> Happening:
    transaction_id = scene.transaction(after.monitor) if after.monitor.transaction else None
    return Happening(after=after, at=scene.at, trigger=trigger, actual_value=value, transaction_id=transaction_id)


def _passed_over(memory: Memory, scene: Scene) -> Memory:
    """Return the memory with the periods that are over gone by."""
    monitor = memory.monitor
    if monitor.type is MonitorType.PERIODIC and scene.now_s >= memory.due_s:
        periods = (scene.now_s - memory.due_s) // monitor.value + 1
        return replace(memory, due_s=memory.due_s + periods * monitor.value)
    if _is_aligned(monitor):
        return replace(memory, slot=_slot(monitor, scene.at))
    return memory


def _is_aligned(monitor: Monitor) -> bool:
    return monitor.type is MonitorType.PERIODIC_CLOCK_ALIGNED


def _slot(monitor: Monitor, at: datetime) -> int:
    """Return the number of the clock's period in which this moment lies; those of 900 s begin on the quarter hour."""
    return int((at - _EPOCH).total_seconds() // monitor.value)
