"""The vendor's words and what they mean in ours; letter case does not matter."""

from __future__ import annotations

from bridge.types.words import ConnectorStatus, IdTokenType, StopReason

_STATUSES = {
    # OCPP's own words [doc]; of these only Available was seen in this API [seed]
    **{word.value: word for word in ConnectorStatus},
    # the vendor's Modbus list [doc]
    "SocketAvailable": ConnectorStatus.AVAILABLE,
    "WaitingForVehicleToBeConnected": ConnectorStatus.PREPARING,
    "WaitingForVehicleToStart": ConnectorStatus.PREPARING,
    "ChargingPausedByEv": ConnectorStatus.SUSPENDED_EV,
    "ChargingPausedByEvse": ConnectorStatus.SUSPENDED_EVSE,
    "UnpausingCharging": ConnectorStatus.SUSPENDED_EVSE,  # energy does not flow yet [guess]
    "ChargingEnded": ConnectorStatus.FINISHING,
    "ChargingFault": ConnectorStatus.FAULTED,
}

_STOP_REASONS = {
    "LocalStopUserLogout": StopReason.LOCAL,
    "RemoteStopByBackend": StopReason.REMOTE,
    "EmergencyStopByUser": StopReason.EMERGENCY_STOP,
    "EnergyLimitReached": StopReason.ENERGY_LIMIT_REACHED,
    "FaultOccuredSystemInternalFault": StopReason.OTHER,  # OCPP has no word for an internal fault
    "FaultOccuredContactorTripped": StopReason.OTHER,
    "ImmediateResetReceivedFromBackend": StopReason.IMMEDIATE_RESET,
    "LocalUserOutOfCredit": StopReason.LOCAL_OUT_OF_CREDIT,
    "LocalReboot": StopReason.REBOOT,
    "PowerLoss": StopReason.POWER_LOSS,
    "PowerQualityBad": StopReason.POWER_QUALITY,
    "SOCLimitReached": StopReason.SOC_LIMIT_REACHED,
    "TimeLimitReached": StopReason.TIME_LIMIT_REACHED,
    "UnlockCommand": StopReason.REMOTE,  # OCPP 1.6 means the central system's unlocking; 2.0.1 has no such word
    "Other": StopReason.OTHER,
    "RemotelyStopedThroughWebInterface": StopReason.REMOTE,
    "PowerManagementStoppedChargingSinceVehicleFull": StopReason.STOPPED_BY_EV,  # it takes no more [guess]
    "LocalStopUserDisconnectedCableFromCharger": StopReason.EV_DISCONNECTED,
    "LocalStopUserDisconnectedCableFromVehicle": StopReason.EV_DISCONNECTED,
    "OvercurrentDetected": StopReason.OVERCURRENT_FAULT,
}

_ID_TOKEN_TYPES = {
    "RfidCard": IdTokenType.ISO14443,  # the usual card; the API does not tell 14443 from 15693 [guess]
    "Remote": IdTokenType.CENTRAL,  # a remote start: the token came from the central system
    "PinCode": IdTokenType.KEY_CODE,
    "CarId": IdTokenType.MAC_ADDRESS,  # what a car tells of itself over the cable is its EVCC's address [guess]
}

_STATUS_BY_WORD = {word.casefold(): status for word, status in _STATUSES.items()}
_STOP_REASON_BY_WORD = {word.casefold(): reason for word, reason in _STOP_REASONS.items()}
_ID_TOKEN_TYPE_BY_WORD = {word.casefold(): kind for word, kind in _ID_TOKEN_TYPES.items()}

_FAULT_PREFIX = "fault"


def read_status(word: str) -> ConnectorStatus | None:
    """Return what a status word means; None for one that is not known, the vendor's own "Unknown" included."""
    return _STATUS_BY_WORD.get(word.strip().casefold())


def read_stop_reason(word: str) -> StopReason:
    """Return why a charging session ended; OTHER for a word that is not known."""
    return _STOP_REASON_BY_WORD.get(word.strip().casefold(), StopReason.OTHER)


def is_fault_stop(word: str) -> bool:
    """Tell whether a stop reason is a fault of the charger or its installation."""
    plain = word.strip().casefold()
    return plain.startswith(_FAULT_PREFIX) or _STOP_REASON_BY_WORD.get(plain) is StopReason.OVERCURRENT_FAULT


def read_id_token_type(word: str) -> IdTokenType | None:
    """Return what kind of thing identified the driver; None for a word that is not known."""
    return _ID_TOKEN_TYPE_BY_WORD.get(word.strip().casefold())
