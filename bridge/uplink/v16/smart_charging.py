"""SetChargingProfile, ClearChargingProfile, GetCompositeSchedule."""

from __future__ import annotations

import logging

from bridge.types.ocpp.translate.charging_profiles import Place, clearing_from_v16, installation_from_v16
from bridge.types.ocpp.translate.composite_schedules import composite_schedule
from bridge.types.ocpp.v16.corrections import take_connector_message
from bridge.types.ocpp.v16.smart_charging import GetCompositeScheduleRequest
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import Ability
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.smart_charging.composite import LONGEST_S
from bridge.uplink.station import Station
from bridge.uplink.v16.dialect import NUMBERS

_LOG = logging.getLogger(__name__)


async def set_charging_profile(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Install a profile."""
    installation = installation_from_v16(payload, NUMBERS)
    for note in (*installation.corrected, *(f"{path} is ignored" for path in installation.ignored)):
        _LOG.info("%s: SetChargingProfile: %s", station.name, note)
    if Ability.LIMIT_CURRENT not in station.abilities:
        return Answer({"status": "NotSupported"})
    evse_id = installation.place.evse_id
    if evse_id and evse_id not in station.connectors:
        return Answer({"status": "Rejected"})
    refusal = await station.limits.install(installation.profile, evse_id)
    if refusal is not None:
        _LOG.warning("%s: a charging profile is rejected: %s", station.name, refusal.why)
    return Answer({"status": "Accepted" if refusal is None else "Rejected"})


async def clear_charging_profile(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Remove the profiles that fit."""
    clearing = clearing_from_v16(payload, NUMBERS).model
    return Answer({"status": "Accepted" if await station.limits.clear(clearing) else "Unknown"})


async def get_composite_schedule(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Work out what may be charged from now on."""
    request = take_connector_message(GetCompositeScheduleRequest, payload).model
    known = request.connector_id in (0, *station.connectors)
    if not known or Ability.LIMIT_CURRENT not in station.abilities:
        return Answer({"status": "Rejected"})
    duration_s = min(request.duration, LONGEST_S)
    schedule = station.limits.composite(request.connector_id, duration_s, request.charging_rate_unit)
    place = Place.of_connector(request.connector_id, NUMBERS)
    return Answer(composite_schedule(schedule, OcppVersion.V16, place).payload or {"status": "Rejected"})
