from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.ocppj.schemas import Schemas
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.answer import Answer, Conversing
from bridge.uplink.monitoring.monitors import Monitors
from bridge.uplink.monitoring.preconfigured import FIRST_CUSTOM_ID
from bridge.uplink.station import Station
from bridge.uplink.v2 import monitoring
from tests.uplink.monitoring.models import Around

POWER = {"component": {"name": "evse", "evse": {"id": 1}}, "variable": {"name": "POWER"}}
STATE = {
    "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
    "variable": {"name": "AvailabilityState"},
}
UPPER = POWER | {"type": "UpperThreshold", "value": 5000.5, "severity": 5}
PERIODIC = POWER | {"type": "Periodic", "value": 60, "severity": 8}
DELTA = STATE | {"type": "Delta", "value": 1, "severity": 3}

Handler = Callable[[Station, Conversing, object], Awaitable[Answer]]
HANDLERS: dict[str, Handler] = {
    "SetVariableMonitoring": monitoring.set_variable_monitoring,
    "ClearVariableMonitoring": monitoring.clear_variable_monitoring,
    "SetMonitoringBase": monitoring.set_monitoring_base,
    "SetMonitoringLevel": monitoring.set_monitoring_level,
    "GetMonitoringReport": monitoring.get_monitoring_report,
}


class Talk:
    """A conversation, and questions in it: each is held against the schema of the version, and so is its answer."""

    def __init__(self, around: Around) -> None:
        self.around = around
        self.schemas = Schemas(around.version)
        self.looks = 0

    def restart(self) -> None:
        """Do nothing."""

    def look(self) -> None:
        """Count."""
        self.looks += 1

    def ask(self, action: str, **payload: Any) -> dict[str, Any]:
        """Ask, and let follow what follows."""
        self.schemas.check_request(action, payload)
        answer = asyncio.run(self._answer(action, payload))
        self.schemas.check_answer(action, dict(answer.payload))
        return dict(answer.payload)

    async def _answer(self, action: str, payload: dict[str, Any]) -> Answer:
        answer = await HANDLERS[action](self.around.station, self, payload)
        if answer.then is not None:
            await answer.then()
        return answer

    def set(self, *monitors: dict[str, Any]) -> list[dict[str, Any]]:
        """Set monitors and return the results."""
        results: list[dict[str, Any]] = self.ask("SetVariableMonitoring", setMonitoringData=list(monitors))[
            "setMonitoringResult"
        ]
        return results

    def report(self, **payload: Any) -> tuple[str, list[dict[str, Any]]]:
        """Return the answer's word and the parts of the report."""
        self.around.session.asked.clear()
        status = self.ask("GetMonitoringReport", requestId=7, **payload)["status"]
        for wording in self.around.session.asked:
            self.schemas.check_request(wording.action, wording.payload)
        return status, [wording.payload for wording in self.around.session.asked]

    def reported(self, **payload: Any) -> list[int]:
        """Return the ids in a report."""
        _, parts = self.report(**payload)
        return [one["id"] for part in parts for data in part["monitor"] for one in data["variableMonitoring"]]


@pytest.fixture(params=[OcppVersion.V201, OcppVersion.V21])
def talk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Talk]:
    around = Around(tmp_path, request.param)
    asyncio.run(around.watch.restore())
    yield Talk(around)
    around.store.close()


def test_each_monitor_has_its_result(talk: Talk) -> None:
    """In their order, named as they were asked for; only what was taken has an id."""
    unknown = UPPER | {"component": {"name": "Nowhere"}}
    no_variable = UPPER | {"variable": {"name": "Nothing"}}
    results = talk.set(UPPER, unknown, no_variable)
    assert [one["status"] for one in results] == ["Accepted", "UnknownComponent", "UnknownVariable"]
    assert results[0]["id"] == FIRST_CUSTOM_ID
    assert [{name: one[name] for name in ("component", "variable")} for one in results] == [
        {name: one[name] for name in ("component", "variable")} for one in (UPPER, unknown, no_variable)
    ]
    assert all("id" not in one for one in results[1:])


def test_a_refusal_says_why(talk: Talk) -> None:
    """With a reason code of OCPP's."""
    results = talk.set(UPPER, UPPER, UPPER | {"severity": 10})
    assert [one["status"] for one in results] == ["Accepted", "Duplicate", "Rejected"]
    assert results[2]["statusInfo"]["reasonCode"] == "ValueOutOfRange"
    assert [one["status"] for one in talk.set(STATE | UPPER | STATE)] == ["UnsupportedMonitorType"]


@pytest.mark.parametrize("talk", [OcppVersion.V21], indirect=True)
def test_words_of_2_1(talk: Talk) -> None:
    """Targets are not watched, and streams are not there."""
    results = talk.set(UPPER | {"type": "TargetDelta"}, PERIODIC | {"periodicEventStream": {"interval": 60}})
    assert [one["status"] for one in results] == ["UnsupportedMonitorType", "Rejected"]


