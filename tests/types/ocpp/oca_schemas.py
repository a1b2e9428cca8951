"""The OCA's schemas of OCPP 2.x as the `ocpp` package ships them; none of its Python is needed for that."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft6Validator

from bridge.types.ocpp.provisioning.edition import Edition
from bridge.types.ocpp.provisioning.features import PROFILE
from bridge.types.ocpp.version import OcppVersion
from tests.types.ocpp.provisioning_types import TYPES

_FOLDERS = {OcppVersion.V201: "v201", OcppVersion.V21: "v21"}
MESSAGES = tuple(cls.__name__ for feature in PROFILE for cls in (feature.request, feature.response))


@cache
def schema(edition: Edition, message: str) -> dict[str, Any]:
    """Return the schema of a message such as `ResetRequest`."""
    path = files("ocpp") / _FOLDERS[edition] / "schemas" / f"{message}.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    return loaded


@cache
def validator(edition: Edition, message: str) -> Draft6Validator:
    """Return a validator of a message."""
    return Draft6Validator(schema(edition, message))


@cache
def objects(edition: Edition) -> dict[str, dict[str, Any]]:
    """Return the schema of each object in these messages, by the name that it has here; references are resolved."""
    found: dict[str, dict[str, Any]] = {}
    for message in MESSAGES:
        whole = schema(edition, message)
        for name, part in {message: whole, **whole["definitions"]}.items():
            if part["type"] == "object" and name != "CustomDataType":
                here = name if name in TYPES else name.removesuffix("Type")
                found[here] = {**part, "properties": _resolved(part["properties"], whole["definitions"])}
    return found


def _resolved(properties: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    return {
        name: definitions[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        for name, part in properties.items()
    }
