"""Reading and setting variables of the device model."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bridge.types.ocpp.base import OcppWord
from bridge.types.ocpp.component_variable import AttributeEnum, OfComponentVariable

READ_AT_MOST = 2500
"""characters of a value that is read [spec: OCPP 2.0.1]"""
SET_AT_MOST = 1000
"""characters of a value that is set [spec: OCPP 2.0.1; 2500 in 2.1]"""


class GetVariableStatusEnumType(OcppWord):
    """What became of a reading [spec: seed 004]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    """there, and not to be read"""
    UNKNOWN_COMPONENT = "UnknownComponent"
    UNKNOWN_VARIABLE = "UnknownVariable"
    """the component has no such variable"""
    NOT_SUPPORTED_ATTRIBUTE_TYPE = "NotSupportedAttributeType"
    """the variable has no such value, as a Target"""


class SetVariableStatusEnumType(OcppWord):
    """What became of a setting [spec: seed 004]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    UNKNOWN_COMPONENT = "UnknownComponent"
    UNKNOWN_VARIABLE = "UnknownVariable"
    """the component has no such variable"""
    NOT_SUPPORTED_ATTRIBUTE_TYPE = "NotSupportedAttributeType"
    """the variable has no such value, as a Target"""
    REBOOT_REQUIRED = "RebootRequired"
    """taken, and in effect after a reboot"""


class GetVariableRequest(OfComponentVariable):
    """The wish to read a variable, or a configuration key of OCPP 1.6 [spec: seed 004]."""

    attribute_type: AttributeEnum | None = None
    """Actual when absent"""


class GetVariableResult(OfComponentVariable):
    """A variable read, or why not [spec: seed 004]."""

    status: GetVariableStatusEnumType = Field(alias="attributeStatus")
    attribute_type: AttributeEnum | None = None
    """Actual when absent"""
    value: Annotated[str, Field(max_length=READ_AT_MOST)] | None = Field(default=None, alias="attributeValue")
    """always there when Accepted; then it may be the empty text"""

    @model_validator(mode="after")
    def _value_when_accepted(self) -> Self:
        if self.status is GetVariableStatusEnumType.ACCEPTED and self.value is None:
            raise ValueError("an Accepted result holds a value")
        return self


class SetVariableRequest(OfComponentVariable):
    """The wish to set a variable, or a configuration key of OCPP 1.6 [spec: seed 004]."""

    value: Annotated[str, Field(max_length=READ_AT_MOST)] = Field(alias="attributeValue")
    """at most 1000 characters on the wire of OCPP 2.0.1, 500 on that of 1.6"""
    attribute_type: AttributeEnum | None = None
    """Actual when absent"""


class SetVariableResult(OfComponentVariable):
    """A variable set, or why not [spec: seed 004]."""

    status: SetVariableStatusEnumType = Field(alias="attributeStatus")
    attribute_type: AttributeEnum | None = None
    """Actual when absent"""
