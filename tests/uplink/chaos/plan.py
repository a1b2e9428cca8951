"""What goes wrong in one run, drawn from its seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tests.uplink.chaos.day import BEGIN_AT, LENGTH
from tests.uplink.chaos.life import Watching
from tests.uplink.chaos.mortal_desk import AtCommit
from tests.uplink.peer.fault_plan import FaultPlan
from tests.uplink.peer.message_check import V16

_CARELESS = 0.3
"""of the runs in 2.x in which stores are lost"""
_FAULTS = ("cut_before", "cut_after", "delay", "duplicate", "half_open", "reorder", "swallow", "lose", "call_error")
_TOLD = ("StartTransaction", "StopTransaction", "MeterValues")
_OF_STARTS = ("StartTransaction", "TransactionEvent")
_EVENTS = ("TransactionEvent", "TransactionEvent", "TransactionEvent")
"""in 2.x, in place of each"""
_SAMPLING = (
    {"MeterValueSampleInterval": "60", "ClockAlignedDataInterval": "0"},
    {"MeterValueSampleInterval": "300", "ClockAlignedDataInterval": "0"},
    {"MeterValueSampleInterval": "0", "ClockAlignedDataInterval": "300"},
    {"MeterValueSampleInterval": "0", "ClockAlignedDataInterval": "0"},
)


@dataclass(frozen=True, slots=True)
class AtCall:
    """Death some time after the n-th CALL of this life has arrived: before its answer is sent, or later."""

    number: int
    after_s: float


@dataclass(frozen=True, slots=True)
class AtMoment:
    """Death so long after the start, whatever goes on then."""

    after_s: float


Death = AtCommit | AtCall | AtMoment


class Mood(StrEnum):
    """What a central system may do instead of an answer."""

    REFUSE = "refuse"
    """a CALLERROR, and nothing is entered"""
    SILENT = "silent"
    """no answer, though it is entered"""
    DEAF = "deaf"
    """no answer, and nothing is entered"""
    LATE = "late"
    """the answer comes when the station has given up"""
    INVALID = "invalid"
    """nobody's tag is known for a while: a start is answered with transaction id 0 and not entered"""
    NONSENSE = "nonsense"
    """an answer that the schema does not know"""
    PENDING = "pending"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Whim:
    """From `after_s` after the beginning on, the next `times` CALLs of this action are treated so."""

    after_s: float
    mood: Mood
    action: str
    times: int


@dataclass(frozen=True, slots=True)
class ChaosPlan:
    """Everything about a run that is not the day itself."""

    seed: int
    faults: FaultPlan
    deaths: tuple[Death, ...]
    downs_s: tuple[float, ...]
    """how long nobody is there after each death"""
    watching: Watching
    settings: dict[str, str]
    whims: tuple[Whim, ...]
    """what the central system does of its own, in the order of time"""
    restarts_s: tuple[float, ...]
    """when the central system restarts, in seconds after the beginning"""
    questions_s: tuple[float, ...]
    """when it asks something"""
    healed_after_s: float
    """how long after the day's end all faults end"""
    answer_delay_s: float
    version: str = V16
    """of OCPP"""
    wipes: tuple[bool, ...] = ()
    """whether the store is lost in each of the deaths; in 2.x only, for in 1.6 nobody could know a transaction again"""
    concurrent: bool = field(default=False)
    """whether the central system refuses a start that it knows when it comes under a new id"""

    @property
    def every_s(self) -> int:
        """How often meter values are told; 0 for never."""
        return max(int(self.settings["MeterValueSampleInterval"]), int(self.settings["ClockAlignedDataInterval"]))


