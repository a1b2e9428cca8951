"""The JSON Schema of all types, in EVerest's spelling and in OCPP's."""

from __future__ import annotations

from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from bridge.types.ocpp.base import OcppType
from bridge.types.ocpp.catalogue import EVEREST_TYPES, EVEREST_WORDS
from bridge.types.ocpp.charging_profile import ChargingProfile
from bridge.types.ocpp.connector_state import ConnectorState
from bridge.types.ocpp.provisioning.schema import provisioning_definitions
from bridge.types.ocpp.transaction import TransactionEventRequest

ALL_TYPES: tuple[type[OcppType], ...] = (*EVEREST_TYPES, ConnectorState, TransactionEventRequest, ChargingProfile)
"""Seed 004's types and those that the translations need beside them; the rest hangs on these."""


def types_schema() -> dict[str, Any]:
    """Return a JSON Schema (2020-12) with every type twice: `$defs/everest/…` and `$defs/ocpp/…`.

    The messages of the provisioning block, which only OCPP knows, stand in `$defs/provisioning/…`.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "OCPP-style types of chargebridge",
        "$defs": {
            "everest": _everest(),
            "ocpp": _ocpp(),
            "provisioning": provisioning_definitions("#/$defs/provisioning"),
        },
    }


def _definitions(form: str, *, by_alias: bool) -> dict[str, Any]:
    wanted: list[tuple[type[OcppType], Literal["validation"]]] = [(model, "validation") for model in ALL_TYPES]
    _, schema = models_json_schema(wanted, by_alias=by_alias, ref_template=f"#/$defs/{form}/{{model}}")
    return dict(schema["$defs"])


def _words() -> dict[str, Any]:
    return {words.__name__: {"title": words.__name__, "type": "string", "enum": list(words)} for words in EVEREST_WORDS}


def _everest() -> dict[str, Any]:
    definitions = _definitions("everest", by_alias=False)
    # the one field whose sort is not that of its meaning: see ChargingSchedulePeriod
    definitions["ChargingSchedulePeriod"]["properties"]["preconditioning_request"] = {
        "anyOf": [{"type": "number", "enum": [0, 1]}, {"type": "null"}],
        "default": None,
    }
    return definitions | _words()


def _ocpp() -> dict[str, Any]:
    definitions = _definitions("ocpp", by_alias=True)
    definitions["CustomData"] = {
        "title": "CustomData",
        "type": "object",
        "properties": {"vendorId": {"type": "string", "maxLength": 255}},
        "required": ["vendorId"],
    }
    naming = definitions["ComponentVariable"]["properties"]
    for definition in definitions.values():
        if definition["type"] == "object" and "componentVariable" in definition["properties"]:
            del definition["properties"]["componentVariable"]
            definition["properties"] |= naming
            definition["required"] = [
                *naming,
                *(name for name in definition["required"] if name != "componentVariable"),
            ]
    return definitions | _words()
