"""The charger as the bridge sees it, over a fake connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import pytest
from pydantic import SecretStr, ValidationError

from adapters.etrel.adapter import EtrelOptions, build
from adapters.etrel.login import LOGIN_PATH
from bridge.errors import (
    ChargerAnswerError,
    ChargerBusyError,
    ChargerError,
    ChargerLoginError,
    ChargerUnreachableError,
    ChargerUnsupportedError,
)
from bridge.ports import Charger, HttpAnswer
from bridge.types.charger import ChargerIdentity
from bridge.types.command import Restart
from bridge.types.options import Credentials
from bridge.types.session import ChargingSession
from bridge.types.words import Ability, CommandStatus
from tests.adapters.etrel.fixtures import body, document, encode
from tests.adapters.scripted import WHERE, Asked, Reply, ScriptedHttp, json_answer
from tests.clock import FakeClock

_STATUS = "/api/generalStatus/"
_SESSIONS = "/api/chargingSession/"
_PROFILE = "/api/powerProfile/"
_IDENTITY = "/api/systemInformation"
_RESTART = "/api/restart"
_ACCOUNT = Credentials(email="me@example.org", password=SecretStr("secret"))
_START_S = int(datetime(2022, 10, 8, tzinfo=UTC).timestamp())
_FROM_AT = datetime(2022, 10, 5, tzinfo=UTC)
_TO_AT = datetime(2022, 10, 10, tzinfo=UTC)
_DATE = "Sat, 08 Oct 2022 12:00:00 GMT"

_USUAL: dict[str, Reply] = {
    _STATUS: json_answer(body("overnight", "general_status"), date=_DATE),
    _SESSIONS: json_answer(body("overnight", "charging_session")),
    _PROFILE: json_answer(body("overnight", "power_profile")),
    _IDENTITY: json_answer(body("identity", "system_information")),
    _RESTART: json_answer(b'{"errorCode": 0, "errorMessage": ""}'),
    LOGIN_PATH: json_answer(body("login", "login")),
}


def _charger(
    reply: Callable[[Asked], Reply | None] = lambda _: None,
    credentials: Credentials | None = None,
    method: Literal["auto", "post", "get"] = "auto",
) -> tuple[Charger, ScriptedHttp]:
    """Return a charger that answers as usual wherever `reply` has nothing else."""
    http = ScriptedHttp(lambda asked: reply(asked) or _USUAL[asked.path])
    options = EtrelOptions(id="garage", type="etrel", url="http://platz13.local", session_method=method)
    return build(options, http, credentials or Credentials(), FakeClock()), http


def _instead(path: str, *replies: Reply) -> Callable[[Asked], Reply | None]:
    """Return a reply that gives these to a path, one after the other, and then what is usual."""
    left = iter(replies)
    return lambda asked: next(left, None) if asked.path == path else None


def _sessions(charger: Charger) -> list[ChargingSession]:
    async def run() -> list[ChargingSession]:
        return [session async for page in charger.sessions(_FROM_AT, _TO_AT) for session in page]

    return asyncio.run(run())


def test_a_snapshot_carries_both_clocks() -> None:
    """A snapshot is stamped with the bridge's clock and tells the charger's."""
    charger, http = _charger()
    snapshot = asyncio.run(charger.snapshot())
    assert snapshot.read_at == FakeClock().now()
    assert snapshot.source_at == datetime(2022, 10, 8, 12, tzinfo=UTC)
    assert snapshot.connectors[0].session_energy_wh == 62_832.631
    assert http.asked == [Asked("GET", _STATUS)]


def test_the_identity_is_asked_for() -> None:
    """The box says who it is."""
    charger, _ = _charger()
    assert asyncio.run(charger.identify()).serial_number == "0000000042"


def test_a_firmware_that_does_not_say_who_it_is_is_an_etrel() -> None:
    """Without the endpoint the vendor is all that is known; other errors stay errors."""
    charger, _ = _charger(_instead(_IDENTITY, json_answer(b"", 404), json_answer(b"", 500)))
    assert asyncio.run(charger.identify()) == ChargerIdentity(vendor_name="Etrel")
    with pytest.raises(ChargerBusyError):
        asyncio.run(charger.identify())


def test_a_login_comes_before_the_first_read() -> None:
    """With an account the token is fetched first and sent with the read."""
    charger, http = _charger(credentials=_ACCOUNT)
    asyncio.run(charger.snapshot())
    assert [(a.path, a.bearer) for a in http.asked] == [(LOGIN_PATH, None), (_STATUS, "0123456789abcdef")]


@pytest.mark.parametrize(
    "refusal",
    [
        json_answer(b"", 401),
        json_answer(b"", 403),
        json_answer(b'{"errorCode": 3, "errorMessage": "Token expired"}'),
        json_answer(b'{"errorCode": 401, "errorMessage": ""}'),
    ],
)
def test_a_token_that_ran_out_is_renewed_once(refusal: HttpAnswer) -> None:
    """A refused read, by status or by an errorCode that says so, logs in once and is repeated once."""
    charger, http = _charger(_instead(_STATUS, refusal), _ACCOUNT)
    assert asyncio.run(charger.snapshot()).connectors
    assert [a.path for a in http.asked] == [LOGIN_PATH, _STATUS, LOGIN_PATH, _STATUS]


def test_a_read_that_is_refused_again_is_an_error() -> None:
    """A read is repeated once and no more."""
    charger, http = _charger(_instead(_STATUS, *[json_answer(b"", 401)] * 9), _ACCOUNT)
    with pytest.raises(ChargerLoginError, match=r"took the login of user «me@example\.org», and then GET"):
        asyncio.run(charger.snapshot())
    assert [a.path for a in http.asked] == [LOGIN_PATH, _STATUS, LOGIN_PATH, _STATUS]


def test_an_error_code_that_is_no_login_is_a_wrong_answer() -> None:
    """Another errorCode is an error with the charger's own words, and no reason to log in."""
    charger, http = _charger(_instead(_STATUS, json_answer(b'{"errorCode": 9, "errorMessage": "Database"}')), _ACCOUNT)
    with pytest.raises(ChargerAnswerError, match="errorCode 9 «Database»"):
        asyncio.run(charger.snapshot())
    assert http.count(LOGIN_PATH) == 1


