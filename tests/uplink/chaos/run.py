"""One run: a day at a charger, a station that tells of it, and everything that goes wrong meanwhile."""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from bridge.store.sqlite import open_store
from bridge.types.transaction import TransactionPhase
from tests.uplink.chaos.contacts import Contacts
from tests.uplink.chaos.day import BEGIN_AT, TAGS, Day
from tests.uplink.chaos.judge import judge
from tests.uplink.chaos.life import ID_TAG, IDENTITY, STATION, Life
from tests.uplink.chaos.mortal_desk import AtCommit
from tests.uplink.chaos.outcome import Outcome
from tests.uplink.chaos.plan import AtCall, AtMoment, ChaosPlan, Death, Mood, Whim, corrects_starts, draw_plan
from tests.uplink.chaos.swift_loop import LoopClock, run_swiftly
from tests.uplink.peer.books_v2 import Books2
from tests.uplink.peer.csms import CallRefusedError, Csms
from tests.uplink.peer.fault_proxy import FaultProxy
from tests.uplink.peer.message_check import V16

DRAIN_LIMIT_S = 12 * 3600.0
"""of the loop's time: a message that is refused waits for ten minutes in all, a session may have several"""
_LOOK_EVERY_S = 15.0
_RESTS = 3
"""looks in a row at which nothing is left to tell"""
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


