"""What the answers of several messages share: a status word and why it was given."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import OcppWord
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible


class StatusInfo(Extensible):
    """Why a status was given [spec]."""

    reason_code: Annotated[str, Field(max_length=20)]
    """a short word out of OCPP's list or a vendor's, read without regard to upper and lower case"""
    additional_info: Annotated[str | None, Field(max_length=1024), Sent(max_length=512)] = None
    """free text for people"""


class GenericDeviceModelStatus(OcppWord):
    """Answer of a station that was asked for a report [spec]."""

    ACCEPTED = "Accepted"
    """the report follows in NotifyReport"""
    REJECTED = "Rejected"
    """no report is made"""
    NOT_SUPPORTED = "NotSupported"
    """the station does not know this kind of report"""
    EMPTY_RESULT_SET = "EmptyResultSet"
    """nothing fits what was asked for; no NotifyReport follows"""
