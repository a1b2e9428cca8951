"""What this program would send: our own schema narrowed by the marks on its fields, a full sample, and its places."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from bridge.types.ocpp.base import OcppType
from bridge.types.ocpp.provisioning.edition import Edition, Sent
from bridge.types.ocpp.provisioning.sending import sent_of
from bridge.types.ocpp.version import OcppVersion
from tests.types.ocpp.provisioning_types import TYPES, json_schema, plain, types_within

Location = tuple[str | int, ...]


def sendable(message: str, edition: Edition) -> dict[str, Any]:
    """Return our own schema of a message, narrowed to what is sent to a peer of an edition."""
    cls = TYPES[message]
    whole = deepcopy(json_schema(cls))
    for within in types_within(cls):
        part = whole if within is cls else whole["$defs"][within.__name__]
        for name, field in within.model_fields.items():
            rule = sent_of(within, name)
            if rule is not None:
                _narrow(part, field.serialization_alias or name, rule, edition, whole.get("$defs", {}))
    return whole


def _narrow(part: dict[str, Any], name: str, rule: Sent, edition: Edition, definitions: dict[str, Any]) -> None:
    if rule.only_21 and edition is OcppVersion.V201:
        del part["properties"][name]
        return
    body = plain(part["properties"][name], definitions)
    limits = {"minLength": rule.min_length, "maxLength": rule.max_length, "minimum": rule.ge}
    body |= {limit: value for limit, value in limits.items() if value is not None}
    if rule.url:
        body = {"enum": ["wss://csms.example/ocpp", "ws://[::1]:9000", "ws://" + "a" * (512 - len("ws://"))]}
    if edition is OcppVersion.V201 and rule.words_of_21:
        body = {"enum": [word for word in body["enum"] if word not in rule.words_of_21]}
    part["properties"][name] = body
    if rule.required:
        part["required"] = [*part.get("required", ()), name]


class Place(NamedTuple):
    """A field within a message."""

    location: Location
    owner: type[OcppType]
    name: str
    schema: dict[str, Any]


def full_payload(message: str) -> dict[str, Any]:
    """Return a message that a 2.1 peer takes, with every field there is, one item in each list."""
    narrowed = sendable(message, OcppVersion.V21)
    payload: dict[str, Any] = _sample(narrowed, narrowed.get("$defs", {}))
    return payload


def _sample(part: dict[str, Any], definitions: dict[str, Any]) -> Any:
    part = plain(part, definitions)
    if "enum" in part:
        return part["enum"][0]
    match part["type"]:
        case "object" if part["title"] == "CustomData":
            return {"vendorId": "example.vendor", "colourCode": 7}
        case "object":
            return {name: _sample(inner, definitions) for name, inner in part["properties"].items()}
        case "array":
            return [_sample(part["items"], definitions)]
        case "string" if part.get("format") == "date-time":
            return "2026-01-31T12:00:00Z"
        case sort:
            return {"string": "text", "integer": 1, "number": 1.5, "boolean": True}[sort]


def places(message: str) -> Iterator[Place]:
    """Yield every field of a full payload, outer ones first."""
    yield from _places(TYPES[message], ())


def _places(cls: type[OcppType], location: Location) -> Iterator[Place]:
    whole = json_schema(cls)
    for name, field in cls.model_fields.items():
        json_name = field.serialization_alias or name
        part = plain(whole["properties"][json_name], whole.get("$defs", {}))
        here = (*location, json_name)
        yield Place(here, cls, name, part)
        inner = plain(part["items"], whole["$defs"]) if part.get("type") == "array" else part
        if inner.get("title") in TYPES:
            yield from _places(TYPES[inner["title"]], (*here, 0) if inner is not part else here)


def replaced(payload: dict[str, Any], location: Location, value: Any) -> dict[str, Any]:
    """Return a copy of a payload with another value at a location."""
    changed = deepcopy(payload)
    holder: Any = changed
    for step in location[:-1]:
        holder = holder[step]
    holder[location[-1]] = value
    return changed


def without(payload: dict[str, Any], location: Location) -> dict[str, Any]:
    """Return a copy of a payload without the field at a location."""
    changed = deepcopy(payload)
    holder: Any = changed
    for step in location[:-1]:
        holder = holder[step]
    del holder[location[-1]]
    return changed
