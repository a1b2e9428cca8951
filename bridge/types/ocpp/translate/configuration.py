"""Settings as keys of OCPP 1.6 ↔ as variables of the device model of 2.x.

Which variable a key is belongs to the station's store of settings; here a key is whatever the caller says, and where
nobody says, the name of the variable [spec: seed 004, Variable].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from bridge.types.ocpp.base import Taken, take_ocpp
from bridge.types.ocpp.component_variable import AttributeEnum, ComponentVariable
from bridge.types.ocpp.configuration import ConfigurationStatus, GetConfigurationResponse, KeyValue
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.said import Said
from bridge.types.ocpp.v16.configuration import GetConfigurationConfirmation
from bridge.types.ocpp.variable_access import (
    GetVariableResult,
    GetVariableStatusEnumType,
    SetVariableStatusEnumType,
)
from bridge.types.ocpp.version import OcppVersion

CHANGED: Final[Mapping[SetVariableStatusEnumType, ConfigurationStatus]] = {
    SetVariableStatusEnumType.ACCEPTED: ConfigurationStatus.ACCEPTED,
    SetVariableStatusEnumType.REJECTED: ConfigurationStatus.REJECTED,
    SetVariableStatusEnumType.REBOOT_REQUIRED: ConfigurationStatus.REBOOT_REQUIRED,
    SetVariableStatusEnumType.UNKNOWN_COMPONENT: ConfigurationStatus.NOT_SUPPORTED,
    SetVariableStatusEnumType.UNKNOWN_VARIABLE: ConfigurationStatus.NOT_SUPPORTED,
    SetVariableStatusEnumType.NOT_SUPPORTED_ATTRIBUTE_TYPE: ConfigurationStatus.NOT_SUPPORTED,
}
"""What became of a setting, in 2.x → in 1.6."""

CHANGED_BACK: Final[Mapping[ConfigurationStatus, SetVariableStatusEnumType]] = {
    ConfigurationStatus.ACCEPTED: SetVariableStatusEnumType.ACCEPTED,
    ConfigurationStatus.REJECTED: SetVariableStatusEnumType.REJECTED,
    ConfigurationStatus.REBOOT_REQUIRED: SetVariableStatusEnumType.REBOOT_REQUIRED,
    ConfigurationStatus.NOT_SUPPORTED: SetVariableStatusEnumType.UNKNOWN_VARIABLE,
}
"""The same, in 1.6 → in 2.x."""

_UNKNOWN: Final = frozenset(
    {
        GetVariableStatusEnumType.UNKNOWN_COMPONENT,
        GetVariableStatusEnumType.UNKNOWN_VARIABLE,
        GetVariableStatusEnumType.NOT_SUPPORTED_ATTRIBUTE_TYPE,
    }
)


def name_of(place: ComponentVariable) -> str:
    """Return the key that a variable is when nobody says otherwise: its name."""
    return place.variable.name


def configuration_of(
    results: Iterable[GetVariableResult],
    is_read_only: Callable[[ComponentVariable], bool],
    key_of: Callable[[ComponentVariable], str] = name_of,
) -> GetConfigurationResponse:
    """Return variables that were read as settings; one that is there and not to be read is a key without a value."""
    known: list[KeyValue] = []
    unknown: list[str] = []
    for result in results:
        place = result.component_variable
        if result.status in _UNKNOWN or result.attribute_type not in (None, AttributeEnum.ACTUAL):
            unknown.append(key_of(place))
        else:
            value = result.value if result.status is GetVariableStatusEnumType.ACCEPTED else None
            known.append(KeyValue(key=key_of(place), read_only=is_read_only(place), value=value))
    return GetConfigurationResponse(configuration_keys=tuple(known), unknown_keys=tuple(unknown))


def results_of(
    answer: GetConfigurationResponse, place_of: Callable[[str], ComponentVariable]
) -> tuple[GetVariableResult, ...]:
    """Return settings as variables that were read: first those known, then those unknown."""
    known = (
        GetVariableResult(
            status=GetVariableStatusEnumType.REJECTED if pair.value is None else GetVariableStatusEnumType.ACCEPTED,
            value=pair.value,
            component_variable=place_of(pair.key),
        )
        for pair in answer.configuration_keys
    )
    unknown = (
        GetVariableResult(status=GetVariableStatusEnumType.UNKNOWN_VARIABLE, component_variable=place_of(key))
        for key in answer.unknown_keys
    )
    return (*known, *unknown)


def get_configuration(answer: GetConfigurationResponse) -> Said:
    """Return GetConfiguration.conf of 1.6: both lists always there, a value too long for it left out."""
    return say(answer, OcppVersion.V16)


def configuration_from_v16(payload: object) -> Taken[GetConfigurationResponse]:
    """Take a GetConfiguration.conf of 1.6, in which an empty list may be absent. Raises PayloadError."""
    taken = take_ocpp(GetConfigurationConfirmation, payload)
    answer = GetConfigurationResponse(
        configuration_keys=taken.model.configuration_key or (), unknown_keys=taken.model.unknown_key or ()
    )
    return Taken(answer, taken.ignored)
