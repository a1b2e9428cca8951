"""Makes JSON payloads out of a JSON Schema: OCA's own ones, and those of our models."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from bridge.types.facts import to_rfc3339

Json = Any
_SHORT = 30
_WHOLE = 2**31

_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=_SHORT)
_numbers = st.floats(allow_nan=False, allow_infinity=False)
_whole = st.integers(-_WHOLE, _WHOLE - 1)
_moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)).map(to_rfc3339)  # noqa: DTZ001 -- hypothesis asks for naive bounds and adds the zone
_anything = st.recursive(
    st.none() | st.booleans() | _whole | _words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_words, inner, max_size=2),
    max_leaves=4,
)
custom_data = st.builds(
    lambda vendor_id, more: {**more, "vendorId": vendor_id},
    _words,
    st.dictionaries(_words, _anything, max_size=2),
)
"""vendorId and whatever a vendor likes beside it"""


def payloads(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Json]:
    """Return a strategy of what a schema takes; whole numbers have 32 bits and timestamps are written in UTC."""
    if "anyOf" in schema:
        schema = next(choice for choice in schema["anyOf"] if choice.get("type") != "null")
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return custom_data if name.startswith("CustomData") else payloads(definitions[name], definitions)
    return st.sampled_from(schema["enum"]) if "enum" in schema else _plain(schema, definitions)


def _plain(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Json]:
    match schema["type"]:
        case "object":
            return _objects(schema, definitions)
        case "array":
            least = schema.get("minItems", 0)
            most = min(schema.get("maxItems", least + 2), least + 2)
            return st.lists(payloads(schema["items"], definitions), min_size=least, max_size=most)
        case "string":
            return _moments if schema.get("format") == "date-time" else _texts(schema)
        case "integer":
            return st.integers(int(schema.get("minimum", -_WHOLE)), _WHOLE - 1)
        case sort:
            return {"number": _numbers, "boolean": st.booleans()}[sort]


def _objects(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Json]:
    fields = {name: payloads(part, definitions) for name, part in schema["properties"].items()}
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: value for name, value in fields.items() if name in required},
        optional={name: value for name, value in fields.items() if name not in required},
    )


def _texts(schema: dict[str, Any]) -> st.SearchStrategy[Json]:
    """Return short texts, and one that is as long as may be."""
    least, most = schema.get("minLength", 0), schema.get("maxLength", _SHORT)
    short = st.text(st.characters(exclude_categories=["Cs"]), min_size=least, max_size=min(most, _SHORT))
    return short | st.just("\N{GRINNING FACE}" * most)
