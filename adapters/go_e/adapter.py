"""go-e chargers with the local HTTP API v2 (HOME+ and HOMEfix from V3, Gemini, PRO) as `bridge.ports.Charger`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Literal, Self, TypeVar

from pydantic import model_validator

from adapters.decoding import ShapeError, Wire
from adapters.go_e.answers import check_answer
from adapters.go_e.decode_reply import done, judge_reply, refused, unconfirmed
from adapters.go_e.decode_status import CONNECTOR, decode_identity, decode_status
from adapters.go_e.wire import SET_PATH, STATUS_PATH, IdentityWire, SettingsWire, StatusWire, parse_answer, status_path
from adapters.go_e.wishes import ImpossibleError, Setting, setting_for
from bridge.errors import (
    ChargerAnswerError,
    ChargerError,
    ChargerUnreachableError,
    ChargerUnsupportedError,
)
from bridge.ports import Charger, Clock, Http, HttpAnswer
from bridge.types.charger import ChargerIdentity, Outcome, Snapshot
from bridge.types.charger_options import HttpChargerOptions
from bridge.types.command import Command, LimitCurrent, Restart, StartCharging, StopCharging
from bridge.types.options import Credentials
from bridge.types.series import IntervalBatch
from bridge.types.session import ChargingSession
from bridge.types.words import Ability, CommandStatus

LOOKS = 6
"""how often the box is looked at after a set before its effect counts as not known"""
BETWEEN_LOOKS_S = 1.0
"""the box works its settings out once a second [doc], and `alw` may follow some seconds later [issue 6]"""

W = TypeVar("W", bound=Wire)


class GoEOptions(HttpChargerOptions):
    """What a go-e charger has in the config beyond every charger's keys: nothing."""

    type: Literal["go-e"]

    @model_validator(mode="after")
    def _no_account(self) -> Self:
        if self.login is not None:
            raise ValueError("a go-e charger has no login: leave it out, or give token_file or token_env")
        return self


class GoECharger:
    """Reads one box and commands it; see `bridge.ports.Charger` for what each method promises.

    The box has one connector and neither a log nor a history that it tells here. In the LAN it asks for no
    credentials [doc]; a token of the config is sent as bearer, which the vendor's cloud address wants [doc].

    Commands are GET requests here [doc], which `Http` would send again on a fresh connection when the kept one turns
    out to be dead; so each is asked for `once`.
    """

    abilities: frozenset[Ability] = frozenset(
        {Ability.START_CHARGING, Ability.STOP_CHARGING, Ability.LIMIT_CURRENT, Ability.RESTART}
    )
    keeps_session_log = False
    tells_itself = False

    def __init__(self, http: Http, credentials: Credentials, clock: Clock) -> None:
        self._http = http
        self._token = credentials.token.get_secret_value() if credentials.token else None
        self._clock = clock

    async def identify(self) -> ChargerIdentity:
        """Ask who the box is."""
        return decode_identity(await self._read(IdentityWire))

    async def snapshot(self) -> Snapshot:
        """Ask how it is."""
        return decode_status(await self._read(StatusWire), self._clock.now())

    async def sessions(self, from_at: datetime, to_at: datetime) -> AsyncIterator[Sequence[ChargingSession]]:
        """Yield nothing: the log of this box lies in the vendor's cloud."""
        del from_at, to_at
        pages: tuple[Sequence[ChargingSession], ...] = ()
        for page in pages:
            yield page

    async def intervals(self, measures: Sequence[str], from_s: int, to_s: int) -> IntervalBatch:
        """Raise ChargerUnsupportedError: there is no history."""
        raise ChargerUnsupportedError(
            self._http.where, f"it keeps no history: nothing of {', '.join(measures)} in [{from_s}, {to_s})"
        )

    async def measures(self) -> Sequence[str]:
        """Return nothing: there is no history."""
        return ()

    async def execute(self, command: Command) -> Outcome:
        """Send a command once, then look whether it was done.

        A read goes first and raises what it raises: whatever fails after it failed after the sending, and is
        `unconfirmed`. So is a set that was taken and does not show within a few seconds, such as a start that the
        box's own timer or access control holds back; the detail has the box's reason.
        """
        if isinstance(command, Restart):
            return await self._restart()
        if not isinstance(command, StartCharging | StopCharging | LimitCurrent):
            raise ChargerUnsupportedError(self._http.where, f"it has no command to {command.ability}")
        if command.connector_id != CONNECTOR:
            return refused(f"The charger has no connector {command.connector_id}, only {CONNECTOR}.")
        try:
            setting = setting_for(command, await self._read(SettingsWire))
        except ImpossibleError as impossible:
            return refused(str(impossible))
        try:
            answer = await self._set(setting.query)
        except (ChargerUnreachableError, ChargerAnswerError) as error:
            return _no_answer(error)
        outcome = judge_reply(answer, setting.values)
        return outcome if outcome.status is CommandStatus.REFUSED else await self._confirm(setting)

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._http.aclose()

    async def _restart(self) -> Outcome:
        """Reboot the box, of firmware 53.0 or newer [doc: issue 53]; `true` is the value that works [issue 165]."""
        await self._read(SettingsWire)
        try:
            answer = await self._set({"rst": "true"})
        except (ChargerUnreachableError, ChargerAnswerError) as error:
            return _no_answer(error)
        return judge_reply(answer, ("rst",))

    async def _confirm(self, setting: Setting) -> Outcome:
        wrong: str | None = None
        for look in range(LOOKS):
            if look:
                await self._clock.sleep(BETWEEN_LOOKS_S)
            try:
                wrong = setting.disagreement(await self._read(SettingsWire))
            except ChargerError as error:
                return unconfirmed(f"The command was sent, and then the charger could not be read: {error.seen}.")
            if wrong is None:
                return done("The charger took the command and shows it.")
        return unconfirmed(f"The command was sent, and the charger does not show it: {wrong}.")

    async def _set(self, query: dict[str, str]) -> HttpAnswer:
        """Send a set; raises only what the connection raises."""
        return await self._http.request("GET", SET_PATH, query=query, bearer=self._token, once=True)

    async def _read(self, model: type[W]) -> W:
        answer = await self._http.request("GET", status_path(model), bearer=self._token)
        where, asked = self._http.where, f"GET {STATUS_PATH}"
        check_answer(answer, where, asked)
        try:
            return parse_answer(model, answer.body)
        except ShapeError as error:
            raise ChargerAnswerError(
                where,
                f"{asked} gave an answer that cannot be read, at {error}",
                todo="If it stays so, the firmware may be newer or older than this adapter: report this sentence.",
            ) from None


def build(_options: GoEOptions, http: Http, credentials: Credentials, clock: Clock) -> Charger:
    """Join an adapter to its charger's address, token and the time."""
    return GoECharger(http, credentials, clock)


def _no_answer(error: ChargerError) -> Outcome:
    return unconfirmed(f"The command was sent and no whole answer came: {error.seen}.")
