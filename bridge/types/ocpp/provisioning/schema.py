"""The JSON Schema of the provisioning messages in OCPP's spelling: what is taken, which is more than what is sent."""

from __future__ import annotations

from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from bridge.types.ocpp.base import OcppType
from bridge.types.ocpp.provisioning.features import PROFILE


def provisioning_definitions(place: str) -> dict[str, Any]:
    """Return each message and data type by name; references point below `place`, such as `#/$defs/provisioning`."""
    wanted: list[tuple[type[OcppType], Literal["validation"]]] = [
        (cls, "validation") for feature in PROFILE for cls in (feature.request, feature.response)
    ]
    _, schema = models_json_schema(wanted, by_alias=True, ref_template=place + "/{model}")
    definitions: dict[str, Any] = schema["$defs"]
    # the type holds the object as text; in OCPP's JSON the object itself stands there, open to what a vendor adds
    definitions["CustomData"] = {
        "title": "CustomData",
        "type": "object",
        "properties": {"vendorId": {"type": "string", "maxLength": 255}},
        "required": ["vendorId"],
    }
    return definitions
