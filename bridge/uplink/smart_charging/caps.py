"""What one period lets a charger do that can charge and cannot discharge.

Whatever the operation mode is, three rules hold: no limit is exceeded, no setpoint is exceeded, and nothing is charged
where discharging, idling or sleep was asked for. A value of one phase holds for all of them: the charger is told one
number, and nobody here knows which phase a vehicle uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedulePeriod
from bridge.types.ocpp.v2x import OperationMode, V2XFreqWattPointType

_NOMINAL_HZ = (50.0, 60.0)
_BETWEEN_THEM_HZ = 55.0


class Cap(NamedTuple):
    """One number that is not to be exceeded."""

    value: float
    """0 or more"""
    unit: ChargingRateUnit
    is_each: bool
    """of each phase, as amperes always are; else of all phases together"""

    def in_a(self, voltage_v: float, phases: int) -> float:
        """Return amperes of each of so many phases."""
        if self.unit is ChargingRateUnit.A:
            return self.value
        return self.value / voltage_v if self.is_each else self.value / (voltage_v * phases)

    def in_w(self, voltage_v: float, phases: int) -> float:
        """Return watts of so many phases together."""
        if self.unit is ChargingRateUnit.A:
            return self.value * voltage_v * phases
        return self.value * phases if self.is_each else self.value


def caps_of(period: ChargingSchedulePeriod, unit: ChargingRateUnit) -> Iterator[Cap]:
    """Yield all caps of a period; none where it does without a limit."""
    if is_still(period):
        yield Cap(0.0, unit, is_each=True)
        return
    yield from _least(unit, period.limit, period.limit_L2, period.limit_L3)
    yield from _least(unit, period.setpoint, period.setpoint_L2, period.setpoint_L3)
    if period.operation_mode is OperationMode.LOCAL_FREQUENCY:
        yield Cap(max(0.0, nominal_w(period)), ChargingRateUnit.W, is_each=False)


def is_still(period: ChargingSchedulePeriod) -> bool:
    """Tell whether nothing is to flow at all."""
    return bool(period.evse_sleep) or period.operation_mode is OperationMode.IDLE


def nominal_w(period: ChargingSchedulePeriod) -> float:
    """Return the power of LocalFrequency at the net's nominal frequency without a signal: negative discharges.

    Nothing here measures the frequency, and nearly all the time it is all but nominal [guess]: 60 Hz where the whole
    curve lies nearer to that, else 50 Hz. Outside of its points a curve stays level.
    """
    points = sorted(period.v2x_freq_watt_curve or (), key=lambda point: point.frequency)
    baseline_w = period.v2x_baseline or 0.0
    if not points:
        return baseline_w
    usual_hz, american_hz = _NOMINAL_HZ
    return baseline_w + _level(points, american_hz if points[0].frequency >= _BETWEEN_THEM_HZ else usual_hz)


def _least(unit: ChargingRateUnit, *phases: float | None) -> Iterator[Cap]:
    """Yield the least of what is given for L1 (or all phases), L2 and L3."""
    given = [value for value in phases if value is not None]
    if given:
        is_each = unit is ChargingRateUnit.A or is_split(*phases)
        yield Cap(max(0.0, min(given)), unit, is_each)


def is_split(*phases: float | None) -> bool:
    """Tell whether the first of these values is that of L1 alone, because one of L2 or L3 stands beside it."""
    return any(value is not None for value in phases[1:])


def _level(points: list[V2XFreqWattPointType], at_hz: float) -> float:
    if at_hz <= points[0].frequency:
        return points[0].power
    for left, right in pairwise(points):
        if at_hz <= right.frequency:
            part = (at_hz - left.frequency) / (right.frequency - left.frequency)
            return left.power + part * (right.power - left.power)
    return points[-1].power
