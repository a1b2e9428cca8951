"""What is done once a night: the store is tidied, and what chargers lacked is asked for again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from bridge.engine.history import History
from bridge.errors import StoreError
from bridge.ports import Clock, StoreDesk

_LOG = logging.getLogger(__name__)
_ASK_ABSENT_AGAIN = timedelta(days=30)


class Housekeeping:
    """Woken by the timetable."""

    def __init__(
        self, desk: StoreDesk, histories: Sequence[History], clock: Clock, readings_retention_s: float
    ) -> None:
        self._desk = desk
        self._histories = histories
        self._clock = clock
        self._retention = timedelta(seconds=readings_retention_s)
        self._due = asyncio.Event()

    def wake(self) -> None:
        """Do it soon."""
        self._due.set()

    async def run(self) -> None:
        """Do it whenever woken, until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            await self.tidy()
            for history in self._histories:
                history.wake_fill(absent_again=_ASK_ABSENT_AGAIN)

    async def tidy(self) -> None:
        """Drop readings past their retention, join journal entries as old as that, set damaged days aside."""
        before = self._clock.now() - self._retention
        try:
            dropped = await self._desk.run(lambda store: store.drop_readings(before))
            joined = await self._desk.run(lambda store: store.compact_journal(before))
            damaged = await self._desk.run(lambda store: store.put_damaged_blocks_aside())
        except StoreError as error:
            _LOG.warning("%s", error)
            return
        if damaged:
            _LOG.warning("%d days of power in the store were damaged; they are set aside and fetched again", damaged)
        _LOG.info("dropped %d readings past their retention, joined %d journal entries", dropped, joined)
