"""The device model of one station: what OCPP 2.x can read and set of it, as it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from bridge.types.ocpp.variable_access import GetVariableStatusEnumType
from bridge.uplink.configuration.configuration import Configuration
from bridge.uplink.device_model.model_facts import Delivered, ModelFacts
from bridge.uplink.device_model.settings_table import setting_variables
from bridge.uplink.device_model.structure import structure
from bridge.uplink.device_model.variable import (
    AnyComponent,
    AnyVariable,
    ComponentKey,
    ModelVariable,
    Place,
    PlaceKey,
    component_key,
    variable_key,
)


class Present:
    """All variables at one moment; what is asked of it is answered out of that moment."""

    def __init__(self, variables: Iterable[ModelVariable]) -> None:
        self._by_place: dict[PlaceKey, ModelVariable] = {variable.place.folded: variable for variable in variables}
        self._components: set[ComponentKey] = {key for key, _ in self._by_place}

    def __iter__(self) -> Iterator[ModelVariable]:
        """Go through all variables, component by component."""
        return iter(self._by_place.values())

    def __len__(self) -> int:
        """Return how many variables there are."""
        return len(self._by_place)

    def find(self, component: AnyComponent, variable: AnyVariable) -> ModelVariable | GetVariableStatusEnumType:
        """Return the variable, or UnknownComponent or UnknownVariable; names are compared without their case."""
        asked = component_key(component)
        if asked not in self._components:
            return GetVariableStatusEnumType.UNKNOWN_COMPONENT
        known = self._by_place.get((asked, variable_key(variable)))
        return GetVariableStatusEnumType.UNKNOWN_VARIABLE if known is None else known

    def at(self, place: Place) -> ModelVariable | None:
        """Return the variable of a place, or None."""
        return self._by_place.get(place.folded)


class DeviceModel:
    """What the station is, out of its settings and of what is known of the charger; read when asked, never kept.

    A variable of measured values appears when the charger first delivers it, and stays from then on.
    """

    def __init__(self, configuration: Callable[[], Configuration], facts: Callable[[], ModelFacts]) -> None:
        self._configuration = configuration
        self._facts = facts
        self._delivered: frozenset[Delivered] = frozenset()

    def present(self) -> Present:
        """Return the variables of this moment; ask once for many questions."""
        facts = self._facts()
        self._delivered |= facts.delivered
        configuration = self._configuration()
        everything = (*structure(facts, configuration, self._delivered), *setting_variables(configuration))
        return Present(sorted(everything, key=lambda variable: variable.place.component_key[0]))

    def variables(self) -> Sequence[ModelVariable]:
        """Return all variables, component by component."""
        return tuple(self.present())

    def find(self, component: AnyComponent, variable: AnyVariable) -> ModelVariable | GetVariableStatusEnumType:
        """Return a variable as it is now, or UnknownComponent or UnknownVariable."""
        return self.present().find(component, variable)
