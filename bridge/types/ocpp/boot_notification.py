"""What a CSMS answers to a station that has booted."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Moment, OcppType, OcppWord, Whole
from bridge.types.ocpp.status_info import StatusInfoType


class RegistrationStatus(OcppWord):
    """Whether the CSMS knows the station [spec: seed 004]."""

    ACCEPTED = "Accepted"
    PENDING = "Pending"
    """not yet: the CSMS may configure it before"""
    REJECTED = "Rejected"
    """be silent until the interval is over"""


class BootNotificationResponse(OcppType):
    """The answer to a BootNotification [spec: seed 004]."""

    status: RegistrationStatus
    current_time: Moment
    """the CSMS's clock"""
    interval: Annotated[Whole, Field(ge=0)]
    """seconds: between heartbeats when Accepted, else the least wait before the next BootNotification; at 0 the station
    chooses"""
    status_info: StatusInfoType | None = None
    """OCPP 2.x only"""
