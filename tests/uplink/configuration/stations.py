"""Stations to test with."""

from __future__ import annotations

from typing import Final

from bridge.types.ocpp.meter_value import Measurand
from bridge.types.words import Ability
from bridge.uplink.configuration.station_facts import StationFacts

MEASURANDS: Final = frozenset(
    {
        Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
        Measurand.POWER_ACTIVE_IMPORT,
        Measurand.CURRENT_IMPORT,
        Measurand.VOLTAGE,
        Measurand.DISPLAY_INLET_HOT,  # of OCPP 2.1 only
    }
)
READING: Final = StationFacts(connectors=2, measurands=MEASURANDS)
"""a charger that can only be read"""
OBEYING: Final = StationFacts(connectors=1, abilities=frozenset(Ability), has_control=True, measurands=MEASURANDS)
"""a charger that does all, in front of the central system that commands"""
WATCHED: Final = StationFacts(connectors=1, abilities=frozenset(Ability), measurands=MEASURANDS)
"""the same charger in front of one that may not"""
STATIONS: Final = (READING, OBEYING, WATCHED)
