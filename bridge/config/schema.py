"""The config as a JSON Schema, for editors that complete and check while one writes."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from adapters.registry import VENDORS, options_model
from bridge.config.keys import keys_of, sections
from bridge.config.model import BridgeOptions


def config_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of the whole config, every vendor's options included."""
    vendors = {vendor_type: options_model(vendor_type) for vendor_type in VENDORS}
    models: set[type[BaseModel]] = {BridgeOptions, *sections().values(), *vendors.values()}
    names, schema = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)],
        title="chargebridge config",
    )
    definitions = schema["$defs"]
    for model in models:
        _describe(definitions[model.__name__]["properties"], model)
    chargers = definitions[BridgeOptions.__name__]["properties"]["chargers"]
    chargers["items"] = {
        "oneOf": [names[model, "validation"] for model in vendors.values()],
        "discriminator": {"propertyName": "type"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        **names[BridgeOptions, "validation"],
    }


def _describe(properties: dict[str, Any], model: type[BaseModel]) -> None:
    """Give each key the words that stand under its attribute in the source."""
    words: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if issubclass(owner, BaseModel) and owner is not BaseModel:
            words |= _attribute_docstrings(owner)
    for key, field in keys_of(model).items():
        attribute = next(name for name, other in model.model_fields.items() if other is field)
        if attribute in words:
            properties[key]["description"] = words[attribute]


def _attribute_docstrings(model: type[BaseModel]) -> dict[str, str]:
    definition = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(definition, ast.ClassDef)
    return {
        attribute.target.id: inspect.cleandoc(words.value.value)
        for attribute, words in zip(definition.body, definition.body[1:], strict=False)
        if isinstance(attribute, ast.AnnAssign)
        and isinstance(attribute.target, ast.Name)
        and isinstance(words, ast.Expr)
        and isinstance(words.value, ast.Constant)
        and isinstance(words.value.value, str)
    }
