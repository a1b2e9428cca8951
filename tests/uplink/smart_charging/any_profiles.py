"""Hypothesis strategies: stations with any profiles, around days on which clocks change and on others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.charging_profile import ChargingProfile
from bridge.types.ocpp.v2x import OperationMode
from bridge.uplink.smart_charging.layout import Limits
from bridge.uplink.smart_charging.stack import ProfileStack
from tests.uplink.smart_charging.making import DEFAULT, MAX, OUTSIDE, PAIR, STATION, TX, profile, running

DAYS = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC))
"""clocks in Europe/Zurich go forward, back, and not at all"""
MANY = Limits(max_periods=1024)

seconds = st.one_of(
    st.sampled_from([0, 1, 3600, 7200, 9000, 10_800, 43_200, 79_200, 82_800, 86_399, 86_400]),
    st.integers(0, 200_000),
)
days = st.sampled_from(DAYS)
zone_of_time = st.integers(-4 * 86_400, 2 * 86_400)


MODES = [None, *OperationMode]


@st.composite
def wishes(draw: st.DrawFn, unit: str, start: int) -> dict[str, Any]:
    """Return a period of OCPP 2.1 with any mode, setpoints, discharge limits and curves."""
    factor = 1 if unit == "A" else 690
    charging, setpoints = [0.0, 6.0, 10.0, 16.5, 40.0], [-20.0, -6.0, 0.0, 3.0, 8.0, 12.5, 40.0]
    mode = draw(st.sampled_from(MODES if unit == "W" else [one for one in MODES if one != "LocalFrequency"]))
    period: dict[str, Any] = {"startPeriod": start}

    def some(name: str, numbers: list[float], *, needed: bool = False) -> None:
        count = draw(st.sampled_from([1, 1, 1, 3] if needed else [0, 1, 1, 3]))
        names = [name, f"{name}_L2", f"{name}_L3"][:count]
        if count == 3 and draw(st.booleans()):
            names.remove(draw(st.sampled_from(names[1:])))
        for one in names:
            share = 3 if count == 3 and unit == "W" else 1
            period[one] = draw(st.sampled_from(numbers)) * factor / share

    some("limit", charging, needed=mode in (None, "ChargingOnly", "CentralFrequency"))
    some("setpoint", setpoints, needed=mode == "CentralSetpoint")
    some("dischargeLimit", [-40.0, -10.0, -1.0, 0.0])
    if mode is not None:
        period["operationMode"] = mode.value
    if draw(st.integers(0, 5)) == 0:
        period["evseSleep"] = draw(st.booleans())
    if mode == "LocalFrequency":
        hertz = draw(st.lists(st.sampled_from([49.0, 49.8, 50.0, 50.2, 59.9, 60.1]), min_size=2, max_size=4))
        watts = st.sampled_from([-8000.0, -1000.0, 0.0, 5000.0, 9000.0])
        period["v2xFreqWattCurve"] = [{"frequency": one, "power": draw(watts)} for one in dict.fromkeys(hertz)]
        if len(period["v2xFreqWattCurve"]) == 1:
            period["v2xFreqWattCurve"].append({"frequency": 70.0, "power": draw(watts)})
        if draw(st.booleans()):
            period["v2xBaseline"] = draw(watts)
    if draw(st.booleans()):
        period["numberPhases"] = draw(st.sampled_from([1, 2, 3]))
    return period


@st.composite
def profiles(draw: st.DrawFn, day: datetime) -> ChargingProfile:
    """Return any profile that stands near this day, and that a layout may take or refuse."""
    kind = draw(st.sampled_from(["Absolute", "Recurring", "Recurring", "Relative"]))
    unit = draw(st.sampled_from("AW"))
    starts = sorted(draw(st.sets(seconds, min_size=1, max_size=4)))
    limit = st.sampled_from([0.0, 6.0, 10.0, 16.0, 20.5, 40.0]).map(lambda a: a if unit == "A" else a * 690)
    periods = [
        (start, draw(limit), *([] if (phases := draw(st.sampled_from([None, 1, 2, 3]))) is None else [phases]))
        for start in starts
    ]
    schedule: dict[str, Any] = {}
    if draw(st.integers(0, 2)) == 0:
        schedule["chargingSchedulePeriod"] = [draw(wishes(unit, start)) for start in starts]
    if kind == "Recurring" or (kind == "Absolute" and draw(st.booleans())):
        schedule["startSchedule"] = to_rfc3339(day + timedelta(seconds=draw(zone_of_time)))
        if draw(st.booleans()):
            schedule["useLocalTime"] = True
    if draw(st.booleans()):
        schedule["duration"] = max(1, draw(seconds))
    more: dict[str, Any] = {}
    if kind == "Recurring":
        more["recurrencyKind"] = draw(st.sampled_from(["Daily", "Daily", "Weekly"]))
    if draw(st.integers(0, 3)) == 0:
        more |= {"maxOfflineDuration": draw(seconds), "invalidAfterOfflineDuration": draw(st.booleans())}
    if draw(st.integers(0, 3)) == 0:
        more["validFrom"] = to_rfc3339(day + timedelta(seconds=draw(zone_of_time)))
    if draw(st.integers(0, 3)) == 0:
        more["validTo"] = to_rfc3339(day + timedelta(seconds=draw(zone_of_time)))
    return profile(
        draw(st.integers(1, 8)),
        draw(st.sampled_from([MAX, DEFAULT, DEFAULT, TX, TX, OUTSIDE])),
        *periods,
        level=draw(st.integers(0, 2)),
        unit=unit,
        kind=kind,
        schedule=schedule,
        **more,
    )


@st.composite
def stacks(draw: st.DrawFn, day: datetime, *, always_running: bool = False) -> ProfileStack:
    """Return a stack of up to eight profiles, with or without transactions."""
    layout = draw(st.sampled_from([STATION, PAIR]))
    made = ProfileStack(layout, MANY)
    if draw(st.integers(0, 3)) == 0:
        made.offline_since = day - timedelta(seconds=draw(seconds))
    for evse_id in layout.evses:
        if always_running or draw(st.sampled_from([True, True, False])):
            started_at = day - timedelta(seconds=draw(st.integers(0, 100_000)))
            made.start_transaction(running(evse_id, started_at))
    for _ in range(draw(st.integers(0, 8))):
        evse_id = draw(st.sampled_from([0, *layout.evses]))
        made.install(draw(profiles(day)), evse_id, day - timedelta(hours=30), for_next_transaction=draw(st.booleans()))
    return made


def started(made: ProfileStack) -> dict[int, datetime]:
    """Return when the transactions that run were started."""
    return {transaction.evse_id: transaction.started_at for transaction in made.transactions}
