"""What goes wrong in one run at both ends, drawn from its seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from tests.uplink.chaos.day import LENGTH
from tests.uplink.chaos.life import ID_TAG
from tests.uplink.chaos.mortal_desk import AtCommit
from tests.uplink.chaos.plan import AtCall, AtMoment, ChaosPlan, Death, draw_plan
from tests.uplink.peer.message_check import V16

_FORGETFUL = 0.2
"""of the runs in which the central system's store may be lost"""
_CARELESS = 0.2
"""of the runs in 1.6 in which the station's store may be lost"""
_FULL = 0.3
"""of the runs in which the central system's disk is full at times"""


@dataclass(frozen=True, slots=True)
class InOrder:
    """No death but a stop, as SIGTERM brings it about, so long after the start."""

    after_s: float


End = Death | InOrder


@dataclass(frozen=True, slots=True)
class BothPlan:
    """The station's plan, and that of the central system."""

    station: ChaosPlan
    ends: tuple[End, ...]
    """of the central system's lives but the last"""
    downs_s: tuple[float, ...]
    """how long it is not there after each"""
    losses: tuple[bool, ...]
    """whether its store is lost in each"""
    full: tuple[tuple[float, float], ...]
    """from when to when its disk is full, in seconds after the beginning"""
    wishes_s: tuple[float, ...]
    """when the owner asks something of the station"""
    configure: bool
    sample_s: float
    heartbeat_s: float
    id_tokens: tuple[str, ...]
    """of who may charge; all where there is none"""

    @property
    def corrects_starts(self) -> bool:
        """Whether the charger may correct a start; see `tests.uplink.chaos.plan.corrects_starts`.

        Nor where the station may lose its store: it would tell the session anew, with another start.
        """
        return self.station.faults.call_error == 0 and not self.full and not any(self.station.wipes)


def draw_both(seed: int, version: str = V16) -> BothPlan:
    """Draw a run: the station's faults and deaths as against the test's own central system, and the other end's."""
    station = draw_plan(seed, version)
    dice = random.Random(f"central/{seed}")
    wipes = station.wipes
    if version == V16 and dice.random() < _CARELESS:
        wipes = tuple(dice.random() < 0.5 for _ in station.deaths)
    ends = tuple(_end(dice) for _ in range(dice.choice((0, 1, 2, 3, 5, 8))))
    is_forgetful = dice.random() < _FORGETFUL
    losses = tuple(is_forgetful and dice.random() < 0.4 for _ in ends)
    if version == V16 and any(losses):
        wipes = ()  # a number that neither end knows any more is nobody's
    return BothPlan(
        station=replace(station, wipes=wipes, whims=(), restarts_s=(), questions_s=(), concurrent=False),
        ends=ends,
        downs_s=tuple(dice.choice((0.5, dice.uniform(1, 60), dice.uniform(60, 3000))) for _ in ends),
        losses=losses,
        full=_full(dice) if dice.random() < _FULL else (),
        wishes_s=tuple(sorted(_moment(dice) for _ in range(dice.choice((0, 0, 3, 10))))),
        configure=dice.random() < 0.5,
        sample_s=dice.choice((30.0, 60.0, 300.0)),
        heartbeat_s=dice.choice((60.0, 120.0, 900.0)),
        id_tokens=(ID_TAG,) if dice.random() < 0.15 else (),
    )


def _end(dice: random.Random) -> End:
    match dice.randrange(7):
        case 0 | 1 | 2:
            return AtCommit(dice.choice((dice.randint(1, 12), dice.randint(1, 60))), dice.random() < 0.5)
        case 3 | 4:
            return AtCall(dice.choice((dice.randint(1, 8), dice.randint(1, 40))), dice.choice((0.0, 0.0, 0.01, 2.0)))
        case 5:
            return AtMoment(dice.uniform(0, 4000))
        case _:
            return InOrder(dice.uniform(0, 4000))


def _full(dice: random.Random) -> tuple[tuple[float, float], ...]:
    spans = ((_moment(dice), dice.choice((90.0, 1200.0, 3600.0))) for _ in range(dice.randint(1, 3)))
    return tuple((from_s, from_s + length_s) for from_s, length_s in spans)


def _moment(dice: random.Random) -> float:
    return dice.uniform(0, LENGTH.total_seconds())
