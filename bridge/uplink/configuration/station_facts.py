"""What a station's settings depend on and cannot change: the charger, the central system's rights, the config."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bridge.types.ocpp.charging_schedule import PERIODS_AT_MOST
from bridge.types.ocpp.meter_value import Measurand
from bridge.types.words import Ability

NETWORK_SLOTS: Final = (0, 1, 2, 3)
"""0 is what the config says of the central system, the others are the central system's to fill"""


@dataclass(frozen=True, slots=True)
class SmartChargingLimits:
    """How much the smart charging holds."""

    stack_level_at_most: int = 100
    periods_at_most: int = PERIODS_AT_MOST
    """of one schedule"""
    profiles_at_most: int = 100
    """of the whole station"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationFacts:
    """One charger as it stands in front of one central system."""

    connectors: int
    """at least 1"""
    abilities: frozenset[Ability] = frozenset()
    """of the charger"""
    has_control: bool = False
    """this central system may command; without it no ability counts"""
    measurands: frozenset[Measurand] = frozenset()
    """what the charger delivers; those without a word in OCPP 1.6 are passed over"""
    aligned_measurands: frozenset[Measurand] | None = None
    """what it delivers for whole five minutes; the same when None"""
    smart_charging: SmartChargingLimits = field(default_factory=SmartChargingLimits)
    local_list_entries_at_most: int = 1000
    """0 where the station keeps no local list"""
    security_profile: int = 0
    """in the config"""
    security_profile_at_most: int = 3
    """up to which the config has what a profile needs beside a password: TLS (2), a client certificate (3)"""

    network_slots: tuple[int, ...] = NETWORK_SLOTS
    """numbers of the network profiles that a central system may fill and rank, in OCPP 2.x"""

    def can(self, ability: Ability) -> bool:
        """Tell whether this central system can have it done."""
        return self.has_control and ability in self.abilities
