"""The vendor's numbers, the bounds in which they make sense, and what they become."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of the vendor in its unit, with inclusive bounds; `factor` leads to ours.

    The bounds are far outside anything real [guess]: they catch what cannot be, such as a register read as a
    power, and leave judgement of the merely strange to whoever reads.
    """

    unit: str
    low: float
    high: float
    factor: float
    decimals: int
    """of our number: as many as the vendor's digits can mean, so that decimal fractions come out exact"""

    @property
    def outside(self) -> str:
        """Say what is wrong with a number that cannot be."""
        return f"outside {self.low:g} … {self.high:g} {self.unit}"

    def read(self, value: float | None) -> float | None:
        """Return our number; None when the vendor gave none or one that cannot be (NaN and ∞ among them)."""
        if value is None or not self.low <= value <= self.high:
            return None
        return round(value * self.factor, self.decimals) + 0.0  # adding 0.0 turns -0.0 into 0.0

    def read_noting(self, value: float | None, name: str, notes: list[str]) -> float | None:
        """Do the same and append a sentence to `notes` when the number cannot be."""
        ours = self.read(value)
        if ours is None and value is not None:
            notes.append(f"{name} is {self.outside} and counts as not reported")
        return ours


CONNECTOR_POWER = Quantity("kW", 0, 1000, 1000, 6)
"""kW → W"""
BUILDING_POWER = Quantity("kW", -10_000, 10_000, 1000, 6)
"""kW → W; negative while the building feeds its own generation into the grid"""
CLUSTER_POWER = Quantity("kW", 0, 10_000, 1000, 6)
"""kW → W"""
ENERGY = Quantity("kWh", 0, 1_000_000, 1000, 3)
"""kWh → Wh"""
CURRENT = Quantity("A", 0, 2000, 1, 3)
REGISTER = Quantity("mWh", 0, 1e15, 0.001, 3)
"""milli-Wh → Wh; 62 832 631 of difference is 62.832631 kWh [seed]"""


def power_quantity(measure: str) -> Quantity:
    """Return how the numbers of a measure (`connectorN`, `building`, `cluster`) are read."""
    return {"building": BUILDING_POWER, "cluster": CLUSTER_POWER}.get(measure, CONNECTOR_POWER)
