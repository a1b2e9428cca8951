"""The device model of one station: what OCPP 2.x can read and set of it, as it is now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from bridge.types.ocpp.variable_access import GetVariableStatusEnumType
from bridge.uplink.configuration.configuration import Configuration
from bridge.uplink.device_model.controllers import controllers
from bridge.uplink.device_model.model_facts import Delivered, ModelFacts
from bridge.uplink.device_model.settings_table import setting_variables
from bridge.uplink.device_model.structure import PARTS, structure, watchable
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

_SECURITY_PROFILE: Final = "SecurityProfile"


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

    def present(self, wanted: Collection[PlaceKey] | None = None) -> Present:
        """Return the variables of this moment, or those of the wanted places; ask once for many questions."""
        facts, configuration = self._facts_now(), self._configuration()
        if wanted is None or any(component not in PARTS for (component, *_), _ in wanted):
            settings = (_in_force(variable, facts) for variable in setting_variables(configuration, wanted))
            told = (*controllers(facts, configuration), *settings)
        else:
            told = ()
        everything = (*watchable(facts, self._delivered), *structure(facts), *told)
        if wanted is not None:
            return Present(variable for variable in everything if variable.place.folded in wanted)
        return Present(sorted(everything, key=_component))

    def watchable(self) -> Present:
        """Return the variables that can be watched, at this moment: a small part of all, and cheap."""
        return Present(watchable(self._facts_now(), self._delivered))

    def states(self) -> Hashable:
        """Return something that differs whenever a variable does that can be watched and is not measured."""
        facts = self._facts()
        return facts.is_heard, *((evse.evse_id, evse.status) for evse in facts.evses)

    def _facts_now(self) -> ModelFacts:
        facts = self._facts()
        self._delivered |= facts.delivered
        return facts

    def variables(self) -> Sequence[ModelVariable]:
        """Return all variables, component by component."""
        return tuple(self.present())

    def find(self, component: AnyComponent, variable: AnyVariable) -> ModelVariable | GetVariableStatusEnumType:
        """Return a variable as it is now, or UnknownComponent or UnknownVariable."""
        return self.present().find(component, variable)


def _in_force(variable: ModelVariable, facts: ModelFacts) -> ModelVariable:
    """Return a setting as it is in force: a network profile may have raised the security profile."""
    if variable.key != _SECURITY_PROFILE or facts.security_profile is None:
        return variable
    return replace(variable, value=str(facts.security_profile))


def _component(variable: ModelVariable) -> tuple[str, int, int]:
    place = variable.place
    return place.component.casefold(), place.evse_id or 0, place.connector_id or 0