def draw_plan(seed: int, version: str = V16) -> ChaosPlan:
    """Draw a run: the same faults in each version, and in 2.x stores that are lost in some of the runs."""
    dice = random.Random(f"plan/{seed}")
    faults = _faults(dice, seed)
    told = _TOLD if version == V16 else _EVENTS
    whims = tuple(_whim(dice, after_s, told) for after_s in _moments(dice, dice.choice((0, 0, 1, 2, 4))))
    deaths = tuple(_death(dice) for _ in range(dice.choice((0, 1, 2, 3, 5, 8))))
    loses = random.Random(f"wipes/{seed}")
    is_careless = version != V16 and loses.random() < _CARELESS
    return ChaosPlan(
        seed=seed,
        version=version,
        wipes=tuple(is_careless and loses.random() < 0.5 for _ in deaths),
        faults=faults,
        deaths=deaths,
        downs_s=tuple(dice.choice((0.5, dice.uniform(1, 60), dice.uniform(60, 3000))) for _ in deaths),
        watching=Watching(dice.choice((20.0, 60.0, 127.0)), _silences(dice)),
        settings={
            **dice.choice(_SAMPLING),
            "StopTxnSampledData": dice.choice(("", "Energy.Active.Import.Register")),
            "MinimumStatusDuration": dice.choice(("0", "0", "90")),
        },
        whims=whims,
        restarts_s=_moments(dice, dice.choice((0, 0, 0, 1, 2))),
        questions_s=_moments(dice, dice.choice((0, 0, 3, 10))),
        healed_after_s=dice.uniform(-3600, 3600),
        answer_delay_s=dice.choice((0.001, 0.05, 1.0)),
        concurrent=faults.call_error == 0 and not whims and dice.random() < 0.5,
    )


def corrects_starts(plan: ChaosPlan) -> bool:
    """Say whether the charger may correct a start.

    Not where a start may be entered and refused all the same, until it is a dead letter: told again by a person's wish
    it is put into words anew, and nothing tells a central system that it is the same one.
    """
    is_fooled = any(whim.mood is Mood.NONSENSE and whim.action in _OF_STARTS for whim in plan.whims)
    return plan.faults.call_error == 0 and not is_fooled


def _faults(dice: random.Random, seed: int) -> FaultPlan:
    chances = dict.fromkeys(_FAULTS, 0.0)
    chances |= {name: 10 ** dice.uniform(-2.5, -0.8) for name in dice.sample(_FAULTS, dice.randint(0, 4))}
    return FaultPlan(
        seed=seed,
        cut_before=chances["cut_before"],
        cut_after=chances["cut_after"],
        delay=chances["delay"],
        duplicate=chances["duplicate"],
        half_open=chances["half_open"] * 0.2,
        reorder=chances["reorder"],
        swallow=chances["swallow"],
        lose=chances["lose"],
        call_error=chances["call_error"],
        refuse=dice.choice((0.0, 0.2)),
        close_port=dice.choice((0.0, 0.3)),
        delay_s=dice.choice((0.5, 20.0, 45.0)),
        hold_s=dice.choice((5.0, 45.0)),
        late_s=dice.uniform(32, 100),
        half_open_s=dice.uniform(40, 900),
        closed_s=dice.choice((10.0, 600.0)),
    )


def _whim(dice: random.Random, after_s: float, told: tuple[str, ...]) -> Whim:
    mood, action = dice.choice(tuple(Mood)), dice.choice(told)
    if mood in (Mood.PENDING, Mood.REJECTED):
        action = "BootNotification"
    elif mood is Mood.INVALID:
        action = told[0]
    return Whim(after_s, mood, action, dice.choice((1, 2, 5, 12)))


def _death(dice: random.Random) -> Death:
    match dice.randrange(5):
        case 0 | 1:
            return AtCommit(dice.choice((dice.randint(1, 12), dice.randint(1, 60))), dice.random() < 0.5)
        case 2 | 3:
            return AtCall(dice.choice((dice.randint(1, 8), dice.randint(1, 40))), dice.choice((0.0, 0.0, 0.01, 2.0)))
        case _:
            return AtMoment(dice.uniform(0, 4000))


def _silences(dice: random.Random) -> tuple[tuple[datetime, datetime], ...]:
    silences = []
    for _ in range(dice.choice((0, 0, 1, 2))):
        from_at = BEGIN_AT + timedelta(seconds=dice.uniform(0, LENGTH.total_seconds() - 3600))
        to_at = from_at + timedelta(seconds=dice.choice((90, 900, 5000)))
        silences.append((from_at, min(to_at, BEGIN_AT + LENGTH - timedelta(minutes=10))))
    return tuple(silences)


def _moments(dice: random.Random, count: int) -> tuple[float, ...]:
    return tuple(sorted(dice.uniform(0, LENGTH.total_seconds()) for _ in range(count)))
