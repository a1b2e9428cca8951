"""What may be wished of a connector by name: the plug, the card, the web page, and mishaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.etrel.simulation.cards import CARDS, find_card
from adapters.etrel.simulation.connector import Connector
from adapters.etrel.simulation.curve import STEP_W, steady_car
from adapters.etrel.simulation.visits import STOP_WEB
from adapters.etrel.simulation.world import World
from adapters.simulation.wishes import Given, WishError, number

DRIVEN_CAR_W = 10_688.0
DRIVEN_CAR_WH = 30_000.0
_STRONGEST_CAR_W = 22_080.0
_LARGEST_CAR_WH = 1_000_000.0

STOP_REASONS = frozenset({
    "LocalStopUserLogout", "RemoteStopByBackend", "EmergencyStopByUser", "EnergyLimitReached",
    "FaultOccuredSystemInternalFault", "FaultOccuredContactorTripped", "ImmediateResetReceivedFromBackend",
    "LocalUserOutOfCredit", "LocalReboot", "PowerLoss", "PowerQualityBad", "SOCLimitReached", "TimeLimitReached",
    "UnlockCommand", "Other", "RemotelyStopedThroughWebInterface",
    "PowerManagementStoppedChargingSinceVehicleFull", "LocalStopUserDisconnectedCableFromCharger",
    "LocalStopUserDisconnectedCableFromVehicle", "OvercurrentDetected",
})  # fmt: skip
"""the whole list of the charger's own page"""


def _plug_in(connector: Connector, at: int, given: Given) -> None:
    power_w = number(given, "power_w", DRIVEN_CAR_W, STEP_W, _STRONGEST_CAR_W)
    energy_wh = number(given, "energy_wh", DRIVEN_CAR_WH, 1.0, _LARGEST_CAR_WH)
    connector.plug_in(at, steady_car(power_w, energy_wh))


def _swipe(connector: Connector, at: int, given: Given) -> None:
    connector.swipe(at, find_card(given.get("id_token") or CARDS[0].code))


def _start(connector: Connector, at: int, given: Given) -> None:
    token = given.get("id_token")
    connector.start(at, find_card(token) if token else None)


def _stop(connector: Connector, at: int, given: Given) -> None:
    reason = given.get("reason") or STOP_WEB
    if reason not in STOP_REASONS:
        raise WishError(f"{reason!r} is no stop reason of this charger")
    connector.stop(at, reason)


_WISHES: Mapping[str, Callable[[Connector, int, Given], None]] = {
    "plug_in": _plug_in,
    "swipe": _swipe,
    "start": _start,
    "stop": _stop,
    "pause": lambda connector, at, _: connector.pause(at),
    "resume": lambda connector, at, _: connector.resume(at),
    "unplug": lambda connector, at, _: connector.unplug(at),
    "fault": lambda connector, at, _: connector.fault(at),
    "clear_fault": lambda connector, _at, _: connector.clear_fault(),
    "disable": lambda connector, at, _: connector.disable(at),
    "enable": lambda connector, _at, _: connector.enable(),
}
REBOOT = "reboot"
"""the one wish that concerns the whole charger: it forgets its session registers"""
WISH_NAMES = (*_WISHES, REBOOT)


def fulfil(world: World, action: str, given: Given, at: int) -> Connector:
    """Do one of `WISH_NAMES` to the connector that `given` names (1 if none) and return it.

    Raises WishError where the connector's state or a value does not allow it.
    """
    at = world.wished_at = max(at, world.wished_at)
    world.advance(at)
    wanted = given.get("connector") or "1"
    connector = world.connectors.get(int(wanted)) if wanted.isascii() and wanted.isdigit() else None
    if connector is None:
        raise WishError(f"there is no connector {wanted!r}, only 1 to {len(world.connectors)}")
    if action == REBOOT:
        world.rebooted_at = at
    elif action in _WISHES:
        _WISHES[action](connector, at, given)
    else:
        raise WishError(f"{action!r} is no wish; known are {', '.join(WISH_NAMES)}")
    return connector
