"""Which faults befall which frames, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Way(StrEnum):
    """Which way a frame goes."""

    UP = "up"
    """station → central system"""
    DOWN = "down"


class Fault(StrEnum):
    """What can befall a frame."""

    CUT_BEFORE = "cut_before"
    """both connections are reset and the frame is lost"""
    CUT_AFTER = "cut_after"
    """the frame arrives, then both connections are reset"""
    DELAY = "delay"
    """this frame and all behind it on the same way come later"""
    DUPLICATE = "duplicate"
    """it comes twice"""
    HALF_OPEN = "half_open"
    """nothing is read or sent any more, not even a pong, and TCP stays open; the frame is lost"""
    REORDER = "reorder"
    """answers only: it waits until the next answer on this way has passed, or `hold_s`"""
    SWALLOW = "swallow"
    """answers only: it comes after another CALL of the asker has passed, or after `late_s`"""
    LOSE = "lose"
    """answers only: it never comes"""
    CALL_ERROR = "call_error"
    """answers only: a CALLERROR comes instead; the other side did what it was asked"""


OF_ANSWERS = frozenset({Fault.REORDER, Fault.SWALLOW, Fault.LOSE, Fault.CALL_ERROR})


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Probabilities from 0 to 1, per frame or per connection, and the bounds of every wait.

    The n-th frame one way on the k-th connection meets the same fate whenever the seed is the same.
    """

    seed: int = 0
    cut_before: float = 0.0
    cut_after: float = 0.0
    delay: float = 0.0
    duplicate: float = 0.0
    half_open: float = 0.0
    reorder: float = 0.0
    swallow: float = 0.0
    lose: float = 0.0
    call_error: float = 0.0
    refuse: float = 0.0
    """per connection: it is answered 503, and so are others for up to `closed_s`"""
    close_port: float = 0.0
    """per cut: the port is closed for up to `closed_s`"""
    delay_s: float = 0.005
    """the longest delay of a frame"""
    hold_s: float = 0.02
    late_s: float = 0.1
    """to be late, longer than the asker's time-out"""
    half_open_s: float = 0.1
    """a half-open connection is reset after this"""
    closed_s: float = 0.02
    faults_at_most: int | None = None
    """of those by chance; after them nothing more happens"""

    def chance(self, fault: Fault) -> float:
        """Return the probability of a fault of frames."""
        value: float = getattr(self, fault.value)
        return value


class Dice:
    """The fates of one connection's frames on one way."""

    def __init__(self, plan: FaultPlan, connection: int, way: str) -> None:
        self._plan = plan
        self._random = Random(f"{plan.seed}/{connection}/{way}")

    def fault(self, *, is_answer: bool) -> tuple[Fault | None, float]:
        """Draw the next frame's fate, and a fraction for how long it lasts; two draws, whatever comes of them."""
        rolled, fraction = self._random.random(), self._random.random()
        for fault in Fault:
            if fault in OF_ANSWERS and not is_answer:
                continue
            rolled -= self._plan.chance(fault)
            if rolled < 0:
                return fault, fraction
        return None, fraction

    def happens(self, chance: float) -> tuple[bool, float]:
        """Draw whether something happens, and a fraction for how long it lasts."""
        rolled, fraction = self._random.random(), self._random.random()
        return rolled < chance, fraction
