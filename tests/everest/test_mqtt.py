"""EVerest's interfaces over a real broker."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from bridge.backoff import LONGEST_S
from bridge.engine.board import Board
from bridge.errors import StoreError
from bridge.everest.mqtt import WAITING_COMMANDS, EverestMqtt
from bridge.everest.options import MqttOptions
from bridge.ports import ChargePointInterface
from bridge.types.ocpp.data_transfer import DataTransferRequest
from tests.clock import FakeClock
from tests.everest.fakes import FakeStation
from tests.everest.mosquitto import Broker, Module, find_mosquitto, module_at, running_broker

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="no mosquitto is installed")


class Scene:
    """A bridge with stations that offers them at a broker, and its clock and board."""

    def __init__(self, url: str, stations: Iterable[FakeStation], **options: str) -> None:
        self.clock = FakeClock()
        self.board = Board(started_at=self.clock.now(), site="home")
        password = options.pop("password", None)
        ports: dict[tuple[str, str], ChargePointInterface] = {(s.charger, s.csms): s for s in stations}
        self.mqtt = EverestMqtt(
            MqttOptions.model_validate({"url": url, **options}),
            ports,
            self.clock,
            self.board,
            password=SecretStr(password) if password else None,
            jitter=lambda: 1.0,
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def note(self) -> str:
        """Return what the board says of the broker, empty when nothing."""
        return self.board.notes.get(self.mqtt.where, "")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Scene]:
        """Run it until the exit; whatever it raises by itself fails the test."""
        task = asyncio.create_task(self.mqtt.run())
        try:
            yield self
        finally:
            ended = task.done()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert not ended, task


async def _ready(module: Module, **more: str) -> None:
    """Wait until a station has told its states, which it does after it began to listen."""
    await module.hear("var/is_connected", **more)


def test_every_command_is_answered_in_everests_form(tmp_path: Path) -> None:
    """Each command reaches the station, and its result comes to the caller's own topic."""

    async def scene() -> None:
        station = FakeStation()
        async with (
            running_broker(tmp_path) as broker,
            module_at(broker) as module,
            Scene(broker.url, [station]).running(),
        ):
            await _ready(module)
            transfer = {"vendor_id": "org.example", "message_id": "m", "data": "x"}
            results = [
                (await module.call(command, args))["retval"]
                for command, args in (
                    ("restart", {}),
                    ("stop", {}),
                    ("stop", {}),
                    ("restart", {}),
                    ("data_transfer", transfer),
                    ("get_configuration_key", {"keys": []}),
                    ("set_custom_configuration_key", {"key": "colour", "value": "red"}),
                    ("set_configuration_key", {"key": "NumberOfConnectors", "value": "2"}),
                    ("monitor_configuration_keys", {"keys": ["colour"]}),
                    ("security_event", {"type": "TamperDetectionActivated", "info": ""}),
                )
            ]
            origin = (await module.call("stop", {}))["origin"]

        assert results == [
            False, True, False, True,
            {"status": "Accepted", "data": "x"},
            {"configuration_keys": [{"key": "colour", "read_only": False, "value": "green"}], "unknown_keys": []},
            "Accepted", "Rejected", None, None,
        ]  # fmt: skip
        assert origin == "chargebridge_garage_employer"
        assert station.asked[4] == DataTransferRequest(vendor_id="org.example", message_id="m", data="x")

    asyncio.run(scene())


