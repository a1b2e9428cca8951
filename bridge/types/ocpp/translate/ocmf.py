"""The energy register in a record that a meter signed, where the record is in OCMF.

[doc: S.A.F.E.'s Open Charge Metering Format 1.2: `OCMF|<payload>|<signature>`, both in JSON.] The signature is not
checked: the number is as good as one that was told without.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

MOST_BYTES: Final = 24_000
"""of a record; in base64 it is a third longer, and OCPP 2.1 takes 32768"""

_HEAD: Final = "OCMF|"
_HEAD_IN_HEX: Final = _HEAD.encode().hex()
_IMPORT_REGISTER: Final = re.compile(r"(0?1-[0-9A-Z]{1,2}:)?0?1\.0?8\.0?0(\*(255|FF))?", re.ASCII | re.IGNORECASE)
"""OBIS of the meter's whole import. Another last group, such as *198, counts since the transaction began."""
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d),(\d{3})([+-]\d{4}) ([A-Z])", re.ASCII)
_TRUSTED_CLOCKS: Final = frozenset("SR")
"""synchronised, and relative to a time that was"""
_SAME_MOMENT: Final = timedelta(minutes=1)
_INHERITED: Final = ("TX", "RI", "RU", "EF", "ST")
"""fields that a reading leaves out where they are as in the one before"""


class SignedRegister(NamedTuple):
    """What the record says of the register."""

    value: float
    unit: str
    """Wh or kWh"""
    record: bytes
    """as it was signed, at most `MOST_BYTES`"""


def register_in(text: str, at: datetime, *, is_first: bool) -> SignedRegister | None:
    """Return the import register in what OCPP 1.6 calls SignedData; None for whatever cannot be read safely.

    The record may stand there in clear, in hex [spec: OCPP 1.6], in base64, or in base64 inside of JSON as OCPP 2.x
    has it [doc: OCA's paper on signed meter values; be.ENERGISED calls the field signedMeterValue]. Of several
    readings the last one is meant, or the first one where a transaction begins (`is_first`). A reading with an error,
    or whose synchronised clock is more than a minute away from `at`, is none.
    """
    record = _record(text.strip()) if len(text) <= 2 * MOST_BYTES else None
    if record is None or len(record) > MOST_BYTES:
        return None
    readings = list(_readings(record.decode()))
    if not readings:
        return None
    reading = readings[0 if is_first else -1]
    value, unit = reading.get("RV"), reading.get("RU")
    if not isinstance(value, float) or not math.isfinite(value) or unit not in ("Wh", "kWh"):
        return None
    return SignedRegister(value, unit, record) if _is_sound(reading, at) else None


def _record(text: str) -> bytes | None:
    if text.startswith("{"):
        envelope = _object(text)
        data = envelope.get("signedMeterData", envelope.get("signedMeterValue"))
        method = envelope.get("encodingMethod", "OCMF")
        if not isinstance(data, str) or not isinstance(method, str) or method.upper() != "OCMF":
            return None
        text = data.strip()
    try:
        if text.startswith(_HEAD):
            record = text.encode()
        elif text[: len(_HEAD_IN_HEX)].lower() == _HEAD_IN_HEX:
            record = bytes.fromhex(text)
        else:
            record = base64.b64decode(text, validate=True)
        return record if record.decode().startswith(_HEAD) else None
    except ValueError:  # neither of them, or no UTF-8
        return None


def _readings(record: str) -> Iterator[Mapping[str, Any]]:
    """Yield the readings, each with what it left out, up to the one from which on nothing counts."""
    parts = record.split("|")
    readings = _object(parts[1]).get("RD") if len(parts) == len(("head", "payload", "signature")) else None
    known: dict[str, Any] = {}
    for reading in readings if isinstance(readings, Sequence) else ():
        if not isinstance(reading, Mapping):
            return
        known |= {key: reading[key] for key in _INHERITED if key in reading}
        if known.get("TX") == "X":  # an error while charging: energy is not usable from here on
            return
        yield {**known, "RV": reading.get("RV"), "TM": reading.get("TM")}


def _is_sound(reading: Mapping[str, Any], at: datetime) -> bool:
    register = reading.get("RI")
    if not isinstance(register, str) or not _IMPORT_REGISTER.fullmatch(register):
        return False
    errors = reading.get("EF", "")
    if reading.get("ST") != "G" or not isinstance(errors, str) or "E" in errors:
        return False
    time = _TIME.fullmatch(str(reading.get("TM")))
    if time is None or time[4] not in _TRUSTED_CLOCKS:
        return True
    try:
        read_at = datetime.fromisoformat(f"{time[1]}.{time[2]}{time[3]}")
    except ValueError:
        return False
    return abs(read_at - at) <= _SAME_MOMENT


def _object(text: str) -> Mapping[str, Any]:
    """Return a JSON object, every number a float; an empty one for anything else."""
    try:
        obj = json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        return {}
    return obj if isinstance(obj, dict) else {}
