"""The Etrel INCH family (also sold as sonnenCharger and Lanova) as `bridge.ports.Charger`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Literal

from adapters.etrel.answers import read_date
from adapters.etrel.api import EtrelApi, Question
from adapters.etrel.decode_command import judge_command
from adapters.etrel.decode_profile import decode_profile
from adapters.etrel.decode_status import VENDOR_NAME, decode_identity, decode_measures, decode_status
from adapters.etrel.login import Login
from adapters.etrel.session_log import SessionPage, decode_page, page_fields, read_log
from adapters.etrel.wire import StatusWire, SystemInformationWire, parse_answer, parse_rows
from bridge.errors import (
    ChargerAnswerError,
    ChargerUnreachableError,
    ChargerUnsupportedError,
)
from bridge.ports import Charger, Clock, Http, HttpAnswer
from bridge.types.charger import ChargerIdentity, Outcome, Snapshot
from bridge.types.charger_options import HttpChargerOptions
from bridge.types.command import Command
from bridge.types.facts import from_epoch_s
from bridge.types.options import Credentials
from bridge.types.series import DAY_S, IntervalBatch
from bridge.types.session import ChargingSession
from bridge.types.words import Ability, CommandStatus

_IDENTITY = Question("GET", "/api/systemInformation")
_STATUS = Question("GET", "/api/generalStatus/")
_RESTART = Question("POST", "/api/restart")
_SESSIONS_PATH = "/api/chargingSession/"
_PROFILE_PATH = "/api/powerProfile/"


class EtrelOptions(HttpChargerOptions):
    """What an Etrel charger has in the config beyond every charger's keys."""

    type: Literal["etrel"]
    session_method: Literal["auto", "post", "get"] = "auto"
    """how the session log is asked for; auto tries POST, and GET where the charger does not know that"""


class EtrelCharger:
    """Reads one box over its local web API; see `bridge.ports.Charger` for what each method promises."""

    abilities: frozenset[Ability] = frozenset({Ability.RESTART})
    keeps_session_log = True
    tells_itself = False

    def __init__(self, options: EtrelOptions, http: Http, credentials: Credentials, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._api = EtrelApi(http, Login(http, credentials, clock), clock)
        chosen = options.session_method
        self._session_methods = ["POST", "GET"] if chosen == "auto" else [chosen.upper()]
        """the one that worked last comes first"""
        self._measures: tuple[str, ...] | None = None

    async def identify(self) -> ChargerIdentity:
        """Ask who the box is; a firmware without that endpoint is known by its vendor alone."""
        try:
            return await self._api.read(
                _IDENTITY, lambda answer: decode_identity(parse_answer(SystemInformationWire, answer.body))
            )
        except ChargerUnsupportedError:
            return ChargerIdentity(vendor_name=VENDOR_NAME)

    async def snapshot(self) -> Snapshot:
        """Ask how it is."""
        return await self._api.read(_STATUS, self._decode_status)

    async def sessions(self, from_at: datetime, to_at: datetime) -> AsyncIterator[Sequence[ChargingSession]]:
        """Yield the log page by page: every session that started in [from_at, to_at), newest first.

        A session comes again when it changed meanwhile. Raises ChargerAnswerError after the last page when some
        rows could not be read.
        """

        async def ask(number: int) -> SessionPage:
            return await self._session_page(page_fields(from_at, to_at, number))

        async for page in read_log(ask, self._http.where):
            inside = [session for session in page if from_at <= session.started_at < to_at]
            if inside:
                yield inside

    async def intervals(self, measures: Sequence[str], from_s: int, to_s: int) -> IntervalBatch:
        """Return the rows that the charger's history holds in [from_s, to_s), a day at most."""
        if to_s - from_s > DAY_S:
            raise ValueError("ask for a day of intervals at most")
        if not measures or to_s <= from_s:
            return IntervalBatch(starts_s=(), power_w=dict.fromkeys(measures, ()))
        question = Question(
            "GET",
            _PROFILE_PATH,
            query={"measure": ",".join(measures), "fromTime": _instant(from_s), "toTime": _instant(to_s)},
        )
        return await self._api.read(
            question, lambda answer: decode_profile(parse_rows(answer.body), measures, from_s, to_s)
        )

    async def measures(self) -> Sequence[str]:
        """Return the measures of the power profile, as the latest snapshot showed them."""
        if self._measures is None:
            await self.snapshot()
        return self._measures or ()

    async def execute(self, command: Command) -> Outcome:
        """Send the one command that this box has over HTTP; limits and pauses are Modbus only [clients]."""
        if command.ability not in self.abilities:
            raise ChargerUnsupportedError(self._http.where, f"it has no command to {command.ability}")
        return await self._restart()

    async def _restart(self) -> Outcome:
        """Reboot the box; sent once, and never again.

        A read goes first: it renews a login that has run out and proves that the charger can be reached, so
        that whatever fails afterwards failed after the command was sent. Raises what that read raises.
        """
        await self.snapshot()
        try:
            answer = await self._api.command(_RESTART)
        except (ChargerUnreachableError, ChargerAnswerError) as error:
            return Outcome(
                status=CommandStatus.UNCONFIRMED,
                detail=f"The command was sent and no whole answer came: {error.seen}.",
            )
        return judge_command(answer)

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._http.aclose()

    def _decode_status(self, answer: HttpAnswer) -> Snapshot:
        wire = parse_answer(StatusWire, answer.body)
        snapshot = decode_status(wire, self._clock.now(), read_date(answer))
        self._measures = decode_measures(wire)
        return snapshot

    async def _session_page(self, fields: dict[str, str]) -> SessionPage:
        unknown: ChargerUnsupportedError | None = None
        for method in tuple(self._session_methods):
            question = Question(
                method,
                _SESSIONS_PATH,
                query=fields if method == "GET" else None,
                form=fields if method == "POST" else None,
            )
            try:
                page = await self._api.read(question, lambda answer: decode_page(answer.body))
            except ChargerUnsupportedError as error:
                unknown = unknown or error
            else:
                self._session_methods.sort(key=lambda other: other != method)
                return page
        assert unknown is not None
        raise unknown


def build(options: EtrelOptions, http: Http, credentials: Credentials, clock: Clock) -> Charger:
    """Join an adapter to its charger's address, account and the time."""
    return EtrelCharger(options, http, credentials, clock)


def _instant(epoch_s: int) -> str:
    return from_epoch_s(epoch_s).strftime("%Y-%m-%dT%H:%M:%S.000Z")
