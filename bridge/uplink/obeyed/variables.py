"""Variables as the house itself reads and sets them: EVerest's generic interface, for every version.

A station that speaks 1.6 has no components: there the name of a variable is that of a setting [spec: seed 004]. The
house sets custom settings only, in every version: standard ones belong to the central system [spec: seed 003].
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bridge.types.ocpp.component_variable import AttributeEnum
from bridge.types.ocpp.variable_access import (
    GetVariableRequest,
    GetVariableResult,
    GetVariableStatusEnumType,
    SetVariableRequest,
    SetVariableResult,
    SetVariableStatusEnumType,
)
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.configuration.configuration import Configuration
from bridge.uplink.device_model.access import Read, Ruling, read, ruling_of, settable
from bridge.uplink.device_model.device_model import Present
from bridge.uplink.station import Station

_LOG = logging.getLogger(__name__)
_SET = SetVariableStatusEnumType


def read_variables(station: Station, requests: Sequence[GetVariableRequest]) -> list[GetVariableResult]:
    """Return a result for each request, in their order."""
    present = None if station.version is OcppVersion.V16 else station.device_model.present()
    results = []
    for request in requests:
        named = request.component_variable
        if present is None:
            found = _read_key(station.configuration, named.variable.name, request.attribute_type)
        else:
            found = read(present, named.component, named.variable, request.attribute_type)
        results.append(
            GetVariableResult(
                component_variable=named,
                status=found.status,
                attribute_type=request.attribute_type,
                value=found.value,
            )
        )
    return results


async def write_variables(
    station: Station, requests: Sequence[SetVariableRequest], *, source: str
) -> list[SetVariableResult]:
    """Set custom settings one after the other and return a result for each; `source` is for the log.

    Raises StoreError: those before it are set then.
    """
    present = None if station.version is OcppVersion.V16 else station.device_model.present()
    results = []
    for request in requests:
        ruling = _rule(station.configuration, present, request)
        if ruling.judgement is not None and ruling.judgement.value is not None:
            await station.keep_setting(ruling.judgement)
            station.configuration.apply_custom(ruling.judgement.key, ruling.judgement.value)
            station.watch.wake()
            _LOG.info("%s: %s set %s", station.name, source[:50], ruling.judgement.key)
        results.append(
            SetVariableResult(
                component_variable=request.component_variable,
                status=ruling.status,
                attribute_type=request.attribute_type,
            )
        )
    return results


def _read_key(configuration: Configuration, name: str, attribute: AttributeEnum | None) -> Read:
    known = configuration.get([name]).configuration_keys if name else ()
    if not known:
        return Read(GetVariableStatusEnumType.UNKNOWN_VARIABLE)
    if attribute not in (None, AttributeEnum.ACTUAL):
        return Read(GetVariableStatusEnumType.NOT_SUPPORTED_ATTRIBUTE_TYPE)
    value = known[0].value
    if value is None:  # a secret
        return Read(GetVariableStatusEnumType.REJECTED)
    return Read(GetVariableStatusEnumType.ACCEPTED, value)


def _rule(configuration: Configuration, present: Present | None, request: SetVariableRequest) -> Ruling:
    named, attribute = request.component_variable, request.attribute_type
    if present is None:
        if not (named.variable.name and configuration.get([named.variable.name]).configuration_keys):
            return Ruling(_SET.UNKNOWN_VARIABLE)
        if attribute not in (None, AttributeEnum.ACTUAL):
            return Ruling(_SET.NOT_SUPPORTED_ATTRIBUTE_TYPE)
        judgement = configuration.judge_custom(named.variable.name, request.value)
        return Ruling(_SET.REJECTED if judgement.value is None else _SET.ACCEPTED, judgement=judgement)
    found = settable(present, named.component, named.variable, attribute)
    if isinstance(found, Ruling):
        return found
    variable, key = found
    return ruling_of(variable, configuration.judge_custom(key, request.value), request.value)
