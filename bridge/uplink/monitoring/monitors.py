"""The monitors of one station, and what a central system may make of them [spec: OCPP 2.x, N03 to N06]. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from bridge.types.ocpp.event_data import EventNotificationType
from bridge.types.ocpp.v2.monitoring import (
    LEAST_SEVERE,
    ClearMonitoringStatus,
    MonitoringBase,
    MonitorType,
    SetMonitoringStatus,
)
from bridge.uplink.device_model.device_model import Present
from bridge.uplink.device_model.variable import ModelVariable
from bridge.uplink.monitoring.monitor import THRESHOLDS, Monitor, is_number
from bridge.uplink.monitoring.preconfigured import FIRST_CUSTOM_ID, preconfigured

MOST_MONITORS: Final = 100
"""that a central system may set"""
LONGEST_PERIOD_S: Final = 31 * 86400.0
_TARGETED: Final = frozenset({MonitorType.TARGET_DELTA, MonitorType.TARGET_DELTA_RELATIVE})


class Wish(Protocol):
    """A monitor that is to be set, its variable apart: `bridge.types.ocpp.v2.monitoring.SetMonitoringData`."""

    @property
    def id(self) -> int | None:
        """Name the monitor that it replaces."""

    @property
    def type(self) -> MonitorType:
        """Say when it tells."""

    @property
    def value(self) -> float:
        """Return the threshold, the change, or the seconds between."""

    @property
    def severity(self) -> int:
        """Return how severe it is."""

    @property
    def transaction(self) -> bool | None:
        """Return whether it watches during transactions only."""

    @property
    def periodic_event_stream(self) -> object | None:
        """Return what is wanted of a stream."""


class Verdict(NamedTuple):
    """What becomes of a monitor that is to be set."""

    status: SetMonitoringStatus
    monitor_id: int | None = None
    reason: str | None = None
    """a reason code of OCPP's list"""
    info: str | None = None
    """for people"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitors:
    """All that a station keeps of its monitors; a change gives a new one."""

    base: MonitoringBase = MonitoringBase.FACTORY_DEFAULT
    level: int = LEAST_SEVERE
    """nothing that is less severe, which is a higher number, is told"""
    custom: Mapping[int, Monitor] = field(default_factory=lambda: MappingProxyType({}))
    """what central systems set, by id; those that took the place of preconfigured ones have their ids"""
    removed: frozenset[int] = frozenset()
    """preconfigured ones that were removed, until the base is set again"""
    next_id: int = FIRST_CUSTOM_ID
    """rises; no id is given twice"""

    def active(self, present: Present) -> dict[int, Monitor]:
        """Return the monitors that watch something, by id, in the order of the ids.

        A central system's monitor of a variable that is not there waits until it is.
        """
        mine = {one.id: one for one in preconfigured(present, self.base) if one.id not in self.removed}
        theirs = {one.id: one for one in self.custom.values() if present.at(one.place) is not None}
        return dict(sorted((mine | theirs).items()))

    def set(self, wish: Wish, variable: ModelVariable, present: Present, now: datetime) -> tuple[Monitors, Verdict]:
        """Set a monitor on a variable, or say why not.

        With an id it takes the place of that monitor; a preconfigured one is the central system's from then on, until
        the base is set again [spec: N04.FR.12, 15, 16].
        """
        against = _misfit(wish, variable)
        if against is not None:
            return self, against
        active = self.active(present)
        before = None if wish.id is None else active.get(wish.id)
        against = self._objection(wish, variable, active)
        if against is not None:
            return self, against
        monitor = Monitor(
            id=self.next_id if before is None else before.id,
            place=variable.place,
            type=wish.type,
            value=wish.value,
            severity=wish.severity,
            transaction=bool(wish.transaction),
            set_at=now,
        )
        changed = replace(
            self,
            custom=MappingProxyType({**self.custom, monitor.id: monitor}),
            next_id=max(self.next_id, monitor.id + 1),
        )
        return changed, Verdict(SetMonitoringStatus.ACCEPTED, monitor.id)

    def _objection(self, wish: Wish, variable: ModelVariable, active: Mapping[int, Monitor]) -> Verdict | None:
        """Return what speaks against such a monitor, beside these."""
        if wish.id is not None:
            against = _no_successor(active.get(wish.id), variable)
            if against is not None:
                return against
        alike = (one for one in active.values() if (one.type, one.severity) == (wish.type, wish.severity))
        if any(one.id != wish.id and one.place.folded == variable.place.folded for one in alike):
            return Verdict(SetMonitoringStatus.DUPLICATE)
        if wish.id not in self.custom and len(self.custom) >= MOST_MONITORS:
            return _rejected("TooManyElements", f"there are {MOST_MONITORS} monitors already")
        return None

    def clear(self, monitor_id: int, present: Present) -> tuple[Monitors, ClearMonitoringStatus]:
        """Remove a monitor; a preconfigured one comes back when the base is set again."""
        monitor = self.custom.get(monitor_id) or self.active(present).get(monitor_id)
        if monitor is None:
            return self, ClearMonitoringStatus.NOT_FOUND
        if monitor.kind is EventNotificationType.HARD_WIRED_MONITOR:
            return self, ClearMonitoringStatus.REJECTED
        custom = {number: one for number, one in self.custom.items() if number != monitor_id}
        removed = self.removed | ({monitor_id} if monitor_id < FIRST_CUSTOM_ID else set())
        changed = replace(self, custom=MappingProxyType(custom), removed=removed)
        return changed, ClearMonitoringStatus.ACCEPTED

    def begin_from(self, base: MonitoringBase) -> Monitors:
        """Set the base: what was removed of it comes back; All alone leaves what was set [spec: N03.FR.03 to 05]."""
        custom = self.custom if base is MonitoringBase.ALL else MappingProxyType({})
        return replace(self, base=base, custom=custom, removed=frozenset())

    def limited_to(self, severity: int) -> Monitors | None:
        """Set the level; None for one that there is not."""
        return replace(self, level=severity) if 0 <= severity <= LEAST_SEVERE else None


def _no_successor(before: Monitor | None, variable: ModelVariable) -> Verdict | None:
    """Return why a monitor on this variable cannot take the place of that one."""
    if before is None:
        return _rejected("NotFound", "there is no monitor of this id")
    if before.kind is EventNotificationType.HARD_WIRED_MONITOR:
        return _rejected("ReadOnly", "this monitor cannot be changed")
    if before.place.folded != variable.place.folded:
        return _rejected("InvalidValue", "the monitor of this id watches another variable")
    return None


def _misfit(wish: Wish, variable: ModelVariable) -> Verdict | None:
    """Return what speaks against such a monitor on this variable, whatever others there are."""
    if not variable.supports_monitoring or wish.type in _TARGETED:
        return Verdict(SetMonitoringStatus.UNSUPPORTED_MONITOR_TYPE)
    if wish.type in THRESHOLDS and not is_number(variable):
        return Verdict(SetMonitoringStatus.UNSUPPORTED_MONITOR_TYPE, info="the variable is no number")
    if not 0 <= wish.severity <= LEAST_SEVERE:
        return _rejected("ValueOutOfRange", f"severity: 0 to {LEAST_SEVERE}")
    if wish.periodic_event_stream is not None:
        return _rejected("UnsupportedParam", "periodicEventStream: there are no streams here")
    return _out_of_range(wish.value, variable) if wish.type in THRESHOLDS else _no_interval(wish)


def _no_interval(wish: Wish) -> Verdict | None:
    if wish.type is MonitorType.DELTA:
        return _rejected("ValueOutOfRange", "value: a change is at least 0") if wish.value < 0 else None
    if not 1 <= wish.value <= LONGEST_PERIOD_S:
        return _rejected("ValueOutOfRange", f"value: 1 to {LONGEST_PERIOD_S:.0f} seconds")
    if wish.type is MonitorType.PERIODIC_CLOCK_ALIGNED and not wish.value.is_integer():
        return _rejected("InvalidValue", "value: whole seconds")
    return None


def _out_of_range(value: float, variable: ModelVariable) -> Verdict | None:
    least, most = variable.min_limit, variable.max_limit
    if (least is not None and value < least) or (most is not None and value > most):
        return _rejected("ValueOutOfRange", "value: beyond the limits of the variable")
    return None


def _rejected(reason: str, info: str) -> Verdict:
    return Verdict(SetMonitoringStatus.REJECTED, reason=reason, info=info)
