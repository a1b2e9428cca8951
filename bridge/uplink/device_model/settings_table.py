"""THE table of the two views: every setting of OCPP 1.6 and its place in the device model of 2.x.

Read a line as: this key of 1.6 is that component's variable of 2.x, and there it is that aspect of it. 1.6 has keys
for what 2.x tells as a characteristic of another variable: how long a list may be. A setting that 2.x has no variable
for stands at a component of our own, `ChargebridgeCtrlr`, under its own name; so do the custom keys of the config.
Settings that only 2.x has are named by their place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from bridge.types.ocpp.provisioning.notify_report import DataType, Mutability
from bridge.uplink.configuration.configuration import Configuration
from bridge.uplink.configuration.key import Access, FeatureProfile, Key
from bridge.uplink.configuration.sorts import Decimal, Number, Numbers, Sort, Switch, Text, Words, listed
from bridge.uplink.device_model.variable import ModelVariable, Place, PlaceKey

OWN_COMPONENT: Final = "ChargebridgeCtrlr"

_LATER_NAME: Final = re.compile(r"(?P<component>\w+)\.(?P<variable>\w+)(\[(?P<instance>\w+)\])?", re.ASCII)


class Aspect(Enum):
    """What of a variable a key tells."""

    VALUE = "its value"
    MAX_LIMIT = "the highest value it may have"
    MAX_ELEMENTS = "how many elements its list may have"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A key's place in 2.x."""

    place: Place
    aspect: Aspect = Aspect.VALUE
    unit: str | None = None
    data_type: DataType | None = None
    """where it is not the one of the key's sort"""
    is_read_only: bool = False
    """in 2.x, which has another message for changing it"""
    words: Mapping[str, str] = field(default_factory=dict)
    """1.6's word for a value → that of 2.x, where they differ"""


def _at(component: str, variable: str, instance: str | None = None, **more: Any) -> View:
    return View(place=Place(component=component, variable=variable, variable_instance=instance), **more)


def _own(name: str, **more: Any) -> View:
    return _at(OWN_COMPONENT, name, **more)


_RATE_UNITS: Final = MappingProxyType({"Current": "A", "Power": "W"})
_LENGTH: Final = Aspect.MAX_ELEMENTS
_MOST: Final = Aspect.MAX_LIMIT

