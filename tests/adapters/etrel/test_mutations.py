"""The law of decoding: any mutated answer is a ChargerAnswerError, or facts that are unchanged or absent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.etrel.adapter import EtrelOptions, build
from bridge.errors import ChargerAnswerError, ChargerError
from bridge.ports import Charger
from bridge.types.charger import ConnectorReading
from bridge.types.options import Credentials
from tests.adapters.etrel.fixtures import body, document, encode
from tests.adapters.mutations import draw_damaged, draw_mutated, mutate
from tests.adapters.scripted import ScriptedHttp, json_answer
from tests.clock import FakeClock

_START_S = int(datetime(2022, 10, 8, tzinfo=UTC).timestamp())
_MEASURES = ("connector1", "building", "cluster")


def _charger(answer: bytes) -> Charger:
    options = EtrelOptions(id="garage", type="etrel", url="http://platz13.local")
    http = ScriptedHttp(lambda _: json_answer(answer))
    return build(options, http, Credentials(), FakeClock())


def _read(charger: Charger, name: str) -> Any:
    """Return plain facts of an answer: the log with what came before an error."""

    async def run() -> Any:
        if name == "general_status":
            return await charger.snapshot()
        if name == "power_profile":
            return await charger.intervals(_MEASURES, _START_S, _START_S + 86_400)
        if name == "system_information":
            return await charger.identify()
        from_at, to_at = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        return [s async for page in charger.sessions(from_at, to_at) for s in page]

    return asyncio.run(run())


_ANSWERS = {
    "general_status": document("charging", "general_status"),
    "charging_session": document("log_oddities", "charging_session"),
    "power_profile": document("overnight", "power_profile"),
    "system_information": document("identity", "system_information"),
}


@pytest.mark.parametrize("name", list(_ANSWERS))
@given(data=st.data())
def test_a_mutated_answer_is_an_error_of_the_charger_or_read(name: str, data: st.DataObject) -> None:
    """Whatever stands at whatever place of an answer, nothing but a ChargerError comes out of the adapter."""
    changed = draw_mutated(data, _ANSWERS[name])
    try:
        assert _read(_charger(encode(changed)), name) is not None
    except ChargerError as error:
        assert isinstance(error, ChargerAnswerError)  # noqa: PT017 -- most mutations raise nothing


@pytest.mark.parametrize("name", list(_ANSWERS))
@given(data=st.data())
def test_a_damaged_body_is_an_error_of_the_charger_or_read(name: str, data: st.DataObject) -> None:
    """Bytes that were cut, doubled or overwritten raise nothing but a ChargerError."""
    damaged = draw_damaged(data, encode(_ANSWERS[name]))
    try:
        assert _read(_charger(damaged), name) is not None
    except ChargerError as error:
        assert isinstance(error, ChargerAnswerError)  # noqa: PT017 -- some damage is still JSON


_ONLINE = ("evses", 0, "connectors", 0, "onlineData")
_FACTS = {
    "status": ("status", "status_raw"),
    "power": ("power_w",),
    "phase1Current": ("current_a",),
    "targetCurrent": ("current_offered_a",),
    "sessionId": ("session_id",),
    "consumedEnergy": ("session_energy_wh",),
    "faultEventType": ("fault",),
}
_IMPOSSIBLE: st.SearchStrategy[object] = st.sampled_from(
    [None, -1.0, float("nan"), float("inf"), 1e300, [], {}, True, "text"]
)


@given(st.sampled_from(sorted(_FACTS)), _IMPOSSIBLE, st.booleans())
def test_no_fact_becomes_a_silent_default(key: str, junk: object, drop: bool) -> None:  # noqa: FBT001 -- drawn
    """A value that is missing or cannot be leaves None where its fact was, and every other fact as it was."""
    answer = _ANSWERS["general_status"]
    before = _read(_charger(encode(answer)), "general_status").connectors[0]
    changed = mutate(answer, (*_ONLINE, key), junk, drop=drop)
    try:
        after = _read(_charger(encode(changed)), "general_status").connectors[0]
    except ChargerAnswerError as error:
        assert f"$.evses[0].connectors[0].onlineData.{key}" in error.seen  # noqa: PT017 -- one of two lawful ends
        return
    for name in ConnectorReading.model_fields:
        if name not in _FACTS[key]:
            assert getattr(after, name) == getattr(before, name)
        elif isinstance(getattr(after, name), float):
            raise AssertionError(f"{junk!r} became {getattr(after, name)}")


_SESSION_FACTS = {
    "meterValueStart": ("meter_start_wh", "energy_wh"),
    "meterValueEnd": ("meter_stop_wh", "energy_wh"),
    "activeEnergyConsumed": ("reported_energy_wh",),
    "maxSessionPower": ("max_power_w",),
    "timeSpentCharging": ("charging_s",),
}


@given(st.sampled_from(sorted(_SESSION_FACTS)), st.sampled_from([None, -1, float("nan"), [], "text", True]))
def test_no_fact_of_a_session_becomes_a_silent_default(key: str, junk: object) -> None:
    """A figure of a session that is missing or cannot be is None, or the row is an error."""
    changed = mutate(document("overnight", "charging_session"), ("content", 0, key), junk, drop=False)
    try:
        (session,) = _read(_charger(encode(changed)), "charging_session")
    except ChargerAnswerError as error:
        assert f"$.content[0].{key}" in error.seen  # noqa: PT017 -- one of two lawful ends
        return
    assert [getattr(session, name) for name in _SESSION_FACTS[key]] == [None] * len(_SESSION_FACTS[key])


def test_the_unchanged_answers_are_read() -> None:
    """The answers that the mutations start from are good ones."""
    for name, answer in _ANSWERS.items():
        assert _read(_charger(encode(answer)), name)
    assert _read(_charger(body("overnight", "charging_session")), "charging_session")
