"""How a simulated charger is set up, whatever its vendor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass
class Options:
    """A charger to be simulated; each vendor's simulator has more."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 takes a free one"""
    days: int = 14
    """for how long cars have come before the start: its history"""
    since: datetime | None = None
    """when history begins, instead of `days` before the start: the same world after a restart of the simulator"""
    seed: int = 1
    autonomous: bool = True
    """whether cars come by themselves after the start; otherwise every place is free at the start"""
    speed: float = 1.0
    """seconds of the simulated world for each second of the injected clock, counted from the start"""
    token: str | None = None
    """a fixed bearer token that is always good; where it is the only way in, any other request is a 401"""
    reboot_s: float = 0.0
    """how long after a reboot every connection is reset, in simulated seconds"""
    keep_alive_s: int = 75

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated with a ValueError."""
        if self.days < 0 or self.reboot_s < 0 or self.speed <= 0:
            raise ValueError("days and reboot_s are at least 0, speed above 0")
        if self.since is not None and self.since.tzinfo is None:
            raise ValueError("since needs a time zone")
