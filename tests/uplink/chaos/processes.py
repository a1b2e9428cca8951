"""Whole bridges, killed with SIGKILL while a charger charges and the line to the central system fails."""

from __future__ import annotations

import asyncio
import random
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from adapters.etrel.simulator import SimulatorOptions
from tests.journey.bridge_process import BridgeProcess
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site
from tests.uplink.chaos.outcome import Outcome
from tests.uplink.chaos.visits import Visits, see
from tests.uplink.peer.compare import compare
from tests.uplink.peer.csms import Csms
from tests.uplink.peer.fault_plan import FaultPlan
from tests.uplink.peer.fault_proxy import FaultProxy
from tests.uplink.peer.message_check import V16

IDENTITY = "GARAGE-1"
ID_TAG = "HOME"
_SETTLE_LIMIT_S = 120.0
_BOOT_LIMIT_S = 60.0
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
            self._visits = Visits(self._charger, self._dice, self._outcome)
            ocpp = {"name": "employer", "url": proxy.url, "identity": IDENTITY, "version": self._version}
            self._site.add_charger("garage", self._charger.url, days=0, id_token=ID_TAG, ocpp=[ocpp])
            try:
                await self._start()
                await csms.wait_until(lambda: csms.ledger(IDENTITY).accepted, _BOOT_LIMIT_S)
                await self._live(sessions, deaths)
                await self._kill()
                await proxy.heal()
                self._visits.say("healed")
                await self._start()  # its log is read whole now, else an end may be seen five minutes later
                await self._come_to_rest()
            except (TimeoutError, AssertionError) as error:
                self._outcome.problems.append(f"{type(error).__name__}: {error}")
            finally:
                await self._kill()
                self._visits.say("over")
                self._outcome.counts.update(proxy.counts)
                self._outcome.log += proxy.log
        self._judge()

    async def _live(self, sessions: int, deaths: int) -> None:
        """Let one vehicle after the other come, and the bridge die as often as that, mostly while one is there."""
        per_visit = [deaths // sessions + (number < deaths % sessions) for number in range(sessions)]
        for number in per_visit:
            dying = asyncio.create_task(self._deaths(number))
            try:
                await self._visits.visit()
                await dying
            finally:
                dying.cancel()
                await asyncio.gather(dying, return_exceptions=True)

    # --- bridges -----------------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        self._bridge = await asyncio.to_thread(self._site.start)

    async def _kill(self) -> None:
        bridge, self._bridge = self._bridge, None
        if bridge is not None:
            self._visits.say("kill")
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

        await see("every session told to its end", is_at_rest, _SETTLE_LIMIT_S)
        assert self._bridge is not None
        bridge = self._bridge
        status, _ = await asyncio.to_thread(bridge.stop)
        if status != 0:
            self._outcome.problems.append(f"it ended with {status}")

    def _judge(self) -> None:
        log = self._visits.log()
        ledger = self._csms.ledger(IDENTITY)
        self._outcome.problems += compare(log, ledger, id_tag=ID_TAG, version=self._version, log_behind=_LOG_BEHIND)
        self._outcome.problems += ledger.violations
        self._outcome.counts["calls"] += len(ledger.calls)
