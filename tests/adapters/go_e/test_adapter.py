from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from adapters.go_e.adapter import BETWEEN_LOOKS_S, LOOKS, GoEOptions, build
from bridge.errors import (
    ChargerAnswerError,
    ChargerBusyError,
    ChargerError,
    ChargerLoginError,
    ChargerUnreachableError,
    ChargerUnsupportedError,
)
from bridge.ports import HttpAnswer
from bridge.types.command import Command, LimitCurrent, Restart, SetAvailability, StartCharging, StopCharging
from bridge.types.options import Credentials
from bridge.types.words import Ability, CommandStatus, ConnectorStatus
from tests.adapters.go_e.fixtures import body, document, encode
from tests.adapters.go_e.scripted import OPTIONS, HastyClock, ScriptedHttp, charger_of, is_set
from tests.adapters.scripted import WHERE, Asked, Reply, json_answer

_SILENCE = ChargerUnreachableError(WHERE, "GET /api/set at carport.local: no answer within 5 s")


class Box:
    """A script that obeys: takes sets at once, and shows what `shows` makes of its settings."""

    def __init__(self, reply: Callable[[dict[str, Any]], Reply] | None = None, **settings: Any) -> None:
        self.settings: dict[str, Any] = {**document("gemini_60_settings", "settings"), **settings}
        self.looks = 0
        self._reply = reply

    def __call__(self, asked: Asked) -> Reply:
        """Answer a request."""
        if not is_set(asked):
            self.looks += 1
            return json_answer(encode(self.settings))
        if self._reply is not None:
            return self._reply(self.settings)
        values = {key: int(text) for key, text in asked.query.items()}
        self.settings |= values
        self.settings["alw"] = self.settings["frc"] != 1
        return json_answer(encode(dict.fromkeys(values, True)))


def _execute(script: Callable[[Asked], Reply], command: Command) -> tuple[CommandStatus, str, ScriptedHttp]:
    http = ScriptedHttp(script)
    outcome = asyncio.run(charger_of(http).execute(command))
    return outcome.status, outcome.detail, http


def _limit(limit_a: float | None) -> LimitCurrent:
    return LimitCurrent(connector_id=1, limit_a=limit_a)


# --- reading ---------------------------------------------------------------------------------------------------


def test_a_snapshot_is_one_request() -> None:
    """One read per poll, stamped with the bridge's clock."""
    http = ScriptedHttp(lambda _: json_answer(body("gemini_60_charging")))
    clock = HastyClock()
    snapshot = asyncio.run(charger_of(http, clock).snapshot())
    assert snapshot.connectors[0].status is ConnectorStatus.CHARGING
    assert snapshot.read_at == clock.now()
    path = "/api/status?filter=car,alw,nrg,eto,wh,amp,err,acu,modelStatus"
    assert http.asked == [Asked("GET", path)]


def test_the_identity_is_asked_for() -> None:
    """Serial number, type and firmware in one request."""
    http = ScriptedHttp(lambda _: json_answer(body("gemini_60_identity", "identity")))
    assert asyncio.run(charger_of(http).identify()).serial_number == "045678"
    assert http.asked == [Asked("GET", "/api/status?filter=sse,typ,fwv")]


def test_what_the_box_does_not_keep_is_not_pretended() -> None:
    """No log, no history, and nothing asked for them."""
    http = ScriptedHttp(lambda _: json_answer(b"{}"))
    charger = charger_of(http)

    async def sessions() -> list[object]:
        at = datetime(2025, 1, 1, tzinfo=UTC)
        return [page async for page in charger.sessions(at, at)]

    assert not charger.keeps_session_log
    assert asyncio.run(sessions()) == []
    assert asyncio.run(charger.measures()) == ()
    with pytest.raises(ChargerUnsupportedError, match="keeps no history"):
        asyncio.run(charger.intervals(["connector1"], 0, 300))
    assert http.asked == []


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (HttpAnswer(401, {}, b""), ChargerLoginError, "HTTP 401.*local HTTP API v2"),
        (HttpAnswer(403, {}, b""), ChargerLoginError, "HTTP 403"),
        (HttpAnswer(404, {}, b""), ChargerUnsupportedError, "not known there.*local HTTP API v2"),
        (HttpAnswer(500, {}, b""), ChargerBusyError, "HTTP 500"),
        (HttpAnswer(302, {}, b""), ChargerAnswerError, "HTTP 302"),
        (HttpAnswer(200, {}, b"<html>"), ChargerAnswerError, "web page"),
        (HttpAnswer(200, {"content-type": "text/html"}, b"{}"), ChargerAnswerError, "web page"),
        (HttpAnswer(200, {}, b'{"car": "2"}'), ChargerAnswerError, r"cannot be read, at \$\.car"),
        (HttpAnswer(200, {}, b"{}"), ChargerAnswerError, "none of the keys"),
        (HttpAnswer(200, {}, b""), ChargerAnswerError, "cannot be read"),
    ],
)
def test_each_bad_answer_has_its_error(answer: HttpAnswer, error: type[ChargerError], words: str) -> None:
    """Status and body decide; every error names the charger and the request."""
    with pytest.raises(error, match=f"GET /api/status.*{words}") as raised:
        asyncio.run(charger_of(ScriptedHttp(lambda _: answer)).snapshot())
    assert str(raised.value).startswith(WHERE)


