"""A JSON schema turned into functions: as much of it as OCPP's schemas use, and a loud no to the rest.

General validators stop at the first fault or take a millisecond, hold that 8.1 is no multiple of 0.1, do not look for
the zone in a timestamp, and show the value they refuse. OCPP's schemas need a dozen keywords, so each node of a schema
becomes one small function of `checks`. A keyword that is not known here is an error when the schema is turned, so that
a new edition of the schemas cannot weaken the checks in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.ocppj.checks import (
    Check,
    anything,
    array_of,
    boolean,
    moment,
    moment_or_local,
    number,
    object_with,
    text,
    uri,
    word_of,
)

_NOTES: Final = frozenset(
    {"$schema", "$id", "id", "title", "description", "comment", "javaType", "default", "definitions"}
)
_TENTH: Final = 0.1


def turn(schema: Mapping[str, Any], *, lenient: bool) -> Check:
    """Turn a schema into a check. ValueError or TypeError for what is not known here.

    Lenient ignores unknown fields, takes null where a field may be absent, a timestamp without a zone, a number with
    more decimals than OCPP has, and any text as a word, as a URI, and however long it is.
    """
    return _Turner(schema.get("definitions", {}), lenient=lenient).check_of(schema)


class _Turner:
    def __init__(self, definitions: Mapping[str, Any], *, lenient: bool) -> None:
        self._definitions = definitions
        self._lenient = lenient
        self._turned: dict[str, Check] = {}

    def check_of(self, schema: Mapping[str, Any]) -> Check:
        if "$ref" in schema:
            return self._referred(schema["$ref"])
        keywords = set(schema) - _NOTES
        return self._typed(schema, keywords) if keywords else anything

    def _typed(self, schema: Mapping[str, Any], keywords: set[str]) -> Check:
        sort = schema.get("type")
        known = _KEYWORDS.get(sort) if isinstance(sort, str) else None
        if known is None or not keywords <= known:
            raise ValueError(f"schema: {sorted(keywords)} of type {sort} is more than is known here")
        match sort:
            case "object":
                return self._object(schema)
            case "array":
                return array_of(self.check_of(schema.get("items", {})), schema.get("minItems"), schema.get("maxItems"))
            case "string":
                return self._string(schema)
            case "boolean":
                return boolean
            case _:
                return self._number(schema, whole=sort == "integer")

    def _referred(self, reference: str) -> Check:
        """Turn a definition once; none of OCPP's refers to itself."""
        name = reference.removeprefix("#/definitions/")
        if name not in self._turned:
            self._turned[name] = self.check_of(self._definitions[name])
        return self._turned[name]

    def _object(self, schema: Mapping[str, Any]) -> Check:
        required = tuple(schema.get("required", ()))
        additional = schema.get("additionalProperties", True)
        if not isinstance(additional, bool):
            raise TypeError("schema: additionalProperties as a schema is more than is known here")
        checks = {name: self.check_of(part) for name, part in schema.get("properties", {}).items()}
        closed = not additional and not self._lenient
        return object_with(checks, required, closed=closed, takes_null=self._lenient)

    def _string(self, schema: Mapping[str, Any]) -> Check:
        form = schema.get("format")
        if form not in {None, "date-time", "uri"}:
            raise ValueError(f"schema: the format {form} is not known here")
        if "enum" in schema:
            return text(None) if self._lenient else word_of(tuple(schema["enum"]))
        if form == "date-time":
            return moment_or_local if self._lenient else moment
        if form == "uri" and not self._lenient:
            return uri
        return text(None if self._lenient else schema.get("maxLength"))

    def _number(self, schema: Mapping[str, Any], *, whole: bool) -> Check:
        step = schema.get("multipleOf")
        if step not in {None, _TENTH}:
            raise ValueError(f"schema: multiples of {step} are not known here")
        tenths = step is not None and not self._lenient
        return number(schema.get("minimum"), schema.get("maximum"), whole=whole, tenths=tenths)


_KEYWORDS: Final[Mapping[str, frozenset[str]]] = {
    "object": frozenset({"type", "properties", "required", "additionalProperties"}),
    "array": frozenset({"type", "items", "additionalItems", "minItems", "maxItems"}),
    "string": frozenset({"type", "enum", "maxLength", "format", "additionalProperties"}),
    "boolean": frozenset({"type"}),
    "integer": frozenset({"type", "minimum", "maximum"}),
    "number": frozenset({"type", "minimum", "maximum", "multipleOf"}),
}
"""`additionalItems` beside one schema for all items, and `additionalProperties` of a string, mean nothing [spec]"""
