"""The provisioning messages by their action: who sends the request, and the types of request and response."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from bridge.types.ocpp.base import OcppType
from bridge.types.ocpp.provisioning.boot_notification import BootNotificationRequest, BootNotificationResponse
from bridge.types.ocpp.provisioning.get_base_report import GetBaseReportRequest, GetBaseReportResponse
from bridge.types.ocpp.provisioning.get_report import GetReportRequest, GetReportResponse
from bridge.types.ocpp.provisioning.get_variables import GetVariablesRequest, GetVariablesResponse
from bridge.types.ocpp.provisioning.notify_report import NotifyReportRequest, NotifyReportResponse
from bridge.types.ocpp.provisioning.reset import ResetRequest, ResetResponse
from bridge.types.ocpp.provisioning.set_network_profile import SetNetworkProfileRequest, SetNetworkProfileResponse
from bridge.types.ocpp.provisioning.set_variables import SetVariablesRequest, SetVariablesResponse

PROFILE_NAME: Final = "provisioning"

BOOT_NOTIFICATION: Final = "BootNotification"
GET_BASE_REPORT: Final = "GetBaseReport"
GET_REPORT: Final = "GetReport"
GET_VARIABLES: Final = "GetVariables"
NOTIFY_REPORT: Final = "NotifyReport"
RESET: Final = "Reset"
SET_NETWORK_PROFILE: Final = "SetNetworkProfile"
SET_VARIABLES: Final = "SetVariables"


class Role(StrEnum):
    """An end of an OCPP connection."""

    CHARGING_STATION = "charging station"
    CSMS = "CSMS"


class Feature(NamedTuple):
    """One message: its action, who answers it, and its two types."""

    name: str
    answered_by: Role
    request: type[OcppType]
    response: type[OcppType]


PROFILE: Final = (
    Feature(BOOT_NOTIFICATION, Role.CSMS, BootNotificationRequest, BootNotificationResponse),
    Feature(GET_BASE_REPORT, Role.CHARGING_STATION, GetBaseReportRequest, GetBaseReportResponse),
    Feature(GET_REPORT, Role.CHARGING_STATION, GetReportRequest, GetReportResponse),
    Feature(GET_VARIABLES, Role.CHARGING_STATION, GetVariablesRequest, GetVariablesResponse),
    Feature(NOTIFY_REPORT, Role.CSMS, NotifyReportRequest, NotifyReportResponse),
    Feature(RESET, Role.CHARGING_STATION, ResetRequest, ResetResponse),
    Feature(SET_NETWORK_PROFILE, Role.CHARGING_STATION, SetNetworkProfileRequest, SetNetworkProfileResponse),
    Feature(SET_VARIABLES, Role.CHARGING_STATION, SetVariablesRequest, SetVariablesResponse),
)
"""The whole block, one entry for each action."""
