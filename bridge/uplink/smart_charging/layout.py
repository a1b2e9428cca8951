"""What a station can be told and what its supply gives: the numbers that profiles are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

from bridge.types.facts import to_epoch_us
from bridge.types.ocpp.charging_schedule import PERIODS_AT_MOST, ChargingRateUnit

_MOST_PHASES = 3
_US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class Supply:
    """What a supply can give, and how amperes become watts there: W = A × V × phases."""

    voltage_v: float
    """between a phase and neutral; above 0"""
    phases: int
    """1 to 3"""
    max_current_a: float
    """of each phase; the limit where no profile sets one"""

    def __post_init__(self) -> None:
        if not (self.voltage_v > 0 and 1 <= self.phases <= _MOST_PHASES and self.max_current_a >= 0):
            raise ValueError(f"a supply has a voltage, 1 to 3 phases and no negative current, not {self}")


@dataclass(frozen=True, slots=True)
class Layout:
    """The EVSEs of a station, and where it stands."""

    evses: Mapping[int, Supply]
    """by the EVSE's id, from 1 on; at least one"""
    grid: Supply | None = None
    """of the whole station; all that its EVSEs can take together when absent"""
    zone: tzinfo = UTC
    """of the site, for schedules in local time (OCPP 2.1)"""

    def __post_init__(self) -> None:
        if not self.evses or min(self.evses) < 1:
            raise ValueError("a station has at least one EVSE, and EVSEs count from 1")
        object.__setattr__(self, "evses", MappingProxyType(dict(self.evses)))

    def supply(self, evse_id: int) -> Supply:
        """Return the supply of an EVSE, of the whole station for 0. LookupError for an EVSE unknown."""
        if evse_id == 0:
            return self.grid or _together(tuple(self.evses.values()))
        try:
            return self.evses[evse_id]
        except KeyError:
            raise LookupError(f"this station has no EVSE {evse_id}") from None


def _together(supplies: tuple[Supply, ...]) -> Supply:
    return Supply(
        voltage_v=max(supply.voltage_v for supply in supplies),
        phases=max(supply.phases for supply in supplies),
        max_current_a=sum(supply.max_current_a for supply in supplies),
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a station takes; OCPP 1.6 tells it by the key in each line."""

    max_stack_level: int = 100
    """ChargeProfileMaxStackLevel"""
    max_periods: int = 100
    """ChargingScheduleMaxPeriods: of a schedule taken and of one answered; 1 to 1024"""
    max_installed: int = 50
    """MaxChargingProfilesInstalled"""
    units: frozenset[ChargingRateUnit] = frozenset(ChargingRateUnit)
    """ChargingScheduleAllowedChargingRateUnit; at least one"""

    def __post_init__(self) -> None:
        if not (1 <= self.max_periods <= PERIODS_AT_MOST and self.units):
            raise ValueError(f"a schedule has 1 to {PERIODS_AT_MOST} periods and a unit")


def whole_seconds(instant: datetime) -> int:
    """Return seconds since 1970, the fraction cut: OCPP's schedules count whole seconds, so this room does too."""
    return to_epoch_us(instant) // _US_PER_S
