"""A payload that fits its schema and not our stricter types → one that fits both, so that nothing is lost for it. Pure.

The schema lets pass what a type refuses: a time without a zone, a meter value that is no number, a word of a later
edition. Such a thing costs itself and not the message that it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from bridge.types.ocpp.base import OcppType, from_ocpp, take_ocpp
from bridge.types.ocpp.meter_value import MeterValue
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.translate.meter_values import values_from_v16
from bridge.types.ocpp.v16 import transactions as v16
from bridge.types.words import IdTokenType

T = TypeVar("T")

_ZONE: Final = re.compile(r"(?:[Zz]|[+-]\d{2}:?\d{2})$", re.ASCII)
_TIMES: Final = ("timestamp",)
_VALUES: Final = ("meterValue", "transactionData")
_OPTIONAL: Final = ("preconditioningStatus", "evseSleep", "numberOfPhasesUsed", "cableMaxCurrent", "reservationId")
_OPTIONAL_INFO: Final = ("chargingState", "operationMode", "tariffId", "transactionLimit", "remoteStartId")
_TOKEN_TYPES: Final = frozenset(IdTokenType)


def read(payload: Any, reading: Callable[[Any], T], *, is_v16: bool) -> tuple[T, tuple[str, ...]]:
    """Return what `reading` makes of a payload, mended where it cannot be read as it is, and sentences on that.

    Raises PayloadError where mending does not help either.
    """
    try:
        return reading(payload), ()
    except PayloadError:
        if not isinstance(payload, dict):
            raise
    notes: dict[str, None] = {}
    mended = _mended(payload, notes, is_v16=is_v16)
    try:
        return reading(mended), tuple(notes)
    except PayloadError as error:
        first = {problem.path.partition(".")[0] for problem in error.problems}
        if "transactionInfo" not in first and not first & set(_OPTIONAL):
            raise
    mended = {key: value for key, value in mended.items() if key not in _OPTIONAL}
    info = mended.get("transactionInfo")
    if isinstance(info, dict):
        mended["transactionInfo"] = {key: value for key, value in info.items() if key not in _OPTIONAL_INFO}
    return reading(mended), (*notes, "something beside the transaction itself could not be read and is left out")


def _mended(payload: Mapping[str, Any], notes: dict[str, None], *, is_v16: bool) -> dict[str, Any]:
    mended = {key: value for key, value in payload.items() if value is not None}
    for key in _TIMES:
        if key in mended:
            mended[key] = _zoned(mended[key], notes)
    for key in _VALUES:
        if key in mended:
            values = list(_usable(mended[key], notes, _reads_v16 if is_v16 else _reads_v2))
            if values:
                mended[key] = values
            else:
                del mended[key]
    token = mended.get("idToken")
    if isinstance(token, dict):
        mended["idToken"] = _plain_token(token, notes)
    return mended


def _zoned(text: Any, notes: dict[str, None]) -> Any:
    """Return a time that says its zone: one that says none is UTC [spec]."""
    if isinstance(text, str) and not _ZONE.search(text):
        notes["a time came without a zone and is taken as UTC"] = None
        return f"{text}Z"
    return text


def _usable(values: Any, notes: dict[str, None], reads: Callable[[Any], bool]) -> Iterator[dict[str, Any]]:
    """Yield the meter values with those of their values that can be read."""
    for value in values if isinstance(values, list) else ():
        if not isinstance(value, dict):
            continue
        said = {key: part for key, part in value.items() if part is not None}
        moment = _zoned(said.get("timestamp"), notes)
        items = [
            {key: part for key, part in item.items() if part is not None}
            for item in said.get("sampledValue", ())
            if isinstance(item, dict)
        ]
        sampled = [item for item in items if reads({"timestamp": moment, "sampledValue": [item]})]
        if len(sampled) < len(items):
            notes["a meter value could not be read and is left out"] = None
        if sampled:
            yield said | {"timestamp": moment, "sampledValue": sampled}


def _reads_v16(value: Any) -> bool:
    return _reads(value, lambda said: values_from_v16([take_ocpp(v16.MeterValue, said).model], "meterValue"))


def _reads_v2(value: Any) -> bool:
    return _reads(value, lambda said: take_ocpp(MeterValue, said))


def _reads(value: Any, reading: Callable[[Any], object]) -> bool:
    try:
        reading(value)
    except PayloadError:
        return False
    return True


class _Token(OcppType):
    """A token of which only the text matters."""

    id_token: str


def _plain_token(token: dict[str, Any], notes: dict[str, None]) -> dict[str, Any]:
    """Return a token whose type is a word that is known: OCPP 2.1 leaves it open."""
    plain = {key: value for key, value in token.items() if key in ("idToken", "type")}
    if plain.get("type") not in _TOKEN_TYPES:
        notes["a tag came with a type that is not known and is taken as Central"] = None
        plain["type"] = IdTokenType.CENTRAL.value
    from_ocpp(_Token, {"idToken": plain.get("idToken")})
    return plain
