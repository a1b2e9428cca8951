"""The messages of OCPP 2.0.1 and 2.1 that ask for profiles and schedules, report them, and tell limits from outside."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Many, OcppType, OcppWord, Whole
from bridge.types.ocpp.charging_profile import ChargingProfile, ChargingProfilePurpose, ProfileSchedule
from bridge.types.ocpp.charging_schedule import ChargingRateUnit
from bridge.types.ocpp.status_info import StatusInfoType

EvseId = Annotated[Whole, Field(ge=0)]
"""0 is the whole station."""
LimitSource = Annotated[str, Field(max_length=20)]
"""A word of `ChargingLimitSource`; 2.1 allows any other, 2.0.1 does not [spec]."""


class ChargingLimitSource(OcppWord):
    """Who set a limit [spec: OCPP 2.0.1 ChargingLimitSourceEnumType]."""

    EMS = "EMS"
    """an energy manager on site"""
    OTHER = "Other"
    """somebody else: the charger's own load guard, its owner"""
    SO = "SO"
    """the grid's operator"""
    CSO = "CSO"
    """the central system"""


class ChargingProfileStatus(OcppWord):
    """What became of a profile [spec: OCPP 2.x ChargingProfileStatusEnumType]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class SetChargingProfileResponse(OcppType):
    """The answer to SetChargingProfile [spec: OCPP 2.x]."""

    status: ChargingProfileStatus
    status_info: StatusInfoType | None = None


class ClearChargingProfileStatus(OcppWord):
    """What became of the clearing [spec: OCPP 2.x ClearChargingProfileStatusEnumType]."""

    ACCEPTED = "Accepted"
    UNKNOWN = "Unknown"
    """no profile fits"""


class ClearChargingProfileResponse(OcppType):
    """The answer to ClearChargingProfile [spec: OCPP 2.x]."""

    status: ClearChargingProfileStatus
    status_info: StatusInfoType | None = None


class ChargingProfileCriterion(OcppType):
    """Which profiles to report: all that fit all that is given [spec: OCPP 2.x ChargingProfileCriterionType]."""

    charging_profile_purpose: ChargingProfilePurpose | None = None
    stack_level: Annotated[Whole, Field(ge=0)] | None = None
    charging_profile_id: Annotated[Many[Whole], Field(min_length=1)] | None = None
    """any of them"""
    charging_limit_source: Annotated[Many[LimitSource], Field(min_length=1, max_length=4)] | None = None
    """any of them"""


class GetChargingProfilesRequest(OcppType):
    """Report the profiles that fit [spec: OCPP 2.x]."""

    request_id: Whole
    charging_profile: ChargingProfileCriterion
    evse_id: EvseId | None = None
    """0 for those of the whole station, absent for all"""


class GetChargingProfilesStatus(OcppWord):
    """Whether a report follows [spec: OCPP 2.x GetChargingProfileStatusEnumType]."""

    ACCEPTED = "Accepted"
    NO_PROFILES = "NoProfiles"


class GetChargingProfilesResponse(OcppType):
    """The answer to GetChargingProfiles [spec: OCPP 2.x]."""

    status: GetChargingProfilesStatus
    status_info: StatusInfoType | None = None


class ReportChargingProfilesRequest(OcppType):
    """One part of a report: profiles of one place and one source [spec: OCPP 2.x]."""

    request_id: Whole
    charging_limit_source: LimitSource
    evse_id: EvseId
    charging_profile: Annotated[Many[ChargingProfile], Field(min_length=1)]
    tbc: bool | None = None
    """more parts follow; false when absent"""


class GetCompositeScheduleRequest(OcppType):
    """Work out what may be charged from now on [spec: OCPP 2.x]."""

    duration: Annotated[Whole, Field(ge=0)]
    """seconds"""
    evse_id: EvseId
    charging_rate_unit: ChargingRateUnit | None = None


class ChargingLimit(OcppType):
    """Who limits [spec: OCPP 2.x ChargingLimitType]."""

    charging_limit_source: LimitSource
    is_grid_critical: bool | None = None


class NotifyChargingLimitRequest(OcppType):
    """Somebody else than the central system limits an EVSE [spec: OCPP 2.x]."""

    charging_limit: ChargingLimit
    evse_id: EvseId | None = None
    """the whole station when absent"""
    charging_schedule: Annotated[Many[ProfileSchedule], Field(min_length=1)] | None = None


class ClearedChargingLimitRequest(OcppType):
    """Nobody else limits an EVSE any more [spec: OCPP 2.x]."""

    charging_limit_source: LimitSource
    evse_id: EvseId | None = None
