"""Base of all OCPP-style types: closed, frozen, strict; JSON in EVerest's snake_case and in OCPP's camelCase.

Rules for a field:
- Text is `str`, a switch is `bool`, a number with a fraction is `float`, a whole number is `Whole` (OCPP's integer has
  32 bits [spec]). Nothing is coerced: "1", 1.0 and true are no `Whole`.
- A moment is `Moment`; a list is `Many[Item]` with `Field(min_length=..., max_length=...)`; an enum derives from
  `OcppWord`; an enum from elsewhere is wrapped as `Annotated[ThatEnum, Strict(False)]`.
- What may be absent is `... | None = None`. None means absent; an explicit null is taken as absent and never sent.
- The OCPP name comes from `ocpp_name`; where the standard has it otherwise, the field says `alias="..."`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Generic, Literal, NamedTuple, TypeVar, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    Strict,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.payload_error import from_validation, path_of, visible

T = TypeVar("T")
Model = TypeVar("Model", bound="OcppType")

Form = Literal["everest", "ocpp"]
EVEREST: Final[Form] = "everest"
OCPP: Final[Form] = "ocpp"

_KEPT_WORDS = frozenset({"L2", "L3"})
_ODD_NAMES = {"limit_at_soc": "limitAtSoC"}
_RFC_3339 = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def ocpp_name(name: str) -> str:
    """Return OCPP's spelling of a field: `start_period` → `startPeriod`, `discharge_limit_L2` → `dischargeLimit_L2`."""
    if name in _ODD_NAMES:
        return _ODD_NAMES[name]
    first, *rest = name.split("_")
    return first + "".join(f"_{word}" if word in _KEPT_WORDS else word[:1].upper() + word[1:] for word in rest)


def parse_rfc3339(value: object) -> datetime:
    """Turn an RFC 3339 timestamp with a zone, or an aware datetime, into UTC; digits beyond the microsecond are cut.

    ValueError for anything else: a number, a date alone, a time without a zone.
    """
    if isinstance(value, str):
        match = _RFC_3339.fullmatch(value)
        if match is None:
            raise ValueError("a timestamp looks like 2026-01-31T12:00:00Z, with its zone")
        day, time, fraction, zone = match.groups()
        value = datetime.fromisoformat(f"{day}T{time}.{(fraction or '0')[:6]:0<6}{zone.upper()}")
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise ValueError("a timestamp is text such as 2026-01-31T12:00:00Z, with its zone")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("a timestamp lies between the years 1 and 9999 in UTC") from None


Moment = Annotated[
    datetime,
    BeforeValidator(parse_rfc3339),
    PlainSerializer(to_rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant, written in RFC 3339 with a zone, held aware in UTC, written back with `Z`."""

Whole = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""OCPP's integer: 32 bits with a sign [spec]."""

Many = Annotated[tuple[T, ...], Strict(strict=False)]
"""A list, held as a tuple."""


class OcppWord(StrEnum):
    """An enum of OCPP words; in a model the exact word is taken, upper and lower case included."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Take the bare word too: the models are strict, and JSON knows no enums."""
        return cast("CoreSchema", {**handler(source), "strict": False})


class OcppType(BaseModel):
    """Base of the types; build one with its Python names, or with `from_everest` and `from_ocpp` out of JSON."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        alias_generator=ocpp_name,
        populate_by_name=True,
        hide_input_in_errors=True,
    )
    unseen_in_ocpp: ClassVar[frozenset[str]] = frozenset()
    """levels of this type that OCPP's JSON does not have: paths of errors leave them out"""


def to_everest(model: OcppType) -> dict[str, Any]:
    """Return the JSON object in EVerest's spelling (snake_case); what is None is left out."""
    return model.model_dump(mode="json", by_alias=False, exclude_none=True, context=EVEREST)


def from_everest(cls: type[Model], obj: object) -> Model:
    """Validate a JSON object in EVerest's spelling; PayloadError names the field by its snake_case path."""
    try:
        return cls.model_validate(obj, by_alias=False, by_name=True, context=EVEREST)
    except ValidationError as error:
        raise from_validation(cls.__name__, error) from None


def to_ocpp(model: OcppType) -> dict[str, Any]:
    """Return the JSON object in OCPP's spelling (camelCase); what is None is left out."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True, context=OCPP)


def from_ocpp(cls: type[Model], obj: object) -> Model:
    """Validate a JSON object in OCPP's spelling; PayloadError names the field by its camelCase path."""
    try:
        return cls.model_validate(obj, by_alias=True, by_name=False, context=OCPP)
    except ValidationError as error:
        raise from_validation(cls.__name__, error, cls.unseen_in_ocpp) from None


class Taken(NamedTuple, Generic[Model]):
    """What was made of a payload that is not quite what its type says."""

    model: Model
    ignored: tuple[str, ...] = ()
    """paths of the fields that the type does not know"""
    corrected: tuple[str, ...] = ()
    """sentences on what was taken otherwise than it stood there"""


def take_ocpp(cls: type[Model], obj: object) -> Taken[Model]:
    """Validate as `from_ocpp` does, but set unknown fields aside and name them: one of them must not kill a message.

    Central systems add fields of their own [seen]; to refuse the answer to a boot for that would mean never to boot.
    """
    try:
        return Taken(cls.model_validate(obj, by_alias=True, by_name=False, context=OCPP))
    except ValidationError as error:
        details = error.errors(include_url=False)
        unknown = [visible(d["loc"], cls.unseen_in_ocpp) for d in details if d["type"] == "extra_forbidden"]
        if not unknown:
            raise from_validation(cls.__name__, error, cls.unseen_in_ocpp) from None
    for location in unknown:
        obj = _without(obj, location)
    return Taken(from_ocpp(cls, obj), tuple(path_of(location) for location in unknown))


def _without(obj: Any, location: tuple[str | int, ...]) -> Any:
    """Return a copy of JSON without the field at this location; what is not on the way is shared."""
    first, *rest = location
    if isinstance(obj, dict):
        if not rest:
            return {key: value for key, value in obj.items() if key != first}
        return {key: _without(value, tuple(rest)) if key == first else value for key, value in obj.items()}
    return [_without(item, tuple(rest)) if place == first else item for place, item in enumerate(obj)]
