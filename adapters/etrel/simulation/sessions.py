"""Stays and charging sessions: everything about one of them at time t follows from its fields and t."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.etrel.simulation.cards import Card
from adapters.etrel.simulation.curve import Curve, to_mwh
from adapters.etrel.simulation.ticks import TICKS_PER_DAY, seconds

STOP_UNPLUGGED = "LocalStopUserDisconnectedCableFromVehicle"
NOTED_AFTER = seconds(2.0868899)
"""the charger notes the end of a session about two seconds after the plug was pulled [seed]"""
_DEPARTURE = seconds(5.5 * 3600)


@dataclass(slots=True)
class Stay:
    """A car at a connector; instants in ticks, and one in the future is a plan that a wish can still change."""

    connected_at: int
    curve: Curve
    unplugged_at: int | None = None

    def is_plugged(self, at: int) -> bool:
        """Tell whether the plug is in."""
        return self.connected_at <= at and (self.unplugged_at is None or at < self.unplugged_at)


@dataclass(slots=True)
class Stretch:
    """A time in which the charger lets energy flow."""

    from_at: int
    to_at: int | None = None


@dataclass(slots=True)
class Session:
    """One charging session as the log keeps it."""

    session_id: int
    connector_id: int
    stay: Stay
    card: Card
    mode: str | None
    started_at: int
    meter_start_mwh: int
    charged_before: int = 0
    """how much of the car's curve an earlier session of the same stay has used up"""
    ended_at: int | None = None
    stop_reason: str | None = None
    stretches: list[Stretch] = field(default_factory=list)

    def has_started(self, at: int) -> bool:
        """Tell whether it is in the log yet."""
        return self.started_at <= at

    def is_running(self, at: int) -> bool:
        """Tell whether it has begun and not ended."""
        return self.has_started(at) and (self.ended_at is None or at < self.ended_at)

    def is_flowing(self, at: int) -> bool:
        """Tell whether the charger lets energy flow."""
        return any(s.from_at <= at and (s.to_at is None or at < s.to_at) for s in self.stretches)

    def is_full(self, at: int) -> bool:
        """Tell whether the car has all it wants."""
        return self.charged(at) >= self.stay.curve.length

    def charged(self, at: int) -> int:
        """Return how far along the car's curve it is."""
        flowing = (min(at, at if s.to_at is None else s.to_at) - s.from_at for s in self.stretches)
        return self.charged_before + sum(max(0, ticks) for ticks in flowing)

    def drawn(self, at: int) -> int:
        """Return the energy since the start in steps times ticks; exact."""
        curve = self.stay.curve
        return curve.drawn(self.charged(at)) - curve.drawn(self.charged_before)

    def energy_mwh(self, at: int) -> int:
        """Return the energy since the start in whole milli-Wh."""
        return to_mwh(self.drawn(at))

    def meter_mwh(self, at: int) -> int:
        """Return the connector's register; after the end, the register at the end."""
        return self.meter_start_mwh + self.energy_mwh(at)

    def steps_at(self, at: int) -> int:
        """Return the power, in steps."""
        return self.stay.curve.steps_at(self.charged(at)) if self.is_flowing(at) else 0

    def cut_flow(self, at: int) -> None:
        """Let no energy flow from `at` on."""
        for stretch in self.stretches:
            stretch.to_at = at if stretch.to_at is None else min(stretch.to_at, at)

    def plan_end_with_stay(self) -> None:
        """Plan the end for when the plug will be pulled, if that is known."""
        if self.stay.unplugged_at is not None:
            self.ended_at = self.stay.unplugged_at + NOTED_AFTER
            self.stop_reason = STOP_UNPLUGGED

    def flow_end(self, at: int) -> int:
        """Return when energy last flowed, as far as `at` can tell."""
        last = self.stretches[-1].to_at if self.stretches else self.started_at
        return at if last is None else min(at, last)

    def seen_end(self, at: int) -> int | None:
        """Return the end if it lies behind `at`."""
        return self.ended_at if self.ended_at is not None and self.ended_at <= at else None

    def planned_departure(self) -> int:
        """Return the next 05:30 UTC after the start, which is what this charger is set to [seed]."""
        return self.started_at + (_DEPARTURE - self.started_at) % TICKS_PER_DAY

    def lasted(self, at: int) -> int:
        """Return the ticks from the start to the end, or to `at` while it runs."""
        end = self.seen_end(at)
        return (at if end is None else end) - self.started_at
