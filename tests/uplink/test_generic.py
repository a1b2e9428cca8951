"""EVerest's generic interface of a real station, in the versions that it speaks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.errors import StoreError
from bridge.everest.charge_point import CHARGE_POINT
from bridge.everest.generic import OCPP
from bridge.everest.interface import run_command
from bridge.ocppj.json_text import write_json
from bridge.types.charger import Outcome
from bridge.types.command import SetAvailability
from bridge.types.ocpp.base import from_everest, to_everest
from bridge.types.ocpp.change_availability import ChangeAvailabilityRequest
from bridge.types.ocpp.charging_schedule import ChargingSchedules
from bridge.types.ocpp.component_variable import ComponentVariable
from bridge.types.ocpp.data_transfer import DataTransferRequest
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.variable_access import GetVariableRequest, SetVariableRequest
from bridge.types.words import Ability, CommandStatus
from bridge.uplink import charge_point, generic
from tests.everest.hostile import arguments_of
from tests.uplink.peer.csms import Csms
from tests.uplink.station_scene import AT, FULL, ME, Scene, scene_at

NOWHERE = "ws://127.0.0.1:9"
VERSIONS = ("1.6", "2.0.1", "2.1")
COLOUR = {"custom_keys": {"colour": "green"}}
OWN = "ChargebridgeCtrlr"
Json = dict[str, Any]


def play(folder: Path, act: Callable[[Scene], Awaitable[None]], **options: Any) -> None:
    """Play one scene of a station that has begun, without a central system."""

    async def run() -> None:
        async with scene_at(folder, NOWHERE, **options) as scene:
            await scene.is_seen()
            await scene.station.begin()
            await act(scene)

    asyncio.run(run())


def place(component: str, variable: str) -> Json:
    """Return a variable as EVerest names it."""
    return {"component": {"name": component}, "variable": {"name": variable}}


async def get(scene: Scene, component: str, variable: str, **more: str) -> Json:
    """Read one variable."""
    request = from_everest(GetVariableRequest, {"component_variable": place(component, variable), **more})
    (result,) = await scene.charge_point.generic.get_variables([request])
    return to_everest(result)


async def put(scene: Scene, component: str, variable: str, value: str, **more: str) -> str:
    """Set one variable and return what became of it."""
    given = {"component_variable": place(component, variable), "value": value, **more}
    (result,) = await scene.charge_point.generic.set_variables([from_everest(SetVariableRequest, given)], "tests")
    assert to_everest(result)["component_variable"] == place(component, variable)
    return result.status.value


async def change(scene: Scene, **wish: Any) -> Json:
    """Wish for another availability."""
    request = from_everest(ChangeAvailabilityRequest, wish)
    return to_everest(await scene.charge_point.generic.change_availability(request))


async def monitor(scene: Scene, component: str, variable: str) -> None:
    """Have the changes of one variable published."""
    await scene.charge_point.generic.monitor_variables([from_everest(ComponentVariable, place(component, variable))])


# --- variables of the device model -----------------------------------------------------------------------------------


def test_where_1_6_is_spoken_a_variable_is_a_setting_by_its_name(tmp_path: Path) -> None:
    """The component has no meaning; case does not count; an unknown name is an unknown variable."""

    async def act(scene: Scene) -> None:
        interval = await get(scene, "whatever", "clockaligneddatainterval")
        assert interval == {
            "status": "Accepted",
            "value": scene.station.configuration.value_of("ClockAlignedDataInterval"),
            "component_variable": place("whatever", "clockaligneddatainterval"),
        }
        assert (await get(scene, "", "Tariff"))["status"] == "UnknownVariable"
        assert (await get(scene, "", "colour", attribute_type="Target"))["status"] == "NotSupportedAttributeType"
        assert "value" not in await get(scene, "", "AuthorizationKey")

    play(tmp_path, act, **COLOUR)


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_where_2_x_is_spoken_a_variable_has_its_component(tmp_path: Path, version: str) -> None:
    """The same setting is there by its place, and each name that is not known is told as what it is."""

    async def act(scene: Scene) -> None:
        interval = await get(scene, "alignedDATActrlr", "Interval")
        assert interval["value"] == scene.station.configuration.value_of("ClockAlignedDataInterval")
        assert (await get(scene, OWN, "Colour"))["value"] == "green"
        assert (await get(scene, "AlignedDataCtrlr", "Tariff"))["status"] == "UnknownVariable"
        assert (await get(scene, "TariffCtrlr", "Interval"))["status"] == "UnknownComponent"
        assert "value" not in await get(scene, "SecurityCtrlr", "BasicAuthPassword")

    play(tmp_path, act, version=version, **COLOUR)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_house_sets_custom_settings_and_no_others(tmp_path: Path, version: str) -> None:
    """What is set survives a restart; standard settings are the central system's, in every version."""
    standard = ("x", "HeartbeatInterval") if version == "1.6" else ("OCPPCommCtrlr", "HeartbeatInterval")

    async def act(scene: Scene) -> None:
        before = (await get(scene, *standard))["value"]
        assert await put(scene, OWN, "COLOUR", "red") == "Accepted"
        assert await put(scene, OWN, "colour", "x" * 501) == "Rejected"
        assert await put(scene, OWN, "colour", "blue", attribute_type="MinSet") == "NotSupportedAttributeType"
        assert await put(scene, *standard, "7") == "Rejected"
        assert await put(scene, OWN, "size", "7") == "UnknownVariable"
        assert (await get(scene, OWN, "colour"))["value"] == "red"
        assert (await get(scene, *standard))["value"] == before

    async def again(scene: Scene) -> None:
        assert (await get(scene, OWN, "colour"))["value"] == "red"

    play(tmp_path, act, version=version, **COLOUR)
    play(tmp_path, again, version=version, **COLOUR)


