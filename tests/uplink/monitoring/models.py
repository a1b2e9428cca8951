"""A small device model whose values a test sets, and a station around it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bridge.engine.board import UplinkState
from bridge.ocppj.schemas import Schemas
from bridge.store.sqlite import open_store
from bridge.types.ocpp.provisioning.notify_report import DataType
from bridge.types.ocpp.v2.monitoring import MonitorType, SetMonitoringData
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.device_model.device_model import Present
from bridge.uplink.device_model.variable import ModelVariable, Place, PlaceKey
from bridge.uplink.dialect import Wording
from bridge.uplink.monitoring.monitors import Monitors
from bridge.uplink.monitoring.watch import Watch
from bridge.uplink.station import Station
from tests.clock import FakeClock
from tests.engine.fakes import DirectDesk

AT = datetime(2026, 3, 10, 12, 0, 10, tzinfo=UTC)
POWER = Place(component="EVSE", variable="Power", evse_id=1)
STATE = Place(component="Connector", variable="AvailabilityState", evse_id=1, connector_id=1)
PROBLEM = Place(component="ChargingStation", variable="Problem")
FIXED = Place(component="ChargingStation", variable="Model")


def model(power_w: str | None = "0", state: str | None = "Available", problem: str = "false") -> Present:
    """Return a model with one number, one word, one switch, and one variable that cannot be watched."""
    return Present(
        [
            ModelVariable(
                place=POWER,
                data_type=DataType.DECIMAL,
                value=power_w,
                unit="W",
                max_limit=11_000.0,
                supports_monitoring=True,
            ),
            ModelVariable(place=STATE, data_type=DataType.OPTION_LIST, value=state, supports_monitoring=True),
            ModelVariable(place=PROBLEM, data_type=DataType.BOOLEAN, value=problem, supports_monitoring=True),
            ModelVariable(place=FIXED, data_type=DataType.STRING, value="X"),
            *(
                ModelVariable(
                    place=Place(component=component, variable=variable, variable_instance=instance),
                    data_type=DataType.INTEGER,
                    value=value,
                )
                for component, variable, instance, value in (
                    ("MonitoringCtrlr", "ItemsPerMessage", "SetVariableMonitoring", "3"),
                    ("MonitoringCtrlr", "BytesPerMessage", "ClearVariableMonitoring", "40"),
                    ("DeviceDataCtrlr", "ItemsPerMessage", "GetReport", "2"),
                )
            ),
        ]
    )


def wish(place: Place = POWER, kind: MonitorType = MonitorType.UPPER_THRESHOLD, **more: Any) -> SetMonitoringData:
    """Return a monitor that is to be set."""
    given = {"value": 5000.0, "severity": 5} | more
    return SetMonitoringData(component=place.as_component(), variable=place.as_variable(), type=kind, **given)


def with_monitor(place: Place = POWER, kind: MonitorType = MonitorType.UPPER_THRESHOLD, **more: Any) -> Monitors:
    """Return monitors with one that was set."""
    present = model()
    variable = present.at(place)
    assert variable is not None
    monitors, verdict = Monitors().set(wish(place, kind, **more), variable, present, AT)
    assert verdict.monitor_id is not None
    return monitors


@dataclass
class Session:
    """What of `bridge.uplink.session.Session` a watch and a report use."""

    state: UplinkState = UplinkState.ONLINE
    room: int = 100
    asked: list[Wording] = field(default_factory=list)

    def ask(self, wording: Wording) -> None:
        """Queue."""
        self.asked.append(wording)


class Around:
    """A station as far as monitors need one: a real store, the test's model, a central system that answers."""

    def __init__(self, folder: Path, version: OcppVersion = OcppVersion.V201) -> None:
        self.clock = FakeClock(AT)
        self.store = open_store(folder)
        self.desk = DirectDesk(self.store)
        self.session = Session()
        self.present = model()
        self.version = version
        self.looks = 0
        """how often the variables were read"""
        self.told: list[dict[str, Any]] = []
        self.asked_at: list[datetime] = []
        self.published: list[tuple[str, Any]] = []
        self.on_ask: Callable[[], object | None] = dict
        self.pollers: list[Callable[[], None]] = []
        self.watch = self.again()

    def again(self) -> Watch:
        """Return a watch as after a restart."""
        self.watch = Watch(self.station, self._on_poll)
        return self.watch

    @property
    def station(self) -> Station:
        """The station."""
        return cast("Station", _Standing(self))

    def _on_poll(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.pollers.append(listener)
        return lambda: self.pollers.remove(listener)

    async def ask(self, wording: Wording) -> object | None:
        """Take a NotifyEvent, held against its schema."""
        Schemas(self.version).check_request(wording.action, wording.payload)
        assert wording.action == "NotifyEvent"
        answer = self.on_ask()
        if answer is not None:
            self.told.append(wording.payload)
            self.asked_at.append(self.clock.now())
        return answer

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events that the central system has answered."""
        return [event for message in self.told for event in message["eventData"]]

    async def poll(self, power_w: str | None = "0", state: str | None = "Available") -> None:
        """Change values, wake those who follow the polls, and let them work."""
        self.present = model(power_w, state)
        for listener in list(self.pollers):
            listener()
        await self.clock.settle()


class _Model:
    """`bridge.uplink.device_model.DeviceModel` as far as a watch asks it; counts who looks at the variables."""

    def __init__(self, around: Around) -> None:
        self._around = around

    def present(self, wanted: Collection[PlaceKey] | None = None) -> Present:
        return Present(one for one in self._around.present if wanted is None or one.place.folded in wanted)

    def watchable(self) -> Present:
        self._around.looks += 1
        return Present(one for one in self._around.present if one.supports_monitoring)

    def states(self) -> Hashable:
        values = {one.place: one.value for one in self._around.present}
        return values[STATE], values[PROBLEM]


class _Standing:
    """The attributes of a station, as they are at the moment of asking."""

    name = "garage"
    has_begun = True
    outbox = SimpleNamespace(station="garage/home")
    charger = SimpleNamespace(charger="garage")

    def __init__(self, around: Around) -> None:
        self._around = around
        self.house = SimpleNamespace(desk=around.desk, clock=around.clock)
        self.session = around.session
        self.ask_csms = around.ask
        self.device_model = _Model(around)
        self.published = lambda name, value: around.published.append((name, value))

    @property
    def version(self) -> OcppVersion:
        return self._around.version

    @property
    def watch(self) -> Watch:
        return self._around.watch
