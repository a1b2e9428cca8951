"""What profiles allow at one instant, from first principles and slowly: one instant, one profile after the other."""

from __future__ import annotations

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


def says(one: Installed, at: datetime, started_at: datetime, layout: Layout) -> ChargingSchedulePeriod | None:
    """Return the period of a profile that holds at this instant."""
    profile, schedule = one.profile, one.profile.charging_schedule[0]
    if profile.valid_from is not None and profile.valid_from > at:
        return None
    if profile.valid_to is not None and not at < profile.valid_to:
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
) -> Answer:
    """Return what is allowed at an EVSE, 0 for the station; `starts` holds the running transactions'.

    With `all_phases` numberPhases is not looked at.
    """
    everything = list(installed)
    if evse_id == 0:
        return _of_the_station(everything, at, starts, layout, now)
    started_at = min(starts.get(evse_id, now), now)
    best: dict[tuple[str, bool], tuple[int, bool, str, float, int]] = {}
    for one in everything:
        if one.evse_id not in (0, evse_id):
            continue
        period = says(one, at, started_at, layout)
        if period is None:
            continue
        assert period.limit is not None
        purpose = str(one.profile.charging_profile_purpose)
        own = one.evse_id == evse_id
        drawer = (purpose, own and purpose == "ChargingStationExternalConstraints")
        phases = 3 if all_phases or period.number_phases is None else period.number_phases
        unit = str(one.profile.charging_schedule[0].charging_rate_unit)
        card = (one.profile.stack_level, own, unit, period.limit, phases)
        if drawer not in best or card[:2] > best[drawer][:2]:
            best[drawer] = card
    if ("TxProfile", False) in best:
        best.pop(("TxDefaultProfile", False), None)
    busy = len({*starts, evse_id})
    limits = []
    for (purpose, _), (_, own, unit, limit, phases) in best.items():
        shared = purpose.startswith("ChargingStation") and not own
        limits.append((unit, limit / busy if shared else limit, phases))
    return _least(limits, layout.evses[evse_id], layout.evses[evse_id].phases)


def _of_the_station(
    everything: list[Installed], at: datetime, starts: dict[int, datetime], layout: Layout, now: datetime
) -> Answer:
    parts = [allowed(everything, evse_id, at, starts, layout, now) for evse_id in layout.evses]
    supply = layout.supply(0)
    limits = []
    for purpose in ("ChargingStationMaxProfile", "ChargingStationExternalConstraints"):
        found = [
            (one.profile.stack_level, one, period)
            for one in everything
            if one.evse_id == 0
            and one.profile.charging_profile_purpose == purpose
            and (period := says(one, at, now, layout)) is not None
        ]
        if found:
            _, one, period = max(found, key=lambda card: card[0])
            assert period.limit is not None
            unit = str(one.profile.charging_schedule[0].charging_rate_unit)
            limits.append((unit, period.limit, 3 if period.number_phases is None else period.number_phases))
    cap = _least(limits, supply, min(supply.phases, max(part.phases for part in parts)))
    current_a = min(cap.current_a, sum(part.current_a for part in parts))
    return Answer(current_a, min(cap.power_w, sum(part.power_w for part in parts)), cap.phases)


def _least(limits: list[tuple[str, float, int]], supply: Supply, phases: int) -> Answer:
    for _, _, asked in limits:
        phases = min(phases, asked)
    watts_per_ampere = supply.voltage_v * phases
    current_a, power_w = supply.max_current_a, supply.max_current_a * watts_per_ampere
    for unit, limit, _ in limits:
        if unit == "W":
            current_a, power_w = min(current_a, limit / watts_per_ampere), min(power_w, limit)
        else:
            current_a, power_w = min(current_a, limit), min(power_w, limit * watts_per_ampere)
    return Answer(current_a, power_w, phases)
