"""What profiles allow at one instant, from first principles and slowly: one instant, one profile after the other."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bridge.types.ocpp.charging_schedule import ChargingSchedulePeriod
from bridge.uplink.smart_charging.layout import Layout, Supply
from bridge.uplink.smart_charging.profiles import Installed

_STEP = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}


class Answer(NamedTuple):
    """What is allowed."""

    current_a: float
    power_w: float
    phases: int


def says(
    one: Installed, at: datetime, started_at: datetime, layout: Layout, lost_at: datetime | None = None
) -> ChargingSchedulePeriod | None:
    """Return the period of a profile that holds at this instant, without a connection since `lost_at`."""
    profile, schedule = one.profile, one.profile.charging_schedule[0]
    if not _is_valid(one, at, lost_at):
        return None
    begin = schedule.start_schedule
    if begin is None or profile.charging_profile_kind == "Relative":
        begin = started_at if profile.charging_profile_purpose.startswith("Tx") else one.installed_at
    elif profile.charging_profile_kind == "Recurring":
        begin = _last_run(begin, _STEP[str(profile.recurrency_kind)], at, layout, bool(schedule.use_local_time))
    elif schedule.use_local_time:
        begin = begin.replace(tzinfo=layout.zone).astimezone(UTC)
    if begin is None or begin > at:
        return None
    if schedule.duration is not None and not _fills_its_recurrence(one):
        end = begin + timedelta(seconds=schedule.duration)
        if at >= end:
            return None
    return _last_period(schedule.charging_schedule_period, begin, at)


def _is_valid(one: Installed, at: datetime, lost_at: datetime | None) -> bool:
    profile = one.profile
    if profile.valid_from is not None and profile.valid_from > at:
        return False
    if profile.valid_to is not None and not at < profile.valid_to:
        return False
    longest_s = profile.max_offline_duration
    return lost_at is None or longest_s is None or (at - lost_at).total_seconds() < longest_s


def _fills_its_recurrence(one: Installed) -> bool:
    if one.profile.charging_profile_kind != "Recurring":
        return False
    step = _STEP[str(one.profile.recurrency_kind)]
    return timedelta(seconds=one.profile.charging_schedule[0].duration or 0) >= step


def _last_period(
    periods: Iterable[ChargingSchedulePeriod], begin: datetime, at: datetime
) -> ChargingSchedulePeriod | None:
    last = None
    for period in periods:
        if begin + timedelta(seconds=period.start_period) <= at:
            last = period
    return last


def _last_run(start: datetime, step: timedelta, at: datetime, layout: Layout, local: bool) -> datetime | None:  # noqa: FBT001 -- the flag of the schedule
    """Walk from run to run until the next one lies beyond `at`."""
    last, wall = None, start.replace(tzinfo=None)
    while True:
        run = wall.replace(tzinfo=layout.zone if local else UTC).astimezone(UTC)
        if run > at:
            return last
        last, wall = run, wall + step


def allowed(
    installed: Iterable[Installed],
    evse_id: int,
    at: datetime,
    starts: dict[int, datetime],
    layout: Layout,
    now: datetime,
    *,
    all_phases: bool = False,
    lost_at: datetime | None = None,
) -> Answer:
    """Return what is allowed at an EVSE, 0 for the station; `starts` holds the running transactions'.

    With `all_phases` numberPhases is not looked at.
    """
    everything = list(installed)
    if evse_id == 0:
        return _of_the_station(everything, at, starts, layout, now, lost_at)
    started_at = min(starts.get(evse_id, now), now)
    best: dict[tuple[str, bool], tuple[int, bool, str, ChargingSchedulePeriod, int]] = {}
    for one in everything:
        if one.evse_id not in (0, evse_id):
            continue
        period = says(one, at, started_at, layout, lost_at)
        if period is None:
            continue
        purpose = str(one.profile.charging_profile_purpose)
        own = one.evse_id == evse_id
        drawer = (purpose, own and purpose == "ChargingStationExternalConstraints")
        phases = 3 if all_phases or period.number_phases is None else period.number_phases
        unit = str(one.profile.charging_schedule[0].charging_rate_unit)
        card = (one.profile.stack_level, own, unit, period, phases)
        if drawer not in best or card[:2] > best[drawer][:2]:
            best[drawer] = card
    if ("TxProfile", False) in best:
        best.pop(("TxDefaultProfile", False), None)
    busy = len({*starts, evse_id})
    limits = []
    for (purpose, _), (_, own, unit, period, phases) in best.items():
        shared = purpose.startswith("ChargingStation") and not own
        limits.append((unit, period, busy if shared else 1, phases))
    return _least(limits, layout.evses[evse_id], layout.evses[evse_id].phases)


def _of_the_station(
    everything: list[Installed],
    at: datetime,
    starts: dict[int, datetime],
    layout: Layout,
    now: datetime,
    lost_at: datetime | None,
) -> Answer:
    parts = [allowed(everything, evse_id, at, starts, layout, now, lost_at=lost_at) for evse_id in layout.evses]
    supply = layout.supply(0)
    limits = []
    for purpose in ("ChargingStationMaxProfile", "ChargingStationExternalConstraints"):
        found = [
            (one.profile.stack_level, one, period)
            for one in everything
            if one.evse_id == 0
            and one.profile.charging_profile_purpose == purpose
            and (period := says(one, at, now, layout, lost_at)) is not None
        ]
        if found:
            _, one, period = max(found, key=lambda card: card[0])
            unit = str(one.profile.charging_schedule[0].charging_rate_unit)
            limits.append((unit, period, 1, 3 if period.number_phases is None else period.number_phases))
    cap = _least(limits, supply, min(supply.phases, max(part.phases for part in parts)))
    current_a = min(cap.current_a, sum(part.current_a for part in parts))
    return Answer(current_a, min(cap.power_w, sum(part.power_w for part in parts)), cap.phases)


def _least(limits: list[tuple[str, ChargingSchedulePeriod, int, int]], supply: Supply, phases: int) -> Answer:
    for _, _, _, asked in limits:
        phases = min(phases, asked)
    current_a = supply.max_current_a
    for unit, period, busy, _ in limits:
        current_a = min(current_a, _most(unit, period, busy, supply.voltage_v, phases))
    return Answer(current_a, current_a * supply.voltage_v * phases, phases)


def _most(unit: str, period: ChargingSchedulePeriod, busy: int, voltage_v: float, phases: int) -> float:
    """Return the amperes that a vehicle may draw of each of so many phases, and of no others."""
    if period.evse_sleep or period.operation_mode == "Idle":
        return 0.0
    most_a = math.inf
    for first, second, third in (
        (period.limit, period.limit_L2, period.limit_L3),
        (period.setpoint, period.setpoint_L2, period.setpoint_L3),
    ):
        for number in (first, second, third):
            if number is None:
                continue
            volts = {"A": 1.0, "W": voltage_v}[unit]
            if unit == "W" and second is None and third is None:
                volts *= phases
            most_a = min(most_a, max(number, 0.0) / busy / volts)
    if period.v2x_freq_watt_curve is not None:
        curve = sorted((point.frequency, point.power) for point in period.v2x_freq_watt_curve)
        watts = _on_the_line(curve, 60.0 if curve[0][0] > 55 else 50.0) + (period.v2x_baseline or 0.0)
        most_a = min(most_a, max(watts, 0.0) / busy / (voltage_v * phases))
    return most_a


def _on_the_line(curve: list[tuple[float, float]], hertz: float) -> float:
    below, above = [p for p in curve if p[0] <= hertz], [p for p in curve if p[0] >= hertz]
    if not below or not above:
        return (below or curve)[-1][1] if below else curve[0][1]
    (low, low_w), (high, high_w) = below[-1], above[0]
    return low_w if high == low else low_w + (hertz - low) / (high - low) * (high_w - low_w)
