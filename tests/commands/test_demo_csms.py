from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake
from websockets.typing import Subprotocol

from bridge.commands.demo_csms import DemoCsms
from bridge.ocppj.schemas import Schemas
from bridge.types.ocpp.version import OcppVersion
from tests.clock import FakeClock

LIMIT_S = 10.0
CHARGERS = {"GARAGE-1": "garage", "GARAGE-2": "garage", "CARPORT-1": "carport"}
BEGAN, ENDED = "2026-01-31T12:00:00Z", "2026-01-31T13:30:00Z"
V201, V16 = OcppVersion.V201, OcppVersion.V16
ID = "5f2d8a4e-0000-4000-8000-000000000000"


class Visitor:
    """A station by hand; what it asks is answered as the version's schemas have it."""

    def __init__(self, connection: ClientConnection, version: OcppVersion) -> None:
        self.connection = connection
        self._schemas = Schemas(version)
        self._asked = 0

    async def ask(self, action: str, payload: dict[str, Any]) -> Any:
        """Return the answer, or the code of the refusal."""
        self._asked += 1
        await self.connection.send(json.dumps([2, str(self._asked), action, payload]))
        kind, _, answer, *_ = await self.receive()
        if kind == 3:
            self._schemas.check_answer(action, answer)
        return answer

    async def receive(self) -> Any:
        """Return the next frame."""
        return json.loads(await asyncio.wait_for(self.connection.recv(), LIMIT_S))


