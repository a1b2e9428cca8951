from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.store.sqlite import open_store
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import Ability
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.dialect import Wording
from bridge.uplink.obeyed.limits import ChargingLimits
from bridge.uplink.smart_charging.layout import Layout, Supply
from bridge.uplink.smart_charging.profiles import Transaction
from bridge.uplink.station import Station
from bridge.uplink.v2.smart_charging import (
    clear_charging_profile,
    cleared_charging_limit,
    get_charging_profiles,
    get_composite_schedule,
    notify_charging_limit,
    set_charging_profile,
)
from tests.clock import FakeClock
from tests.engine.fakes import DirectDesk
from tests.types.ocpp.schemas import check
from tests.uplink.smart_charging.any_profiles import wishes

AT = datetime(2026, 6, 10, 12, tzinfo=UTC)
V201, V21 = OcppVersion.V201, OcppVersion.V21
V2 = (V201, V21)
MINE = "0b9c2d7e-4f3a-5c1d-8e2f-1a2b3c4d5e6f"
SUPPLY = Supply(230.0, 3, 32.0)
Handler = Callable[[Station, Conversing, object], Awaitable[Answer]]


@dataclass
class Line:
    """A session and a conversation: what is asked is checked and kept."""

    version: OcppVersion
    room: int = 100
    asked: list[Wording] = field(default_factory=list)
    looks: int = 0

    def ask(self, wording: Wording) -> None:
        """Take a message."""
        check(wording.payload, self.version, wording.action)
        self.asked.append(wording)

    def look(self) -> None:
        """Look."""
        self.looks += 1

    def restart(self) -> None:
        """Begin anew."""


@dataclass
class Scene:
    """A station with real profiles in a real store, as far as its answers need it."""

    station: Station
    line: Line
    limits: ChargingLimits

    async def ask(self, handler: Handler, payload: dict[str, Any]) -> dict[str, Any]:
        """Ask a question that the schema takes, and return the answer that it takes too; what follows is done."""
        action = "".join(word.capitalize() for word in handler.__name__.split("_"))
        check(payload, self.line.version, action)
        answer = await handler(self.station, cast("Conversing", self.line), payload)
        check(answer.payload, self.line.version, action, answer=True)
        if answer.then is not None:
            await answer.then()
        return dict(answer.payload)

    async def set(self, evse_id: int = 1, **profile: Any) -> dict[str, Any]:
        """Ask for a profile to be installed."""
        return await self.ask(set_charging_profile, {"evseId": evse_id, "chargingProfile": told(**profile)})


def told(
    number: int = 1, purpose: str = "TxDefaultProfile", unit: str = "A", schedule: Any = None, **more: Any
) -> dict[str, Any]:
    """Return a profile as it is sent."""
    periods = [{"startPeriod": 0, "limit": 10.0}]
    own = {"id": number, "chargingRateUnit": unit, "startSchedule": "2026-06-10T12:00:00Z"}
    return {
        "id": number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [own | {"chargingSchedulePeriod": periods} | (schedule or {})],
    } | more


@asynccontextmanager
async def scene_of(folder: Path, version: OcppVersion = V21, *, can: bool = True) -> AsyncIterator[Scene]:
    store, clock, line = open_store(folder), FakeClock(AT), Line(version)
    limits = ChargingLimits(
        "ocpp/garage/home",
        "garage",
        "ocpp home",
        Layout({1: SUPPLY, 2: SUPPLY}),
        desk=DirectDesk(store),
        commander=cast("Any", None),
        clock=clock,
        on_change=lambda: None,
    )
    await limits.restore([Transaction(1, "session-1", AT, MINE)])
    station = SimpleNamespace(
        name="garage → home",
        version=version,
        abilities=frozenset({Ability.LIMIT_CURRENT}) if can else frozenset(),
        connectors=(1, 2),
        limits=limits,
        session=line,
        house=SimpleNamespace(clock=clock),
    )
    try:
        yield Scene(cast("Station", station), line, limits)
    finally:
        store.close()


