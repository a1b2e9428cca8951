"""A limit that did not come from the central system, as it shows: a charger offers less than it was told."""

from __future__ import annotations

from dataclasses import dataclass, replace

_DUST_A = 1.0
"""chargers round what they offer down, some to whole amperes"""


@dataclass(frozen=True, slots=True)
class OutsideLimit:
    """What is known of one EVSE."""

    limit_a: float | None = None
    """that was told; None where nobody else limits"""
    _suspected_a: float | None = None
    """seen once: one poll may have been taken while the charger was only on its way"""

    def seen(self, told_a: float | None, shown_a: float | None, significance_percent: float) -> OutsideLimit:
        """Return what is known after a look at a charger that charges; None for either where nothing is to be seen.

        A limit shows when two looks in a row agree on it, and is over as soon as one does not show it any more.
        """
        if told_a is None or shown_a is None or not _is_less(shown_a, told_a, significance_percent):
            return OutsideLimit()
        if self.limit_a is not None and not _differ(self.limit_a, shown_a, significance_percent):
            return replace(self, _suspected_a=None)
        if self._suspected_a is None or _differ(self._suspected_a, shown_a, significance_percent):
            return replace(self, _suspected_a=shown_a)
        return OutsideLimit(limit_a=shown_a)


def _is_less(one_a: float, other_a: float, percent: float) -> bool:
    return other_a - one_a > max(other_a * percent / 100.0, _DUST_A)


def _differ(one_a: float, other_a: float, percent: float) -> bool:
    return abs(one_a - other_a) > max(one_a, other_a) * percent / 100.0