def test_what_cannot_be_kept_is_not_set(tmp_path: Path) -> None:
    """A full disk is an error, and the old value holds."""

    async def act(scene: Scene) -> None:
        scene.desk.failures.append(FULL)
        with pytest.raises(StoreError):
            await put(scene, OWN, "colour", "red")
        assert (await get(scene, OWN, "colour"))["value"] == "green"

    play(tmp_path, act, version="2.0.1", **COLOUR)


@pytest.mark.parametrize(
    ("version", "component", "variable"),
    [("1.6", "anything", "colour"), ("2.0.1", OWN, "Colour"), ("2.1", OWN, "colour")],
)
def test_a_monitored_setting_is_told_when_it_changes(
    tmp_path: Path, version: str, component: str, variable: str
) -> None:
    """Before the monitor nothing is told; after it, the event names the setting as the version does."""

    async def act(scene: Scene) -> None:
        told: list[Json] = []
        scene.charge_point.generic.subscribe(lambda name, value: told.append({"name": name, "value": value}))
        watching = asyncio.create_task(scene.station.watch.run())
        try:
            await put(scene, OWN, "colour", "red")
            scene.station.watch.wake()
            await scene.clock.settle()
            assert told == []
            await monitor(scene, component, variable)
            await put(scene, OWN, "colour", "blue")
            scene.station.watch.wake()
            await scene.until(lambda: told)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        (event,) = told
        assert event["name"] == "event_data"
        assert event["value"]["component_variable"] == place(OWN, "colour")
        assert (event["value"]["actual_value"], event["value"]["trigger"]) == ("blue", "Delta")
        assert scene.charge_point.generic.variables()["event_data"] == event["value"]
        assert scene.published == []

    play(tmp_path, act, version=version, **COLOUR)