def test_every_variable_is_published_in_everests_form_and_not_retained(tmp_path: Path) -> None:
    """States are told at the beginning and on change, events when they happen; nothing stays at the broker."""

    async def scene() -> None:
        station = FakeStation()
        schedules = {"0": {"evse": 0, "charging_rate_unit": "A", "charging_schedule_period": []}}
        key = {"key": "colour", "read_only": False, "value": "red"}
        event = {"type": "InvalidMessages", "info": "x"}
        async with (
            running_broker(tmp_path) as broker,
            module_at(broker) as module,
            Scene(broker.url, [station]).running(),
        ):
            first = {name: await module.hear(f"var/{name}") for name in ("charging_schedules", "is_connected")}
            changes = {
                "is_connected": False,
                "charging_schedules": schedules,
                "configuration_key": key,
                "security_event": event,
            }
            for name, value in changes.items():
                station.change(name, value)
                told = await module.hear(f"var/{name}")
                assert told == {"data": {"data": value}, "msg_type": "Var"}
            async with module_at(broker) as late:
                station.change("is_connected", value=True)
                await late.hear("var/is_connected")

        assert first["is_connected"] == {"data": {"data": True}, "msg_type": "Var"}
        assert first["charging_schedules"] == {"data": {"data": {}}, "msg_type": "Var"}
        assert [rest for _, rest, _ in late.heard] == [{"data": {"data": True}, "msg_type": "Var"}]
        assert not any(retained for *_, retained in module.heard + late.heard)
        assert station.listeners == station.generic.listeners == []

    asyncio.run(scene())


def _place(name: str) -> dict[str, object]:
    return {"component": {"name": "Custom"}, "variable": {"name": name}}


def test_the_generic_interfaces_are_implementations_beside_that_of_1_6(tmp_path: Path) -> None:
    """Each command of `ocpp` and `ocpp_data_transfer` reaches the same station under EVerest's names for them."""

    async def scene() -> None:
        station = FakeStation()
        calls: tuple[tuple[str, str, object], ...] = (
            ("ocpp_generic", "stop", {}),
            ("ocpp_generic", "stop", {}),
            ("ocpp_generic", "restart", {}),
            ("ocpp_generic", "security_event", {"event": {"type": "TamperDetectionActivated"}}),
            ("ocpp_generic", "get_variables", {"requests": [{"component_variable": _place("colour")}]}),
            (
                "ocpp_generic",
                "set_variables",
                {"requests": [{"component_variable": _place("colour"), "value": "red"}], "source": "tester"},
            ),
            ("ocpp_generic", "change_availability", {"request": {"operational_status": "Inoperative"}}),
            ("ocpp_generic", "monitor_variables", {"component_variables": [_place("colour")]}),
            ("data_transfer", "data_transfer", {"request": {"vendor_id": "org.example", "data": "x"}}),
        )
        async with (
            running_broker(tmp_path) as broker,
            module_at(broker) as module,
            Scene(broker.url, [station]).running(),
        ):
            await _ready(module, impl="ocpp_generic")
            results = [(await module.call(command, args, impl=impl))["retval"] for impl, command, args in calls]
            error = (await module.call("data_transfer", {}, impl="ocpp_generic"))["error"]

        assert results == [
            True, False, True, None,
            [{"status": "Accepted", "value": "green", "component_variable": _place("colour")}],
            [{"status": "Accepted", "component_variable": _place("colour")}],
            {"status": "Accepted"}, None,
            {"status": "Accepted", "data": "x"},
        ]  # fmt: skip
        assert station.settings == {"colour": "red"}
        assert "there are stop, restart, security_event, get_variables" in error["__everest__error_msg"]

    asyncio.run(scene())


def test_each_interface_publishes_its_own_variables(tmp_path: Path) -> None:
    """A change is told under the implementation that has it, and schedules in the form of each."""

    async def scene() -> None:
        station = FakeStation()
        event = {"transaction_event": "Started", "session_id": "34"}
        changes: dict[str, object] = {
            "is_connected": False,
            "charging_schedules": {"schedules": [{"evse": 0}]},
            "ocpp_transaction_event": event,
            "ocpp_transaction_event_response": {"original_transaction_event": event, "total_cost": 1.5},
            "security_event": {"type": "InvalidMessages"},
            "event_data": {"event_id": 1},
            "boot_notification_response": {"status": "Accepted", "interval": 60},
        }
        async with (
            running_broker(tmp_path) as broker,
            module_at(broker) as module,
            Scene(broker.url, [station]).running(),
        ):
            first = {
                name: (await module.hear(f"var/{name}", impl="ocpp_generic"))["data"]["data"]
                for name in ("charging_schedules", "is_connected")
            }
            for name, value in changes.items():
                station.generic.change(name, value)
                told = await module.hear(f"var/{name}", impl="ocpp_generic")
                assert told == {"data": {"data": value}, "msg_type": "Var"}

        assert first == {"charging_schedules": {"schedules": []}, "is_connected": True}
        told_of_1_6 = [topic.rpartition("/")[2] for topic, *_ in module.heard if "/ocpp_1_6_charge_point/" in topic]
        assert sorted(told_of_1_6) == ["charging_schedules", "is_connected"]
        assert not any("/data_transfer/" in topic or retained for topic, _, retained in module.heard)

    asyncio.run(scene())


