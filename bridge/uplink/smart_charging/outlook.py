"""What all profiles together allow at an instant, for one EVSE and for the whole station.

What is charged is worked out for a charger that cannot discharge (`caps.py`); how an instant reads with setpoints and
discharging is `bidirectional.py`'s.

At one EVSE: the TxProfile that says something, else the TxDefaultProfile that does, else what the supply gives; capped
by the station's maximum and by constraints from outside. Within a purpose the highest stack level that says something
goes before the others, an EVSE's own default before the station's on the same level [spec].

A limit in A holds for each phase and one in W for all together; both kinds are kept as they are and become one number
only where the phases to be used are known, so that neither kind is ever exceeded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from math import inf
from typing import NamedTuple

from bridge.types.ocpp.charging_profile import ChargingProfilePurpose
from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedulePeriod
from bridge.uplink.smart_charging.caps import Cap, caps_of
from bridge.uplink.smart_charging.course import Course, course
from bridge.uplink.smart_charging.layout import Supply, whole_seconds
from bridge.uplink.smart_charging.profiles import Installed
from bridge.uplink.smart_charging.stack import ProfileStack

_DEFAULT_PHASES = 3


class Spoken(NamedTuple):
    """What one profile says at an instant."""

    source: Installed
    period: ChargingSchedulePeriod
    share: float = 1
    """how many EVSEs share its numbers in equal parts"""

    @property
    def unit(self) -> ChargingRateUnit:
        """Return in what its period counts; its curves and their baseline are in W whatever this is."""
        return self.source.schedule.charging_rate_unit

    @property
    def phases(self) -> int:
        """Return how many phases it leaves."""
        return _DEFAULT_PHASES if self.period.number_phases is None else self.period.number_phases

    def caps(self) -> list[Cap]:
        """Return what it caps, for one of those that share it."""
        return [cap._replace(value=cap.value / self.share) for cap in caps_of(self.period, self.unit)]

    def in_a(self, voltage_v: float, phases: int) -> float:
        """Return the amperes of each phase that it leaves; infinity where it does not say."""
        return min((cap.in_a(voltage_v, phases) for cap in self.caps()), default=inf)

    def in_w(self, voltage_v: float, phases: int) -> float:
        """Return the watts of all phases that it leaves; infinity where it does not say."""
        return min((cap.in_w(voltage_v, phases) for cap in self.caps()), default=inf)


class Allowed(NamedTuple):
    """What may be charged at an instant."""

    current_a: float
    """of each phase"""
    power_w: float
    """of all phases together"""
    phases: int
    because: Installed | None
    """the profile that allows least; None where none says anything"""
    base: Spoken | None = None
    """of the TxProfile or TxDefaultProfile that holds, at an EVSE"""
    others: tuple[Spoken, ...] = ()
    """of those that cap it"""


@dataclass(frozen=True, slots=True)
class EvseOutlook:
    """What the profiles allow at one EVSE."""

    supply: Supply
    stacks: tuple[tuple[tuple[Course, ...], float], ...]
    """rivals in falling rank, of which the first that says something caps, and how many EVSEs share that cap"""
    transaction: tuple[Course, ...]
    default: tuple[Course, ...]

    @property
    def courses(self) -> tuple[Course, ...]:
        """All courses that matter here."""
        return (*self.transaction, *self.default, *(one for courses, _ in self.stacks for one in courses))

    def at(self, at_s: int, phases: int | None = None) -> Allowed:
        """Return what may be charged in this second; over `phases` where the profiles have no say in it."""
        base = _first(self.transaction, at_s) or _first(self.default, at_s)
        capping = (_first(courses, at_s, share) for courses, share in self.stacks)
        others = tuple(spoken for spoken in capping if spoken is not None)
        found = others if base is None else (base, *others)
        return _allowed(found, self.supply, phases)._replace(base=base, others=others)


@dataclass(frozen=True, slots=True)
class StationOutlook:
    """What is expected at the grid connection: all EVSEs together, capped for the whole station."""

    supply: Supply
    stacks: tuple[tuple[Course, ...], ...]
    evses: tuple[EvseOutlook, ...]

    @property
    def courses(self) -> tuple[Course, ...]:
        """All courses that matter here."""
        return (
            *(one for courses in self.stacks for one in courses),
            *(one for evse in self.evses for one in evse.courses),
        )

    def at(self, at_s: int) -> Allowed:
        """Return what may be charged in this second; in A as if all EVSEs used the same phase first."""
        parts = [evse.at(at_s) for evse in self.evses]
        found = tuple(spoken for courses in self.stacks if (spoken := _first(courses, at_s)) is not None)
        phases = min([max(part.phases for part in parts), self.supply.phases, *(spoken.phases for spoken in found)])
        cap = _allowed(found, self.supply, phases)
        current_a, power_w = sum(part.current_a for part in parts), sum(part.power_w for part in parts)
        capped = cap.current_a <= current_a or cap.power_w <= power_w
        return Allowed(
            min(current_a, cap.current_a),
            min(power_w, cap.power_w),
            phases,
            (cap.because if capped else None) or (parts[0].because if len(parts) == 1 else None),
        )


Outlook = EvseOutlook | StationOutlook


def evse_outlook(stack: ProfileStack, evse_id: int, at_s: int) -> EvseOutlook:
    """Return what the profiles allow at an EVSE from this second on. LookupError for an EVSE unknown.

    Without a running transaction everything is worked out as if one started in this second, so that profiles which
    wait for it count as well [guess; spec for the default]. A transaction that seems to start later, because clocks
    differ, counts from this second too: its limit must not be lifted for that.

    A cap of the whole station is shared in equal parts by the EVSEs at which transactions run, this one included:
    otherwise two vehicles would take twice what was allowed.
    """
    running = stack.transaction(evse_id)
    started_s = at_s if running is None else min(at_s, whole_seconds(running.started_at))
    share = len({transaction.evse_id for transaction in stack.transactions} | {evse_id})

    def rank(purpose: ChargingProfilePurpose, *places: int) -> tuple[Course, ...]:
        return _rank(stack, purpose, places, started_s)

    outside = ChargingProfilePurpose.CHARGING_STATION_EXTERNAL_CONSTRAINTS
    return EvseOutlook(
        supply=stack.layout.supply(evse_id),
        stacks=(
            (rank(ChargingProfilePurpose.CHARGING_STATION_MAX_PROFILE, 0), share),
            (rank(outside, 0), share),
            (rank(outside, evse_id), 1),
        ),
        transaction=rank(ChargingProfilePurpose.TX_PROFILE, evse_id),
        default=rank(ChargingProfilePurpose.TX_DEFAULT_PROFILE, evse_id, 0),
    )


def station_outlook(stack: ProfileStack, at_s: int) -> StationOutlook:
    """Return what is expected of the whole station from this second on."""
    purposes = (
        ChargingProfilePurpose.CHARGING_STATION_MAX_PROFILE,
        ChargingProfilePurpose.CHARGING_STATION_EXTERNAL_CONSTRAINTS,
    )
    return StationOutlook(
        supply=stack.layout.supply(0),
        stacks=tuple(_rank(stack, purpose, (0,), at_s) for purpose in purposes),
        evses=tuple(evse_outlook(stack, evse_id, at_s) for evse_id in stack.layout.evses),
    )


def boundaries(outlook: Outlook, after_s: int) -> Iterator[int]:
    """Yield, strictly ascending, every second after this one at which what is allowed may change."""
    last_s = after_s
    for at_s in merge(*(one.boundaries(after_s) for one in outlook.courses)):
        if at_s > last_s:
            yield at_s
            last_s = at_s


def _rank(
    stack: ProfileStack, purpose: ChargingProfilePurpose, places: tuple[int, ...], started_s: int
) -> tuple[Course, ...]:
    """Return the courses of a purpose at these places, in falling rank; of one level the earlier place is first."""
    found = [
        one
        for one in stack.installed
        if one.profile.charging_profile_purpose is purpose and one.evse_id in places and _belongs(one, stack)
    ]
    found.sort(key=lambda one: (-one.profile.stack_level, places.index(one.evse_id)))
    return tuple(course(one, started_s, stack.layout.zone, stack.offline_since) for one in found)


def _belongs(installed: Installed, stack: ProfileStack) -> bool:
    """Tell whether it is not the TxProfile of a transaction that does not run (a start throws out all others)."""
    return not installed.is_of_a_transaction or installed.is_waiting or stack.transaction(installed.evse_id) is not None


def _first(courses: tuple[Course, ...], at_s: int, share: float = 1) -> Spoken | None:
    """Return what the first says that says something in this second."""
    for one in courses:
        period = one.period_at(at_s)
        if period is not None:
            return Spoken(one.installed, period, share)
    return None


def _allowed(found: tuple[Spoken, ...], supply: Supply, phases: int | None) -> Allowed:
    """Combine limits: the least in A and the least in W over the phases that all of them leave."""
    if phases is None:
        phases = min([supply.phases, *(spoken.phases for spoken in found)])
    voltage_v = supply.voltage_v
    most_w = supply.max_current_a * voltage_v * phases
    return Allowed(
        min([supply.max_current_a, *(spoken.in_a(voltage_v, phases) for spoken in found)]),
        min([most_w, *(spoken.in_w(voltage_v, phases) for spoken in found)]),
        phases,
        min(found, key=lambda spoken: spoken.in_a(voltage_v, phases)).source if found else None,
    )
