"""The token, its renewal and the guard against lock-out."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr

from adapters.etrel.login import LOGIN_PATH, Login
from bridge.errors import (
    ChargerAnswerError,
    ChargerBusyError,
    ChargerLoginError,
    ChargerUnreachableError,
    ChargerUnsupportedError,
)
from bridge.types.options import Credentials
from tests.adapters.etrel.fixtures import body, document, encode
from tests.adapters.scripted import WHERE, Asked, Reply, ScriptedHttp, json_answer
from tests.clock import FakeClock

_PASSWORD = "pass&word"
_ACCOUNT = Credentials(email="me@example.org", password=SecretStr(_PASSWORD))
_STATIC = Credentials(token=SecretStr("fixedtoken"))
_ACCEPTED = json_answer(body("login", "login"))
_REFUSED = json_answer(body("login_refused", "login_refused"))
_TOKEN = "0123456789abcdef"
_REFUSAL = ChargerLoginError(WHERE, "GET /api/generalStatus/ was refused with HTTP 401")


def _login(reply: Reply, credentials: Credentials = _ACCOUNT) -> tuple[Login, ScriptedHttp, FakeClock]:
    http, clock = ScriptedHttp(lambda _: reply), FakeClock()
    return Login(http, credentials, clock), http, clock


def _fail(login: Login) -> ChargerLoginError:
    with pytest.raises(ChargerLoginError) as raised:
        asyncio.run(login.bearer())
    assert _PASSWORD not in str(raised.value)
    return raised.value


def test_email_and_password_are_posted_as_a_form() -> None:
    """A login is one form-encoded POST of e-mail and password, without a token."""
    login, http, _ = _login(_ACCEPTED)
    assert asyncio.run(login.bearer()) == _TOKEN
    assert http.asked == [
        Asked("POST", "/api/webOperatorLogin", form={"email": "me@example.org", "password": _PASSWORD})
    ]


def test_the_token_is_kept_in_memory() -> None:
    """A token is asked for once and then used."""
    login, http, _ = _login(_ACCEPTED)
    assert [asyncio.run(login.bearer()) for _ in range(3)] == [_TOKEN] * 3
    assert http.count(LOGIN_PATH) == 1


def test_a_charger_without_account_is_read_without_a_token() -> None:
    """Without credentials nothing is sent, and a refusal says that an account is missing."""
    login, http, _ = _login(_ACCEPTED, Credentials())
    assert asyncio.run(login.bearer()) is None
    with pytest.raises(ChargerLoginError, match="no account is set"):
        asyncio.run(login.renew(None, _REFUSAL))
    assert http.asked == []


def test_a_token_of_the_config_is_used_without_a_login() -> None:
    """A static token is sent as it is; when it is refused there is no login and a sentence says what to do."""
    login, http, _ = _login(_ACCEPTED, _STATIC)
    assert asyncio.run(login.bearer()) == "fixedtoken"
    with pytest.raises(ChargerLoginError, match="does not take the token of the config") as raised:
        asyncio.run(login.renew("fixedtoken", _REFUSAL))
    assert "fixedtoken" not in str(raised.value)
    assert http.asked == []


def test_a_static_token_that_ran_out_tells_when_it_worked() -> None:
    """A token that worked before says until when."""
    login, _, _ = _login(_ACCEPTED, _STATIC)
    login.worked("fixedtoken")
    with pytest.raises(ChargerLoginError, match=r"worked until 2025-03-03 12:00:00 UTC; now"):
        asyncio.run(login.renew("fixedtoken", _REFUSAL))


@pytest.mark.parametrize("reply", [_REFUSED, json_answer(b"", 401), json_answer(b"", 403), json_answer(b"", 400)])
def test_a_refused_login_names_the_user_and_never_the_password(reply: Reply) -> None:
    """A refusal, with HTTP 200 and an errorCode or with a status, is a login error that names the user."""
    login, _, _ = _login(reply)
    assert "«me@example.org»" in str(_fail(login))


def test_a_blocked_account_is_a_refusal() -> None:
    """An account that the charger has blocked is not used, though a token came with it."""
    answer = document("login", "login")
    answer["webOperator"]["blocked"] = True
    login, _, _ = _login(json_answer(encode(answer)))
    assert "the account is blocked" in str(_fail(login))


def test_a_charger_that_echoes_the_password_does_not_leak_it() -> None:
    """A password inside the charger's own message is masked."""
    answer = encode({"errorCode": 1, "errorMessage": f"bad password {_PASSWORD}"})
    login, _, _ = _login(json_answer(answer))
    assert "bad password •••" in str(_fail(login))


def test_three_refusals_in_a_row_pause_the_login() -> None:
    """After the third refusal the charger is left alone for 15 minutes, and the error says until when and why."""
    login, http, clock = _login(_REFUSED)
    for _ in range(3):
        assert _fail(login).retry_after_s is None
    error = _fail(login)
    assert http.count(LOGIN_PATH) == 3
    assert error.retry_after_s == 900
    assert "«me@example.org» 3 times in a row" in str(error)
    assert "until 2025-03-03 12:15:00 UTC" in str(error)
    asyncio.run(clock.advance(899))
    assert _fail(login).retry_after_s == 1
    assert http.count(LOGIN_PATH) == 3


