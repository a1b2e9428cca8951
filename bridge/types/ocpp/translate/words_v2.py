"""Words of the types in OCPP 2.0.1 and 2.1, and the states of a connector in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.types.ocpp.base import OcppWord
from bridge.types.ocpp.charging_profile import ChargingProfilePurpose
from bridge.types.ocpp.meter_value import Measurand
from bridge.types.ocpp.text_message import MessageFormat
from bridge.types.ocpp.transaction import ChargingState, TriggerReason
from bridge.types.ocpp.translate.words_v16 import unchanged
from bridge.types.words import ConnectorStatus


class ConnectorStatusEnumType(OcppWord):
    """The states of a connector in OCPP 2.x [spec]."""

    AVAILABLE = "Available"
    OCCUPIED = "Occupied"
    """a vehicle is plugged in, whatever it does"""
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


STATUSES: Final[Mapping[str, str | None]] = {
    ConnectorStatus.AVAILABLE: "Available",
    ConnectorStatus.PREPARING: "Occupied",
    ConnectorStatus.CHARGING: "Occupied",
    ConnectorStatus.SUSPENDED_EV: "Occupied",
    ConnectorStatus.SUSPENDED_EVSE: "Occupied",
    ConnectorStatus.FINISHING: "Occupied",
    ConnectorStatus.RESERVED: "Reserved",
    ConnectorStatus.UNAVAILABLE: "Unavailable",
    ConnectorStatus.FAULTED: "Faulted",
}
"""A state → 2.x's ConnectorStatusEnumType; how it is occupied is told by the transaction's charging state."""

CHARGING_STATES: Final[Mapping[ConnectorStatus, ChargingState | None]] = {
    ConnectorStatus.AVAILABLE: ChargingState.IDLE,
    ConnectorStatus.PREPARING: ChargingState.EV_CONNECTED,
    ConnectorStatus.CHARGING: ChargingState.CHARGING,
    ConnectorStatus.SUSPENDED_EV: ChargingState.SUSPENDED_EV,
    ConnectorStatus.SUSPENDED_EVSE: ChargingState.SUSPENDED_EVSE,
    ConnectorStatus.FINISHING: ChargingState.EV_CONNECTED,
    ConnectorStatus.RESERVED: ChargingState.IDLE,
    ConnectorStatus.UNAVAILABLE: None,
    ConnectorStatus.FAULTED: None,
}
"""A state → the charging state of the transaction there; None where the state does not tell."""

_OCCUPIED: Final[Mapping[ChargingState | None, ConnectorStatus]] = {
    None: ConnectorStatus.PREPARING,
    ChargingState.IDLE: ConnectorStatus.PREPARING,
    ChargingState.EV_CONNECTED: ConnectorStatus.PREPARING,
    ChargingState.CHARGING: ConnectorStatus.CHARGING,
    ChargingState.SUSPENDED_EV: ConnectorStatus.SUSPENDED_EV,
    ChargingState.SUSPENDED_EVSE: ConnectorStatus.SUSPENDED_EVSE,
}


def status_of(
    word: ConnectorStatusEnumType, state: ChargingState | None = None, *, over: bool = False
) -> ConnectorStatus:
    """Return our state for 2.x's.

    `state` is that of the transaction there, if one is known; `over` that it has ended with the vehicle still there.
    """
    if word is not ConnectorStatusEnumType.OCCUPIED:
        return ConnectorStatus(word)
    return ConnectorStatus.FINISHING if over else _OCCUPIED[state]


_SAID_BY_2_0_1: Final = frozenset(
    {
        Measurand.CURRENT_EXPORT,
        Measurand.CURRENT_IMPORT,
        Measurand.CURRENT_OFFERED,
        Measurand.ENERGY_ACTIVE_EXPORT_INTERVAL,
        Measurand.ENERGY_ACTIVE_EXPORT_REGISTER,
        Measurand.ENERGY_ACTIVE_IMPORT_INTERVAL,
        Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
        Measurand.ENERGY_ACTIVE_NET,
        Measurand.ENERGY_APPARENT_EXPORT,
        Measurand.ENERGY_APPARENT_IMPORT,
        Measurand.ENERGY_APPARENT_NET,
        Measurand.ENERGY_REACTIVE_EXPORT_INTERVAL,
        Measurand.ENERGY_REACTIVE_EXPORT_REGISTER,
        Measurand.ENERGY_REACTIVE_IMPORT_INTERVAL,
        Measurand.ENERGY_REACTIVE_IMPORT_REGISTER,
        Measurand.ENERGY_REACTIVE_NET,
        Measurand.FREQUENCY,
        Measurand.POWER_ACTIVE_EXPORT,
        Measurand.POWER_ACTIVE_IMPORT,
        Measurand.POWER_FACTOR,
        Measurand.POWER_OFFERED,
        Measurand.POWER_REACTIVE_EXPORT,
        Measurand.POWER_REACTIVE_IMPORT,
        Measurand.SOC,
        Measurand.VOLTAGE,
    }
)

MEASURANDS_2_0_1: Final[Mapping[str, str | None]] = (
    dict.fromkeys(Measurand)
    | unchanged(_SAID_BY_2_0_1)
    | {
        Measurand.CURRENT_IMPORT_OFFERED: "Current.Offered",
        Measurand.POWER_IMPORT_OFFERED: "Power.Offered",
        Measurand.DISPLAY_PRESENT_SOC: "SoC",
    }
)
"""A measurand → 2.0.1's."""

MEASURANDS_2_1: Final[Mapping[str, str | None]] = unchanged(Measurand) | {
    Measurand.TEMPERATURE: None,
    Measurand.RPM: None,
}
"""A measurand → 2.1's."""

PURPOSES_2_0_1: Final[Mapping[str, str | None]] = unchanged(ChargingProfilePurpose) | {
    ChargingProfilePurpose.PRIORITY_CHARGING: None,
    ChargingProfilePurpose.LOCAL_GENERATION: None,
}
"""A profile's purpose → 2.0.1's."""

TRIGGERS_2_0_1: Final[Mapping[str, str | None]] = unchanged(TriggerReason) | {
    TriggerReason.COST_LIMIT_REACHED: "EnergyLimitReached",
    TriggerReason.SOC_LIMIT_REACHED: "EnergyLimitReached",
    TriggerReason.OPERATION_MODE_CHANGED: "ChargingRateChanged",
    TriggerReason.LIMIT_SET: "Trigger",
    TriggerReason.TARIFF_CHANGED: "Trigger",
    TriggerReason.TARIFF_NOT_ACCEPTED: "Deauthorized",
    TriggerReason.RUNNING_COST: "MeterValuePeriodic",
    TriggerReason.TX_RESUMED: "ChargingStateChanged",
}
"""Why an event is told → 2.0.1's. Any limit that ended it is that of energy; what the CSMS set is a trigger of its."""

FORMATS_2_0_1: Final[Mapping[str, str | None]] = unchanged(MessageFormat) | {MessageFormat.QRCODE: None}
"""How a message is written → 2.0.1's."""
