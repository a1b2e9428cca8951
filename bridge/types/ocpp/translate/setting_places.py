"""THE table of the two views: every setting of OCPP 1.6 and its place in the device model of 2.x.

Read a line as: this key of 1.6 is that component's variable of 2.x, and there it is that aspect of it. 1.6 has keys
for what 2.x tells as a characteristic of another variable: how long a list may be. A setting that 2.x has no variable
for stands at a component of our own, `ChargebridgeCtrlr`, under its own name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

OWN_COMPONENT: Final = "ChargebridgeCtrlr"

_PLACE_NAME: Final = re.compile(r"(?P<component>\w+)\.(?P<variable>\w+)(\[(?P<instance>\w+)\])?", re.ASCII)


class Aspect(Enum):
    """What of a variable a key tells."""

    VALUE = "its value"
    MAX_LIMIT = "the highest value it may have"
    MAX_ELEMENTS = "how many elements its list may have"


@dataclass(frozen=True, slots=True)
class SettingPlace:
    """A key's place in 2.x."""

    component: str
    variable: str
    instance: str | None = None
    """of the variable"""
    aspect: Aspect = Aspect.VALUE
    words: Mapping[str, str] = field(default_factory=dict)
    """1.6's word for a value → that of 2.x, where they differ; a value is one of them or several with commas"""

    def __str__(self) -> str:
        """Return `Component.Variable[Instance]`."""
        return place_name(self.component, self.variable, self.instance)


def place_name(component: str, variable: str, instance: str | None = None) -> str:
    """Return how people are told of a place: `Component.Variable[Instance]`."""
    return f"{component}.{variable}" + ("" if instance is None else f"[{instance}]")


def named_place(name: str) -> SettingPlace | None:
    """Return the place that is named as `Component.Variable[Instance]`; None for another text."""
    match = _PLACE_NAME.fullmatch(name)
    return None if match is None else SettingPlace(match["component"], match["variable"], match["instance"])


def place_of(key: str) -> SettingPlace | None:
    """Return the place of a standard key, or the one that is named; case does not count [spec]. None for another."""
    return _BY_KEY.get(key.casefold()) or named_place(key)


def key_of(component: str, variable: str, instance: str | None = None) -> str | None:
    """Return the key of 1.6 whose value a variable of the station itself is; None where there is none."""
    return _BY_PLACE.get((component.casefold(), variable.casefold(), (instance or "").casefold()))


def _own(name: str, **more: Any) -> SettingPlace:
    return SettingPlace(OWN_COMPONENT, name, **more)


_RATE_UNITS: Final = MappingProxyType({"Current": "A", "Power": "W"})
_LENGTH: Final = Aspect.MAX_ELEMENTS
_MOST: Final = Aspect.MAX_LIMIT

