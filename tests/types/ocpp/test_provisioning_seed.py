"""Holds the provisioning types against ocpp-go's page: every type, field, tag, word, constant and handler of it."""

from __future__ import annotations

import inspect
from typing import Any, Final, get_type_hints

import pytest

from bridge.types.ocpp.base import OcppType
from bridge.types.ocpp.provisioning import features, handlers
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.features import PROFILE, Role
from bridge.types.ocpp.provisioning.sending import sent_of
from tests.types.ocpp.provisioning_outline import parse
from tests.types.ocpp.provisioning_types import TYPES, WORDS, described, field_name
from tests.types.ocpp.seed_documents import outline, seed_document

SEED: Final[dict[str, Any]] = outline("002_provisioning_block.json")
STRUCTS: Final[dict[str, dict[str, Any]]] = {
    name: fields for name, fields in SEED["structs"].items() if not name.endswith("Feature")
}
FIELDS = [(struct, name) for struct, fields in STRUCTS.items() for name in fields]

NAMED_OTHERWISE = {
    "GetVariableStatus": "GetVariableStatusEnumType",  # seed 004 has the same words under this name
    "SetVariableStatus": "SetVariableStatusEnumType",  # the same
    "Attribute": "AttributeEnum",  # the same
}
FIELDS_NAMED_OTHERWISE = {
    ("SetVariableResult", "statusInfo"): "attributeStatusInfo",  # no schema has statusInfo here; it is taken, not sent
}
NOT_HERE = {
    "SetNetworkProfileType",  # text without words that no struct uses
}
BEYOND = {
    "GetReportResponse": {"statusInfo"},  # the schemas have it
    "GetVariableResult": {"attributeStatusInfo"},  # the schemas have it
    "NetworkConnectionProfile": {"identity", "basicAuthPassword"},  # 2.1 has them
    "VariableCharacteristics": {"maxElements"},  # 2.1 has it
}
WORDS_BEYOND = {
    "OCPPVersion": {"OCPP201", "OCPP21"},  # 2.1 has them
    "OCPPInterface": {"Any"},  # 2.1 has it
}
ALWAYS_SENT = {
    ("GetReportRequest", "requestId"),  # the schemas require it
}
SENT_EMPTY = {
    ("SetVariableData", "attributeValue"),  # empty clears a variable
}
CHECKED_AS_ANOTHER = {
    (
        "SetVariableResult",
        "attributeStatus",
    ): "getVariableStatus",  # a slip of the seed: RebootRequired is missing there
    ("VariableCharacteristics", "dataType"): "dataTypeEnum",  # only a longer name
}
SORTS = {"int": "integer", "string": "string", "bool": "boolean", "float64": "number"}


def ours(struct: str, name: str) -> tuple[type[OcppType], str]:
    """Return our class and our JSON name for a field of the seed."""
    return TYPES[struct], FIELDS_NAMED_OTHERWISE.get((struct, name), name)


def sent(struct: str, name: str) -> Sent:
    """Return what our field keeps to when it is sent."""
    cls, here = ours(struct, name)
    return sent_of(cls, field_name(cls, here)) or Sent()


def tag(struct: str, name: str, key: str) -> int | None:
    """Return the number of a tag such as `max=20` in front of `dive`, None without it."""
    for part in STRUCTS[struct][name]["validate"]:
        if part == "dive":
            return None
        if part.startswith(f"{key}="):
            return int(part.partition("=")[2])
    return None


def test_the_kept_outline_is_what_the_document_says() -> None:
    """Parsing the seed document gives exactly the outline that is kept in the repository."""
    document = seed_document("002")
    if document is None:
        pytest.skip("the seed documents are not beside this clone; the kept outline is compared instead")
    assert parse(document) == SEED
    assert document.count('`json:"') == len(FIELDS), "a field of the document was not read"


