"""What a person may set about the limit of the whole site."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bridge.types.options import ChargerId, DurationS, Options


class Shares(StrEnum):
    """How what there is, is divided."""

    EQUAL = "equal"
    """everybody who charges gets the same current, as far as whole amperes allow"""
    PRIORITY = "priority"
    """everybody gets 6 A as long as there is enough, in the order of the priorities; the rest goes to the highest"""


class SiteLimitOptions(Options):
    """What all chargers of the site may take together; where both limits are given, both hold."""

    max_current_a: Annotated[float, Field(ge=6, le=10_000)] | None = Field(default=None, alias="max_current")
    """of each phase, all chargers together, 6 A and more; all count as if they were on the same phases"""
    max_power_w: Annotated[float, Field(ge=1_000, le=5_000_000)] | None = Field(default=None, alias="max_power")
    """W, 1000 and more; of all chargers together, or with `building` of the whole building"""
    shares: Shares = Shares.EQUAL
    """how it is divided"""
    priorities: Annotated[dict[ChargerId, Annotated[int, Field(ge=-1000, le=1000)]], Field(max_length=200)] = Field(
        default_factory=dict
    )
    """by charger, the higher the sooner; 0 where none is given"""
    building: ChargerId | None = None
    """the charger whose load guard measures the building, all chargers included; `max_power` is the building's then"""
    raise_after_s: Annotated[DurationS, Field(ge=10, le=3600)] = Field(default=60.0, alias="raise_after")
    """a limit is lowered at once and raised only after there has been enough for this long, 10s to 1h"""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.max_current_a is None and self.max_power_w is None:
            raise ValueError("give max_current, max_power or both")
        if self.building is not None and self.max_power_w is None:
            raise _problem("building", "the power of the building is held against max_power, which is missing")
        if self.priorities and self.shares is not Shares.PRIORITY:
            raise _problem("priorities", "priorities count only with shares: priority")
        return self

    def named(self) -> list[tuple[tuple[str, ...], str]]:
        """Return every charger that is named, with its place below this section."""
        places: list[tuple[tuple[str, ...], str]] = [(("priorities", charger), charger) for charger in self.priorities]
        return places if self.building is None else [*places, (("building",), self.building)]


def _problem(key: str, seen: str) -> PydanticCustomError:
    context = {"seen": seen, "at": (key,), "todo": f"Add what is missing, or take «{key}» out."}
    return PydanticCustomError("unknown", "{seen}", context)
