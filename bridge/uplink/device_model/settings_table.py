"""The settings as variables of the device model: their places, from the table of the two views, and their shapes.

Custom keys of the config stand at the component of our own; settings that only 2.x has are named by their place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from bridge.types.ocpp.provisioning.notify_report import DataType, Mutability
from bridge.types.ocpp.translate.setting_places import OWN_COMPONENT, PLACES, Aspect, SettingPlace, named_place
from bridge.uplink.configuration.configuration import Configuration
from bridge.uplink.configuration.key import Access, FeatureProfile, Key
from bridge.uplink.configuration.sorts import Decimal, Number, Numbers, Sort, Switch, Text, Words, listed
from bridge.uplink.device_model.variable import ModelVariable, Place, PlaceKey


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A key's place in 2.x."""

    place: Place
    aspect: Aspect = Aspect.VALUE
    unit: str | None = None
    is_read_only: bool = False
    """in 2.x, which has another message for changing it"""
    words: Mapping[str, str] = field(default_factory=dict)
    """1.6's word for a value → that of 2.x, where they differ"""


def _view(found: SettingPlace, **more: Any) -> View:
    place = Place(component=found.component, variable=found.variable, variable_instance=found.instance)
    return View(place=place, aspect=found.aspect, words=found.words, **more)


_IN_SECONDS: Final = frozenset(
    {
        "ClockAlignedDataInterval",
        "ConnectionTimeOut",
        "HeartbeatInterval",
        "MeterValueSampleInterval",
        "MinimumStatusDuration",
        "TransactionMessageRetryInterval",
        "WebSocketPingInterval",
    }
)
_READ_ONLY: Final = frozenset({"SecurityProfile"})

TABLE: Final[Mapping[str, View]] = MappingProxyType(
    {
        name: _view(place, unit="s" if name in _IN_SECONDS else None, is_read_only=name in _READ_ONLY)
        for name, place in PLACES.items()
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
        return _view(SettingPlace(OWN_COMPONENT, key.name))
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
    counted = {view.place: key for key, view in told.values() if view.aspect is Aspect.MAX_ELEMENTS}
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
    place = named_place(name)
    if place is None:
        raise KeyError(name)
    return _view(place, unit=_LATER_UNITS.get(place.variable))


def _is_value_of(key: Key, place: Place) -> bool:
    view = view_of(key)
    return view.aspect is Aspect.VALUE and view.place.folded == place.folded
