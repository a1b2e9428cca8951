"""Keeps the store equal to what one charger remembers: its identity, its session log, its power."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from bridge.engine.board import ChargerCard, Progress
from bridge.engine.interval_history import IntervalHistory
from bridge.engine.recorder import Recorder
from bridge.engine.repeats import repeated
from bridge.engine.session_history import SessionHistory
from bridge.engine.unread import take_all
from bridge.errors import ChargerError, StoreError
from bridge.ports import Charger, Clock, StoreDesk

_LOG = logging.getLogger(__name__)

ASK_ABSENT_AGAIN = timedelta(days=2)
"""what a charger's history lacked is asked for again while it is younger than this"""


class History:
    """Reads the past of one charger whenever it is woken: the newest part, the holes, or both."""

    def __init__(
        self,
        card: ChargerCard,
        charger: Charger,
        desk: StoreDesk,
        recorder: Recorder,
        clock: Clock,
        since_at: datetime,
        tell: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._card = card
        self._charger = charger
        self._recorder = recorder
        self._clock = clock
        self._sessions = SessionHistory(card.charger, charger, desk, recorder, clock, since_at)
        self._intervals = IntervalHistory(card.charger, charger, desk, recorder, clock, since_at, tell)
        self._due = asyncio.Event()
        self._identified = False
        self._recent_is_due = False
        self._fill_is_due = False
        self._absent_again = ASK_ABSENT_AGAIN
        self._errors: dict[str, str] = {}

    @property
    def offers_intervals(self) -> bool | None:
        """Whether the charger has a history of its power; None while it was not asked."""
        return self._intervals.is_offered

    def wake_recent(self) -> None:
        """Read the last half hour and the latest sessions soon."""
        self._recent_is_due = True
        self._due.set()

    def wake_fill(self, *, absent_again: timedelta = ASK_ABSENT_AGAIN) -> None:
        """Look for holes soon; what the charger lacked and is younger than `absent_again` counts as one."""
        self._fill_is_due = True
        self._identified = False
        self._absent_again = max(self._absent_again, absent_again)
        self._due.set()

    async def run(self) -> None:
        """Do what was woken, until cancelled; what failed is tried again at the next waking."""
        while True:
            await self._due.wait()
            self._due.clear()
            if self._recent_is_due:
                self._recent_is_due = False
                await self._attempt("latest rows", self.read_recent)
            if self._fill_is_due:
                self._fill_is_due = False
                since = self._clock.now() - self._absent_again
                self._absent_again = ASK_ABSENT_AGAIN
                await self._attempt("history", partial(self.fill, ask_absent_since=since))

    async def _attempt(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        await self._wait_for_patience()
        try:
            await work()
        except (ChargerError, StoreError) as error:
            if isinstance(error, ChargerError) and error.retry_after_s is not None:
                self._card.leave_alone_until_s = self._clock.monotonic_s() + min(error.retry_after_s, 3600.0)
            error.meanwhile = error.meanwhile or "It is asked for again within the hour"
            text = f"{name} of {self._card.charger}: {error}"
            if text != self._errors.get(name) and self._card.error is None:
                _LOG.warning("%s", text)
            self._errors[name] = text
        else:
            self._errors.pop(name, None)
        self._card.backfill_error = next(iter(self._errors.values()), None)

    async def _wait_for_patience(self) -> None:
        """Leave the charger alone as long as it asked for (Retry-After), here or at a poll."""
        wait_s = self._card.leave_alone_until_s - self._clock.monotonic_s()
        if wait_s > 0:
            await self._clock.sleep(wait_s)

    async def read_recent(self) -> None:
        """Read the last half hour again, since a charger may still correct it, and the latest sessions.

        Raises ChargerError, after everything else was read, and StoreError.
        """
        await take_all(self._read_identity, self._sessions.read_recent, self._intervals.read_recent)

    async def _read_identity(self) -> None:
        """Ask who the box is, once an hour: it may have been given new firmware, or have been replaced."""
        if not self._identified:
            self._card.identity = await repeated(self._charger.identify, self._clock)
            self._identified = True
            self._recorder.take_identity(self._card.charger, self._card.identity)

    async def fill(self, *, ask_absent_since: datetime | None = None) -> None:
        """Fetch every hole in sessions and intervals, newest day first.

        What the charger once said it does not have is asked for again when it is younger than two days, or
        than `ask_absent_since`. One answer that cannot be read does not keep the rest away: it is raised at
        the end. Raises ChargerError and StoreError.
        """
        since = ask_absent_since or self._clock.now() - ASK_ABSENT_AGAIN
        progress = Progress()
        self._card.backfill = progress
        try:
            await take_all(self._sessions.fill, partial(self._intervals.fill, progress, since))
        finally:
            self._card.backfill = None
