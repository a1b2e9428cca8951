"""Every type of the provisioning block, found by walking from its messages; and how each looks from outside."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from bridge.types.ocpp.base import OcppType
from bridge.types.ocpp.custom_data import CustomData
from bridge.types.ocpp.provisioning.features import PROFILE


def leaves(annotation: Any) -> Iterator[Any]:
    """Yield the plain types that an annotation is made of."""
    if get_origin(annotation) is Annotated:
        yield from leaves(get_args(annotation)[0])
    elif get_origin(annotation) in {Union, UnionType, tuple}:
        for part in get_args(annotation):
            yield from leaves(part)
    else:
        yield annotation


def types_within(*roots: type[OcppType]) -> tuple[type[OcppType], ...]:
    """Return these types and all that they hold, customData apart, each once."""
    found: dict[type[OcppType], None] = {}
    waiting = list(roots)
    while waiting:
        cls = waiting.pop()
        if cls in found or cls is CustomData:
            continue
        found[cls] = None
        for field in cls.model_fields.values():
            waiting += [
                leaf for leaf in leaves(field.annotation) if isinstance(leaf, type) and issubclass(leaf, OcppType)
            ]
    return tuple(found)


TYPES = {
    cls.__name__: cls for cls in types_within(*(t for feature in PROFILE for t in (feature.request, feature.response)))
}
"""by name"""

WORDS = {
    leaf.__name__: leaf
    for cls in TYPES.values()
    for field in cls.model_fields.values()
    for leaf in leaves(field.annotation)
    if isinstance(leaf, type) and issubclass(leaf, StrEnum)
}
"""the enums in them, by name"""


def field_name(cls: type[OcppType], json_name: str) -> str:
    """Return the Python name of a field; KeyError where there is none."""
    return {field.serialization_alias: name for name, field in cls.model_fields.items()}[json_name]


@cache
def json_schema(cls: type[OcppType]) -> dict[str, Any]:
    """Return the JSON Schema of a type in OCPP's spelling; it is not to be changed."""
    return cls.model_json_schema()


def described(cls: type[OcppType]) -> dict[str, Any]:
    """Return JSON name → JSON Schema of each field, references resolved and what may be absent taken out."""
    schema = json_schema(cls)
    return {name: plain(part, schema.get("$defs", {})) for name, part in schema["properties"].items()}


def plain(part: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return a part of a JSON Schema without its reference and without its null."""
    if "anyOf" in part:
        part = next(choice for choice in part["anyOf"] if choice.get("type") != "null")
    if "$ref" in part:
        return dict(definitions[part["$ref"].rpartition("/")[2]])
    return part
