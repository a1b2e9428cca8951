"""One run: a day at a charger, the uplink that tells of it, the central system that is told, and what goes wrong."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from bridge.central.options import CentralOptions
from bridge.errors import BridgeError
from bridge.types.words import ConnectorStatus
from tests.central.chaos.judge import judge_central, truths_of
from tests.central.chaos.life import CHARGER, CentralLife
from tests.central.chaos.plan import BothPlan, InOrder, draw_both
from tests.central.chaos.witness import Witness
from tests.uplink.chaos.complaints import complaints
from tests.uplink.chaos.day import BEGIN_AT, Day
from tests.uplink.chaos.mortal_desk import AtCommit
from tests.uplink.chaos.outcome import Outcome
from tests.uplink.chaos.station_lives import Around, StationLives, stamped, until_due
from tests.uplink.chaos.swift_loop import LoopClock, run_swiftly
from tests.uplink.peer.fault_proxy import FaultProxy
from tests.uplink.peer.held_port import HeldPort
from tests.uplink.peer.message_check import V16

_FOREVER_S = 10.0**6
_WISHES: tuple[tuple[str, dict[str, object]], ...] = (
    ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}),
    ("GetLocalListVersion", {}),
    ("TriggerMessage", {"requestedMessage": "Heartbeat"}),
    ("ChangeAvailability", {"connectorId": 1, "type": "Operative"}),
    ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}),
    ("RemoteStopTransaction", {"transactionId": 1}),
    ("ClearCache", {}),
)


def play_seed(seed: int, version: str = V16) -> Outcome:
    """Draw a run and play it."""
    return play(draw_both(seed, version))


def play(plan: BothPlan, folder: Path | None = None) -> Outcome:
    """Play a run to its end and judge it."""
    outcome = Outcome(plan.station.seed)
    with tempfile.TemporaryDirectory(dir=folder, prefix="chaos-") as data_dir:
        try:
            run_swiftly(_Run(plan, Path(data_dir), outcome).run())
        except Exception as error:  # noqa: BLE001 -- the seed must be told, whatever it was
            outcome.problems.append(f"the run ended with {error!r}")
    return outcome


class _Run:
    def __init__(self, plan: BothPlan, folder: Path, outcome: Outcome) -> None:
        self._plan = plan
        self._outcome = outcome
        self._day = Day(plan.station.seed, corrects_starts=plan.corrects_starts)
        self._clock = LoopClock(BEGIN_AT)
        self._folder = folder / "station"
        self._central_folder = folder / "central"
        for each in (self._folder, self._central_folder):
            each.mkdir()
        self._healing = asyncio.Event()
        self._healed = asyncio.Event()
        self._central: CentralLife | None = None
        self._has_lost = False
        self._witness = Witness(self._central_folder, outcome.problems)

    async def run(self) -> None:
        with complaints(self._outcome, self._clock):
            await self._run()

    async def _run(self) -> None:
        port = HeldPort()
        self._options = CentralOptions.model_validate(
            {
                "host": "127.0.0.1",
                "port": port.number,
                "configure": self._plan.configure,
                "sample": f"{self._plan.sample_s:.0f}s",
                "heartbeat": f"{self._plan.heartbeat_s:.0f}s",
                "id_tokens": self._plan.id_tokens,
            }
        )
        try:
            async with FaultProxy(f"ws://127.0.0.1:{port.number}", self._plan.station.faults) as proxy:
                self._proxy = proxy
                proxy.watchers.append(self._witness.see)
                await self._live()
                self._outcome.counts.update(proxy.counts)
                self._outcome.log = sorted([*self._outcome.log, *map(stamped, proxy.log)])
        finally:
            self._witness.close()
            port.close()

    async def _live(self) -> None:
        around = Around(
            plan=self._plan.station,
            folder=self._folder,
            day=self._day,
            clock=self._clock,
            proxy=self._proxy,
            outcome=self._outcome,
            come=self._witness.calls_come,
            healed=self._healed,
            on_loss=lambda: None,
        )
        lives = StationLives(around)
        lives.configure()
        jobs: list[Callable[[], Awaitable[None]]] = [self._be_central, self._wish, self._heal]
        tasks = [asyncio.ensure_future(job()) for job in jobs]
        try:
            life = await lives.live()
            try:
                dead = await lives.come_to_rest(life)
                if dead is not None:
                    self._judge(dead)
            finally:
                self._proxy.cut()
                await life.end()
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            self._outcome.problems += [f"the scene: {one!r}" for one in results if isinstance(one, Exception)]
            if self._central is not None:
                await self._central.stop()

    # --- the central system's lives ----------------------------------------------------------------------------------

    async def _be_central(self) -> None:
        plan = self._plan
        for end, down_s, is_lost in zip(plan.ends, plan.downs_s, plan.losses, strict=True):
            if self._healing.is_set():
                break
            await self._live_and_end(end)
            self._witness.look()
            if is_lost:
                self._lose()
            with suppress(TimeoutError):
                async with asyncio.timeout(down_s):
                    await self._healing.wait()
        self._central = await self._begin(None)
        await self._healing.wait()
        self._healed.set()
        problem = await self._central.last((), _FOREVER_S)
        self._outcome.problems.append(f"the central system: {problem}")

    async def _begin(self, death: AtCommit | None) -> CentralLife:
        life = CentralLife(self._central_folder, self._options, self._clock, death, self._is_full)
        await life.begin()
        self._outcome.problems += life.faults_of_memory()
        return life

    async def _live_and_end(self, end: AtCommit | object) -> None:
        life = self._central = await self._begin(end if isinstance(end, AtCommit) else None)
        moment = asyncio.Event()
        due = None if isinstance(end, InOrder) else end
        waiting = until_due(moment, due, self._witness.calls_come, self._clock)  # type: ignore[arg-type]
        problem = await life.last((moment, self._healing), end.after_s if isinstance(end, InOrder) else _FOREVER_S)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        self._central = None
        if problem is not None:
            self._outcome.problems.append(f"the central system: {problem}")
        if isinstance(end, InOrder):
            await life.stop()
        else:
            self._proxy.cut()
            await life.die()
        self._note_end(end, life)

    def _note_end(self, end: object, life: CentralLife) -> None:
        self._outcome.counts["commits refused"] += life.desk.refused
        running = [session for session in self._witness.sessions() if session.ended_at is None]
        what = "central stopped" if isinstance(end, InOrder) else "central killed"
        self._outcome.counts[what] += 1
        self._outcome.counts[f"{what} with {len(running)} running"] += 1
        said = f"{what} at {end}, running: {[session.session_id for session in running]}"
        self._outcome.log.append(f"{self._clock.now():%H:%M:%S.%f} {said}")

    def _lose(self) -> None:
        self._witness.lose()
        for file in self._central_folder.iterdir():
            file.unlink()
        self._has_lost = True
        self._outcome.counts["central stores lost"] += 1
        self._outcome.log.append(f"{self._clock.now():%H:%M:%S.%f} the central system's store is lost")

    def _is_full(self) -> bool:
        if self._healing.is_set():
            return False
        now_s = (self._clock.now() - BEGIN_AT).total_seconds()
        return any(from_s <= now_s < to_s for from_s, to_s in self._plan.full)

    # --- what else happens -------------------------------------------------------------------------------------------

    async def _until(self, after_s: float) -> None:
        await self._clock.sleep(after_s - (self._clock.now() - BEGIN_AT).total_seconds())

    async def _wish(self) -> None:
        for number, after_s in enumerate(self._plan.wishes_s):
            await self._until(after_s)
            life = self._central
            if life is not None:
                operation, arguments = _WISHES[number % len(_WISHES)]
                asking = asyncio.ensure_future(life.central.operate(CHARGER, operation, arguments, "page"))
                await asyncio.wait({asking}, timeout=120)
                asking.cancel()
                (result,) = await asyncio.gather(asking, return_exceptions=True)
                if isinstance(result, BaseException) and not isinstance(result, BridgeError | asyncio.CancelledError):
                    self._outcome.problems.append(f"{operation} ended with {result!r}")

    async def _heal(self) -> None:
        await self._until((self._day.end_at - BEGIN_AT).total_seconds() + self._plan.station.healed_after_s)
        await self._proxy.heal()
        self._healing.set()

    # --- the end -----------------------------------------------------------------------------------------------------

    def _judge(self, dead: set[str]) -> None:
        plan, outcome, central = self._plan, self._outcome, self._central
        assert central is not None
        self._witness.look()
        version = plan.station.version
        found = judge_central(truths_of(self._day), self._witness, version=version, has_lost=self._has_lost, dead=dead)
        outcome.problems += found
        outcome.problems += central.faults_of_memory()
        station = central.station
        shown = {reading.connector_id: reading.status for reading in station.snapshot().connectors}
        for connector_id in self._day.connectors:
            if shown.get(connector_id) is not ConnectorStatus.AVAILABLE:
                outcome.problems.append(f"at the end connector {connector_id} is shown as {shown.get(connector_id)}")
        outcome.counts["sessions"] += len(self._day.sessions)
        outcome.counts["calls"] += self._witness.calls
        outcome.counts["starts seen stored"] += self._witness.stored_starts
