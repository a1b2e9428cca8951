"""SetNetworkProfile."""

from __future__ import annotations

import logging

from bridge.errors import StoreError
from bridge.types.ocpp.base import take_ocpp, to_ocpp
from bridge.types.ocpp.provisioning.set_network_profile import (
    SetNetworkProfileRequest,
    SetNetworkProfileResponse,
    SetNetworkProfileStatus,
)
from bridge.types.ocpp.provisioning.status_info import StatusInfo
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.network.judging import Grounds, Objection, judge
from bridge.uplink.network.profiles import NetworkProfiles
from bridge.uplink.station import Station

_LOG = logging.getLogger(__name__)


async def set_network_profile(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Keep a network profile in its slot; the connection in use stays, and NetworkConfigurationPriority as it was."""
    return await answer(station.name, station.route.profiles, grounds_of(station), payload)


def grounds_of(station: Station) -> Grounds:
    """Return what a network profile for this station is judged by."""
    options, configuration = station.options, station.configuration
    is_configured = options.password_file is not None or options.password_env is not None
    return Grounds(
        security_profile=station.route.security_profile(configuration.settings.security_profile),
        identity=options.identity,
        has_password=is_configured or configuration.authorization_key is not None,
        has_certificate=options.certificate_file is not None,
    )


async def answer(name: str, profiles: NetworkProfiles, grounds: Grounds, payload: object) -> Answer:
    """Judge the profile, keep it, and say what became of it."""
    request = take_ocpp(SetNetworkProfileRequest, payload).model
    slot, profile = request.configuration_slot, request.connection_data
    objection = judge(slot, profile, grounds)
    if objection is not None:
        return _answer(SetNetworkProfileStatus.REJECTED, objection)
    try:
        await profiles.keep(slot, profile)
    except StoreError as error:
        _LOG.warning("%s: a network profile could not be kept: %s", name, error)
        return _answer(SetNetworkProfileStatus.FAILED, Objection("InternalError", "it could not be kept"))
    return _answer(SetNetworkProfileStatus.ACCEPTED)


def _answer(status: SetNetworkProfileStatus, objection: Objection | None = None) -> Answer:
    said = None
    if objection is not None:
        said = StatusInfo(reason_code=objection.reason_code, additional_info=objection.said)
    return Answer(to_ocpp(SetNetworkProfileResponse(status=status, status_info=said)))
