"""Charging profiles in OCPP 2.0.1 and 2.1: set, report, clear, work out, and tell of limits that others set."""

from __future__ import annotations

import json
import logging

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.ocpp.base import OcppType, take_ocpp
from bridge.types.ocpp.charging_profile import ProfileSchedule
from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedulePeriod
from bridge.types.ocpp.payload_error import PayloadError, ProblemKind
from bridge.types.ocpp.status_info import GenericStatus, StatusInfoType
from bridge.types.ocpp.translate.charging_profiles import ClearChargingProfile, Place, SetChargingProfileRequest
from bridge.types.ocpp.translate.composite_schedules import (
    GetCompositeScheduleResponse,
    composite_schedule,
)
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.v2.smart_charging import (
    ChargingLimit,
    ChargingLimitSource,
    ChargingProfileStatus,
    ClearChargingProfileResponse,
    ClearChargingProfileStatus,
    ClearedChargingLimitRequest,
    GetChargingProfilesRequest,
    GetChargingProfilesResponse,
    GetChargingProfilesStatus,
    GetCompositeScheduleRequest,
    NotifyChargingLimitRequest,
    ReportChargingProfilesRequest,
    SetChargingProfileResponse,
)
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import Ability
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.dialect import Payload, Wording
from bridge.uplink.smart_charging.composite import LONGEST_S
from bridge.uplink.smart_charging.remarks import remarks
from bridge.uplink.smart_charging.selection import fits, parts
from bridge.uplink.station import Station
from bridge.uplink.v2.stating import hold_request_id

_LOG = logging.getLogger(__name__)
_PART_BYTES = 16_384
"""of profiles in one part of a report"""
_INFO_AT_MOST = 1024
_OUTSIDE_ID = 0


