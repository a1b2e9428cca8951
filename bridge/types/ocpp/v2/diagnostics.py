"""The messages of OCPP 2.x that ask for logs, and for what a station knows of a customer.

A location may hold a password: it is never shown. Nor is who the customer is.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from bridge.types.ocpp.base import Moment, OcppWord, Whole
from bridge.types.ocpp.id_token import IdToken
from bridge.types.ocpp.provisioning.extensible import Extensible


class LogType(OcppWord):
    """Which log [spec: OCPP 2.1; 2.0.1 has all but the one marked]."""

    DIAGNOSTICS_LOG = "DiagnosticsLog"
    SECURITY_LOG = "SecurityLog"
    DATA_COLLECTOR_LOG = "DataCollectorLog"
    """2.1 only"""


class LogParameters(Extensible):
    """Where a log goes, and what of it [spec: OCPP 2.x]."""

    remote_location: Annotated[str, Field(max_length=2000, repr=False)]
    """URL of the folder that takes it; at most 512 characters in 2.0.1"""
    oldest_timestamp: Moment | None = None
    latest_timestamp: Moment | None = None


class GetLogRequest(Extensible):
    """Upload a log [spec: OCPP 2.x]."""

    log_type: LogType
    request_id: Whole
    log: LogParameters
    retries: Whole | None = None
    retry_interval: Whole | None = None
    """seconds"""


class CustomerInformationRequest(Extensible):
    """Tell or forget what is known of one customer, who is named in one of three ways [spec: OCPP 2.x]."""

    request_id: Whole
    report: bool
    clear: bool
    id_token: Annotated[IdToken | None, Field(repr=False)] = None
    customer_identifier: Annotated[str | None, Field(max_length=64, repr=False)] = None
    customer_certificate: Annotated[dict[str, Any] | None, Field(repr=False)] = None
    """hashes of his certificate, which are compared with nothing here"""


class CustomerInformationStatus(OcppWord):
    """Whether it is done [spec: OCPP 2.x]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    INVALID = "Invalid"
    """no customer, or more than one, is named"""


class NotifyCustomerInformationRequest(Extensible):
    """One part of what is known [spec: OCPP 2.x]."""

    data: Annotated[str, Field(max_length=512)]
    seq_no: Whole
    """from 0 on"""
    generated_at: Moment
    request_id: Whole
    tbc: bool = False
    """whether more follows"""
