"""Waiting for a bridge's end: the moment that was chosen, the death at a commit, or a task that ended by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence


async def outlive(tasks: Sequence[asyncio.Task[None]], events: Sequence[asyncio.Event], limit_s: float) -> str | None:
    """Wait until one of the events or the limit; return what went wrong, None when nothing did."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait((*tasks, *waits), timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    for task in tasks:
        if task.done():
            error = None if task.cancelled() else task.exception()
            return f"{task.get_name()} ended by itself: {error!r}"
    return None
