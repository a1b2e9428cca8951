"""Words of the types in OCPP 1.6, and its words in ours: every word of both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bridge.types.ocpp.charging_profile import ChargingProfileKind, ChargingProfilePurpose
from bridge.types.ocpp.data_transfer import DataTransferStatus
from bridge.types.ocpp.meter_value import Location, Measurand
from bridge.types.words import StopReason


def unchanged(words: Iterable[str]) -> dict[str, str | None]:
    """Return a table in which every word is said as it is."""
    return {word: str(word) for word in words}


REASONS: Final[Mapping[str, str | None]] = {
    StopReason.DE_AUTHORIZED: "DeAuthorized",
    StopReason.EMERGENCY_STOP: "EmergencyStop",
    StopReason.ENERGY_LIMIT_REACHED: "Other",
    StopReason.EV_DISCONNECTED: "EVDisconnected",
    StopReason.GROUND_FAULT: "Other",
    StopReason.IMMEDIATE_RESET: "HardReset",
    StopReason.LOCAL: "Local",
    StopReason.LOCAL_OUT_OF_CREDIT: "Local",
    StopReason.MASTER_PASS: "Local",
    StopReason.OTHER: "Other",
    StopReason.OVERCURRENT_FAULT: "Other",
    StopReason.POWER_LOSS: "PowerLoss",
    StopReason.POWER_QUALITY: "Other",
    StopReason.REBOOT: "Reboot",
    StopReason.REMOTE: "Remote",
    StopReason.SOC_LIMIT_REACHED: "Other",
    StopReason.STOPPED_BY_EV: "Other",
    StopReason.TIME_LIMIT_REACHED: "Other",
    StopReason.TIMEOUT: "Other",
}
"""A 2.x reason → 1.6's. A stop by money or by a master card happened at the station: Local. The vehicle's own stop is
Other and not EVDisconnected: nobody unplugged."""

REASONS_BACK: Final[Mapping[str, StopReason]] = {
    "DeAuthorized": StopReason.DE_AUTHORIZED,
    "EmergencyStop": StopReason.EMERGENCY_STOP,
    "EVDisconnected": StopReason.EV_DISCONNECTED,
    "HardReset": StopReason.IMMEDIATE_RESET,
    "Local": StopReason.LOCAL,
    "Other": StopReason.OTHER,
    "PowerLoss": StopReason.POWER_LOSS,
    "Reboot": StopReason.REBOOT,
    "Remote": StopReason.REMOTE,
    "SoftReset": StopReason.IMMEDIATE_RESET,
    "UnlockCommand": StopReason.REMOTE,
}
"""A 1.6 reason → ours. 2.x has one word for both resets; that of an unlocking is Remote, with the trigger beside it."""

MEASURANDS: Final[Mapping[str, str | None]] = {
    Measurand.CURRENT_EXPORT: "Current.Export",
    Measurand.CURRENT_EXPORT_OFFERED: None,
    Measurand.CURRENT_EXPORT_MINIMUM: None,
    Measurand.CURRENT_IMPORT: "Current.Import",
    Measurand.CURRENT_IMPORT_OFFERED: "Current.Offered",
    Measurand.CURRENT_IMPORT_MINIMUM: None,
    Measurand.CURRENT_OFFERED: "Current.Offered",
    Measurand.DISPLAY_PRESENT_SOC: "SoC",
    Measurand.DISPLAY_MINIMUM_SOC: None,
    Measurand.DISPLAY_TARGET_SOC: None,
    Measurand.DISPLAY_MAXIMUM_SOC: None,
    Measurand.DISPLAY_REMAINING_TIME_TO_MINIMUM_SOC: None,
    Measurand.DISPLAY_REMAINING_TIME_TO_TARGET_SOC: None,
    Measurand.DISPLAY_REMAINING_TIME_TO_MAXIMUM_SOC: None,
    Measurand.DISPLAY_CHARGING_COMPLETE: None,
    Measurand.DISPLAY_BATTERY_ENERGY_CAPACITY: None,
    Measurand.DISPLAY_INLET_HOT: None,
    Measurand.ENERGY_ACTIVE_EXPORT_INTERVAL: "Energy.Active.Export.Interval",
    Measurand.ENERGY_ACTIVE_EXPORT_REGISTER: "Energy.Active.Export.Register",
    Measurand.ENERGY_ACTIVE_IMPORT_INTERVAL: "Energy.Active.Import.Interval",
    Measurand.ENERGY_ACTIVE_IMPORT_REGISTER: "Energy.Active.Import.Register",
    Measurand.ENERGY_ACTIVE_IMPORT_CABLE_LOSS: None,
    Measurand.ENERGY_ACTIVE_IMPORT_LOCAL_GENERATION_REGISTER: None,
    Measurand.ENERGY_ACTIVE_NET: None,
    Measurand.ENERGY_ACTIVE_SETPOINT_INTERVAL: None,
    Measurand.ENERGY_APPARENT_EXPORT: None,
    Measurand.ENERGY_APPARENT_IMPORT: None,
    Measurand.ENERGY_APPARENT_NET: None,
    Measurand.ENERGY_REACTIVE_EXPORT_INTERVAL: "Energy.Reactive.Export.Interval",
    Measurand.ENERGY_REACTIVE_EXPORT_REGISTER: "Energy.Reactive.Export.Register",
    Measurand.ENERGY_REACTIVE_IMPORT_INTERVAL: "Energy.Reactive.Import.Interval",
    Measurand.ENERGY_REACTIVE_IMPORT_REGISTER: "Energy.Reactive.Import.Register",
    Measurand.ENERGY_REACTIVE_NET: None,
    Measurand.ENERGY_REQUEST_TARGET: None,
    Measurand.ENERGY_REQUEST_MINIMUM: None,
    Measurand.ENERGY_REQUEST_MAXIMUM: None,
    Measurand.ENERGY_REQUEST_MINIMUM_V2X: None,
    Measurand.ENERGY_REQUEST_MAXIMUM_V2X: None,
    Measurand.ENERGY_REQUEST_BULK: None,
    Measurand.FREQUENCY: "Frequency",
    Measurand.POWER_ACTIVE_EXPORT: "Power.Active.Export",
    Measurand.POWER_ACTIVE_IMPORT: "Power.Active.Import",
    Measurand.POWER_ACTIVE_SETPOINT: None,
    Measurand.POWER_ACTIVE_RESIDUAL: None,
    Measurand.POWER_EXPORT_MINIMUM: None,
    Measurand.POWER_EXPORT_OFFERED: None,
    Measurand.POWER_FACTOR: "Power.Factor",
    Measurand.POWER_IMPORT_OFFERED: "Power.Offered",
    Measurand.POWER_IMPORT_MINIMUM: None,
    Measurand.POWER_OFFERED: "Power.Offered",
    Measurand.POWER_REACTIVE_EXPORT: "Power.Reactive.Export",
    Measurand.POWER_REACTIVE_IMPORT: "Power.Reactive.Import",
    Measurand.SOC: "SoC",
    Measurand.VOLTAGE: "Voltage",
    Measurand.VOLTAGE_MINIMUM: None,
    Measurand.VOLTAGE_MAXIMUM: None,
    Measurand.TEMPERATURE: "Temperature",
    Measurand.RPM: "RPM",
}
"""A measurand → 1.6's. 2.1 names the direction of an offer, 1.6 means import. All words of 1.6 are ours too."""

