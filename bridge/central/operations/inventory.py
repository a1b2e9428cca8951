"""Reports of a station's device model, and the settings of 1.6 told in their shape.

1.6 has nothing but its settings: each becomes the variable that the table of the two views names, and one that it lacks
a variable of the component `ChargingStation` under its own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.central.operations.arguments import Arguments, given
from bridge.central.operations.wish import Answers, Terms, Wish, reported, single
from bridge.types.ocpp.payload_error import ProblemKind
from bridge.types.ocpp.translate.setting_places import (
    OWN_COMPONENT,
    PLACES,
    Aspect,
    SettingPlace,
    key_of,
    place_name,
    place_of,
)

STATION_COMPONENT: Final = "ChargingStation"
_SETTINGS_ONLY: Final = "OCPP 1.6 has no device model: its settings are told as one"
_ACTUAL: Final = (None, "Actual")
_REPORTS: Final = ("FullInventory", "ConfigurationInventory", "SummaryInventory")


def word_get_base_report(args: Arguments, terms: Terms) -> Wish:
    """Have the station tell one of three ready-made reports, re-assembled from its parts."""
    base, request_id = args.pop("reportBase"), args.pop("requestId")
    base = _REPORTS[0] if base is None else base
    if terms.is_v16:
        if base not in _REPORTS:
            raise args.error("reportBase", ProblemKind.VALUE, "should be one of " + ", ".join(_REPORTS))
        if base == "SummaryInventory":
            raise terms.unsupported("a SummaryInventory", "TriggerMessage of StatusNotification tells its states")
        is_settable = base == "ConfigurationInventory"
        return _settings(args, lambda item: not is_settable or _is_settable(item))
    payload = {**args.rest, "requestId": terms.new_id() if request_id is None else request_id, "reportBase": base}
    return reported("GetBaseReport", payload, args.notes)


def word_get_report(args: Arguments, terms: Terms) -> Wish:
    """Have the station report chosen components and variables."""
    request_id = args.pop("requestId")
    if not terms.is_v16:
        payload = {**args.rest, "requestId": terms.new_id() if request_id is None else request_id}
        return reported("GetReport", payload, args.notes)
    wanted = args.pop_as(list, "componentVariable")
    if args.pop("componentCriteria") is not None:
        args.notes.append("componentCriteria is left out: OCPP 1.6 tells nothing of the kind")
    if wanted is None:
        return _settings(args, lambda _: True)
    chosen = [_chosen(item, number, args) for number, item in enumerate(wanted)]
    return _settings(args, lambda item: any(_fits(item, *one) for one in chosen))


def keys_of_report(data: Any) -> list[dict[str, Any]]:
    """Return what a report tells as settings of 1.6: by the table, else as `Component.Variable[Instance]`.

    What 1.6 has as a key of its own and 2.x as a limit of another variable is told as that key.
    """
    told: list[dict[str, Any]] = []
    for item in data if isinstance(data, list) else ():
        place = _place(item)
        if place is None:
            continue
        component, variable, instance, is_of_station, name = place
        actual = next((a for a in _dicts(item.get("variableAttribute")) if a.get("type") in _ACTUAL), None)
        key = key_of(component, variable, instance) if is_of_station else None
        if actual is not None:
            mutability = actual.get("mutability")
            standard = None if key is None else place_of(key)
            value = None if mutability == "WriteOnly" else told_value(actual.get("value"), standard)
            readonly = mutability == "ReadOnly" or actual.get("constant") is True
            told.append({"key": key or name, "readonly": readonly, **given("value", value)})
        if is_of_station:
            told.extend(_limits(component, variable, instance, item.get("variableCharacteristics")))
    return told


def told_value(value: Any, place: SettingPlace | None) -> str | None:
    """Return a value of 2.x in the words of 1.6."""
    if not isinstance(value, str):
        return None
    if place is None or not place.words:
        return value
    back = {said: word for word, said in place.words.items()}
    return ",".join(back.get(word.strip(), word) for word in value.split(","))


def _limits(component: str, variable: str, instance: str | None, characteristics: Any) -> list[dict[str, Any]]:
    if not isinstance(characteristics, dict):
        return []
    found = []
    names = {Aspect.MAX_LIMIT: "maxLimit", Aspect.MAX_ELEMENTS: "maxElements"}
    for key, place in PLACES.items():
        limit = characteristics.get(names.get(place.aspect, ""))
        is_there = (place.component, place.variable, place.instance) == (component, variable, instance)
        if is_there and isinstance(limit, int | float) and not isinstance(limit, bool):
            found.append({"key": key, "readonly": True, "value": f"{limit:.10g}"})
    return found


def _settings(args: Arguments, is_wanted: Any) -> Wish:
    args.notes.append(_SETTINGS_ONLY)

    def read(answers: Answers) -> dict[str, Any]:
        pairs = _dicts(answers[0].get("configurationKey"))
        data = [item for item in map(_variable_of, pairs) if is_wanted(item)]
        return {"status": "Accepted" if data else "EmptyResultSet", "reportData": data}

    return single("GetConfiguration", args.rest, args.notes, read=read)


def _variable_of(pair: Mapping[str, Any]) -> dict[str, Any]:
    """Return a setting as a variable; one that tells a limit stands at our own component under its own name."""
    key = str(pair.get("key", ""))
    place = place_of(key)
    if place is None:
        place = SettingPlace(STATION_COMPONENT, key)
    elif place.aspect is not Aspect.VALUE:
        place = SettingPlace(OWN_COMPONENT, key)
    value = pair.get("value")
    if isinstance(value, str) and place.words:
        value = ",".join(place.words.get(word.strip(), word) for word in value.split(","))
    mutability = "ReadOnly" if pair.get("readonly") is True else "ReadWrite" if value is not None else "WriteOnly"
    return {
        "component": {"name": place.component},
        "variable": {"name": place.variable, **given("instance", place.instance)},
        "variableAttribute": [{**given("value", value), "mutability": mutability}],
    }


def _is_settable(item: Mapping[str, Any]) -> bool:
    return bool(item["variableAttribute"][0]["mutability"] != "ReadOnly")


def _chosen(item: Any, number: int, args: Arguments) -> tuple[str, str | None]:
    """Return the component, and the variable where one is named, in lower case. Raises ArgumentError."""
    path = f"componentVariable[{number}]"
    component = item.get("component") if isinstance(item, dict) else None
    name = component.get("name") if isinstance(component, dict) else None
    if not isinstance(name, str):
        raise args.error(f"{path}.component.name", ProblemKind.MISSING, "is required")
    variable = item.get("variable")
    if variable is None:
        return name.casefold(), None
    inner = variable.get("name") if isinstance(variable, dict) else None
    if not isinstance(inner, str):
        raise args.error(f"{path}.variable.name", ProblemKind.MISSING, "is required")
    return name.casefold(), inner.casefold()


def _fits(item: Mapping[str, Any], component: str, variable: str | None) -> bool:
    told = (item["component"]["name"].casefold(), item["variable"]["name"].casefold())
    return told[0] == component and variable in (None, told[1])


def _place(item: Any) -> tuple[str, str, str | None, bool, str] | None:
    """Return a variable's component, name, instance, whether it stands at the station itself, and its whole name."""
    component = item.get("component") if isinstance(item, dict) else None
    variable = item.get("variable") if isinstance(item, dict) else None
    if not isinstance(component, dict) or not isinstance(variable, dict):
        return None
    name, inner = component.get("name"), variable.get("name")
    if not isinstance(name, str) or not isinstance(inner, str):
        return None
    instance = variable.get("instance") if isinstance(variable.get("instance"), str) else None
    evse = component.get("evse") if isinstance(component.get("evse"), dict) else None
    which = component.get("instance") if isinstance(component.get("instance"), str) else None
    shown = name if which is None else f"{name}[{which}]"
    if evse is not None:
        shown += "".join(f"/{evse[key]}" for key in ("id", "connectorId") if key in evse)
    return name, inner, instance, evse is None and which is None, place_name(shown, inner, instance)


def _dicts(items: Any) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
