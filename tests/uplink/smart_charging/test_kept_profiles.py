from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.charging_profile import ChargingProfile
from bridge.uplink.smart_charging.profiles import Installed, Unreadable, from_json, to_json
from tests.types.ocpp.examples import examples
from tests.uplink.smart_charging.making import NOON, profile

KEPT = Installed(profile=profile(3), evse_id=1, installed_at=NOON, transaction_key="session-1")


@given(examples(ChargingProfile), st.integers(0, 9), st.none() | st.text(max_size=40))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_what_is_kept_comes_back_as_it_was(one: ChargingProfile, evse_id: int, key: str | None) -> None:
    """Any profile, wherever it is installed."""
    kept = Installed(profile=one, evse_id=evse_id, installed_at=NOON, transaction_key=key)
    assert from_json(to_json(kept)) == kept


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("null", "should be an object"),
        ("[]", "should be an object"),
        ("{}", "profile: is required"),
        (to_json(KEPT).replace('"id":3', '"id":"3"'), "profile.id"),
        (to_json(KEPT).replace("12:00:00Z", "12:00:00"), "installedAt"),
        (json.dumps(json.loads(to_json(KEPT)) | {"more": 1}), "more: is no field"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, why: str) -> None:
    """It is an answer and no error: the others are still to be read."""
    read = from_json(text)
    assert isinstance(read, Unreadable)
    assert why in read.why


@given(st.data())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_damaged_text_is_never_an_error(data: st.DataObject) -> None:
    """A piece that is missing or replaced is unreadable or another profile, whatever the piece."""
    text = to_json(KEPT)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert isinstance(from_json(text[:start] + data.draw(st.text(max_size=5)) + text[end:]), Installed | Unreadable)
