"""Vehicles at a simulated charger in another process, and waiting for what it and others show."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bridge.types.session import ChargingSession
from tests.journey.simulated_charger import SimulatedCharger
from tests.uplink.chaos.outcome import Outcome

_LIMIT_S = 20.0
_LOOK_EVERY_S = 0.1


class Visits:
    """One charger's, in one scene."""

    def __init__(self, charger: SimulatedCharger, dice: random.Random, outcome: Outcome) -> None:
        self._charger = charger
        self._dice = dice
        self._outcome = outcome
        self._began_s = asyncio.get_running_loop().time()

    def say(self, text: str) -> None:
        """Write down what happened."""
        self._outcome.log.append(f"{asyncio.get_running_loop().time() - self._began_s:.3f} {text}")

    async def visit(self) -> None:
        """Let a vehicle come, charge for some seconds and leave, and wait until that stands in the log."""
        await self._wish("plug_in", power_w=str(self._dice.uniform(2000, 20000)))
        await asyncio.sleep(self._dice.uniform(0, 1))
        await self._wish("swipe")
        await asyncio.sleep(self._dice.uniform(1, 6))
        await self._wish("unplug")
        self._outcome.counts["sessions"] += 1
        await see("everybody has left", lambda: self._state()["status"] == "Available", _LIMIT_S)
        await see("the log is closed", lambda: all(map(_is_whole, self._charger.log())), _LIMIT_S)

    def log(self) -> list[ChargingSession]:
        """Return the charger's own log."""
        return [_session(row) for row in self._charger.log()]

    async def _wish(self, wish: str, **given: str) -> None:
        self.say(wish)
        await asyncio.to_thread(self._charger.control, wish, **given)

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._charger.control("state")["connectors"][0]
        return state


async def see(what: str, look: Callable[[], bool], limit_s: float) -> None:
    """Look, in a thread, until it is so. Raises AssertionError after the limit."""
    try:
        async with asyncio.timeout(limit_s):
            while not await asyncio.to_thread(look):  # noqa: ASYNC110 -- another process tells nobody
                await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError:
        raise AssertionError(f"not within {limit_s:g} s: {what}") from None


def _is_whole(row: dict[str, Any]) -> bool:
    return row["chargingEndedTime"] is not None


def _session(row: dict[str, Any]) -> ChargingSession:
    """Read a row of the charger's log, without the adapter."""
    return ChargingSession(
        session_id=str(row["chargingSessionId"]),
        connector_id=row["connectorId"],
        started_at=datetime.fromisoformat(row["chargingStartedTime"]),
        ended_at=datetime.fromisoformat(row["chargingEndedTime"]),
        meter_start_wh=row["meterValueStart"] / 1000,
        meter_stop_wh=row["meterValueEnd"] / 1000,
        id_token=row["identificationCode"],
    )
