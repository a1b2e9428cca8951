"""What becomes of the wish to read or to set one variable; decided here, done elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from bridge.types.ocpp.component_variable import AttributeEnum
from bridge.types.ocpp.configuration import ConfigurationStatus
from bridge.types.ocpp.provisioning.notify_report import DataType, Mutability
from bridge.types.ocpp.variable_access import GetVariableStatusEnumType, SetVariableStatusEnumType
from bridge.uplink.configuration.configuration import Configuration, Judgement
from bridge.uplink.configuration.later_keys import NETWORK_PRIORITY
from bridge.uplink.configuration.sorts import listed
from bridge.uplink.device_model.controllers import VALUE_AT_MOST
from bridge.uplink.device_model.device_model import Present
from bridge.uplink.device_model.variable import AnyComponent, AnyVariable, ModelVariable
from bridge.uplink.network.slots import priority_objection

INFO_AT_MOST: Final = 512
"""characters of a reason's sentence [spec: OCPP 2.0.1]"""

_ACTUAL: Final = AttributeEnum.ACTUAL
_READ: Final = GetVariableStatusEnumType
_SET: Final = SetVariableStatusEnumType
_OF_SETTINGS: Final = {
    ConfigurationStatus.ACCEPTED: _SET.ACCEPTED,
    ConfigurationStatus.REJECTED: _SET.REJECTED,
    ConfigurationStatus.REBOOT_REQUIRED: _SET.REBOOT_REQUIRED,
    ConfigurationStatus.NOT_SUPPORTED: _SET.REJECTED,
}
_NUMBERS: Final = frozenset({DataType.INTEGER, DataType.DECIMAL})


class Reason(NamedTuple):
    """Why something is not done."""

    code: str
    """of OCPP's list"""
    info: str
    """for a person; shows no value"""


@dataclass(frozen=True, slots=True)
class Read:
    """A variable that was to be read."""

    status: GetVariableStatusEnumType
    value: str | None = None
    """always there when Accepted"""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is to become of a variable that is to be set."""

    status: SetVariableStatusEnumType
    reason: Reason | None = None
    judgement: Judgement | None = field(default=None, repr=False)
    """of the setting behind it, where it is taken: to be kept, and then applied"""


def read(
    present: Present, component: AnyComponent, variable: AnyVariable, attribute: AttributeEnum | None = None
) -> Read:
    """Return a variable's value, or why there is none. A secret is never read."""
    found = present.find(component, variable)
    if isinstance(found, GetVariableStatusEnumType):
        return Read(found)
    wanted = attribute or _ACTUAL
    if wanted is not _ACTUAL and wanted not in found.further:
        return Read(_READ.NOT_SUPPORTED_ATTRIBUTE_TYPE)
    if found.mutability is Mutability.WRITE_ONLY:
        return Read(_READ.REJECTED, reason=Reason("WriteOnly", f"{found.place} is never told"))
    value = found.value if wanted is _ACTUAL else found.further[wanted]
    if value is None:
        return Read(_READ.REJECTED, reason=Reason("NotFound", f"{found.place} is not known now"))
    return Read(_READ.ACCEPTED, value[:VALUE_AT_MOST])


def rule(
    present: Present,
    configuration: Configuration,
    component: AnyComponent,
    variable: AnyVariable,
    attribute: AttributeEnum | None,
    value: str,
    usable_slots: Collection[int],
) -> Ruling:
    """Say what becomes of a central system's wish; `usable_slots` are those with a network profile it may rank."""
    found = settable(present, component, variable, attribute)
    if isinstance(found, Ruling):
        return found
    variable_, key = found
    judgement = configuration.judge(key, value, later=True)
    if judgement.value is not None and judgement.key == NETWORK_PRIORITY:
        objection = priority_objection(map(int, listed(judgement.value)), usable_slots)
        if objection:
            return Ruling(_SET.REJECTED, Reason("InvalidNetworkConf", objection))
    return ruling_of(variable_, judgement, value)


def settable(
    present: Present, component: AnyComponent, variable: AnyVariable, attribute: AttributeEnum | None
) -> tuple[ModelVariable, str] | Ruling:
    """Return the variable and the name of its setting, or why it cannot be set, whatever the value."""
    found = present.find(component, variable)
    if isinstance(found, GetVariableStatusEnumType):
        return Ruling(_SET(found.value))
    wanted = attribute or _ACTUAL
    if wanted is not _ACTUAL and wanted not in found.further:
        return Ruling(_SET.NOT_SUPPORTED_ATTRIBUTE_TYPE)
    if wanted is not _ACTUAL or not found.is_settable or found.key is None:
        return Ruling(_SET.REJECTED, Reason("ReadOnly", f"{found.place} is read-only"))
    return found, found.key


def ruling_of(variable: ModelVariable, judgement: Judgement, value: str) -> Ruling:
    """Return what a setting's judgement means for the variable that it is the value of."""
    status = _OF_SETTINGS[judgement.status]
    if judgement.value is not None:
        return Ruling(status, judgement=judgement)
    sentence = judgement.reason.replace(judgement.key, str(variable.place), 1)
    is_number = variable.data_type in _NUMBERS and value.strip().lstrip("+-").replace(".", "", 1).isdecimal()
    return Ruling(status, Reason("ValueOutOfRange" if is_number else "InvalidValue", sentence[:INFO_AT_MOST]))