def test_after_the_pause_one_attempt_decides() -> None:
    """When the pause is over the login is tried once; a further refusal pauses it again at once."""
    login, http, clock = _login(_REFUSED)
    for _ in range(4):
        _fail(login)
    asyncio.run(clock.advance(900))
    _fail(login)
    assert http.count(LOGIN_PATH) == 4
    assert _fail(login).retry_after_s == 900
    assert http.count(LOGIN_PATH) == 4


def test_a_wall_clock_that_jumps_does_not_shorten_the_pause() -> None:
    """The pause follows the monotonic clock."""
    login, http, clock = _login(_REFUSED)
    for _ in range(3):
        _fail(login)
    clock.jump(86_400)
    assert _fail(login).retry_after_s == 900
    assert http.count(LOGIN_PATH) == 3


def test_a_read_that_works_forgets_refusals() -> None:
    """Only refusals in a row count."""
    login, http, _ = _login(_REFUSED)
    for _ in range(2):
        _fail(login)
    login.worked(_TOKEN)
    for _ in range(3):
        _fail(login)
    assert http.count(LOGIN_PATH) == 5


def test_failed_renewal_tells_until_when_the_login_worked() -> None:
    """When a login that worked is refused, the error says until when it worked and with what renewal failed."""
    login, _, _ = _login(_REFUSED)
    login.worked(_TOKEN)
    with pytest.raises(
        ChargerLoginError,
        match=r"worked until 2025-03-03 12:00:00 UTC; renewal failed with errorCode 2 «Wrong email or password»",
    ):
        asyncio.run(login.renew(_TOKEN, _REFUSAL))


def test_a_pause_still_tells_until_when_the_login_worked() -> None:
    """During the pause the error keeps the history: worked, refused three times, tried again when."""
    login, _, _ = _login(_REFUSED)
    login.worked(_TOKEN)
    for _ in range(3):
        _fail(login)
    error = str(_fail(login))
    assert "worked until 2025-03-03 12:00:00 UTC; renewal was refused 3 times in a row, last with errorCode 2" in error
    assert "No login is tried until 2025-03-03 12:15:00 UTC" in error


def test_a_fresh_token_that_is_refused_counts_towards_the_pause() -> None:
    """An account that may log in and may not read does not make the bridge log in at every poll for ever."""
    login, http, _ = _login(_ACCEPTED)
    for _ in range(3):
        token = asyncio.run(login.renew(_TOKEN, _REFUSAL))
        assert "has the right" in str(login.refused_again(_REFUSAL))
    with pytest.raises(ChargerLoginError, match="No login is tried until"):
        asyncio.run(login.renew(token, _REFUSAL))
    with pytest.raises(ChargerLoginError, match="No login is tried until"):
        asyncio.run(login.bearer())
    assert http.count(LOGIN_PATH) == 3


def test_two_readers_renew_one_token_once() -> None:
    """Readers whose common token was refused at the same time share one login."""
    tokens = iter(("old", "new", "never"))
    http = ScriptedHttp(lambda _: json_answer(encode({"errorCode": 0, "token": next(tokens)})))
    login = Login(http, _ACCOUNT, FakeClock())

    async def run() -> tuple[str, str]:
        refused = await login.bearer()
        first, second = await asyncio.gather(login.renew(refused, _REFUSAL), login.renew(refused, _REFUSAL))
        return first, second

    assert asyncio.run(run()) == ("new", "new")


@pytest.mark.parametrize("token", [None, "", "with space", "line\nbreak", "umlaut-ü", 5])
def test_a_login_without_a_usable_token_is_a_wrong_answer(token: object) -> None:
    """A token that cannot stand in a header is not used, not counted as a refusal, and not shown."""
    login, _, _ = _login(json_answer(encode({"errorCode": 0, "token": token})))
    with pytest.raises(ChargerAnswerError) as raised:
        asyncio.run(login.bearer())
    assert str(token or "§") not in raised.value.seen


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (json_answer(b"", 404), ChargerUnsupportedError),
        (json_answer(b"", 503), ChargerBusyError),
        (json_answer(b"<html>"), ChargerAnswerError),
        (json_answer(b"{"), ChargerAnswerError),
        (ChargerUnreachableError(WHERE, "nothing answers"), ChargerUnreachableError),
    ],
)
def test_a_login_that_fails_otherwise_is_no_refusal(reply: Reply, error: type[Exception]) -> None:
    """A charger that is busy, silent or no charger at all does not count towards the pause."""
    login, http, _ = _login(reply)
    for _ in range(4):
        with pytest.raises(error):
            asyncio.run(login.bearer())
    assert http.count(LOGIN_PATH) == 4
