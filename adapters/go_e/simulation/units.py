"""Whole numbers for time, current and energy, so that nothing depends on how often somebody asks."""

from __future__ import annotations

US_PER_S = 1_000_000
US_PER_DAY = 86_400 * US_PER_S
VOLTAGE_V = 230
MW_US_PER_WH = 3_600 * US_PER_S * 1000
"""energy is counted in mW times µs"""


def seconds(duration_s: float) -> int:
    """Return a length of time in microseconds."""
    return round(duration_s * US_PER_S)


def from_wh(energy_wh: float) -> int:
    """Return an energy in mW times µs."""
    return round(energy_wh * MW_US_PER_WH)


def to_wh(energy: int) -> float:
    """Return an energy in Wh."""
    return energy / MW_US_PER_WH
