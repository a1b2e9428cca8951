"""Security events: what a station must tell about attempts against it and about changes of its protection."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from bridge.types.ocpp.base import Moment, OcppType, OcppWord


class SecurityEventEnum(OcppWord):
    """The events that OCPP names; a vendor may add others [spec: seed 004; OCPP 2.0.1 appendix]."""

    FIRMWARE_UPDATED = "FirmwareUpdated"
    FAILED_TO_AUTHENTICATE_AT_CSMS = "FailedToAuthenticateAtCsms"
    """the CSMS refused the station's credentials"""
    CSMS_FAILED_TO_AUTHENTICATE = "CsmsFailedToAuthenticate"
    """the station did not believe the CSMS's certificate"""
    SETTING_SYSTEM_TIME = "SettingSystemTime"
    """the clock was changed by more than the usual correction"""
    STARTUP_OF_THE_DEVICE = "StartupOfTheDevice"
    RESET_OR_REBOOT = "ResetOrReboot"
    SECURITY_LOG_WAS_CLEARED = "SecurityLogWasCleared"
    RECONFIGURATION_OF_SECURITY_PARAMETERS = "ReconfigurationOfSecurityParameters"
    """keys, certificates or the security profile were changed"""
    MEMORY_EXHAUSTION = "MemoryExhaustion"
    INVALID_MESSAGES = "InvalidMessages"
    """what came was not OCPP"""
    ATTEMPTED_REPLAY_ATTACKS = "AttemptedReplayAttacks"
    TAMPER_DETECTION_ACTIVATED = "TamperDetectionActivated"
    """the housing was opened or broken"""
    INVALID_FIRMWARE_SIGNATURE = "InvalidFirmwareSignature"
    INVALID_FIRMWARE_SIGNING_CERTIFICATE = "InvalidFirmwareSigningCertificate"
    INVALID_CSMS_CERTIFICATE = "InvalidCsmsCertificate"
    INVALID_CHARGING_STATION_CERTIFICATE = "InvalidChargingStationCertificate"
    """a certificate that the CSMS signed for the station does not hold"""
    INVALID_TLS_VERSION = "InvalidTLSVersion"
    """the CSMS offered an older TLS than is allowed"""
    INVALID_TLS_CIPHER_SUITE = "InvalidTLSCipherSuite"
    """the CSMS offered weak ciphers only"""
    MAINTENANCE_LOGIN_ACCEPTED = "MaintenanceLoginAccepted"
    MAINTENANCE_LOGIN_FAILED = "MaintenanceLoginFailed"


NOT_CRITICAL: Final = frozenset(
    {
        SecurityEventEnum.FAILED_TO_AUTHENTICATE_AT_CSMS,
        SecurityEventEnum.CSMS_FAILED_TO_AUTHENTICATE,
        SecurityEventEnum.RECONFIGURATION_OF_SECURITY_PARAMETERS,
        SecurityEventEnum.INVALID_MESSAGES,
        SecurityEventEnum.ATTEMPTED_REPLAY_ATTACKS,
    }
)
"""Events that go to the security log only, unless a `critical` says otherwise [spec: OCPP 2.0.1 appendix 1]."""


class SecurityEvent(OcppType):
    """A security event [spec: seed 004]."""

    type: Annotated[str, Field(max_length=50)]
    """a SecurityEventEnum word, or a vendor's own"""
    info: str | None = None
    critical: bool | None = None
    """True is sent to the CSMS, False goes to the security log only; when absent, OCPP's recommendation holds"""
    timestamp: Moment | None = None
    """when it was noticed; now, when absent"""

    @property
    def is_critical(self) -> bool:
        """Whether the CSMS is to be told: its own word, else OCPP's recommendation; a vendor's event is told."""
        if self.critical is not None:
            return self.critical
        return self.type not in NOT_CRITICAL
