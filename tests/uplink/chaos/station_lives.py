"""All lives of one run's bridge, one after the other, and the end: nothing is left to tell."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bridge.store.sqlite import open_store
from bridge.types.transaction import TransactionPhase
from tests.uplink.chaos.contacts import Contacts
from tests.uplink.chaos.day import BEGIN_AT, Day
from tests.uplink.chaos.life import STATION, Life
from tests.uplink.chaos.mortal_desk import AtCommit
from tests.uplink.chaos.outcome import Outcome
from tests.uplink.chaos.plan import AtCall, AtMoment, ChaosPlan, Death
from tests.uplink.chaos.swift_loop import LoopClock
from tests.uplink.peer.fault_proxy import FaultProxy

DRAIN_LIMIT_S = 12 * 3600.0
"""of the loop's time: a message that is refused waits for ten minutes in all, a session may have several"""
_LOOK_EVERY_S = 15.0
_RESTS = 3
"""looks in a row at which nothing is left to tell"""

CallsCome = Callable[[int], Awaitable[None]]
"""waits until so many further CALLs of the station have arrived"""


def until_due(moment: asyncio.Event, death: Death | None, come: CallsCome, clock: LoopClock) -> asyncio.Future[None]:
    """Set `moment` when it is time for a death, unless that is the store's to tell; begun at once."""

    async def wait() -> None:
        match death:
            case AtMoment(after_s):
                await clock.sleep(after_s)
            case AtCall(number, after_s):
                await come(number)
                await clock.sleep(after_s)
            case AtCommit() | None:
                return
        moment.set()

    return asyncio.ensure_future(wait())


@dataclass(slots=True, kw_only=True)
class Around:
    """What a bridge's lives pass in."""

    plan: ChaosPlan
    folder: Path
    day: Day
    clock: LoopClock
    proxy: FaultProxy
    outcome: Outcome
    come: CallsCome
    healed: asyncio.Event
    """set when nothing goes wrong any more"""
    on_loss: Callable[[], None]
    """called when the bridge has lost its store"""


class StationLives:
    """One run's."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self.contacts = Contacts()

    def configure(self) -> None:
        """Set what a central system has set long ago."""
        with open_store(self._around.folder) as store:
            for key, value in self._around.plan.settings.items():
                store.put_setting(f"{STATION}/key/{key}", value)

    async def live(self) -> Life:
        """Live and die as planned; return the last life, which nobody ends."""
        plan = self._around.plan
        for number, (death, down_s) in enumerate(zip(plan.deaths, plan.downs_s, strict=True)):
            await self._live_and_die(number, death)
            if number < len(plan.wipes) and plan.wipes[number]:
                self._lose_store()
            await self._around.clock.sleep(down_s)
        return self._begin(len(plan.deaths), None)

    def _lose_store(self) -> None:
        """Lose everything that the bridge kept, and set its settings again."""
        around = self._around
        for file in around.folder.iterdir():
            file.unlink()
        self.configure()
        around.on_loss()
        around.outcome.counts["stores lost"] += 1
        around.outcome.log.append(f"{around.clock.now():%H:%M:%S.%f} the store is lost")

    def _begin(self, number: int, death: AtCommit | None) -> Life:
        around = self._around
        plan, seed, url = around.plan, f"{around.plan.seed}/{number}", around.proxy.url
        life = Life(around.folder, url, around.day, plan.watching, around.clock, death, seed, version=plan.version)
        self.contacts.lives.append(life.contacts)
        return life

    async def _live_and_die(self, number: int, death: Death) -> None:
        around = self._around
        life = self._begin(number, death if isinstance(death, AtCommit) else None)
        moment = asyncio.Event()
        waiting = until_due(moment, death, around.come, around.clock)
        longest_s = max(1.0, (around.day.end_at - around.clock.now()).total_seconds())
        problem = await life.last(moment, longest_s)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        if problem is not None:
            around.outcome.problems.append(problem)
        around.proxy.cut()
        await life.end()
        self._note_death(death)

    def _note_death(self, death: Death) -> None:
        """Count in which steps of transactions' lives the bridge died."""
        outcome = self._around.outcome
        with open_store(self._around.folder, read_only=True) as store:
            phases = [phase.value for phase in store.count_transactions(STATION)] or ["none"]
        outcome.counts.update(f"killed with {phase}" for phase in phases)
        outcome.counts["killed"] += 1
        outcome.log.append(f"{self._around.clock.now():%H:%M:%S.%f} killed at {death}, open: {', '.join(phases)}")

    # --- the end -----------------------------------------------------------------------------------------------------

    async def come_to_rest(self, life: Life) -> set[str] | None:
        """Have everything told, what was refused for good too; return the ids of those sessions, None if it failed."""
        if not await self._is_drained(life):
            return None
        letters = await life.desk.run(lambda store: store.set_aside(STATION))
        outcome = self._around.outcome
        dead: set[str] = set()
        for letter in letters:
            body = json.loads(letter.payload)
            if not letter.reason:
                outcome.problems.append(f"dead letter {letter.number} bears no reason")
            outcome.counts["dead letters"] += 1
            if body.get("only_values"):
                outcome.counts["dead letters with values only"] += 1
                continue
            if "session_id" in body:  # else it is a security event
                dead.add(body["session_id"])
            if not await life.built.charge_point.replay(letter.number):
                outcome.problems.append(f"dead letter {letter.number} cannot be replayed: {letter}")
        if letters and not await self._is_drained(life):
            return None
        phases = await life.desk.run(lambda store: store.count_transactions(STATION))
        if phases:
            outcome.problems.append(f"transactions are left: {phases}")
        return dead

    async def _is_drained(self, life: Life) -> bool:
        """Wait until the day is over, the faults have ended, and the station has nothing left to tell."""
        around = self._around
        never = asyncio.Event()
        limit_s = around.clock.monotonic_s() + DRAIN_LIMIT_S
        rests = 0
        while True:
            problem = await life.last(never, _LOOK_EVERY_S)
            if problem is not None:
                around.outcome.problems.append(problem)
                return False
            if around.clock.monotonic_s() > limit_s:
                card = life.card
                open_now = await life.desk.run(lambda store: store.transactions(STATION))
                phases = [(one.session_id, one.phase.value, one.attempts) for one in open_now]
                around.outcome.problems.append(f"not drained after {DRAIN_LIMIT_S:.0f} s: {card}, {phases}")
                return False
            is_over = around.clock.now() > around.day.end_at and around.healed.is_set()
            rests = rests + 1 if is_over and life.is_idle and await self._is_all_told(life) else 0
            if rests >= _RESTS:
                return True

    async def _is_all_told(self, life: Life) -> bool:
        """Say whether every session of the day is a transaction, and nothing is new or under way any more."""
        known = await life.desk.run(lambda store: store.transactions(STATION, *TransactionPhase))
        states = life.built.uplink.station.session.states
        settled = states.wake_at_s(float(self._around.plan.settings["MinimumStatusDuration"])) is None
        is_told = len(known) >= len(self._around.day.sessions) and not any(one.is_open for one in known)
        return is_told and settled and life.built.uplink.is_connected


def stamped(line: str) -> str:
    """Return a line of the fault proxy's log with the time of day."""
    seconds, _, text = line.partition(" ")
    return f"{BEGIN_AT + timedelta(seconds=float(seconds)):%H:%M:%S.%f} ~ {text}"