@pytest.mark.parametrize("version", V2)
@pytest.mark.parametrize(
    ("profile", "evse_id", "reason"),
    [
        ({}, 1, None),
        ({}, 0, None),
        ({"purpose": "ChargingStationMaxProfile"}, 0, None),
        ({"purpose": "TxProfile", "transactionId": MINE}, 1, None),
        ({}, 3, "UnknownEvse"),
        ({"purpose": "ChargingStationMaxProfile"}, 1, "InvalidProfile"),
        ({"purpose": "ChargingStationExternalConstraints"}, 0, "InvalidProfile"),
        ({"purpose": "TxProfile", "transactionId": MINE}, 0, "InvalidProfile"),
        ({"purpose": "TxProfile"}, 1, "MissingParam"),
        ({"purpose": "TxProfile", "transactionId": "another"}, 1, "TxNotFound"),
        ({"purpose": "TxProfile", "transactionId": MINE}, 2, "TxNotFound"),
        ({"purpose": "TxDefaultProfile", "transactionId": MINE}, 1, "InvalidProfile"),
        ({"stackLevel": 101}, 1, "InvalidStackLevel"),
        ({"chargingProfileKind": "Recurring"}, 1, "InvalidProfile"),
        ({"chargingSchedule": told()["chargingSchedule"] * 2}, 1, "InvalidProfile"),
        ({"schedule": {"chargingSchedulePeriod": [{"startPeriod": 5, "limit": 6.0}]}}, 1, "InvalidSchedule"),
        ({"schedule": {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}] * 2}}, 1, "InvalidSchedule"),
        (
            {"schedule": {"chargingSchedulePeriod": [{"startPeriod": n, "limit": 6.0} for n in range(101)]}},
            1,
            "TooManyElements",
        ),
        ({"schedule": {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": -6.0}]}}, 1, "ValuePositiveOnly"),
    ],
)
def test_a_profile_is_taken_or_refused_with_the_rule_that_it_breaks(
    tmp_path: Path, version: OcppVersion, profile: dict[str, Any], evse_id: int, reason: str | None
) -> None:
    """Accepted means that it is installed; Rejected that nothing has changed."""

    async def play() -> None:
        async with scene_of(tmp_path, version) as scene:
            answer = await scene.set(evse_id, **profile)
            assert answer["status"] == ("Accepted" if reason is None else "Rejected")
            assert answer.get("statusInfo", {}).get("reasonCode") == reason
            assert len(scene.limits.installed) == (1 if reason is None else 0)

    asyncio.run(play())


@pytest.mark.parametrize(
    "profile",
    [
        {"purpose": "PriorityCharging"},
        {"purpose": "LocalGeneration"},
        {"chargingProfileKind": "Dynamic"},
        {"schedule": {"limitAtSoC": {"soc": 80, "limit": 6.0}}},
        {"schedule": {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6, "numberPhases": 1, "phaseToUse": 2}]}},
    ],
)
def test_what_of_2_1_cannot_be_evaluated_honestly_is_refused(tmp_path: Path, profile: dict[str, Any]) -> None:
    """With the reason UnsupportedParam."""

    async def play() -> None:
        async with scene_of(tmp_path) as scene:
            answer = await scene.set(**profile)
            assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "UnsupportedParam")

    asyncio.run(play())


def test_two_profiles_of_one_rank_are_duplicates(tmp_path: Path) -> None:
    """One with the same id takes the place of the old one."""

    async def play() -> None:
        async with scene_of(tmp_path) as scene:
            assert (await scene.set())["status"] == "Accepted"
            again = await scene.set(number=2)
            assert (again["status"], again["statusInfo"]["reasonCode"]) == ("Rejected", "DuplicateProfile")
            assert (await scene.set())["status"] == "Accepted"

    asyncio.run(play())


def test_a_wish_to_discharge_is_taken_and_it_is_said_that_it_will_be_a_pause(tmp_path: Path) -> None:
    """Accepted, with the reason why nothing flows back; 0 A hold, and the composite tells the wish as it was."""
    wish = {"startPeriod": 0, "operationMode": "CentralSetpoint", "setpoint": -16.0, "limit": 16.0}

    async def play() -> None:
        async with scene_of(tmp_path) as scene:
            answer = await scene.set(
                purpose="TxProfile", transactionId=MINE, schedule={"chargingSchedulePeriod": [wish]}
            )
            assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Accepted", "UnsupportedParam")
            assert "cannot discharge" in answer["statusInfo"]["additionalInfo"]
            assert scene.limits.limit(1).limit_a == 0.0
            schedule = (await scene.ask(get_composite_schedule, {"evseId": 1, "duration": 60}))["schedule"]
            assert schedule["chargingSchedulePeriod"] == [wish | {"numberPhases": 3}]
            whole = (await scene.ask(get_composite_schedule, {"evseId": 0, "duration": 60}))["schedule"]
            assert [period["limit"] for period in whole["chargingSchedulePeriod"]] == [32.0]
        async with scene_of(tmp_path, V201) as scene:
            schedule = (await scene.ask(get_composite_schedule, {"evseId": 1, "duration": 60}))["schedule"]
            assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 0.0, "numberPhases": 3}]
            asked = {"requestId": 1, "evseId": 1, "chargingProfile": {}}
            answer = await scene.ask(get_charging_profiles, asked)
            assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("NoProfiles", "UnsupportedParam")

    asyncio.run(play())