class Scene:
    """A central system and what it shows."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.shown: list[str] = []
        self.csms = DemoCsms(clock, "CARPORT-1", CHARGERS, self.shown.append)

    @asynccontextmanager
    async def visit(self, identity: str, version: OcppVersion) -> AsyncIterator[Visitor]:
        """Connect as a station."""
        spoken = [Subprotocol(version.subprotocol)]
        async with connect(f"{self.csms.url}/{identity}", subprotocols=spoken) as connection:
            yield Visitor(connection, version)

    @property
    def sessions(self) -> list[str]:
        """What it shows of sessions."""
        return [line for line in self.shown if line.startswith("session")]


def played(work: Callable[[Scene], Awaitable[None]]) -> Scene:
    """Let something happen to a central system and return what there is to see."""
    scene = Scene(FakeClock())

    async def play() -> None:
        async with scene.csms:
            await work(scene)

    asyncio.run(play())
    return scene


def register(value: float, context: str, at: str, unit: str = "Wh") -> dict[str, Any]:
    """Return a meter value of 2.0.1."""
    sampled = {"value": value, "context": context, "unitOfMeasure": {"unit": unit}}
    return {"timestamp": at, "sampledValue": [sampled]}


def event(kind: str, seq_no: int, at: str, *values: dict[str, Any]) -> dict[str, Any]:
    """Return a TransactionEvent."""
    told = {
        "eventType": kind,
        "timestamp": at,
        "triggerReason": "ChargingStateChanged",
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": ID},
    }
    return told | ({"meterValue": list(values)} if values else {})


async def tell_in_v16(scene: Scene, stop_wh: int = 4300, ended: str = ENDED) -> None:
    """Tell a session as a station of 1.6, its start twice."""
    start = {"connectorId": 1, "idTag": "HOME", "meterStart": 1000, "timestamp": BEGAN}
    async with scene.visit("GARAGE-2", V16) as station:
        first = await station.ask("StartTransaction", start)
        assert await station.ask("StartTransaction", start) == first
        number = first["transactionId"]
        assert (
            await station.ask("StopTransaction", {"transactionId": number, "meterStop": stop_wh, "timestamp": ended})
            == {}
        )


async def tell_in_v201(scene: Scene, *, middle: int = 1) -> None:
    """Tell the same session as a station of 2.0.1, whose register has fractions."""
    start = event("Started", 0, BEGAN, register(1.0005, "Transaction.Begin", BEGAN, "kWh"))
    start["idToken"] = {"idToken": "04AABBCC", "type": "ISO14443"}
    end = event(
        "Ended", 2, ENDED, register(1000.5, "Transaction.Begin", BEGAN), register(4300.9, "Transaction.End", ENDED)
    )
    async with scene.visit("GARAGE-1", V201) as station:
        assert await station.ask("TransactionEvent", start) == {"idTokenInfo": {"status": "Accepted"}}
        assert await station.ask("TransactionEvent", event("Updated", middle, BEGAN)) == {}
        assert await station.ask("TransactionEvent", end) == {}


def test_a_session_told_in_both_versions_is_seen_to_be_the_same() -> None:
    """Times and whole Wh are shown in one form, and the second telling is held against the first."""

    async def work(scene: Scene) -> None:
        await tell_in_v16(scene)
        await tell_in_v201(scene)

    assert played(work).sessions == [
        f"session of garage in 1.6 began {BEGAN} at 1000 Wh",
        f"session of garage in 1.6 {BEGAN} to {ENDED}, 1000 to 4300 Wh: 3300 Wh",
        f"session of garage in 2.0.1 began {BEGAN} at 1000 Wh",
        f"session of garage in 2.0.1 {BEGAN} to {ENDED}, 1000 to 4300 Wh: 3300 Wh",
        "session of garage the same in 1.6 and 2.0.1",
    ]


@pytest.mark.parametrize(("stop_wh", "ended"), [(4301, ENDED), (4300, "2026-01-31T13:30:01Z")])
def test_a_session_told_differently_is_seen(stop_wh: int, ended: str) -> None:
    """One Wh or one second is a difference."""

    async def work(scene: Scene) -> None:
        await tell_in_v201(scene)
        await tell_in_v16(scene, stop_wh, ended)

    assert "NOT the same in 2.0.1 and 1.6" in played(work).sessions[-1]


def test_events_that_are_missing_or_too_late_are_shown() -> None:
    """A hole in the numbers, an update after the end and an end without a beginning are told to the person."""

    async def work(scene: Scene) -> None:
        await tell_in_v201(scene, middle=0)
        async with scene.visit("GARAGE-1", V201) as station:
            await station.ask("TransactionEvent", event("Updated", 3, ENDED))
        async with scene.visit("CARPORT-1", V201) as station:
            await station.ask("TransactionEvent", event("Ended", 1, ENDED))

    sessions = played(work).sessions
    assert "session of garage in 2.0.1 lacks what lies between the events 0 and 2" in sessions
    assert "session of garage in 2.0.1 goes on after its end" in sessions
    assert "session of carport in 2.0.1 goes on, and its beginning was told to somebody else" in sessions


STATE = {"timestamp": BEGAN, "connectorStatus": "Charging", "evseId": 1, "connectorId": 1}
START = {"connectorId": 1, "idTag": "HOME", "meterStart": 1.5, "timestamp": BEGAN}


@pytest.mark.parametrize(
    ("version", "action", "payload", "code"),
    [
        (V201, "StatusNotification", STATE, "PropertyConstraintViolation"),
        (V201, "StartTransaction", START, "NotImplemented"),
        (V201, "SignCertificate", {"csr": "none"}, "NotSupported"),
        (V16, "StartTransaction", START, "TypeConstraintViolation"),
        (V16, "TransactionEvent", {}, "NotImplemented"),
        (V16, "FirmwareStatusNotification", {"status": "Idle"}, "NotSupported"),
    ],
)
def test_what_a_version_does_not_allow_is_refused(
    version: OcppVersion, action: str, payload: dict[str, Any], code: str
) -> None:
    """Every message is held against the schemas of the version that the station speaks."""

    async def work(scene: Scene) -> None:
        async with scene.visit("GARAGE-1", version) as station:
            assert await station.ask(action, payload) == code

    played(work)


@pytest.mark.parametrize("version", [V16, V201])
def test_all_that_a_station_tells_is_answered(version: OcppVersion) -> None:
    """The answers are what the schemas have, and heartbeats are not shown."""
    boots: dict[OcppVersion, dict[str, Any]] = {
        V16: {"chargePointVendor": "V", "chargePointModel": "M"},
        V201: {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}},
    }
    authorize: dict[OcppVersion, dict[str, Any]] = {
        V16: {"idTag": "HOME"},
        V201: {"idToken": {"idToken": "HOME", "type": "Central"}},
    }
    states: dict[OcppVersion, dict[str, Any]] = {
        V16: {"connectorId": 1, "errorCode": "NoError", "status": "Charging"},
        V201: {"timestamp": BEGAN, "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1},
    }

    async def work(scene: Scene) -> None:
        async with scene.visit("GARAGE-1", version) as station:
            assert (await station.ask("BootNotification", boots[version]))["status"] == "Accepted"
            assert (await station.ask("Heartbeat", {}))["currentTime"] == "2025-03-03T12:00:00Z"
            assert "Accepted" in str(await station.ask("Authorize", authorize[version]))
            assert await station.ask("StatusNotification", states[version]) == {}

    shown = played(work).shown
    assert shown[0] == f"GARAGE-1 speaks OCPP {version}"
    assert [line.split()[1] for line in shown[1:]] == ["BootNotification", "Authorize", "StatusNotification"]


def test_the_station_that_obeys_is_given_orders() -> None:
    """After its boot it is asked what it is, started, and limited to 16 A and 8 A in turn; the answers are shown."""
    orders: list[tuple[str, Any]] = []

    async def work(scene: Scene) -> None:
        boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
        async with scene.visit("CARPORT-1", V201) as station:
            await station.ask("BootNotification", boot)
            for wait_s in (5, 5, 5, 60):
                await scene.clock.until_parked()
                await scene.clock.advance(wait_s)
                _, message_id, action, payload = await station.receive()
                Schemas(V201).check_request(action, payload)
                orders.append((action, payload))
                await station.connection.send(json.dumps([3, message_id, {"status": "Accepted"}]))
                await station.ask("Heartbeat", {})  # the answer before it has been read then

    shown = played(work).shown
    assert [action for action, _ in orders] == [
        "GetBaseReport",
        "RequestStartTransaction",
        "SetChargingProfile",
        "SetChargingProfile",
    ]
    limits = [order["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"] for _, order in orders[2:]]
    assert limits == [[{"startPeriod": 0, "limit": 16.0}], [{"startPeriod": 0, "limit": 8.0}]]
    assert "CARPORT-1 answers RequestStartTransaction: Accepted" in shown


def test_a_station_of_another_version_is_not_let_in() -> None:
    """Nothing can be said without a version that both sides speak."""

    async def work(scene: Scene) -> None:
        with pytest.raises(InvalidHandshake):
            async with scene.visit("GARAGE-1", OcppVersion.V21):
                pass

    assert played(work).shown == []
