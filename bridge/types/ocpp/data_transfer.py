"""Messages of vendors, carried by OCPP and not understood by it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import OcppType, OcppWord
from bridge.types.ocpp.custom_data import CustomData


class DataTransferStatus(OcppWord):
    """What became of a transfer [spec: seed 004]."""

    ACCEPTED = "Accepted"
    """understood and done"""
    REJECTED = "Rejected"
    """understood and refused"""
    UNKNOWN_MESSAGE_ID = "UnknownMessageId"
    UNKNOWN_VENDOR_ID = "UnknownVendorId"
    OFFLINE = "Offline"
    """never sent, for there is no connection; EVerest's word, on no wire"""


class DataTransferRequest(OcppType):
    """A message of a vendor [spec: seed 004]."""

    vendor_id: Annotated[str, Field(max_length=255)]
    message_id: Annotated[str, Field(max_length=50)] | None = None
    data: str | None = None
    """plain text, or JSON as text"""
    custom_data: CustomData | None = None
    """OCPP 2.x only"""


class DataTransferResponse(OcppType):
    """The answer to a message of a vendor [spec: seed 004]."""

    status: DataTransferStatus
    data: str | None = None
    """plain text, or JSON as text"""
    custom_data: CustomData | None = None
    """OCPP 2.x only"""
