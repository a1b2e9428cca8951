"""The arithmetic of the page: steps, gaps, local time and ticks, run by the same engine as a browser's."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from bridge.web.assets import STATIC

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no node found to run the page's modules")

HOUR = 3_600_000
OCTOBER_27 = 1_729_987_200_000
"""2024-10-27T00:00Z: an hour later the clocks of Zurich go from 03:00 back to 02:00"""


def _run(modules: list[str], expression: str) -> Any:
    """Evaluate an expression with everything that these modules export."""
    lines = [
        line
        for module in modules
        for line in (STATIC / module).read_text(encoding="utf-8").splitlines()
        if not line.startswith("import ")
    ]
    source = "\n".join(lines).replace("const HOUR", "var HOUR").replace("const DAY", "var DAY")
    done = subprocess.run(
        ["node", "--input-type=module"],
        input=f"{source}\nconsole.log(JSON.stringify({expression}));",
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return json.loads(done.stdout)


def _row(start: int, power_w: float) -> dict[str, float]:
    return {"start": start, "end": start + 300, "power": power_w}


def test_a_row_is_drawn_from_its_start_to_its_end() -> None:
    """Neighbouring rows are one step line; each run ends with its last value and a null, in kW."""
    rows = [_row(0, 1000), _row(300, 0), _row(900, 2000)]

    drawn = _run(["steps.js"], f"steps({json.dumps(rows)}, (row) => row.power)")

    assert drawn == {
        "x": [0, 300, 600, 600, 900, 1200, 1200],
        "y": [1, 0, 0, None, 2, 2, None],
    }


def test_nothing_is_drawn_without_rows() -> None:
    """No row is no point, not a zero."""
    assert _run(["steps.js"], "steps([], (row) => row.power)") == {"x": [], "y": []}


def test_gaps_of_several_measures_are_one_band_for_each_reason() -> None:
    """Overlapping gaps of one charger and reason join; other reasons and tiny ones stay apart or out."""
    gaps = [
        {"charger": "a", "from": "1970-01-01T00:00:00Z", "to": "1970-01-01T00:10:00Z", "reason": "missing"},
        {"charger": "a", "from": "1970-01-01T00:05:00Z", "to": "1970-01-01T00:20:00Z", "reason": "missing"},
        {"charger": "a", "from": "1970-01-01T00:20:00Z", "to": "1970-01-01T00:40:00Z", "reason": "down"},
        {"charger": "b", "from": "1970-01-01T00:00:00Z", "to": "1970-01-01T00:01:00Z", "reason": "missing"},
    ]

    found = _run(["steps.js"], f"bands({json.dumps(gaps)}, 300000)")

    assert [(band["charger"], band["reason"], band["spans"]) for band in found] == [
        ("a", "missing", [{"from": 0, "to": 1_200_000}]),
        ("a", "down", [{"from": 1_200_000, "to": 2_400_000}]),
    ]


def test_local_time_follows_the_place_of_the_bridge() -> None:
    """Offsets are those of the bridge's zone on either side of the change of clocks, wherever the browser is."""
    offsets = _run(
        ["zone.js"],
        f"[0, 1].map((hour) => new Zone('Europe/Zurich').offsetMs({OCTOBER_27} + hour * {HOUR}) / {HOUR})",
    )

    assert offsets == [2, 1]


def test_ticks_stand_on_local_hours_across_the_change_of_clocks() -> None:
    """A day of 25 hours has its labels at local midnight and every few local hours, ascending."""
    begin, end = OCTOBER_27 - 2 * HOUR, OCTOBER_27 + 23 * HOUR

    found = _run(["zone.js", "ticks.js"], f"ticks({begin}, {end}, new Zone('Europe/Zurich'), 600)")

    assert found["values"] == sorted(found["values"])
    assert found["texts"][0] == "00:00<br>Sun 27 Oct"
    assert [text[:5] for text in found["texts"]] == [f"{h:02d}:00" for h in range(0, 24, 3)] + ["00:00"]


def test_a_year_has_its_months() -> None:
    """Months are labelled at their local first, the first one with its year."""
    begin, end = 1_704_063_600_000, 1_735_686_000_000

    found = _run(["zone.js", "ticks.js"], f"ticks({begin}, {end}, new Zone('Europe/Zurich'), 900)")

    assert found["texts"][:3] == ["Jan<br>2024", "Feb", "Mar"]
    assert found["texts"][-1] == "Jan<br>2025"
    assert found["values"][0] == begin


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("power(null)", "\u2013"),
        ("power(0)", "0 W"),
        ("power(999.6)", "1.0 kW"),
        ("power(-2500)", "-2.5 kW"),
        ("energy(undefined)", "\u2013"),
        ("kilo(1095394528, 3)", "1\u202f095\u202f394.528"),
        ("duration(59)", "59 s"),
        ("duration(47_700)", "13 h 15 min"),
        ("duration(200_000)", "2 d 7 h"),
    ],
)
def test_numbers_become_words(call: str, expected: str) -> None:
    """What was not reported is a dash and never a zero; units fit the size."""
    assert _run(["words.js"], call) == expected


def test_moving_through_time_keeps_its_length_and_ends_at_now() -> None:
    """Earlier and later move by one length; the future is not entered and following begins again."""
    script = (
        "(() => { const now = 1e12; const range = new Range(24); range.move(-1, now); const back = range.at(now);"
        " range.move(1, now); return [back, range.fixed, range.at(now)]; })()"
    )
    back, fixed, again = _run(["range.js"], script)

    day = 24 * HOUR
    assert back == {"from": 1e12 - 2 * day, "to": 1e12 - day}
    assert fixed is None
    assert again == {"from": 1e12 - day, "to": 1e12}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"waiting": 3, "open_transactions": 1}, [["Waiting", "3"], ["Open transactions", "1"]]),
        ({"limit_a": 13.04}, [["Limit", "13 A"]]),
        ({"limit_a": 0}, [["Limit", "0 A (paused)"]]),
        ({"cost": 3.2}, [["Last cost, as it says", "3.20"]]),
        (
            {"cost": 0, "open_transactions": 1},
            [["Open transactions", "1"], ["Cost so far, as it says", "0.00"]],
        ),
        ({"clock_offset_s": 2}, []),
        ({"clock_offset_s": 2.6}, [["Its clock", "3 s ahead"]]),
        ({"clock_offset_s": -61}, [["Its clock", "61 s behind"]]),
    ],
)
def test_a_station_tells_only_what_there_is_to_tell(changes: dict[str, float], told: list[list[str]]) -> None:
    """No zeros, no limit where none holds, and a clock only when it is off by more than two seconds."""
    plain = {"waiting": 0, "open_transactions": 0, "limit_a": None, "cost": None, "clock_offset_s": None}

    assert _run(["stations.js"], f"stationFacts({json.dumps({**plain, **changes})})") == told
