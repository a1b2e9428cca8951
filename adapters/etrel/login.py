"""The way into the charger: a token from the config, a token from a login, or none; and a guard against lock-out."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NoReturn

from adapters.decoding import ShapeError, quote
from adapters.etrel.answers import LOGIN_STATUSES, check_answer
from adapters.etrel.wire import LoginWire, RefusedError, parse_answer
from bridge.errors import ChargerAnswerError, ChargerLoginError
from bridge.ports import Clock, Http
from bridge.types.options import Credentials

LOGIN_PATH = "/api/webOperatorLogin"
REFUSALS_BEFORE_PAUSE = 3
PAUSE_S = 900.0
_ASKED = f"POST {LOGIN_PATH}"
_REFUSING_STATUSES = LOGIN_STATUSES | {HTTPStatus.BAD_REQUEST}
_MASK = "•••"
_GUARD = (
    f"After {REFUSALS_BEFORE_PAUSE} refusals in a row no login is tried for {PAUSE_S / 60:.0f} min, "
    "so that the charger does not lock the account."
)


class Login:
    """Holds the token in memory and renews it; how long one lives is documented nowhere.

    A refusal is a refused login, or a login whose fresh token is refused; after three in a row without a
    successful read the charger is left alone for 15 minutes of the monotonic clock.
    """

    def __init__(self, http: Http, credentials: Credentials, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._email = credentials.email
        self._password = credentials.password.get_secret_value() if credentials.password else None
        self._static_token = credentials.token.get_secret_value() if credentials.token else None
        self._token: str | None = None
        self._worked_at: datetime | None = None
        self._refusals = 0
        self._last_refusal = ""
        self._paused_until_s: float | None = None
        self._lock = asyncio.Lock()

    async def bearer(self) -> str | None:
        """Return the token to send, logging in if there is none yet; None for a charger without a login.

        Raises ChargerLoginError when the login is refused or paused, and what the connection raises.
        """
        if self._static_token is not None or not self._has_account:
            return self._static_token
        async with self._lock:
            return self._token or await self._log_in()

    async def renew(self, refused: str | None, refusal: ChargerLoginError) -> str:
        """Return another token than the refused one; raise ChargerLoginError when there cannot be one."""
        if self._static_token is not None:
            raise self._refused_static_token(refusal)
        if not self._has_account:
            raise ChargerLoginError(
                refusal.where,
                f"{refusal.seen}, and no account is set for this charger",
                todo="Give it `login` or `token_file`.",
            )
        async with self._lock:
            if self._token is not None and self._token != refused:
                return self._token  # somebody else has renewed it meanwhile
            self._token = None
            return await self._log_in()

    def worked(self, token: str | None) -> None:
        """Note that a read succeeded."""
        self._refusals = 0
        self._paused_until_s = None
        if token is not None:
            self._worked_at = self._clock.now()

    def refused_again(self, refusal: ChargerLoginError) -> ChargerLoginError:
        """Count a fresh token that was refused; return the error to raise."""
        self._count_refusal(refusal.seen)
        return ChargerLoginError(
            refusal.where,
            f"the charger took the login of user {quote(self._email)}, and then {refusal.seen}",
            todo="Check that this account has the right to read.",
            meanwhile=_GUARD,
        )

    def scrub(self, text: str) -> str:
        """Return the text with every secret of this login masked, should a charger echo one."""
        for secret in (self._password, self._static_token, self._token):
            if secret:
                text = text.replace(secret, _MASK)
        return text

    @property
    def _has_account(self) -> bool:
        return self._email is not None and self._password is not None

    async def _log_in(self) -> str:
        self._check_pause()
        form = {"email": self._email or "", "password": self._password or ""}
        answer = await self._http.request("POST", LOGIN_PATH, form=form)
        if answer.status in _REFUSING_STATUSES:
            self._refuse(f"HTTP {answer.status}")
        check_answer(answer, self._http.where, _ASKED, self._clock.now())
        try:
            wire = parse_answer(LoginWire, answer.body)
        except RefusedError as refused:
            self._refuse(self.scrub(f"errorCode {refused.code} {quote(refused.message)}"))
        except ShapeError:
            # what stood there is not repeated: it may be the token
            raise ChargerAnswerError(self._http.where, f"{_ASKED} gave no readable answer") from None
        if wire.web_operator is not None and wire.web_operator.blocked:
            self._refuse("the account is blocked")
        token = wire.token
        if not token or not (token.isascii() and token.isprintable()) or " " in token:
            raise ChargerAnswerError(self._http.where, f"{_ASKED} succeeded without a usable token")
        self._token = token
        return token

    def _check_pause(self) -> None:
        if self._paused_until_s is None:
            return
        remaining_s = self._paused_until_s - self._clock.monotonic_s()
        if remaining_s <= 0:
            self._paused_until_s = None
            return
        until_at = self._clock.now() + timedelta(seconds=remaining_s)
        count = f"{self._refusals} times in a row, last with {self._last_refusal}"
        raise ChargerLoginError(
            self._http.where,
            self._tell_refusal(count, f"was refused {count}"),
            todo="Check `login`.",
            meanwhile=f"No login is tried until {_moment(until_at)}, so that the charger does not lock the account.",
            retry_after_s=remaining_s,
        )

    def _refuse(self, why: str) -> NoReturn:
        self._count_refusal(why)
        seen = self._tell_refusal(f"with {why}", f"failed with {why}")
        raise ChargerLoginError(self._http.where, seen, todo="Check `login`.", meanwhile=_GUARD)

    def _tell_refusal(self, refused: str, renewal: str) -> str:
        user = quote(self._email)
        if self._worked_at is None:
            return f"the charger refused user {user} {refused}"
        return f"the login of user {user} worked until {_moment(self._worked_at)}; renewal {renewal}"

    def _count_refusal(self, why: str) -> None:
        self._refusals += 1
        self._last_refusal = why
        if self._refusals >= REFUSALS_BEFORE_PAUSE:
            self._token = None  # so that the charger is left alone altogether
            self._paused_until_s = self._clock.monotonic_s() + PAUSE_S

    def _refused_static_token(self, refusal: ChargerLoginError) -> ChargerLoginError:
        seen = f"{refusal.seen}: the charger does not take the token of the config"
        if self._worked_at is not None:
            seen = f"the token of the config worked until {_moment(self._worked_at)}; now {refusal.seen}"
        return ChargerLoginError(
            refusal.where, seen, todo="Put a new token there, or give `login`, which renews itself."
        )


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
