"""A charger that speaks OCPP: what it tells is kept by the central-system side, wishes become OCPP operations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from bridge.errors import ChargerUnreachableError, ChargerUnsupportedError
from bridge.ports import Charger, OcppStation
from bridge.types.charger import ChargerIdentity, Outcome, Snapshot
from bridge.types.charger_options import ChargerOptions, SupplyOptions
from bridge.types.command import (
    Command,
    LimitCurrent,
    Restart,
    SetAvailability,
    StartCharging,
    StopCharging,
    UnlockConnector,
)
from bridge.types.series import IntervalBatch
from bridge.types.session import ChargingSession
from bridge.types.station_options import IDENTITY, PROFILE_CLIENT_CERTIFICATE, check_password
from bridge.types.words import Ability, CommandStatus

DEFAULT_LIMIT_ID: Final = 9000
"""plus the connector: the profile that limits every transaction there"""
RUNNING_LIMIT_ID: Final = 9500
"""plus the connector: the profile that limits the transaction that runs there"""


class OcppChargerOptions(ChargerOptions):
    """A charger that connects to the bridge by itself, under `central`."""

    type: Literal["ocpp"]
    identity: Annotated[str, Field(pattern=IDENTITY)]
    """its name in OCPP, the last part of the address that it connects to"""
    security_profile: Annotated[int, Field(ge=0, le=PROFILE_CLIENT_CERTIFICATE)] = 0
    """how it comes: 0 without a password, 1 password, 2 TLS and password, 3 TLS with its own certificate [spec]"""
    password_file: str | None = None
    """file that holds its password, for the profiles 1 and 2"""
    password_env: str | None = None
    """environment variable that holds it instead of a file"""

    @model_validator(mode="after")
    def _password_fits(self) -> Self:
        check_password(self.security_profile, self.identity, self.password_file, self.password_env)
        return self


class OcppCharger:
    """A connected station as `bridge.ports.Charger`: its facts come by themselves, so there is nothing to fetch."""

    keeps_session_log = False
    tells_itself = True

    def __init__(self, options: OcppChargerOptions, station: OcppStation) -> None:
        self._station = station
        self._supply = options.supply
        self._id_token = options.id_token or options.id[:20]

    @property
    def abilities(self) -> frozenset[Ability]:
        """What the station can be asked to do, as far as it has told."""
        return self._station.abilities

    async def identify(self) -> ChargerIdentity:
        """Return who it said it is when it booted. Raises ChargerUnreachableError where it never did."""
        identity = self._station.identity
        if identity is None:
            raise ChargerUnreachableError(self._station.where, "it has not told yet who it is")
        return identity

    async def snapshot(self) -> Snapshot:
        """Return what it told last; see `bridge.ports.OcppStation.snapshot`."""
        return self._station.snapshot()

    async def sessions(self, from_at: datetime, to_at: datetime) -> AsyncIterator[Sequence[ChargingSession]]:
        """Yield nothing: sessions are kept when they are told, before the station has its answer."""
        del from_at, to_at
        nothing: Sequence[Sequence[ChargingSession]] = ()
        for page in nothing:
            yield page

    async def intervals(self, measures: Sequence[str], from_s: int, to_s: int) -> IntervalBatch:
        """Raise ChargerUnsupportedError: rows are made from what is told."""
        seen = f"it keeps no history: nothing of {', '.join(measures)} in [{from_s}, {to_s})"
        raise ChargerUnsupportedError(self._station.where, seen)

    async def measures(self) -> Sequence[str]:
        """Return nothing: there is no history to be asked for."""
        return ()

    async def execute(self, command: Command) -> Outcome:
        """Have the station do it once. Raises ChargerError where nothing was sent."""
        if isinstance(command, LimitCurrent):
            return await self._limit(command)
        if isinstance(command, StopCharging) and self._station.transaction_id(command.connector_id) is None:
            detail = f"no transaction runs at connector {command.connector_id}"
            return Outcome(status=CommandStatus.REFUSED, detail=detail)
        return await self._operate(*self._worded(command))

    def _worded(self, command: Command) -> tuple[str, dict[str, Any]]:
        match command:
            case Restart():
                return "Reset", {"type": "Hard"}
            case StartCharging(connector_id=number, id_token=id_token):
                return "RemoteStartTransaction", {"connectorId": number, "idTag": id_token or self._id_token}
            case StopCharging(connector_id=number):
                return "RemoteStopTransaction", {"transactionId": self._station.transaction_id(number)}
            case UnlockConnector(connector_id=number):
                return "UnlockConnector", {"connectorId": number}
            case SetAvailability(connector_id=number, operative=is_operative):
                word = "Operative" if is_operative else "Inoperative"
                return "ChangeAvailability", {"connectorId": number, "type": word}
        raise ChargerUnsupportedError(self._station.where, f"it has no command to {command.ability}")

    async def _limit(self, command: LimitCurrent) -> Outcome:
        """Limit what runs and whatever begins later; each is needed, for one says nothing of the other.

        The default goes first: should the second fail, the next transaction is limited all the same.
        """
        number = command.connector_id
        if command.limit_a is None:
            outcome = await self._clear(DEFAULT_LIMIT_ID + number)
            running = await self._clear(RUNNING_LIMIT_ID + number)
            return outcome if outcome.status is not CommandStatus.DONE else running
        profile = _profile(
            DEFAULT_LIMIT_ID + number, self._station.charging_traits.stack_level, self._schedule(command.limit_a)
        )
        outcome = await self._install(number, {**profile, "chargingProfilePurpose": "TxDefaultProfile"})
        if outcome.status is not CommandStatus.DONE or self._station.transaction_id(number) is None:
            return outcome
        # Which transaction it is the operation says: a number in 1.6, text in 2.x.
        of_running = {"chargingProfileId": RUNNING_LIMIT_ID + number, "chargingProfilePurpose": "TxProfile"}
        return await self._install(number, {**profile, **of_running})

    def _schedule(self, limit_a: float) -> dict[str, Any]:
        if "A" in self._station.charging_traits.rate_units:
            return {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}]}
        return {
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a * _watts_per_ampere(self._supply)}],
        }

    async def _install(self, connector_id: int, profile: Mapping[str, Any]) -> Outcome:
        wish = {"connectorId": connector_id, "csChargingProfiles": dict(profile)}
        return await self._operate("SetChargingProfile", wish)

    async def _clear(self, profile_id: int) -> Outcome:
        """Remove a profile; one that is not there is no failure."""
        outcome = await self._operate("ClearChargingProfile", {"id": profile_id})
        is_refused = outcome.status is CommandStatus.REFUSED
        return Outcome(status=CommandStatus.DONE) if is_refused else outcome

    async def _operate(self, operation: str, arguments: Mapping[str, Any]) -> Outcome:
        result = await self._station.operate(operation, arguments)
        return Outcome(status=result.outcome, detail=result.detail)

    async def aclose(self) -> None:
        """Let go of nothing: the connection is the station's."""


def _profile(profile_id: int, stack_level: int, schedule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a profile that holds from the beginning of a transaction on, whatever the station's clock says."""
    return {
        "chargingProfileId": profile_id,
        "stackLevel": stack_level,
        "chargingProfileKind": "Relative",
        "chargingSchedule": dict(schedule),
    }


def _watts_per_ampere(supply: SupplyOptions) -> float:
    return supply.voltage_v * supply.phases


def build(options: OcppChargerOptions, station: OcppStation) -> Charger:
    """Join a charger to the station that it is; nothing is asked yet."""
    return OcppCharger(options, station)