TABLE: Final[Mapping[str, View]] = MappingProxyType(
    {
        # Core
        "AllowOfflineTxForUnknownId": _at("AuthCtrlr", "OfflineTxForUnknownIdEnabled"),
        "AuthorizationCacheEnabled": _at("AuthCacheCtrlr", "Enabled"),
        "AuthorizeRemoteTxRequests": _at("AuthCtrlr", "AuthorizeRemoteStart"),
        "ClockAlignedDataInterval": _at("AlignedDataCtrlr", "Interval", unit="s"),
        "ConnectionTimeOut": _at("TxCtrlr", "EVConnectionTimeOut", unit="s"),
        "ConnectorPhaseRotation": _own("ConnectorPhaseRotation"),
        "ConnectorPhaseRotationMaxLength": _own("ConnectorPhaseRotation", aspect=_LENGTH),
        "GetConfigurationMaxKeys": _at("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"),
        "HeartbeatInterval": _at("OCPPCommCtrlr", "HeartbeatInterval", unit="s"),
        "LocalAuthorizeOffline": _at("AuthCtrlr", "LocalAuthorizeOffline"),
        "LocalPreAuthorize": _at("AuthCtrlr", "LocalPreAuthorize"),
        "MeterValuesAlignedData": _at("AlignedDataCtrlr", "Measurands"),
        "MeterValuesAlignedDataMaxLength": _at("AlignedDataCtrlr", "Measurands", aspect=_LENGTH),
        "MeterValuesSampledData": _at("SampledDataCtrlr", "TxUpdatedMeasurands"),
        "MeterValuesSampledDataMaxLength": _at("SampledDataCtrlr", "TxUpdatedMeasurands", aspect=_LENGTH),
        "MeterValueSampleInterval": _at("SampledDataCtrlr", "TxUpdatedInterval", unit="s"),
        "MinimumStatusDuration": _own("MinimumStatusDuration", unit="s"),
        "NumberOfConnectors": _own("NumberOfConnectors"),
        "ResetRetries": _at("OCPPCommCtrlr", "ResetRetries"),
        "StopTransactionOnEVSideDisconnect": _at("TxCtrlr", "StopTxOnEVSideDisconnect"),
        "StopTransactionOnInvalidId": _at("TxCtrlr", "StopTxOnInvalidId"),
        "StopTxnAlignedData": _at("AlignedDataCtrlr", "TxEndedMeasurands"),
        "StopTxnAlignedDataMaxLength": _at("AlignedDataCtrlr", "TxEndedMeasurands", aspect=_LENGTH),
        "StopTxnSampledData": _at("SampledDataCtrlr", "TxEndedMeasurands"),
        "StopTxnSampledDataMaxLength": _at("SampledDataCtrlr", "TxEndedMeasurands", aspect=_LENGTH),
        "SupportedFeatureProfiles": _own("SupportedFeatureProfiles"),
        "SupportedFeatureProfilesMaxLength": _own("SupportedFeatureProfiles", aspect=_LENGTH),
        "TransactionMessageAttempts": _at("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent"),
        "TransactionMessageRetryInterval": _at("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent", unit="s"),
        "UnlockConnectorOnEVSideDisconnect": _at("OCPPCommCtrlr", "UnlockOnEVSideDisconnect"),
        "WebSocketPingInterval": _at("OCPPCommCtrlr", "WebSocketPingInterval", unit="s"),
        # LocalAuthListManagement
        "LocalAuthListEnabled": _at("LocalAuthListCtrlr", "Enabled"),
        "LocalAuthListMaxLength": _at("LocalAuthListCtrlr", "Entries", aspect=_MOST),
        "SendLocalListMaxLength": _at("LocalAuthListCtrlr", "ItemsPerMessage"),
        # SmartCharging
        "ChargeProfileMaxStackLevel": _at("SmartChargingCtrlr", "ProfileStackLevel"),
        "ChargingScheduleAllowedChargingRateUnit": _at("SmartChargingCtrlr", "RateUnit", words=_RATE_UNITS),
        "ChargingScheduleMaxPeriods": _at("SmartChargingCtrlr", "PeriodsPerSchedule"),
        "ConnectorSwitch3to1PhaseSupported": _at("SmartChargingCtrlr", "Phases3to1"),
        "MaxChargingProfilesInstalled": _at("SmartChargingCtrlr", "Entries", "ChargingProfiles", aspect=_MOST),
        # Security; 2.x raises the profile with SetNetworkProfile
        "AdditionalRootCertificateCheck": _at("SecurityCtrlr", "AdditionalRootCertificateCheck"),
        "AuthorizationKey": _at("SecurityCtrlr", "BasicAuthPassword"),
        "CertificateSignedMaxChainSize": _at("SecurityCtrlr", "MaxCertificateChainSize"),
        "CertificateStoreMaxLength": _at("SecurityCtrlr", "CertificateEntries", aspect=_MOST),
        "CpoName": _at("SecurityCtrlr", "OrganizationName"),
        "SecurityProfile": _at("SecurityCtrlr", "SecurityProfile", is_read_only=True),
    }
)
"""1.6's standard settings by their names."""

_LATER_UNITS: Final = MappingProxyType(
    {
        "MessageTimeout": "s",
        "OfflineThreshold": "s",
        "RetryBackOffRandomRange": "s",
        "RetryBackOffWaitMinimum": "s",
        "LimitChangeSignificance": "Percent",
    }
)
"""units of the settings that only 2.x has, by their variables"""


def view_of(key: Key) -> View:
    """Return a setting's place; there is one for each. KeyError for a standard setting that the table lacks."""
    if key.profile is FeatureProfile.CUSTOM:
        return _own(key.name)
    if key.profile is FeatureProfile.LATER:
        return _later(key.name)
    return TABLE[key.name]


