"""GetBaseReport, CSMS → station: one of three ready-made reports; it follows in NotifyReport."""

from __future__ import annotations

from bridge.types.ocpp.base import OcppWord, Whole
from bridge.types.ocpp.provisioning.extensible import Extensible
from bridge.types.ocpp.provisioning.status_info import GenericDeviceModelStatus, StatusInfo


class ReportBaseType(OcppWord):
    """A ready-made report [spec]."""

    CONFIGURATION_INVENTORY = "ConfigurationInventory"
    """every variable that the CSMS may write"""
    FULL_INVENTORY = "FullInventory"
    """every variable there is"""
    SUMMARY_INVENTORY = "SummaryInventory"
    """what tells whether the station is available and what is wrong with it"""


class GetBaseReportRequest(Extensible):
    """Ask for a ready-made report [spec]."""

    request_id: Whole
    """comes back in each NotifyReport"""
    report_base: ReportBaseType


class GetBaseReportResponse(Extensible):
    """Whether the report will come [spec]."""

    status: GenericDeviceModelStatus
    status_info: StatusInfo | None = None
