"""Requests to the charger: with its token, checked, decoded, and repeated once where a login has run out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from adapters.decoding import ShapeError, quote
from adapters.etrel.answers import check_answer
from adapters.etrel.login import Login
from adapters.etrel.wire import RefusedError
from bridge.errors import ChargerAnswerError, ChargerLoginError
from bridge.ports import Clock, Http, HttpAnswer

_LOGIN_CODES = frozenset({401, 403})
_LOGIN_WORDS = re.compile(
    r"unauthor|not author|authenti|token|log(ged)? ?(in|on|out)|session (has )?expired|forbidden|permission",
    re.IGNORECASE,
)

T = TypeVar("T")
Decoder = Callable[[HttpAnswer], T]


@dataclass(frozen=True, slots=True)
class Question:
    """One request; `str()` names it in sentences, without query and form."""

    method: str
    path: str
    query: Mapping[str, str] | None = None
    form: Mapping[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class EtrelApi:
    """Asks the charger. A read whose login has run out is repeated once; a command never is."""

    def __init__(self, http: Http, login: Login, clock: Clock) -> None:
        self._http = http
        self._login = login
        self._clock = clock

    async def read(self, question: Question, decode: Decoder[T]) -> T:
        """Ask and decode; raises a ChargerError, whatever the answer is."""
        token = await self._login.bearer()
        try:
            result = await self._ask(question, decode, token)
        except ChargerLoginError as refusal:
            token = await self._login.renew(token, refusal)
            try:
                result = await self._ask(question, decode, token)
            except ChargerLoginError as again:
                raise self._login.refused_again(again) from None
        self._login.worked(token)
        return result

    async def command(self, question: Question) -> HttpAnswer:
        """Send exactly once and return whatever answer comes; raises only what the connection raises."""
        token = await self._login.bearer()
        return await self._http.request(question.method, question.path, form=question.form, bearer=token)

    async def _ask(self, question: Question, decode: Decoder[T], token: str | None) -> T:
        answer = await self._http.request(
            question.method, question.path, query=question.query, form=question.form, bearer=token
        )
        where = self._http.where
        check_answer(answer, where, str(question), self._clock.now())
        try:
            return decode(answer)
        except ShapeError as error:
            raise ChargerAnswerError(
                where,
                self._login.scrub(f"{question} gave an answer that cannot be read, at {error}"),
                todo="If it stays so, the firmware may be newer than this adapter: report it with this sentence.",
            ) from None
        except RefusedError as refused:
            seen = self._login.scrub(f"{question} was refused with errorCode {refused.code} {quote(refused.message)}")
            if refused.code in _LOGIN_CODES or _LOGIN_WORDS.search(refused.message):
                raise ChargerLoginError(where, seen) from None
            raise ChargerAnswerError(where, seen) from None
