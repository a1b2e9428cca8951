"""A car: what it draws, and when it has had enough."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.go_e.simulation.units import VOLTAGE_V

TAPER = (80, 60, 45, 30, 20, 10)
"""percent of its current while the last tenth of its energy goes in, one sixtieth of the energy each"""


@dataclass(slots=True, eq=False)
class Car:
    """Draws its current until nine tenths of what it wants are in, and then less and less."""

    limit_ma: int
    """of each phase, at most"""
    phases: int
    wanted: int
    """energy in mW times µs, from the plugging in on"""
    taken: int = 0

    @property
    def is_full(self) -> bool:
        """Whether it takes no more."""
        return self.taken >= self.wanted

    def current_ma(self, offered_a: int) -> int:
        """Return what it draws of each phase where so much is offered."""
        return 0 if self.is_full else min(offered_a * 1000, self._appetite_ma())

    def power_mw(self, offered_a: int, phases: int) -> int:
        """Return its power at a box with so many phases."""
        return VOLTAGE_V * min(self.phases, phases) * self.current_ma(offered_a)

    def until_step(self) -> int:
        """Return the energy until its appetite changes or it is full, in mW times µs; above 0 until it is full."""
        return min(step for step in (*self._steps(), self.wanted) if step > self.taken) - self.taken

    def _appetite_ma(self) -> int:
        passed = sum(step <= self.taken for step in self._steps())
        return self.limit_ma * (TAPER[passed - 1] if passed else 100) // 100

    def _steps(self) -> list[int]:
        return [self.wanted * (54 + number) // 60 for number in range(len(TAPER))]
