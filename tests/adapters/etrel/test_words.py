"""The vendor's words."""

from __future__ import annotations

import pytest

from adapters.etrel.words import is_fault_stop, read_id_token_type, read_status, read_stop_reason
from bridge.types.words import ConnectorStatus, IdTokenType, StopReason


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("SocketAvailable", ConnectorStatus.AVAILABLE),
        ("WaitingForVehicleToBeConnected", ConnectorStatus.PREPARING),
        ("WaitingForVehicleToStart", ConnectorStatus.PREPARING),
        ("Charging", ConnectorStatus.CHARGING),
        ("ChargingPausedByEv", ConnectorStatus.SUSPENDED_EV),
        ("ChargingPausedByEvse", ConnectorStatus.SUSPENDED_EVSE),
        ("ChargingEnded", ConnectorStatus.FINISHING),
        ("ChargingFault", ConnectorStatus.FAULTED),
        ("UnpausingCharging", ConnectorStatus.SUSPENDED_EVSE),
        ("Unavailable", ConnectorStatus.UNAVAILABLE),
        *((word.value, word) for word in ConnectorStatus),
    ],
)
def test_status_words_of_both_lists_are_known_in_any_case(word: str, status: ConnectorStatus) -> None:
    """The words of the vendor's Modbus list and of OCPP are read, whatever their letter case."""
    assert read_status(word) is status
    assert read_status(word.upper()) is status
    assert read_status(f" {word.lower()} ") is status


@pytest.mark.parametrize("word", ["Unknown", "", "Meditating", "1"])
def test_other_status_words_are_not_guessed(word: str) -> None:
    """A word of no list is no status, and neither is the vendor's own Unknown."""
    assert read_status(word) is None


@pytest.mark.parametrize(
    ("word", "reason", "is_fault"),
    [
        ("LocalStopUserLogout", StopReason.LOCAL, False),
        ("RemoteStopByBackend", StopReason.REMOTE, False),
        ("EmergencyStopByUser", StopReason.EMERGENCY_STOP, False),
        ("EnergyLimitReached", StopReason.ENERGY_LIMIT_REACHED, False),
        ("FaultOccuredSystemInternalFault", StopReason.OTHER, True),
        ("FaultOccuredContactorTripped", StopReason.OTHER, True),
        ("ImmediateResetReceivedFromBackend", StopReason.IMMEDIATE_RESET, False),
        ("LocalUserOutOfCredit", StopReason.LOCAL_OUT_OF_CREDIT, False),
        ("LocalReboot", StopReason.REBOOT, False),
        ("PowerLoss", StopReason.POWER_LOSS, False),
        ("PowerQualityBad", StopReason.POWER_QUALITY, False),
        ("SOCLimitReached", StopReason.SOC_LIMIT_REACHED, False),
        ("TimeLimitReached", StopReason.TIME_LIMIT_REACHED, False),
        ("UnlockCommand", StopReason.REMOTE, False),
        ("Other", StopReason.OTHER, False),
        ("RemotelyStopedThroughWebInterface", StopReason.REMOTE, False),
        ("PowerManagementStoppedChargingSinceVehicleFull", StopReason.STOPPED_BY_EV, False),
        ("LocalStopUserDisconnectedCableFromCharger", StopReason.EV_DISCONNECTED, False),
        ("LocalStopUserDisconnectedCableFromVehicle", StopReason.EV_DISCONNECTED, False),
        ("OvercurrentDetected", StopReason.OVERCURRENT_FAULT, True),
        ("SomethingNew", StopReason.OTHER, False),
        ("FaultOccuredSomethingNew", StopReason.OTHER, True),
    ],
)
def test_every_stop_reason_has_a_meaning(word: str, reason: StopReason, is_fault: bool) -> None:  # noqa: FBT001 -- a column of the table
    """Each of the vendor's twenty words maps to OCPP's, a new one to Other, and faults are told apart."""
    assert read_stop_reason(word) is reason
    assert read_stop_reason(word.upper()) is reason
    assert is_fault_stop(word) is is_fault


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("RfidCard", IdTokenType.ISO14443),
        ("Remote", IdTokenType.CENTRAL),
        ("PinCode", IdTokenType.KEY_CODE),
        ("CarId", IdTokenType.MAC_ADDRESS),
        ("Fingerprint", None),
    ],
)
def test_kinds_of_identification(word: str, kind: IdTokenType | None) -> None:
    """The four kinds of identification are known; another one is not guessed."""
    assert read_id_token_type(word) is kind
