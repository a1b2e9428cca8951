"""The parts of the station and what is to be read of them: charger, EVSEs and connectors.

What stands here is only read; what can be set is a setting and comes from `settings_table`, and what belongs to neither
from `controllers`. Components that a bridge has nothing for are absent (reservation, display, tariff, firmware, ISO
15118).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Final

from bridge.types.ocpp.facts import boot_of
from bridge.types.ocpp.provisioning.notify_report import DataType
from bridge.types.ocpp.translate.words_v2 import STATUSES, ConnectorStatusEnumType
from bridge.types.words import ConnectorStatus
from bridge.uplink.device_model.model_facts import Delivered, EvseFacts, ModelFacts, Quantity
from bridge.uplink.device_model.variable import ModelVariable, Place

_STATES: Final = tuple(map(str, ConnectorStatusEnumType))
_CONNECTOR_TYPES: Final = (
    "cType1",
    "cType2",
    "sType2",
    "sType3",
    "s309-1P-16A",
    "s309-3P-16A",
    "s309-3P-32A",
    "Unknown",
)
_PHASES_AT_MOST: Final = 3
_MEASURED: Final = {
    Quantity.POWER: ("Power", None, "W"),
    Quantity.CURRENT_L1: ("ACCurrent", "L1", "A"),
    Quantity.CURRENT_L2: ("ACCurrent", "L2", "A"),
    Quantity.CURRENT_L3: ("ACCurrent", "L3", "A"),
    Quantity.VOLTAGE_L1: ("ACVoltage", "L1", "V"),
    Quantity.VOLTAGE_L2: ("ACVoltage", "L2", "V"),
    Quantity.VOLTAGE_L3: ("ACVoltage", "L3", "V"),
}
"""what is measured → variable, instance, unit"""

_At = Callable[..., Place]
"""makes the places of a part: by variable, and its instance"""


PARTS: Final = frozenset({"chargingstation", "evse", "connector"})
"""the components that are no controllers; folded"""


def structure(facts: ModelFacts) -> Iterator[ModelVariable]:
    """Yield what the parts tell beside what can be watched."""
    boot = boot_of(facts.identity)
    yield _fixed("ChargingStation", "Available", DataType.BOOLEAN, "true")
    yield _phases(Place(component="ChargingStation", variable="SupplyPhases"), facts)
    for variable, text in (
        ("VendorName", boot.vendor_name),
        ("Model", boot.model),
        ("SerialNumber", boot.serial_number),
        ("FirmwareVersion", boot.firmware_version),
    ):
        if text is not None:
            yield _fixed("ChargingStation", variable, DataType.STRING, text)
    for evse in facts.evses:
        at = _at_evse(evse)
        yield _always(at("Available"))
        yield _phases(at("SupplyPhases"), facts)
        # a charger has one restart for all of it
        yield ModelVariable(place=at("AllowReset"), data_type=DataType.BOOLEAN, value="false", constant=True)
        at = _at_connector(evse)
        yield _always(at("Available"))
        yield _phases(at("SupplyPhases"), facts)
        # no local API tells what sort of socket or cable there is
        yield ModelVariable(
            place=at("ConnectorType"),
            data_type=DataType.OPTION_LIST,
            value="Unknown",
            values_list=_CONNECTOR_TYPES,
            constant=True,
        )


def watchable(facts: ModelFacts, delivered: Collection[Delivered]) -> Iterator[ModelVariable]:
    """Yield the states and what is measured; `delivered` is what the charger was ever seen to measure.

    Nothing else can be watched. The power of an EVSE stands here in any case: OCPP requires it.
    """
    yield _state(Place(component="ChargingStation", variable="AvailabilityState"), _state_of_all(facts))
    yield _problem(Place(component="ChargingStation", variable="Problem"), has_problem=_is_any_broken(facts))
    for evse in facts.evses:
        for at in (_at_evse(evse), _at_connector(evse)):
            yield _state(at("AvailabilityState"), _state_word(evse, facts))
            yield _problem(at("Problem"), has_problem=_is_broken(evse, facts))
        yield from _measured(evse, facts, delivered)


def _measured(evse: EvseFacts, facts: ModelFacts, delivered: Collection[Delivered]) -> Iterator[ModelVariable]:
    at = _at_evse(evse)
    for quantity, (variable, instance, unit) in _MEASURED.items():
        is_power, is_delivered = quantity is Quantity.POWER, (evse.evse_id, quantity) in delivered
        if is_power or is_delivered:
            yield ModelVariable(
                place=at(variable, instance),
                data_type=DataType.DECIMAL,
                value=_number(evse.measured(quantity) if facts.is_heard else None),
                unit=unit,
                max_limit=facts.phases * facts.voltage_v * facts.max_current_a if is_power else None,
                supports_monitoring=is_delivered,
            )


def _at_evse(evse: EvseFacts) -> _At:
    def at(variable: str, instance: str | None = None) -> Place:
        return Place(component="EVSE", variable=variable, variable_instance=instance, evse_id=evse.evse_id)

    return at


def _at_connector(evse: EvseFacts) -> _At:
    def at(variable: str, instance: str | None = None) -> Place:
        return Place(
            component="Connector",
            variable=variable,
            variable_instance=instance,
            evse_id=evse.evse_id,
            connector_id=1,
        )

    return at


# --- states ----------------------------------------------------------------------------------------------------------


def _is_broken(evse: EvseFacts, facts: ModelFacts) -> bool:
    return not facts.is_heard or evse.status is ConnectorStatus.FAULTED


def _is_any_broken(facts: ModelFacts) -> bool:
    return any(_is_broken(evse, facts) for evse in facts.evses)


def _state_word(evse: EvseFacts, facts: ModelFacts) -> str | None:
    """Return 2.x's word; a charger that is not heard is Faulted, as its StatusNotification says."""
    if not facts.is_heard:
        return STATUSES[ConnectorStatus.FAULTED]
    return None if evse.status is None else STATUSES[evse.status]


def _state_of_all(facts: ModelFacts) -> str | None:
    """Return the one word that is true of the whole station: it is Available while an EVSE is."""
    words = [_state_word(evse, facts) for evse in facts.evses]
    if all(word is None for word in words):
        return None
    for word in ("Available", "Reserved", "Occupied", "Unavailable"):
        if word in words:
            return word
    return "Faulted"


# --- forms -----------------------------------------------------------------------------------------------------------


def _fixed(component: str, variable: str, data_type: DataType, value: str) -> ModelVariable:
    place = Place(component=component, variable=variable)
    return ModelVariable(place=place, data_type=data_type, value=value, constant=True)


def _always(place: Place) -> ModelVariable:
    return ModelVariable(place=place, data_type=DataType.BOOLEAN, value="true", constant=True)


def _state(place: Place, value: str | None) -> ModelVariable:
    return ModelVariable(
        place=place, data_type=DataType.OPTION_LIST, value=value, values_list=_STATES, supports_monitoring=True
    )


def _problem(place: Place, *, has_problem: bool) -> ModelVariable:
    value = "true" if has_problem else "false"
    return ModelVariable(place=place, data_type=DataType.BOOLEAN, value=value, supports_monitoring=True)


def _phases(place: Place, facts: ModelFacts) -> ModelVariable:
    return ModelVariable(
        place=place,
        data_type=DataType.INTEGER,
        value=str(facts.phases),
        min_limit=1,
        max_limit=_PHASES_AT_MOST,
        constant=True,
    )


def _number(value: float | None) -> str | None:
    """Return a number without an exponent and with at most three digits behind the point."""
    if value is None:
        return None
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
