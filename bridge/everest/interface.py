"""EVerest's interface `ocpp_1_6_charge_point` by name: commands with JSON arguments and results, and variables.

The union of its shapes [doc: seed 003; EVerest's interfaces/ocpp_1_6_charge_point.yaml as of 2026.02]: the key that
one edition sets with `set_custom_configuration_key` the next one sets with `set_configuration_key`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import Field

from bridge.errors import Blame, BridgeError
from bridge.ports import ChargePointInterface
from bridge.types.ocpp.base import Many, OcppType, from_everest, to_everest
from bridge.types.ocpp.configuration import ConfigurationKey
from bridge.types.ocpp.data_transfer import DataTransferRequest
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.security_event import SecurityEvent

IMPLEMENTATION: Final = "ocpp_1_6_charge_point"
STATES: Final = ("charging_schedules", "is_connected")
"""variables that always have a value"""
EVENTS: Final = ("configuration_key", "security_event")
"""variables of which each value tells that something happened"""
VARIABLES: Final = STATES + EVENTS
COMMAND_LIMIT_S: Final = 60.0
"""for one command; a station ends a transfer that is not answered sooner by itself"""
_KEYS_AT_MOST = 1000


class CommandTimeoutError(BridgeError):
    """A command did not come to an end."""

    blame = Blame.SERVER
    waiting_helps = True


class NoArguments(OcppType):
    """A command that takes none."""


class DataTransferArguments(OcppType):
    """A vendor's message; EVerest gives all three."""

    vendor_id: Annotated[str, Field(max_length=255)]
    message_id: Annotated[str, Field(max_length=50)] | None = None
    data: str | None = None


class KeysArguments(OcppType):
    """Names of settings."""

    keys: Annotated[Many[ConfigurationKey], Field(max_length=_KEYS_AT_MOST)]


class SettingArguments(OcppType):
    """One setting [spec: seed 003; OCPP 1.6 ChangeConfiguration]."""

    key: ConfigurationKey
    value: Annotated[str, Field(max_length=500)]


class SecurityEventArguments(OcppType):
    """A security event that happens now."""

    type: Annotated[str, Field(max_length=50)]
    info: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the interface."""

    arguments: type[OcppType]
    call: Callable[[ChargePointInterface, Any], Awaitable[object]]
    """takes the station and checked arguments"""


async def _transfer(station: ChargePointInterface, given: DataTransferArguments) -> object:
    request = DataTransferRequest(vendor_id=given.vendor_id, message_id=given.message_id, data=given.data)
    return await station.data_transfer(request)


async def _tell_security_event(station: ChargePointInterface, given: SecurityEventArguments) -> None:
    await station.security_event(SecurityEvent(type=given.type, info=given.info))


_SET = Command(SettingArguments, lambda station, given: station.set_custom_configuration_key(given.key, given.value))

COMMANDS: Final[Mapping[str, Command]] = MappingProxyType(
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
)


async def run_command(
    station: ChargePointInterface, name: str, arguments: object, *, limit_s: float = COMMAND_LIMIT_S
) -> object:
    """Run a command of `COMMANDS` with its arguments as JSON and return its result as JSON, None where it has none.

    Raises PayloadError for arguments that are not the command's, CommandTimeoutError, and what the station raises.
    """
    command = COMMANDS[name]
    try:
        given = from_everest(command.arguments, arguments)
    except PayloadError as error:
        raise PayloadError(name, error.problems) from None
    try:
        async with asyncio.timeout(limit_s):
            result = await command.call(station, given)
    except TimeoutError:
        raise CommandTimeoutError(
            f"{station.charger} at {station.csms}",
            f"{name} did not come to an end within {limit_s:g} s",
            todo="Look at the state of the station, and try again",
            meanwhile="Whether it was done is not known",
        ) from None
    return _as_json(result)


def _as_json(result: object) -> object:
    if isinstance(result, OcppType):
        return to_everest(result)
    return result.value if isinstance(result, StrEnum) else result
