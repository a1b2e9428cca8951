"""What a person or a program asks of a charger that speaks OCPP, and what the charger said to it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from bridge.types.facts import Fact
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import CommandStatus


class OperationResult(Fact):
    """What became of one operation; the charger's own words are in `answer`."""

    operation: str
    """the action as it was sent to the charger, in the words of its version"""
    version: OcppVersion
    outcome: CommandStatus
    """done: it said Accepted, or gave what was asked for; refused: it said no; unconfirmed: no answer came in time"""
    detail: str = ""
    """why, as a sentence; empty where nothing needs saying"""
    sent: dict[str, Any] = Field(default_factory=dict)
    """the payload as it was sent, secrets left out"""
    answer: dict[str, Any] = Field(default_factory=dict)
    """the payload that came back; reports that came in parts are put together under `reportData`"""
    notes: tuple[str, ...] = ()
    """what could not be said in the charger's version, or was corrected"""


class ChargingTraits(Fact):
    """What a station said of its smart charging; the defaults where it said nothing."""

    is_smart: bool = True
    """whether it takes charging profiles at all"""
    stack_level: Annotated[int, Field(ge=0)] = 0
    """the highest stackLevel that it takes"""
    rate_units: frozenset[str] = frozenset({"A"})
    """`A`, `W` or both: in what schedules may count"""


class OperationArgument(Fact):
    """One thing that an operation takes, for who draws a form."""

    name: str
    kind: str
    """`text`, `integer`, `number`, `switch`, `time`, `word` (one of `words`), or `json`"""
    required: bool = False
    words: tuple[str, ...] = ()
    about: str = ""


class OperationKind(Fact):
    """One operation that can be asked of a station: the same whichever version it speaks."""

    name: str
    """OCPP's action, such as `SetChargingProfile`; `aliases` are accepted as well"""
    aliases: tuple[str, ...] = ()
    """what the other versions call it"""
    about: str
    """one sentence for a person"""
    arguments: tuple[OperationArgument, ...] = ()
    sample: dict[str, Any] = Field(default_factory=dict)
    """arguments to begin with"""
    is_risky: bool = False
    """whether a person should be asked once more"""
