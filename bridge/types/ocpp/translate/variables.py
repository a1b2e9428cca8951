"""Variables and their events ↔ GetVariables, SetVariables and NotifyEvent of OCPP 2.x; for 1.6 see `configuration`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many, Moment, OcppType, Whole
from bridge.types.ocpp.event_data import EventData
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.said import Drop, Said
from bridge.types.ocpp.variable_access import (
    GetVariableRequest,
    GetVariableResult,
    SetVariableRequest,
    SetVariableResult,
)
from bridge.types.ocpp.version import OcppVersion


class GetVariables(OcppType):
    """GetVariables.req [spec: OCPP 2.x]."""

    get_variable_data: Annotated[Many[GetVariableRequest], Field(min_length=1)]


class GetVariablesAnswer(OcppType):
    """GetVariables.conf [spec: OCPP 2.x]."""

    get_variable_result: Annotated[Many[GetVariableResult], Field(min_length=1)]


class SetVariables(OcppType):
    """SetVariables.req [spec: OCPP 2.x]."""

    set_variable_data: Annotated[Many[SetVariableRequest], Field(min_length=1)]


class SetVariablesAnswer(OcppType):
    """SetVariables.conf [spec: OCPP 2.x]."""

    set_variable_result: Annotated[Many[SetVariableResult], Field(min_length=1)]


class NotifyEvent(OcppType):
    """NotifyEvent.req [spec: OCPP 2.x]."""

    generated_at: Moment
    seq_no: Annotated[Whole, Field(ge=0)]
    """from 0 within a report"""
    tbc: bool | None = None
    """more of the report follows; false when absent"""
    event_data: Annotated[Many[EventData], Field(min_length=1)]


VariableMessage = GetVariables | GetVariablesAnswer | SetVariables | SetVariablesAnswer | NotifyEvent


def variable_message(message: VariableMessage, version: OcppVersion) -> Said:
    """Return the payload of 2.x; OCPP 1.6 has none of these messages."""
    if version is OcppVersion.V16:
        return Said(None, (Drop("", f"OCPP 1.6 has no {type(message).__name__}"),))
    return say(message, version)
