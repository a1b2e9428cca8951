"""A second opinion on payloads: a general validator of JSON schemas, and payloads made from the schemas for it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

from bridge.types.ocpp.base import parse_rfc3339
from bridge.types.ocpp.payload_error import ProblemKind, path_of
from bridge.types.ocpp.version import OcppVersion

FOLDERS = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}
WRONG: tuple[Any, ...] = (None, True, 0, 1, 1.5, -1, 10**12, "x", "x" * 11_000, [], {}, [{}], {"x": 1})

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or parse_rfc3339(value) is not None


@_FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or ":" in value


@cache
def names(version: OcppVersion) -> tuple[str, ...]:
    """Return the names of all schemas."""
    folder = files("ocpp") / FOLDERS[version] / "schemas"
    return tuple(sorted(entry.name.removesuffix(".json") for entry in folder.iterdir()))


@cache
def schema(version: OcppVersion, name: str) -> dict[str, Any]:
    """Return a schema without its steps of 0.1, which binary fractions cannot meet."""
    text = (files("ocpp") / FOLDERS[version] / "schemas" / f"{name}.json").read_text(encoding="utf-8-sig")
    loaded: dict[str, Any] = _without_steps(json.loads(text))
    return loaded


def _without_steps(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_steps(part) for key, part in node.items() if key != "multipleOf"}
    return [_without_steps(part) for part in node] if isinstance(node, list) else node


@cache
def _validator(version: OcppVersion, name: str) -> Draft4Validator:
    return Draft4Validator(schema(version, name), format_checker=_FORMATS)


def verdict(version: OcppVersion, name: str, payload: Any) -> dict[str, ProblemKind]:
    """Return the path of everything that is wrong, with its kind; a wrong type counts before anything else."""
    found: dict[str, ProblemKind] = {}
    for error in _validator(version, name).iter_errors(payload):
        here = tuple(error.absolute_path)
        match error.validator:
            case "required":
                found |= {
                    path_of((*here, field)): ProblemKind.MISSING
                    for field in error.validator_value
                    if field not in error.instance
                }
            case "additionalProperties" if error.schema["type"] != "object":
                pass  # it stands there and means nothing
            case "additionalProperties":
                found |= {
                    path_of((*here, field)): ProblemKind.UNKNOWN_FIELD
                    for field in error.instance
                    if field not in error.schema.get("properties", {})
                }
            case "type":
                found[path_of(here)] = ProblemKind.TYPE
            case _:
                found.setdefault(path_of(here), ProblemKind.VALUE)
    return found


def full(version: OcppVersion, name: str) -> Any:
    """Return a payload with every field that there is."""
    document = schema(version, name)
    return _sample(document, document.get("definitions", {}))


def _sample(part: dict[str, Any], definitions: dict[str, Any]) -> Any:
    if "$ref" in part:
        part = definitions[part["$ref"].rpartition("/")[2]]
    if "enum" in part:
        return part["enum"][-1]
    match part.get("type"):
        case "object":
            return {field: _sample(inner, definitions) for field, inner in part.get("properties", {}).items()}
        case "array":
            return [_sample(part["items"], definitions) for _ in range(max(1, part.get("minItems", 1)))]
        case "string":
            samples = {"date-time": "2026-01-31T12:00:00.5+01:00", "uri": "ftp://host/path"}
            return samples.get(part.get("format", ""), "x" * min(part.get("maxLength", 7), 7))
        case "integer" | "number" as sort:
            sample = 1 if sort == "integer" else 0.5
            return min(max(sample, part.get("minimum", sample)), part.get("maximum", sample))
        case sort:
            return {"boolean": False, None: "anything"}[sort]


def spoilt(version: OcppVersion, name: str, count: int) -> Iterator[Any]:
    """Yield so many payloads, each with up to three places wrong; the same ones every time."""
    chance = random.Random(f"{version}{name}")
    for _ in range(count):
        payload = full(version, name)
        for _ in range(chance.randint(1, 3)):
            payload = _spoil(payload, chance)
        yield payload


def _spoil(payload: Any, chance: random.Random) -> Any:
    holders = list(_holders(payload))
    if not holders or chance.random() < 1 / 40:
        return deepcopy(chance.choice(WRONG))
    holder = chance.choice(holders)
    places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    what = chance.random()
    if not places or (what < 1 / 4 and isinstance(holder, dict)):
        holder |= {"unknownField": 1} if isinstance(holder, dict) else {}
    elif what < 1 / 2:
        del holder[chance.choice(places)]
    else:
        holder[chance.choice(places)] = deepcopy(chance.choice(WRONG))
    return payload


def _holders(value: Any) -> Iterator[Any]:
    if isinstance(value, dict) or (isinstance(value, list) and value):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)
