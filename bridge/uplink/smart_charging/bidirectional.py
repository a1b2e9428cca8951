"""How an instant reads in OCPP 2.1, with operation modes, setpoints and discharging.

The profile of the transaction says what is wished; those that cap it narrow that: of limits the least holds, of
discharge limits the one nearest to zero, and the setpoint is brought between the two. Read by the rules of `caps.py`,
what comes out charges exactly as much as what is told to a version without these fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedulePeriod
from bridge.types.ocpp.v2x import OperationMode
from bridge.uplink.smart_charging.caps import Cap, caps_of, is_split, is_still
from bridge.uplink.smart_charging.layout import Supply
from bridge.uplink.smart_charging.outlook import Allowed, Spoken

_KEPT = ("operation_mode", "preconditioning_request", "v2x_baseline", "v2x_freq_watt_curve", "v2x_signal_watt_curve")
"""Fields that are the transaction's alone, and count the same in A and in W."""
_PLAIN = frozenset({"start_period", "limit", "number_phases", "phase_to_use", "stack_level"})
_Phases = tuple[float | None, float | None, float | None]
_NONE: _Phases = (None, None, None)
_Pick = Callable[[Iterable[float]], float]


class _Value(NamedTuple):
    """A number for all phases together (in W) or for each (in A), or one for every phase."""

    phases: _Phases
    """of L1 to L3; where it is not split, all in the first place"""
    is_split: bool


@dataclass(frozen=True, slots=True)
class _Frame:
    """In what is counted."""

    unit: ChargingRateUnit
    voltage_v: float
    phases: int

    def value(self, spoken: Spoken, *given: float | None) -> _Value | None:
        """Return what a profile says, in this unit and in the part of one that shares it; None for nothing."""
        if all(number is None for number in given):
            return None
        first, second, third = given
        if not is_split(*given):
            return _Value((self._told(spoken, first, is_each=False), None, None), is_split=False)
        spread = (first if number is None else number for number in (second, third))
        told = [self._told(spoken, number, is_each=True) for number in (first, *spread)]
        return _Value((told[0], told[1], told[2]), is_split=True)

    def cap(self, cap: Cap) -> _Value:
        """Return a cap in this unit; one of each phase stays one."""
        if cap.is_each and cap.unit is ChargingRateUnit.W and self.unit is ChargingRateUnit.W:
            return _Value((cap.value, cap.value, cap.value), is_split=True)
        told = cap.in_a if self.unit is ChargingRateUnit.A else cap.in_w
        return _Value((told(self.voltage_v, self.phases), None, None), is_split=False)

    def each(self, value: _Value, pick: _Pick) -> _Phases:
        """Return the numbers of the phases that are used; the last of them stands for those that are not."""
        if not value.is_split:
            number = value.phases[0]
            if number is not None and self.unit is ChargingRateUnit.W:
                number /= self.phases
            spread: _Phases = (number, number, number)
        else:
            spread = value.phases
        used, rest = spread[: self.phases - 1], [n for n in spread[self.phases - 1 :] if n is not None]
        told = [*used, pick(rest) if rest else None, None, None]
        return told[0], told[1], told[2]

    def _told(self, spoken: Spoken, number: float | None, *, is_each: bool) -> float | None:
        if number is None:
            return None
        number /= spoken.share
        if spoken.unit is self.unit:
            return number
        factor = self.voltage_v if is_each else self.voltage_v * self.phases
        return number * factor if self.unit is ChargingRateUnit.W else number / factor


