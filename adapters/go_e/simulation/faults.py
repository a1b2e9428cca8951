"""Which faults are upon the charger now, and how often each will still strike."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from adapters.go_e.simulation.options import Fault, FaultKind

LONGEST_DELAY_S = 600.0
MOST_FAULTS = 100


class Faults:
    """The active faults, in the order they came."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._active: list[Fault] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Let a fault strike from now on; raises ValueError beyond its bounds."""
        if fault.times is not None and fault.times < 1:
            raise ValueError("times is at least 1")
        if not 0 <= fault.delay_s <= LONGEST_DELAY_S:
            raise ValueError(f"delay_s is at most {LONGEST_DELAY_S:g}")
        if fault.kind is FaultKind.CHANGED and not isinstance(json.loads(fault.word), dict):
            raise ValueError("word is a JSON object")
        if len(self._active) >= MOST_FAULTS:
            raise ValueError(f"{MOST_FAULTS} faults are enough; heal first")
        self._active.append(replace(fault, path=fault.path.rstrip("/")))

    def heal(self, kind: FaultKind | None = None) -> None:
        """End all faults, or all of one kind."""
        self._active = [f for f in self._active if kind is not None and f.kind is not kind]

    def take(self, path: str, *kinds: FaultKind) -> Fault | None:
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


def parse_fault(given: Mapping[str, str]) -> Fault:
    """Read a fault from a query such as `kind=slow&delay_s=3&times=2`; raises ValueError with a sentence."""
    try:
        kind = FaultKind(given.get("kind", ""))
    except ValueError as unknown:
        raise ValueError(f"kind is one of {', '.join(FaultKind)}") from unknown
    fault = Fault(kind, path=given.get("path", ""), word=given.get("word", ""))
    if "times" in given:
        fault.times = int(_number(given, "times"))
    if "delay_s" in given:
        fault.delay_s = _number(given, "delay_s")
    return fault


def _number(given: Mapping[str, str], name: str) -> float:
    try:
        value = float(given[name])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{name} {given[name]!r} is no number")
    return value
