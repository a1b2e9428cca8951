"""What the device model is made of beside the settings: the charger and the station as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bridge.types.charger import ChargerIdentity, ConnectorReading
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import Ability, ConnectorStatus


class Quantity(StrEnum):
    """A value that a charger measures at a connector."""

    POWER = "power_w"
    CURRENT_L1 = "current_a"
    CURRENT_L2 = "current_l2_a"
    CURRENT_L3 = "current_l3_a"
    VOLTAGE_L1 = "voltage_l1_v"
    VOLTAGE_L2 = "voltage_l2_v"
    VOLTAGE_L3 = "voltage_l3_v"


class Delivered(NamedTuple):
    """That the charger measures this at that EVSE."""

    evse_id: int
    quantity: Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseFacts:
    """One connector of the charger, which is an EVSE with one connector here."""

    evse_id: int
    """the connector's number on the whole charger"""
    status: ConnectorStatus | None = None
    """the last word that is known; None before there was one"""
    reading: ConnectorReading | None = None
    """of the last poll; None where nothing is known now"""

    def measured(self, quantity: Quantity) -> float | None:
        """Return a value in the unit of its name; None where it is not known now."""
        value: float | None = None if self.reading is None else getattr(self.reading, quantity)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSlot:
    """A network profile as far as it is no secret."""

    csms_url: str
    security_profile: int
    message_timeout_s: int = 30
    interface: str = "Any"
    version: str | None = None
    """of OCPP, in OCPP's words for it; None where it is negotiated"""
    identity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """One charger as one station is to tell it."""

    now: datetime
    version: OcppVersion = OcppVersion.V201
    """in which it is told; the model of a 1.6 station is that of 2.0.1"""
    identity: ChargerIdentity
    evses: tuple[EvseFacts, ...] = (EvseFacts(evse_id=1),)
    """at least one"""
    is_heard: bool = True
    """the charger answers; what it measures is not known where it does not"""
    abilities: frozenset[Ability] = frozenset()
    """that this central system may use"""
    phases: int = 3
    voltage_v: float = 230.0
    max_current_a: float = 16.0
    """of the supply, each phase"""
    station_name: str = ""
    """the identity towards the central system"""
    time_zone: str | None = None
    """of the site, in the words of the IANA"""
    security_profile: int | None = None
    """in force on the connection; None where it is what the settings say"""
    active_network_profile: int = 0
    network_profiles: Mapping[int, NetworkSlot] = field(default_factory=dict)
    """by slot; empty where nothing is known of them"""
    local_list_entries: int | None = 0
    """None where the station keeps no list"""
    charging_profiles: int = 0
    """that are installed now"""
    monitoring_base: str = "All"
    monitoring_level: int = 9
    """severities up to this one are told"""

    @property
    def has_smart_charging(self) -> bool:
        """Whether a charging profile would have an effect."""
        return Ability.LIMIT_CURRENT in self.abilities

    @property
    def delivered(self) -> frozenset[Delivered]:
        """What the charger measures, as far as this moment shows it."""
        return frozenset(
            Delivered(evse.evse_id, quantity)
            for evse in self.evses
            for quantity in Quantity
            if evse.measured(quantity) is not None
        )
