"""A small station and a small CSMS that answer each other in JSON, through the two handler protocols."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.types.ocpp.base import OcppType, from_ocpp
from bridge.types.ocpp.boot_notification import RegistrationStatus
from bridge.types.ocpp.provisioning import features
from bridge.types.ocpp.provisioning.boot_notification import (
    BootNotificationRequest,
    BootNotificationResponse,
    BootReason,
    ChargingStationType,
)
from bridge.types.ocpp.provisioning.component import Component, Variable
from bridge.types.ocpp.provisioning.edition import EDITIONS, Edition
from bridge.types.ocpp.provisioning.features import PROFILE, Role
from bridge.types.ocpp.provisioning.get_base_report import (
    GetBaseReportRequest,
    GetBaseReportResponse,
    ReportBaseType,
)
from bridge.types.ocpp.provisioning.get_report import ComponentCriterion, GetReportRequest, GetReportResponse
from bridge.types.ocpp.provisioning.get_variables import (
    GetVariableData,
    GetVariableResult,
    GetVariablesRequest,
    GetVariablesResponse,
    GetVariableStatus,
)
from bridge.types.ocpp.provisioning.handlers import ChargingStationHandler, CSMSHandler
from bridge.types.ocpp.provisioning.notify_report import (
    Mutability,
    NotifyReportRequest,
    NotifyReportResponse,
    ReportData,
    VariableAttribute,
)
from bridge.types.ocpp.provisioning.reset import ResetRequest, ResetResponse, ResetStatus, ResetType
from bridge.types.ocpp.provisioning.sending import to_peer
from bridge.types.ocpp.provisioning.set_network_profile import (
    NetworkConnectionProfile,
    OCPPInterface,
    OCPPTransport,
    OCPPVersion,
    SetNetworkProfileRequest,
    SetNetworkProfileResponse,
    SetNetworkProfileStatus,
)
from bridge.types.ocpp.provisioning.set_variables import (
    SetVariableData,
    SetVariableResult,
    SetVariablesRequest,
    SetVariablesResponse,
    SetVariableStatus,
)
from bridge.types.ocpp.provisioning.status_info import GenericDeviceModelStatus
from tests.types.ocpp.oca_schemas import validator

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
OCPP_COMM = Component(name="OCPPCommCtrlr")
HEARTBEAT = Variable(name="HeartbeatInterval")


class SmallStation:
    """A station with one variable and one slot for a network profile."""

    def __init__(self) -> None:
        self.heartbeat_interval = "300"
        self.profiles: dict[int, NetworkConnectionProfile] = {}

    async def on_get_base_report(self, request: GetBaseReportRequest) -> GetBaseReportResponse:
        """Know the full inventory only."""
        known = request.report_base is ReportBaseType.FULL_INVENTORY
        status = GenericDeviceModelStatus.ACCEPTED if known else GenericDeviceModelStatus.NOT_SUPPORTED
        return GetBaseReportResponse(status=status)

    async def on_get_report(self, request: GetReportRequest) -> GetReportResponse:
        """Have no problems to report."""
        if request.component_criteria == (ComponentCriterion.PROBLEM,):
            return GetReportResponse(status=GenericDeviceModelStatus.EMPTY_RESULT_SET)
        return GetReportResponse(status=GenericDeviceModelStatus.ACCEPTED)

    async def on_get_variables(self, request: GetVariablesRequest) -> GetVariablesResponse:
        """Read each value."""
        return GetVariablesResponse(get_variable_result=tuple(self._read(one) for one in request.get_variable_data))

    def _read(self, asked: GetVariableData) -> GetVariableResult:
        if (asked.component, asked.variable) != (OCPP_COMM, HEARTBEAT):
            status, value = GetVariableStatus.UNKNOWN_COMPONENT, None
        else:
            status, value = GetVariableStatus.ACCEPTED, self.heartbeat_interval
        return GetVariableResult(
            attribute_status=status, component=asked.component, variable=asked.variable, attribute_value=value
        )

    async def on_reset(self, request: ResetRequest) -> ResetResponse:
        """Wait until idle or refuse."""
        return ResetResponse(
            status=ResetStatus.SCHEDULED if request.type is ResetType.ON_IDLE else ResetStatus.REJECTED
        )

    async def on_set_network_profile(self, request: SetNetworkProfileRequest) -> SetNetworkProfileResponse:
        """Keep the profile."""
        self.profiles[request.configuration_slot] = request.connection_data
        return SetNetworkProfileResponse(status=SetNetworkProfileStatus.ACCEPTED)

    async def on_set_variables(self, request: SetVariablesRequest) -> SetVariablesResponse:
        """Set each value."""
        return SetVariablesResponse(set_variable_result=tuple(self._write(one) for one in request.set_variable_data))

    def _write(self, asked: SetVariableData) -> SetVariableResult:
        status = SetVariableStatus.UNKNOWN_COMPONENT
        if (asked.component, asked.variable) == (OCPP_COMM, HEARTBEAT):
            self.heartbeat_interval, status = asked.attribute_value, SetVariableStatus.REBOOT_REQUIRED
        return SetVariableResult(attribute_status=status, component=asked.component, variable=asked.variable)

    def report(self, request_id: int) -> NotifyReportRequest:
        """Return the whole report in one part."""
        attribute = VariableAttribute(value=self.heartbeat_interval, mutability=Mutability.READ_WRITE)
        data = ReportData(component=OCPP_COMM, variable=HEARTBEAT, variable_attribute=(attribute,))
        return NotifyReportRequest(request_id=request_id, generated_at=NOW, seq_no=0, report_data=(data,))


class SmallCSMS:
    """A CSMS that knows one station and keeps its reports."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, NotifyReportRequest]] = []

    async def on_boot_notification(
        self, charging_station_id: str, request: BootNotificationRequest
    ) -> BootNotificationResponse:
        """Take the one station that is known."""
        known = charging_station_id == "station-1" and request.charging_station.vendor_name == "Etrel"
        status = RegistrationStatus.ACCEPTED if known else RegistrationStatus.REJECTED
        return BootNotificationResponse(current_time=NOW, interval=300, status=status)

    async def on_notify_report(self, charging_station_id: str, request: NotifyReportRequest) -> NotifyReportResponse:
        """Keep the report."""
        self.reports.append((charging_station_id, request))
        return NotifyReportResponse()


