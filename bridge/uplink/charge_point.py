"""EVerest's interface of a station of OCPP 1.6, as `bridge.ports.ChargePointInterface` promises it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bridge.ports import SetAside, VariableListener
from bridge.types.ocpp.configuration import ConfigurationStatus, GetConfigurationResponse
from bridge.types.ocpp.data_transfer import DataTransferRequest, DataTransferResponse
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.uplink.generic import GenericOcpp
from bridge.uplink.published import Published, Schedules, Variables
from bridge.uplink.uplink import Uplink

SCHEDULES_EVERY_S: Final = 30.0
VARIABLES: Final = ("charging_schedules", "is_connected", "configuration_key", "security_event")


class ChargePoint:
    """One station's commands and variables; what is not 1.6's own is the generic interface's."""

    def __init__(self, uplink: Uplink) -> None:
        self._station = uplink.station
        self._published = Published(uplink)
        self._variables = Variables(self._published, VARIABLES, {"charging_schedules": _by_connector})
        self.charger = self._station.charger.charger
        self.csms = self._station.options.name
        self.generic = GenericOcpp(uplink, self._published)

    async def run(self) -> None:
        """Publish the charging schedules every 30 s, until cancelled."""
        while True:
            await self._station.house.clock.sleep(SCHEDULES_EVERY_S)
            self._published.tell_schedules()

    # --- commands ------------------------------------------------------------------------------------------------

    async def stop(self) -> bool:
        """Close the connection and tell nothing until `restart`. Raises StoreError."""
        return await self.generic.stop()

    async def restart(self) -> bool:
        """Connect and boot again after `stop`. Raises StoreError."""
        return await self.generic.restart()

    async def data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:
        """Send a vendor's message and wait for the answer."""
        return await self.generic.data_transfer(request)

    async def get_configuration_key(self, keys: Sequence[str]) -> GetConfigurationResponse:
        """Return these settings, all of them for an empty list."""
        return self._station.configuration.get(keys)

    async def set_custom_configuration_key(self, key: str, value: str) -> ConfigurationStatus:
        """Set a custom key. Raises StoreError."""
        judgement = self._station.configuration.judge_custom(key, value)
        await self._station.keep_setting(judgement)
        return self._station.configuration.apply_custom(key, value).status

    async def monitor_configuration_keys(self, keys: Sequence[str]) -> None:
        """Publish changes of these keys from now on, too."""
        self._station.monitored |= {key.casefold() for key in keys}

    async def security_event(self, event: SecurityEvent) -> None:
        """Journal a security event. Raises StoreError."""
        await self.generic.security_event(event)

    # --- variables -----------------------------------------------------------------------------------------------

    def variables(self) -> Mapping[str, object]:
        """Return the present values."""
        return self._variables.now()

    def subscribe(self, listener: VariableListener) -> Callable[[], None]:
        """Call `listener` on every change; return what ends that."""
        return self._variables.subscribe(listener)

    # --- dead letters --------------------------------------------------------------------------------------------

    async def dead_letters(self) -> list[SetAside]:
        """Return what the central system refused for good. Raises StoreError."""
        name = self._station.outbox.station
        return await self._station.house.desk.run(lambda store: store.set_aside(name))

    async def replay(self, number: int) -> bool:
        """Tell a dead letter again. Raises StoreError."""
        outbox = self._station.outbox
        done = await self._station.house.desk.run(lambda store: outbox.replay(store, number))
        if done:
            self._station.following.wake()
            self._station.has_work.set()
            await self._station.count()
        return done


def _by_connector(schedules: Schedules) -> dict[str, object]:
    """Return a schedule for each connector by its number, and for "0" the whole station."""
    return {str(schedule["evse"]): schedule for schedule in schedules}
