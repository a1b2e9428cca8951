"""Composite schedules: what all profiles together allow over a stretch of time.

Every instant at which anything can change is collected, and between two of them one evaluation holds.
"""

from __future__ import annotations

from datetime import datetime

from bridge.types.facts import from_epoch_s
from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedule, ChargingSchedulePeriod
from bridge.types.ocpp.v2x import OperationMode
from bridge.uplink.smart_charging.bidirectional import reading
from bridge.uplink.smart_charging.layout import whole_seconds
from bridge.uplink.smart_charging.outlook import Allowed, Outlook, boundaries, evse_outlook, station_outlook
from bridge.uplink.smart_charging.profiles import Installed
from bridge.uplink.smart_charging.stack import ProfileStack

BOUNDARIES_AT_MOST = 10_000
"""a CSMS may ask for 68 years of a schedule that changes every minute: the answer is shorter then"""
LONGEST_S = 366 * 86_400
"""that is worked out for a CSMS; 68 years of a daily profile would hold up everybody for a second"""


def composite(
    stack: ProfileStack,
    evse_id: int,
    from_at: datetime,
    duration_s: int,
    *,
    unit: ChargingRateUnit | None = None,
    with_stack_levels: bool = False,
    bidirectional: bool = False,
) -> ChargingSchedule:
    """Return what may be charged over [from_at, from_at + duration_s), to the second.

    `evse_id` 0 is what is expected at the grid connection. Without `unit` it counts as the profiles that matter do, in
    A where they differ or there are none, in W where one has a curve. The first period is at 0, also of a duration of
    0; neighbours differ. Where it would take more periods than the station may tell, it ends earlier and its `duration`
    says so. The numbers are exact: who tells them cuts them down. `with_stack_levels` notes the level of the profile
    that is decisive, as EVerest does.

    Without `bidirectional` the periods are what is charged by a charger that cannot discharge, in the fields that every
    version has; with it, they say of an EVSE also what OCPP 2.1 has words for. Of the whole station always the former
    is expected.
    LookupError for an EVSE unknown, ValueError for a negative duration.
    """
    if duration_s < 0:
        raise ValueError(f"a schedule cannot take {duration_s} s")
    from_s = whole_seconds(from_at)
    outlook: Outlook = station_outlook(stack, from_s) if evse_id == 0 else evse_outlook(stack, evse_id, from_s)
    unit = unit or _unit_of_profiles(outlook, stack)

    def told(allowed: Allowed, start_s: int) -> ChargingSchedulePeriod:
        period = _period(allowed, unit, start_s, with_stack_levels=with_stack_levels)
        more = reading(allowed, outlook.supply, unit) if bidirectional else None
        return period if more is None else ChargingSchedulePeriod(**(dict(period) | more))

    first = outlook.at(from_s)
    periods = [told(first, 0)]
    sources = [first.because]
    end_s = from_s + duration_s
    for number, at_s in enumerate(boundaries(outlook, from_s), 1):
        if at_s >= end_s:
            break
        allowed = outlook.at(at_s)
        period = told(allowed, at_s - from_s)
        is_new = period != periods[-1].model_copy(update={"start_period": period.start_period})
        if number > BOUNDARIES_AT_MOST or (is_new and len(periods) == stack.limits.max_periods):
            end_s = at_s
            break
        if is_new:
            periods.append(period)
        sources.append(allowed.because)
    return ChargingSchedule(
        evse=evse_id,
        charging_rate_unit=unit,
        charging_schedule_period=tuple(periods),
        duration=end_s - from_s,
        start_schedule=from_epoch_s(from_s),
        min_charging_rate=_min_charging_rate(sources, unit),
    )


def _period(
    allowed: Allowed, unit: ChargingRateUnit, start_s: int, *, with_stack_levels: bool
) -> ChargingSchedulePeriod:
    decisive = allowed.because
    return ChargingSchedulePeriod(
        start_period=start_s,
        limit=float(allowed.current_a if unit is ChargingRateUnit.A else allowed.power_w),
        number_phases=allowed.phases,
        stack_level=decisive.profile.stack_level if with_stack_levels and decisive is not None else None,
    )


def _unit_of_profiles(outlook: Outlook, stack: ProfileStack) -> ChargingRateUnit:
    """Return the one unit of all profiles that matter; else A, where the station may tell it."""
    units = {one.installed.schedule.charging_rate_unit for one in outlook.courses}
    if len(units) == 1:
        return units.pop()
    periods = (period for one in outlook.courses for period in one.installed.schedule.charging_schedule_period)
    if any(period.operation_mode is OperationMode.LOCAL_FREQUENCY for period in periods):
        return ChargingRateUnit.W  # its curves count in nothing else
    return ChargingRateUnit.A if ChargingRateUnit.A in stack.limits.units else ChargingRateUnit.W


def _min_charging_rate(sources: list[Installed | None], unit: ChargingRateUnit) -> float | None:
    """Return the rate below which charging is inefficient, where all periods come from one profile in this unit."""
    first, *others = sources
    if first is None or first.schedule.charging_rate_unit is not unit or any(one != first for one in others):
        return None
    return first.schedule.min_charging_rate
