"""A whole adapter to copy: a fictional "Acme" box with a small JSON API, a fixed token, no history and no commands.

To add a vendor:

1. Copy this file to `adapters/<vendor>.py` (or a folder, once it has a simulator) and put the vendor's API in.
2. Keep bodies as they were received under `tests/fixtures/<vendor>/<model>_<firmware>_<scene>/`, broken ones too.
3. Add one line to `adapters/registry.py`.

An adapter imports `bridge.ports`, `bridge.types` and `bridge.errors` and nothing else of the bridge; the build
checks that. It opens no connection, reads no clock and no file: all of that is handed to `build`.

The fictional API: `GET /info` → `{"name", "serial"}`; `GET /state` → `{"state", "power_kw", "session_kwh"}`;
`GET /log` → `[{"id", "start", "end", "register_start_kwh", "register_end_kwh"}]`, newest first, times in UTC seconds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bridge.errors import ChargerAnswerError, ChargerBusyError, ChargerLoginError, ChargerUnsupportedError
from bridge.ports import Charger, Clock, Http
from bridge.types.charger import ChargerIdentity, ConnectorReading, Outcome, Snapshot
from bridge.types.charger_options import HttpChargerOptions
from bridge.types.command import Command
from bridge.types.facts import from_epoch_s
from bridge.types.options import Credentials
from bridge.types.series import IntervalBatch
from bridge.types.session import ChargingSession
from bridge.types.words import Ability, ConnectorStatus, SessionFlag

T = TypeVar("T")

# --- wire models: the answer as it comes, in the vendor's units ----------------------------------------------
# Strict, so that "5" is not 5; tolerant of new keys, so that a firmware update breaks nothing; None where the
# box may leave something out. Never a default of 0: None means not reported, 0 means zero.

Kilowatts = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
KilowattHours = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
EpochSeconds = Annotated[int, Field(ge=0, le=253_402_300_799)]


class Wire(BaseModel):
    """Base of this vendor's wire models."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class InfoWire(Wire):
    """Answer of `GET /info`."""

    name: str | None = None
    serial: str | None = None


class StateWire(Wire):
    """Answer of `GET /state`."""

    state: str
    power_kw: Kilowatts | None = None
    session_kwh: KilowattHours | None = None


class LogRowWire(Wire):
    """One row of `GET /log`."""

    id: int
    start: EpochSeconds
    end: EpochSeconds | None
    register_start_kwh: KilowattHours | None = None
    register_end_kwh: KilowattHours | None = None


_INFO = TypeAdapter(InfoWire)
_STATE = TypeAdapter(StateWire)
_LOG = TypeAdapter(list[LogRowWire])

# --- decode: pure functions from wire models to facts --------------------------------------------------------
# Vendor units die here. Everything above this line is the vendor's, everything that leaves it is ours.

_STATUSES = {
    "idle": ConnectorStatus.AVAILABLE,
    "plugged": ConnectorStatus.PREPARING,
    "charging": ConnectorStatus.CHARGING,
    "error": ConnectorStatus.FAULTED,
}


def _wh(kwh: float | None) -> float | None:
    return None if kwh is None else round(kwh * 1000, 3)


def decode_state(wire: StateWire, read_at: datetime) -> Snapshot:
    """Return how the box is; an unknown word is kept raw with a note instead of being guessed."""
    status = _STATUSES.get(wire.state)
    reading = ConnectorReading(
        evse_id=1,
        connector_id=1,
        status=status,
        status_raw=wire.state,
        power_w=None if wire.power_kw is None else round(wire.power_kw * 1000, 6),
        session_energy_wh=_wh(wire.session_kwh),
    )
    notes = () if status else (f"connector 1 says «{wire.state[:40]}», a state that is not known here",)
    return Snapshot(read_at=read_at, connectors=(reading,), notes=notes)


