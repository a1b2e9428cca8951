"""Polls one charger: slots on shared ticks, repeats inside a slot, a breaker across slots, and looks between."""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import timedelta

from bridge.engine.board import ChargerCard
from bridge.engine.breaker import Breaker
from bridge.engine.changes import ChangeWatch
from bridge.engine.health import HealthWatch
from bridge.engine.history import History
from bridge.engine.observation import Observation
from bridge.engine.recorder import Recorder
from bridge.engine.repeats import repeated
from bridge.engine.waking import Alarm
from bridge.errors import ChargerBusyError, ChargerError
from bridge.ports import Charger, Clock
from bridge.types.charger import Snapshot

_LOG = logging.getLogger(__name__)
_MOST_REMARKS = 100
LOOK_APART_S = 1.0
"""a charger is not asked more often, however many want to know"""
_LOOK_AGAIN_S = 2.0
"""a box may take a moment to obey"""
_LOG_LAG_S = 8.0
"""the log has a session's end about 2 s after the state has it [clients], slow boxes later"""
_ROUNDING_S = 1e-6
"""what is left by the rounding of floats alone is not slept for"""


class Poller:
    """Asks one charger how it is, hands the answer on, and keeps its card true."""

    def __init__(
        self,
        card: ChargerCard,
        charger: Charger,
        recorder: Recorder,
        health: HealthWatch,
        changes: ChangeWatch,
        clock: Clock,
        history: History,
        observation: Observation,
    ) -> None:
        self._card = card
        self._charger = charger
        self._recorder = recorder
        self._health = health
        self._changes = changes
        self._clock = clock
        self._history = history
        self._observation = observation
        self._breaker = Breaker(card.poll_s, random.Random(card.charger))  # noqa: S311 -- jitter is no secret
        self._down_reason: str | None = None
        self._log_again_at_s: float | None = None
        self._asking = asyncio.Lock()
        self._asked_at_s = clock.monotonic_s() - LOOK_APART_S
        self._heard_at_s = 0.0
        self._hold_until_s = 0.0
        self._slots = 0
        self._error: ChargerError | None = None
        self._taken: Snapshot | None = None
        self._wanted_at_s: list[float] = []
        self._not_before_s = 0.0
        """until then no tick is due: the charger has told how it is"""
        self._woken = asyncio.Event()
        self._alarm = Alarm(self._woken, clock)

    async def run(self) -> None:
        """Poll until cancelled."""
        try:
            while True:
                await self.poll()
                due_s = self._clock.monotonic_s() + self._pause_s()
                while (left_s := due_s - self._clock.monotonic_s()) > _ROUNDING_S:
                    self._woken.clear()
                    self._alarm.set(left_s)
                    await self._woken.wait()
                    due_s = min(due_s, self._clock.monotonic_s() + self._pause_s())
        finally:
            await self._alarm.stop()

    def wake(self) -> None:
        """Look at once and once more a little later: the charger was told to change."""
        now_s = self._clock.monotonic_s()
        self._wanted_at_s = [now_s, now_s + _LOOK_AGAIN_S]
        self._woken.set()

    def told(self) -> None:
        """Take up what the charger told by itself, at once, and also while it would be left alone after failures.

        One that tells more often than it is polled is not polled beside that.
        """
        now_s = self._clock.monotonic_s()
        self._hold_until_s = 0.0
        self._not_before_s = now_s + self._card.poll_s
        if not self._wanted_at_s or self._wanted_at_s[0] > now_s:
            self._wanted_at_s.insert(0, now_s)
        self._woken.set()

    async def look(self, max_age_s: float) -> Snapshot:
        """Return a snapshot that is not older, asking the charger where needed; those who wait share one answer.

        Raises ChargerError: what the charger's answer was, or that it is left alone at present.
        """
        slots = self._slots
        while True:
            async with self._asking:
                if self._slots > slots and self._error is not None:
                    raise _again(self._error)
                age_s = self._clock.monotonic_s() - self._heard_at_s
                if self._card.snapshot is not None and (self._slots > slots or age_s <= max_age_s):
                    return self._card.snapshot
                self._check_patience()
                wait_s = self._asked_at_s + LOOK_APART_S - self._clock.monotonic_s()
                if wait_s <= 0:
                    await self._use_slot()
            if wait_s > 0:
                await self._clock.sleep(wait_s)

    def _check_patience(self) -> None:
        """Raise ChargerError while the charger is left alone: by its own wish, or because it keeps failing."""
        now_s = self._clock.monotonic_s()
        if self._patience_s() > 0:
            raise ChargerBusyError(
                self._card.charger,
                f"it asked to be left alone for another {self._patience_s():.0f} s",
                retry_after_s=self._patience_s(),
            )
        if now_s < self._hold_until_s and self._error is not None:
            error = _again(self._error)
            error.meanwhile = f"It is asked again in {self._hold_until_s - now_s:.0f} s"
            raise error

    def _pause_s(self) -> float:
        """Return how long to wait until the next slot, or until somebody wants a look."""
        now_s = self._clock.monotonic_s()
        hold_s = self._hold_until_s - now_s
        pause_s = hold_s if hold_s > 0 else self._until_next_tick_s()
        if self._wanted_at_s and hold_s <= 0:
            wanted_at_s = max(self._wanted_at_s[0], self._asked_at_s + LOOK_APART_S)
            pause_s = min(pause_s, max(wanted_at_s - now_s, 0.0))
        return max(pause_s, self._patience_s())

    def _until_next_tick_s(self) -> float:
        """Return the wait until the next multiple of the interval: chargers polled in step cost half the CPU."""
        now_s = self._clock.monotonic_s()
        since_s = max(now_s, self._not_before_s)
        return since_s - now_s + self._card.poll_s - since_s % self._card.poll_s

    def _patience_s(self) -> float:
        """Return how much longer the charger wants to be left alone (Retry-After)."""
        return self._card.leave_alone_until_s - self._clock.monotonic_s()

    async def poll(self) -> None:
        """Use one slot; whoever is asking already is waited for."""
        async with self._asking:
            await self._use_slot()

    async def _use_slot(self) -> None:
        self._card.polls += 1
        self._asked_at_s = self._clock.monotonic_s()
        self._wanted_at_s = [at_s for at_s in self._wanted_at_s if at_s > self._asked_at_s]
        try:
            snapshot = await self._ask()
        except ChargerError as error:
            self._fail(error)
        else:
            self._take(snapshot)
        self._slots += 1

    async def _ask(self) -> Snapshot:
        if self._breaker.is_open:
            return await self._charger.snapshot()
        return await repeated(self._charger.snapshot, self._clock, longest_pause_s=self._card.poll_s / 4)

    def _take(self, snapshot: Snapshot) -> None:
        self._breaker.succeed()
        self._error, self._hold_until_s = None, 0.0
        weight, self._heard_at_s = self._weight, self._clock.monotonic_s()
        if self._down_reason is not None:
            _LOG.log(weight, "%s: answers again", self._card.charger)
            self._down_reason = None
            self._history.wake_fill()
        self._card.error = None
        self._card.next_poll_at = None
        if snapshot == self._taken:
            return  # of a charger that tells by itself, and has told nothing since
        self._taken = snapshot
        self._health.heard(self._card.charger, snapshot.read_at)
        changes = self._changes.take(self._observation.take(snapshot))
        self._card.snapshot = changes.snapshot
        self._recorder.take_snapshot(self._card.charger, changes.snapshot)
        for kind, body in changes.entries:
            self._recorder.note(kind, self._card.charger, body)
        self._look_at_sessions(edge=changes.session_edge)
        for note in snapshot.notes:
            self._remark(note)

    def _look_at_sessions(self, *, edge: bool) -> None:
        """Wake the history at an edge, and once more a little later: the log's end comes after the state's."""
        now_s = self._clock.monotonic_s()
        if edge:
            self._log_again_at_s = now_s + _LOG_LAG_S
            self._history.wake_recent()
        elif self._log_again_at_s is not None and now_s >= self._log_again_at_s:
            self._log_again_at_s = None
            self._history.wake_recent()

    def _remark(self, note: str) -> None:
        """Count what could not be read, and say it once."""
        remarks = self._card.remarks
        if note in remarks:
            remarks[note] += 1
        elif len(remarks) < _MOST_REMARKS:
            remarks[note] = 1
            _LOG.warning("%s: %s", self._card.charger, note)

    def _fail(self, error: ChargerError) -> None:
        self._observation.pass_by()
        hold_s = self._breaker.fail(error.retry_after_s)
        if error.retry_after_s is not None:
            self._card.leave_alone_until_s = self._clock.monotonic_s() + hold_s
        self._error, self._hold_until_s = error, self._clock.monotonic_s() + hold_s
        every_s = hold_s or self._card.poll_s
        self._card.next_poll_at = self._clock.now() + timedelta(seconds=every_s)
        self._card.failures[error.reason] = self._card.failures.get(error.reason, 0) + 1
        error.meanwhile = error.meanwhile or f"It is asked again in {every_s:.0f} s; the others are not affected"
        self._card.error = str(error)
        if error.reason != self._down_reason:
            self._down_reason = error.reason
            _LOG.log(self._weight, "%s", error)

    @property
    def _weight(self) -> int:
        """How loud silence is: one that connects by itself is not there yet when the bridge starts."""
        return logging.INFO if self._charger.tells_itself and self._heard_at_s == 0 else logging.WARNING


def _again(error: ChargerError) -> ChargerError:
    """Return the same error for another reader."""
    return type(error)(
        error.where, error.seen, todo=error.todo, meanwhile=error.meanwhile, retry_after_s=error.retry_after_s
    )
