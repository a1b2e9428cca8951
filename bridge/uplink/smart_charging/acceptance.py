"""Which profiles a station takes, and for each that it does not take, why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bridge.types.ocpp.charging_profile import (
    ChargingProfile,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ProfileSchedule,
)
from bridge.types.ocpp.charging_schedule import ChargingSchedulePeriod
from bridge.types.ocpp.v2x import OperationMode
from bridge.uplink.smart_charging.layout import Layout, Limits
from bridge.uplink.smart_charging.profiles import STATION_PURPOSES

_PURPOSES: Final = STATION_PURPOSES | {ChargingProfilePurpose.TX_DEFAULT_PROFILE, ChargingProfilePurpose.TX_PROFILE}
_OF_TRANSACTIONS: Final = frozenset({ChargingProfilePurpose.TX_DEFAULT_PROFILE, ChargingProfilePurpose.TX_PROFILE})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a profile is not installed."""

    code: str
    """a reasonCode of OCPP 2.x, at most 20 characters [spec: OCPP 2.x appendix 5]"""
    why: str
    """a clause for a person"""


def refusal(profile: ChargingProfile, evse_id: int, layout: Layout, limits: Limits) -> Refusal | None:
    """Return why this profile cannot be taken at this place, whatever else is installed; None when it can."""
    return next(_objections(profile, evse_id, layout, limits), None)


def _objections(profile: ChargingProfile, evse_id: int, layout: Layout, limits: Limits) -> Iterator[Refusal]:
    yield from _of_its_place(profile, evse_id, layout)
    yield from _of_its_kind(profile)
    if profile.stack_level > limits.max_stack_level:
        yield Refusal("InvalidStackLevel", f"stack levels go up to {limits.max_stack_level}")
    if len(profile.charging_schedule) > 1:
        yield Refusal("InvalidProfile", "several schedules to choose from need ISO 15118")
    yield from _of_its_schedule(profile.charging_schedule[0], limits)


def _of_its_place(profile: ChargingProfile, evse_id: int, layout: Layout) -> Iterator[Refusal]:
    purpose = profile.charging_profile_purpose
    if purpose not in _PURPOSES:
        yield Refusal("UnsupportedParam", f"the purpose {purpose} is not supported")
    if evse_id and evse_id not in layout.evses:
        yield Refusal("UnknownEvse", f"this station has no EVSE {evse_id}")
    if purpose is ChargingProfilePurpose.CHARGING_STATION_MAX_PROFILE and evse_id:
        yield Refusal("InvalidProfile", f"a {purpose} belongs to the whole station, EVSE 0")
    if purpose is ChargingProfilePurpose.TX_PROFILE and not evse_id:
        yield Refusal("InvalidProfile", f"a {purpose} belongs to one EVSE, not to the whole station")


def _of_its_kind(profile: ChargingProfile) -> Iterator[Refusal]:
    kind = profile.charging_profile_kind
    start_at = profile.charging_schedule[0].start_schedule
    if kind is ChargingProfileKind.DYNAMIC:
        yield Refusal("UnsupportedParam", "the kind Dynamic is not supported")
    if kind is ChargingProfileKind.RELATIVE and profile.charging_profile_purpose in STATION_PURPOSES:
        purpose = profile.charging_profile_purpose
        yield Refusal("InvalidProfile", f"a {purpose} cannot be Relative: it knows no transaction")
    if kind is ChargingProfileKind.RECURRING and start_at is None:
        yield Refusal("InvalidSchedule", "a Recurring profile needs its startSchedule")
    if start_at is None and profile.charging_schedule[0].use_local_time:
        yield Refusal("InvalidSchedule", "local time needs a startSchedule to count from")


def _of_its_schedule(schedule: ProfileSchedule, limits: Limits) -> Iterator[Refusal]:
    if schedule.charging_rate_unit not in limits.units:
        allowed = " and ".join(sorted(limits.units))
        yield Refusal("UnsupportedRateUnit", f"schedules count in {allowed}, not in {schedule.charging_rate_unit}")
    if len(schedule.charging_schedule_period) > limits.max_periods:
        count = len(schedule.charging_schedule_period)
        yield Refusal("TooManyElements", f"a schedule has at most {limits.max_periods} periods, not {count}")
    if schedule.limit_at_soc is not None:
        yield Refusal("UnsupportedParam", "how full the battery is cannot be seen, so no limit can depend on it")
    for period in schedule.charging_schedule_period:
        yield from _of_a_period(period)


def _of_a_period(period: ChargingSchedulePeriod) -> Iterator[Refusal]:
    """Object to what cannot be understood; what cannot be followed to the letter is `remarks.py`'s."""
    where = f"the period at {period.start_period} s"
    if any(limit is not None and limit < 0 for limit in (period.limit, period.limit_L2, period.limit_L3)):
        yield Refusal("ValuePositiveOnly", f"{where}: a limit is 0 or more; dischargeLimit is for discharging")
    setpoints = (period.setpoint, period.setpoint_L2, period.setpoint_L3)
    if period.operation_mode is OperationMode.CENTRAL_SETPOINT and all(value is None for value in setpoints):
        yield Refusal("InvalidSchedule", f"{where}: CentralSetpoint needs a setpoint")
    if period.number_phases == 0:
        yield Refusal("ValueZeroNotAllowed", f"{where}: charging needs a phase; a limit of 0 is how to pause it")


def refusal_of_2_x(profile: ChargingProfile, *, for_next_transaction: bool = False) -> Refusal | None:
    """Return why OCPP 2.x wants this profile refused where 1.6 does not; None when it does not."""
    return next(_objections_of_2_x(profile, for_next_transaction=for_next_transaction), None)


def _objections_of_2_x(profile: ChargingProfile, *, for_next_transaction: bool) -> Iterator[Refusal]:
    purpose, schedule = profile.charging_profile_purpose, profile.charging_schedule[0]
    if purpose is ChargingProfilePurpose.CHARGING_STATION_EXTERNAL_CONSTRAINTS:  # [spec: K01.FR.22]
        yield Refusal("InvalidProfile", f"a {purpose} is what others than the central system ask for")
    is_bound = purpose is ChargingProfilePurpose.TX_PROFILE and not for_next_transaction
    if is_bound and profile.transaction_id is None:  # [spec: K01.FR.03]
        yield Refusal("MissingParam", f"a {purpose} needs its transactionId")
    if schedule.charging_schedule_period[0].start_period != 0:  # [spec: K01.FR.31]
        yield Refusal("InvalidSchedule", "the first period starts at 0")
    if schedule.randomized_delay and purpose not in _OF_TRANSACTIONS:
        yield Refusal("InvalidSchedule", f"a {purpose} has no randomizedDelay")
    if any(period.phase_to_use is not None for period in schedule.charging_schedule_period):  # [spec: K01.FR.20]
        yield Refusal("UnsupportedParam", "this station cannot choose a phase: phaseToUse is not allowed")