@pytest.mark.parametrize("version", V2)
@pytest.mark.parametrize(
    ("criterion", "evse_id", "ids"),
    [
        ({}, None, [1, 2, 3, 4]),
        ({}, 0, [1, 2]),
        ({}, 1, [3]),
        ({"chargingProfilePurpose": "TxDefaultProfile"}, None, [2, 3, 4]),
        ({"stackLevel": 3}, None, [3]),
        ({"chargingProfileId": [4, 1, 99]}, None, [1, 4]),
        ({"chargingLimitSource": ["CSO"]}, 2, [4]),
        ({"chargingLimitSource": ["EMS", "SO", "Other"]}, None, []),
        ({"stackLevel": 9}, None, []),
        ({}, 3, []),
    ],
)
def test_profiles_are_reported_by_what_is_asked(
    tmp_path: Path, version: OcppVersion, criterion: dict[str, Any], evse_id: int | None, ids: list[int]
) -> None:
    """By place in parts, the last of which says that it is the last; NoProfiles where none fits."""

    async def play() -> None:
        async with scene_of(tmp_path, version) as scene:
            await scene.set(0, number=1, purpose="ChargingStationMaxProfile")
            for number, place in ((2, 0), (3, 1), (4, 2)):
                await scene.set(place, number=number, stackLevel=number)
            asked: dict[str, Any] = {"requestId": 17, "chargingProfile": criterion}
            answer = await scene.ask(get_charging_profiles, asked if evse_id is None else asked | {"evseId": evse_id})
            assert answer["status"] == ("Accepted" if ids else "NoProfiles")
            parts = [wording.payload for wording in scene.line.asked]
            assert [one["id"] for part in parts for one in part["chargingProfile"]] == ids
            assert [part["tbc"] for part in parts] == [True] * (len(parts) - 1) + [False] * bool(parts)
            assert {part["requestId"] for part in parts} <= {17}
            assert {part["chargingLimitSource"] for part in parts} <= {"CSO"}
            assert len({part["evseId"] for part in parts}) == len(parts)
            assert scene.line.looks == bool(ids)

    asyncio.run(play())


def test_a_large_report_comes_in_parts_and_none_where_there_is_no_room(tmp_path: Path) -> None:
    """No part is much larger than a message should be; a report is never begun that cannot be finished."""
    periods = [{"startPeriod": 60 * n, "limit": 6.0 + n} for n in range(100)]

    async def play() -> None:
        async with scene_of(tmp_path) as scene:
            for number in range(1, 21):
                await scene.set(number=number, stackLevel=number, schedule={"chargingSchedulePeriod": periods})
            await scene.ask(get_charging_profiles, {"requestId": 1, "chargingProfile": {}})
            parts = [wording.payload for wording in scene.line.asked]
            assert 2 < len(parts) <= 20
            assert all(part["tbc"] for part in parts[:-1])
            assert not parts[-1]["tbc"]
            assert [one["id"] for part in parts for one in part["chargingProfile"]] == list(range(1, 21))
            scene.line.room = len(parts) - 1
            with pytest.raises(RefusedQuestionError) as refused:
                await scene.ask(get_charging_profiles, {"requestId": 2, "chargingProfile": {}})
            assert refused.value.code is ErrorCode.INTERNAL_ERROR
            assert len(scene.line.asked) == len(parts)

    asyncio.run(play())


@pytest.mark.parametrize("version", V2)
@pytest.mark.parametrize(
    ("clearing", "left"),
    [
        ({"chargingProfileId": 1}, [2]),
        ({"chargingProfileId": 9}, [1, 2]),
        ({"chargingProfileCriteria": {"evseId": 1}}, [2]),
        ({"chargingProfileCriteria": {"evseId": 0, "stackLevel": 1}}, [1]),
        ({"chargingProfileCriteria": {"chargingProfilePurpose": "TxProfile"}}, [1, 2]),
        ({"chargingProfileCriteria": {"chargingProfilePurpose": "TxDefaultProfile"}}, []),
        ({}, []),
    ],
)
def test_profiles_are_cleared_by_what_is_asked(
    tmp_path: Path, version: OcppVersion, clearing: dict[str, Any], left: list[int]
) -> None:
    """Unknown where none fits."""

    async def play() -> None:
        async with scene_of(tmp_path, version) as scene:
            await scene.set(1, number=1)
            await scene.set(0, number=2, stackLevel=1)
            answer = await scene.ask(clear_charging_profile, clearing)
            assert answer == {"status": "Unknown" if left == [1, 2] else "Accepted"}
            assert [one.profile.id for one in scene.limits.installed] == left

    asyncio.run(play())


