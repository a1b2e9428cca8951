"""The law of decoding: any mutated answer is a ChargerAnswerError, or facts that are unchanged or absent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import ChargerAnswerError
from bridge.types.charger import ChargerIdentity, ConnectorReading, Snapshot
from bridge.types.command import LimitCurrent
from bridge.types.words import CommandStatus
from tests.adapters.go_e.fixtures import body, document, encode
from tests.adapters.go_e.scripted import ScriptedHttp, charger_of, is_set
from tests.adapters.mutations import JUNK, draw_damaged, draw_mutated, mutate
from tests.adapters.scripted import Asked, json_answer

_ANSWERS = {"status": document("gemini_60_charging"), "identity": document("gemini_60_identity", "identity")}


def _read(answer: bytes, name: str) -> Snapshot | ChargerIdentity:
    charger = charger_of(ScriptedHttp(lambda _: json_answer(answer)))
    if name == "status":
        return asyncio.run(charger.snapshot())
    return asyncio.run(charger.identify())


@pytest.mark.parametrize("name", list(_ANSWERS))
@settings(derandomize=True)
@given(data=st.data())
def test_a_mutated_answer_is_an_error_of_the_charger_or_read(name: str, data: st.DataObject) -> None:
    """Whatever stands at whatever place of an answer, nothing but a ChargerAnswerError comes out of the adapter."""
    changed = draw_mutated(data, _ANSWERS[name])
    try:
        assert _read(encode(changed), name) is not None
    except ChargerAnswerError as error:
        assert "GET /api/status" in error.seen  # noqa: PT017 -- most mutations raise nothing


@pytest.mark.parametrize("name", list(_ANSWERS))
@settings(derandomize=True)
@given(data=st.data())
def test_a_damaged_body_is_an_error_of_the_charger_or_read(name: str, data: st.DataObject) -> None:
    """Bytes that were cut, doubled or overwritten raise nothing but a ChargerAnswerError."""
    damaged = draw_damaged(data, encode(_ANSWERS[name]))
    try:
        assert _read(damaged, name) is not None
    except ChargerAnswerError as error:
        assert "GET /api/status" in error.seen  # noqa: PT017 -- some damage is still JSON


_STATE = ("status", "status_raw")
_FACTS: dict[tuple[str | int, ...], tuple[str, ...]] = {
    ("car",): _STATE,
    ("alw",): ("current_offered_a", *_STATE),
    ("nrg",): (
        "power_w",
        "current_a",
        "current_l2_a",
        "current_l3_a",
        "voltage_l1_v",
        "voltage_l2_v",
        "voltage_l3_v",
    ),
    ("nrg", 0): ("voltage_l1_v",),
    ("nrg", 1): ("voltage_l2_v",),
    ("nrg", 2): ("voltage_l3_v",),
    ("nrg", 3): (),
    ("nrg", 4): ("current_a",),
    ("nrg", 5): ("current_l2_a",),
    ("nrg", 6): ("current_l3_a",),
    ("nrg", 7): (),
    ("nrg", 11): ("power_w",),
    ("nrg", 15): (),
    ("eto",): ("register_wh",),
    ("wh",): ("session_energy_wh",),
    ("amp",): (),
    ("acu",): ("current_offered_a",),
    ("err",): ("fault", *_STATE),
    ("modelStatus",): (),
}
_IMPOSSIBLE: st.SearchStrategy[object] = st.sampled_from([None, -1, 1e300, float("nan"), float("inf"), [], {}, "2"])


@settings(derandomize=True)
@given(st.sampled_from(sorted(_FACTS, key=str)), _IMPOSSIBLE, st.booleans())
def test_no_fact_becomes_a_silent_default(path: tuple[str | int, ...], junk: object, drop: bool) -> None:  # noqa: FBT001 -- drawn
    """A value that is missing or cannot be leaves None where its fact was, and every other fact as it was.

    Two exceptions: the offer falls back on the requested current, and one number missing takes all of `nrg`.
    """
    answer = _ANSWERS["status"]
    changed = mutate(answer, path, junk, drop=drop)
    try:
        before, after = (_reading(one) for one in (answer, changed))
    except ChargerAnswerError as error:
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        assert f"${place}" in error.seen or "invalid JSON" in error.seen  # noqa: PT017 -- one of two lawful ends
        return
    touched = _FACTS["nrg",] if drop and path[0] == "nrg" else _FACTS[path]
    for name in ConnectorReading.model_fields:
        is_, was = getattr(after, name), getattr(before, name)
        if name not in touched:
            assert is_ == was, name
        elif isinstance(is_, float):
            assert (path, is_) == (("acu",), answer["amp"])


def _reading(answer: object) -> ConnectorReading:
    snapshot = _read(encode(answer), "status")
    assert isinstance(snapshot, Snapshot)
    return snapshot.connectors[0]


@settings(derandomize=True)
@given(
    st.one_of(
        st.binary(max_size=40), JUNK.map(encode), st.dictionaries(st.sampled_from(["amp", "frc"]), JUNK).map(encode)
    )
)
def test_no_reply_to_a_set_but_a_yes_for_every_key_is_done(reply: bytes) -> None:
    """Where the box shows nothing, no answer whatever makes a command done, and none is an exception."""
    settings = body("gemini_60_settings", "settings")

    def script(asked: Asked) -> Any:
        return json_answer(reply if is_set(asked) else settings)

    outcome = asyncio.run(charger_of(ScriptedHttp(script)).execute(LimitCurrent(connector_id=1, limit_a=7)))
    assert outcome.status in (CommandStatus.REFUSED, CommandStatus.UNCONFIRMED)


def test_the_unchanged_answers_are_read() -> None:
    """The answers that the mutations start from are good ones."""
    for name, answer in _ANSWERS.items():
        assert _read(encode(answer), name) is not None
