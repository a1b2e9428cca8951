"""The faults of a simulated go-e charger."""

from __future__ import annotations

import json

from adapters.go_e.simulation.options import FaultKind
from adapters.simulation.faults import Fault, Faults


class GoEFaults(Faults[FaultKind]):
    """Looks at the word that overrides what the status says."""

    def add(self, fault: Fault[FaultKind]) -> None:
        """Let a fault strike from now on; raises ValueError beyond its bounds."""
        if fault.kind is FaultKind.CHANGED and not isinstance(json.loads(fault.word), dict):
            raise ValueError("word is a JSON object")
        super().add(fault)
