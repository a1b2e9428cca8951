"""GetVariables, CSMS → station: the values of variables, answered at once and one by one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many
from bridge.types.ocpp.component_variable import AttributeEnum
from bridge.types.ocpp.provisioning.component import Component, Variable
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible
from bridge.types.ocpp.provisioning.status_info import StatusInfo
from bridge.types.ocpp.variable_access import GetVariableStatusEnumType

GetVariableStatus = GetVariableStatusEnumType
"""What became of reading one variable: the words of both seeds are the same."""


class GetVariableData(Extensible):
    """One value that is asked for [spec]."""

    component: Component
    variable: Variable
    attribute_type: AttributeEnum | None = None
    """None means Actual"""


class GetVariableResult(Extensible):
    """One value, or why there is none [spec]."""

    attribute_status: GetVariableStatus
    component: Component
    variable: Variable
    attribute_type: AttributeEnum | None = None
    """None means Actual"""
    attribute_value: Annotated[str | None, Field(max_length=2500), Sent(max_length=1000)] = None
    """only when Accepted"""
    attribute_status_info: StatusInfo | None = None


class GetVariablesRequest(Extensible):
    """Ask for values [spec]."""

    get_variable_data: Annotated[Many[GetVariableData], Field(min_length=1)]


class GetVariablesResponse(Extensible):
    """The values, one for each that was asked for [spec]."""

    get_variable_result: Annotated[Many[GetVariableResult], Field(min_length=1)]
