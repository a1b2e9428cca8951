"""SetVariables, CSMS → station: new values of variables, answered at once and one by one."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, Field

from bridge.types.ocpp.base import Many
from bridge.types.ocpp.component_variable import AttributeEnum
from bridge.types.ocpp.provisioning.component import Component, Variable
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible
from bridge.types.ocpp.provisioning.status_info import StatusInfo
from bridge.types.ocpp.variable_access import SetVariableStatusEnumType

SetVariableStatus = SetVariableStatusEnumType
"""What became of setting one variable: the words of both seeds are the same."""


class SetVariableData(Extensible):
    """One value that is to be set [spec]."""

    attribute_value: Annotated[str, Field(max_length=2500, repr=False), Sent(max_length=1000)]
    """empty clears the variable; not shown, for it may be a password (`SecurityCtrlr.BasicAuthPassword`)"""
    component: Component
    variable: Variable
    attribute_type: AttributeEnum | None = None
    """None means Actual"""


class SetVariableResult(Extensible):
    """Whether one value was set [spec]."""

    attribute_status: SetVariableStatus
    component: Component
    variable: Variable
    attribute_type: AttributeEnum | None = None
    """None means Actual"""
    attribute_status_info: Annotated[
        StatusInfo | None,
        Field(
            validation_alias=AliasChoices("attributeStatusInfo", "statusInfo"),
            serialization_alias="attributeStatusInfo",
        ),
    ] = None
    """a station built on ocpp-go calls it `statusInfo`"""


class SetVariablesRequest(Extensible):
    """Ask for values to be set [spec]."""

    set_variable_data: Annotated[Many[SetVariableData], Field(min_length=1)]


class SetVariablesResponse(Extensible):
    """What became of each value [spec]."""

    set_variable_result: Annotated[Many[SetVariableResult], Field(min_length=1)]
