"""EVerest's interface `ocpp_1_6_charge_point`.

The union of its shapes [doc: seed 003; EVerest's interfaces/ocpp_1_6_charge_point.yaml as of 2026.02]: the key that
one edition sets with `set_custom_configuration_key` the next one sets with `set_configuration_key`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field

from bridge.everest.interface import MANY_AT_MOST, Command, Interface, NoArguments
from bridge.ports import ChargePointInterface
from bridge.types.ocpp.base import Many, OcppType
from bridge.types.ocpp.configuration import ConfigurationKey
from bridge.types.ocpp.data_transfer import DataTransferRequest
from bridge.types.ocpp.security_event import SecurityEvent


class DataTransferArguments(OcppType):
    """A vendor's message; EVerest gives all three."""

    vendor_id: Annotated[str, Field(max_length=255)]
    message_id: Annotated[str, Field(max_length=50)] | None = None
    data: str | None = None


class KeysArguments(OcppType):
    """Names of settings."""

    keys: Annotated[Many[ConfigurationKey], Field(max_length=MANY_AT_MOST)]


class SettingArguments(OcppType):
    """One setting [spec: seed 003; OCPP 1.6 ChangeConfiguration]."""

    key: ConfigurationKey
    value: Annotated[str, Field(max_length=500)]


class SecurityEventArguments(OcppType):
    """A security event that happens now."""

    type: Annotated[str, Field(max_length=50)]
    info: str | None = None


async def _transfer(station: ChargePointInterface, given: DataTransferArguments) -> object:
    request = DataTransferRequest(vendor_id=given.vendor_id, message_id=given.message_id, data=given.data)
    return await station.data_transfer(request)


async def _tell_security_event(station: ChargePointInterface, given: SecurityEventArguments) -> None:
    await station.security_event(SecurityEvent(type=given.type, info=given.info))


_SET = Command(SettingArguments, lambda station, given: station.set_custom_configuration_key(given.key, given.value))

CHARGE_POINT: Final = Interface(
    "ocpp_1_6_charge_point",
    lambda station: station,
    MappingProxyType(
        {
            "stop": Command(NoArguments, lambda station, _: station.stop()),
            "restart": Command(NoArguments, lambda station, _: station.restart()),
            "data_transfer": Command(DataTransferArguments, _transfer),
            "get_configuration_key": Command(
                KeysArguments, lambda station, given: station.get_configuration_key(given.keys)
            ),
            "set_custom_configuration_key": _SET,
            "set_configuration_key": _SET,
            "monitor_configuration_keys": Command(
                KeysArguments, lambda station, given: station.monitor_configuration_keys(given.keys)
            ),
            "security_event": Command(SecurityEventArguments, _tell_security_event),
        }
    ),
    states=("charging_schedules", "is_connected"),
    events=("configuration_key", "security_event"),
)
