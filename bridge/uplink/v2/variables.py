"""GetVariables and SetVariables [spec: B05, B06]."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from bridge.errors import StoreError
from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.ocpp.base import take_ocpp
from bridge.types.ocpp.provisioning.component import Component
from bridge.types.ocpp.provisioning.edition import Edition
from bridge.types.ocpp.provisioning.get_variables import (
    GetVariableResult,
    GetVariablesRequest,
    GetVariablesResponse,
)
from bridge.types.ocpp.provisioning.sending import to_peer
from bridge.types.ocpp.provisioning.set_variables import (
    SetVariableData,
    SetVariableResult,
    SetVariablesRequest,
    SetVariablesResponse,
)
from bridge.types.ocpp.provisioning.status_info import StatusInfo
from bridge.types.ocpp.variable_access import SetVariableStatusEnumType
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.configuration.configuration import Judgement
from bridge.uplink.device_model.access import Reason, Ruling, read, rule
from bridge.uplink.device_model.controllers import BYTES_AT_MOST, ITEMS_AT_MOST
from bridge.uplink.device_model.device_model import Present
from bridge.uplink.monitoring.parting import bytes_of
from bridge.uplink.obeyed.setting import reconnecting, take_setting
from bridge.uplink.station import Station

_LOG = logging.getLogger(__name__)


async def get_variables(station: Station, _conversation: Conversing, payload: object) -> Answer:
    """Tell the values that are asked for, each by itself, in their order."""
    hold_size(payload)
    asked = take_ocpp(GetVariablesRequest, payload).model.get_variable_data
    hold_items(len(asked))
    hold_places(data.component for data in asked)
    present = station.device_model.present()
    results = []
    for data in asked:
        found = read(present, data.component, data.variable, data.attribute_type)
        results.append(
            GetVariableResult(
                attribute_status=found.status,
                component=data.component,
                variable=data.variable,
                attribute_type=data.attribute_type,
                attribute_value=found.value,
                attribute_status_info=_status_info(found.reason),
            )
        )
    return Answer(to_peer(GetVariablesResponse(get_variable_result=tuple(results)), edition_of(station)))


async def set_variables(station: Station, conversation: Conversing, payload: object) -> Answer:
    """Set values one after the other, each kept and in effect before the next is looked at.

    What cannot be kept is Rejected, and those before it hold.
    """
    hold_size(payload)
    asked = take_ocpp(SetVariablesRequest, payload).model.set_variable_data
    hold_items(len(asked))
    hold_places(data.component for data in asked)
    present = station.device_model.present()
    results, taken = [], []
    for data in asked:
        ruling = await _set(station, present, data)
        if ruling.judgement is not None:
            taken.append(ruling.judgement)
        results.append(
            SetVariableResult(
                attribute_status=ruling.status,
                component=data.component,
                variable=data.variable,
                attribute_type=data.attribute_type,
                attribute_status_info=_status_info(ruling.reason),
            )
        )
    said = to_peer(SetVariablesResponse(set_variable_result=tuple(results)), edition_of(station))
    return Answer(said, reconnecting(station, conversation, taken))


async def _set(station: Station, present: Present, data: SetVariableData) -> Ruling:
    profiles = station.route.profiles
    level = station.route.security_profile(station.configuration.settings.security_profile)
    ruling = rule(
        present,
        station.configuration,
        data.component,
        data.variable,
        data.attribute_type,
        data.attribute_value,
        profiles.usable(level),
    )
    if ruling.judgement is None:
        return ruling
    try:
        await _take(station, ruling.judgement)
    except StoreError as error:
        _LOG.error("%s: %s could not be kept: %s", station.name, ruling.judgement.key, error)
        return Ruling(SetVariableStatusEnumType.REJECTED, Reason("InternalError", "the store cannot be written"))
    return ruling


async def _take(station: Station, judgement: Judgement) -> None:
    if judgement.key == "AuthorizationKey":  # it holds instead of the one that came with the network profile
        await station.route.profiles.forget_credentials(station.route.slot)
    await take_setting(station, judgement)


# --- what all questions about variables keep to ----------------------------------------------------------------------


def hold_size(payload: object) -> None:
    """Refuse a question that is longer than BytesPerMessage says [spec: B05.FR.12, B06.FR.17]."""
    if bytes_of(payload) > BYTES_AT_MOST:
        raise RefusedQuestionError(ErrorCode.FORMAT_VIOLATION, f"at most {BYTES_AT_MOST} bytes are taken at once")


def hold_items(count: int) -> None:
    """Refuse a question with more items than ItemsPerMessage says [spec: B05.FR.11, B06.FR.16]."""
    if count > ITEMS_AT_MOST:
        description = f"at most {ITEMS_AT_MOST} items are taken at once, not {count}"
        raise RefusedQuestionError(ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, description)


def hold_places(components: Iterable[Component]) -> None:
    """Refuse an EVSE that no answer could name: they count from 0, though 2.0.1's schema does not say so."""
    for component in components:
        evse = component.evse
        if evse is not None and (evse.id < 0 or (evse.connector_id or 0) < 0):
            raise RefusedQuestionError(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "EVSEs and connectors count from 0")


def edition_of(station: Station) -> Edition:
    """Return the edition of OCPP 2.x that is spoken."""
    return OcppVersion.V21 if station.version is OcppVersion.V21 else OcppVersion.V201


def _status_info(reason: Reason | None) -> StatusInfo | None:
    return None if reason is None else StatusInfo(reason_code=reason.code, additional_info=reason.info)
