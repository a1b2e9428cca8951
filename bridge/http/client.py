"""The only HTTP client towards chargers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

from bridge.errors import ChargerLoginError, ChargerUnreachableError
from bridge.http.peer import DEFAULT_LIMITS, Limits, Peer
from bridge.http.transport import HEADERS, ONCE, TOTAL_S, ChargerTransport
from bridge.ports import HttpAnswer
from bridge.types.charger_options import HttpChargerOptions

_HEADERS = [
    (b"Accept", b"application/json, */*;q=0.8"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"keep-alive"),
    (b"User-Agent", b"chargebridge"),
]
_KEPT_REQUESTS = 16


class ChargerHttp:
    """One charger's HTTP address, as `bridge.ports.Http` asks for it.

    Requests take turns. A read whose kept-alive connection turns out to be dead is sent once more on a
    fresh one; nothing else is ever repeated. Nothing of the token or of a form appears in an error.
    """

    def __init__(self, options: HttpChargerOptions, where: str, *, limits: Limits = DEFAULT_LIMITS) -> None:
        """Take the address from the options; ConfigError for one that no connection could use."""
        self.where = where
        self._peer = Peer.from_options(options, where)
        self._timeout_s = options.timeout_s
        self._turn = asyncio.Lock()
        self._kept: dict[tuple[str, str, float], tuple[str | None, httpx.Request]] = {}
        self._base = options.url.rstrip("/")
        self._client = httpx.AsyncClient(
            transport=ChargerTransport(self._peer, limits), trust_env=False, follow_redirects=False
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        bearer: str | None = None,
        timeout_s: float | None = None,
        once: bool = False,
    ) -> HttpAnswer:
        """Send one request and read the whole answer; one that is asked for `once` is never repeated.

        `timeout_s` bounds the wait for the turn and then the exchange, each; the options' timeout when not
        given. Raises ChargerUnreachableError, ChargerTlsError, ChargerAnswerError for what is not HTTP, and
        ChargerLoginError for a token that no header can carry.
        """
        total_s = self._timeout_s if timeout_s is None else timeout_s
        make = self._build if once else self._prepare  # a kept request must not become one that is sent once
        prepared = make(method, path, query=query, form=form, bearer=bearer, total_s=total_s)
        if once:
            prepared.extensions[ONCE] = True
        await self._wait_for_turn(total_s)
        try:
            if self._client.is_closed:
                raise ChargerUnreachableError(self.where, f"the way to {self._peer.address} was closed from this side")
            response = await self._client.send(prepared)
        finally:
            self._turn.release()
        return HttpAnswer(response.status_code, response.extensions[HEADERS], response.content)

    async def aclose(self) -> None:
        """Close the connection for good; a request that is under way or waits for its turn fails."""
        await self._client.aclose()

    async def _wait_for_turn(self, limit_s: float) -> None:
        if not self._turn.locked():
            await self._turn.acquire()  # at once, and without the price of a timer
            return
        try:
            async with asyncio.timeout(limit_s):
                await self._turn.acquire()
        except TimeoutError:
            raise ChargerUnreachableError(
                self.where, f"{self._peer.address} was still busy with an earlier request after {limit_s:g} s"
            ) from None

    def _prepare(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        bearer: str | None,
        total_s: float,
    ) -> httpx.Request:
        if query is not None or form is not None:
            return self._build(method, path, query=query, form=form, bearer=bearer, total_s=total_s)
        # Building costs half as much again as sending, and polls are always the same.
        key = (method, path, total_s)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == bearer:
            return kept[1]
        if len(self._kept) >= _KEPT_REQUESTS:
            self._kept.clear()
        request = self._build(method, path, query=None, form=None, bearer=bearer, total_s=total_s)
        self._kept[key] = (bearer, request)
        return request

    def _build(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        bearer: str | None,
        total_s: float,
    ) -> httpx.Request:
        headers = _HEADERS
        if bearer is not None:
            if not (bearer.isascii() and bearer.isprintable()):
                raise ChargerLoginError(
                    self.where,
                    "the token holds characters that no HTTP header can carry",
                    todo="Write the token anew: letters, digits and signs on one line.",
                )
            headers = [*_HEADERS, (b"Authorization", b"Bearer " + bearer.encode("ascii"))]
        # Built here and not by the client, which would merge cookies, parameters and defaults it has none of.
        return httpx.Request(
            method,
            self._base + path,
            params=query,
            data=form,
            headers=headers,
            extensions={TOTAL_S: total_s},
        )
