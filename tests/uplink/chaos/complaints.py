"""What the bridge logs during a run: kept for who looks at it, and a problem where it is a defect of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tests.uplink.chaos.outcome import Outcome
from tests.uplink.chaos.swift_loop import LoopClock


class _Complaints(logging.Handler):
    def __init__(self, outcome: Outcome, clock: LoopClock) -> None:
        super().__init__(logging.INFO)
        self._outcome = outcome
        self._clock = clock

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        self._outcome.log.append(f"{self._clock.now():%H:%M:%S.%f} {text}")
        if record.exc_info or "please report" in text:
            self._outcome.problems.append(f"it logged a defect: {text} {record.exc_info}")


@contextmanager
def complaints(outcome: Outcome, clock: LoopClock) -> Iterator[None]:
    """Take what is logged meanwhile."""
    handler = _Complaints(outcome, clock)
    logger = logging.getLogger("bridge")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
