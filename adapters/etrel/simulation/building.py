"""What the rest of the building takes, as the load guard measures it."""

from __future__ import annotations

from adapters.simulation.dice import fraction
from bridge.types.series import INTERVAL_S

_HOURLY_KW = (
    0.45, 0.40, 0.38, 0.36, 0.38, 0.50, 0.90, 1.20, 1.00, 0.80, 0.75, 0.95,
    1.20, 0.95, 0.75, 0.75, 0.95, 1.40, 1.80, 1.90, 1.60, 1.20, 0.85, 0.60,
)  # fmt: skip
_LOWEST_KW = 0.3
_HIGHEST_KW = 2.5
_KETTLE_SHARE = 0.93


def base_load_kw(seed: int, start_s: int) -> float:
    """Return the load of the interval that starts at this epoch second: 0.3 to 2.5 kW, shaped like a day."""
    hour, second = divmod(start_s % 86_400, 3600)
    now_kw, next_kw = _HOURLY_KW[hour], _HOURLY_KW[(hour + 1) % 24]
    shape_kw = now_kw + (next_kw - now_kw) * second / 3600
    chance = fraction(seed, start_s // INTERVAL_S)
    kettle_kw = 0.6 if chance > _KETTLE_SHARE else 0.0
    return min(_HIGHEST_KW, max(_LOWEST_KW, shape_kw * (0.8 + 0.4 * chance) + kettle_kw))
