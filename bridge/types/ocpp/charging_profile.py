"""Charging profiles: schedules with their purpose and rank, as a CSMS installs them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bridge.types.ocpp.base import Many, Moment, OcppType, OcppWord, Whole
from bridge.types.ocpp.charging_schedule import (
    PERIODS_AT_MOST,
    ChargingRateUnit,
    ChargingSchedulePeriod,
    check_periods,
)
from bridge.types.ocpp.transaction import TransactionId


class ChargingProfilePurpose(OcppWord):
    """What a profile is for [spec: OCPP 2.1]."""

    CHARGING_STATION_EXTERNAL_CONSTRAINTS = "ChargingStationExternalConstraints"
    """a limit that did not come from the CSMS"""
    CHARGING_STATION_MAX_PROFILE = "ChargingStationMaxProfile"
    """caps the whole station; ChargePointMaxProfile in OCPP 1.6"""
    TX_DEFAULT_PROFILE = "TxDefaultProfile"
    """holds for every transaction without a profile of its own"""
    TX_PROFILE = "TxProfile"
    """holds for one transaction and goes with it"""
    PRIORITY_CHARGING = "PriorityCharging"
    """while a driver pays for speed; 2.1 only"""
    LOCAL_GENERATION = "LocalGeneration"
    """what a generator on site adds; 2.1 only"""


class ChargingProfileKind(OcppWord):
    """From when a schedule counts [spec: OCPP 2.1]."""

    ABSOLUTE = "Absolute"
    """from `start_schedule`"""
    RECURRING = "Recurring"
    """from `start_schedule`, again every day or week"""
    RELATIVE = "Relative"
    """from the start of the transaction"""
    DYNAMIC = "Dynamic"
    """replaced by the CSMS as it goes; 2.1 only"""


class RecurrencyKind(OcppWord):
    """How often a schedule recurs [spec: OCPP]."""

    DAILY = "Daily"
    WEEKLY = "Weekly"


class LimitAtSoC(OcppType):
    """A limit from some charge of the battery on [spec: OCPP 2.1]."""

    soc: Annotated[Whole, Field(ge=0, le=100)]
    """percent"""
    limit: float
    """in the schedule's unit"""


class ProfileSchedule(OcppType):
    """A schedule of a profile [spec: OCPP 2.1 ChargingScheduleType, without prices: the bridge does not show them]."""

    id: Whole
    """in OCPP 1.6 there is none: the profile's id then"""
    charging_rate_unit: ChargingRateUnit
    charging_schedule_period: Annotated[Many[ChargingSchedulePeriod], Field(min_length=1, max_length=PERIODS_AT_MOST)]
    start_schedule: Moment | None = None
    """required unless relative; an absolute schedule without it counts from the start of the transaction"""
    duration: Annotated[Whole, Field(ge=1)] | None = None
    """seconds; the last period goes on when absent"""
    min_charging_rate: Annotated[float, Field(ge=0)] | None = None
    """in `charging_rate_unit`"""
    limit_at_soc: LimitAtSoC | None = Field(default=None, alias="limitAtSoC")
    """2.1 only"""
    power_tolerance: float | None = None
    """W around the setpoint that are still right; 2.1 only"""
    use_local_time: bool | None = None
    """recurs at the station's local time; 2.1 only"""
    randomized_delay: Annotated[Whole, Field(ge=0)] | None = None
    """most seconds by which a change may be delayed at random; 2.1 only"""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_periods(self.charging_schedule_period, self.charging_rate_unit)
        return self


class ChargingProfile(OcppType):
    """A charging profile [spec: OCPP 2.1]."""

    id: Whole
    stack_level: Annotated[Whole, Field(ge=0)]
    """higher goes before lower"""
    charging_profile_purpose: ChargingProfilePurpose
    charging_profile_kind: ChargingProfileKind
    charging_schedule: Annotated[Many[ProfileSchedule], Field(min_length=1, max_length=3)]
    """more than one only for ISO 15118, among which the vehicle chooses"""
    recurrency_kind: RecurrencyKind | None = None
    """for the kind Recurring, and required there"""
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    transaction_id: TransactionId | None = None
    """for the purpose TxProfile only; an OCPP 1.6 integer in decimal digits"""
    max_offline_duration: Whole | None = None
    """seconds without a connection after which it no longer holds; 2.1 only"""
    invalid_after_offline_duration: bool | None = None
    """and then it is deleted; 2.1 only"""
    dyn_update_interval: Whole | None = None
    """seconds between updates of a dynamic profile; 2.1 only"""
    dyn_update_time: Moment | None = None
    """2.1 only"""

    @model_validator(mode="after")
    def _fits_its_purpose(self) -> Self:
        if self.charging_profile_kind is ChargingProfileKind.RECURRING and self.recurrency_kind is None:
            raise ValueError("a Recurring profile needs its recurrencyKind")
        if self.transaction_id is not None and self.charging_profile_purpose is not ChargingProfilePurpose.TX_PROFILE:
            raise ValueError("a transactionId belongs to a TxProfile")
        return self
