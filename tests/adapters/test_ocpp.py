from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.ocpp import DEFAULT_LIMIT_ID, RUNNING_LIMIT_ID, OcppChargerOptions, build
from bridge.central.operations.wording import wish_of
from bridge.errors import ChargerUnreachableError, ChargerUnsupportedError
from bridge.ocppj.schemas import Schemas
from bridge.types.charger import ChargerIdentity, Snapshot
from bridge.types.command import (
    Command,
    LimitCurrent,
    Restart,
    SetAvailability,
    StartCharging,
    StopCharging,
    UnlockConnector,
)
from bridge.types.ocpp.version import OcppVersion
from bridge.types.operation import ChargingTraits, OperationResult
from bridge.types.words import Ability, CommandStatus
from tests.central.operations.asked import terms

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPTIONS = OcppChargerOptions.model_validate({"id": "street", "type": "ocpp", "identity": "STREET-1"})


@dataclass
class Asked:
    """A `bridge.ports.OcppStation` that writes down what it is asked and says what it is told to."""

    where: str = "street (config.yaml:3)"
    abilities: frozenset[Ability] = frozenset(Ability)
    identity: ChargerIdentity | None = None
    charging_traits: ChargingTraits = field(
        default_factory=lambda: ChargingTraits(stack_level=3, rate_units=frozenset({"A", "W"}))
    )
    running: dict[int, str] = field(default_factory=dict)
    outcomes: dict[str, CommandStatus] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def snapshot(self) -> Snapshot:
        """Say that it is there."""
        return Snapshot(read_at=AT, connectors=())

    def transaction_id(self, connector_id: int) -> str | None:
        """Say what runs."""
        return self.running.get(connector_id)

    async def operate(self, operation: str, arguments: Mapping[str, Any]) -> OperationResult:
        """Write it down."""
        self.asked.append((operation, dict(arguments)))
        outcome = self.outcomes.get(operation, CommandStatus.DONE)
        return OperationResult(operation=operation, version=OcppVersion.V16, outcome=outcome, detail="as it said")


def done(station: Asked, command: Command) -> CommandStatus:
    """Execute a command and return what became of it."""
    return asyncio.run(build(OPTIONS, station).execute(command)).status


@pytest.mark.parametrize(
    ("command", "operation", "arguments"),
    [
        (Restart(), "Reset", {"type": "Hard"}),
        (StartCharging(connector_id=1), "RemoteStartTransaction", {"connectorId": 1, "idTag": "street"}),
        (StartCharging(connector_id=2, id_token="04AA"), "RemoteStartTransaction", {"connectorId": 2, "idTag": "04AA"}),
        (UnlockConnector(connector_id=1), "UnlockConnector", {"connectorId": 1}),
        (
            SetAvailability(connector_id=0, operative=False),
            "ChangeAvailability",
            {"connectorId": 0, "type": "Inoperative"},
        ),
    ],
)
def test_a_wish_becomes_the_operation_that_ocpp_has_for_it(
    command: Command, operation: str, arguments: dict[str, Any]
) -> None:
    """What became of the operation is what became of the wish."""
    station = Asked()
    assert done(station, command) is CommandStatus.DONE
    assert station.asked == [(operation, arguments)]
    for status in (CommandStatus.REFUSED, CommandStatus.UNCONFIRMED):
        assert done(Asked(outcomes={operation: status}), command) is status


def test_a_stop_names_the_transaction_and_none_is_sent_where_nothing_runs() -> None:
    """OCPP stops transactions, not connectors."""
    station = Asked(running={1: "77"})
    assert done(station, StopCharging(connector_id=2)) is CommandStatus.REFUSED
    assert station.asked == []
    assert done(station, StopCharging(connector_id=1)) is CommandStatus.DONE
    assert station.asked == [("RemoteStopTransaction", {"transactionId": "77"})]


def profiles(station: Asked) -> list[dict[str, Any]]:
    """Return the profiles that were set."""
    return [arguments["csChargingProfiles"] for operation, arguments in station.asked if "Set" in operation]


def test_a_limit_holds_for_what_runs_and_for_what_begins_later() -> None:
    """The default profile goes first; both lie on the highest level and count from a transaction's start."""
    station = Asked(running={1: "77"})
    assert done(station, LimitCurrent(connector_id=1, limit_a=10)) is CommandStatus.DONE
    default, running = profiles(station)
    assert default["chargingProfileId"] == DEFAULT_LIMIT_ID + 1
    assert default["chargingProfilePurpose"] == "TxDefaultProfile"
    assert running["chargingProfileId"] == RUNNING_LIMIT_ID + 1
    assert running["chargingProfilePurpose"] == "TxProfile"
    for profile in (default, running):
        assert (profile["stackLevel"], profile["chargingProfileKind"]) == (3, "Relative")
        schedule = profile["chargingSchedule"]
        assert schedule == {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}]}