class _Complaints(logging.Handler):
    """Takes what the bridge logs: a defect of its own is a problem."""

    def __init__(self, outcome: Outcome, clock: LoopClock) -> None:
        super().__init__(logging.INFO)
        self._outcome = outcome
        self._clock = clock

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        text = record.getMessage()
        self._outcome.log.append(f"{self._clock.now():%H:%M:%S.%f} {text}")
        if record.exc_info or "please report" in text:
            self._outcome.problems.append(f"it logged a defect: {text} {record.exc_info}")


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
        self._contacts = Contacts()
        self._healed = asyncio.Event()

    async def run(self) -> None:
        complaints = _Complaints(self._outcome, self._clock)
        logger = logging.getLogger("bridge")
        level = logger.level
        logger.addHandler(complaints)
        logger.setLevel(logging.INFO)
        try:
            await self._run()
        finally:
            logger.removeHandler(complaints)
            logger.setLevel(level)

    async def _run(self) -> None:
        plan = self._plan
        self._configure()
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
                self._outcome.log = sorted([*self._outcome.log, *map(self._stamped, proxy.log)])

    def _configure(self) -> None:
        """Set what a central system has set long ago."""
        with open_store(self._folder) as store:
            for key, value in self._plan.settings.items():
                store.put_setting(f"{STATION}/key/{key}", value)

    @staticmethod
    def _stamped(line: str) -> str:
        seconds, _, text = line.partition(" ")
        return f"{BEGIN_AT + timedelta(seconds=float(seconds)):%H:%M:%S.%f} ~ {text}"

    # --- lives -----------------------------------------------------------------------------------------------------

    async def _live(self) -> None:
        for number, (death, down_s) in enumerate(zip(self._plan.deaths, self._plan.downs_s, strict=True)):
            await self._live_and_die(number, death)
            if number < len(self._plan.wipes) and self._plan.wipes[number]:
                self._lose_store()
            await self._clock.sleep(down_s)
        life = self._begin(len(self._plan.deaths), None)
        try:
            await self._come_to_rest(life)
        finally:
            self._proxy.cut()
            await life.end()

    def _lose_store(self) -> None:
        """Lose everything that the bridge kept, and set its settings again."""
        for file in self._folder.iterdir():
            file.unlink()
        self._configure()
        assert isinstance(self._csms.books, Books2)
        self._csms.books.forget(IDENTITY)
        self._outcome.counts["stores lost"] += 1
        self._outcome.log.append(f"{self._clock.now():%H:%M:%S.%f} the store is lost")

    def _begin(self, number: int, death: AtCommit | None) -> Life:
        seed, plan = f"{self._plan.seed}/{number}", self._plan
        life = Life(
            self._folder, self._proxy.url, self._day, plan.watching, self._clock, death, seed, version=plan.version
        )
        self._contacts.lives.append(life.contacts)
        return life

    async def _live_and_die(self, number: int, death: Death) -> None:
        life = self._begin(number, death if isinstance(death, AtCommit) else None)
        moment = asyncio.Event()
        waiting = asyncio.ensure_future(self._moment_of(death, moment))
        longest_s = max(1.0, (self._day.end_at - self._clock.now()).total_seconds())
        problem = await life.last(moment, longest_s)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        if problem is not None:
            self._outcome.problems.append(problem)
        self._proxy.cut()
        await life.end()
        self._note_death(death)

    async def _moment_of(self, death: Death, moment: asyncio.Event) -> None:
        match death:
            case AtMoment(after_s):
                await self._clock.sleep(after_s)
            case AtCall(number, after_s):
                calls = self._csms.ledger(IDENTITY).calls
                wanted = len(calls) + number
                await self._csms.wait_until(lambda: len(calls) >= wanted, limit_s=10**6)
                await self._clock.sleep(after_s)
            case AtCommit():
                return
        moment.set()

    def _note_death(self, death: Death) -> None:
        """Count in which steps of transactions' lives the bridge died."""
        with open_store(self._folder, read_only=True) as store:
            phases = [phase.value for phase in store.count_transactions(STATION)] or ["none"]
        self._outcome.counts.update(f"killed with {phase}" for phase in phases)
        self._outcome.counts["killed"] += 1
        self._outcome.log.append(f"{self._clock.now():%H:%M:%S.%f} killed at {death}, open: {', '.join(phases)}")

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
        if not await self._is_drained(life):
            return
        letters = await life.desk.run(lambda store: store.set_aside(STATION))
        dead: set[str] = set()
        for letter in letters:
            body = json.loads(letter.payload)
            if not letter.reason:
                self._outcome.problems.append(f"dead letter {letter.number} bears no reason")
            self._outcome.counts["dead letters"] += 1
            if body.get("only_values"):
                self._outcome.counts["dead letters with values only"] += 1
                continue
            if "session_id" in body:  # else it is a security event
                dead.add(body["session_id"])
            if not await life.built.charge_point.replay(letter.number):
                self._outcome.problems.append(f"dead letter {letter.number} cannot be replayed: {letter}")
        if letters and not await self._is_drained(life):
            return
        phases = await life.desk.run(lambda store: store.count_transactions(STATION))
        if phases:
            self._outcome.problems.append(f"transactions are left: {phases}")
        every_s = self._plan.every_s
        found = await life.desk.run(
            lambda store: judge(self._day, self._csms, store, self._contacts, every_s=every_s, dead=dead)
        )
        self._outcome.problems += found
        ledger = self._csms.ledger(IDENTITY)
        self._outcome.counts["sessions"] += len(self._day.sessions)
        self._outcome.counts["calls"] += len(ledger.calls)
        self._outcome.counts["connections"] += ledger.connections

    async def _is_drained(self, life: Life) -> bool:
        """Wait until the day is over, the faults have ended, and the station has nothing left to tell."""
        never = asyncio.Event()
        limit_s = self._clock.monotonic_s() + DRAIN_LIMIT_S
        over_at = self._day.end_at
        rests = 0
        while True:
            problem = await life.last(never, _LOOK_EVERY_S)
            if problem is not None:
                self._outcome.problems.append(problem)
                return False
            if self._clock.monotonic_s() > limit_s:
                card = life.card
                open_now = await life.desk.run(lambda store: store.transactions(STATION))
                phases = [(one.session_id, one.phase.value, one.attempts) for one in open_now]
                self._outcome.problems.append(f"not drained after {DRAIN_LIMIT_S:.0f} s: {card}, {phases}")
                return False
            is_over = self._clock.now() > over_at and self._healed.is_set()
            rests = rests + 1 if is_over and life.is_idle and await self._is_all_told(life) else 0
            if rests >= _RESTS:
                return True

    async def _is_all_told(self, life: Life) -> bool:
        """Say whether every session of the day is a transaction, and nothing is new or under way any more."""
        known = await life.desk.run(lambda store: store.transactions(STATION, *TransactionPhase))
        states = life.built.uplink.station.session.states
        settled = states.wake_at_s(float(self._plan.settings["MinimumStatusDuration"])) is None
        is_told = len(known) >= len(self._day.sessions) and not any(one.is_open for one in known)
        return is_told and settled and life.built.uplink.is_connected
