"""The timetable: which cars come on a day, decided by nothing but seed and day."""

from __future__ import annotations

import random
from dataclasses import dataclass

from adapters.go_e.simulation.car import Car
from adapters.go_e.simulation.units import US_PER_DAY, from_wh, seconds
from adapters.simulation.dice import dice

_DAYS_WITH_A_DAY_CAR = 0.3
_DAYS_WITH_AN_EVENING_CAR = 0.85
_EVENING_CARS_THAT_STAY = 0.7
_CARS = ((16_000, 3), (16_000, 3), (32_000, 1), (16_000, 1), (32_000, 3))
"""current in mA and phases"""


@dataclass(frozen=True, slots=True)
class Visit:
    """One car's stay; instants in µs."""

    plugged_at: int
    unplugged_at: int
    car: Car
    card: int


def visits_of(seed: int, day: int) -> list[Visit]:
    """Return the visits that begin on this day (days since 1970, UTC), in order; none overlaps another day's.

    Day cars leave before 15:00, evening cars come from 15:30 on, and those who stay leave before 08:30.
    """
    chance = dice(seed, day)
    midnight = day * US_PER_DAY
    visits = []
    if chance.random() < _DAYS_WITH_A_DAY_CAR:
        arrival = midnight + _between(chance, 8.7, 12.5)
        visits.append(_visit(chance, arrival, arrival + _between(chance, 0.4, 2.4)))
    if chance.random() < _DAYS_WITH_AN_EVENING_CAR:
        arrival = midnight + _between(chance, 15.6, 20.5)
        stays = chance.random() < _EVENING_CARS_THAT_STAY
        departure = midnight + US_PER_DAY + _between(chance, 5, 8.4) if stays else arrival + _between(chance, 0.8, 3)
        visits.append(_visit(chance, arrival, departure))
    return visits


def _between(chance: random.Random, from_h: float, to_h: float) -> int:
    return seconds(chance.uniform(from_h, to_h) * 3600)


def _visit(chance: random.Random, plugged_at: int, unplugged_at: int) -> Visit:
    limit_ma, phases = chance.choice(_CARS)
    car = Car(limit_ma, phases, from_wh(chance.uniform(3_000, 55_000)))
    return Visit(plugged_at, unplugged_at, car, card=chance.randint(0, 2))
