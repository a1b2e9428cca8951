"""When a charger is told its limit: when that changes, and again from time to time, because chargers forget."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from bridge.uplink.smart_charging.limit import LimitNow

ASSERT_EVERY = timedelta(minutes=5)


class Asserted(NamedTuple):
    """What a charger was told last, and took."""

    limit_a: float | None
    """None: it was told that nothing limits it"""
    at: datetime


class Step(NamedTuple):
    """What to do now."""

    send: bool
    """tell the charger `limit_a`, and on its word note that as `Asserted`; the next plan repeats what failed"""
    limit_a: float | None
    look_at: datetime | None
    """when to plan again at the latest if nothing happens before and what is sent arrives; None: no need"""


def plan(limit: LimitNow, last: Asserted | None, now: datetime, every: timedelta = ASSERT_EVERY) -> Step:
    """Decide whether a charger is told its limit now.

    A charger that never was limited from here (`last` is None) is not told that nothing limits it: a limit that its
    owner set there stays. Nor is a lifted limit asserted again. A clock that was set back makes an assertion due.
    """
    told = None if last is None else last.limit_a
    since = None if last is None else now - last.at
    fresh = since is not None and timedelta(0) <= since < every
    send = limit.limit_a != told or (limit.limit_a is not None and not fresh)
    looks = [] if limit.until_at is None else [limit.until_at]
    if limit.limit_a is not None:
        looks.append(now + every if send or last is None else last.at + every)
    return Step(send, limit.limit_a, min(looks, default=None))