def test_stations_are_modules_of_their_own_under_a_prefix(tmp_path: Path) -> None:
    """Two central systems of a charger are two modules, and a command reaches the one that is meant."""

    async def scene() -> None:
        stations = [FakeStation(csms="employer"), FakeStation(csms="refund"), FakeStation("car_port", "employer")]
        names = ["chargebridge_garage_employer", "chargebridge_garage_refund", "chargebridge_car__port_employer"]
        async with (
            running_broker(tmp_path) as broker,
            module_at(broker, "site/ev") as module,
            Scene(broker.url, stations, prefix="site/ev").running(),
        ):
            await _ready(module, station=names[0])
            for name in names[1:]:
                assert (await module.call("stop", {}, station=name))["retval"] is True

        assert [station.stopped for station in stations] == [False, True, True]

    asyncio.run(scene())


def test_a_command_with_a_bad_argument_is_answered_with_everests_error(tmp_path: Path) -> None:
    """Arguments, the station's trouble and unknown names are errors of the kind that EVerest gives them."""

    async def scene() -> None:
        station = FakeStation()
        async with (
            running_broker(tmp_path) as broker,
            module_at(broker) as module,
            Scene(broker.url, [station]).running(),
        ):
            await _ready(module)
            errors = [
                (await module.call("data_transfer", {"vendor_id": 7}))["error"],
                (await module.call("stop", "now"))["error"],
                (await module.call("fly", {}))["error"],
            ]
            station.failure = StoreError("store.sqlite", "the disk is full")
            errors.append((await module.call("stop", {}))["error"])
            station.failure = RuntimeError("secret detail")
            errors.append((await module.call("stop", {}))["error"])

        kinds = [error["__everest__error_type"] for error in errors]
        said = [error["__everest__error_msg"] for error in errors]
        assert kinds == ["SchemaValidationError", "SchemaValidationError", *["HandlerException"] * 3]
        assert "vendor_id: should be text, not the number 7" in said[0]
        assert "data_transfer" in said[2]
        assert said[3] == "store.sqlite: the disk is full."
        assert "secret" not in said[4]

    asyncio.run(scene())


def test_a_slow_command_holds_up_only_its_own_kind(tmp_path: Path) -> None:
    """While a transfer waits others are answered; too many transfers are refused, and all end in order."""

    async def scene() -> None:
        station = FakeStation()
        station.hold = asyncio.Event()
        async with (
            running_broker(tmp_path) as broker,
            module_at(broker) as module,
            Scene(broker.url, [station]).running(),
        ):
            await _ready(module)
            for number in range(WAITING_COMMANDS + 2):
                args = {"vendor_id": "v", "data": str(number)}
                call = {"msg_type": "Cmd", "data": {"id": str(number), "args": args, "origin": "tester"}}
                await module.send(module.topic("cmd/data_transfer"), json.dumps(call))
            refused = await module.hear("cmd/data_transfer/response/tester")
            assert (await module.call("stop", {}))["retval"] is True
            station.hold.set()
            answers = [
                (await module.hear("cmd/data_transfer/response/tester"))["data"]["data"]
                for _ in range(WAITING_COMMANDS + 1)
            ]

        assert refused["data"]["data"]["id"] == str(WAITING_COMMANDS + 1)
        assert refused["data"]["data"]["error"]["__everest__error_type"] == "NotReady"
        assert [answer["retval"]["data"] for answer in answers] == [str(n) for n in range(WAITING_COMMANDS + 1)]

    asyncio.run(scene())