def test_every_type_is_here() -> None:
    """Each type in the index of the page is a class reached from the messages, a feature or a handler."""
    here = {*TYPES, *WORDS, *(f"{feature.name}Feature" for feature in PROFILE), *SEED["handlers"]}
    assert {name for name in SEED["types"] if NAMED_OTHERWISE.get(name, name) not in here} == NOT_HERE
    assert all(hasattr(handlers, name) for name in SEED["handlers"])


def test_nothing_is_here_that_nobody_has() -> None:
    """A struct has the seed's fields, customData, and otherwise only what is noted with its reason."""
    for struct, fields in STRUCTS.items():
        named = {FIELDS_NAMED_OTHERWISE.get((struct, name), name) for name in fields}
        beyond = set(described(TYPES[struct])) - named - {"customData"}
        assert beyond == BEYOND.get(struct, set()), struct


@pytest.mark.parametrize(("struct", "name"), FIELDS)
def test_a_field_is_of_the_same_sort(struct: str, name: str) -> None:
    """Text is text, a number a number, a list a list, and a word or object the one of the same name."""
    cls, here = ours(struct, name)
    part = described(cls)[here]
    sort = STRUCTS[struct][name]["sort"].removeprefix("*")
    if sort.startswith("[]"):
        assert part["type"] == "array"
        sort, reference = sort[2:], part["items"]["$ref"]
        part = {"title": reference.rpartition("/")[2]}
    sort = sort.removeprefix("types.")
    if sort in SORTS:
        assert part["type"] == SORTS[sort]
    elif sort == "DateTime":
        assert part["format"] == "date-time"
    else:
        assert part["title"] == NAMED_OTHERWISE.get(sort, sort)


@pytest.mark.parametrize(("struct", "name"), FIELDS)
def test_a_field_may_be_absent_where_the_seed_lets_it(struct: str, name: str) -> None:
    """A field with omitempty may be left out by us, any other may not; the validate tag counts too."""
    cls, here = ours(struct, name)
    field = STRUCTS[struct][name]
    required = not field["omitempty"] and field["validate"][:1] != ["omitempty"]
    is_sent_always = cls.model_fields[field_name(cls, here)].is_required() or sent(struct, name).required
    assert is_sent_always == (required or (struct, name) in ALWAYS_SENT)


@pytest.mark.parametrize(("struct", "name"), FIELDS)
def test_a_text_or_list_keeps_the_seeds_limits(struct: str, name: str) -> None:
    """What is sent is as long as the seed's min and max tags let it be, and a required text is not empty."""
    cls, here = ours(struct, name)
    part, rule = described(cls)[here], sent(struct, name)
    if part.get("type") == "array":
        assert part.get("maxItems") == tag(struct, name, "max")
        assert part["minItems"] == (tag(struct, name, "min") or 1), "no schema takes an empty list"
    elif part.get("type") == "string" and "enum" not in part:
        longest = rule.max_length if rule.max_length is not None else part.get("maxLength")
        assert longest == tag(struct, name, "max")
        not_empty = "required" in STRUCTS[struct][name]["validate"] and part.get("format") != "date-time"
        assert rule.min_length == (1 if not_empty and (struct, name) not in SENT_EMPTY else None)
        assert rule.url == ("url" in STRUCTS[struct][name]["validate"])


@pytest.mark.parametrize(("struct", "name"), FIELDS)
def test_a_number_keeps_the_seeds_limit(struct: str, name: str) -> None:
    """A number is sent from the seed's gte tag upwards; securityProfile has none there and 2.1's."""
    limit = sent(struct, name).ge
    assert limit == (
        0 if (struct, name) == ("NetworkConnectionProfile", "securityProfile") else tag(struct, name, "gte")
    )


@pytest.mark.parametrize(("struct", "name"), FIELDS)
def test_a_word_is_checked_against_its_own_enum(struct: str, name: str) -> None:
    """The validator that a tag names is the one of the field's type, and the slips of the seed are known."""
    limits = ("required", "omitempty", "dive", "url", "max=", "min=", "gte=")
    named = [part for part in STRUCTS[struct][name]["validate"] if not part.startswith(limits)]
    sort = STRUCTS[struct][name]["sort"].lstrip("*[]").removeprefix("types.")
    checked = CHECKED_AS_ANOTHER.get((struct, name), "")
    assert [part.lower() for part in named] == ([checked.lower() or sort.lower()] if sort in HAS_WORDS else [])


