"""EVerest's interface of one station, as `bridge.ports.ChargePointInterface` promises it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from bridge.ports import SetAside, VariableListener
from bridge.types.ocpp.base import to_everest
from bridge.types.ocpp.charging_schedule import ChargingSchedule
from bridge.types.ocpp.configuration import ConfigurationStatus, GetConfigurationResponse
from bridge.types.ocpp.data_transfer import DataTransferRequest, DataTransferResponse, DataTransferStatus
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.translate.data_transfer import answer_from, data_transfer
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.dialect import Wording
from bridge.uplink.uplink import Uplink

_LOG = logging.getLogger(__name__)

SCHEDULES_AHEAD_S = 600
"""of `charging_schedules` [doc: EVerest]"""
SCHEDULES_EVERY_S = 30.0
_OFFLINE = DataTransferResponse(status=DataTransferStatus.OFFLINE)


class ChargePoint:
    """One station's commands and variables."""

    def __init__(self, uplink: Uplink) -> None:
        self._uplink = uplink
        self._station = uplink.station
        self._version = OcppVersion(uplink.station.options.version)
        self.charger = self._station.charger.charger
        self.csms = self._station.options.name
        self._listeners: list[VariableListener] = []
        self._last: dict[str, object] = {}
        self._station.published = self._publish

    async def run(self) -> None:
        """Publish the charging schedules every 30 s, until cancelled."""
        while True:
            await self._station.house.clock.sleep(SCHEDULES_EVERY_S)
            self._publish("charging_schedules", None)

    # --- commands ------------------------------------------------------------------------------------------------

    async def stop(self) -> bool:
        """Close the connection and tell nothing until `restart`. Raises StoreError."""
        return await self._uplink.stop()

    async def restart(self) -> bool:
        """Connect and boot again after `stop`. Raises StoreError."""
        return await self._uplink.restart()

    async def data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:
        """Send a vendor's message and wait for the answer."""
        payload = data_transfer(request, self._version).payload
        answer = None if payload is None else await self._uplink.ask(Wording("DataTransfer", payload))
        if answer is None:
            return _OFFLINE
        try:
            return answer_from(answer).model
        except PayloadError:
            return DataTransferResponse(status=DataTransferStatus.REJECTED)

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
        await self._station.security_event(event)

    # --- variables -----------------------------------------------------------------------------------------------

    def variables(self) -> Mapping[str, object]:
        """Return the present values."""
        return self._last | {
            "is_connected": self._uplink.is_connected,
            "charging_schedules": self._schedules(),
        }

    def subscribe(self, listener: VariableListener) -> Callable[[], None]:
        """Call `listener` on every change; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def _publish(self, name: str, value: object) -> None:
        if name == "charging_schedules":
            if not self._listeners:
                return  # they are made out of all profiles, and `variables` makes them anew
            value = self._schedules()
        self._last[name] = value
        for listener in list(self._listeners):
            try:
                listener(name, value)
            except Exception:  # noqa: BLE001 -- a defect of one who listens must not end the station
                _LOG.exception("%s: %s could not be published; please report this", self._station.name, name)

    def _schedules(self) -> dict[str, object]:
        """Return a schedule for each connector, and for 0 the whole station; none before the charger was heard."""
        station = self._station
        if not station.has_begun:
            return {}
        numbers = (0, *station.connectors)
        return {str(number): to_everest(self._schedule(number)) for number in numbers}

    def _schedule(self, connector_id: int) -> ChargingSchedule:
        return self._station.limits.composite(connector_id, SCHEDULES_AHEAD_S)

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
