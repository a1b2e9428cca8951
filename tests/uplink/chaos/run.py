"""One run: a day at a charger, a station that tells of it, and everything that goes wrong meanwhile."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from tests.uplink.chaos.complaints import complaints
from tests.uplink.chaos.day import BEGIN_AT, TAGS, Day
from tests.uplink.chaos.judge import judge
from tests.uplink.chaos.life import ID_TAG, IDENTITY, Life
from tests.uplink.chaos.outcome import Outcome
from tests.uplink.chaos.plan import ChaosPlan, Mood, Whim, corrects_starts, draw_plan
from tests.uplink.chaos.station_lives import Around, StationLives, stamped
from tests.uplink.chaos.swift_loop import LoopClock, run_swiftly
from tests.uplink.peer.books_v2 import Books2
from tests.uplink.peer.csms import CallRefusedError, Csms
from tests.uplink.peer.fault_proxy import FaultProxy
from tests.uplink.peer.message_check import V16

_LATE_S = 70.0
_INVALID_S = 300.0
_QUESTIONS: tuple[tuple[str, dict[str, object]], ...] = (
    ("GetConfiguration", {}),
    ("TriggerMessage", {"requestedMessage": "StatusNotification"}),
    ("TriggerMessage", {"requestedMessage": "Heartbeat"}),
    ("ClearCache", {}),
)


_QUESTIONS_2: tuple[tuple[str, dict[str, object]], ...] = (
    ("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}),
    ("TriggerMessage", {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}}),
    ("TriggerMessage", {"requestedMessage": "TransactionEvent"}),
    ("TriggerMessage", {"requestedMessage": "Heartbeat"}),
    ("GetTransactionStatus", {}),
)


def play_seed(seed: int, version: str = V16) -> Outcome:
    """Draw a run and play it."""
    return play(draw_plan(seed, version))


def play(plan: ChaosPlan, folder: Path | None = None) -> Outcome:
    """Play a run to its end and judge it."""
    outcome = Outcome(plan.seed)
    with tempfile.TemporaryDirectory(dir=folder, prefix="chaos-") as data_dir:
        try:
            run_swiftly(_Run(plan, Path(data_dir), outcome).run())
        except Exception as error:  # noqa: BLE001 -- the seed must be told, whatever it was
            outcome.problems.append(f"the run ended with {error!r}")
    return outcome


class _Run:
    def __init__(self, plan: ChaosPlan, folder: Path, outcome: Outcome) -> None:
        self._plan = plan
        self._folder = folder
        self._outcome = outcome
        self._day = Day(plan.seed, corrects_starts=corrects_starts(plan))
        self._clock = LoopClock(BEGIN_AT)
        self._healed = asyncio.Event()

    async def run(self) -> None:
        with complaints(self._outcome, self._clock):
            await self._run()

    async def _run(self) -> None:
        plan = self._plan
        csms = Csms(
            version=plan.version,
            lossy=True,
            station_timeout_s=0,
            concurrent=plan.concurrent,
            answer_delay_s=plan.answer_delay_s,
            now=self._clock.now,
        )
        async with csms, FaultProxy(csms.url, plan.faults) as proxy:
            self._csms, self._proxy = csms, proxy
            around = Around(
                plan=plan,
                folder=self._folder,
                day=self._day,
                clock=self._clock,
                proxy=proxy,
                outcome=self._outcome,
                come=self._calls_come,
                healed=self._healed,
                on_loss=self._forget,
            )
            self._lives = StationLives(around)
            self._lives.configure()
            jobs: list[Callable[[], Awaitable[None]]] = [self._indulge, self._restart, self._question, self._heal]
            tasks = [asyncio.ensure_future(job()) for job in jobs]
            try:
                await self._live()
            finally:
                for task in tasks:
                    task.cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
                self._outcome.problems += [f"the scene: {one!r}" for one in results if isinstance(one, Exception)]
                self._outcome.counts.update(proxy.counts)
                self._outcome.log = sorted([*self._outcome.log, *map(stamped, proxy.log)])

    async def _live(self) -> None:
        life = await self._lives.live()
        try:
            await self._come_to_rest(life)
        finally:
            self._proxy.cut()
            await life.end()

    async def _calls_come(self, number: int) -> None:
        calls = self._csms.ledger(IDENTITY).calls
        wanted = len(calls) + number
        await self._csms.wait_until(lambda: len(calls) >= wanted, limit_s=10**6)

    def _forget(self) -> None:
        assert isinstance(self._csms.books, Books2)
        self._csms.books.forget(IDENTITY)

    # --- what else happens -------------------------------------------------------------------------------------------

    async def _until(self, after_s: float) -> None:
        await self._clock.sleep(after_s - (self._clock.now() - BEGIN_AT).total_seconds())

    async def _indulge(self) -> None:
        for whim in self._plan.whims:
            await self._until(whim.after_s)
            if not self._healed.is_set():
                self._order(whim)

    def _order(self, whim: Whim) -> None:
        script, action, times = self._csms.script, whim.action, whim.times
        match whim.mood:
            case Mood.REFUSE:
                script.refuse(action, "InternalError", times)
            case Mood.SILENT | Mood.DEAF:
                script.silence(action, times, entered=whim.mood is Mood.SILENT)
            case Mood.LATE:
                script.late(action, times, after_s=_LATE_S)
            case Mood.INVALID:
                self._csms.books.unknown_tags |= {ID_TAG, *TAGS}
                asyncio.get_running_loop().call_later(times * _INVALID_S, self._csms.books.unknown_tags.clear)
            case Mood.NONSENSE:
                script.say(action, {"transactionId": "one", "idTagInfo": [], "idTokenInfo": 7}, times)
            case Mood.PENDING | Mood.REJECTED:
                script.boot(whim.mood.value.capitalize(), times, interval_s=20)

    async def _restart(self) -> None:
        for after_s in self._plan.restarts_s:
            await self._until(after_s)
            await self._csms.stop(abruptly=after_s % 2 < 1)
            await self._clock.sleep(after_s % 100)
            await self._csms.start()

    async def _question(self) -> None:
        for number, after_s in enumerate(self._plan.questions_s):
            await self._until(after_s)
            with suppress(ConnectionError, TimeoutError, CallRefusedError):
                questions = _QUESTIONS if self._plan.version == V16 else _QUESTIONS_2
                action, payload = questions[number % len(questions)]
                await self._csms.call(IDENTITY, action, payload, limit_s=60)

    async def _heal(self) -> None:
        await self._until((self._day.end_at - BEGIN_AT).total_seconds() + self._plan.healed_after_s)
        await self._proxy.heal()
        self._csms.script.clear()
        self._csms.books.unknown_tags.clear()
        self._healed.set()

    # --- the end -----------------------------------------------------------------------------------------------------

    async def _come_to_rest(self, life: Life) -> None:
        dead = await self._lives.come_to_rest(life)
        if dead is None:
            return
        every_s, contacts = self._plan.every_s, self._lives.contacts
        self._outcome.problems += await life.desk.run(
            lambda store: judge(self._day, self._csms, store, contacts, every_s=every_s, dead=dead)
        )
        ledger = self._csms.ledger(IDENTITY)
        self._outcome.counts["sessions"] += len(self._day.sessions)
        self._outcome.counts["calls"] += len(ledger.calls)
        self._outcome.counts["connections"] += ledger.connections
