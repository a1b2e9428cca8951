"""Whole bridges, killed with SIGKILL while a charger charges and the line to the central system fails."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.etrel.simulator import SimulatorOptions
from bridge.types.session import ChargingSession
from tests.journey.bridge_process import BridgeProcess
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site
from tests.uplink.chaos.outcome import Outcome
from tests.uplink.peer.compare import compare
from tests.uplink.peer.csms import Csms
from tests.uplink.peer.fault_plan import FaultPlan
from tests.uplink.peer.fault_proxy import FaultProxy
from tests.uplink.peer.message_check import V16

IDENTITY = "GARAGE-1"
ID_TAG = "HOME"
_SETTLE_LIMIT_S = 120.0
_BOOT_LIMIT_S = 60.0
_WISH_LIMIT_S = 20.0
_LOOK_EVERY_S = 0.1
_SIGN_LIMIT_S = 12.0
_LOG_BEHIND = timedelta(seconds=20)
_EVENTS = ("StartTransaction", "StopTransaction")
_SIGNS = (None, "StatusNotification", "StartTransaction", "StartTransaction", "StopTransaction", "StopTransaction")


def play_with_processes(
    seed: int, version: str = V16, *, sessions: int = 4, deaths: int = 6, faults: int = 6
) -> Outcome:
    """Play one scene to its end and compare the central system's ledger with the charger's own log."""
    outcome = Outcome(seed)
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as folder,
        SimulatedCharger(SimulatorOptions(days=0, seed=seed, autonomous=False)) as charger,
    ):
        scene = _Scene(Path(folder), charger, random.Random(f"processes/{seed}"), outcome, version)
        asyncio.run(scene.play(sessions, deaths, faults))
    return outcome


class _Scene:
    def __init__(
        self, folder: Path, charger: SimulatedCharger, dice: random.Random, outcome: Outcome, version: str
    ) -> None:
        self._version = version
        self._site = Site(folder)
        self._charger = charger
        self._dice = dice
        self._outcome = outcome
        self._bridge: BridgeProcess | None = None

    async def play(self, sessions: int, deaths: int, faults: int) -> None:
        """Let vehicles come and bridges die, then let everything come to rest."""
        plan = FaultPlan(
            seed=self._outcome.seed,
            cut_before=0.03,
            cut_after=0.03,
            delay=0.05,
            duplicate=0.05,
            reorder=0.02,
            call_error=0.0,
            delay_s=0.3,
            hold_s=0.5,
            faults_at_most=faults,
        )
        async with (
            Csms(version=self._version, lossy=True, station_timeout_s=0) as csms,
            FaultProxy(csms.url, plan) as proxy,
        ):
            self._csms, self._proxy = csms, proxy
            self._began_s = asyncio.get_running_loop().time()
            ocpp = {"name": "employer", "url": proxy.url, "identity": IDENTITY, "version": self._version}
            self._site.add_charger("garage", self._charger.url, days=0, id_token=ID_TAG, ocpp=[ocpp])
            try:
                await self._start()
                await csms.wait_until(lambda: csms.ledger(IDENTITY).accepted, _BOOT_LIMIT_S)
                await self._live(sessions, deaths)
                await self._kill()
                await proxy.heal()
                self._say("healed")
                await self._start()  # its log is read whole now, else an end may be seen five minutes later
                await self._come_to_rest()
            except (TimeoutError, AssertionError) as error:
                self._outcome.problems.append(f"{type(error).__name__}: {error}")
            finally:
                await self._kill()
                self._say("over")
                self._outcome.counts.update(proxy.counts)
                self._outcome.log += proxy.log
        self._judge()

    async def _live(self, sessions: int, deaths: int) -> None:
        """Let one vehicle after the other come, and the bridge die as often as that, mostly while one is there."""
        per_visit = [deaths // sessions + (number < deaths % sessions) for number in range(sessions)]
        for number in per_visit:
            dying = asyncio.create_task(self._deaths(number))
            try:
                await self._visit()
                await dying
            finally:
                dying.cancel()
                await asyncio.gather(dying, return_exceptions=True)

    def _say(self, text: str) -> None:
        self._outcome.log.append(f"{asyncio.get_running_loop().time() - self._began_s:.3f} {text}")

    # --- vehicles ----------------------------------------------------------------------------------------------------

    async def _visit(self) -> None:
        await self._wish("plug_in", power_w=str(self._dice.uniform(2000, 20000)))
        await asyncio.sleep(self._dice.uniform(0, 1))
        await self._wish("swipe")
        await asyncio.sleep(self._dice.uniform(1, 6))
        await self._wish("unplug")
        self._outcome.counts["sessions"] += 1
        await self._see("everybody has left", lambda: self._state()["status"] == "Available", _WISH_LIMIT_S)
        await self._see("the log is closed", lambda: all(map(_is_whole, self._charger.log())), _WISH_LIMIT_S)

    async def _wish(self, wish: str, **given: str) -> None:
        self._say(wish)
        await asyncio.to_thread(self._charger.control, wish, **given)

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._charger.control("state")["connectors"][0]
        return state

    async def _see(self, what: str, look: Callable[[], bool], limit_s: float) -> None:
        try:
            async with asyncio.timeout(limit_s):
                while not await asyncio.to_thread(look):  # noqa: ASYNC110 -- another process tells nobody
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"not within {limit_s:g} s: {what}") from None

    # --- bridges -----------------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        self._bridge = await asyncio.to_thread(self._site.start)

    async def _kill(self) -> None:
        bridge, self._bridge = self._bridge, None
        if bridge is not None:
            self._say("kill")
            await asyncio.to_thread(bridge.kill)
            self._outcome.log.append(bridge.stderr[-3000:])

    async def _deaths(self, deaths: int) -> None:
        for _ in range(deaths):
            said = await self._sign()
            await self._kill()
            self._outcome.counts["killed"] += 1
            self._outcome.counts[f"killed {said}"] += 1
            await asyncio.sleep(self._dice.choice((0.0, self._dice.uniform(0, 4))))
            await self._start()

    async def _sign(self) -> str:
        """Wait for the moment to kill: a message has arrived and is not answered, or was just answered, or any time."""
        action = self._dice.choice(_SIGNS)
        if action in _EVENTS and self._version != V16:
            action = "TransactionEvent"
        if action is not None:
            ledger = self._csms.ledger(IDENTITY)
            wanted = len(ledger.said(action)) + 1
            with suppress(TimeoutError):
                await self._csms.wait_until(lambda: len(ledger.said(action)) >= wanted, _SIGN_LIMIT_S)
                await asyncio.sleep(self._dice.choice((0.0, 0.003, 0.02, 0.2)))
                return f"at {action}"
        await asyncio.sleep(self._dice.uniform(0, 5))
        return "at some moment"

    # --- the end -----------------------------------------------------------------------------------------------------

    async def _come_to_rest(self) -> None:
        def is_at_rest() -> bool:
            ledger = self._csms.ledger(IDENTITY)
            stopped = sum(record.stop is not None for record in ledger.sessions.values())
            return stopped >= len(self._charger.log()) and ledger.status(1) == "Available"

        await self._see("every session told to its end", is_at_rest, _SETTLE_LIMIT_S)
        assert self._bridge is not None
        bridge = self._bridge
        status, _ = await asyncio.to_thread(bridge.stop)
        if status != 0:
            self._outcome.problems.append(f"it ended with {status}")

    def _judge(self) -> None:
        log = [_session(row) for row in self._charger.log()]
        ledger = self._csms.ledger(IDENTITY)
        self._outcome.problems += compare(log, ledger, id_tag=ID_TAG, version=self._version, log_behind=_LOG_BEHIND)
        self._outcome.problems += ledger.violations
        self._outcome.counts["calls"] += len(ledger.calls)


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
