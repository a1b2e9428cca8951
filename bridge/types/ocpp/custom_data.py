"""Custom data of a vendor: text in EVerest's form, an open object in OCPP's."""

from __future__ import annotations

import json
from typing import Annotated, Any, NoReturn

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
    model_validator,
)

from bridge.types.ocpp.base import OCPP, OcppType


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def parse_object(text: str) -> dict[str, Any]:
    """Return the JSON object that a text holds; ValueError for anything else, NaN and endless nesting included."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ValueError("must hold JSON") from None
    if not isinstance(value, dict):
        raise ValueError("must hold a JSON object")  # noqa: TRY004 -- pydantic makes a named problem of ValueError only
    return value


class CustomData(OcppType):
    """What a vendor adds [spec: seed 004; OCPP 2.x CustomDataType].

    In EVerest's form `data` is the whole object as text, `vendorId` in it included. In OCPP's form the object stands
    there itself, its own keys untouched.
    """

    vendor_id: Annotated[str, Field(max_length=255)]
    """who defined it, in reversed DNS order; says again what `data` holds as `vendorId`"""
    data: str
    """a JSON object as text"""

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, value: Any, info: ValidationInfo) -> Any:
        if info.context != OCPP or not isinstance(value, dict):
            return value
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return {"data": text} | {key: value[key] for key in ("vendorId",) if key in value}

    @model_validator(mode="after")
    def _consistent(self) -> CustomData:
        if parse_object(self.data).get("vendorId") != self.vendor_id:
            raise ValueError("data must hold the vendor id under vendorId")
        return self

    @model_serializer(mode="wrap")
    def _spread(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        return parse_object(self.data) if info.context == OCPP else handler(self)
