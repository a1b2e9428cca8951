"""Waiting for what another process brings about: always for something that can be seen, always with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_LOOK_EVERY_S = 0.02


def eventually(look: Callable[[], T | None], what: str, limit_s: float = 20.0) -> T:
    """Return the first result that is neither None, False, 0 nor empty; AssertionError after `limit_s`."""
    deadline_s = time.monotonic() + limit_s
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline_s, f"not within {limit_s:g} s: {what} (last seen: {seen!r})"
        time.sleep(_LOOK_EVERY_S)
