"""One variable of the device model, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.types.ocpp import component_variable as everest
from bridge.types.ocpp.component_variable import AttributeEnum
from bridge.types.ocpp.provisioning import component as standard
from bridge.types.ocpp.provisioning.notify_report import DataType, Mutability

AnyComponent = everest.Component | standard.Component
AnyVariable = everest.Variable | standard.Variable
ComponentKey = tuple[str, str | None, int | None, int | None]
"""name, instance, EVSE, connector; names folded"""
VariableKey = tuple[str, str | None]
"""name, instance; folded"""
PlaceKey = tuple[ComponentKey, VariableKey]
_NOWHERE = (None, None)
"""at no EVSE: at the station itself"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a variable stands, in OCPP's own spelling; compared by `folded`, for case does not count [spec]."""

    component: str
    variable: str
    component_instance: str | None = None
    variable_instance: str | None = None
    evse_id: int | None = None
    """from 1; None for what stands at the station itself"""
    connector_id: int | None = None
    """from 1 within the EVSE"""

    @property
    def component_key(self) -> ComponentKey:
        """The component alone, for comparison."""
        at = (self.evse_id, self.connector_id) if self.evse_id else _NOWHERE
        return self.component.casefold(), _folded(self.component_instance), *at

    @property
    def folded(self) -> PlaceKey:
        """The whole place, for comparison."""
        return self.component_key, (self.variable.casefold(), _folded(self.variable_instance))

    def as_component(self) -> standard.Component:
        """Return the component as the provisioning messages name it."""
        evse = None if self.evse_id is None else standard.EVSE(id=self.evse_id, connector_id=self.connector_id)
        return standard.Component(name=self.component, instance=self.component_instance, evse=evse)

    def as_variable(self) -> standard.Variable:
        """Return the variable as the provisioning messages name it."""
        return standard.Variable(name=self.variable, instance=self.variable_instance)

    def __str__(self) -> str:
        """Return `Component.Variable[Instance]`, with the EVSE and the connector behind the component."""
        at = "".join(f"/{number}" for number in (self.evse_id, self.connector_id) if number is not None)
        return f"{_named(self.component, self.component_instance)}{at}.{self.variable_name}"

    @property
    def variable_name(self) -> str:
        """The variable with its instance: `Variable[Instance]`."""
        return _named(self.variable, self.variable_instance)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVariable:
    """One variable as it is now."""

    place: Place
    data_type: DataType
    value: str | None
    """None where it is not known now, and always for a secret"""
    mutability: Mutability = Mutability.READ_ONLY
    persistent: bool = False
    """kept when the power goes"""
    constant: bool = False
    """does not change while the station runs"""
    unit: str | None = None
    min_limit: float | None = None
    """lowest value"""
    max_limit: float | None = None
    """highest value; of a text or a list how many characters it may have"""
    values_list: tuple[str, ...] | None = None
    """of a list: what may stand in it"""
    max_elements: int | None = None
    """of a list: how many may stand in it; only 2.1 has a word for this"""
    supports_monitoring: bool = False
    further: Mapping[AttributeEnum, str] = field(default_factory=dict)
    """other attributes than Actual that it has"""
    key: str | None = None
    """the setting behind it"""

    @property
    def is_readable(self) -> bool:
        """Whether a central system may read it."""
        return self.mutability is not Mutability.WRITE_ONLY

    @property
    def is_settable(self) -> bool:
        """Whether a central system may set it."""
        return self.mutability is not Mutability.READ_ONLY


def component_key(component: AnyComponent) -> ComponentKey:
    """Return a component for comparison; EVSE 0 is the station itself."""
    evse = component.evse
    at = _NOWHERE if evse is None or evse.id == 0 else (evse.id, evse.connector_id)
    return component.name.casefold(), _folded(component.instance), *at


def variable_key(variable: AnyVariable) -> VariableKey:
    """Return a variable for comparison."""
    return variable.name.casefold(), _folded(variable.instance)


def _folded(instance: str | None) -> str | None:
    return instance.casefold() if instance else None


def _named(name: str, instance: str | None) -> str:
    return name if instance is None else f"{name}[{instance}]"
