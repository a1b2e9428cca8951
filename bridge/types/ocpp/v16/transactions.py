"""The messages of OCPP 1.6 that tell of transactions and meters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many, Moment, OcppType, OcppWord, Whole
from bridge.types.ocpp.v16.smart_charging import ConnectorId

IdTag = Annotated[str, Field(max_length=20)]
"""Compared without regard to case [spec: CiString20]."""


class ValueFormat(OcppWord):
    """How a value is written [spec: OCPP 1.6]."""

    RAW = "Raw"
    """a decimal number"""
    SIGNED_DATA = "SignedData"
    """what the meter signed, opaque"""


class SampledValue(OcppType):
    """One value [spec: OCPP 1.6]; the words are checked where it is translated."""

    value: str
    context: str | None = None
    """Sample.Periodic when absent"""
    format: ValueFormat | None = None
    """Raw when absent"""
    measurand: str | None = None
    """Energy.Active.Import.Register when absent"""
    phase: str | None = None
    location: str | None = None
    """Outlet when absent"""
    unit: str | None = None
    """Wh when absent and the measurand is an energy"""


class MeterValue(OcppType):
    """Values of one moment [spec: OCPP 1.6]."""

    timestamp: Moment
    sampled_value: Annotated[Many[SampledValue], Field(min_length=1)]


class StartTransactionRequest(OcppType):
    """A transaction has started [spec: OCPP 1.6 StartTransaction.req]."""

    connector_id: Annotated[Whole, Field(ge=1)]
    id_tag: IdTag
    meter_start: Whole
    """Wh"""
    timestamp: Moment
    reservation_id: Whole | None = None


class StopTransactionRequest(OcppType):
    """A transaction has ended [spec: OCPP 1.6 StopTransaction.req]."""

    transaction_id: Whole
    timestamp: Moment
    meter_stop: Whole
    """Wh"""
    id_tag: IdTag | None = None
    """who stopped it, where a tag did"""
    reason: str | None = None
    """Local when absent"""
    transaction_data: Many[MeterValue] | None = None


class MeterValuesRequest(OcppType):
    """What the meter showed [spec: OCPP 1.6 MeterValues.req]."""

    connector_id: ConnectorId
    transaction_id: Whole | None = None
    meter_value: Annotated[Many[MeterValue], Field(min_length=1)]