@pytest.mark.parametrize("version", V2)
def test_a_composite_is_worked_out_for_an_evse_and_for_the_station(tmp_path: Path, version: OcppVersion) -> None:
    """In the unit that is wanted; of an EVSE that is not there it is refused."""

    async def play() -> None:
        async with scene_of(tmp_path, version) as scene:
            await scene.set()
            in_w = await scene.ask(get_composite_schedule, {"evseId": 1, "duration": 600, "chargingRateUnit": "W"})
            assert in_w["schedule"] == {
                "evseId": 1,
                "duration": 600,
                "scheduleStart": "2026-06-10T12:00:00Z",
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6900.0, "numberPhases": 3}],
            }
            whole = await scene.ask(get_composite_schedule, {"evseId": 0, "duration": 2**31 - 1})
            assert whole["schedule"]["chargingSchedulePeriod"][0]["limit"] == 42.0
            unknown = await scene.ask(get_composite_schedule, {"evseId": 3, "duration": 600})
            assert (unknown["status"], unknown["statusInfo"]["reasonCode"]) == ("Rejected", "UnknownEvse")

    asyncio.run(play())


@pytest.mark.parametrize(
    "handler", [set_charging_profile, get_charging_profiles, clear_charging_profile, get_composite_schedule]
)
def test_a_station_whose_charger_cannot_be_limited_supports_none_of_it(tmp_path: Path, handler: Handler) -> None:
    """Whatever is asked."""

    async def play() -> None:
        async with scene_of(tmp_path, can=False) as scene:
            with pytest.raises(RefusedQuestionError) as refused:
                await handler(scene.station, cast("Conversing", scene.line), {})
            assert refused.value.code is ErrorCode.NOT_SUPPORTED

    asyncio.run(play())


def test_what_is_no_question_is_an_error_of_its_payload(tmp_path: Path) -> None:
    """It is not Rejected: nothing was asked."""

    async def play() -> None:
        async with scene_of(tmp_path) as scene:
            for payload in ({}, {"evseId": 1}, {"evseId": "1", "chargingProfile": told()}):
                with pytest.raises(PayloadError):
                    await set_charging_profile(scene.station, cast("Conversing", scene.line), payload)

    asyncio.run(play())


@pytest.mark.parametrize("version", V2)
def test_limits_of_others_are_told(tmp_path: Path, version: OcppVersion) -> None:
    """With the amperes that are left, and when that is over."""

    async def play() -> None:
        async with scene_of(tmp_path, version) as scene:
            begun = notify_charging_limit(scene.station, 2, 8.5)
            check(begun.payload, version, begun.action)
            (schedule,) = begun.payload["chargingSchedule"]
            assert (begun.payload["evseId"], begun.payload["chargingLimit"]) == (2, {"chargingLimitSource": "Other"})
            assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 8.5}]
            over = cleared_charging_limit(scene.station, 2)
            check(over.payload, version, over.action)
            assert over == ("ClearedChargingLimit", {"evseId": 2, "chargingLimitSource": "Other"})

    asyncio.run(play())


@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_wish_is_kept_and_reported_as_it_was_sent(data: st.DataObject) -> None:
    """Every field of 2.1's periods, over a restart, number for number."""
    unit = data.draw(st.sampled_from("AW"))
    starts = sorted(data.draw(st.sets(st.integers(1, 86_400), max_size=3)))
    periods = [data.draw(wishes(unit, start)) for start in (0, *starts)]
    for period in periods:
        if data.draw(st.booleans()):
            period |= {"preconditioningRequest": data.draw(st.booleans()), "setpointReactive": 1.5}
        if period.get("operationMode") == "LocalFrequency":
            period["v2xSignalWattCurve"] = [{"signal": -1, "power": -1000.5}, {"signal": 1, "power": 1e3}]
    schedule = {"chargingSchedulePeriod": periods, "powerTolerance": 100.5, "useLocalTime": data.draw(st.booleans())}
    more: dict[str, Any] = {"maxOfflineDuration": 60, "invalidAfterOfflineDuration": data.draw(st.booleans())}
    profile = told(unit=unit, schedule=schedule, **more)

    async def play(folder: Path) -> None:
        async with scene_of(folder) as scene:
            assert (await scene.ask(set_charging_profile, {"evseId": 1, "chargingProfile": profile}))[
                "status"
            ] == "Accepted"
        async with scene_of(folder) as scene:
            await scene.ask(get_charging_profiles, {"requestId": 1, "chargingProfile": {}})
            (wording,) = scene.line.asked
            assert wording.payload["chargingProfile"] == [profile]

    with TemporaryDirectory() as name:
        asyncio.run(play(Path(name)))
