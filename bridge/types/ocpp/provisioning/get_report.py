"""GetReport, CSMS → station: a report of chosen components and variables; it follows in NotifyReport."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many, OcppWord, Whole
from bridge.types.ocpp.provisioning.component import ComponentVariable
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible
from bridge.types.ocpp.provisioning.status_info import GenericDeviceModelStatus, StatusInfo


class ComponentCriterion(OcppWord):
    """Which components are meant, by their variable of the same name [spec]."""

    ACTIVE = "Active"
    """in use now"""
    AVAILABLE = "Available"
    """there"""
    ENABLED = "Enabled"
    """switched on"""
    PROBLEM = "Problem"
    """reporting a fault"""


class GetReportRequest(Extensible):
    """Ask for a report of what fits one of the criteria and is in the list, each where given [spec]."""

    request_id: Annotated[Whole | None, Sent(ge=0, required=True)] = None
    """comes back in each NotifyReport; None from a CSMS on ocpp-go, which may leave it out against the standard"""
    component_criteria: Annotated[Many[ComponentCriterion], Field(min_length=1, max_length=4)] | None = None
    component_variable: Annotated[Many[ComponentVariable], Field(min_length=1)] | None = None


class GetReportResponse(Extensible):
    """Whether the report will come [spec]."""

    status: GenericDeviceModelStatus
    status_info: StatusInfo | None = None
