"""NotifyReport, station → CSMS: the parts of a report that was asked for with GetBaseReport or GetReport."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many, Moment, OcppWord, Whole
from bridge.types.ocpp.component_variable import AttributeEnum
from bridge.types.ocpp.provisioning.component import Component, Variable
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible


class Mutability(OcppWord):
    """Whether a CSMS may read and set an attribute [spec]."""

    READ_ONLY = "ReadOnly"
    WRITE_ONLY = "WriteOnly"
    """such as a password"""
    READ_WRITE = "ReadWrite"


class DataType(OcppWord):
    """How the text of a value is to be read [spec]."""

    STRING = "string"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    """RFC 3339"""
    BOOLEAN = "boolean"
    """true or false"""
    OPTION_LIST = "OptionList"
    """one of the values list"""
    SEQUENCE_LIST = "SequenceList"
    """some of the values list; their order counts"""
    MEMBER_LIST = "MemberList"
    """some of the values list; their order does not count"""


class VariableAttribute(Extensible):
    """One value of a variable and what may be done with it [spec]."""

    type: AttributeEnum | None = None
    """None means Actual"""
    value: Annotated[str | None, Field(max_length=2500)] = None
    """left out when the attribute is WriteOnly, and before it was ever set"""
    mutability: Mutability | None = None
    """None means ReadWrite"""
    persistent: bool | None = None
    """kept when the power goes; None means not"""
    constant: bool | None = None
    """never changed by the station while it runs; None means it may be"""


class VariableCharacteristics(Extensible):
    """What a variable is; it never changes [spec]."""

    data_type: DataType
    supports_monitoring: bool
    """whether a CSMS may have itself told of changes"""
    unit: Annotated[str | None, Field(max_length=16)] = None
    """of the value, such as `s` or `Wh`"""
    min_limit: float | None = None
    """lowest value, in `unit`"""
    max_limit: float | None = None
    """highest value, in `unit`; for a text or a list how many characters it may have"""
    values_list: Annotated[str | None, Field(max_length=1000)] = None
    """the values of an OptionList, SequenceList or MemberList, parted by commas"""
    max_elements: Annotated[Whole | None, Field(ge=1), Sent(only_21=True)] = None
    """how many values a list may hold"""


class ReportData(Extensible):
    """A variable with its attributes, of which there are four kinds [spec]."""

    component: Component
    variable: Variable
    variable_attribute: Annotated[Many[VariableAttribute], Field(min_length=1, max_length=4)]
    variable_characteristics: VariableCharacteristics | None = None


class NotifyReportRequest(Extensible):
    """One part of a report [spec]."""

    request_id: Annotated[Whole, Sent(ge=0)]
    """of the message that asked for the report"""
    generated_at: Moment
    """when the station made this part"""
    seq_no: Annotated[Whole, Sent(ge=0)]
    """counts the parts from 0"""
    tbc: bool | None = None
    """to be continued: another part follows; None means this is the last"""
    report_data: Annotated[Many[ReportData], Field(min_length=1)] | None = None


class NotifyReportResponse(Extensible):
    """The part has come [spec]."""
