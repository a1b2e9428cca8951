"""What of a profile that was taken cannot be followed to the letter: said, so that nobody waits for it."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.types.ocpp.charging_profile import ChargingProfile
from bridge.types.ocpp.charging_schedule import ChargingSchedulePeriod
from bridge.types.ocpp.v2x import OperationMode
from bridge.uplink.smart_charging.caps import is_split

_EXTERNAL = frozenset({OperationMode.EXTERNAL_SETPOINT, OperationMode.EXTERNAL_LIMITS})


def remarks(profile: ChargingProfile) -> str | None:
    """Return sentences for a person on what will be done instead; None where all of it is done."""
    said: dict[str, None] = {}
    for schedule in profile.charging_schedule:
        for period in schedule.charging_schedule_period:
            said |= dict.fromkeys(_remarks(period))
    return " ".join(said) or None


def _remarks(period: ChargingSchedulePeriod) -> Iterator[str]:
    if may_discharge(period):
        yield "This charger cannot discharge: where that is asked for, it pauses."
    mode = period.operation_mode
    if mode is OperationMode.LOCAL_FREQUENCY:
        yield "It does not measure the net's frequency: the nominal one is assumed, and no signal."
    elif mode is OperationMode.LOCAL_LOAD_BALANCING:
        yield "It does not measure the load of its site: only limits and setpoints hold."
    elif mode in _EXTERNAL:
        yield "No other system sets anything here: only what the profile says holds."
    if is_split(period.limit, period.limit_L2, period.limit_L3) or is_split(
        period.setpoint, period.setpoint_L2, period.setpoint_L3
    ):
        yield "All phases get the least of what each is given."
    reactive = (period.setpoint_reactive, period.setpoint_reactive_L2, period.setpoint_reactive_L3)
    if any(value is not None for value in reactive):
        yield "It cannot set reactive power."
    if period.evse_sleep:
        yield "It pauses where its electronics should sleep."
    if period.preconditioning_request:
        yield "It cannot ask the vehicle to keep its battery warm."


def may_discharge(period: ChargingSchedulePeriod) -> bool:
    """Tell whether a period means, or at some frequency or signal would mean, that the vehicle gives back."""
    asked = (
        period.setpoint,
        period.setpoint_L2,
        period.setpoint_L3,
        period.discharge_limit,
        period.discharge_limit_L2,
        period.discharge_limit_L3,
    )
    curves_w = [point.power for point in period.v2x_freq_watt_curve or ()]
    curves_w += [point.power for point in period.v2x_signal_watt_curve or ()]
    baseline_w = period.v2x_baseline or 0.0
    return any(value is not None and value < 0 for value in asked) or any(baseline_w + w < 0 for w in curves_w)