def test_a_broker_that_is_away_is_told_once_and_found_when_it_comes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The board has a sentence until the broker answers; the log has one line however often it is tried."""
    caplog.set_level(logging.INFO)

    async def scene() -> None:
        broker = Broker(tmp_path)
        made = Scene(broker.url, [FakeStation()])
        async with made.running():
            for _ in range(4):
                await made.clock.until_parked()
                assert "the broker is not reached" in made.note
                await made.clock.advance(LONGEST_S)
            await made.clock.until_parked()
            await broker.start()
            try:
                async with module_at(broker) as module:
                    await made.clock.advance(LONGEST_S)
                    await _ready(module)
                    assert not made.note
                    assert (await module.call("stop", {}))["retval"] is True
            finally:
                await broker.stop()

    asyncio.run(scene())

    told = [record.getMessage() for record in caplog.records if record.name.startswith("bridge")]
    assert len([line for line in told if "is not reached" in line]) == 1
    assert len([line for line in told if "is reached again" in line]) == 1


def test_after_an_interruption_states_are_told_anew_and_events_are_not_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What changed while the broker was away: of states the newest value, of events each; commands work again."""

    async def scene() -> None:
        station = FakeStation()
        broker = Broker(tmp_path)
        await broker.start()
        made = Scene(broker.url, [station])
        async with made.running():
            async with module_at(broker) as module:
                await _ready(module)
            await broker.stop()
            await made.clock.until_parked()
            assert "the connection broke" in made.note
            station.change("is_connected", value=False)
            station.change("security_event", {"type": "one"})
            station.change("security_event", {"type": "two"})
            station.change("is_connected", value=True)
            station.change("is_connected", value=False)
            await broker.start()
            async with module_at(broker) as module:
                await made.clock.advance(LONGEST_S)
                await module.hear("var/security_event")
                second = await module.hear("var/security_event")
                assert (await module.call("stop", {}))["retval"] is True
            await broker.stop()
            await made.clock.until_parked()

        heard = [one for one in module.heard if "/ocpp_1_6_charge_point/" in one[0]]
        told = [(topic.rpartition("/")[2], payload["data"]["data"]) for topic, payload, _ in heard[:4]]
        assert sorted(told, key=str) == sorted(
            [
                ("is_connected", False),
                ("charging_schedules", {}),
                ("security_event", {"type": "one"}),
                ("security_event", {"type": "two"}),
            ],
            key=str,
        )
        assert second["data"]["data"] == {"type": "two"}

    asyncio.run(scene())

    assert [r.getMessage() for r in caplog.records if r.name == "asyncio"] == []


def test_a_password_opens_the_broker_and_a_wrong_one_is_told_without_it(tmp_path: Path) -> None:
    """With the right password it serves; with a wrong one the sentence says what to check and shows no secret."""

    async def scene() -> None:
        login = {"username": "bridge", "password": "hunter2-correct"}
        async with running_broker(tmp_path, users={"bridge": "hunter2-correct"}) as broker:
            async with module_at(broker, **login) as module, Scene(broker.url, [FakeStation()], **login).running():
                await _ready(module)
                assert (await module.call("stop", {}))["retval"] is True
            wrong = Scene(broker.url, [FakeStation()], username="bridge", password="hunter2-wrong")
            async with wrong.running():
                await wrong.clock.until_parked()
                note = wrong.note

        assert "does not let this user in. Check username and password under mqtt." in note
        assert "hunter2" not in note

    asyncio.run(scene())


