"""Charging profiles ↔ SetChargingProfile and ClearChargingProfile of all versions.

OCPP 1.6 has one schedule in a profile, without an id of its own; its limits go at most to one decimal and are cut there
when sent, never rounded up.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from bridge.types.ocpp.base import OcppType, Taken, Whole, take_ocpp, to_ocpp
from bridge.types.ocpp.charging_profile import (
    ChargingProfile,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ProfileSchedule,
)
from bridge.types.ocpp.charging_schedule import ChargingSchedulePeriod
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.said import Drop, Said
from bridge.types.ocpp.translate.words_v16 import PURPOSES_BACK
from bridge.types.ocpp.v16 import charging_profile as v16
from bridge.types.ocpp.v16.corrections import take_connector_message, take_set_charging_profile
from bridge.types.ocpp.v16.smart_charging import ClearChargingProfileRequest
from bridge.types.ocpp.version import OcppVersion

EvseId = Annotated[Whole, Field(ge=0)]
"""0 is the whole station."""


class SetChargingProfileRequest(OcppType):
    """Install this profile there [spec: OCPP 2.x]."""

    evse_id: EvseId
    charging_profile: ChargingProfile


class ClearChargingProfileCriteria(OcppType):
    """Which profiles to remove: all that fit all that is given [spec: OCPP 2.x ClearChargingProfileType]."""

    evse_id: EvseId | None = None
    charging_profile_purpose: ChargingProfilePurpose | None = None
    stack_level: Annotated[Whole, Field(ge=0)] | None = None


class ClearChargingProfile(OcppType):
    """Remove the profile of this id, or those that fit [spec: OCPP 2.x ClearChargingProfileRequest]."""

    charging_profile_id: Whole | None = None
    charging_profile_criteria: ClearChargingProfileCriteria | None = None


class Place(NamedTuple):
    """Where a profile belongs: by EVSE in 2.x, by connector in 1.6."""

    evse_id: int
    """0 is the whole station"""
    connector_id: int
    """1.6's number; 0 is the whole station"""

    @classmethod
    def of_connector(cls, number: int, connectors: ConnectorNumbers) -> Place:
        """Return the place of 1.6's number. Raises PayloadError."""
        evse = connectors.place(number)
        return cls(0 if evse is None else evse.id, number)

    @classmethod
    def of_evse(cls, evse_id: int, connectors: ConnectorNumbers) -> Place:
        """Return the place of an EVSE. Raises LookupError."""
        return cls(evse_id, connectors.number(EVSE(id=evse_id)) if evse_id else 0)


def set_charging_profile(profile: ChargingProfile, place: Place, version: OcppVersion) -> Said:
    """Return SetChargingProfile.req; a profile that the version cannot say at all has the payload None."""
    if version is OcppVersion.V16:
        said = profile_in_v16(profile)
        if said.payload is None:
            return said
        return Said({"connectorId": place.connector_id, "csChargingProfiles": said.payload}, said.dropped)
    return say(SetChargingProfileRequest(evse_id=place.evse_id, charging_profile=profile), version)


def profile_in_v16(profile: ChargingProfile) -> Said:
    """Return 1.6's ChargingProfile: the first schedule, limits cut to one decimal."""
    said = say(profile, OcppVersion.V16)
    if said.payload is None:
        return said
    payload, dropped = dict(said.payload), list(said.dropped)
    schedules = payload.pop("chargingSchedule")
    if len(profile.charging_schedule) > 1:
        dropped.append(Drop("chargingSchedule", "OCPP 1.6 has one schedule in a profile: the first is told"))
    transaction_id = payload.pop("transactionId", None)
    if transaction_id is not None:
        if not _is_number(transaction_id):
            return Said(None, (*dropped, Drop("transactionId", "is no number, as OCPP 1.6 requires")))
        payload["transactionId"] = int(transaction_id)
    if profile.charging_profile_kind is not ChargingProfileKind.RECURRING and payload.pop("recurrencyKind", None):
        dropped.append(Drop("recurrencyKind", "means nothing beside another kind than Recurring"))
    payload["chargingProfileId"] = payload.pop("id")
    payload["chargingSchedule"] = schedule_in_v16(schedules[0])
    if any(period["limit"] < 0 for period in schedules[0]["chargingSchedulePeriod"]):
        return Said(None, (*dropped, Drop("chargingSchedule[0]", "OCPP 1.6 knows no discharging")))
    return Said(payload, tuple(dropped))


def schedule_in_v16(schedule: dict[str, Any]) -> dict[str, Any]:
    """Return 1.6's schedule for one that was said for it: without its id, numbers cut to one decimal."""
    said = {key: value for key, value in schedule.items() if key != "id"}
    said["chargingSchedulePeriod"] = [
        period | {"limit": one_decimal(period["limit"])} for period in schedule["chargingSchedulePeriod"]
    ]
    if "minChargingRate" in said:
        said["minChargingRate"] = one_decimal(said["minChargingRate"])
    return said


