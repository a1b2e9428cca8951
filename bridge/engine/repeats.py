"""Repeats of reads inside one poll slot. Commands never come here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from bridge.errors import ChargerError
from bridge.ports import Clock

T = TypeVar("T")
_ATTEMPTS = 3


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, ChargerError) and error.waiting_helps and error.retry_after_s is None


async def repeated(read: Callable[[], Awaitable[T]], clock: Clock, *, longest_pause_s: float = 2.0) -> T:
    """Read up to three times with full jitter between; only passing faults are worth it.

    Raises the last ChargerError. A refused login is not repeated (it may lock the account), nor what the
    charger wants to be asked later (Retry-After).
    """
    try:
        return await read()  # nearly always, and tenacity costs a tenth of a poll
    except ChargerError as error:
        if not _is_passing(error):
            raise
        failed: ChargerError | None = error

    async def attempt() -> T:
        # The first attempt has been made; tenacity sees its outcome and goes on from there.
        nonlocal failed
        if failed is not None:
            first, failed = failed, None
            raise first
        return await read()

    repeats = AsyncRetrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.25, max=min(longest_pause_s, 2.0)),
        retry=retry_if_exception(_is_passing),
        sleep=clock.sleep,
        reraise=True,
    )
    return await repeats(attempt)