async def _withhold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer as a broker that lets a client in and refuses its subscriptions (mosquitto's own list cannot)."""
    await reader.read(4096)
    writer.write(bytes([0x20, 2, 0, 0]))
    asked = await reader.read(4096)
    header = 2 + sum(byte > 0x7F for byte in asked[1:3])
    writer.write(bytes([0x90, 3, *asked[header : header + 2], 0x80]))
    await reader.read()
    writer.close()


def test_a_broker_that_withholds_the_commands_is_told() -> None:
    """An access list without our topics is a sentence that says so, not silence."""

    async def scene() -> None:
        server = await asyncio.start_server(_withhold, "127.0.0.1", 0)
        made = Scene(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", [FakeStation()])
        async with server, made.running():
            await made.clock.until_parked()
            assert "access list" in made.note

    asyncio.run(scene())


def test_a_host_that_no_name_service_can_be_asked_for_is_told() -> None:
    """A slip in the address is a sentence, not a crash."""

    async def scene() -> None:
        made = Scene("mqtt://broker..local", [FakeStation()])
        async with made.running():
            await made.clock.until_parked()
            assert "no host can have this name" in made.note

    asyncio.run(scene())


def test_an_old_command_that_the_broker_kept_is_not_run(tmp_path: Path) -> None:
    """A retained stop would stop the station after every reconnect."""

    async def scene() -> None:
        station = FakeStation()
        async with running_broker(tmp_path) as broker, module_at(broker) as module:
            call = {"msg_type": "Cmd", "data": {"id": "1", "args": {}, "origin": "tester"}}
            await module.send(module.topic("cmd/stop"), json.dumps(call), retain=True)
            async with Scene(broker.url, [station]).running():
                await _ready(module)
                await module.call("restart", {})

        assert station.asked == ["restart"]

    asyncio.run(scene())


def _bad_payloads(rng: random.Random) -> list[bytes]:
    good = json.dumps({"msg_type": "Cmd", "data": {"id": "1", "args": {"keys": []}, "origin": "tester"}}).encode()
    made = [
        b"", b"{", b"null", b"[]", b"3", b'"text"', b"\xff\xfe", b"[" * 9000, b"{}", b'{"data":null}', b'{"data":[]}',
        b'{"data":{"id":1}}', b'{"data":{"id":1,"origin":5}}', b'{"data":{"id":1,"origin":""}}',
        b'{"data":{"id":1,"origin":"a/b"}}', b'{"data":{"id":1,"origin":"#"}}', b'{"data":{"id":1,"origin":"+"}}',
        b'{"data":{"id":1,"origin":"\\u0000"}}', b'{"data":{"id":1,"origin":"\\ud800"}}',
        b'{"data":{"id":NaN,"origin":"tester"}}', b'{"data":{"id":1e999,"origin":"tester"}}',
        b'{"data":{"id":[{}],"args":5,"origin":"tester"}}', b'{"data":{"id":"' + b"x" * 70_000 + b'"}}',
    ]  # fmt: skip
    for _ in range(120):
        cut = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            place = rng.randrange(len(cut))
            cut[place : place + rng.randrange(3)] = bytes(rng.randrange(256) for _ in range(rng.randrange(3)))
        made.append(bytes(cut))
    return made


def test_bad_messages_leave_it_alive_and_reach_no_station(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is published on the topics of commands, the next good command is answered; the log stays short."""

    async def scene() -> None:
        station = FakeStation()
        async with (
            running_broker(tmp_path) as broker,
            module_at(broker) as module,
            Scene(broker.url, [station]).running(),
        ):
            await _ready(module)
            for payload in _bad_payloads(random.Random(4)):
                await module.send(module.topic("cmd/set_configuration_key"), payload)
                await module.send(module.topic("cmd/set_variables", impl="ocpp_generic"), payload)
                await module.send(module.topic("cmd/data_transfer", impl="data_transfer"), payload)
                await module.send(module.topic("cmd/stop", impl="nothing_of_ours"), payload)
                await module.send(module.topic("cmd/fly"), payload)
            good = b'{"data":{"id":1,"origin":"tester"}}'
            longest = module.topic("cmd/").ljust(65_535, "x")
            await module.send(longest, good)
            assert (await module.call("stop", {}))["retval"] is True

        assert station.asked == ["stop"]

    asyncio.run(scene())

    told = [record for record in caplog.records if record.name.startswith("bridge")]
    assert [record.levelname for record in told] == ["WARNING"]
