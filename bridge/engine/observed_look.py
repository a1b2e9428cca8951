"""One poll of one connector against what was known before it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.engine.observed_facts import ConnectorMemory
from bridge.types.charger import ConnectorReading
from bridge.types.words import ConnectorStatus

FLOWED_WH = 50.0
"""less than this while nobody looked is no session: boxes count a little after an end, and registers round"""
_FLOWED_PART = 0.02
_ROUNDING_WH = 1.0
"""a register may fall by less than this without having fallen"""


@dataclass(slots=True)
class Look:
    """One poll against what was known before it."""

    reading: ConnectorReading
    read_at: datetime
    status: ConnectorStatus | None
    gap: bool
    fell: bool
    other_plug: bool
    before_wh: float | None
    """the highest register that anything before this poll accounts for"""
    register_wh: float | None
    told_wh: float | None

    def before_this_plug_wh(self) -> float | None:
        """Return the register when this vehicle was plugged in, as near as it can be told."""
        if self.register_wh is None:
            return self.before_wh
        start_wh = self.register_wh if self.told_wh is None else max(self.register_wh - self.told_wh, 0.0)
        return start_wh if self.before_wh is None else max(start_wh, self.before_wh)

    def flowed_wh(self) -> float | None:
        """Return what the present vehicle got while nobody looked, at least; None where that is not told."""
        if self.told_wh is None or self.register_wh is None or self.before_wh is None:
            return self.told_wh
        return min(self.told_wh, self.register_wh - self.before_wh)


def look_at(memory: ConnectorMemory, reading: ConnectorReading, read_at: datetime, longest: timedelta) -> Look:
    """Return a poll against the memory of the ones before; `longest` apart they are not one look any more."""
    gap = memory.seen_at is None or not timedelta(0) <= read_at - memory.seen_at <= longest
    before_wh, now_wh = memory.register_wh, reading.register_wh
    fell = before_wh is not None and now_wh is not None and now_wh < before_wh - _ROUNDING_WH
    if fell:
        before_wh = now_wh
    elif before_wh is not None and now_wh is not None:
        now_wh = max(before_wh, now_wh)
    told_wh = reading.session_energy_wh
    other_plug = gap and not fell and _is_other_plug(memory.session_energy_wh, told_wh, before_wh, now_wh)
    return Look(reading, read_at, reading.status, gap, fell, other_plug, before_wh, now_wh, told_wh)


def _is_other_plug(
    told_before_wh: float | None, told_wh: float | None, before_wh: float | None, now_wh: float | None
) -> bool:
    """Return whether another vehicle, or the same one anew, was plugged in while nobody looked.

    The box counts from zero for each: its count has fallen, or has grown by less than the register.
    """
    if told_wh is None or told_before_wh is None:
        return False
    if told_wh < told_before_wh - _ROUNDING_WH:
        return True
    if before_wh is None or now_wh is None:
        return False
    rise_wh = now_wh - before_wh
    return rise_wh - (told_wh - told_before_wh) > FLOWED_WH + _FLOWED_PART * rise_wh
