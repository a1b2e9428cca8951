"""What a car takes: its power as steps of 64 W over the time that it has been charging."""

from __future__ import annotations

import random
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from adapters.etrel.simulation.ticks import seconds

STEP_W = 64
"""the charger's power values are whole multiples of 0.064 kW [seed]"""
TAPER = (0.8, 0.6, 0.45, 0.3, 0.2, 0.1)
"""shares of full power while the last tenth of the energy goes in, one sixtieth of the energy each"""


def to_mwh(step_ticks: int) -> int:
    """Turn steps times ticks into whole milli-Wh, rounded down: 64 W for an hour are 64,000."""
    return step_ticks * 16 // 9_000_000


def to_kw(steps: int) -> float:
    """Turn steps into kW with three decimals."""
    return steps * STEP_W / 1000


def to_steps(power_w: float) -> int:
    """Turn watts into the nearest number of steps."""
    return round(power_w / STEP_W)


class Curve:
    """Power over charging time in pieces of constant power; afterwards the car is full and takes nothing."""

    __slots__ = ("_drawn", "_ends", "_steps")

    def __init__(self, pieces: Iterable[tuple[int, int]]) -> None:
        """Take pieces of (ticks, steps), in order."""
        self._ends = array("q")
        self._steps = array("h")
        self._drawn = array("q")
        end = drawn = 0
        for ticks, steps in pieces:
            end += ticks
            drawn += ticks * steps
            self._ends.append(end)
            self._steps.append(steps)
            self._drawn.append(drawn)

    @property
    def length(self) -> int:
        """Ticks of charging until the car is full."""
        return self._ends[-1]

    def steps_at(self, charged: int) -> int:
        """Return the power after `charged` ticks of charging, in steps."""
        return self._steps[bisect_right(self._ends, charged)] if charged < self.length else 0

    def drawn(self, charged: int) -> int:
        """Return the energy after `charged` ticks of charging, in steps times ticks; exact."""
        if charged >= self.length:
            return self._drawn[-1]
        piece = bisect_right(self._ends, charged)
        return self._drawn[piece] - self._steps[piece] * (self._ends[piece] - charged)

    def peak_steps(self, charged: int) -> int:
        """Return the highest power within the first `charged` ticks."""
        return max(self._steps[: bisect_left(self._ends, charged) + 1]) if charged > 0 else 0


def steady_car(power_w: float, energy_wh: float) -> Curve:
    """Return a car that takes the same power until nine tenths are in, and then less and less."""
    return Curve(_taper_after([(_ticks_for(energy_wh * 0.9, to_steps(power_w)), to_steps(power_w))], energy_wh))


def lively_car(dice: random.Random, power_w: float, energy_wh: float) -> Curve:
    """Return a car whose power wavers a little, as it does in a real house."""
    full = to_steps(power_w)
    left = _ticks_for(energy_wh * 0.9, full)
    pieces = [(seconds(6), full // 2)]
    while left > 0:
        ticks = min(left, seconds(dice.randint(300, 2400)))
        pieces.append((ticks, full - dice.choice((0, 0, 0, 1, 2))))
        left -= ticks
    return Curve(_taper_after(pieces, energy_wh))


def _taper_after(pieces: list[tuple[int, int]], energy_wh: float) -> list[tuple[int, int]]:
    full = pieces[-1][1]
    for share in TAPER:
        steps = max(1, round(full * share))
        pieces.append((_ticks_for(energy_wh / 60, steps), steps))
    return pieces


def _ticks_for(energy_wh: float, steps: int) -> int:
    return seconds(energy_wh * 3600 / (steps * STEP_W))