def test_a_secret_that_the_charger_echoes_is_masked() -> None:
    """Neither token nor password stands in an error, though the charger put it into its answer."""
    echo = encode({"errorCode": 9, "errorMessage": "secret 0123456789abcdef"})
    charger, _ = _charger(_instead(_STATUS, json_answer(echo), json_answer(b'{"evses": "0123456789abcdef"}')), _ACCOUNT)
    for _ in range(2):
        with pytest.raises(ChargerAnswerError, match="•••") as raised:
            asyncio.run(charger.snapshot())
        assert "0123456789abcdef" not in str(raised.value)
        assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (json_answer(b"<html>"), ChargerAnswerError, "router or login page"),
        (json_answer(b'{"evses": ['), ChargerAnswerError, "invalid JSON"),
        (json_answer(b'{"evses": 5}'), ChargerAnswerError, r"\$\.evses"),
        (json_answer(b'{"evses": []}'), ChargerAnswerError, r"\$\.evses"),
        (json_answer(b"", 503, retry_after="7"), ChargerBusyError, "503"),
        (json_answer(b"", 404), ChargerUnsupportedError, "404"),
        (json_answer(b"", 401), ChargerLoginError, "no account is set"),
        (ChargerUnreachableError(WHERE, "nothing answers"), ChargerUnreachableError, "nothing answers"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(reply: Reply, error: type[ChargerError], words: str) -> None:
    """Each failure is the error of its kind and begins with the charger's name and line."""
    charger, _ = _charger(_instead(_STATUS, reply))
    with pytest.raises(error, match=words) as raised:
        asyncio.run(charger.snapshot())
    assert str(raised.value).startswith("garage (config.yaml:12): ")


def test_sessions_are_posted_as_a_form() -> None:
    """The log is asked for by a form-encoded POST with the seed's fields."""
    charger, http = _charger()
    assert [s.session_id for s in _sessions(charger)] == ["34"]
    (asked,) = http.asked
    assert (asked.method, asked.path, asked.query) == ("POST", _SESSIONS, {})
    assert asked.form["pageSize"] == "100"
    assert asked.form["orderDirection"] == "Descending"


@pytest.mark.parametrize("status", [404, 405])
def test_a_charger_that_knows_no_post_is_asked_by_get(status: int) -> None:
    """When POST is not known the same fields go into a query, and that is remembered."""
    charger, http = _charger(lambda asked: json_answer(b"", status) if asked.method == "POST" else None)
    assert len(_sessions(charger)) == len(_sessions(charger)) == 1
    assert [a.method for a in http.asked] == ["POST", "GET", "GET"]
    assert http.asked[1].form == {}
    assert http.asked[1].query["pageNumber"] == "1"


def test_a_firmware_that_changes_its_method_is_followed() -> None:
    """The remembered method is tried first and the other when it is not known any more."""
    known = "GET"
    charger, http = _charger(lambda asked: None if asked.method == known else json_answer(b"", 405))
    _sessions(charger)
    known = "POST"
    _sessions(charger)
    _sessions(charger)
    assert [a.method for a in http.asked] == ["POST", "GET", "GET", "POST", "POST"]


@pytest.mark.parametrize(("method", "sent"), [("post", "POST"), ("get", "GET")])
def test_a_chosen_method_is_the_only_one(method: Literal["post", "get"], sent: str) -> None:
    """A method from the config is used alone."""
    charger, http = _charger(_instead(_SESSIONS, json_answer(b"", 404)), method=method)
    with pytest.raises(ChargerUnsupportedError):
        _sessions(charger)
    assert [a.method for a in http.asked] == [sent]


def test_a_charger_without_a_log_is_unsupported() -> None:
    """When neither method is known the error is that of the first."""
    charger, _ = _charger(_instead(_SESSIONS, json_answer(b"", 404), json_answer(b"", 405)))
    with pytest.raises(ChargerUnsupportedError, match="POST /api/chargingSession/"):
        _sessions(charger)


def test_only_sessions_that_started_in_the_range_come() -> None:
    """The charger is asked for more, since its zone is not known; the rest is dropped."""
    rows = document("overnight", "charging_session")
    starts = ["2022-10-10T00:00:00Z", "2022-10-09T23:59:59.9Z", "2022-10-05T00:00:00Z", "2022-10-04T23:59:59.9Z"]
    rows["content"] = [
        rows["content"][0] | {"chargingSessionId": number, "chargingStartedTime": start}
        for number, start in enumerate(starts)
    ]
    charger, _ = _charger(_instead(_SESSIONS, json_answer(encode(rows))))
    assert [s.session_id for s in _sessions(charger)] == ["1", "2"]


def test_good_sessions_come_before_the_error_about_a_bad_one() -> None:
    """A row that cannot be read is raised at the end and keeps no other away."""
    rows = document("overnight", "charging_session")
    rows["content"].append({"chargingSessionId": 33})
    charger, _ = _charger(_instead(_SESSIONS, json_answer(encode(rows))))

    async def run() -> list[str]:
        pages = aiter(charger.sessions(_FROM_AT, _TO_AT))
        seen = [session.session_id for session in await anext(pages)]
        with pytest.raises(ChargerAnswerError, match=r"1 rows of the session log.*\$\.content\[1\]"):
            await anext(pages)
        return seen

    assert asyncio.run(run()) == ["34"]


def test_intervals_are_asked_for_as_in_the_seed() -> None:
    """Measures are joined by commas and both times are UTC with milliseconds."""
    charger, http = _charger()
    batch = asyncio.run(charger.intervals(["connector1", "building", "cluster"], _START_S, _START_S + 86_400))
    assert http.asked == [
        Asked(
            "GET",
            _PROFILE,
            query={
                "measure": "connector1,building,cluster",
                "fromTime": "2022-10-08T00:00:00.000Z",
                "toTime": "2022-10-09T00:00:00.000Z",
            },
        )
    ]
    assert batch.power_w["building"] == [710.41, 796.35996]


def test_nothing_is_asked_for_no_measure_and_no_time() -> None:
    """An empty wish is answered without a request."""
    charger, http = _charger()
    assert asyncio.run(charger.intervals([], _START_S, _START_S + 300)).starts_s == ()
    assert asyncio.run(charger.intervals(["cluster"], _START_S, _START_S)).power_w == {"cluster": ()}
    assert http.asked == []


def test_more_than_a_day_of_intervals_is_refused() -> None:
    """The port promises a day at most."""
    charger, _ = _charger()
    with pytest.raises(ValueError, match="a day"):
        asyncio.run(charger.intervals(["cluster"], _START_S, _START_S + 86_401))


def test_measures_come_from_the_latest_snapshot() -> None:
    """The first question takes a snapshot, the next ones none, and a change of the installation is seen."""
    changed = json_answer(body("load_guard_unplugged", "general_status"))
    charger, http = _charger(_instead(_STATUS, _USUAL[_STATUS], changed))
    assert asyncio.run(charger.measures()) == ("connector1", "building", "cluster")
    assert asyncio.run(charger.measures()) == ("connector1", "building", "cluster")
    assert http.count(_STATUS) == 1
    asyncio.run(charger.snapshot())
    assert asyncio.run(charger.measures()) == ("connector1", "building")


def test_a_restart_is_sent_once() -> None:
    """The box restarts on one POST, after a read that proves login and line."""
    charger, http = _charger(credentials=_ACCOUNT)
    assert Ability.RESTART in charger.abilities
    assert asyncio.run(charger.execute(Restart())).status is CommandStatus.DONE
    assert [(a.method, a.path) for a in http.asked] == [
        ("POST", LOGIN_PATH),
        ("GET", _STATUS),
        ("POST", _RESTART),
    ]
    assert http.asked[-1].bearer == "0123456789abcdef"


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (json_answer(b"", 401), CommandStatus.REFUSED),
        (json_answer(b"", 404), CommandStatus.REFUSED),
        (json_answer(b"", 500), CommandStatus.UNCONFIRMED),
        (ChargerUnreachableError(WHERE, "3 s of silence"), CommandStatus.UNCONFIRMED),
        (ChargerAnswerError(WHERE, "the answer was cut off"), CommandStatus.UNCONFIRMED),
    ],
)
def test_a_restart_is_never_repeated(reply: Reply, status: CommandStatus) -> None:
    """Whatever becomes of it, a restart is sent once; without an answer it is unconfirmed."""
    charger, http = _charger(_instead(_RESTART, reply), _ACCOUNT)
    outcome = asyncio.run(charger.execute(Restart()))
    assert outcome.status is status
    assert outcome.detail
    assert http.count(_RESTART) == 1
    assert http.count(LOGIN_PATH) == 1


def test_a_restart_is_not_sent_to_a_charger_that_does_not_answer() -> None:
    """When the read before it fails nothing was sent, and the error says what is wrong."""
    charger, http = _charger(_instead(_STATUS, ChargerUnreachableError(WHERE, "nothing answers")))
    with pytest.raises(ChargerUnreachableError):
        asyncio.run(charger.execute(Restart()))
    assert http.count(_RESTART) == 0


def test_closing_lets_go_of_the_connection() -> None:
    """The adapter closes the connection it was given."""
    charger, http = _charger()
    asyncio.run(charger.aclose())
    assert http.closed


def test_a_misspelt_option_is_an_error() -> None:
    """The options are closed, and the method is one of three words."""
    with pytest.raises(ValidationError):
        EtrelOptions.model_validate({"id": "a", "type": "etrel", "url": "http://a", "session_methode": "get"})
    with pytest.raises(ValidationError):
        EtrelOptions.model_validate({"id": "a", "type": "etrel", "url": "http://a", "session_method": "put"})