PLACES: Final[Mapping[str, SettingPlace]] = MappingProxyType(
    {
        # Core
        "AllowOfflineTxForUnknownId": SettingPlace("AuthCtrlr", "OfflineTxForUnknownIdEnabled"),
        "AuthorizationCacheEnabled": SettingPlace("AuthCacheCtrlr", "Enabled"),
        "AuthorizeRemoteTxRequests": SettingPlace("AuthCtrlr", "AuthorizeRemoteStart"),
        "ClockAlignedDataInterval": SettingPlace("AlignedDataCtrlr", "Interval"),
        "ConnectionTimeOut": SettingPlace("TxCtrlr", "EVConnectionTimeOut"),
        "ConnectorPhaseRotation": _own("ConnectorPhaseRotation"),
        "ConnectorPhaseRotationMaxLength": _own("ConnectorPhaseRotation", aspect=_LENGTH),
        "GetConfigurationMaxKeys": SettingPlace("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"),
        "HeartbeatInterval": SettingPlace("OCPPCommCtrlr", "HeartbeatInterval"),
        "LocalAuthorizeOffline": SettingPlace("AuthCtrlr", "LocalAuthorizeOffline"),
        "LocalPreAuthorize": SettingPlace("AuthCtrlr", "LocalPreAuthorize"),
        "MeterValuesAlignedData": SettingPlace("AlignedDataCtrlr", "Measurands"),
        "MeterValuesAlignedDataMaxLength": SettingPlace("AlignedDataCtrlr", "Measurands", aspect=_LENGTH),
        "MeterValuesSampledData": SettingPlace("SampledDataCtrlr", "TxUpdatedMeasurands"),
        "MeterValuesSampledDataMaxLength": SettingPlace("SampledDataCtrlr", "TxUpdatedMeasurands", aspect=_LENGTH),
        "MeterValueSampleInterval": SettingPlace("SampledDataCtrlr", "TxUpdatedInterval"),
        "MinimumStatusDuration": _own("MinimumStatusDuration"),
        "NumberOfConnectors": _own("NumberOfConnectors"),
        "ResetRetries": SettingPlace("OCPPCommCtrlr", "ResetRetries"),
        "StopTransactionOnEVSideDisconnect": SettingPlace("TxCtrlr", "StopTxOnEVSideDisconnect"),
        "StopTransactionOnInvalidId": SettingPlace("TxCtrlr", "StopTxOnInvalidId"),
        "StopTxnAlignedData": SettingPlace("AlignedDataCtrlr", "TxEndedMeasurands"),
        "StopTxnAlignedDataMaxLength": SettingPlace("AlignedDataCtrlr", "TxEndedMeasurands", aspect=_LENGTH),
        "StopTxnSampledData": SettingPlace("SampledDataCtrlr", "TxEndedMeasurands"),
        "StopTxnSampledDataMaxLength": SettingPlace("SampledDataCtrlr", "TxEndedMeasurands", aspect=_LENGTH),
        "SupportedFeatureProfiles": _own("SupportedFeatureProfiles"),
        "SupportedFeatureProfilesMaxLength": _own("SupportedFeatureProfiles", aspect=_LENGTH),
        "TransactionMessageAttempts": SettingPlace("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent"),
        "TransactionMessageRetryInterval": SettingPlace("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent"),
        "UnlockConnectorOnEVSideDisconnect": SettingPlace("OCPPCommCtrlr", "UnlockOnEVSideDisconnect"),
        "WebSocketPingInterval": SettingPlace("OCPPCommCtrlr", "WebSocketPingInterval"),
        # LocalAuthListManagement
        "LocalAuthListEnabled": SettingPlace("LocalAuthListCtrlr", "Enabled"),
        "LocalAuthListMaxLength": SettingPlace("LocalAuthListCtrlr", "Entries", aspect=_MOST),
        "SendLocalListMaxLength": SettingPlace("LocalAuthListCtrlr", "ItemsPerMessage"),
        # SmartCharging
        "ChargeProfileMaxStackLevel": SettingPlace("SmartChargingCtrlr", "ProfileStackLevel"),
        "ChargingScheduleAllowedChargingRateUnit": SettingPlace("SmartChargingCtrlr", "RateUnit", words=_RATE_UNITS),
        "ChargingScheduleMaxPeriods": SettingPlace("SmartChargingCtrlr", "PeriodsPerSchedule"),
        "ConnectorSwitch3to1PhaseSupported": SettingPlace("SmartChargingCtrlr", "Phases3to1"),
        "MaxChargingProfilesInstalled": SettingPlace("SmartChargingCtrlr", "Entries", "ChargingProfiles", aspect=_MOST),
        # Security; 2.x raises the profile with SetNetworkProfile
        "AdditionalRootCertificateCheck": SettingPlace("SecurityCtrlr", "AdditionalRootCertificateCheck"),
        "AuthorizationKey": SettingPlace("SecurityCtrlr", "BasicAuthPassword"),
        "CertificateSignedMaxChainSize": SettingPlace("SecurityCtrlr", "MaxCertificateChainSize"),
        "CertificateStoreMaxLength": SettingPlace("SecurityCtrlr", "CertificateEntries", aspect=_MOST),
        "CpoName": SettingPlace("SecurityCtrlr", "OrganizationName"),
        "SecurityProfile": SettingPlace("SecurityCtrlr", "SecurityProfile"),
    }
)
"""1.6's standard settings by their names."""

_BY_KEY: Final = {key.casefold(): place for key, place in PLACES.items()}
_BY_PLACE: Final = {
    (place.component.casefold(), place.variable.casefold(), (place.instance or "").casefold()): key
    for key, place in PLACES.items()
    if place.aspect is Aspect.VALUE
}
