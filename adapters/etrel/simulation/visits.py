"""The timetable: which cars come to a connector on a day, decided by nothing but seed, connector and day."""

from __future__ import annotations

import random
from dataclasses import dataclass

from adapters.etrel.simulation.cards import CARDS, Card
from adapters.etrel.simulation.curve import Curve, lively_car
from adapters.etrel.simulation.sessions import NOTED_AFTER, STOP_UNPLUGGED
from adapters.etrel.simulation.ticks import TICKS_PER_DAY, seconds
from adapters.simulation.dice import dice

STOP_CARD = "LocalStopUserLogout"
STOP_FULL = "PowerManagementStoppedChargingSinceVehicleFull"
STOP_WEB = "RemotelyStopedThroughWebInterface"
STOP_FAULT = "FaultOccuredContactorTripped"

_CAR_POWER_W = (3_650, 7_360, 10_690, 10_690, 11_010)
_HOUR = seconds(3600)

_DAYS_WITH_A_DAY_CAR = 0.25
_DAYS_WITH_AN_EVENING_CAR = 0.85
_EVENING_CARS_THAT_STAY = 0.7
_EVENINGS_WITH_A_FAILED_ATTEMPT = 0.06
_FAILED_ATTEMPTS_WITH_A_TRACE_OF_ENERGY = 0.5
_ENDED_BY_CARD = 0.10
_ENDED_ON_THE_WEB = 0.14
_ENDED_WHEN_FULL = 0.24
_OWN_CARD = 0.8


@dataclass(frozen=True, slots=True)
class Visit:
    """One car's whole stay as planned; all instants in ticks."""

    connector_id: int
    connected_at: int
    started_at: int
    flow_until: int
    """when the charger ends the flow, if the car is not full earlier"""
    ended_at: int
    unplugged_at: int
    stop_reason: str
    curve: Curve
    card: Card
    mode: str | None


def visits_of(seed: int, connector_id: int, day: int) -> list[Visit]:
    """Return the visits that begin on this day (days since 1970, UTC), in order; none overlaps another day's.

    Day cars leave before 15:00, evening cars come from 15:30 on, and those who stay leave before 08:30.
    """
    chance = dice(seed, connector_id, day)
    midnight = day * TICKS_PER_DAY
    visits = []
    if chance.random() < _DAYS_WITH_A_DAY_CAR:
        arrival = midnight + _between(chance, 8.7, 12.5)
        visits.append(_visit(chance, connector_id, arrival, arrival + _between(chance, 0.4, 2.4)))
    if chance.random() < _DAYS_WITH_AN_EVENING_CAR:
        arrival = midnight + _between(chance, 15.6, 20.5)
        overnight = chance.random() < _EVENING_CARS_THAT_STAY
        departure = (
            midnight + TICKS_PER_DAY + _between(chance, 5.0, 8.4) if overnight else arrival + _between(chance, 0.8, 3.0)
        )
        if chance.random() < _EVENINGS_WITH_A_FAILED_ATTEMPT:
            visits.append(_failed_attempt(chance, connector_id, arrival - seconds(chance.randint(60, 240))))
        visits.append(_visit(chance, connector_id, arrival, departure))
    return visits


def _between(chance: random.Random, from_h: float, to_h: float) -> int:
    return int(chance.uniform(from_h, to_h) * _HOUR)


def _visit(chance: random.Random, connector_id: int, arrival: int, departure: int) -> Visit:
    curve = lively_car(chance, chance.choice(_CAR_POWER_W), chance.uniform(3_000, 62_000))
    started = arrival + int(chance.uniform(2, 25) * seconds(1))
    flow_until, ended, reason = departure, departure + NOTED_AFTER, STOP_UNPLUGGED
    ending = chance.random()
    if ending < _ENDED_BY_CARD:
        flow_until = ended = departure - seconds(chance.randint(8, 60))
        reason = STOP_CARD
    elif ending < _ENDED_ON_THE_WEB:
        flow_until = ended = departure - seconds(chance.randint(60, 300))
        reason = STOP_WEB
    elif ending < _ENDED_WHEN_FULL and started + curve.length < departure - seconds(120):
        flow_until = ended = started + curve.length + seconds(30)
        reason = STOP_FULL
    return Visit(
        connector_id=connector_id,
        connected_at=arrival,
        started_at=started,
        flow_until=flow_until,
        ended_at=ended,
        unplugged_at=departure,
        stop_reason=reason,
        curve=curve,
        card=_card_for(chance, connector_id),
        mode=chance.choice(("Fast", "Fast", "Fast", "Smart", None)),
    )


def _failed_attempt(chance: random.Random, connector_id: int, arrival: int) -> Visit:
    started = arrival + seconds(4)
    energetic = chance.random() < _FAILED_ATTEMPTS_WITH_A_TRACE_OF_ENERGY
    return Visit(
        connector_id=connector_id,
        connected_at=arrival,
        started_at=started,
        flow_until=started + seconds(1),
        ended_at=started + seconds(1),
        unplugged_at=arrival + seconds(25),
        stop_reason=STOP_FAULT,
        # The trace of energy is the 5E-06 kWh that such sessions have been seen with.
        curve=Curve([(seconds(0.71), 0), (seconds(0.29), int(energetic)), (seconds(1), 0)]),
        card=_card_for(chance, connector_id),
        mode="Fast",
    )


def _card_for(chance: random.Random, connector_id: int) -> Card:
    household = CARDS[(connector_id - 1) % 3]
    return household if chance.random() < _OWN_CARD else chance.choice(CARDS)