def test_an_event_names_a_standard_setting_by_its_key_where_1_6_is_spoken(tmp_path: Path) -> None:
    """The place in the device model says nothing to a reader who knows keys; what is no key keeps its place."""

    async def act(scene: Scene) -> None:
        told: list[object] = []
        scene.charge_point.generic.subscribe(lambda _, value: told.append(value))
        for component, variable in (
            ("OCPPCommCtrlr", "HeartbeatInterval"),
            ("AlignedDataCtrlr", "Interval"),
            ("Connector", "AvailabilityState"),
            ("OCPPCommCtrlr", "OfflineThreshold"),
        ):
            scene.station.published("event_data", {"component_variable": place(component, variable)})
        assert told == [
            {"component_variable": place("OCPPCommCtrlr", "HeartbeatInterval")},
            {"component_variable": place("AlignedDataCtrlr", "ClockAlignedDataInterval")},
            {"component_variable": place("Connector", "AvailabilityState")},
            {"component_variable": place("OCPPCommCtrlr", "OfflineThreshold")},
        ]

    play(tmp_path, act)


# --- availability ----------------------------------------------------------------------------------------------------

MAY = (Ability.SET_AVAILABILITY,)


def test_the_house_takes_a_charger_out_of_service_whatever_the_central_system_may(tmp_path: Path) -> None:
    """Accepted where the charger did it: the whole of it, an EVSE, or the one connector of that."""

    async def act(scene: Scene) -> None:
        scene.chargers.may = frozenset(MAY)
        assert scene.station.abilities == frozenset()  # the central system only gets reports
        assert await change(scene, operational_status="Inoperative") == {"status": "Accepted"}
        assert await change(scene, operational_status="Operative", evse={"id": 1}) == {"status": "Accepted"}
        both = {"id": 1, "connector_id": 1}
        assert await change(scene, operational_status="Inoperative", evse=both) == {"status": "Accepted"}
        assert scene.chargers.commands == [
            SetAvailability(connector_id=0, operative=False),
            SetAvailability(connector_id=1, operative=True),
            SetAvailability(connector_id=1, operative=False),
        ]

    play(tmp_path, act)


def test_what_the_charger_does_not_do_is_rejected_with_the_reason(tmp_path: Path) -> None:
    """Parts that are not there and chargers that cannot do it are not even asked."""

    async def act(scene: Scene) -> None:
        reasons = [
            (await change(scene, operational_status="Operative", evse={"id": 2}))["status_info"]["reason_code"],
            (await change(scene, operational_status="Operative", evse={"id": 1, "connector_id": 2}))["status_info"][
                "reason_code"
            ],
        ]
        scene.chargers.may = frozenset()
        reasons.append((await change(scene, operational_status="Operative"))["status_info"]["reason_code"])
        assert reasons == ["UnknownEvse", "UnknownConnectorId", "UnsupportedRequest"]
        assert scene.chargers.commands == []
        scene.chargers.may = frozenset(MAY)
        for status, detail in ((CommandStatus.REFUSED, "it is locked"), (CommandStatus.UNCONFIRMED, "x" * 2000)):
            scene.chargers.outcome = Outcome(status=status, detail=detail)
            assert await change(scene, operational_status="Operative") == {
                "status": "Rejected",
                "status_info": {"reason_code": "Unspecified", "additional_info": detail[:512]},
            }

    play(tmp_path, act, may=MAY)


# --- the rest --------------------------------------------------------------------------------------------------------


def test_both_interfaces_hear_the_same_each_in_its_form(tmp_path: Path) -> None:
    """A variable that only one of them has is told to that one; schedules are a list here, and by connector there."""

    async def act(scene: Scene) -> None:
        heard: list[tuple[str, object]] = []
        end = scene.charge_point.generic.subscribe(lambda name, value: heard.append((name, value)))
        event = {"transaction_event": "Started", "session_id": "34", "evse": {"id": 1}}
        scene.station.published("ocpp_transaction_event", event)
        scene.station.published("ocpp_transaction_event_response", {"original_transaction_event": event})
        scene.station.published("boot_notification_response", {"status": "Accepted", "interval": 60})
        scene.station.published("configuration_key", {"key": "colour", "read_only": False})
        scene.station.published("charging_schedules", None)
        await scene.charge_point.generic.security_event(SecurityEvent(type="MemoryExhaustion"))

        assert [name for name, _ in heard] == [
            "ocpp_transaction_event", "ocpp_transaction_event_response", "boot_notification_response",
            "charging_schedules", "security_event",
        ]  # fmt: skip
        assert [name for name, _ in scene.published] == ["configuration_key", "charging_schedules", "security_event"]
        told, by_connector = dict(heard)["charging_schedules"], dict(scene.published)["charging_schedules"]
        assert from_everest(ChargingSchedules, told).schedules[1].evse == 1
        assert isinstance(told, dict)
        assert by_connector == {"0": told["schedules"][0], "1": told["schedules"][1]}
        now = scene.charge_point.generic.variables()
        assert (now["ocpp_transaction_event"], now["charging_schedules"], now["is_connected"]) == (event, told, False)
        assert "configuration_key" not in now
        assert "event_data" not in scene.charge_point.variables()
        end()
        end()
        scene.station.published("boot_notification_response", {})
        assert len(heard) == 5

    play(tmp_path, act)


