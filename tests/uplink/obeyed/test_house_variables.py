from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bridge.types.ocpp.component_variable import AttributeEnum, Component, ComponentVariable, Variable
from bridge.types.ocpp.translate.setting_places import OWN_COMPONENT
from bridge.types.ocpp.variable_access import (
    GetVariableRequest,
    GetVariableStatusEnumType,
    SetVariableRequest,
    SetVariableStatusEnumType,
)
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.obeyed.variables import read_variables, write_variables
from tests.uplink.v2.talking import Asking

READ, SET = GetVariableStatusEnumType, SetVariableStatusEnumType
SECRET = "correct horse battery"


def variable(name: str, component: str = "") -> ComponentVariable:
    return ComponentVariable(component=Component(name=component), variable=Variable(name=name))


def run(folder: Path, version: OcppVersion, work: Callable[[Asking], Awaitable[None]]) -> None:
    async def go() -> None:
        asking = Asking(folder, version, custom_keys={"ParkingZone": "A"})
        try:
            await asking.begin()
            await work(asking)
        finally:
            asking.end()

    asyncio.run(go())


NAMES = {
    OcppVersion.V16: [
        variable("HeartbeatInterval", "whatever"),
        variable("parkingzone"),
        variable("AuthorizationKey"),
        variable("Tea"),
        variable(""),
        variable("OCPPCommCtrlr.OfflineThreshold"),
    ],
    OcppVersion.V201: [
        variable("HeartbeatInterval", "OCPPCommCtrlr"),
        variable("ParkingZone", OWN_COMPONENT),
        variable("BasicAuthPassword", "SecurityCtrlr"),
        variable("Tea", "OCPPCommCtrlr"),
        variable("", "OCPPCommCtrlr"),
        variable("Tea", "OCPPCommCtrlr"),
    ],
}
"""the same variables in both views"""
NAMES[OcppVersion.V21] = NAMES[OcppVersion.V201]


@pytest.mark.parametrize("version", OcppVersion)
def test_the_house_reads_what_the_version_names(version: OcppVersion, tmp_path: Path) -> None:
    """Settings by their names in 1.6, variables of components in 2.x; a secret never, Target nowhere."""

    async def work(asking: Asking) -> None:
        asked = [GetVariableRequest(component_variable=name) for name in NAMES[version]]
        asked.append(GetVariableRequest(component_variable=NAMES[version][0], attribute_type=AttributeEnum.TARGET))
        results = read_variables(asking.station, asked)
        assert [(one.status, one.value) for one in results] == [
            (READ.ACCEPTED, "3600"),
            (READ.ACCEPTED, "A"),
            (READ.REJECTED, None),
            (READ.UNKNOWN_VARIABLE, None),
            (READ.UNKNOWN_VARIABLE, None),
            (READ.UNKNOWN_VARIABLE, None),
            (READ.NOT_SUPPORTED_ATTRIBUTE_TYPE, None),
        ]
        assert [one.component_variable for one in results] == [one.component_variable for one in asked]

    run(tmp_path, version, work)


@pytest.mark.parametrize("version", OcppVersion)
def test_the_house_sets_custom_settings_only(version: OcppVersion, tmp_path: Path) -> None:
    """Standard ones belong to the central system; what is set is kept."""

    async def work(asking: Asking) -> None:
        asked = [SetVariableRequest(component_variable=name, value=SECRET) for name in NAMES[version]]
        target = SetVariableRequest(
            component_variable=NAMES[version][1], value="B", attribute_type=AttributeEnum.TARGET
        )
        results = await write_variables(asking.station, [*asked, target], source="a test")
        assert [one.status for one in results] == [
            SET.REJECTED,
            SET.ACCEPTED,
            SET.REJECTED,
            SET.UNKNOWN_VARIABLE,
            SET.UNKNOWN_VARIABLE,
            SET.UNKNOWN_VARIABLE,
            SET.NOT_SUPPORTED_ATTRIBUTE_TYPE,
        ]
        assert asking.station.configuration.overrides == {"ParkingZone": SECRET}

    async def later(asking: Asking) -> None:
        (zone,) = read_variables(asking.station, [GetVariableRequest(component_variable=NAMES[version][1])])
        assert zone.value == SECRET

    run(tmp_path, version, work)
    run(tmp_path, version, later)
