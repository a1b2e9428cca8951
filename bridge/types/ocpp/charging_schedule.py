"""Charging schedules: limits and setpoints over time."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SerializationInfo, field_serializer, model_validator

from bridge.types.ocpp.base import EVEREST, Many, Moment, OcppType, OcppWord, Whole
from bridge.types.ocpp.v2x import OperationMode, V2XFreqWattPointType, V2XSignalWattPointCurve

PERIODS_AT_MOST = 1024
"""of one schedule [spec: OCPP 2.0.1]"""
_CURVE_POINTS_AT_MOST = 20

Discharge = Annotated[float, Field(le=0)]
"""A limit of discharging, in the schedule's unit: zero or negative, as setpoints count."""

Phases = Annotated[Whole, Field(ge=0, le=3)]
FrequencyCurve = Annotated[Many[V2XFreqWattPointType], Field(min_length=2, max_length=_CURVE_POINTS_AT_MOST)]
SignalCurve = Annotated[Many[V2XSignalWattPointCurve], Field(min_length=2, max_length=_CURVE_POINTS_AT_MOST)]

_WITHOUT_LIMIT = frozenset(
    {
        OperationMode.IDLE,
        OperationMode.CENTRAL_SETPOINT,
        OperationMode.EXTERNAL_SETPOINT,
        OperationMode.EXTERNAL_LIMITS,
        OperationMode.LOCAL_FREQUENCY,
        OperationMode.LOCAL_LOAD_BALANCING,
    }
)
"""Modes in which a period needs no limit: the seed's five, and Idle, in which nothing flows that could be limited."""


class ChargingRateUnit(OcppWord):
    """In what a schedule counts [spec: OCPP]."""

    W = "W"
    """watts, of all phases together"""
    A = "A"
    """amperes, of each phase"""


def _switch(value: object) -> object:
    """Take 0 and 1 too: EVerest's own type is a number, although its text and OCPP say true and false."""
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    return value


class ChargingSchedulePeriod(OcppType):
    """One stretch of a schedule, from `start_period` until the next one starts [spec: seed 004; OCPP 2.1].

    All limits and setpoints are in the schedule's `charging_rate_unit`. One without a phase in its name is of all
    phases together, or of L1 where values of L2 or L3 stand beside it.
    """

    start_period: Annotated[Whole, Field(ge=0)]
    """seconds since the schedule's start"""
    limit: float | None = None
    """most that may be charged; absent only where `operation_mode` does without. Negative in old systems only, where it
    limits discharging"""
    limit_L2: float | None = None  # noqa: N815 -- the seed's name
    limit_L3: float | None = None  # noqa: N815 -- the seed's name
    number_phases: Phases | None = None
    """phases to be used; 3 when absent [spec: OCPP]"""
    stack_level: Annotated[Whole, Field(ge=0)] | None = None
    """of the profile that this period came from; higher goes before lower. OCPP's own period has none"""
    phase_to_use: Phases | None = None
    """which phase, where one is used and the EVSE can choose"""
    discharge_limit: Discharge | None = None
    """most that the vehicle may give back: zero or negative"""
    discharge_limit_L2: Discharge | None = None  # noqa: N815 -- the seed's name
    discharge_limit_L3: Discharge | None = None  # noqa: N815 -- the seed's name
    setpoint: float | None = None
    """what the vehicle should follow as closely as it can: positive charges, negative discharges"""
    setpoint_L2: float | None = None  # noqa: N815 -- the seed's name
    setpoint_L3: float | None = None  # noqa: N815 -- the seed's name
    setpoint_reactive: float | None = None
    """reactive power or current to follow: positive inductive, negative capacitive"""
    setpoint_reactive_L2: float | None = None  # noqa: N815 -- the seed's name
    setpoint_reactive_L3: float | None = None  # noqa: N815 -- the seed's name
    preconditioning_request: Annotated[bool, BeforeValidator(_switch)] | None = None
    """the vehicle should keep its battery at charging temperature; a number (0 or 1) in EVerest's form"""
    evse_sleep: bool | None = None
    """the EVSE must switch its power electronics off; false when absent"""
    v2x_baseline: float | None = None
    """W to which the values of the curves are added"""
    operation_mode: OperationMode | None = None
    """ChargingOnly when absent [spec: OCPP 2.1]"""
    v2x_freq_watt_curve: FrequencyCurve | None = None
    """required for LocalFrequency and for nothing else; at least two points"""
    v2x_signal_watt_curve: SignalCurve | None = None
    """allowed for LocalFrequency only; at least two points"""

    @model_validator(mode="after")
    def _fits_its_mode(self) -> Self:
        mode = self.operation_mode or OperationMode.CHARGING_ONLY
        if mode is OperationMode.LOCAL_FREQUENCY:
            if self.v2x_freq_watt_curve is None:
                raise ValueError("LocalFrequency needs a curve from frequency to power with at least two points")
        elif self.v2x_freq_watt_curve is not None or self.v2x_signal_watt_curve is not None:
            raise ValueError("a curve belongs to the operation mode LocalFrequency")
        if self.limit is None and mode not in _WITHOUT_LIMIT:
            raise ValueError(f"a limit is required in the operation mode {mode}")
        return self

    @field_serializer("preconditioning_request", when_used="json-unless-none")
    def _number_in_everest(self, value: bool, info: SerializationInfo) -> bool | int:  # noqa: FBT001 -- pydantic's call
        return int(value) if info.context == EVEREST else value


def check_periods(periods: tuple[ChargingSchedulePeriod, ...], unit: ChargingRateUnit) -> None:
    """Raise ValueError unless the periods follow each other in time and their modes allow the unit."""
    for earlier, later in pairwise(periods):
        if later.start_period <= earlier.start_period:
            raise ValueError(
                f"the period at {later.start_period} s must start after the one at {earlier.start_period} s"
            )
    if unit is not ChargingRateUnit.W and any(p.operation_mode is OperationMode.LOCAL_FREQUENCY for p in periods):
        raise ValueError("LocalFrequency counts in W")


class ChargingSchedule(OcppType):
    """What an EVSE may do over time, as worked out from all profiles [spec: seed 004]."""

    evse: Annotated[Whole, Field(ge=0)]
    """id of the EVSE, 0 for the whole station; in OCPP 1.6 the connector"""
    charging_rate_unit: ChargingRateUnit
    charging_schedule_period: Annotated[Many[ChargingSchedulePeriod], Field(min_length=1, max_length=PERIODS_AT_MOST)]
    """in order of time"""
    duration: Annotated[Whole, Field(ge=0)] | None = None
    """seconds; without end when absent"""
    start_schedule: Moment | None = None
    """start of the first second; the start of the transaction when absent"""
    min_charging_rate: Annotated[float, Field(ge=0)] | None = None
    """below it the vehicle charges inefficiently; in `charging_rate_unit`"""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_periods(self.charging_schedule_period, self.charging_rate_unit)
        return self


class ChargingSchedules(OcppType):
    """Schedules of several EVSEs [spec: seed 004]."""

    schedules: Many[ChargingSchedule]
