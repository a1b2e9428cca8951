"""A station that does nothing but remember what was asked of it, by each of EVerest's interfaces."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from bridge.ports import SetAside, VariableListener
from bridge.types.ocpp.change_availability import (
    ChangeAvailabilityRequest,
    ChangeAvailabilityResponse,
    ChangeAvailabilityStatusEnumType,
)
from bridge.types.ocpp.component_variable import ComponentVariable
from bridge.types.ocpp.configuration import ConfigurationStatus, GetConfigurationResponse, KeyValue
from bridge.types.ocpp.data_transfer import DataTransferRequest, DataTransferResponse, DataTransferStatus
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.variable_access import (
    GetVariableRequest,
    GetVariableResult,
    GetVariableStatusEnumType,
    SetVariableRequest,
    SetVariableResult,
    SetVariableStatusEnumType,
)


class FakeStation:
    """A `bridge.ports.ChargePointInterface` with one custom setting, `colour`."""

    def __init__(self, charger: str = "garage", csms: str = "employer") -> None:
        self.charger = charger
        self.csms = csms
        self.asked: list[object] = []
        """what was asked of it, in order"""
        self.settings = {"colour": "green"}
        self.stopped = False
        self.letters: list[SetAside] = []
        self.replayed: list[int] = []
        self.failure: Exception | None = None
        """raised by every command"""
        self.hold: asyncio.Event | None = None
        """what a transfer waits for"""
        self.listeners: list[VariableListener] = []
        self.values: dict[str, object] = {"is_connected": True, "charging_schedules": {}}
        self.generic = FakeGeneric(self)

    async def stop(self) -> bool:
        """Stop; False the second time."""
        self.note("stop")
        before, self.stopped = self.stopped, True
        return not before

    async def restart(self) -> bool:
        """Start again; False when it runs."""
        self.note("restart")
        before, self.stopped = self.stopped, False
        return before

    async def data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:
        """Answer with what was sent."""
        self.note(request)
        if self.hold is not None:
            await self.hold.wait()
        return DataTransferResponse(status=DataTransferStatus.ACCEPTED, data=request.data)

    async def get_configuration_key(self, keys: Sequence[str]) -> GetConfigurationResponse:
        """Return the settings asked for."""
        self.note(("get", tuple(keys)))
        known = {name: value for name, value in self.settings.items() if not keys or name in keys}
        return GetConfigurationResponse(
            configuration_keys=tuple(KeyValue(key=k, read_only=False, value=v) for k, v in known.items()),
            unknown_keys=tuple(key for key in keys if key not in known),
        )

    async def set_custom_configuration_key(self, key: str, value: str) -> ConfigurationStatus:
        """Set the one custom setting."""
        self.note(("set", key, value))
        if key not in self.settings:
            return ConfigurationStatus.REJECTED
        self.settings[key] = value
        return ConfigurationStatus.ACCEPTED

    async def monitor_configuration_keys(self, keys: Sequence[str]) -> None:
        """Remember what is to be watched."""
        self.note(("monitor", tuple(keys)))

    async def security_event(self, event: SecurityEvent) -> None:
        """Remember an event."""
        self.note(event)

    def variables(self) -> Mapping[str, object]:
        """Return the present values."""
        return dict(self.values)

    def subscribe(self, listener: VariableListener) -> Callable[[], None]:
        """Tell every change to `listener`."""
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    async def dead_letters(self) -> list[SetAside]:
        """Return the letters that were not told again."""
        self.note("dead_letters")
        return list(self.letters)

    async def replay(self, number: int) -> bool:
        """Tell a letter again: it is gone."""
        self.note(("replay", number))
        before = len(self.letters)
        self.letters = [letter for letter in self.letters if letter.number != number]
        return len(self.letters) < before

    def change(self, name: str, value: object) -> None:
        """Change a variable, as a station does by itself."""
        self.values[name] = value
        for listener in list(self.listeners):
            listener(name, value)

    def note(self, what: object) -> None:
        """Remember what was asked, and fail if told to."""
        self.asked.append(what)
        if self.failure is not None:
            raise self.failure


class FakeGeneric:
    """A `bridge.ports.OcppInterface` of the same station: what both interfaces have is asked of that."""

    def __init__(self, station: FakeStation) -> None:
        self._station = station
        self.charger = station.charger
        self.csms = station.csms
        self.stop = station.stop
        self.restart = station.restart
        self.security_event = station.security_event
        self.data_transfer = station.data_transfer
        self.listeners: list[VariableListener] = []
        self.values: dict[str, object] = {"is_connected": True, "charging_schedules": {"schedules": []}}

    async def get_variables(self, requests: Sequence[GetVariableRequest]) -> Sequence[GetVariableResult]:
        """Return the settings by the names of the variables."""
        self._station.note(("get", *requests))
        return [self._read(request) for request in requests]

    def _read(self, request: GetVariableRequest) -> GetVariableResult:
        value = self._station.settings.get(request.component_variable.variable.name)
        status = GetVariableStatusEnumType
        return GetVariableResult(
            status=status.UNKNOWN_VARIABLE if value is None else status.ACCEPTED,
            value=value,
            component_variable=request.component_variable,
        )

    async def set_variables(self, requests: Sequence[SetVariableRequest], source: str) -> Sequence[SetVariableResult]:
        """Set the one custom setting."""
        self._station.note(("set", source, *requests))
        return [await self._write(request) for request in requests]

    async def _write(self, request: SetVariableRequest) -> SetVariableResult:
        status = await self._station.set_custom_configuration_key(
            request.component_variable.variable.name, request.value
        )
        return SetVariableResult(
            status=SetVariableStatusEnumType(status.value), component_variable=request.component_variable
        )

    async def change_availability(self, request: ChangeAvailabilityRequest) -> ChangeAvailabilityResponse:
        """Accept it."""
        self._station.note(request)
        return ChangeAvailabilityResponse(status=ChangeAvailabilityStatusEnumType.ACCEPTED)

    async def monitor_variables(self, component_variables: Sequence[ComponentVariable]) -> None:
        """Remember what is to be watched."""
        self._station.note(("monitor", *component_variables))

    def variables(self) -> Mapping[str, object]:
        """Return the present values."""
        return dict(self.values)

    def subscribe(self, listener: VariableListener) -> Callable[[], None]:
        """Tell every change to `listener`."""
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def change(self, name: str, value: object) -> None:
        """Change a variable, as a station does by itself."""
        self.values[name] = value
        for listener in list(self.listeners):
            listener(name, value)


def letter(
    number: int,
    action: str = "StartTransaction",
    reason: str = "PropertyConstraintViolation",
    at: datetime = datetime(2026, 6, 18, 12, tzinfo=UTC),
) -> SetAside:
    """Return a dead letter as a station keeps it: the message as it was sent, and whose it is."""
    payload = f'{{"message":[2,"m-{number}","{action}",{{"meterStart":{number}}}],"session_id":"9","started_us":1}}'
    return SetAside(number, "garage/employer", at, reason, payload)