async def station_answer(station: ChargingStationHandler, request: OcppType) -> OcppType:
    """Hand a request to the method of a station that is meant for it."""
    match request:
        case GetBaseReportRequest():
            return await station.on_get_base_report(request)
        case GetReportRequest():
            return await station.on_get_report(request)
        case GetVariablesRequest():
            return await station.on_get_variables(request)
        case ResetRequest():
            return await station.on_reset(request)
        case SetNetworkProfileRequest():
            return await station.on_set_network_profile(request)
        case SetVariablesRequest():
            return await station.on_set_variables(request)
    raise AssertionError(f"a station answers no {type(request).__name__}")


async def csms_answer(csms: CSMSHandler, request: OcppType) -> OcppType:
    """Hand a request to the method of a CSMS that is meant for it."""
    match request:
        case BootNotificationRequest():
            return await csms.on_boot_notification("station-1", request)
        case NotifyReportRequest():
            return await csms.on_notify_report("station-1", request)
    raise AssertionError(f"a CSMS answers no {type(request).__name__}")


class Wire:
    """A station and a CSMS with nothing but JSON text between them, each message held against the OCA's schema."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.station = SmallStation()
        self.csms = SmallCSMS()

    def call(self, action: str, request: OcppType) -> OcppType:
        """Send a request to whoever answers this action and return the answer as the sender takes it."""
        feature = next(feature for feature in PROFILE if feature.name == action)
        heard = from_ocpp(feature.request, self._carried(request))
        if feature.answered_by is Role.CSMS:
            answer = asyncio.run(csms_answer(self.csms, heard))
        else:
            answer = asyncio.run(station_answer(self.station, heard))
        return from_ocpp(feature.response, self._carried(answer))

    def _carried(self, message: OcppType) -> Any:
        payload = json.loads(json.dumps(to_peer(message, self.edition)))
        validator(self.edition, type(message).__name__).validate(payload)
        return payload


@pytest.fixture(params=EDITIONS)
def wire(request: pytest.FixtureRequest) -> Wire:
    """Return a fresh pair for each edition."""
    return Wire(request.param)


def test_a_station_boots(wire: Wire) -> None:
    """The CSMS takes the station it knows and tells the time and the interval; a stranger is rejected."""
    for vendor, status in (("Etrel", RegistrationStatus.ACCEPTED), ("Other", RegistrationStatus.REJECTED)):
        boot = BootNotificationRequest(
            reason=BootReason.POWER_UP, charging_station=ChargingStationType(model="inch", vendor_name=vendor)
        )
        answer = wire.call(features.BOOT_NOTIFICATION, boot)
        assert answer == BootNotificationResponse(current_time=NOW, interval=300, status=status)


def test_a_variable_is_set_and_read(wire: Wire) -> None:
    """What was set is read back, and an unknown component gets its own status in the same answer."""
    asked = SetVariableData(attribute_value="60", component=OCPP_COMM, variable=HEARTBEAT)
    stranger = SetVariableData(attribute_value="1", component=Component(name="Toaster"), variable=HEARTBEAT)
    answer = wire.call(features.SET_VARIABLES, SetVariablesRequest(set_variable_data=(asked, stranger)))
    assert isinstance(answer, SetVariablesResponse)
    assert [result.attribute_status for result in answer.set_variable_result] == [
        SetVariableStatus.REBOOT_REQUIRED,
        SetVariableStatus.UNKNOWN_COMPONENT,
    ]
    read = GetVariableData(component=OCPP_COMM, variable=HEARTBEAT)
    values = wire.call(features.GET_VARIABLES, GetVariablesRequest(get_variable_data=(read,)))
    assert isinstance(values, GetVariablesResponse)
    assert values.get_variable_result[0].attribute_value == "60"


def test_a_report_follows_its_request(wire: Wire) -> None:
    """A report is first accepted and then sent, and the CSMS gets it with the id that it asked with."""
    ask = GetBaseReportRequest(request_id=7, report_base=ReportBaseType.FULL_INVENTORY)
    accepted = wire.call(features.GET_BASE_REPORT, ask)
    assert accepted == GetBaseReportResponse(status=GenericDeviceModelStatus.ACCEPTED)
    report = wire.station.report(ask.request_id)
    assert wire.call(features.NOTIFY_REPORT, report) == NotifyReportResponse()
    assert wire.csms.reports == [("station-1", report)]


def test_a_report_that_would_be_empty_is_told_so(wire: Wire) -> None:
    """A report of problems from a station without any is answered EmptyResultSet."""
    ask = GetReportRequest(request_id=8, component_criteria=(ComponentCriterion.PROBLEM,))
    assert wire.call(features.GET_REPORT, ask) == GetReportResponse(status=GenericDeviceModelStatus.EMPTY_RESULT_SET)


def test_a_reset_waits_until_idle(wire: Wire) -> None:
    """A reset on idle is scheduled."""
    assert wire.call(features.RESET, ResetRequest(type=ResetType.ON_IDLE)) == ResetResponse(
        status=ResetStatus.SCHEDULED
    )


def test_a_network_profile_is_kept(wire: Wire) -> None:
    """The station keeps in the slot exactly the profile that the CSMS sent."""
    profile = NetworkConnectionProfile(
        ocpp_version=OCPPVersion.OCPP20,
        ocpp_transport=OCPPTransport.JSON,
        ocpp_csms_url="wss://csms.example/ocpp",
        message_timeout=30,
        security_profile=2,
        ocpp_interface=OCPPInterface.WIRED0,
    )
    answer = wire.call(
        features.SET_NETWORK_PROFILE, SetNetworkProfileRequest(configuration_slot=1, connection_data=profile)
    )
    assert answer == SetNetworkProfileResponse(status=SetNetworkProfileStatus.ACCEPTED)
    assert wire.station.profiles == {1: profile}