@pytest.mark.parametrize(("header", "wait_s"), [("7", 7.0), ("999999999999", 86_400.0), ("soon", None), (None, None)])
def test_the_box_may_say_when_to_come_again(header: str | None, wait_s: float | None) -> None:
    """Seconds of Retry-After, a day at most."""
    headers = {} if header is None else {"retry-after": header}
    with pytest.raises(ChargerBusyError) as raised:
        asyncio.run(charger_of(ScriptedHttp(lambda _: HttpAnswer(429, headers, b""))).snapshot())
    assert raised.value.retry_after_s == wait_s


def test_a_token_goes_with_every_request() -> None:
    """Reads and commands carry it; without one there is none."""
    for token in (SecretStr("cloudtoken"), None):
        http = ScriptedHttp(Box())
        charger = build(OPTIONS, http, Credentials(token=token), HastyClock())
        asyncio.run(charger.execute(_limit(10)))
        assert {asked.bearer for asked in http.asked} == {token.get_secret_value() if token else None}


def test_an_account_in_the_config_is_an_error() -> None:
    """There is nothing to log in to, and that is said at once."""
    account = {"email": "me@example.org", "password_env": "X"}
    with pytest.raises(ValidationError, match="has no login"):
        GoEOptions.model_validate({"id": "a", "type": "go-e", "url": "http://a", "login": account})


# --- commands --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "settings", "sent"),
    [
        (StartCharging(connector_id=1), {"frc": 1, "alw": False}, {"frc": "0"}),
        (StartCharging(connector_id=1), {"acs": 1, "alw": False}, {"frc": "0", "trx": "0"}),
        (StopCharging(connector_id=1), {}, {"frc": "1"}),
        (_limit(0), {}, {"frc": "1"}),
        (_limit(10.7), {"frc": 1, "alw": False}, {"amp": "10", "frc": "0"}),
        (_limit(None), {}, {"amp": "32", "frc": "0"}),
    ],
)
def test_a_command_is_read_sent_once_and_looked_at(
    command: Command, settings: dict[str, Any], sent: dict[str, str]
) -> None:
    """A read, one set, and a look that agrees: done, without waiting."""
    status, detail, http = _execute(Box(**settings), command)
    assert (status, detail) == (CommandStatus.DONE, "The charger took the command and shows it.")
    assert http.sets == [sent]
    assert [is_set(asked) for asked in http.asked] == [False, True, False]


def test_an_effect_may_take_a_few_seconds_to_show() -> None:
    """The box works its settings out once a second: it is looked at again before it is given up."""
    box = Box()

    def script(asked: Asked) -> Reply:
        answer = box(asked)
        if not is_set(asked) and box.looks < 4:
            return json_answer(encode({**box.settings, "alw": True}))
        return answer

    clock = HastyClock()
    http = ScriptedHttp(script)
    outcome = asyncio.run(charger_of(http, clock).execute(StopCharging(connector_id=1)))
    assert outcome.status is CommandStatus.DONE
    assert clock.slept_s == [BETWEEN_LOOKS_S] * 2
    assert len(http.sets) == 1


def test_a_set_that_does_not_show_is_unconfirmed() -> None:
    """Taken, looked at as often as is sensible, and not there: nobody claims that it was done."""
    status, detail, http = _execute(
        Box(lambda _: json_answer(b'{"amp":true,"frc":true}'), frc=1, alw=False), _limit(10)
    )
    assert status is CommandStatus.UNCONFIRMED
    assert "amp is 16 instead of 10" in detail
    assert (len(http.asked), len(http.sets)) == (1 + 1 + LOOKS, 1)


def test_a_start_that_the_box_holds_back_is_unconfirmed_with_its_reason() -> None:
    """Neutral is not yet charging: a timer of the box may forbid it."""

    def taken(settings: dict[str, Any]) -> Reply:
        settings |= {"frc": 0, "alw": False, "modelStatus": 5}
        return json_answer(b'{"frc":true}')

    status, detail, _ = _execute(Box(taken, frc=1), StartCharging(connector_id=1))
    assert (status, "NotChargingBecauseScheduler" in detail) == (CommandStatus.UNCONFIRMED, True)


