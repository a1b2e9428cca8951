from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.types.journal import EntryKind
from bridge.types.ocpp.component_variable import AttributeEnum
from bridge.types.ocpp.provisioning.set_network_profile import (
    NetworkConnectionProfile,
    OCPPInterface,
    OCPPTransport,
    OCPPVersion,
)
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.device_model.controllers import BYTES_AT_MOST, ITEMS_AT_MOST
from bridge.uplink.line.address import Address
from bridge.uplink.network.ways import InForce
from bridge.uplink.v2.variables import get_variables, set_variables
from tests.uplink.device_model.models import CUSTOM, model_of
from tests.uplink.station_scene import CHARGER, FULL
from tests.uplink.v2.talking import Asking

V201, V21 = OcppVersion.V201, OcppVersion.V21
SECRET = "correct horse battery"
HEARTBEAT = ("OCPPCommCtrlr", "HeartbeatInterval")
PASSWORD = ("SecurityCtrlr", "BasicAuthPassword")


@pytest.fixture(params=[V201, V21])
def version(request: pytest.FixtureRequest) -> OcppVersion:
    found: OcppVersion = request.param
    return found


def data(component: str, variable: str, value: str | None = None, **more: Any) -> dict[str, Any]:
    """Return one item of a question; `evse`, `instance` and `attribute` are what they say."""
    said: dict[str, Any] = {"component": {"name": component}, "variable": {"name": variable}}
    if "evse" in more:
        said["component"]["evse"] = more["evse"]
    if "instance" in more:
        said["variable"]["instance"] = more["instance"]
    if "attribute" in more:
        said["attributeType"] = more["attribute"]
    return said if value is None else said | {"attributeValue": value}


