"""Polls one charger: slots on shared ticks, repeats inside a slot, a breaker across slots."""

from __future__ import annotations

import logging
import random
from datetime import timedelta

from bridge.engine.board import ChargerCard
from bridge.engine.breaker import Breaker
from bridge.engine.changes import ChangeWatch
from bridge.engine.health import HealthWatch
from bridge.engine.history import History
from bridge.engine.recorder import Recorder
from bridge.engine.repeats import repeated
from bridge.errors import ChargerError
from bridge.ports import Charger, Clock
from bridge.types.charger import Snapshot

_LOG = logging.getLogger(__name__)
_MOST_REMARKS = 100
_LOG_LAG_S = 8.0
"""the log has a session's end about 2 s after the state has it [clients], slow boxes later"""


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
    ) -> None:
        self._card = card
        self._charger = charger
        self._recorder = recorder
        self._health = health
        self._changes = changes
        self._clock = clock
        self._history = history
        self._breaker = Breaker(card.poll_s, random.Random(card.charger))  # noqa: S311 -- jitter is no secret
        self._down_reason: str | None = None
        self._look_again_at_s: float | None = None

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            hold_s = await self.poll()
            await self._clock.sleep(max(hold_s or self._until_next_tick_s(), self._patience_s()))

    def _until_next_tick_s(self) -> float:
        """Return the wait until the next multiple of the interval: chargers polled in step cost half the CPU."""
        now_s = self._clock.monotonic_s()
        return self._card.poll_s - now_s % self._card.poll_s

    def _patience_s(self) -> float:
        """Return how much longer the charger wants to be left alone (Retry-After)."""
        return self._card.leave_alone_until_s - self._clock.monotonic_s()

    async def poll(self) -> float:
        """Use one slot; return the seconds to hold off, 0 for "until the next tick"."""
        self._card.polls += 1
        try:
            snapshot = await self._ask()
        except ChargerError as error:
            return self._fail(error)
        self._take(snapshot)
        return 0.0

    async def _ask(self) -> Snapshot:
        if self._breaker.is_open:
            return await self._charger.snapshot()
        return await repeated(self._charger.snapshot, self._clock, longest_pause_s=self._card.poll_s / 4)

    def _take(self, snapshot: Snapshot) -> None:
        self._breaker.succeed()
        if self._down_reason is not None:
            _LOG.warning("%s: answers again", self._card.charger)
            self._down_reason = None
            self._history.wake_fill()
        self._card.error = None
        self._card.next_poll_at = None
        self._health.heard(self._card.charger, snapshot.read_at)
        changes = self._changes.take(snapshot)
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
            self._look_again_at_s = now_s + _LOG_LAG_S
            self._history.wake_recent()
        elif self._look_again_at_s is not None and now_s >= self._look_again_at_s:
            self._look_again_at_s = None
            self._history.wake_recent()

    def _remark(self, note: str) -> None:
        """Count what could not be read, and say it once."""
        remarks = self._card.remarks
        if note in remarks:
            remarks[note] += 1
        elif len(remarks) < _MOST_REMARKS:
            remarks[note] = 1
            _LOG.warning("%s: %s", self._card.charger, note)

    def _fail(self, error: ChargerError) -> float:
        hold_s = self._breaker.fail(error.retry_after_s)
        if error.retry_after_s is not None:
            self._card.leave_alone_until_s = self._clock.monotonic_s() + hold_s
        every_s = hold_s or self._card.poll_s
        self._card.next_poll_at = self._clock.now() + timedelta(seconds=every_s)
        self._card.failures[error.reason] = self._card.failures.get(error.reason, 0) + 1
        error.meanwhile = error.meanwhile or f"It is asked again in {every_s:.0f} s; the others are not affected"
        self._card.error = str(error)
        if error.reason != self._down_reason:
            self._down_reason = error.reason
            _LOG.warning("%s", error)
        return hold_s
