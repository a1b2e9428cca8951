from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bridge.ports import ReadingRow
from bridge.sinks.lines import STOP_REASON_CODES, LineProtocol
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus, Health, StopReason
from tests.sinks.line_parser import parse

AT = datetime(2025, 3, 1, 12, 0, 0, 999_999, tzinfo=UTC)
AT_S = 1_740_830_400
watts = st.floats(allow_nan=False, allow_infinity=False)
lines = LineProtocol("home")


def session(**changes: object) -> ChargingSession:
    return ChargingSession.model_validate({"session_id": "7", "connector_id": 1, "started_at": AT, **changes})


@given(site=st.text(min_size=1, max_size=20), power_w=watts, start_s=st.integers(0, 2**32))
def test_power_survives_any_site_and_value(site: str, power_w: float, start_s: int) -> None:
    """Whatever the site is called and whatever the power, a reader gets back the same number and time."""
    [line] = LineProtocol(site).power("garage", "connector1", [(start_s, power_w)])
    point = parse(line)
    assert (point.measurement, point.at_s) == ("charger_power", start_s)
    assert point.fields == {"power_w": power_w}
    assert {name: point.tags[name] for name in ("charger", "measure")} == {
        "charger": "garage",
        "measure": "connector1",
    }
    assert len(point.tags["site"]) == len(site)


@given(site=st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\\"), min_size=1))
def test_tag_text_comes_back_unchanged(site: str) -> None:
    """A tag without backslashes and control characters is read back exactly, commas and equal signs included."""
    [line] = LineProtocol(site).power("garage", "building", [(300, 1.0)])
    assert parse(line).tags["site"] == site


def test_a_tag_never_ends_in_a_backslash() -> None:
    """A backslash at the end of a tag would hide the comma after it, so it becomes a slash."""
    [line] = LineProtocol("a\\").power("garage", "building", [(300, 1.0)])
    assert parse(line).tags["site"] == "a/"


@given(text=st.text(max_size=30))
def test_strings_come_back_but_for_control_characters(text: str) -> None:
    """Quotes and backslashes of a card number are read back; what could end a line is a space."""
    point = parse(lines.session("garage", session(id_token=text), 0))
    got = str(point.fields["id_token"])
    assert len(got) == len(text)
    for was, now in zip(text, got, strict=True):
        control = unicodedata.category(was) in {"Cc", "Zl", "Zp"}
        assert now == (" " if control else was)


def test_what_was_not_reported_is_left_out_and_zero_is_not() -> None:
    """None leaves no field; a zero is a field of value 0."""
    point = parse(lines.session("garage", session(energy_wh=0.0, max_power_w=None), 0))
    assert point.fields == {"ended": 0.0, "energy_wh": 0.0, "session_id": "7"}


def test_an_ended_session_tells_all() -> None:
    """An ended charging session carries registers, duration, the reason as word and code, and its twin number."""
    point = parse(
        lines.session(
            "garage",
            session(
                ended_at=datetime(2025, 3, 1, 13, 0, 0, 999_999, tzinfo=UTC),
                meter_start_wh=1000.5,
                meter_stop_wh=9000.5,
                energy_wh=8000.0,
                max_power_w=7360.0,
                stop_reason=StopReason.EV_DISCONNECTED,
                id_token="04A1B2",
            ),
            3,
        )
    )
    assert point.tags == {"charger": "garage", "connector": "1", "site": "home", "twin": "3"}
    assert point.at_s == AT_S
    assert point.fields == {
        "ended": 1.0,
        "energy_wh": 8000.0,
        "meter_start_wh": 1000.5,
        "meter_stop_wh": 9000.5,
        "max_power_w": 7360.0,
        "duration_s": 3600.0,
        "stop_reason": "EVDisconnected",
        "stop_reason_code": 3.0,
        "id_token": "04A1B2",
        "session_id": "7",
    }


def test_status_is_a_word_and_a_code() -> None:
    """A state is sent as OCPP's word and as a number for databases without text."""
    [line] = lines.status("garage", 2, AT, ConnectorStatus.CHARGING, "CHG")
    point = parse(line)
    assert point.tags == {"charger": "garage", "connector": "2", "site": "home"}
    assert point.fields == {"status": "Charging", "status_code": 2.0}


def test_an_unknown_status_is_the_vendors_word() -> None:
    """A state that could not be translated is sent in the vendor's own word, without a code."""
    [line] = lines.status("garage", 2, AT, None, "Warp 9")
    assert parse(line).fields == {"status_raw": "Warp 9"}


def test_nothing_known_is_no_line() -> None:
    """A state or a reading of which nothing is known gives no point at all."""
    assert lines.status("garage", 2, AT, None, None) == []
    assert lines.reading("garage", ReadingRow(AT, 1, None, None, None, None)) == []


def test_a_reading_tells_status_power_current_and_energy() -> None:
    """A reading becomes one point with what was reported."""
    [line] = lines.reading("garage", ReadingRow(AT, 1, ConnectorStatus.AVAILABLE, 0.0, None, 12.5))
    assert parse(line).fields == {
        "status": "Available",
        "status_code": 0.0,
        "power_w": 0.0,
        "session_energy_wh": 12.5,
    }


def test_health_stands_under_connector_zero() -> None:
    """The health of the whole charger is told under connector 0, so that the tags never vary."""
    point = parse(lines.health("garage", AT, Health.CHARGER_FAULT))
    assert point.tags["connector"] == "0"
    assert point.fields == {"health": "charger_fault", "health_code": 2.0}


def test_no_tag_shares_its_name_with_a_field() -> None:
    """InfluxDB 3 refuses a table in which a tag and a field have one name."""
    texts = [
        *lines.power("garage", "building", [(0, 1.0)]),
        lines.session("garage", session(ended_at=AT, id_token="x", stop_reason=StopReason.LOCAL), 0),
        *lines.reading("garage", ReadingRow(AT, 1, ConnectorStatus.FAULTED, 1.0, 1.0, 1.0)),
        lines.health("garage", AT, Health.NORMAL),
    ]
    for point in map(parse, texts):
        assert point.tags.keys().isdisjoint(point.fields)


def test_stop_reason_codes_are_never_renumbered() -> None:
    """The published numbers stay what they are."""
    pinned = ["DeAuthorized", "EmergencyStop", "EnergyLimitReached", "EVDisconnected", "GroundFault"]
    pinned += ["ImmediateReset", "Local", "LocalOutOfCredit", "MasterPass", "Other", "OvercurrentFault"]
    pinned += ["PowerLoss", "PowerQuality", "Reboot", "Remote", "SOCLimitReached", "StoppedByEV"]
    pinned += ["TimeLimitReached", "Timeout"]
    assert [word.value for word in STOP_REASON_CODES][: len(pinned)] == pinned
    assert list(STOP_REASON_CODES.values()) == list(range(len(STOP_REASON_CODES)))