@pytest.mark.parametrize(
    ("version", "running", "wanted"),
    [
        (OcppVersion.V16, "77", 77),
        (OcppVersion.V201, "5f2d8a4e", "5f2d8a4e"),
        (OcppVersion.V21, "77", "77"),
    ],
)
def test_a_limit_names_what_runs_in_the_words_of_each_version(
    version: OcppVersion, running: str, wanted: int | str
) -> None:
    """The profile of the running transaction has a number in 1.6 and text in 2.x, and fits the schema."""
    station = Asked(running={1: running})
    assert done(station, LimitCurrent(connector_id=1, limit_a=10)) is CommandStatus.DONE
    sent = [
        wish_of(operation, arguments, terms(version, station.running)).wordings[0]
        for operation, arguments in station.asked
    ]
    for wording in sent:
        Schemas(version).check_request(wording.action, wording.payload)
    profile = "csChargingProfiles" if version is OcppVersion.V16 else "chargingProfile"
    assert [wording.payload[profile].get("transactionId") for wording in sent] == [None, wanted]


def test_without_a_transaction_only_the_default_is_set_and_a_refusal_ends_it() -> None:
    """Accepted of the one says nothing of the other."""
    station = Asked()
    assert done(station, LimitCurrent(connector_id=1, limit_a=0)) is CommandStatus.DONE
    assert [one["chargingProfilePurpose"] for one in profiles(station)] == ["TxDefaultProfile"]
    refusing = Asked(running={1: "77"}, outcomes={"SetChargingProfile": CommandStatus.REFUSED})
    assert done(refusing, LimitCurrent(connector_id=1, limit_a=0)) is CommandStatus.REFUSED
    assert len(refusing.asked) == 1


def test_a_station_that_counts_in_watts_only_is_told_watts() -> None:
    """All phases of its wires together."""
    station = Asked(charging_traits=ChargingTraits(rate_units=frozenset({"W"})))
    done(station, LimitCurrent(connector_id=1, limit_a=10))
    (profile,) = profiles(station)
    schedule = profile["chargingSchedule"]
    assert schedule == {"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6900.0}]}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (CommandStatus.DONE, CommandStatus.DONE),
        (CommandStatus.REFUSED, CommandStatus.DONE),
        (CommandStatus.UNCONFIRMED, CommandStatus.UNCONFIRMED),
    ],
)
def test_lifting_a_limit_takes_both_profiles_away(said: CommandStatus, status: CommandStatus) -> None:
    """One that is not there any more is no failure; silence is not known."""
    station = Asked(outcomes={"ClearChargingProfile": said})
    assert done(station, LimitCurrent(connector_id=2, limit_a=None)) is status
    wished = [DEFAULT_LIMIT_ID + 2, RUNNING_LIMIT_ID + 2]
    assert station.asked == [("ClearChargingProfile", {"id": number}) for number in wished]


def test_there_is_nothing_to_fetch() -> None:
    """Sessions and rows are kept as they are told."""

    async def scene() -> None:
        station = Asked()
        charger = build(OPTIONS, station)
        assert (charger.tells_itself, charger.keeps_session_log) == (True, False)
        assert [page async for page in charger.sessions(AT, AT)] == []
        assert await charger.measures() == ()
        with pytest.raises(ChargerUnsupportedError, match="keeps no history"):
            await charger.intervals(("connector1",), 0, 300)
        with pytest.raises(ChargerUnreachableError, match="not told yet who it is"):
            await charger.identify()
        station.identity = ChargerIdentity(vendor_name="Acme")
        assert await charger.identify() == station.identity
        assert (await charger.snapshot()).read_at == AT
        await charger.aclose()

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"security_profile": 1}, "security_profile 1 needs a password_file or password_env"),
        ({"password_file": "x"}, "security_profile 0 sends no password"),
        ({"security_profile": 3, "password_env": "X"}, "security_profile 3 sends no password"),
        ({"security_profile": 1, "password_env": "X", "password_file": "x"}, "exclude each other"),
        ({"security_profile": 1, "password_env": "X", "identity": "A:B"}, "an identity with a colon"),
        ({"identity": "A/B"}, "String should match pattern"),
        ({"url": "http://127.0.0.1"}, "Extra inputs are not permitted"),
    ],
)
def test_options_that_contradict_each_other_are_told(given: dict[str, Any], told: str) -> None:
    """A charger that could never come in is found before it tries."""
    with pytest.raises(ValidationError, match=told):
        OcppChargerOptions.model_validate({"id": "street", "type": "ocpp", "identity": "STREET-1", **given})