def test_a_station_publishes_what_its_interfaces_promise() -> None:
    """Each variable of EVerest's description can come, and none that it does not have."""
    assert set(generic.VARIABLES) == set(OCPP.variables)
    assert set(charge_point.VARIABLES) == set(CHARGE_POINT.variables)


def test_before_the_charger_was_heard_there_are_no_schedules(tmp_path: Path) -> None:
    """The list is empty, and nothing else has a value."""

    async def run() -> None:
        async with scene_at(tmp_path, NOWHERE) as scene:
            assert scene.charge_point.generic.variables() == {
                "is_connected": False,
                "charging_schedules": {"schedules": []},
            }

    asyncio.run(run())


def test_a_station_is_stopped_restarted_and_spoken_through_by_either_interface(tmp_path: Path) -> None:
    """They are one station: what one stopped the other restarts; a transfer without a connection is Offline."""
    request = DataTransferRequest(vendor_id="org.example", message_id="hello", data="1")

    async def act() -> None:
        async with Csms(now=lambda: AT) as csms, scene_at(tmp_path, csms.url) as scene:
            await scene.is_seen()
            everest, point = scene.charge_point.generic, scene.charge_point
            async with scene.running():
                await scene.until(lambda: scene.uplink.is_connected)
                csms.script.say("DataTransfer", {"status": "Accepted", "data": "2"})
                assert to_everest(await everest.data_transfer(request)) == {"status": "Accepted", "data": "2"}
                csms.script.say("DataTransfer", {"status": "Perhaps"})
                assert to_everest(await everest.data_transfer(request)) == {"status": "Rejected"}
                assert (await everest.stop(), await point.stop(), await everest.stop()) == (True, False, False)
                await scene.until(lambda: not csms.is_connected(ME))
                assert everest.variables()["is_connected"] is False
                assert to_everest(await everest.data_transfer(request)) == {"status": "Offline"}
                assert (await point.restart(), await everest.restart()) == (True, False)
                await scene.until(lambda: scene.uplink.is_connected)

    asyncio.run(act())


COMMANDS = st.sampled_from(sorted(OCPP.commands))
CALLS = COMMANDS.flatmap(lambda name: st.tuples(st.just(name), arguments_of(OCPP.commands[name])))


@pytest.mark.parametrize("version", VERSIONS)
def test_no_command_with_whatever_arguments_is_more_than_wrong(tmp_path: Path, version: str) -> None:
    """Each gives a result that is JSON, or says what is wrong with the arguments; the station goes on."""

    async def act(scene: Scene) -> None:
        loop = asyncio.get_running_loop()

        async def call(name: str, arguments: object) -> None:
            with suppress(PayloadError):
                write_json(await run_command(OCPP, scene.charge_point, name, arguments))

        @settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(CALLS)
        def probe(given_: tuple[str, object]) -> None:
            asyncio.run_coroutine_threadsafe(call(*given_), loop).result(20)

        await asyncio.to_thread(probe)
        assert await put(scene, OWN, "colour", "red") == "Accepted"

    play(tmp_path, act, version=version, may=MAY, **COLOUR)
