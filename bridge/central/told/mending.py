"""A payload that fits its schema and not our stricter types → one that fits both, so that nothing is lost for it. Pure.

Taken leniently, a schema lets pass what a type refuses: a time without a zone, a meter value that is no number, a word
of a later edition or of the maker's own, a text that is too long. Such a thing costs itself and not the message that it
stands in: a station repeats for ever what is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from bridge.types.ocpp.base import OcppType, from_ocpp, take_ocpp
from bridge.types.ocpp.connector_state import ChargePointErrorCode
from bridge.types.ocpp.meter_value import MeterValue
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.transaction import TriggerReason
from bridge.types.ocpp.translate.meter_values import values_from_v16
from bridge.types.ocpp.translate.words_v16 import REASONS_BACK
from bridge.types.ocpp.v16 import transactions as v16
from bridge.types.words import IdTokenType, StopReason

T = TypeVar("T")

_ZONE: Final = re.compile(r"(?:[Zz]|[+-]\d{2}:?\d{2})$", re.ASCII)
_TIMES: Final = ("timestamp",)
_VALUES: Final = ("meterValue", "transactionData")
_OPTIONAL: Final = ("preconditioningStatus", "evseSleep", "numberOfPhasesUsed", "cableMaxCurrent", "reservationId")
_OPTIONAL_INFO: Final = ("chargingState", "operationMode", "tariffId", "transactionLimit", "remoteStartId")
_TOKEN_TYPES: Final = frozenset(IdTokenType)
_LONGEST_TOKEN: Final = 36
_LONGEST: Final = {"idTag": 20, "info": 50, "vendorErrorCode": 50, "vendorId": 255}
"""characters [spec]; only the beginning of more is kept"""
_WORDS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "errorCode": (frozenset(ChargePointErrorCode), ChargePointErrorCode.OTHER_ERROR),
    "reason": (frozenset(REASONS_BACK), "Other"),
    "triggerReason": (frozenset(TriggerReason), TriggerReason.TRIGGER),
    "stoppedReason": (frozenset(StopReason), StopReason.OTHER),
}
"""a field whose word counts → the words that are known, and the one that any other is taken for"""


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
    token, info = mended.get("idToken"), mended.get("transactionInfo")
    if isinstance(token, dict):
        mended["idToken"] = _plain_token(token, notes)
    if isinstance(info, dict):
        mended["transactionInfo"] = _plain(info, notes)
    return _plain(mended, notes)


def _plain(payload: Mapping[str, Any], notes: dict[str, None]) -> dict[str, Any]:
    """Return an object with words that are known and texts of the length that OCPP has for them."""
    plain = dict(payload)
    for key, (known, other) in _WORDS.items():
        if isinstance(plain.get(key), str) and plain[key] not in known:
            notes[f"a {key} came that is not known and is taken as {other}"] = None
            plain[key] = str(other)
    for key, longest in _LONGEST.items():
        if isinstance(plain.get(key), str) and len(plain[key]) > longest:
            notes[f"{key} came with more than {longest} characters; the first {longest} are kept"] = None
            plain[key] = plain[key][:longest]
    return plain


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
    text = from_ocpp(_Token, {"idToken": plain.get("idToken")}).id_token
    if len(text) > _LONGEST_TOKEN:
        notes[f"a tag came with more than {_LONGEST_TOKEN} characters; the first {_LONGEST_TOKEN} are kept"] = None
    return plain | {"idToken": text[:_LONGEST_TOKEN]}
