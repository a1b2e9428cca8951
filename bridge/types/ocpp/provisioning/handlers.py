"""Who answers the provisioning messages: a charging station its CSMS's, a CSMS its stations'.

A handler returns its answer soon: a report is made after the answer, in NotifyReport, and a new start begins after it.
What a handler cannot answer it raises; the OCPP-J layer turns that into a CALLERROR.
"""

from __future__ import annotations

from typing import Protocol

from bridge.types.ocpp.provisioning.boot_notification import BootNotificationRequest, BootNotificationResponse
from bridge.types.ocpp.provisioning.get_base_report import GetBaseReportRequest, GetBaseReportResponse
from bridge.types.ocpp.provisioning.get_report import GetReportRequest, GetReportResponse
from bridge.types.ocpp.provisioning.get_variables import GetVariablesRequest, GetVariablesResponse
from bridge.types.ocpp.provisioning.notify_report import NotifyReportRequest, NotifyReportResponse
from bridge.types.ocpp.provisioning.reset import ResetRequest, ResetResponse
from bridge.types.ocpp.provisioning.set_network_profile import SetNetworkProfileRequest, SetNetworkProfileResponse
from bridge.types.ocpp.provisioning.set_variables import SetVariablesRequest, SetVariablesResponse


class ChargingStationHandler(Protocol):
    """What a charging station answers."""

    async def on_get_base_report(self, request: GetBaseReportRequest) -> GetBaseReportResponse:
        """Say whether a ready-made report will come; it comes afterwards, in NotifyReport."""
        ...

    async def on_get_report(self, request: GetReportRequest) -> GetReportResponse:
        """Say whether a report of chosen variables will come; it comes afterwards, in NotifyReport."""
        ...

    async def on_get_variables(self, request: GetVariablesRequest) -> GetVariablesResponse:
        """Return a result for each value that is asked for, in the same order."""
        ...

    async def on_reset(self, request: ResetRequest) -> ResetResponse:
        """Say whether the station will start again; it does so after the answer has gone out."""
        ...

    async def on_set_network_profile(self, request: SetNetworkProfileRequest) -> SetNetworkProfileResponse:
        """Keep a network profile in its slot; the connection in use stays."""
        ...

    async def on_set_variables(self, request: SetVariablesRequest) -> SetVariablesResponse:
        """Set each value and return a result for each, in the same order."""
        ...


class CSMSHandler(Protocol):
    """What a CSMS answers; `charging_station_id` is the station's identity, the last part of its WebSocket URL."""

    async def on_boot_notification(
        self, charging_station_id: str, request: BootNotificationRequest
    ) -> BootNotificationResponse:
        """Say whether the station may go on, what time it is, and how often it is to be heard."""
        ...

    async def on_notify_report(self, charging_station_id: str, request: NotifyReportRequest) -> NotifyReportResponse:
        """Take one part of a report."""
        ...
