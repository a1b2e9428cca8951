"""Keeps the bridge's tasks running: one that fails unexpectedly is told of and started again."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bridge.engine.board import Board
from bridge.ports import Clock

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 300.0
_CALM_S = 600.0


async def keep_running(name: str, work: Callable[[], Awaitable[None]], clock: Clock, board: Board) -> None:
    """Run `work` until it is cancelled; after an unexpected failure again, a little later each time.

    Such a failure is a defect of the bridge: its trace goes to the log, a sentence to the page, and no other
    task is touched.
    """
    pause_s = _FIRST_PAUSE_S
    while True:
        started_s = clock.monotonic_s()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 -- a defect in one task must not end the others
            if clock.monotonic_s() - started_s > _CALM_S:
                pause_s = _FIRST_PAUSE_S
            board.notes[name] = (
                f"{name} stopped unexpectedly ({type(error).__name__}) and is started again in {pause_s:.0f} s; "
                "all else goes on. Please report it with the log"
            )
            _LOG.exception("%s", board.notes[name])
            await clock.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        else:
            return
