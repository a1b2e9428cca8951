"""An interface of EVerest by name: commands with JSON arguments and results, and variables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bridge.errors import Blame, BridgeError
from bridge.ports import ChargePointInterface, OcppInterface
from bridge.types.ocpp.base import OcppType, from_everest, to_everest
from bridge.types.ocpp.payload_error import PayloadError

COMMAND_LIMIT_S: Final = 60.0
"""for one command; a station ends a transfer that is not answered sooner by itself"""
MANY_AT_MOST: Final = 1000
"""things that one command may name"""

Side = ChargePointInterface | OcppInterface
"""a station as one of the interfaces sees it"""


class CommandTimeoutError(BridgeError):
    """A command did not come to an end."""

    blame = Blame.SERVER
    waiting_helps = True


class NoArguments(OcppType):
    """A command that takes none."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of an interface."""

    arguments: type[OcppType]
    call: Callable[[Any, Any], Awaitable[object]]
    """takes the station's side that the interface speaks with, and checked arguments"""


@dataclass(frozen=True, slots=True)
class Interface:
    """What a module of EVerest provides under one name."""

    implementation: str
    """the name: of an implementation in topics, and in addresses"""
    side: Callable[[ChargePointInterface], Side]
    """finds what speaks this interface at a station"""
    commands: Mapping[str, Command]
    states: tuple[str, ...] = ()
    """variables that always have a value"""
    events: tuple[str, ...] = ()
    """variables of which each value tells that something happened"""

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables."""
        return self.states + self.events


async def run_command(
    interface: Interface,
    station: ChargePointInterface,
    name: str,
    arguments: object,
    *,
    limit_s: float = COMMAND_LIMIT_S,
) -> object:
    """Run a command of the interface with its arguments as JSON and return its result as JSON, None where it has none.

    Raises PayloadError for arguments that are not the command's, CommandTimeoutError, and what the station raises.
    """
    command = interface.commands[name]
    try:
        given = from_everest(command.arguments, arguments)
    except PayloadError as error:
        raise PayloadError(name, error.problems) from None
    try:
        async with asyncio.timeout(limit_s):
            result = await command.call(interface.side(station), given)
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
    if isinstance(result, list | tuple):
        return [_as_json(one) for one in result]
    return result.value if isinstance(result, StrEnum) else result
