"""Makes examples of a type out of its fields: every field, every word, every bound."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import Ge, GroupedMetadata, Le, MaxLen, MinLen
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from bridge.types.ocpp.base import Model, OcppType
from bridge.types.ocpp.charging_profile import (
    ChargingProfile,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ProfileSchedule,
)
from bridge.types.ocpp.charging_schedule import ChargingRateUnit, ChargingSchedule, ChargingSchedulePeriod
from bridge.types.ocpp.custom_data import CustomData
from bridge.types.ocpp.translate.composite_schedules import CompositeSchedule
from bridge.types.ocpp.v2x import OperationMode
from bridge.types.ocpp.variable_access import GetVariableResult, GetVariableStatusEnumType

_ITEMS = 3
_CHARACTERS = 40
_PLAIN_TEXT = st.characters(exclude_categories=["Cs"])
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- the zone is added


def examples(model: type[Model]) -> st.SearchStrategy[Model]:
    """Return a strategy of valid instances."""
    fields = {name: _field(name, info) for name, info in model.model_fields.items()}
    return st.fixed_dictionaries(fields).map(_fitted(model)).map(lambda values: model(**values))


def _fitted(model: type[OcppType]) -> Any:
    return _FITTED.get(model, lambda values: values)


def _field(name: str, info: FieldInfo) -> st.SearchStrategy[Any]:
    if name == "data" and info.is_required():
        return st.just(None)  # CustomData's, fitted below
    return _of(info.annotation, list(info.metadata))


def _of(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _of(inner, [*more, *metadata])
    if origin in (Union, UnionType):
        return st.one_of([_of(part, metadata) for part in get_args(annotation)])
    if annotation is NoneType:
        return st.none()
    bounds = _bounds(metadata)
    if origin is tuple:
        least = bounds.get("min", 0)
        most = min(least + _ITEMS, bounds.get("max", 99))
        return st.lists(_of(get_args(annotation)[0], []), min_size=least, max_size=most).map(tuple)
    return _plain(annotation, bounds)


def _bounds(metadata: list[Any]) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    for part in metadata:
        rules = list(part) if isinstance(part, GroupedMetadata) else getattr(part, "metadata", [part])
        for rule in rules:
            match rule:
                case Ge(ge=low):
                    bounds["ge"] = max(low, bounds.get("ge", low), key=float)
                case Le(le=high):
                    bounds["le"] = min(high, bounds.get("le", high), key=float)
                case MinLen(min_length=least):
                    bounds["min"] = least
                case MaxLen(max_length=most):
                    bounds["max"] = most
    return bounds


def _plain(sort: Any, bounds: dict[str, Any]) -> st.SearchStrategy[Any]:
    if issubclass(sort, OcppType):
        return examples(sort)
    if issubclass(sort, StrEnum):
        return st.sampled_from(sort)
    low, high = bounds.get("ge", -1e6), bounds.get("le", 1e6)
    sorts: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(bounds.get("ge", -(2**31)), bounds.get("le", 2**31 - 1)),
        float: st.floats(low, high, allow_nan=False) | st.integers(int(low), int(high)).map(float),
        datetime: MOMENTS,
        str: st.text(_PLAIN_TEXT, max_size=min(_CHARACTERS, bounds.get("max", _CHARACTERS))),
    }
    return sorts[sort]


def _custom_data(values: dict[str, Any]) -> dict[str, Any]:
    own = {"note": values["vendor_id"], "nested": {"snake_key": 1, "camelKey": [None]}, "vendorId": values["vendor_id"]}
    return values | {"data": json.dumps(own, ensure_ascii=False, separators=(",", ":"))}


def _period(values: dict[str, Any]) -> dict[str, Any]:
    local = values["operation_mode"] is OperationMode.LOCAL_FREQUENCY
    if local and values["v2x_freq_watt_curve"] is None:
        values["operation_mode"] = OperationMode.EXTERNAL_LIMITS
        local = False
    if not local:
        values |= {"v2x_freq_watt_curve": None, "v2x_signal_watt_curve": None}
    if values["limit"] is None:
        needy = (None, OperationMode.CHARGING_ONLY, OperationMode.CENTRAL_FREQUENCY)
        values["limit"] = 16.0 if values["operation_mode"] in needy else None
    return values


def _schedule(values: dict[str, Any]) -> dict[str, Any]:
    periods: tuple[ChargingSchedulePeriod, ...] = values["charging_schedule_period"]
    spread = [p.model_copy(update={"start_period": 900 * place}) for place, p in enumerate(periods)]
    if any(p.operation_mode is OperationMode.LOCAL_FREQUENCY for p in periods):
        values["charging_rate_unit"] = ChargingRateUnit.W
    return values | {"charging_schedule_period": tuple(spread)}


def _profile(values: dict[str, Any]) -> dict[str, Any]:
    if values["charging_profile_kind"] is ChargingProfileKind.RECURRING and values["recurrency_kind"] is None:
        values["charging_profile_kind"] = ChargingProfileKind.ABSOLUTE
    if values["charging_profile_purpose"] is not ChargingProfilePurpose.TX_PROFILE:
        values["transaction_id"] = None
    return values


def _result(values: dict[str, Any]) -> dict[str, Any]:
    if values["status"] is GetVariableStatusEnumType.ACCEPTED and values["value"] is None:
        values["value"] = ""
    return values


_FITTED: dict[type[OcppType], Any] = {
    CustomData: _custom_data,
    ChargingSchedulePeriod: _period,
    ChargingSchedule: _schedule,
    ProfileSchedule: _schedule,
    CompositeSchedule: _schedule,
    ChargingProfile: _profile,
    GetVariableResult: _result,
}
"""What the fields of a type owe each other."""
