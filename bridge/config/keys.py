"""Which keys a model has as people write them, and which model stands where in the config."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from adapters.registry import VENDORS, options_model
from bridge.config.document import Document, Place
from bridge.config.model import BridgeOptions
from bridge.types.charger_options import ChargerOptions, HttpChargerOptions


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return a model's fields by the key that stands in the config."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def inner_model(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a field holds, by itself, optionally, or as the entries of a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(inner_model, get_args(annotation))), None)


def sections(model: type[BaseModel] = BridgeOptions) -> dict[str, type[BaseModel]]:
    """Return the models inside a model, at any depth, by the key under which they stand."""
    found: dict[str, type[BaseModel]] = {}
    for key, field in keys_of(model).items():
        inner = inner_model(field.annotation)
        if inner is not None:
            found |= {key: inner} | sections(HttpChargerOptions if inner is ChargerOptions else inner)
    return found


def model_at(place: Place, document: Document) -> type[BaseModel] | None:
    """Return the model of the section at a place of a document; None where there is none."""
    model: type[BaseModel] | None = BridgeOptions
    data: Any = document.root
    for step in place:
        try:
            data = data[step]
        except (LookupError, TypeError):
            return None
        if isinstance(step, str) and model is not None:
            field = keys_of(model).get(step)
            model = inner_model(field.annotation) if field else None
        elif model is ChargerOptions and isinstance(data, dict) and data.get("type") in VENDORS:
            model = options_model(data["type"])
    return model
