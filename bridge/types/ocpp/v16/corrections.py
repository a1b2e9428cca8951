"""What central systems write otherwise than OCPP 1.6 says, and what the bridge makes of it.

The rule is: lenient in what is taken where there is one meaning only, strict in what is sent. The samples are those of
a central system in use [doc: seed 000].

| what was seen | verdict | why |
|---|---|---|
| `conectorId` | corrected, noted | no other field is meant |
| `chargingProfile` in a SetChargingProfile | corrected, noted | RemoteStartTransaction's name for the same |
| `idTag` in a SetChargingProfile | ignored, noted | no such field; a profile does not depend on the driver |
| `transactionId` with another purpose than TxProfile | ignored, noted | means nothing there [spec] |
| `recurrencyKind` with another kind than Recurring | ignored, noted | has no meaning there [spec] |
| `duration: 0` in a schedule | ignored, noted | a schedule of no length limits nothing; so the limits hold |
| first `startPeriod` is not 0 | taken, noted | 1.6 does not forbid it: the default limit holds until then |
| `limit` with one decimal (8.1) | taken | that is what OCPP 1.6 allows |
| `limit` with more decimals | taken, noted | more exact does no harm; what is sent is cut to one decimal |
| `numberPhases` | taken | that is its name |
| Absolute without `startSchedule` | taken | counts from the start of the transaction [spec] |
| `value` that is a number or a boolean | corrected, noted | its JSON text is the only string that can be meant |
| GetConfiguration with `null` as payload | corrected, noted | means all keys, as an absent list does |
| `value: null`, an object or a list | refused: type | no text is meant |
| a number as text ("1000") where a number belongs | refused: type | it may as well be a wrong field |
| a negative `limit` | refused: value | 1.6 knows no discharging; 0 would be a guess |
| periods out of order | refused: value | each of two readings gives another limit |
| a remote start with another purpose than TxProfile | refused: value | it would outlive the transaction [spec] |
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from bridge.types.ocpp.base import Model, Taken, from_ocpp, take_ocpp
from bridge.types.ocpp.v16.configuration import ChangeConfigurationRequest, GetConfigurationRequest
from bridge.types.ocpp.v16.smart_charging import (
    RemoteStartTransactionRequest,
    SetChargingProfileRequest,
)

_MISSPELT: Final[Mapping[str, str]] = {"conectorId": "connectorId"}
_PROFILE_NAMES: Final[Mapping[str, str]] = {**_MISSPELT, "chargingProfile": "csChargingProfiles"}


def take_set_charging_profile(payload: object) -> Taken[SetChargingProfileRequest]:
    """Take a SetChargingProfile.req; see the table above. Raises PayloadError."""
    notes: list[str] = []
    payload = _renamed(payload, _PROFILE_NAMES, notes)
    payload = _within(payload, "csChargingProfiles", lambda profile: _profile(profile, "csChargingProfiles", notes))
    return _taken(SetChargingProfileRequest, payload, notes)


def take_remote_start(payload: object) -> Taken[RemoteStartTransactionRequest]:
    """Take a RemoteStartTransaction.req; see the table above. Raises PayloadError."""
    notes: list[str] = []
    payload = _renamed(payload, _MISSPELT, notes)
    payload = _within(payload, "chargingProfile", lambda profile: _profile(profile, "chargingProfile", notes))
    return _taken(RemoteStartTransactionRequest, payload, notes)


def take_get_configuration(payload: object) -> Taken[GetConfigurationRequest]:
    """Take a GetConfiguration.req; see the table above. Raises PayloadError."""
    if payload is None:
        return Taken(from_ocpp(GetConfigurationRequest, {}), (), ("a payload of null is taken as all keys",))
    return take_ocpp(GetConfigurationRequest, payload)


def take_change_configuration(payload: object) -> Taken[ChangeConfigurationRequest]:
    """Take a ChangeConfiguration.req; see the table above. Raises PayloadError, and never shows the value."""
    notes: list[str] = []
    payload = _within(payload, "value", lambda value: _text(value, notes))
    return _taken(ChangeConfigurationRequest, payload, notes)


def take_connector_message(cls: type[Model], payload: object) -> Taken[Model]:
    """Take any other message that names a connector, with its name spelt right or as seen. Raises PayloadError."""
    notes: list[str] = []
    return _taken(cls, _renamed(payload, _MISSPELT, notes), notes)


def _taken(cls: type[Model], payload: object, notes: list[str]) -> Taken[Model]:
    taken = take_ocpp(cls, payload)
    return Taken(taken.model, taken.ignored, tuple(notes))


def _within(payload: Any, key: str, change: Callable[[Any], Any]) -> Any:
    if not isinstance(payload, dict) or key not in payload:
        return payload
    return {**payload, key: change(payload[key])}


def _renamed(payload: Any, names: Mapping[str, str], notes: list[str]) -> Any:
    if not isinstance(payload, dict):
        return payload
    for wrong, right in names.items():
        if wrong in payload and right not in payload:
            payload = {right if key == wrong else key: value for key, value in payload.items()}
            notes.append(f"{wrong} is taken as {right}")
    return payload


def _without(payload: dict[str, Any], key: str, why: str, place: str, notes: list[str]) -> dict[str, Any]:
    notes.append(f"{place}.{key} is ignored: {why}")
    return {name: value for name, value in payload.items() if name != key}


def _profile(profile: Any, place: str, notes: list[str]) -> Any:
    if not isinstance(profile, dict):
        return profile
    if profile.get("transactionId") is not None and profile.get("chargingProfilePurpose") != "TxProfile":
        profile = _without(profile, "transactionId", "it belongs to a TxProfile", place, notes)
    if profile.get("recurrencyKind") is not None and profile.get("chargingProfileKind") != "Recurring":
        profile = _without(profile, "recurrencyKind", "it belongs to the kind Recurring", place, notes)
    inner = f"{place}.chargingSchedule"
    return _within(profile, "chargingSchedule", lambda schedule: _schedule(schedule, inner, notes))


def _schedule(schedule: Any, place: str, notes: list[str]) -> Any:
    if not isinstance(schedule, dict):
        return schedule
    if schedule.get("duration") == 0 and not isinstance(schedule["duration"], bool):
        schedule = _without(schedule, "duration", "a schedule of no length limits nothing", place, notes)
    periods = schedule.get("chargingSchedulePeriod")
    for number, period in enumerate(periods if isinstance(periods, list) else ()):
        if not isinstance(period, dict):
            continue
        inner = f"{place}.chargingSchedulePeriod[{number}]"
        start, limit = period.get("startPeriod"), period.get("limit")
        if number == 0 and isinstance(start, int) and start > 0:
            notes.append(f"{inner}.startPeriod is not 0: the default limit holds for the first {start} s")
        if isinstance(limit, float) and round(limit, 1) != limit:
            notes.append(f"{inner}.limit has more than one decimal")
    return schedule


def _text(value: Any, notes: list[str]) -> Any:
    if not isinstance(value, bool | int | float):
        return value
    notes.append("value is taken as text, it came as a number or a boolean")
    return json.dumps(value)
