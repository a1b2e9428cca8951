from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.uplink.configuration.sorts import Number, PhaseRotations, Sort, Switch, Text, Words, listed

INTERVAL, STEPS, LISTED, ROTATION, SECRET = (
    Number(10, 86_400, or_zero=True),
    Number(0, 86_400, step=300),
    Words(("Voltage", "Power.Active.Import")),
    PhaseRotations(2),
    Text(16, 40, ascii_only=True),
)
SORTS: tuple[Sort, ...] = (Switch(), Number(), INTERVAL, STEPS, LISTED, ROTATION, Text(), SECRET)
NEAR_MISSES = st.sampled_from(["true", " 0 ", "-1", "300,", "Voltage", "0.RST,1.RTS", "1.Unknown", ",", "1e3", "٣"])


@pytest.mark.parametrize(
    ("sort", "text", "kept"),
    [
        (Switch(), "TRUE", "true"),
        (Switch(), " false", "false"),
        (Switch(), "1", None),
        (Switch(), "", None),
        (INTERVAL, "0", "0"),
        (INTERVAL, "-0", "0"),
        (INTERVAL, "9", None),
        (INTERVAL, "010", "10"),
        (INTERVAL, " 86400 ", "86400"),
        (INTERVAL, "86401", None),
        (INTERVAL, "60.0", None),
        (INTERVAL, "1" * 5000, None),
        (INTERVAL, "٦٠", None),
        (INTERVAL, "6_0", None),
        (STEPS, "1500", "1500"),
        (STEPS, "1000", None),
        (STEPS, "-300", None),
        (LISTED, "", ""),
        (LISTED, " ", ""),
        (LISTED, "Voltage, Power.Active.Import", "Voltage,Power.Active.Import"),
        (LISTED, "Power.Active.Import,Voltage,Power.Active.Import", "Power.Active.Import,Voltage"),
        (LISTED, "voltage", None),
        (LISTED, "Voltage,", None),
        (LISTED, "Voltage,Frequency", None),
        (ROTATION, "0.RST, 1.RST, 2.RTS", "0.RST,1.RST,2.RTS"),
        (ROTATION, "1.NotApplicable", "1.NotApplicable"),
        (ROTATION, "", ""),
        (ROTATION, "3.RST", None),
        (ROTATION, "1.RST,01.RTS", None),
        (ROTATION, "1.RRT", None),
        (ROTATION, "RST", None),
        (SECRET, "x" * 16, "x" * 16),
        (SECRET, " " * 40, " " * 40),
        (SECRET, "x" * 15, None),
        (SECRET, "x" * 41, None),
        (SECRET, "é" * 16, None),
        (SECRET, "x" * 15 + "\n", None),
        (Text(), "", ""),
        (Text(), "Köln", "Köln"),
        (Text(), "x" * 501, None),
        (Text(), "a\x00b", None),
        (Text(), "\ud800", None),
    ],
)
def test_a_value_is_brought_into_its_one_form(sort: Sort, text: str, kept: str | None) -> None:
    """Blanks, leading zeros and repetitions go; what is not of the sort is refused."""
    assert sort.normalised(text) == kept


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: type(sort).__name__)
@given(text=st.text() | NEAR_MISSES | st.integers().map(str))
@settings(max_examples=100, derandomize=True, database=None, deadline=None)
def test_the_one_form_stays_as_it_is(sort: Sort, text: str) -> None:
    """Any text is taken or refused without an error, and what was taken once is taken again, unchanged."""
    kept = sort.normalised(text)
    assert kept is None or sort.normalised(kept) == kept


def test_a_refusal_can_say_what_would_be_taken() -> None:
    """Every sort says what it takes, to end a sentence."""
    assert INTERVAL.takes == "0, or a whole number from 10 to 86400"
    assert STEPS.takes == "a whole number from 0 to 86400 that is a multiple of 300"
    assert LISTED.takes == "a comma-separated list out of Voltage, Power.Active.Import"
    assert Words(()).takes == "nothing but an empty list"
    assert SECRET.takes == "16 to 40 printable ASCII characters"
    assert Text().takes == "0 to 500 printable characters"
    assert Switch().takes == "true or false"
    assert "connector from 0 to 2" in ROTATION.takes


def test_a_list_is_read_back() -> None:
    """An empty text is an empty list, not a list of one empty word."""
    assert (listed(""), listed("a"), listed("a,b")) == ((), ("a",), ("a", "b"))
