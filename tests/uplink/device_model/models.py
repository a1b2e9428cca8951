"""Device models to test with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from bridge.types.charger import ChargerIdentity, ConnectorReading
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import Ability, ConnectorStatus
from bridge.uplink.configuration.configuration import Configuration
from bridge.uplink.configuration.station_facts import StationFacts
from bridge.uplink.device_model.device_model import DeviceModel
from bridge.uplink.device_model.model_facts import EvseFacts, ModelFacts, NetworkSlot
from bridge.uplink.device_model.variable import ModelVariable, Place
from tests.uplink.configuration.stations import OBEYING, READING, WATCHED

SECRET: Final = "correct horse battery"
CUSTOM: Final = {"ParkingZone": "A", "Welcome": ""}
AT: Final = datetime(2026, 3, 10, 12, tzinfo=UTC)
FULL: Final = ConnectorReading(
    evse_id=1,
    connector_id=1,
    status=ConnectorStatus.CHARGING,
    status_raw="2",
    power_w=7360.5,
    current_a=10.7,
    current_l2_a=10.6,
    current_l3_a=0.0,
    voltage_l1_v=231.0,
    voltage_l2_v=230.25,
    voltage_l3_v=229.9999,
)
BARE: Final = ConnectorReading(evse_id=2, connector_id=2, status=None, status_raw="?")
IDENTITY: Final = ChargerIdentity(
    vendor_name="Etrel", model="INCH Home", serial_number="0001234", firmware_version="4.2.1"
)


def configuration_of(station: StationFacts = OBEYING, **stored: str) -> Configuration:
    """Return the settings of a station, with a secret among them."""
    return Configuration(station, {"AuthorizationKey": SECRET, **stored}, CUSTOM)


OBEYED: Final = ModelFacts(
    now=AT,
    version=OcppVersion.V21,
    identity=IDENTITY,
    evses=(EvseFacts(evse_id=1, status=ConnectorStatus.CHARGING, reading=FULL),),
    abilities=frozenset(Ability),
    station_name="GARAGE-1",
    time_zone="Europe/Berlin",
    network_profiles={1: NetworkSlot(csms_url="wss://other/ocpp", security_profile=2, identity="G")},
    local_list_entries=3,
    charging_profiles=2,
)
"""a charger that does all and measures all, in 2.1"""
READ: Final = ModelFacts(
    now=AT,
    identity=ChargerIdentity(vendor_name="Unknown"),
    evses=(
        EvseFacts(evse_id=1, status=ConnectorStatus.AVAILABLE),
        EvseFacts(evse_id=2, status=ConnectorStatus.FAULTED, reading=BARE),
    ),
    local_list_entries=None,
)
"""two connectors of which little is known, and nothing can be done, in 2.0.1"""
PAIRS: Final = ((OBEYING, OBEYED), (READING, READ), (WATCHED, READ), (OBEYING, READ))


def model_of(station: StationFacts = OBEYING, facts: ModelFacts = OBEYED, **stored: str) -> DeviceModel:
    """Return a device model."""
    configuration = configuration_of(station, **stored)
    return DeviceModel(lambda: configuration, lambda: facts)


def named(model: DeviceModel, name: str) -> ModelVariable:
    """Return the variable that is printed so."""
    (found,) = [variable for variable in model.variables() if str(variable.place) == name]
    return found


def at(component: str, variable: str, instance: str | None = None, evse_id: int | None = None) -> Place:
    """Return a place."""
    return Place(component=component, variable=variable, variable_instance=instance, evse_id=evse_id)
