"""The messages of OCPP 1.6 that install, clear and work out charging profiles."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bridge.types.ocpp.base import Moment, OcppType, OcppWord, Whole
from bridge.types.ocpp.charging_schedule import ChargingRateUnit
from bridge.types.ocpp.v16.charging_profile import (
    ChargingProfilePurposeType,
    Profile,
    Schedule,
)

ConnectorId = Annotated[Whole, Field(ge=0)]
"""0 is the whole station."""


class SetChargingProfileRequest(OcppType):
    """Install this profile [spec: OCPP 1.6 SetChargingProfile.req]."""

    connector_id: ConnectorId
    cs_charging_profiles: Profile

    @model_validator(mode="after")
    def _fits_its_place(self) -> Self:
        purpose = self.cs_charging_profiles.charging_profile_purpose
        if purpose is ChargingProfilePurposeType.CHARGE_POINT_MAX_PROFILE and self.connector_id:
            raise ValueError("a ChargePointMaxProfile belongs to connector 0")
        if purpose is ChargingProfilePurposeType.TX_PROFILE and not self.connector_id:
            raise ValueError("a TxProfile belongs to a connector from 1 on")
        return self


class ChargingProfileStatus(OcppWord):
    """What became of a profile [spec: OCPP 1.6]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    NOT_SUPPORTED = "NotSupported"
    """the station cannot be steered"""


class SetChargingProfileConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 SetChargingProfile.conf]."""

    status: ChargingProfileStatus


class ClearChargingProfileRequest(OcppType):
    """Remove the profiles that fit all that is given; all of them when nothing is [spec: ClearChargingProfile.req]."""

    id: Whole | None = None
    connector_id: ConnectorId | None = None
    charging_profile_purpose: ChargingProfilePurposeType | None = None
    stack_level: Whole | None = None


class ClearChargingProfileStatus(OcppWord):
    """What became of the clearing [spec: OCPP 1.6]."""

    ACCEPTED = "Accepted"
    UNKNOWN = "Unknown"
    """no profile fits"""


class ClearChargingProfileConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 ClearChargingProfile.conf]."""

    status: ClearChargingProfileStatus


class GetCompositeScheduleRequest(OcppType):
    """Work out what may be charged from now on [spec: OCPP 1.6 GetCompositeSchedule.req]."""

    connector_id: ConnectorId
    duration: Annotated[Whole, Field(ge=0)]
    """seconds"""
    charging_rate_unit: ChargingRateUnit | None = None


class GetCompositeScheduleStatus(OcppWord):
    """Whether it could be worked out [spec: OCPP 1.6]."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class GetCompositeScheduleConfirmation(OcppType):
    """The answer to it [spec: OCPP 1.6 GetCompositeSchedule.conf]."""

    status: GetCompositeScheduleStatus
    connector_id: ConnectorId | None = None
    schedule_start: Moment | None = None
    """from when the periods count"""
    charging_schedule: Schedule | None = None


class RemoteStartTransactionRequest(OcppType):
    """Start charging for this tag, with this profile [spec: OCPP 1.6 RemoteStartTransaction.req]."""

    id_tag: Annotated[str, Field(max_length=20)]
    connector_id: Annotated[Whole, Field(ge=1)] | None = None
    charging_profile: Profile | None = None

    @model_validator(mode="after")
    def _of_a_transaction(self) -> Self:
        profile = self.charging_profile
        if profile is not None and profile.charging_profile_purpose is not ChargingProfilePurposeType.TX_PROFILE:
            raise ValueError("the profile of a remote start must be a TxProfile")
        return self
