"""The words in which states are told; each has a stable code for time-series databases, which keep no text."""

from __future__ import annotations

from enum import StrEnum


class ConnectorStatus(StrEnum):
    """OCPP 1.6 ChargePointStatus [spec]: the finer of OCPP's two status vocabularies."""

    AVAILABLE = "Available"
    """nothing is plugged in and nobody has asked"""
    PREPARING = "Preparing"
    """a vehicle is plugged in or a card was shown; no charging session yet"""
    CHARGING = "Charging"
    """energy flows"""
    SUSPENDED_EV = "SuspendedEV"
    """offered, and the vehicle takes none"""
    SUSPENDED_EVSE = "SuspendedEVSE"
    """the vehicle would, and the charger offers none"""
    FINISHING = "Finishing"
    """the charging session is over and the vehicle still plugged in"""
    RESERVED = "Reserved"
    """kept for somebody"""
    UNAVAILABLE = "Unavailable"
    """out of service by intent"""
    FAULTED = "Faulted"
    """out of service by a fault"""


class Health(StrEnum):
    """How lately a charger was heard."""

    NORMAL = "normal"
    COMMUNICATION_FAULT = "communication_fault"
    """not heard for `communication_fault_after` (600 s) or more"""
    CHARGER_FAULT = "charger_fault"
    """not heard for `charger_fault_after` (3600 s) or more"""


class StopReason(StrEnum):
    """OCPP 2.0.1 ReasonEnumType [spec]: why a charging session ended."""

    DE_AUTHORIZED = "DeAuthorized"
    EMERGENCY_STOP = "EmergencyStop"
    ENERGY_LIMIT_REACHED = "EnergyLimitReached"
    EV_DISCONNECTED = "EVDisconnected"
    GROUND_FAULT = "GroundFault"
    IMMEDIATE_RESET = "ImmediateReset"
    LOCAL = "Local"
    LOCAL_OUT_OF_CREDIT = "LocalOutOfCredit"
    MASTER_PASS = "MasterPass"  # noqa: S105 -- an OCPP word
    OTHER = "Other"
    OVERCURRENT_FAULT = "OvercurrentFault"
    POWER_LOSS = "PowerLoss"
    POWER_QUALITY = "PowerQuality"
    REBOOT = "Reboot"
    REMOTE = "Remote"
    SOC_LIMIT_REACHED = "SOCLimitReached"
    STOPPED_BY_EV = "StoppedByEV"
    TIME_LIMIT_REACHED = "TimeLimitReached"
    TIMEOUT = "Timeout"


class IdTokenType(StrEnum):
    """OCPP 2.0.1 IdTokenEnumType [spec]: what kind of thing identified the driver."""

    CENTRAL = "Central"
    E_MAID = "eMAID"
    ISO14443 = "ISO14443"
    ISO15693 = "ISO15693"
    KEY_CODE = "KeyCode"
    LOCAL = "Local"
    MAC_ADDRESS = "MacAddress"
    NO_AUTHORIZATION = "NoAuthorization"


class SessionFlag(StrEnum):
    """What a reader should know before trusting a charging session; flagged ones are kept like all others."""

    FAULT_STOP = "fault_stop"
    """ended by a fault"""
    SHORT = "short"
    """lasted less than 60 s"""
    IMPLAUSIBLE_ENERGY = "implausible_energy"
    """more than 1000 kWh, or more than the highest power could have brought"""
    REGISTER_FELL = "register_fell"
    """the register at the end is below the one at the start: no energy can be told"""
    ENERGY_MISMATCH = "energy_mismatch"
    """the charger's own figure differs from the difference of its registers"""
    NO_REGISTER = "no_register"
    """a register is missing: no energy can be told"""
    ENDED_AFTER_UNPLUG = "ended_after_unplug"
    """the charger noted the end after the unplugging"""
    START_NOT_SEEN = "start_not_seen"
    """it had begun before the bridge looked; the charger keeps no log, so its start is when it was first seen"""
    END_NOT_SEEN = "end_not_seen"
    """it ended while the bridge did not look; the charger keeps no log, so its end is when it was last seen"""


class CommandStatus(StrEnum):
    """What became of a command."""

    DONE = "done"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"
    """sent, and its effect is not known: read back, never repeat"""


class Ability(StrEnum):
    """What an adapter can do with its charger beyond being read; the words are stored."""

    RESTART = "restart"
    START_CHARGING = "start_charging"
    STOP_CHARGING = "stop_charging"
    LIMIT_CURRENT = "limit_current"
    UNLOCK_CONNECTOR = "unlock_connector"
    SET_AVAILABILITY = "set_availability"


HARMLESS_FLAGS = frozenset({SessionFlag.ENDED_AFTER_UNPLUG})
"""flags that say nothing against a session's numbers: some chargers note every end two seconds late [clients]"""

CONNECTOR_STATUS_CODES = {word: code for code, word in enumerate(ConnectorStatus)}
"""0 Available … 8 Faulted, in the order above; never renumbered."""

HEALTH_CODES = {word: code for code, word in enumerate(Health)}
"""0 normal, 1 communication fault, 2 charger fault; never renumbered."""
