"""Taking a station, an EVSE or a connector out of service and back."""

from __future__ import annotations

from bridge.types.ocpp.base import OcppType, OcppWord
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.status_info import StatusInfoType


class OperationalStatusEnumType(OcppWord):
    """In service or not [spec: seed 004]."""

    INOPERATIVE = "Inoperative"
    OPERATIVE = "Operative"


class ChangeAvailabilityRequest(OcppType):
    """The wish to change it [spec: seed 004]."""

    operational_status: OperationalStatusEnumType
    evse: EVSE | None = None
    """the whole station when absent"""


class ChangeAvailabilityStatusEnumType(OcppWord):
    """What becomes of the wish [spec: seed 004]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    SCHEDULED = "Scheduled"
    """as soon as the running transaction has ended"""


class ChangeAvailabilityResponse(OcppType):
    """The answer to the wish [spec: seed 004]."""

    status: ChangeAvailabilityStatusEnumType
    status_info: StatusInfoType | None = None
