"""What is aligned to the clock. A job only wakes a task; the work is done elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import schedule

from bridge.ports import Clock

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0
_JUMP_S = 30.0
_MINUTES_PER_HOUR = 60


class Timetable:
    """Jobs by the wall clock, on `schedule`.

    `schedule` computes the next run from the wall clock when a job has run, so a clock that is set back would
    silence it for as long. A jump is noticed against the monotonic clock; then all jobs are planned anew.
    """

    def __init__(self, clock: Clock, on_jump: Callable[[float], None]) -> None:
        self._clock = clock
        self._on_jump = on_jump
        self._scheduler = schedule.Scheduler()
        self._plans: list[Callable[[], None]] = []

    def every_minutes(self, minutes: int, second: int, wake: Callable[[], Any]) -> None:
        """Wake at every multiple of `minutes` (a divisor of 60) past the hour, plus `second` seconds."""
        if _MINUTES_PER_HOUR % minutes:
            raise ValueError("only divisors of an hour are aligned to the clock")

        def plan() -> None:
            for minute in range(0, _MINUTES_PER_HOUR, minutes):
                self._scheduler.every().hour.at(f"{minute:02}:{second:02}").do(wake)

        self._add(plan)

    def hourly(self, at: str, wake: Callable[[], Any]) -> None:
        """Wake every hour at `MM:SS`."""
        self._add(lambda: self._scheduler.every().hour.at(at).do(wake))

    def nightly(self, at: str, wake: Callable[[], Any]) -> None:
        """Wake every day at `HH:MM` of this machine's own zone."""
        self._add(lambda: self._scheduler.every().day.at(at).do(wake))

    def _add(self, plan: Callable[[], Any]) -> None:
        self._plans.append(plan)
        plan()

    async def run(self) -> None:
        """Look once a second whether something is due, until cancelled."""
        offset, zone = self._offset(), self._zone()
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            before, offset = offset, self._offset()
            jump_s = (offset - before).total_seconds()
            before_zone, zone = zone, self._zone()
            if abs(jump_s) >= _JUMP_S:
                _LOG.warning("this computer's clock jumped by %+.0f s; the timetable is planned anew", jump_s)
                self._replan()
                self._on_jump(jump_s)
            elif zone != before_zone:  # summer time ends: `schedule` counts in local time and would wait an hour
                self._replan()
            self._scheduler.run_pending()

    def _offset(self) -> timedelta:
        return timedelta(seconds=self._clock.now().timestamp() - self._clock.monotonic_s())

    def _zone(self) -> timedelta | None:
        return self._clock.now().astimezone().utcoffset()

    def _replan(self) -> None:
        self._scheduler.clear()
        for plan in self._plans:
            plan()
