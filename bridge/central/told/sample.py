"""What a station's meter showed at one moment of one connector."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.types.ocpp.meter_value import ReadingContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One moment by the station's clock. Import is positive; None means not reported."""

    at: datetime
    """aware, UTC"""
    context: ReadingContext | None = None
    """why it was read just then; Sample.Periodic when absent [spec: OCPP]"""
    register_wh: float | None = None
    """of what the vehicle took, over the meter's life"""
    power_w: float | None = None
    """of all phases together; negative when the vehicle gives back"""
    is_power_derived: bool = False
    """the power is volts times amperes, so it may be too high: the power factor is not known"""
    current_a: float | None = None
    """of the first phase"""
    current_l2_a: float | None = None
    current_l3_a: float | None = None
    voltage_l1_v: float | None = None
    """of the first phase against neutral"""
    voltage_l2_v: float | None = None
    voltage_l3_v: float | None = None
    current_offered_a: float | None = None
    """what the station offers to the vehicle at most"""
    soc_percent: float | None = None
    temperature_c: float | None = None
    """inside the station"""
