"""The limit that holds now at an EVSE, in the amperes that a charger is told."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bridge.types.facts import from_epoch_s
from bridge.types.ocpp.charging_profile import ChargingProfilePurpose
from bridge.uplink.smart_charging.layout import whole_seconds
from bridge.uplink.smart_charging.outlook import Allowed, EvseOutlook, boundaries, evse_outlook
from bridge.uplink.smart_charging.stack import ProfileStack

LEAST_CURRENT_A = 6.0
"""below it nothing can be offered [spec: IEC 61851-1]"""
_BINARY_DUST_A = 1e-6
"""watts of 6 A over odd volts come back as 5.9999999 A"""
_LOOKS_AHEAD = 200
"""instants at which nothing changes after all; after so many the answer is: look again then"""
_LAST_S = 253_402_300_799
"""end of the year 9999, the last that a datetime can say"""


class Because(NamedTuple):
    """The profile that is decisive."""

    profile_id: int
    purpose: ChargingProfilePurpose
    evse_id: int
    """0 where it is installed for the whole station"""
    stack_level: int


class LimitNow(NamedTuple):
    """What a charger may offer, and for how long that is certain."""

    limit_a: float | None
    """of each phase: 0 is a pause, else 6 or more; None where no profile says anything. Not rounded: that is the
    adapter's, and it rounds down"""
    until_at: datetime | None
    """when to look again, because it changes then; None where it does not by itself. Without a running transaction it
    may come sooner than any change"""
    because: Because | None
    """None together with `limit_a`"""
    wanted_a: float | None
    """before it became a pause, for a sentence that says so"""


def limit_at(stack: ProfileStack, evse_id: int, at: datetime) -> LimitNow:
    """Return the limit at an EVSE in the second of `at`. LookupError for an EVSE unknown, and for 0.

    A limit in W is spread over all phases of the supply, whatever numberPhases says: a charger that is told amperes
    chooses no phases, and a vehicle may use all of them.
    """
    if evse_id == 0:
        raise LookupError("a limit is told to one EVSE, not to the whole station")
    at_s = whole_seconds(at)
    outlook = evse_outlook(stack, evse_id, at_s)
    phases = outlook.supply.phases
    now = outlook.at(at_s, phases)
    limit_a, because = _told(now)
    until_s = _until(outlook, at_s, phases)
    return LimitNow(
        limit_a=limit_a,
        until_at=None if until_s is None else from_epoch_s(until_s),
        because=because,
        wanted_a=None if because is None else now.current_a,
    )


def _until(outlook: EvseOutlook, at_s: int, phases: int) -> int | None:
    now = _told(outlook.at(at_s, phases))
    for looks, coming_s in enumerate(boundaries(outlook, at_s), 1):
        if coming_s > _LAST_S:
            break
        if looks == _LOOKS_AHEAD or _told(outlook.at(coming_s, phases)) != now:
            return coming_s
    return None


def _told(allowed: Allowed) -> tuple[float | None, Because | None]:
    source = allowed.because
    if source is None:
        return None, None
    profile = source.profile
    because = Because(profile.id, profile.charging_profile_purpose, source.evse_id, profile.stack_level)
    return _offered(allowed.current_a), because


def _offered(current_a: float) -> float:
    """Return what can be offered: 0, or 6 A and more."""
    if current_a < LEAST_CURRENT_A - _BINARY_DUST_A:
        return 0.0
    return max(current_a, LEAST_CURRENT_A)
