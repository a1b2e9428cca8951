"""How a simulated go-e charger is set up, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class FaultKind(StrEnum):
    """What can go wrong between the charger and who asks it."""

    SERVER_ERROR = "server_error"
    """500 without a body; nothing is done"""
    NOT_FOUND = "not_found"
    """404, as where the API is not switched on"""
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
    """a page in HTML with status 200"""
    REFUSED_SET = "refused_set"
    """a set is answered with a sentence for each key, and nothing is done"""
    IGNORED_SET = "ignored_set"
    """a set is answered with true, and nothing is done"""
    LEFT_OUT = "left_out"
    """the keys named in `word`, with commas between, are not in the status"""
    CHANGED = "changed"
    """the JSON object in `word` overrides what the status says"""


@dataclass(slots=True)
class Fault:
    """One thing that is wrong, for the next `times` requests that it concerns, or until it is healed."""

    kind: FaultKind
    times: int | None = None
    path: str = ""
    """only requests whose path starts like this"""
    delay_s: float = 5.0
    """at most 600"""
    word: str = ""


@dataclass(slots=True)
class SimulatorOptions:
    """A charger to be simulated. Without a token it lets everybody in, as real ones do in the LAN."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 takes a free one"""
    days: int = 14
    """for how long cars have come before the start: they are in the lifetime register"""
    since: datetime | None = None
    """when cars began to come, instead of `days` before the start: the same world after a restart of the simulator"""
    seed: int = 1
    autonomous: bool = True
    """whether cars come by themselves after the start; otherwise the place is free at the start"""
    speed: float = 1.0
    """seconds of the simulated world for each second of the injected clock, counted from the start"""
    token: str | None = None
    """a bearer token without which every request is a 401, as at the vendor's cloud address"""
    access_control: bool = False
    """whether a transaction must be started before a car may charge (`acs`)"""
    phases: Literal[1, 3] = 3
    """how the box is connected"""
    highest_a: Literal[16, 32] = 32
    """11 kW or 22 kW box (`ama`)"""
    lag_s: float = 0.0
    """how long after a set the box acts on it, in simulated seconds; real ones take about one"""
    reboot_s: float = 0.0
    """how long after a reboot every connection is reset, in simulated seconds"""
    legacy_filter: bool = False
    """as firmware before 051.4: `filter` is a JSON array of which ten keys are heard; anything else is no filter"""
    faults: Sequence[Fault] = ()
    """what is wrong from the start"""
    keep_alive_s: int = 75

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated with a ValueError."""
        if self.days < 0 or self.speed <= 0 or self.lag_s < 0 or self.reboot_s < 0:
            raise ValueError("days, lag_s and reboot_s are at least 0, speed above 0")
        if self.since is not None and self.since.tzinfo is None:
            raise ValueError("since needs a time zone")
