"""EVerest's interfaces of a station of any version, as `bridge.ports.OcppInterface` promises them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bridge.ports import VariableListener
from bridge.types.command import SetAvailability
from bridge.types.ocpp.base import from_everest
from bridge.types.ocpp.change_availability import (
    ChangeAvailabilityRequest,
    ChangeAvailabilityResponse,
    ChangeAvailabilityStatusEnumType,
    OperationalStatusEnumType,
)
from bridge.types.ocpp.component_variable import ComponentVariable
from bridge.types.ocpp.data_transfer import DataTransferRequest, DataTransferResponse, DataTransferStatus
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.status_info import StatusInfoType
from bridge.types.ocpp.translate.data_transfer import answer_from, data_transfer
from bridge.types.ocpp.translate.setting_places import Aspect
from bridge.types.ocpp.variable_access import (
    GetVariableRequest,
    GetVariableResult,
    SetVariableRequest,
    SetVariableResult,
)
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import CommandStatus
from bridge.uplink.device_model.settings_table import key_at, view_of
from bridge.uplink.device_model.variable import Place
from bridge.uplink.dialect import Wording
from bridge.uplink.monitoring.watch import named
from bridge.uplink.obeyed.variables import read_variables, write_variables
from bridge.uplink.published import Published, Schedules, Variables
from bridge.uplink.uplink import Uplink

VARIABLES: Final = (
    "ocpp_transaction_event",
    "ocpp_transaction_event_response",
    "charging_schedules",
    "is_connected",
    "security_event",
    "event_data",
    "boot_notification_response",
)
ORIGIN: Final = "everest"
"""who wishes a command of this interface, as the store keeps it"""
_OFFLINE: Final = DataTransferResponse(status=DataTransferStatus.OFFLINE)
_ONLY_CONNECTOR = 1
_INFO_AT_MOST = 512


class GenericOcpp:
    """One station's commands and variables, whatever version it speaks at the moment."""

    def __init__(self, uplink: Uplink, published: Published) -> None:
        self._uplink = uplink
        self._station = uplink.station
        self._variables = Variables(published, VARIABLES, {"charging_schedules": _as_list, "event_data": self._event})
        self.charger = self._station.charger.charger
        self.csms = self._station.options.name

    # --- commands ------------------------------------------------------------------------------------------------

    async def stop(self) -> bool:
        """Close the connection and tell nothing until `restart`. Raises StoreError."""
        return await self._uplink.stop()

    async def restart(self) -> bool:
        """Connect and boot again after `stop`. Raises StoreError."""
        return await self._uplink.restart()

    async def security_event(self, event: SecurityEvent) -> None:
        """Journal a security event. Raises StoreError."""
        await self._station.security_event(event)

    async def get_variables(self, requests: Sequence[GetVariableRequest]) -> Sequence[GetVariableResult]:
        """Read variables, or settings by their names."""
        return read_variables(self._station, requests)

    async def set_variables(self, requests: Sequence[SetVariableRequest], source: str) -> Sequence[SetVariableResult]:
        """Set custom settings; standard ones belong to the central system [spec: seed 003]. Raises StoreError."""
        return await write_variables(self._station, requests, source=source)

    async def change_availability(self, request: ChangeAvailabilityRequest) -> ChangeAvailabilityResponse:
        """Take the charger or a connector out of service or back.

        This is a wish of the house, so it does not matter whether the central system may command. Raises StoreError.
        """
        station, evse = self._station, request.evse
        if evse is not None and evse.id not in station.connectors:
            return _rejected("UnknownEvse", f"there is no EVSE {evse.id}")
        if evse is not None and evse.connector_id not in (None, _ONLY_CONNECTOR):
            return _rejected("UnknownConnectorId", f"EVSE {evse.id} has one connector, {_ONLY_CONNECTOR}")
        commander = station.house.commander
        if SetAvailability.ability not in commander.abilities(self.charger):
            return _rejected("UnsupportedRequest", "the charger cannot do it")
        command = SetAvailability(
            connector_id=0 if evse is None else evse.id,
            operative=request.operational_status is OperationalStatusEnumType.OPERATIVE,
        )
        outcome = await commander.execute(self.charger, command, ORIGIN)
        if outcome.status is CommandStatus.DONE:
            return ChangeAvailabilityResponse(status=ChangeAvailabilityStatusEnumType.ACCEPTED)
        return _rejected("Unspecified", outcome.detail or f"the charger left it {outcome.status}")

    async def monitor_variables(self, component_variables: Sequence[ComponentVariable]) -> None:
        """Publish changes of these from now on, too; where 1.6 is spoken the name of a setting is enough."""
        self._station.watch.publish_changes_of(self._placed(asked) for asked in component_variables)

    async def data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:
        """Send a vendor's message and wait for the answer."""
        payload = data_transfer(request, self._station.version).payload
        answer = None if payload is None else await self._uplink.ask(Wording("DataTransfer", payload))
        if answer is None:
            return _OFFLINE
        try:
            return answer_from(answer).model
        except PayloadError:
            return DataTransferResponse(status=DataTransferStatus.REJECTED)

    # --- variables -----------------------------------------------------------------------------------------------

    def variables(self) -> Mapping[str, object]:
        """Return the present values."""
        return self._variables.now()

    def subscribe(self, listener: VariableListener) -> Callable[[], None]:
        """Call `listener` on every change; return what ends that."""
        return self._variables.subscribe(listener)

    # --- settings of 1.6 as variables ----------------------------------------------------------------------------

    def _placed(self, asked: ComponentVariable) -> ComponentVariable:
        """Return where the device model has what was asked."""
        station = self._station
        if station.version is OcppVersion.V16:
            name = asked.variable.name.casefold()
            for key in station.configuration.keys:
                if key.name.casefold() == name and view_of(key).aspect is Aspect.VALUE:
                    return named(view_of(key).place)
        return asked

    def _event(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an event as the version has it: for 1.6 a setting goes by its name."""
        station = self._station
        if station.version is not OcppVersion.V16:
            return event
        key = key_at(_place(event["component_variable"]), station.configuration)
        if key is None or key not in station.configuration.keys:
            return event
        component = {"name": event["component_variable"]["component"]["name"]}
        return {**event, "component_variable": {"component": component, "variable": {"name": key.name}}}


def _place(told: object) -> Place:
    known = from_everest(ComponentVariable, told)
    evse = known.component.evse
    return Place(
        component=known.component.name,
        component_instance=known.component.instance,
        evse_id=None if evse is None else evse.id,
        connector_id=None if evse is None else evse.connector_id,
        variable=known.variable.name,
        variable_instance=known.variable.instance,
    )


def _as_list(schedules: Schedules) -> dict[str, object]:
    """Return EVerest's ChargingSchedules; evse 0 is the whole station."""
    return {"schedules": list(schedules)}


def _rejected(reason_code: str, info: str) -> ChangeAvailabilityResponse:
    return ChangeAvailabilityResponse(
        status=ChangeAvailabilityStatusEnumType.REJECTED,
        status_info=StatusInfoType(reason_code=reason_code, additional_info=info[:_INFO_AT_MOST]),
    )