def reading(allowed: Allowed, supply: Supply, unit: ChargingRateUnit) -> dict[str, Any] | None:
    """Return the fields of a period that say all of an instant; None where a plain limit does.

    That is so where no profile says anything but limits of charging, and where the unit is A and the mode one whose
    curves count in W.
    """
    base = None if allowed.base is None else allowed.base.period
    spoken = (*(() if allowed.base is None else (allowed.base,)), *allowed.others)
    if not any(says_more(one.period) for one in spoken):
        return None
    if base is not None and base.operation_mode is OperationMode.LOCAL_FREQUENCY and unit is ChargingRateUnit.A:
        return None
    frame = _Frame(unit, supply.voltage_v, allowed.phases)
    limits = [frame.cap(Cap(supply.max_current_a, ChargingRateUnit.A, is_each=True)), *_limits(allowed, frame)]
    discharging = [
        value
        for one in spoken
        for period in (one.period,)
        if (value := frame.value(one, period.discharge_limit, period.discharge_limit_L2, period.discharge_limit_L3))
    ]
    setpoint = None
    if allowed.base is not None and base is not None:
        setpoint = frame.value(allowed.base, base.setpoint, base.setpoint_L2, base.setpoint_L3)
    limit, discharge = _narrowest(limits, frame, min), _narrowest(discharging, frame, max)
    told = _named("limit", limit, frame, min) | _named("discharge_limit", discharge, frame, max)
    told |= _named("setpoint", _between(setpoint, discharge, limit, frame), frame, min)
    if allowed.base is not None and base is not None:
        reactive = (base.setpoint_reactive, base.setpoint_reactive_L2, base.setpoint_reactive_L3)
        told |= _named("setpoint_reactive", frame.value(allowed.base, *reactive), frame, min)
        told |= {name: getattr(base, name) for name in _KEPT}
    if any(one.period.evse_sleep for one in spoken):
        told["evse_sleep"] = True
    return {name: value for name, value in told.items() if value is not None}


def says_more(period: ChargingSchedulePeriod) -> bool:
    """Tell whether a period says anything but limits of charging of all phases."""
    told = {name for name in period.model_fields_set - _PLAIN if getattr(period, name) not in (None, False)}
    return bool(told - {"operation_mode"}) or period.operation_mode not in (None, OperationMode.CHARGING_ONLY)


def _limits(allowed: Allowed, frame: _Frame) -> Iterable[_Value]:
    """Yield all that limits charging; what others than the transaction's profile wish does so too."""
    for one in (*(() if allowed.base is None else (allowed.base,)), *allowed.others):
        period = one.period
        if one is not allowed.base and is_still(period):
            yield _Value((0.0, None, None), is_split=False)
            continue
        value = frame.value(one, period.limit, period.limit_L2, period.limit_L3)
        if value is not None:
            yield value
        if one is not allowed.base:
            bare = period.model_copy(update={"limit": None, "limit_L2": None, "limit_L3": None})
            yield from (frame.cap(cap._replace(value=cap.value / one.share)) for cap in caps_of(bare, one.unit))


def _narrowest(values: list[_Value], frame: _Frame, pick: _Pick) -> _Value | None:
    """Combine values: into one number where none of them is split."""
    if not values:
        return None
    if not any(value.is_split for value in values):
        return _Value(
            (pick(value.phases[0] for value in values if value.phases[0] is not None), None, None), is_split=False
        )
    spread = [frame.each(value, pick) for value in values]
    told = [
        pick(given) if (given := [n for n in phase if n is not None]) else None for phase in zip(*spread, strict=True)
    ]
    return _Value((told[0], told[1], told[2]), is_split=True)


def _between(setpoint: _Value | None, low: _Value | None, high: _Value | None, frame: _Frame) -> _Value | None:
    """Bring a setpoint between the limits of discharging and of charging."""
    if setpoint is None:
        return None
    if not setpoint.is_split:
        bounds = (_whole(low, frame, max), _whole(high, frame, min))
        return _Value((_clipped(setpoint.phases[0], *bounds), None, None), is_split=False)
    lows = _NONE if low is None else frame.each(low, max)
    highs = _NONE if high is None else frame.each(high, min)
    told = [_clipped(*three) for three in zip(frame.each(setpoint, min), lows, highs, strict=True)]
    return _Value((told[0], told[1], told[2]), is_split=True)


def _whole(value: _Value | None, frame: _Frame, pick: _Pick) -> float | None:
    """Return a bound for all phases together: W are added up, of A the narrowest holds."""
    if value is None or not value.is_split:
        return None if value is None else value.phases[0]
    given = [number for number in frame.each(value, pick)[: frame.phases] if number is not None]
    if frame.unit is ChargingRateUnit.A:
        return pick(given) if given else None
    return sum(given) if len(given) == frame.phases else None


def _clipped(number: float | None, low: float | None, high: float | None) -> float | None:
    if number is None:
        return None
    if high is not None:
        number = min(number, high)
    return number if low is None else max(number, low)


def _named(name: str, value: _Value | None, frame: _Frame, pick: _Pick) -> dict[str, float | None]:
    """Return the fields of a value: one where it is not split or only one phase is used."""
    if value is None:
        return {}
    if not value.is_split:
        return {name: value.phases[0]}
    first, second, third = frame.each(value, pick)
    return {name: first, f"{name}_L2": second, f"{name}_L3": third}
