"""The energy register is read out of signed data where that is safe, and nothing else is."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.base import from_ocpp
from bridge.types.ocpp.meter_value import Location, Measurand, MeterValue, ReadingContext
from bridge.types.ocpp.translate.meter_values import values_from_v16
from bridge.types.ocpp.translate.ocmf import MOST_BYTES, register_in
from bridge.types.ocpp.v16 import transactions as v16

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
READING: dict[str, Any] = {
    "TM": "2026-01-31T13:00:00,000+0100 S",
    "TX": "E",
    "RV": 2965.1,
    "RI": "1-b:1.8.0",
    "RU": "kWh",
    "RT": "AC",
    "EF": "",
    "ST": "G",
}


def record(*readings: object, **payload: object) -> str:
    """Return a record with these readings; fields that are None are left out."""
    said = [{k: v for k, v in r.items() if v is not None} if isinstance(r, dict) else r for r in readings]
    return f"OCMF|{json.dumps({'FV': '1.0', 'PG': 'T1', **payload, 'RD': said})}|{json.dumps({'SD': '88'})}"


def value_of(text: str, *, is_first: bool = False) -> tuple[float, str] | None:
    """Return number and unit of what is read there."""
    register = register_in(text, AT, is_first=is_first)
    return None if register is None else (register.value, register.unit)


def taken(value: str, **words: str) -> tuple[tuple[MeterValue, ...], tuple[str, ...]]:
    """Return what becomes of one signed value of OCPP 1.6."""
    item = {"value": value, "format": "SignedData", **words}
    said = from_ocpp(v16.MeterValue, {"timestamp": "2026-01-31T12:00:00Z", "sampledValue": [item]})
    return values_from_v16([said], "meterValue")


PLAIN = record(READING)
BASE64 = base64.b64encode(PLAIN.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"  {PLAIN}\n",
        BASE64,
        PLAIN.encode().hex(),
        PLAIN.encode().hex().upper(),
        json.dumps({"signedMeterData": BASE64, "encodingMethod": "OCMF", "signingMethod": "", "publicKey": "00"}),
        json.dumps({"signedMeterValue": BASE64, "encodingMethod": "ocmf"}),
        json.dumps({"signedMeterData": PLAIN}),
    ],
)
def test_the_record_is_found_in_every_wrapping(text: str) -> None:
    """In clear, in hex, in base64, and in the JSON of OCPP 2.x."""
    assert value_of(text) == (2965.1, "kWh")


@pytest.mark.parametrize(
    "change",
    [
        {"RI": "1-b:2.8.0"},
        {"RI": "1-0:1.8.0*198"},
        {"RI": "01-00:B2.08.00*FF"},
        {"RI": None},
        {"RU": "mOhm"},
        {"RU": None},
        {"RV": None},
        {"RV": "2965.1"},
        {"RV": True},
        {"RV": [1]},
        {"ST": "F"},
        {"ST": None},
        {"EF": "E"},
        {"EF": "tE"},
        {"EF": 1},
        {"TX": "X"},
        {"TM": "2026-01-31T13:01:01,000+0100 S"},
        {"TM": "2026-01-31T12:00:00,000+0100 R"},
        {"TM": "2026-02-31T12:00:00,000+0100 S"},
    ],
)
def test_a_reading_in_doubt_is_none(change: dict[str, Any]) -> None:
    """Another register, an unknown unit, an error of the meter, or another moment by a clock that is right."""
    assert value_of(record(READING | change)) is None


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ({"RI": "1-0:1.8.0*255"}, (2965.1, "kWh")),
        ({"RI": "01-00:01.08.00*FF"}, (2965.1, "kWh")),
        ({"RU": "Wh", "RV": 2965100}, (2965100.0, "Wh")),
        ({"EF": "t"}, (2965.1, "kWh")),
        ({"TM": "2026-01-31T13:00:59,000+0100 S"}, (2965.1, "kWh")),
        ({"TM": "1970-01-01T00:00:00,000+0000 U"}, (2965.1, "kWh")),
        ({"TM": None, "TX": None}, (2965.1, "kWh")),
    ],
)
def test_a_reading_that_is_sound_is_taken(change: dict[str, Any], value: tuple[float, str]) -> None:
    """Every spelling of the whole import's OBIS code, and a clock that nobody set."""
    assert value_of(record(READING | change)) == value