LOCATIONS: Final[Mapping[str, str | None]] = unchanged(Location) | {Location.UPSTREAM: None}
"""A location → 1.6's: the building's meter told without its place would pass for the outlet's."""

PURPOSES: Final[Mapping[str, str | None]] = {
    ChargingProfilePurpose.CHARGING_STATION_EXTERNAL_CONSTRAINTS: None,
    ChargingProfilePurpose.CHARGING_STATION_MAX_PROFILE: "ChargePointMaxProfile",
    ChargingProfilePurpose.TX_DEFAULT_PROFILE: "TxDefaultProfile",
    ChargingProfilePurpose.TX_PROFILE: "TxProfile",
    ChargingProfilePurpose.PRIORITY_CHARGING: None,
    ChargingProfilePurpose.LOCAL_GENERATION: None,
}
"""A profile's purpose → 1.6's."""

PURPOSES_BACK: Final[Mapping[str, ChargingProfilePurpose]] = {
    said: ChargingProfilePurpose(word) for word, said in PURPOSES.items() if said is not None
}
"""1.6's purpose → ours."""

KINDS: Final[Mapping[str, str | None]] = unchanged(ChargingProfileKind) | {ChargingProfileKind.DYNAMIC: None}
"""A profile's kind → 1.6's and 2.0.1's."""

TRANSFER_STATUSES: Final[Mapping[str, str | None]] = unchanged(DataTransferStatus) | {DataTransferStatus.OFFLINE: None}
"""What became of a transfer → the word of every version: Offline is said inside the station only."""
