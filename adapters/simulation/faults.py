"""Which faults are upon a simulated charger now, and how often each will still strike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

LONGEST_DELAY_S = 600.0
LARGEST_SKEW_S = 366 * 86_400
MOST_FAULTS = 100


class Strike(StrEnum):
    """What can go wrong on the way, whatever the API; a charger lists in its own kinds those that it knows."""

    UNAUTHORIZED = "unauthorized"
    """401 whatever the token"""
    SERVER_ERROR = "server_error"
    """500 without a body; nothing is done"""
    NOT_FOUND = "not_found"
    """404, as of a firmware without that endpoint or where the API is not switched on"""
    UNAVAILABLE = "unavailable"
    """503 with Retry-After"""
    TOO_MANY = "too_many"
    """429 with Retry-After"""
    SLOW = "slow"
    """the answer comes after `delay_s` of the injected clock"""
    SILENT = "silent"
    """what was asked is done, and no answer ever comes"""
    RESET = "reset"
    """the connection is reset instead of an answer; nothing is done"""
    LOST_ANSWER = "lost_answer"
    """what was asked is done, and the connection reset instead of an answer"""
    TRUNCATED = "truncated"
    """the body is cut off half-way and the connection closed"""
    INVALID_JSON = "invalid_json"
    """a whole answer that is not JSON"""
    HTML = "html"
    """a login page in HTML with status 200, as of a router or a captive portal"""
    WRONG_DATE = "wrong_date"
    """the Date header is `skew_s` ahead"""


K = TypeVar("K", bound=StrEnum)


@dataclass(slots=True)
class Fault(Generic[K]):
    """One thing that is wrong, for the next `times` requests that it concerns, or until it is healed."""

    kind: K
    times: int | None = None
    path: str = ""
    """only requests whose path starts like this"""
    delay_s: float = 5.0
    """at most 600"""
    retry_after_s: int = 30
    skew_s: float = 3600.0
    word: str = ""
    """what a charger's own kinds make of it"""


class Faults(Generic[K]):
    """The active faults of the charger's `kinds`, in the order they came."""

    def __init__(self, kinds: type[K], faults: Iterable[Fault[K]] = ()) -> None:
        self.kinds = kinds
        self._active: list[Fault[K]] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault[K]) -> None:
        """Let a fault strike from now on; raises ValueError beyond its bounds."""
        if fault.times is not None and fault.times < 1:
            raise ValueError("times is at least 1")
        if not 0 <= fault.delay_s <= LONGEST_DELAY_S:
            raise ValueError(f"delay_s is at most {LONGEST_DELAY_S:g}")
        if not abs(fault.skew_s) <= LARGEST_SKEW_S or not 0 <= fault.retry_after_s <= LARGEST_SKEW_S:
            raise ValueError("skew_s and retry_after_s are at most a year")
        if len(self._active) >= MOST_FAULTS:
            raise ValueError(f"{MOST_FAULTS} faults are enough; heal first")
        self._active.append(replace(fault, path=fault.path.rstrip("/")))

    def heal(self, kind: K | None = None) -> None:
        """End all faults, or all of one kind."""
        self._active = [f for f in self._active if kind is not None and f.kind is not kind]

    def take(self, path: str, *kinds: StrEnum) -> Fault[K] | None:
        """Return the first active fault of these kinds that concerns the path, and count it as struck."""
        for fault in self._active:
            if fault.kind in kinds and path.startswith(fault.path):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._active.remove(fault)
                return fault
        return None

    def names(self) -> list[str]:
        """Return the kinds of all active faults."""
        return [fault.kind.value for fault in self._active]

    def parse(self, given: Mapping[str, str]) -> Fault[K]:
        """Read a fault from a query such as `kind=slow&delay_s=3&times=2`; raises ValueError with a sentence."""
        try:
            kind = self.kinds(given.get("kind", ""))
        except ValueError as unknown:
            raise ValueError(f"kind is one of {', '.join(self.kinds)}") from unknown
        fault = Fault(kind, path=given.get("path", ""), word=given.get("word", ""))
        if "times" in given:
            fault.times = int(_number(given, "times"))
        if "delay_s" in given:
            fault.delay_s = _number(given, "delay_s")
        if "retry_after_s" in given:
            fault.retry_after_s = int(_number(given, "retry_after_s"))
        if "skew_s" in given:
            fault.skew_s = _number(given, "skew_s")
        return fault


def _number(given: Mapping[str, str], name: str) -> float:
    try:
        value = float(given[name])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{name} {given[name]!r} is no number")
    return value