async def set_charging_profile(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Install a profile, or say which rule it breaks; what of it cannot be followed to the letter is said as well."""
    _require_ability(station)
    try:
        taken = take_ocpp(SetChargingProfileRequest, payload)
    except PayloadError as error:
        if any(problem.kind is not ProblemKind.VALUE for problem in error.problems):
            raise
        code = "InvalidSchedule" if "chargingSchedule" in error.path else "InvalidProfile"
        return _set(station, ChargingProfileStatus.REJECTED, _info(code, error.seen))
    for path in taken.ignored:
        _LOG.info("%s: SetChargingProfile: %s is ignored", station.name, path)
    profile = taken.model.charging_profile
    refusal = await station.limits.install(profile, taken.model.evse_id, by_2_x=True)
    if refusal is not None:
        _LOG.warning("%s: a charging profile is rejected: %s", station.name, refusal.why)
        return _set(station, ChargingProfileStatus.REJECTED, _info(refusal.code, refusal.why))
    said = remarks(profile)
    return _set(station, ChargingProfileStatus.ACCEPTED, None if said is None else _info("UnsupportedParam", said))


def _set(station: Station, status: ChargingProfileStatus, info: StatusInfoType | None) -> Answer:
    return Answer(_said(SetChargingProfileResponse(status=status, status_info=info), station.version))


async def get_charging_profiles(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Report the profiles that fit, in parts that follow the answer."""
    _require_ability(station)
    request, version = take_ocpp(GetChargingProfilesRequest, payload).model, station.version
    hold_request_id(request.request_id)
    if not _knows(station, request.evse_id or 0):
        return _no_profiles(version, _info("UnknownEvse", f"this station has no EVSE {request.evse_id}"))
    found = [one for one in station.limits.installed if fits(one, request)]
    sizes = {one.profile.id: said for one in found if (said := say(one.profile, version).payload) is not None}
    if unsayable := sorted(one.profile.id for one in found if one.profile.id not in sizes):
        _LOG.warning("%s: OCPP %s has no words for the charging profiles %s", station.name, version, unsayable)
    told = [one for one in found if one.profile.id in sizes]
    if not told:
        unsaid = _info("UnsupportedParam", f"OCPP {version} has no words for what is installed") if found else None
        return _no_profiles(version, unsaid)
    made = list(parts(told, lambda profile: len(json.dumps(sizes[profile.id])), _PART_BYTES))
    if len(made) > station.session.room:
        raise RefusedQuestionError(ErrorCode.INTERNAL_ERROR, "too many messages wait already; ask again later")

    async def report() -> None:
        for number, part in enumerate(made, 1):
            said = ReportChargingProfilesRequest(
                request_id=request.request_id,
                charging_limit_source=part.source.value,
                evse_id=part.evse_id,
                charging_profile=part.profiles,
                tbc=number < len(made),
            )
            station.session.ask(Wording("ReportChargingProfiles", _said(said, version)))
        conversation.look()

    accepted = GetChargingProfilesResponse(status=GetChargingProfilesStatus.ACCEPTED)
    return Answer(_said(accepted, version), report)


def _no_profiles(version: OcppVersion, info: StatusInfoType | None) -> Answer:
    response = GetChargingProfilesResponse(status=GetChargingProfilesStatus.NO_PROFILES, status_info=info)
    return Answer(_said(response, version))


async def clear_charging_profile(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Remove the profiles that fit."""
    _require_ability(station)
    removed = await station.limits.clear(take_ocpp(ClearChargingProfile, payload).model)
    status = ClearChargingProfileStatus.ACCEPTED if removed else ClearChargingProfileStatus.UNKNOWN
    return Answer(_said(ClearChargingProfileResponse(status=status), station.version))


async def get_composite_schedule(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Work out what may be charged from now on; in 2.1 with what is wished beyond charging."""
    _require_ability(station)
    request, version = take_ocpp(GetCompositeScheduleRequest, payload).model, station.version
    evse_id, unit = request.evse_id, request.charging_rate_unit
    if not _knows(station, evse_id):
        return _no_schedule(version, _info("UnknownEvse", f"this station has no EVSE {evse_id}"))
    if unit is not None and unit not in station.limits.units:
        return _no_schedule(version, _info("UnsupportedRateUnit", f"schedules do not count in {unit} here"))
    schedule = station.limits.composite(
        evse_id, min(request.duration, LONGEST_S), unit, bidirectional=version is OcppVersion.V21
    )
    said = composite_schedule(schedule, version, Place(evse_id, evse_id)).payload
    if said is None:
        return _no_schedule(version, _info("InternalError", f"OCPP {version} has no words for it"))
    return Answer(said)


def _no_schedule(version: OcppVersion, info: StatusInfoType) -> Answer:
    return Answer(_said(GetCompositeScheduleResponse(status=GenericStatus.REJECTED, status_info=info), version))


def notify_charging_limit(station: Station, evse_id: int, limit_a: float) -> Wording:
    """Return the message that somebody else limits an EVSE from now on, to amperes of each phase."""
    period = ChargingSchedulePeriod(start_period=0, limit=limit_a)
    schedule = ProfileSchedule(
        id=_OUTSIDE_ID,
        start_schedule=station.house.clock.now(),
        charging_rate_unit=ChargingRateUnit.A,
        charging_schedule_period=(period,),
    )
    request = NotifyChargingLimitRequest(
        evse_id=evse_id,
        charging_limit=ChargingLimit(charging_limit_source=ChargingLimitSource.OTHER.value),
        charging_schedule=(schedule,),
    )
    return Wording("NotifyChargingLimit", _said(request, station.version))


def cleared_charging_limit(station: Station, evse_id: int) -> Wording:
    """Return the message that this is over."""
    request = ClearedChargingLimitRequest(evse_id=evse_id, charging_limit_source=ChargingLimitSource.OTHER.value)
    return Wording("ClearedChargingLimit", _said(request, station.version))


def _require_ability(station: Station) -> None:
    if Ability.LIMIT_CURRENT not in station.abilities:
        raise RefusedQuestionError(ErrorCode.NOT_SUPPORTED, "the charging of this charger cannot be limited from here")


def _knows(station: Station, evse_id: int) -> bool:
    return evse_id in (0, *station.connectors)


def _info(code: str, why: str) -> StatusInfoType:
    return StatusInfoType(reason_code=code, additional_info=why[:_INFO_AT_MOST])


def _said(model: OcppType, version: OcppVersion) -> Payload:
    """Return a payload; these are all of a kind that both versions can say."""
    payload = say(model, version).payload
    assert payload is not None
    return payload
