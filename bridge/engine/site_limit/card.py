"""The site limit as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.engine.site_limit.caps import Place


@dataclass(slots=True)
class SeatCard:
    """One connector."""

    place: Place
    promised_a: float
    """of each phase: the most that it may be offering"""
    allowed_a: float
    """what wishes stay under now; below `promised_a` while it has not confirmed that"""
    sentence: str
    """why it is counted or paused as it is; empty where there is nothing to say"""


@dataclass(slots=True)
class SiteLimitCard:
    """The present of the site's limit; written by the controller, read by the page."""

    max_current_a: float | None
    max_power_w: float | None
    shares: str
    raise_after_s: float
    building: str | None = None
    """the charger that measures the building"""
    base_w: float | None = None
    """what the rest of the building takes; None where it is not known or not asked for"""
    promised_a: float = 0.0
    """of each phase, all chargers together"""
    promised_w: float = 0.0
    """the same, at the nominal voltage"""
    is_kept: bool = False
    """whether no more is promised than there is; not at first, until every charger has confirmed a limit"""
    note: str = ""
    """what a person should know, as a sentence"""
    seats: list[SeatCard] = field(default_factory=list)
