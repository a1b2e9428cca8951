"""Charging profiles as OCPP 1.6 writes them."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from bridge.types.ocpp.base import Many, Moment, OcppType, OcppWord, Whole
from bridge.types.ocpp.charging_profile import RecurrencyKind
from bridge.types.ocpp.charging_schedule import PERIODS_AT_MOST, ChargingRateUnit


class ChargingProfilePurposeType(OcppWord):
    """What a profile is for [spec: OCPP 1.6]."""

    CHARGE_POINT_MAX_PROFILE = "ChargePointMaxProfile"
    """caps the whole station"""
    TX_DEFAULT_PROFILE = "TxDefaultProfile"
    """holds for every transaction without a profile of its own"""
    TX_PROFILE = "TxProfile"
    """holds for one transaction and goes with it"""


class ChargingProfileKindType(OcppWord):
    """From when a schedule counts [spec: OCPP 1.6]."""

    ABSOLUTE = "Absolute"
    """from `startSchedule`; from the start of the transaction where that is absent"""
    RECURRING = "Recurring"
    """from `startSchedule`, again every day or week"""
    RELATIVE = "Relative"
    """from the start of the transaction"""


class SchedulePeriod(OcppType):
    """One stretch of a schedule [spec: OCPP 1.6 ChargingSchedulePeriod]."""

    start_period: Annotated[Whole, Field(ge=0)]
    """seconds since the schedule's start"""
    limit: Annotated[float, Field(ge=0)]
    """in the schedule's unit: W of all phases together, A of each; OCPP sends at most one decimal"""
    number_phases: Annotated[Whole, Field(ge=0, le=3)] | None = None
    """3 when absent"""


class Schedule(OcppType):
    """A schedule [spec: OCPP 1.6 ChargingSchedule]."""

    charging_rate_unit: ChargingRateUnit
    charging_schedule_period: Annotated[Many[SchedulePeriod], Field(min_length=1, max_length=PERIODS_AT_MOST)]
    duration: Annotated[Whole, Field(ge=1)] | None = None
    """seconds; the last period goes on when absent"""
    start_schedule: Moment | None = None
    min_charging_rate: Annotated[float, Field(ge=0)] | None = None
    """in `charging_rate_unit`; OCPP sends at most one decimal"""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for earlier, later in pairwise(self.charging_schedule_period):
            if later.start_period <= earlier.start_period:
                raise ValueError(
                    f"the period at {later.start_period} s must start after the one at {earlier.start_period} s"
                )
        return self


class Profile(OcppType):
    """A charging profile [spec: OCPP 1.6 ChargingProfile]."""

    charging_profile_id: Whole
    stack_level: Annotated[Whole, Field(ge=0)]
    """higher goes before lower"""
    charging_profile_purpose: ChargingProfilePurposeType
    charging_profile_kind: ChargingProfileKindType
    charging_schedule: Schedule
    transaction_id: Whole | None = None
    """for a TxProfile only"""
    recurrency_kind: RecurrencyKind | None = None
    """for the kind Recurring, and required there"""
    valid_from: Moment | None = None
    valid_to: Moment | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.charging_profile_kind is ChargingProfileKindType.RECURRING and self.recurrency_kind is None:
            raise ValueError("a Recurring profile needs its recurrencyKind")
        if (
            self.transaction_id is not None
            and self.charging_profile_purpose is not ChargingProfilePurposeType.TX_PROFILE
        ):
            raise ValueError("a transactionId belongs to a TxProfile")
        return self