def test_what_was_taken_is_kept(talk: Talk) -> None:
    """After a restart the monitors, the base and the level are those that were set."""
    talk.set(UPPER, DELTA)
    assert talk.ask("SetMonitoringBase", monitoringBase="All") == {"status": "Accepted"}
    assert talk.ask("SetMonitoringLevel", severity=4) == {"status": "Accepted"}
    before = talk.around.watch.monitors
    asyncio.run(talk.around.again().restore())
    assert talk.around.watch.monitors == before != Monitors()


def test_a_level_that_there_is_not(talk: Talk) -> None:
    """It is refused, and the level stays."""
    assert talk.ask("SetMonitoringLevel", severity=10)["status"] == "Rejected"
    assert talk.around.watch.monitors == Monitors()


def test_removing(talk: Talk) -> None:
    """Each id has its result."""
    talk.set(UPPER)
    results = talk.ask("ClearVariableMonitoring", id=[FIRST_CUSTOM_ID, 99])["clearMonitoringResult"]
    assert [(one["id"], one["status"]) for one in results] == [(FIRST_CUSTOM_ID, "Accepted"), (99, "NotFound")]
    assert not talk.around.watch.monitors.custom


def test_too_much_at_once(talk: Talk) -> None:
    """More elements or bytes than the device model allows are a CALLERROR, and nothing of it is done."""
    with pytest.raises(RefusedQuestionError) as refusal:
        talk.set(*[UPPER | {"severity": number} for number in range(4)])
    assert refusal.value.code is ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION
    with pytest.raises(RefusedQuestionError) as refusal:
        talk.ask("ClearVariableMonitoring", id=list(range(20)))
    assert refusal.value.code is ErrorCode.FORMAT_VIOLATION
    assert talk.around.watch.monitors == Monitors()


def test_a_report_comes_in_parts(talk: Talk) -> None:
    """Two variables a part; a variable's monitors together; numbered from 0, all but the last to be continued."""
    talk.set(UPPER, PERIODIC, DELTA)
    talk.ask("SetMonitoringLevel", severity=0)  # hides nothing from a report
    status, parts = talk.report()
    assert status == "Accepted"
    assert [(part["requestId"], part["seqNo"], part.get("tbc")) for part in parts] == [(7, 0, True), (7, 1, None)]
    monitors = [data for part in parts for data in part["monitor"]]
    assert [len(data["variableMonitoring"]) for data in monitors] == [1, 2, 1]
    assert monitors[1]["component"] == {"name": "EVSE", "evse": {"id": 1}}
    first = monitors[1]["variableMonitoring"][0]
    who = {"eventNotificationType": "CustomMonitor"} if talk.around.version is OcppVersion.V21 else {}
    told = {"id": FIRST_CUSTOM_ID, "transaction": False, "value": 5000.5, "type": "UpperThreshold", "severity": 5}
    assert first == told | who
    assert talk.looks == 1


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"monitoringCriteria": ["ThresholdMonitoring"]}, [0]),
        ({"monitoringCriteria": ["PeriodicMonitoring", "ThresholdMonitoring"]}, [0, 1]),
        ({"monitoringCriteria": ["DeltaMonitoring"], "componentVariable": [{"component": {"name": "Connector"}}]}, [2]),
        ({"componentVariable": [{"component": {"name": "EVSE"}}]}, [0, 1]),
        ({"componentVariable": [{"component": {"name": "evse", "evse": {"id": 1}}}]}, [0, 1]),
        ({"componentVariable": [{"component": {"name": "EVSE", "evse": {"id": 2}}}]}, []),
        ({"componentVariable": [{"component": {"name": "EVSE"}, "variable": {"name": "power"}}]}, [0, 1]),
        ({"componentVariable": [{"component": {"name": "EVSE"}, "variable": {"name": "Problem"}}]}, []),
        ({"componentVariable": [POWER, STATE]}, [0, 1, 2]),
    ],
)
def test_a_report_has_what_was_asked_for(talk: Talk, asked: dict[str, Any], ids: list[int]) -> None:
    """Both criteria and variables have to fit; what is left out of a name means every one [spec: N02.FR.12 to 17]."""
    talk.set(UPPER, PERIODIC, DELTA)
    assert talk.reported(**asked) == [FIRST_CUSTOM_ID + number for number in ids]
    assert talk.report(**asked)[0] == ("Accepted" if ids else "EmptyResultSet")


def test_without_room_a_report_is_refused(talk: Talk) -> None:
    """Nothing of it is sent then."""
    talk.set(UPPER, DELTA)
    talk.around.session.room = 1
    assert talk.report() == ("Rejected", [])


def test_nothing_is_left_of_hard_wired_only(talk: Talk) -> None:
    """A bridge has none, and what was set is gone."""
    talk.set(UPPER)
    assert talk.ask("SetMonitoringBase", monitoringBase="HardWiredOnly") == {"status": "Accepted"}
    assert talk.report() == ("EmptyResultSet", [])