def key_at(place: Place, configuration: Configuration) -> Key | None:
    """Return the setting whose value a variable is: the other way through the table."""
    return next((key for key in configuration.all_keys if _is_value_of(key, place)), None)


def named_by(key: Key) -> str:
    """Return how people are told of a setting's place: `Component.Variable[Instance]`."""
    return str(view_of(key).place)


def setting_variables(
    configuration: Configuration, wanted: Collection[PlaceKey] | None = None
) -> Iterator[ModelVariable]:
    """Yield the variables whose values are settings, or those of the wanted places."""
    told = {key.name: (key, view_of(key)) for key in configuration.all_keys}
    counted = {view.place: key for key, view in told.values() if view.aspect is _LENGTH}
    for key, view in told.values():
        if view.aspect is Aspect.VALUE and (wanted is None or view.place.folded in wanted):
            counting = counted.get(view.place)
            most = None if counting is None else int(configuration.value_of(counting.name) or 0)
            yield _variable(key, view, configuration, most or None)


def limit_of(configuration: Configuration, name: str) -> float | None:
    """Return the number that a key tells as the highest value of another variable; None where there is no such key."""
    value = configuration.value_of(name)
    return None if value is None else float(value)


def _variable(key: Key, view: View, configuration: Configuration, max_elements: int | None) -> ModelVariable:
    mutability = Mutability.READ_ONLY if view.is_read_only else _MUTABILITY[key.access]
    is_settable = mutability is not Mutability.READ_ONLY
    shape = _shape(key.sort, is_settable=is_settable)
    if view.words:
        shape["values_list"] = tuple(view.words[word] for word in shape["values_list"])
    if view.data_type is not None:
        shape["data_type"] = view.data_type
    value = configuration.value_of(key.name)
    if value is not None and view.words:
        value = ",".join(view.words[word] for word in listed(value))
    return ModelVariable(
        place=view.place,
        value=value,
        mutability=mutability,
        persistent=is_settable,
        constant=not is_settable and not view.is_read_only,
        unit=view.unit,
        max_elements=max_elements if "values_list" in shape else None,
        key=key.name,
        **shape,
    )


_MUTABILITY: Final = MappingProxyType(
    {
        Access.READ_ONLY: Mutability.READ_ONLY,
        Access.READ_WRITE: Mutability.READ_WRITE,
        Access.WRITE_ONLY: Mutability.WRITE_ONLY,
    }
)


def _shape(sort: Sort, *, is_settable: bool) -> dict[str, Any]:
    """Return the characteristics of a sort of values; limits only where somebody may set them."""
    shape: dict[str, Any] = {"data_type": DataType.STRING}
    match sort:
        case Switch():
            shape = {"data_type": DataType.BOOLEAN}
        case Number():
            least = 0 if sort.or_zero else sort.least
            shape = {"data_type": DataType.INTEGER, "min_limit": float(least), "max_limit": float(sort.most)}
        case Decimal():
            shape = {"data_type": DataType.DECIMAL, "min_limit": sort.least, "max_limit": sort.most}
        case Words():
            shape = {"data_type": DataType.MEMBER_LIST, "values_list": tuple(map(str, sort.known))}
        case Numbers():
            shape = {"data_type": DataType.SEQUENCE_LIST, "values_list": tuple(map(str, sort.known))}
        case Text():
            shape = {"data_type": DataType.STRING, "max_limit": float(sort.most)}
    if not is_settable:
        shape.pop("min_limit", None)
        shape.pop("max_limit", None)
    return shape


@cache
def _later(name: str) -> View:
    match = _LATER_NAME.fullmatch(name)
    if match is None:
        raise KeyError(name)
    component, variable, instance = match["component"], match["variable"], match["instance"]
    return _at(component, variable, instance, unit=_LATER_UNITS.get(variable))


def _is_value_of(key: Key, place: Place) -> bool:
    view = view_of(key)
    return view.aspect is Aspect.VALUE and view.place.folded == place.folded