def decode_log_row(wire: LogRowWire) -> ChargingSession:
    """Return a charging session; its energy is the difference of two registers and nothing else."""
    start_wh, stop_wh = _wh(wire.register_start_kwh), _wh(wire.register_end_kwh)
    energy_wh = None
    flags: tuple[SessionFlag, ...] = ()
    if start_wh is None or stop_wh is None:
        # a running session may still lack its end; an ended one that lacks a register is flagged and kept
        flags = () if wire.end is None and start_wh is not None else (SessionFlag.NO_REGISTER,)
    elif stop_wh < start_wh:
        flags = (SessionFlag.REGISTER_FELL,)
    else:
        energy_wh = round(stop_wh - start_wh, 3)
    return ChargingSession(
        session_id=str(wire.id),
        connector_id=1,
        started_at=from_epoch_s(wire.start),
        ended_at=None if wire.end is None else from_epoch_s(wire.end),
        meter_start_wh=start_wh,
        meter_stop_wh=stop_wh,
        energy_wh=energy_wh,
        flags=flags,
    )


# --- the adapter ---------------------------------------------------------------------------------------------


class BlueprintOptions(HttpChargerOptions):
    """What this vendor has in the config beyond every charger's keys: nothing."""

    type: Literal["blueprint"]


class BlueprintCharger:
    """The promises of `bridge.ports.Charger`, method by method."""

    # What can be done beyond reading. Whatever is not listed here must raise ChargerUnsupportedError below.
    abilities: frozenset[Ability] = frozenset()
    # False where the box keeps no log of its sessions: then `sessions` yields nothing, and the engine notes them.
    keeps_session_log = True
    # True only for what connects to the bridge and tells everything by itself, as OCPP stations do.
    tells_itself = False

    def __init__(self, http: Http, credentials: Credentials, clock: Clock) -> None:
        self._http = http
        self._token = credentials.token.get_secret_value() if credentials.token else None
        self._clock = clock

    async def identify(self) -> ChargerIdentity:
        """Ask who the box is. What it does not say is None; asked for rarely."""
        wire = await self._get("/info", _INFO)
        return ChargerIdentity(vendor_name="Acme", model=wire.name, serial_number=wire.serial)

    async def snapshot(self) -> Snapshot:
        """Ask how it is. Asked for every few seconds, so one request; `read_at` is the bridge's clock."""
        return decode_state(await self._get("/state", _STATE), self._clock.now())

    async def sessions(self, from_at: datetime, to_at: datetime) -> AsyncIterator[Sequence[ChargingSession]]:
        """Yield every session that started in [from_at, to_at), newest first, none lost and none silently skipped.

        A log in pages is yielded page by page: what has been yielded is kept even if a later page fails.
        """
        sessions = [decode_log_row(row) for row in await self._get("/log", _LOG)]
        inside = [session for session in sessions if from_at <= session.started_at < to_at]
        if inside:
            yield inside

    async def intervals(self, measures: Sequence[str], from_s: int, to_s: int) -> IntervalBatch:
        """Return 5-minute rows of [from_s, to_s): UTC, aligned, ascending, each start once, W, None for no value."""
        raise ChargerUnsupportedError(
            self._http.where, f"it keeps no history: nothing of {', '.join(measures)} in [{from_s}, {to_s})"
        )

    async def measures(self) -> Sequence[str]:
        """Return what `intervals` can be asked for; empty for a box without a history, and then it never is."""
        return ()

    async def execute(self, command: Command) -> Outcome:
        """Send a command once, never repeated; without an answer the outcome is unconfirmed."""
        raise ChargerUnsupportedError(self._http.where, f"it has no command to {command.ability}")

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._http.aclose()

    async def _get(self, path: str, shape: TypeAdapter[T]) -> T:
        # `Http` raises for silence, TLS and what is not HTTP; status and body are the adapter's to judge.
        answer = await self._http.request("GET", path, bearer=self._token)
        where, asked = self._http.where, f"GET {path}"
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise ChargerLoginError(where, f"{asked} was refused with HTTP {answer.status}")
        if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
            raise ChargerUnsupportedError(where, f"{asked} is not known there")
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ChargerBusyError(where, f"{asked} failed with HTTP {answer.status}")
        if answer.status != HTTPStatus.OK:
            raise ChargerAnswerError(where, f"{asked} was answered with HTTP {answer.status}")
        try:
            return shape.validate_json(answer.body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = ".".join(str(step) for step in first["loc"]) or "the top"
            raise ChargerAnswerError(
                where, f"{asked} gave an answer that cannot be read, at {place}: {first['msg']}"
            ) from None


def build(_options: BlueprintOptions, http: Http, credentials: Credentials, clock: Clock) -> Charger:
    """Join an adapter to its charger's address, account and the time; nothing is asked yet."""
    return BlueprintCharger(http, credentials, clock)
