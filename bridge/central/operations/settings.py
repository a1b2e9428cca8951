"""Settings of a station, read and changed: keys of 1.6 and variables of 2.x, whichever of both the station has.

The answer has the shape of the question: who asks for keys is answered `configurationKey` by a station of 2.x too.
Keys that the table of the two views lacks are named as `Component.Variable[Instance]` towards 2.x; a variable that it
lacks is the key of its name towards 1.6.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from bridge.central.operations.arguments import ArgumentError, Arguments, given
from bridge.central.operations.inventory import keys_of_report, told_value
from bridge.central.operations.wish import Answers, Terms, Wish, Wording, reported, single
from bridge.types.ocpp.configuration import ConfigurationStatus
from bridge.types.ocpp.payload_error import PayloadError, ProblemKind
from bridge.types.ocpp.translate.configuration import CHANGED, CHANGED_BACK
from bridge.types.ocpp.translate.setting_places import Aspect, SettingPlace, key_of, place_of
from bridge.types.ocpp.translate.variables import GetVariables, SetVariables
from bridge.types.ocpp.v16.corrections import take_change_configuration
from bridge.types.ocpp.variable_access import SetVariableStatusEnumType

_ACTUAL: Final = (None, "Actual")
_MOST_KEYS: Final = 1000
_SHOWN: Final = 60
_NO_ATTRIBUTE: Final = "NotSupportedAttributeType"


def word_read(args: Arguments, terms: Terms) -> Wish:
    """Read settings: `key` or nothing in the shape of 1.6, `getVariableData` in that of 2.x."""
    if "getVariableData" in args or args.operation == "GetVariables":
        return _variables_from_v16(args, terms) if terms.is_v16 else single("GetVariables", args.rest, args.notes)
    keys = _keys(args)
    if terms.is_v16:
        return single("GetConfiguration", {**args.rest, **given("key", keys)}, args.notes)
    if args.rest:
        name = next(iter(args.rest))[:_SHOWN]
        raise args.error(name, ProblemKind.UNKNOWN_FIELD, "is no field of this type; key is")
    if not keys:
        payload = {"requestId": terms.new_id(), "reportBase": "FullInventory"}
        return reported("GetBaseReport", payload, args.notes, read=_report_as_keys)
    return _keys_from_v2(keys, args)


def word_change(args: Arguments, terms: Terms) -> Wish:
    """Change settings: `key` and `value` in the shape of 1.6, `setVariableData` in that of 2.x."""
    if "setVariableData" in args or args.operation == "SetVariables":
        return _set_in_v16(args) if terms.is_v16 else _set_in_v2(args)
    try:
        asked = args.taken(take_change_configuration(args.rest))
    except PayloadError as error:
        raise ArgumentError.of(args.operation, error) from None
    if terms.is_v16:
        return single("ChangeConfiguration", {"key": asked.key, "value": asked.value}, args.notes)
    place = place_of(asked.key)
    if place is None:
        said = (
            "is no key that OCPP 2.x has a variable for; name it as Component.Variable or Component.Variable[Instance]"
        )
        raise args.error("key", ProblemKind.VALUE, said)
    if place.aspect is not Aspect.VALUE:
        raise args.error("key", ProblemKind.VALUE, "is only told in OCPP 2.x, as a limit of another variable")
    changed = {**_variable(place), "attributeValue": _words(asked.value, place.words)}
    args.notes.append(f"{asked.key} is {place}")
    return single("SetVariables", {"setVariableData": [changed]}, args.notes, read=_change_as_key)


# --- towards 2.x ---------------------------------------------------------------------------------------------------


def _keys_from_v2(keys: list[Any], args: Arguments) -> Wish:
    asked: list[tuple[str, SettingPlace]] = []
    unknown: list[str] = []
    for number, key in enumerate(keys):
        if not isinstance(key, str):
            raise args.error(f"key[{number}]", ProblemKind.TYPE, "should be text")
        place = place_of(key)
        if place is None:
            unknown.append(key)
        elif place.aspect is not Aspect.VALUE:
            unknown.append(key)
            args.notes.append(f"{key} is told by OCPP 2.x in a report only: ask for all settings")
        else:
            asked.append((key, place))
    data = [_variable(place) for _, place in asked]
    wordings = (Wording("GetVariables", {"getVariableData": data}),) if data else ()
    if unknown:
        args.notes.append("OCPP 2.x has no variable for the unknown keys; name one as Component.Variable[Instance]")
    return Wish(wordings, tuple(args.notes), read=lambda answers: _variables_as_keys(answers, asked, unknown))


def _variables_as_keys(answers: Answers, asked: list[tuple[str, SettingPlace]], unknown: list[str]) -> dict[str, Any]:
    """Return what was read as settings; results come in the order of the question [spec]."""
    results = _items(answers[0], "getVariableResult") if answers else []
    known: list[dict[str, Any]] = []
    unknown = list(unknown)
    for (key, place), result in zip(asked, results, strict=False):
        status = result.get("attributeStatus")
        if status in ("Accepted", "Rejected"):
            value = told_value(result.get("attributeValue"), place) if status == "Accepted" else None
            known.append({"key": key, "readonly": False, **given("value", value)})
        else:
            unknown.append(key)
    unknown.extend(key for key, _ in asked[len(results) :])
    return {"configurationKey": known, "unknownKey": unknown}


def _report_as_keys(answers: Answers) -> dict[str, Any]:
    answer = dict(answers[0])
    data = answer.pop("reportData", None)
    return {**answer, "configurationKey": keys_of_report(data), "unknownKey": []}


def _change_as_key(answers: Answers) -> dict[str, Any]:
    results = _items(answers[0], "setVariableResult")
    word = results[0].get("attributeStatus") if results else None
    try:
        status = CHANGED[SetVariableStatusEnumType(str(word))].value
    except ValueError:
        status = str(word)
    return {"status": status, **answers[0]}


def _set_in_v2(args: Arguments) -> Wish:
    """Return the wish with values that are numbers or switches as their JSON text."""
    data = args.pop("setVariableData")
    if isinstance(data, list):
        data = [_with_text(item, number, args) for number, item in enumerate(data)]
    return single("SetVariables", {**args.rest, **given("setVariableData", data)}, args.notes)


def _with_text(item: Any, number: int, args: Arguments) -> Any:
    if not isinstance(item, dict) or not isinstance(item.get("attributeValue"), bool | int | float):
        return item
    args.notes.append(f"setVariableData[{number}].attributeValue is taken as text")
    return {**item, "attributeValue": json.dumps(item["attributeValue"])}


# --- towards 1.6 ---------------------------------------------------------------------------------------------------


def _variables_from_v16(args: Arguments, _: Terms) -> Wish:
    asked = args.take(GetVariables, args.rest).get_variable_data
    places = [one.component_variable for one in asked]
    keys = [key_of_variable(one.component.name, one.variable.name, one.variable.instance) for one in places]
    told = [_asked_variable(one.model_dump(by_alias=True, mode="json", exclude_none=True)) for one in places]
    attributes = [None if one.attribute_type is None else one.attribute_type.value for one in asked]
    wanted = list(dict.fromkeys(key for key, sort in zip(keys, attributes, strict=True) if sort in _ACTUAL))
    args.notes.append("OCPP 1.6 has no variables: they are read as the keys " + ", ".join(wanted)[:_MOST_KEYS])

    def read(answers: Answers) -> dict[str, Any]:
        values = (
            {str(p.get("key", "")).casefold(): p for p in _items(answers[0], "configurationKey")} if answers else {}
        )
        results = []
        for place, key, sort in zip(told, keys, attributes, strict=True):
            pair = values.get(key.casefold())
            status = _NO_ATTRIBUTE if sort not in _ACTUAL else "UnknownVariable" if pair is None else "Accepted"
            value = pair.get("value") if pair is not None and sort in _ACTUAL else None
            if status == "Accepted" and value is None:
                status = "Rejected"
            elif value is not None:
                value = _words(str(value), _words_of(key))
            results.append(
                {"attributeStatus": status, **given("attributeType", sort), **given("attributeValue", value), **place}
            )
        return {"getVariableResult": results}

    wordings = (Wording("GetConfiguration", {"key": wanted}),) if wanted else ()
    return Wish(wordings, tuple(args.notes), read=read)


def _set_in_v16(args: Arguments) -> Wish:
    data = args.pop("setVariableData")
    if isinstance(data, list):
        data = [_with_text(item, number, args) for number, item in enumerate(data)]
    asked = args.take(SetVariables, {**args.rest, **given("setVariableData", data)}).set_variable_data
    told: list[dict[str, Any]] = []
    wordings: list[Wording] = []
    for number, one in enumerate(asked):
        if one.attribute_type is not None and one.attribute_type.value not in _ACTUAL:
            path = f"setVariableData[{number}].attributeType"
            raise args.error(path, ProblemKind.VALUE, "should be Actual: OCPP 1.6 has no other")
        place = one.component_variable
        key = key_of_variable(place.component.name, place.variable.name, place.variable.instance)
        back = {said: word for word, said in _words_of(key).items()}
        told.append(_asked_variable(place.model_dump(by_alias=True, mode="json", exclude_none=True)))
        wordings.append(Wording("ChangeConfiguration", {"key": key, "value": _words(one.value, back)}))
    keys = ", ".join(wording.payload["key"] for wording in wordings)[:_MOST_KEYS]
    args.notes.append(f"OCPP 1.6 has no variables: they are changed as the keys {keys}, one after another")

    def read(answers: Answers) -> dict[str, Any]:
        return {"setVariableResult": [_changed(a, place) for a, place in zip(answers, told, strict=False)]}

    return Wish(tuple(wordings), tuple(args.notes), read=read)


def _changed(answer: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, Any]:
    word = answer.get("status")
    try:
        status = CHANGED_BACK[ConfigurationStatus(str(word))].value
    except ValueError:
        status = str(word)
    return {"attributeStatus": status, **given("attributeStatusInfo", answer.get("statusInfo")), **place}


def key_of_variable(component: str, variable: str, instance: str | None) -> str:
    """Return the key of 1.6 that a variable is: by the table, else the name of the variable."""
    return key_of(component, variable, instance) or variable


# --- both ----------------------------------------------------------------------------------------------------------


def _keys(args: Arguments) -> list[Any] | None:
    keys = args.pop("key")
    if isinstance(keys, str):
        args.notes.append("key is taken as a list of one")
        return [keys]
    if keys is not None and not isinstance(keys, list):
        raise args.error("key", ProblemKind.TYPE, "should be a list of names")
    if keys is not None and len(keys) > _MOST_KEYS:
        raise args.error("key", ProblemKind.VALUE, f"should have at most {_MOST_KEYS} names")
    return keys


def _variable(place: SettingPlace) -> dict[str, Any]:
    return {
        "component": {"name": place.component},
        "variable": {"name": place.variable, **given("instance", place.instance)},
    }


def _asked_variable(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"component": told["component"], "variable": told["variable"]}


def _words_of(key: str) -> Mapping[str, str]:
    place = place_of(key)
    return {} if place is None else place.words


def _words(value: str, words: Mapping[str, str]) -> str:
    """Return a value, or a list with commas, in the words of the other version."""
    return ",".join(words.get(word.strip(), word) for word in value.split(",")) if words else value


def _items(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    items = answer.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, Iterable) else []
