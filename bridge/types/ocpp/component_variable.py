"""The device model of OCPP 2.x: components, their variables, and what a variable has."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
    model_validator,
)

from bridge.types.ocpp.base import OCPP, OcppType, OcppWord
from bridge.types.ocpp.evse import EVSE

_NAMING = ("component", "variable")

Identifier = Annotated[str, Field(max_length=50)]
"""A name in the device model; compared without regard to case [spec]."""


class Variable(OcppType):
    """A variable; for OCPP 1.6 only `name`, which is the configuration key [spec: seed 004]."""

    name: Identifier
    instance: Identifier | None = None
    """where there are several of that name"""


class Component(OcppType):
    """A part of the station, physical or logical; OCPP 1.6 knows none [spec: seed 004]."""

    name: Identifier
    instance: Identifier | None = None
    """where there are several of that name"""
    evse: EVSE | None = None
    """where the part belongs to an EVSE or a connector"""


class ComponentVariable(OcppType):
    """A variable of a component [spec: seed 004]."""

    component: Component
    """for OCPP 1.6 without meaning, whatever it is"""
    variable: Variable


class OfComponentVariable(OcppType):
    """Base of what is said of one variable: in OCPP's JSON `component` and `variable` stand beside the rest."""

    unseen_in_ocpp: ClassVar[frozenset[str]] = frozenset({"componentVariable"})

    component_variable: ComponentVariable

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, value: Any, info: ValidationInfo) -> Any:
        if info.context != OCPP or not isinstance(value, dict):
            return value
        rest = {key: part for key, part in value.items() if key not in _NAMING}
        return {**rest, "componentVariable": {key: value[key] for key in _NAMING if key in value}}

    @model_serializer(mode="wrap")
    def _spread(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        said: dict[str, Any] = handler(self)
        if info.context != OCPP:
            return said
        naming = said.pop("componentVariable")
        return {**said, **naming}


class AttributeEnum(OcppWord):
    """Which value of a variable [spec: seed 004]."""

    ACTUAL = "Actual"
    """what it is; meant when nothing is said"""
    TARGET = "Target"
    """what it is to become"""
    MIN_SET = "MinSet"
    """the least it may be set to"""
    MAX_SET = "MaxSet"
    """the most it may be set to"""