async def got(asking: Asking, *items: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await asking.ask("GetVariables", get_variables, {"getVariableData": list(items)})
    results: list[dict[str, Any]] = answer["getVariableResult"]
    return results


async def put(asking: Asking, *items: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await asking.ask("SetVariables", set_variables, {"setVariableData": list(items)})
    results: list[dict[str, Any]] = answer["setVariableResult"]
    return results


def ranked(asking: Asking) -> list[int]:
    return list(asking.station.configuration.settings.network_priority)


def run(folder: Path, version: OcppVersion, work: Callable[[Asking], Awaitable[None]], **options: Any) -> None:
    async def go() -> None:
        asking = Asking(folder, version, custom_keys=CUSTOM, **options)
        try:
            await asking.begin()
            await work(asking)
        finally:
            asking.end()

    asyncio.run(go())


def test_each_value_is_told_by_itself(tmp_path: Path, version: OcppVersion) -> None:
    """In the order of the question and in its spelling; each that is not told says why."""

    async def work(asking: Asking) -> None:
        items = [
            data("ocppcommctrlr", "HEARTBEATINTERVAL"),
            data("Tea", "Pot"),
            data("ClockCtrlr", "Pot"),
            data(*PASSWORD),
            data(*HEARTBEAT, attribute="Target"),
            data("EVSE", "Power", evse={"id": 1}),
            data(*HEARTBEAT, attribute="Actual"),
            data("SecurityCtrlr", "OrganizationName"),
        ]
        results = await got(asking, *items)
        assert [
            (one["attributeStatus"], one.get("attributeValue"), one.get("attributeStatusInfo", {}).get("reasonCode"))
            for one in results
        ] == [
            ("Accepted", "3600", None),
            ("UnknownComponent", None, None),
            ("UnknownVariable", None, None),
            ("Rejected", None, "WriteOnly"),
            ("NotSupportedAttributeType", None, None),
            ("Rejected", None, "NotFound"),
            ("Accepted", "3600", None),
            ("Accepted", "", None),
        ]
        for item, result in zip(items, results, strict=True):
            assert {name: result[name] for name in item} == item

    run(tmp_path, version, work)


def test_each_value_is_set_by_itself(tmp_path: Path, version: OcppVersion) -> None:
    """Each against what was set before it; what is refused says why and changes nothing."""

    async def work(asking: Asking) -> None:
        items = [
            data(*HEARTBEAT, "60"),
            data(*HEARTBEAT, "0"),
            data(*HEARTBEAT, "often"),
            data(*HEARTBEAT, "061", attribute="Actual"),
            data(*HEARTBEAT, "62", attribute="MaxSet"),
            data("Tea", "Pot", "1"),
            data("ClockCtrlr", "Pot", "1"),
            data("SecurityCtrlr", "SecurityProfile", "3"),
            data("OCPPCommCtrlr", "WebSocketPingInterval", "20"),
            data("OCPPCommCtrlr", "OfflineThreshold", "7"),
            data("OCPPCommCtrlr", "MessageTimeout", "40", instance="Default"),
            data("ChargebridgeCtrlr", "ParkingZone", "B"),
            data("SmartChargingCtrlr", "LimitChangeSignificance", "2.50"),
            data(*PASSWORD, "short"),
        ]
        results = await put(asking, *items)
        assert [(one["attributeStatus"], one.get("attributeStatusInfo", {}).get("reasonCode")) for one in results] == [
            ("Accepted", None),
            ("Rejected", "ValueOutOfRange"),
            ("Rejected", "InvalidValue"),
            ("Accepted", None),
            ("NotSupportedAttributeType", None),
            ("UnknownComponent", None),
            ("UnknownVariable", None),
            ("Rejected", "ReadOnly"),
            ("RebootRequired", None),
            ("Accepted", None),
            ("Accepted", None),
            ("Accepted", None),
            ("Accepted", None),
            ("Rejected", "InvalidValue"),
        ]
        for item, result in zip(items, results, strict=True):
            assert {name: result[name] for name in item if name != "attributeValue"}.items() <= result.items()
        settings_now, session = asking.station.configuration.settings, asking.station.session
        assert session.heartbeat_interval_s == settings_now.heartbeat_interval_s == 61
        assert session.offline_threshold_s == settings_now.offline_threshold_s == 7
        assert session.call_limit_s == settings_now.message_timeout_s == 40
        assert settings_now.limit_change_significance_percent == 2.5
        assert settings_now.ping_interval_s == 30
        asking.station.reboot()
        assert asking.station.configuration.settings.ping_interval_s == 20
        assert asking.station.has_work.is_set()
        assert asking.restarts == 0

    run(tmp_path, version, work)


def test_a_restart_keeps_what_was_set(tmp_path: Path) -> None:
    """And 1.6, which has no name for it, goes on without seeing it."""

    async def first(asking: Asking) -> None:
        (result,) = await put(asking, data("OCPPCommCtrlr", "OfflineThreshold", "7"))
        assert result["attributeStatus"] == "Accepted"

    async def second(asking: Asking) -> None:
        (result,) = await got(asking, data("OCPPCommCtrlr", "OfflineThreshold"))
        assert result["attributeValue"] == "7"
        asked = asking.station.configuration.get(["OCPPCommCtrlr.OfflineThreshold"])
        assert asked.unknown_keys == ("OCPPCommCtrlr.OfflineThreshold",)

    run(tmp_path, V201, first)
    run(tmp_path, V21, second)


def test_a_new_password_is_taken_to_a_new_connection(tmp_path: Path, version: OcppVersion) -> None:
    """Once per question, after the answer; the journal says so and holds no secret."""

    async def work(asking: Asking) -> None:
        results = await put(asking, data(*PASSWORD, SECRET), data(*PASSWORD, f"{SECRET}!"), data(*HEARTBEAT, "60"))
        assert [one["attributeStatus"] for one in results] == ["Accepted"] * 3
        assert asking.restarts == 1
        (entry,) = asking.scene.store.journal(0, 100, [EntryKind.SECURITY])
        assert entry.charger == CHARGER
        assert entry.body["type"] == "ReconfigurationOfSecurityParameters"
        assert SECRET not in json.dumps(entry.body)
        key = asking.station.configuration.authorization_key
        assert key is not None
        assert key.get_secret_value() == f"{SECRET}!"

    run(tmp_path, version, work)


def test_a_network_profile_is_ranked_only_where_there_is_one(tmp_path: Path, version: OcppVersion) -> None:
    """The station's own connection always is; what was set can be, and is tried after a reboot."""
    priority = ("OCPPCommCtrlr", "NetworkConfigurationPriority")
    profile = NetworkConnectionProfile(
        ocpp_version=OCPPVersion.OCPP20,
        ocpp_transport=OCPPTransport.JSON,
        ocpp_csms_url="ws://other/ocpp",
        message_timeout=30,
        security_profile=0,
        ocpp_interface=OCPPInterface.WIRED0,
    )

    async def work(asking: Asking) -> None:
        (result,) = await put(asking, data(*priority, "1,0"))
        assert (result["attributeStatus"], result["attributeStatusInfo"]["reasonCode"]) == (
            "Rejected",
            "InvalidNetworkConf",
        )
        await asking.station.route.profiles.keep(1, profile)
        results = await put(asking, data(*priority, "1, 0"), data(*priority, "1,1"), data(*priority, ""))
        assert [one["attributeStatus"] for one in results] == ["RebootRequired", "Rejected", "Rejected"]
        assert ranked(asking) == [0]
        asking.station.reboot()
        assert ranked(asking) == [1, 0]

    run(tmp_path, version, work)


def test_a_password_holds_instead_of_that_of_the_network_profile(tmp_path: Path) -> None:
    """A profile's own is dropped when another one is set [spec: 2.1, B09]."""
    profile = NetworkConnectionProfile(
        ocpp_transport=OCPPTransport.JSON,
        ocpp_csms_url="ws://other/ocpp",
        message_timeout=30,
        security_profile=1,
        ocpp_interface=OCPPInterface.WIRED0,
        identity="B",
        basic_auth_password="a password of its own",
    )

    async def work(asking: Asking) -> None:
        route = asking.station.route
        await route.profiles.keep(1, profile)
        own = Address(where="home", url="ws://home", identity="A", subprotocols=())
        in_force = InForce(security_profile=1, password=None, ping_interval_s=None, versions=(V21,))
        route.next(own, in_force, [1], 1)
        assert route.slot == 1
        await put(asking, data(*PASSWORD, SECRET))
        kept = route.profiles.profile(1)
        assert kept is not None
        assert (kept.identity, kept.basic_auth_password) == (None, None)

    run(tmp_path, V21, work)


def test_what_cannot_be_kept_is_rejected(tmp_path: Path, version: OcppVersion) -> None:
    """What came before it holds, and is answered so."""

    async def work(asking: Asking) -> None:
        asking.scene.desk.passed, asking.scene.desk.failures = 1, [FULL]
        results = await put(asking, data(*HEARTBEAT, "60"), data("SecurityCtrlr", "OrganizationName", "Me"))
        assert [one["attributeStatus"] for one in results] == ["Accepted", "Rejected"]
        assert results[1]["attributeStatusInfo"]["reasonCode"] == "InternalError"
        assert [one.get("attributeValue") for one in await got(asking, data(*HEARTBEAT))] == ["60"]
        (organization,) = await got(asking, data("SecurityCtrlr", "OrganizationName"))
        assert organization["attributeValue"] == ""

    run(tmp_path, version, work)


@pytest.mark.parametrize("is_set", [False, True])
@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([data(*HEARTBEAT, "60")] * (ITEMS_AT_MOST + 1), ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION),
        (
            [data("SecurityCtrlr", "OrganizationName", "x" * 1000) | {"customData": {"vendorId": "x" * 255}}]
            * (BYTES_AT_MOST // 1000),
            ErrorCode.FORMAT_VIOLATION,
        ),
        ([data("EVSE", "Power", "1", evse={"id": -1})], ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    ],
)
def test_what_is_too_much_is_refused_as_a_whole(
    items: list[dict[str, Any]], code: ErrorCode, *, is_set: bool, tmp_path: Path
) -> None:
    """With the code that OCPP has for it, and nothing is done."""

    async def work(asking: Asking) -> None:
        name, handler = ("setVariableData", set_variables) if is_set else ("getVariableData", get_variables)
        padding = {"customData": {"vendorId": "x" * 255, "padding": "x" * BYTES_AT_MOST}}
        asked: dict[str, Any] = {name: items}
        if not is_set:
            bare = [{key: one[key] for key in one if key not in ("attributeValue", "customData")} for one in items]
            asked = {name: bare} | (padding if code is ErrorCode.FORMAT_VIOLATION else {})
        with pytest.raises(RefusedQuestionError) as refusal:
            await handler(asking.station, asking, asked)
        assert refusal.value.code is code
        assert asking.station.configuration.overrides == {}

    run(tmp_path, V201, work)


def test_the_most_that_is_allowed_is_answered(tmp_path: Path, version: OcppVersion) -> None:
    """As many items as ItemsPerMessage says."""

    async def work(asking: Asking) -> None:
        assert len(await got(asking, *[data(*HEARTBEAT)] * ITEMS_AT_MOST)) == ITEMS_AT_MOST
        assert len(await put(asking, *[data(*HEARTBEAT, "60")] * ITEMS_AT_MOST)) == ITEMS_AT_MOST

    run(tmp_path, version, work)


# --- laws ------------------------------------------------------------------------------------------------------------

PLACES = sorted((variable.place for variable in model_of().variables()), key=str)
EVSES = st.none() | st.fixed_dictionaries({"id": st.integers(0, 3)}, optional={"connectorId": st.integers(0, 2)})
WORDS = st.sampled_from(["", "Tea", "Power", "EVSE", "Default"]) | st.text(max_size=50)
VALUES = (
    st.sampled_from(
        ["", "true", "FALSE", "0", "1", "30", "300", "1,0", "Voltage", "2.5", "-1", "sixteen or more letters"]
    )
    | st.integers(-10, 10**10).map(str)
    | st.text(max_size=40)
)


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one item of SetVariables: mostly of variables that are there."""
    attribute = draw(st.none() | st.sampled_from([word.value for word in AttributeEnum]))
    if draw(st.integers(0, 4)):
        place = draw(st.sampled_from(PLACES))
        component = place.as_component().model_dump(by_alias=True, exclude_none=True)
        variable = place.as_variable().model_dump(by_alias=True, exclude_none=True)
        if draw(st.booleans()):
            variable["name"] = variable["name"].swapcase()
    else:
        component, variable = {"name": draw(WORDS)}, {"name": draw(WORDS)}
        evse, instance = draw(EVSES), draw(st.none() | WORDS)
        component |= {} if evse is None else {"evse": evse}
        variable |= {} if instance is None else {"instance": instance}
    said = {"component": component, "variable": variable, "attributeValue": draw(VALUES)}
    return said if attribute is None else said | {"attributeType": attribute}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(wishes(), min_size=1, max_size=8), min_size=1, max_size=3))
def test_laws_of_setting(tmp_path_factory: pytest.TempPathFactory, questions: list[list[dict[str, Any]]]) -> None:
    """Whatever is asked: a result for each in order, what is Accepted reads back and is kept, the rest stays as it was.

    A secret comes out nowhere, and only what says so of itself can be set.
    """
    folder = tmp_path_factory.mktemp("station")

    async def work(asking: Asking) -> None:
        await put(asking, data(*PASSWORD, SECRET))
        for question in questions:
            before = model_values(asking)
            results = await put(asking, *question)
            assert named(results) == named(question)
            taken = [one["attributeStatus"] in ("Accepted", "RebootRequired") for one in results]
            touched = {folded(wish) for wish, is_taken in zip(question, taken, strict=True) if is_taken}
            after = model_values(asking)
            assert {place for place in after if after[place] != before[place]} <= touched <= settable(asking)
            for wish, one, is_taken in zip(question, results, taken, strict=True):
                assert ("attributeStatusInfo" in one) is (one["attributeStatus"] == "Rejected")
                again = {key: wish[key] for key in wish if key != "attributeValue"}
                (read,) = await got(asking, again)
                assert SECRET not in json.dumps([one, read])
                if is_taken and read["attributeStatus"] == "Accepted":
                    # what it reads back is a value that it takes, and stays the same when it is set
                    (same,) = await put(asking, again | {"attributeValue": read["attributeValue"]})
                    assert same["attributeStatus"] == one["attributeStatus"]
                    assert (await got(asking, again)) == [read]
                elif is_taken:
                    assert read["attributeStatusInfo"]["reasonCode"] == "WriteOnly"
        end.update(model_values(asking))

    async def later(asking: Asking) -> None:
        assert model_values(asking) == end

    end: dict[str, str | None] = {}
    run(folder, V21, work)
    run(folder, V21, later)


def named(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: one[key] for key in one if key in ("component", "variable", "attributeType")} for one in items]


def folded(wish: dict[str, Any]) -> str:
    component, variable = wish["component"], wish["variable"]
    evse = component.get("evse", {})
    at = "".join(f"/{number}" for number in (evse.get("id"), evse.get("connectorId")) if number is not None)
    instance = f"[{variable['instance']}]" if variable.get("instance") else ""
    return f"{component['name']}{at}.{variable['name']}{instance}".casefold()


def model_values(asking: Asking) -> dict[str, str | None]:
    return {str(variable.place).casefold(): variable.value for variable in asking.station.device_model.variables()}


def settable(asking: Asking) -> set[str]:
    return {str(one.place).casefold() for one in asking.station.device_model.variables() if one.is_settable}
