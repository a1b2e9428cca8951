"""Two bridges in processes of their own, a station and its central system, both killed with SIGKILL."""

from __future__ import annotations

import asyncio
import random
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from adapters.etrel.simulator import SimulatorOptions
from bridge.store.sqlite import open_store
from tests.central.chaos.judge import Truth, judge_central
from tests.central.chaos.life import CHARGER
from tests.central.chaos.witness import Witness
from tests.journey.bridge_process import BridgeProcess
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site
from tests.uplink.chaos.life import ID_TAG, IDENTITY
from tests.uplink.chaos.outcome import Outcome
from tests.uplink.chaos.visits import Visits, see
from tests.uplink.peer.fault_plan import FaultPlan
from tests.uplink.peer.fault_proxy import FaultProxy
from tests.uplink.peer.held_port import HeldPort
from tests.uplink.peer.message_check import V16
from tests.uplink.peer.wire import Passing

_STATION, _CENTRAL = "station", "central"
_SETTLE_LIMIT_S = 120.0
_BOOT_LIMIT_S = 60.0
_SIGN_LIMIT_S = 12.0
_TOLD = ("StartTransaction", "StopTransaction", "TransactionEvent")


def play_with_processes(seed: int, version: str = V16, *, sessions: int = 4, deaths: int = 8) -> Outcome:
    """Play one scene to its end and hold the central system's store against the charger's own log."""
    outcome = Outcome(seed)
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as folder,
        SimulatedCharger(SimulatorOptions(days=0, seed=seed, autonomous=False)) as charger,
    ):
        asyncio.run(_Scene(Path(folder), charger, outcome, version).play(sessions, deaths))
    return outcome


class _Scene:
    def __init__(self, folder: Path, charger: SimulatedCharger, outcome: Outcome, version: str) -> None:
        self._charger = charger
        self._outcome = outcome
        self._version = version
        self._dice = random.Random(f"both processes/{outcome.seed}")
        self._sites = {name: Site(folder / name) for name in (_STATION, _CENTRAL)}
        for site in self._sites.values():
            site.folder.mkdir()
        self._bridges: dict[str, BridgeProcess] = {}
        self._witness = Witness(self._sites[_CENTRAL].data_dir, outcome.problems)
        self._sign = asyncio.Event()

    async def play(self, sessions: int, deaths: int) -> None:
        """Let vehicles come and bridges die, then let everything come to rest."""
        plan = FaultPlan(
            seed=self._outcome.seed,
            cut_before=0.03,
            cut_after=0.03,
            delay=0.05,
            duplicate=0.05,
            reorder=0.02,
            delay_s=0.3,
            hold_s=0.5,
            faults_at_most=6,
        )
        self._visits = Visits(self._charger, self._dice, self._outcome)
        with ExitStack() as ends:
            port = HeldPort()
            ends.callback(port.close)
            ends.callback(self._witness.close)
            central = self._sites[_CENTRAL]
            central.more["central"] = {"host": "127.0.0.1", "port": port.number}
            central.chargers.append({"id": CHARGER, "type": "ocpp", "identity": IDENTITY, "poll": "1s"})
            async with FaultProxy(f"ws://127.0.0.1:{port.number}", plan) as proxy:
                proxy.watchers += [self._witness.see, self._see_call]
                ocpp = {"name": "employer", "url": proxy.url, "identity": IDENTITY, "version": self._version}
                self._sites[_STATION].add_charger("garage", self._charger.url, days=0, id_token=ID_TAG, ocpp=[ocpp])
                try:
                    await self._go_through(proxy, sessions, deaths)
                except (TimeoutError, AssertionError) as error:
                    self._outcome.problems.append(f"{type(error).__name__}: {error}")
                finally:
                    for name in tuple(self._bridges):
                        await self._kill(name)
                    self._outcome.counts.update(proxy.counts)
                    self._outcome.log += proxy.log

    async def _go_through(self, proxy: FaultProxy, sessions: int, deaths: int) -> None:
        for name in (_CENTRAL, _STATION):
            await self._start(name)
        async with asyncio.timeout(_BOOT_LIMIT_S):
            await self._witness.calls_come(1)
        for number in range(sessions):
            dying = asyncio.create_task(self._deaths(deaths // sessions + (number < deaths % sessions)))
            try:
                await self._visits.visit()
                await dying
            finally:
                dying.cancel()
                await asyncio.gather(dying, return_exceptions=True)
        await proxy.heal()
        self._visits.say("healed")
        await self._kill(_STATION)
        await self._start(_STATION)  # its log is read whole now, else an end may be seen five minutes later
        await self._come_to_rest()

    # --- bridges -----------------------------------------------------------------------------------------------------

    async def _start(self, name: str) -> None:
        self._visits.say(f"the {name} starts")
        self._bridges[name] = await asyncio.to_thread(self._sites[name].start)

    async def _kill(self, name: str) -> None:
        bridge = self._bridges.pop(name, None)
        if bridge is not None:
            self._visits.say(f"the {name} is killed")
            await asyncio.to_thread(bridge.kill)
            self._outcome.log.append(bridge.stderr[-3000:])

    async def _deaths(self, deaths: int) -> None:
        for _ in range(deaths):
            names = self._dice.choice(((_CENTRAL,), (_CENTRAL,), (_STATION,), (_CENTRAL, _STATION)))
            await self._moment()
            for name in names:
                await self._kill(name)
                self._outcome.counts[f"{name} killed"] += 1
            await asyncio.sleep(self._dice.choice((0.0, self._dice.uniform(0, 4))))
            for name in names:
                await self._start(name)
            self._witness.look()

    def _see_call(self, passing: Passing) -> None:
        if passing.is_call and passing.action in _TOLD:
            self._sign.set()

    async def _moment(self) -> None:
        """Wait for the moment to kill: something of a transaction is told and not answered, or any time."""
        if self._dice.random() < 0.7:
            self._sign.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_SIGN_LIMIT_S):
                    await self._sign.wait()
                await asyncio.sleep(self._dice.choice((0.0, 0.003, 0.006, 0.02, 0.2)))
                return
        await asyncio.sleep(self._dice.uniform(0, 5))

    # --- the end -----------------------------------------------------------------------------------------------------

    async def _come_to_rest(self) -> None:
        wanted = len(self._visits.log())
        folder = self._sites[_CENTRAL].data_dir

        def is_at_rest() -> bool:
            with open_store(folder, read_only=True) as store:
                stored = [session for _, session in store.sessions(CHARGER)]
            return len(stored) >= wanted and all(session.ended_at is not None for session in stored)

        await see("every session told to its end", is_at_rest, _SETTLE_LIMIT_S)
        for name in (_STATION, _CENTRAL):
            bridge = self._bridges[name]
            status, _ = await asyncio.to_thread(bridge.stop)
            if status != 0:
                self._outcome.problems.append(f"the {name} ended with {status}")
        truths = [Truth(session, session.started_at, knows_reason=False) for session in self._visits.log()]
        self._outcome.problems += judge_central(truths, self._witness, version=self._version)
        self._outcome.counts["calls"] += self._witness.calls
        self._outcome.counts["starts seen stored"] += self._witness.stored_starts