def one_decimal(value: float) -> float:
    """Return the number cut down to one decimal; one that has no more stays what it is."""
    return value if round(value, 1) == value else math.floor(value * 10) / 10


def _is_number(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit()


def profile_from_v16(profile: v16.Profile) -> ChargingProfile:
    """Return our profile for 1.6's; the schedule takes the profile's id."""
    schedule = profile.charging_schedule
    transaction_id = profile.transaction_id
    return ChargingProfile(
        id=profile.charging_profile_id,
        stack_level=profile.stack_level,
        charging_profile_purpose=PURPOSES_BACK[profile.charging_profile_purpose],
        charging_profile_kind=ChargingProfileKind(profile.charging_profile_kind),
        recurrency_kind=profile.recurrency_kind,
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
        transaction_id=None if transaction_id is None else str(transaction_id),
        charging_schedule=(
            ProfileSchedule(
                id=profile.charging_profile_id,
                charging_rate_unit=schedule.charging_rate_unit,
                charging_schedule_period=periods_from_v16(schedule),
                start_schedule=schedule.start_schedule,
                duration=schedule.duration,
                min_charging_rate=schedule.min_charging_rate,
            ),
        ),
    )


def periods_from_v16(schedule: v16.Schedule) -> tuple[ChargingSchedulePeriod, ...]:
    """Return our periods for 1.6's."""
    return tuple(
        ChargingSchedulePeriod(start_period=p.start_period, limit=p.limit, number_phases=p.number_phases)
        for p in schedule.charging_schedule_period
    )


class Installation(NamedTuple):
    """A profile that a CSMS wants installed."""

    profile: ChargingProfile
    place: Place
    ignored: tuple[str, ...]
    corrected: tuple[str, ...]


def installation_from_v16(payload: object, connectors: ConnectorNumbers) -> Installation:
    """Take a SetChargingProfile.req of 1.6, with the corrections that `v16.corrections` lists. Raises PayloadError."""
    taken = take_set_charging_profile(payload)
    place = Place.of_connector(taken.model.connector_id, connectors)
    return Installation(profile_from_v16(taken.model.cs_charging_profiles), place, taken.ignored, taken.corrected)


def installation_from_v2(payload: object, connectors: ConnectorNumbers) -> Installation:
    """Take a SetChargingProfile.req of 2.0.1 or 2.1. Raises PayloadError.

    Stricter than of 1.6, because 2.x is: the first period starts at 0 [spec: K01.FR.31].
    """
    taken = take_ocpp(SetChargingProfileRequest, payload)
    for number, schedule in enumerate(taken.model.charging_profile.charging_schedule):
        if schedule.charging_schedule_period[0].start_period != 0:
            path = f"chargingProfile.chargingSchedule[{number}].chargingSchedulePeriod[0].startPeriod"
            raise PayloadError("SetChargingProfileRequest", [Problem(path, ProblemKind.VALUE, "should be 0")])
    evse_id = taken.model.evse_id
    try:
        place = Place.of_evse(evse_id, connectors)
    except LookupError:
        problem = Problem("evseId", ProblemKind.VALUE, f"this station has no EVSE {evse_id}")
        raise PayloadError("SetChargingProfileRequest", [problem]) from None
    return Installation(taken.model.charging_profile, place, taken.ignored, ())


def clearing_from_v16(payload: object, connectors: ConnectorNumbers) -> Taken[ClearChargingProfile]:
    """Take a ClearChargingProfile.req of 1.6. Raises PayloadError."""
    taken = take_connector_message(ClearChargingProfileRequest, payload)
    said = taken.model
    purpose = said.charging_profile_purpose
    criteria = ClearChargingProfileCriteria(
        evse_id=None if said.connector_id is None else Place.of_connector(said.connector_id, connectors).evse_id,
        charging_profile_purpose=None if purpose is None else PURPOSES_BACK[purpose],
        stack_level=said.stack_level,
    )
    clearing = ClearChargingProfile(
        charging_profile_id=said.id,
        charging_profile_criteria=criteria if to_ocpp(criteria) else None,
    )
    return Taken(clearing, taken.ignored, taken.corrected)


def clear_charging_profile(clearing: ClearChargingProfile, version: OcppVersion, connectors: ConnectorNumbers) -> Said:
    """Return ClearChargingProfile.req; one whose purpose a version lacks must not clear all others."""
    said = say(clearing, version)
    payload = said.payload or {}
    criteria = payload.get("chargingProfileCriteria", {})
    if clearing.charging_profile_criteria is not None and not criteria:
        return Said(None, said.dropped)
    if version is not OcppVersion.V16:
        return said
    told = {key: criteria[key] for key in ("chargingProfilePurpose", "stackLevel") if key in criteria}
    if "chargingProfileId" in payload:
        told["id"] = payload["chargingProfileId"]
    if "evseId" in criteria:
        told["connectorId"] = Place.of_evse(criteria["evseId"], connectors).connector_id
    return Said(told, said.dropped)
