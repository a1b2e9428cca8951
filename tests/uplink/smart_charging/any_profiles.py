"""Hypothesis strategies: stations with any profiles, around days on which clocks change and on others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.charging_profile import ChargingProfile
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
