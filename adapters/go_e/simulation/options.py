"""How a simulated go-e charger is set up, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from adapters.simulation.faults import Fault, Strike
from adapters.simulation.options import Options


class FaultKind(StrEnum):
    """What can go wrong between the charger and who asks it; see `Strike` for what has no words here."""

    SERVER_ERROR = Strike.SERVER_ERROR
    NOT_FOUND = Strike.NOT_FOUND
    SLOW = Strike.SLOW
    SILENT = Strike.SILENT
    RESET = Strike.RESET
    LOST_ANSWER = Strike.LOST_ANSWER
    TRUNCATED = Strike.TRUNCATED
    INVALID_JSON = Strike.INVALID_JSON
    HTML = Strike.HTML
    REFUSED_SET = "refused_set"
    """a set is answered with a sentence for each key, and nothing is done"""
    IGNORED_SET = "ignored_set"
    """a set is answered with true, and nothing is done"""
    LEFT_OUT = "left_out"
    """the keys named in `word`, with commas between, are not in the status"""
    CHANGED = "changed"
    """the JSON object in `word` overrides what the status says"""


@dataclass
class SimulatorOptions(Options):
    """A charger to be simulated. Without a token it lets everybody in, as real ones do in the LAN."""

    access_control: bool = False
    """whether a transaction must be started before a car may charge (`acs`)"""
    phases: Literal[1, 3] = 3
    """how the box is connected"""
    highest_a: Literal[16, 32] = 32
    """11 kW or 22 kW box (`ama`)"""
    lag_s: float = 0.0
    """how long after a set the box acts on it, in simulated seconds; real ones take about one"""
    legacy_filter: bool = False
    """as firmware before 051.4: `filter` is a JSON array of which ten keys are heard; anything else is no filter"""
    faults: Sequence[Fault[FaultKind]] = ()
    """what is wrong from the start"""

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated with a ValueError."""
        super().__post_init__()
        if self.lag_s < 0:
            raise ValueError("lag_s is at least 0")