@pytest.mark.parametrize("status", [200, 500])
def test_the_boxs_own_sentence_is_a_refusal(status: int) -> None:
    """An error string for a key is passed on, and no look is needed."""
    box = Box(lambda _: json_answer(body("gemini_60_set_refused", "set"), status))
    outcome, detail, http = _execute(box, _limit(32))
    assert outcome is CommandStatus.REFUSED
    assert "exceeds range 6 to 32" in detail
    assert [is_set(asked) for asked in http.asked] == [False, True]


def test_silence_is_unconfirmed_and_never_repeated() -> None:
    """Nobody knows what became of it; the box gets one set."""
    for command in (StartCharging(connector_id=1), StopCharging(connector_id=1), _limit(8), Restart()):
        status, detail, http = _execute(Box(lambda _: _SILENCE), command)
        assert status is CommandStatus.UNCONFIRMED
        assert "no answer within 5 s" in detail
        assert len(http.sets) == 1


def test_a_failure_inside_the_box_is_settled_by_a_look() -> None:
    """HTTP 500 without a sentence says nothing; what the box then shows decides."""

    def done_and_failed(settings: dict[str, Any]) -> Reply:
        settings |= {"frc": 1, "alw": False}
        return HttpAnswer(500, {}, b"")

    command = StopCharging(connector_id=1)
    assert _execute(Box(done_and_failed), command)[0] is CommandStatus.DONE
    assert _execute(Box(lambda _: HttpAnswer(500, {}, b"")), command)[0] is CommandStatus.UNCONFIRMED


def test_a_box_that_cannot_be_read_before_gets_no_command() -> None:
    """The read that goes first raises, and nothing was sent."""
    for command in (StopCharging(connector_id=1), Restart()):
        http = ScriptedHttp(lambda _: _SILENCE)
        with pytest.raises(ChargerUnreachableError):
            asyncio.run(charger_of(http).execute(command))
        assert http.sets == []


def test_a_box_that_cannot_be_read_after_leaves_it_unconfirmed() -> None:
    """It was sent; that nobody can look is no error of the command."""
    box = Box()

    def script(asked: Asked) -> Reply:
        return _SILENCE if not is_set(asked) and box.looks else box(asked)

    status, detail, http = _execute(script, StopCharging(connector_id=1))
    assert (status, len(http.sets)) == (CommandStatus.UNCONFIRMED, 1)
    assert "could not be read" in detail


def test_a_restart_is_sent_once_and_within_a_bound() -> None:
    """It is believed at the box's word; its exchange is over before the box could be up again."""
    status, _, http = _execute(Box(lambda _: json_answer(b'{"rst":true}')), Restart())
    assert status is CommandStatus.DONE
    assert [(asked.query, asked.once) for asked in http.asked if is_set(asked)] == [({"rst": "true"}, True)]


def test_a_restart_that_the_firmware_does_not_know_is_unconfirmed() -> None:
    """Before 53.0 the answer is null."""
    status, detail, _ = _execute(Box(lambda _: json_answer(b"null")), Restart())
    assert (status, detail) == (CommandStatus.UNCONFIRMED, "The charger's answer says nothing of rst.")


def test_what_cannot_be_asked_for_is_refused_without_being_sent() -> None:
    """A second connector, and a lifted limit where the maximum is not known."""
    unknown: dict[str, Any] = {"ama": None, "var": None}
    for command, settings in ((StopCharging(connector_id=2), {}), (_limit(None), unknown), (_limit(3), {})):
        status, _, http = _execute(Box(**settings), command)
        assert (status, http.sets) == (CommandStatus.REFUSED, [])


def test_other_commands_are_unsupported() -> None:
    """Availability and unlocking are not in the abilities and not pretended."""
    http = ScriptedHttp(Box())
    charger = charger_of(http)
    assert charger.abilities == {
        Ability.START_CHARGING,
        Ability.STOP_CHARGING,
        Ability.LIMIT_CURRENT,
        Ability.RESTART,
    }
    with pytest.raises(ChargerUnsupportedError, match="no command to set_availability"):
        asyncio.run(charger.execute(SetAvailability(connector_id=1, operative=False)))
    assert http.asked == []


def test_closing_lets_go_of_the_connection() -> None:
    """The adapter closes the connection it was given."""
    http = ScriptedHttp(Box())
    asyncio.run(charger_of(http).aclose())
    assert http.closed