def test_of_several_readings_the_one_of_the_moment_counts() -> None:
    """The last one, or the first where a transaction begins; what a reading leaves out is as in the one before."""
    first = READING | {"TX": "B", "RV": 2935.6}
    last = {"RV": 2965.1, "TM": READING["TM"], "TX": "E"}
    assert value_of(record(first, last)) == (2965.1, "kWh")
    assert value_of(record(first, last), is_first=True) == (2935.6, "kWh")
    assert value_of(record(first | {"ST": "F"}, last)) is None
    assert value_of(record(first, last | {"TX": "X"}, last)) == (2935.6, "kWh")
    assert value_of(record(first, 1, last)) == (2935.6, "kWh")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AP;0;3;ALCV",
        "OCMF|",
        "OCMF||",
        "OCMF|{}|{}",
        "OCMF|[]|{}",
        'OCMF|{"RD": {"RV": 1}}|{}',
        'OCMF|{"RD": [{"RV": 1}]}|{}',
        PLAIN + "|",
        PLAIN.replace("2965.1", "NaN"),
        PLAIN.replace("2965.1", "1e999"),
        PLAIN.replace("2965.1", "9" * 5000),
        "OCMF|" + "[" * 20_000 + "|{}",
        "{" * 20_000,
        json.dumps({"signedMeterData": "\ud800OCMF|", "encodingMethod": "OCMF"}),
        json.dumps({"signedMeterData": PLAIN.replace("T1", "\ud800"), "encodingMethod": "OCMF"}),
        json.dumps({"signedMeterData": BASE64, "encodingMethod": "EDL"}),
        json.dumps({"signedMeterData": BASE64, "encodingMethod": None}),
        json.dumps({"signedMeterData": 1}),
        "4f434d467cff",
        f"{BASE64[:8]}*{BASE64[8:]}",
        base64.b64encode(PLAIN.replace("OCMF", "OCMG").encode()).decode(),
        base64.b64encode(b"OCMF|\xff").decode(),
        record(READING, GI="x" * MOST_BYTES),
        record(READING) + " " * 3 * MOST_BYTES,
    ],
)
def test_what_is_no_such_record_is_none(text: str) -> None:
    """Other formats, halves, and what is only there to do harm."""
    assert value_of(text) is None


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, len(PLAIN) - 1), st.characters(codec="utf-8"), st.booleans())
def test_a_damaged_record_never_raises(place: int, character: str, cut: bool) -> None:  # noqa: FBT001  # drawn
    """Whatever is changed: a number or none."""
    text = PLAIN[:place] + character + ("" if cut else PLAIN[place + 1 :])
    value = value_of(text)
    assert value is None or value[1] in ("Wh", "kWh")


def test_signed_data_of_1_6_becomes_a_value() -> None:
    """It keeps its context and place, and says that it was signed."""
    values, ignored = taken(PLAIN, context="Transaction.End", location="Inlet", unit="Wh", measurand=READ)
    assert ignored == ()
    (value,) = values[0].sampled_value
    assert (value.value, value.measurand) == (2965.1, Measurand.ENERGY_ACTIVE_IMPORT_REGISTER)
    assert (value.context, value.location) == (ReadingContext.TRANSACTION_END, Location.INLET)
    assert value.unit_of_measure is not None
    assert value.unit_of_measure.unit == "kWh"
    assert value.signed_meter_value is not None
    assert base64.b64decode(value.signed_meter_value.signed_meter_data).decode() == PLAIN
    assert value.signed_meter_value.encoding_method == "OCMF"


READ = "Energy.Active.Import.Register"


def test_signed_data_where_a_transaction_begins_is_the_first_reading() -> None:
    """A record of begin and end, told as the begin."""
    both = record(READING | {"TX": "B", "RV": 1.0}, READING)
    assert taken(both, context="Transaction.Begin")[0][0].sampled_value[0].value == 1.0
    assert taken(both, context="Transaction.End")[0][0].sampled_value[0].value == 2965.1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("AP;0;3;ALCV", {}),
        (PLAIN, {"measurand": "Energy.Active.Export.Register"}),
        (PLAIN, {"phase": "L1"}),
        (PLAIN, {"context": "Whenever"}),
        (PLAIN, {"location": "Moon"}),
    ],
)
def test_signed_data_that_tells_of_something_else_is_named_as_ignored(value: str, words: dict[str, str]) -> None:
    """It kills no message."""
    assert taken(value, **words) == ((), ("meterValue[0].sampledValue[0]",))


def test_the_longest_record_fits_its_type() -> None:
    """A record of the greatest size is a value, and one byte more is none."""
    spare = MOST_BYTES - len(record(READING, GI="").encode())
    assert taken(record(READING, GI="x" * spare))[1] == ()
    assert len(taken(record(READING, GI="x" * (spare + 1)))[1]) == 1