HAS_WORDS = {
    *SEED["words"],
    *{"Attribute", "DataType", "GenericDeviceModelStatus", "ResetType"},  # the page does not show their words
}


def test_a_field_has_the_seeds_name_in_snake_case() -> None:
    """The Python name of a field is its JSON name with underscores."""
    for struct, name in FIELDS:
        cls, here = ours(struct, name)
        assert field_name(cls, here) == "".join(f"_{c.lower()}" if c.isupper() else c for c in here)


def test_every_word_is_here() -> None:
    """Each enum has the seed's words and otherwise only those of 2.1."""
    for name, constants in SEED["words"].items():
        words = {str(word) for word in WORDS[NAMED_OTHERWISE.get(name, name)]}
        assert words - set(constants.values()) == WORDS_BEYOND.get(name, set()), name
        assert set(constants.values()) <= words, name


def test_every_action_is_a_constant() -> None:
    """The actions and the profile's name are constants of the same name in capitals."""
    for constant, value in SEED["constants"].items():
        name = constant.removesuffix("FeatureName") if constant != "ProfileName" else constant
        snake = "".join(f"_{c}" if c.isupper() else c.upper() for c in name).removeprefix("_")
        assert getattr(features, snake) == value


def test_the_profile_has_every_feature() -> None:
    """The profile lists the seed's features in its order, each with the types of that name."""
    assert [feature.name for feature in PROFILE] == SEED["profile"]
    for feature in PROFILE:
        assert feature.request.__name__ == f"{feature.name}Request"
        assert feature.response.__name__ == f"{feature.name}Response"


def test_what_a_constructor_asks_for_is_required() -> None:
    """The arguments of the seed's constructors are our required fields, of the same sorts, in any order."""
    for struct, arguments in SEED["constructors"].items():
        wanted = required_sorts(TYPES[struct])
        if struct == "BootNotificationRequest":  # it takes the station's fields one by one
            wanted = [sort for sort in wanted if sort != "ChargingStationType"]
            wanted += required_sorts(TYPES["ChargingStationType"])
        assert sorted(wanted) == sorted(argument.removeprefix("types.") for argument in arguments), struct


def required_sorts(cls: type[OcppType]) -> list[str]:
    """Return the Go sort of each field that has to be given."""
    seed_fields = STRUCTS[cls.__name__]
    required = [name for name, field in cls.model_fields.items() if field.is_required() or name == "ocpp_version"]
    json_names = [cls.model_fields[name].serialization_alias or name for name in required]
    return [seed_fields[name]["sort"].removeprefix("*").removeprefix("types.") for name in json_names]


@pytest.mark.parametrize("handler", sorted(SEED["handlers"]))
def test_a_handler_has_the_seeds_methods(handler: str) -> None:
    """Each method of a handler has the seed's name, request and response; the profile says who answers it."""
    protocol = getattr(handlers, handler)
    role = Role.CSMS if handler == "CSMSHandler" else Role.CHARGING_STATION
    snake = {"".join(f"_{c.lower()}" if c.isupper() else c for c in go)[1:]: go for go in SEED["handlers"][handler]}
    assert {name for name in vars(protocol) if name.startswith("on_")} == set(snake)
    for name, go in snake.items():
        method, said = getattr(protocol, name), SEED["handlers"][handler][go]
        hints = get_type_hints(method)
        assert inspect.iscoroutinefunction(method)
        assert (hints["request"].__name__, hints["return"].__name__) == (said["request"], said["response"])
        assert ("charging_station_id" in hints) == (said["identity"] is not None)
        assert (go.removeprefix("On"), role) in {(feature.name, feature.answered_by) for feature in PROFILE}
