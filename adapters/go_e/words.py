"""The vendor's numbers for states, errors and reasons, and what they are called."""

from __future__ import annotations

IDLE, CHARGING, WAIT_CAR, COMPLETE, ERROR = 1, 2, 3, 4, 5

CAR_WORDS = {
    0: "Unknown",
    IDLE: "Idle",
    CHARGING: "Charging",
    WAIT_CAR: "WaitCar",
    COMPLETE: "Complete",
    ERROR: "Error",
    6: "Initializing",
}
"""`car` [doc]; 4 is also what a pause after charging looks like [issue 156]"""

_ERRORS = {
    1: "FiAc",
    2: "FiDc",
    3: "Phase",
    4: "Overvolt",
    5: "Overamp",
    6: "Diode",
    7: "PpInvalid",
    8: "GndInvalid",
    9: "ContactorStuck",
    10: "ContactorMiss",
    11: "FiUnknown",
    12: "StatusLockStuckOpen, or Unknown in old firmware",
    13: "StatusLockStuckLocked, or Overtemp in old firmware",
    14: "FiUnknown, or NoComm in old firmware",
    15: "Unknown, or StatusLockStuckOpen in old firmware",
    16: "Overtemp, or StatusLockStuckLocked in old firmware",
    17: "NoComm",
    18: "CpInvalid",
    23: "RdcSelfTestFailed",
}
"""`err` [doc]; the vendor's lists before and after about firmware 56 [guess] disagree from 11 on, so both are named"""

_REASONS = {
    0: "NotChargingBecauseNoChargeCtrlData",
    1: "NotChargingBecauseOvertemperature",
    2: "NotChargingBecauseAccessControlWait",
    3: "ChargingBecauseForceStateOn",
    4: "NotChargingBecauseForceStateOff",
    5: "NotChargingBecauseScheduler",
    6: "NotChargingBecauseEnergyLimit",
    7: "ChargingBecauseAwattarPriceLow",
    8: "ChargingBecauseAutomaticStopTestLadung",
    9: "ChargingBecauseAutomaticStopNotEnoughTime",
    10: "ChargingBecauseAutomaticStop",
    11: "ChargingBecauseAutomaticStopNoClock",
    12: "ChargingBecausePvSurplus",
    13: "ChargingBecauseFallbackGoEDefault",
    14: "ChargingBecauseFallbackGoEScheduler",
    15: "ChargingBecauseFallbackDefault",
    16: "NotChargingBecauseFallbackGoEAwattar",
    17: "NotChargingBecauseFallbackAwattar",
    18: "NotChargingBecauseFallbackAutomaticStop",
    19: "ChargingBecauseCarCompatibilityKeepAlive",
    20: "ChargingBecauseChargePauseNotAllowed",
    22: "NotChargingBecauseSimulateUnplugging",
    23: "NotChargingBecausePhaseSwitch",
    24: "NotChargingBecauseMinPauseDuration",
    26: "NotChargingBecauseError",
    27: "NotChargingBecauseLoadManagementDoesntWant",
    28: "NotChargingBecauseOcppDoesntWant",
    29: "NotChargingBecauseReconnectDelay",
    30: "NotChargingBecauseAdapterBlocking",
    31: "NotChargingBecauseUnderfrequencyControl",
    32: "NotChargingBecauseUnbalancedLoad",
    33: "ChargingBecauseDischargingPvBattery",
    34: "NotChargingBecauseGridMonitoring",
    35: "NotChargingBecauseOcppFallback",
    36: "NotChargingBecauseFloorDetected",
    37: "NotChargingBecauseOcppInoperable",
    38: "NotChargingBecauseUndervoltageControl",
    39: "NotChargingBecauseZeroSetpoint",
    40: "NotChargingBecauseInitializing",
    41: "NotChargingBecauseFailsafeLimit",
}
"""`modelStatus` [doc]"""


def name_error(err: int) -> str:
    """Return what an error is called, with its number."""
    return f"{_ERRORS.get(err, 'an error that is not known here')} (err {err})"


def name_reason(model_status: int | None) -> str | None:
    """Return why the box lets the car charge or not; None where it does not say."""
    if model_status is None:
        return None
    return _REASONS.get(model_status, f"modelStatus {model_status}")
