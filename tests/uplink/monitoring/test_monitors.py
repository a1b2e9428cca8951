from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.store.sqlite import open_store
from bridge.types.ocpp.event_data import EventNotificationType
from bridge.types.ocpp.v2.monitoring import (
    ClearMonitoringStatus,
    MonitoringBase,
    MonitorType,
    PeriodicEventStreamParams,
    SetMonitoringStatus,
)
from bridge.uplink.device_model.variable import Place
from bridge.uplink.monitoring import kept
from bridge.uplink.monitoring.monitors import MOST_MONITORS, Monitors, Verdict
from bridge.uplink.monitoring.preconfigured import FIRST_CUSTOM_ID
from tests.uplink.monitoring.models import AT, FIXED, POWER, PROBLEM, STATE, model, wish, with_monitor

REJECTED = SetMonitoringStatus.REJECTED
UNSUPPORTED = SetMonitoringStatus.UNSUPPORTED_MONITOR_TYPE
ACCEPTED = SetMonitoringStatus.ACCEPTED


def tried(monitors: Monitors, place: Place = POWER, kind: MonitorType = MonitorType.DELTA, **more: Any) -> Verdict:
    present = model()
    variable = present.at(place)
    assert variable is not None
    after, verdict = monitors.set(wish(place, kind, **more), variable, present, AT)
    assert (after is monitors) is (verdict.status is not ACCEPTED)
    return verdict


@pytest.mark.parametrize(
    ("place", "kind", "more", "status"),
    [
        (POWER, MonitorType.UPPER_THRESHOLD, {"value": 11_000.0}, ACCEPTED),
        (POWER, MonitorType.UPPER_THRESHOLD, {"value": 11_000.1}, REJECTED),
        (STATE, MonitorType.UPPER_THRESHOLD, {}, UNSUPPORTED),
        (PROBLEM, MonitorType.LOWER_THRESHOLD, {}, UNSUPPORTED),
        (STATE, MonitorType.DELTA, {"value": 1.0}, ACCEPTED),
        (POWER, MonitorType.DELTA, {"value": 0.0}, ACCEPTED),
        (POWER, MonitorType.DELTA, {"value": -1.0}, REJECTED),
        (STATE, MonitorType.PERIODIC, {"value": 1.0}, ACCEPTED),
        (STATE, MonitorType.PERIODIC, {"value": 0.9}, REJECTED),
        (STATE, MonitorType.PERIODIC_CLOCK_ALIGNED, {"value": 900.0}, ACCEPTED),
        (STATE, MonitorType.PERIODIC_CLOCK_ALIGNED, {"value": 900.5}, REJECTED),
        (POWER, MonitorType.TARGET_DELTA, {}, UNSUPPORTED),
        (POWER, MonitorType.TARGET_DELTA_RELATIVE, {}, UNSUPPORTED),
        (FIXED, MonitorType.DELTA, {}, UNSUPPORTED),
        (POWER, MonitorType.DELTA, {"severity": 10}, REJECTED),
        (POWER, MonitorType.DELTA, {"id": 77}, REJECTED),
        (POWER, MonitorType.PERIODIC, {"periodic_event_stream": PeriodicEventStreamParams()}, REJECTED),
        (PROBLEM, MonitorType.DELTA, {"severity": 4}, SetMonitoringStatus.DUPLICATE),
    ],
)
def test_a_monitor_is_judged_by_its_variable(
    place: Place, kind: MonitorType, more: dict[str, Any], status: SetMonitoringStatus
) -> None:
    """What a variable cannot be watched for is refused with the word that the standard has for it."""
    verdict = tried(Monitors(), place, kind, **more)
    assert verdict.status is status
    assert (verdict.monitor_id == FIRST_CUSTOM_ID) is (status is ACCEPTED)
    assert (verdict.reason is not None) is (status is REJECTED)


def test_one_variable_has_one_monitor_of_a_type_and_severity() -> None:
    """The same type and severity is a duplicate whatever its value; another severity is another monitor."""
    monitors = with_monitor()
    assert tried(monitors, kind=MonitorType.UPPER_THRESHOLD, value=6000.0).status is SetMonitoringStatus.DUPLICATE
    assert tried(monitors, kind=MonitorType.UPPER_THRESHOLD, severity=6).monitor_id == FIRST_CUSTOM_ID + 1
    assert tried(monitors, kind=MonitorType.UPPER_THRESHOLD, value=6000.0, id=FIRST_CUSTOM_ID).status is ACCEPTED


def test_an_id_does_not_move_to_another_variable() -> None:
    """A monitor is set anew on its own variable only."""
    verdict = tried(with_monitor(), STATE, id=FIRST_CUSTOM_ID)
    assert (verdict.status, verdict.reason) == (REJECTED, "InvalidValue")


def test_there_are_so_many_monitors_and_no_more() -> None:
    """The one too many is refused; one that takes the place of another is not."""
    monitors, present = Monitors(), model()
    variable = present.at(POWER)
    assert variable is not None
    for number in range(MOST_MONITORS):
        kind = list(MonitorType)[number % 5]
        place = Place(component="EVSE", variable="Power", evse_id=1, variable_instance=str(number))
        one = with_monitor(kind=kind, value=900.0).custom[FIRST_CUSTOM_ID]
        custom = {**monitors.custom, FIRST_CUSTOM_ID + number: type(one)(**_moved(one, place, number))}
        monitors = Monitors(custom=custom, next_id=FIRST_CUSTOM_ID + number + 1)
    assert tried(monitors).reason == "TooManyElements"


def _moved(one: Any, place: Place, number: int) -> dict[str, Any]:
    names = ("type", "value", "severity", "transaction", "kind", "set_at")
    return {name: getattr(one, name) for name in names} | {"id": FIRST_CUSTOM_ID + number, "place": place}


def test_a_preconfigured_monitor_that_is_set_anew_is_the_central_systems() -> None:
    """It keeps its id and becomes a custom one, until the base is set again."""
    (problem,) = Monitors().active(model()).values()
    assert problem.kind is EventNotificationType.PRECONFIGURED_MONITOR
    monitors = with_monitor(PROBLEM, MonitorType.DELTA, id=problem.id, severity=1, value=1.0)
    (mine,) = monitors.active(model()).values()
    assert (mine.id, mine.severity, mine.kind) == (problem.id, 1, EventNotificationType.CUSTOM_MONITOR)
    assert monitors.begin_from(MonitoringBase.ALL).active(model())[mine.id] == mine
    assert monitors.begin_from(MonitoringBase.FACTORY_DEFAULT).active(model()) == {problem.id: problem}


def test_bases() -> None:
    """All has more preconfigured monitors than FactoryDefault and leaves what was set; HardWiredOnly leaves nothing."""
    monitors = with_monitor()
    assert [one.place for one in monitors.active(model()).values()] == [PROBLEM, POWER]
    everything = monitors.begin_from(MonitoringBase.ALL).active(model()).values()
    assert [one.place for one in everything] == [PROBLEM, STATE, POWER]
    assert not monitors.begin_from(MonitoringBase.HARD_WIRED_ONLY).active(model())


def test_a_removed_monitor_is_gone_until_the_base_is_set() -> None:
    """A preconfigured one can be removed too; an id that is not there is NotFound."""
    monitors, present = with_monitor(), model()
    for number in (2, FIRST_CUSTOM_ID):
        monitors, status = monitors.clear(number, present)
        assert status is ClearMonitoringStatus.ACCEPTED
        assert monitors.clear(number, present) == (monitors, ClearMonitoringStatus.NOT_FOUND)
    assert not monitors.active(present)
    assert [one.id for one in monitors.begin_from(MonitoringBase.FACTORY_DEFAULT).active(present).values()] == [2]


def test_an_id_is_not_given_twice() -> None:
    """What is set after a removal has a new id."""
    monitors, _ = with_monitor().clear(FIRST_CUSTOM_ID, model())
    assert tried(monitors).monitor_id == FIRST_CUSTOM_ID + 1


def test_levels() -> None:
    """0 to 9 are levels."""
    assert [level for level in (-1, 0, 9, 10) if Monitors().limited_to(level) is not None] == [0, 9]


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("set"),
            st.sampled_from((POWER, STATE, PROBLEM)),
            st.sampled_from(MonitorType),
            st.integers(0, 9),
            st.sampled_from((None, 2, FIRST_CUSTOM_ID, FIRST_CUSTOM_ID + 1)),
        ),
        st.tuples(st.just("clear"), st.sampled_from((2, FIRST_CUSTOM_ID, FIRST_CUSTOM_ID + 1, FIRST_CUSTOM_ID + 2))),
        st.tuples(st.just("base"), st.sampled_from(MonitoringBase)),
        st.tuples(st.just("level"), st.integers(0, 9)),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps=STEPS)
def test_kept_monitors_are_the_same_after_a_restart(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    """Whatever was done to them, monitors that are kept and restored are equal, and no two are alike."""
    folder: Path = tmp_path_factory.mktemp("store")
    store, present, monitors = open_store(folder), model(), Monitors()
    try:
        for word, *arguments in steps:
            before = monitors
            match word:
                case "set":
                    place, kind, severity, number = arguments
                    variable = present.at(place)
                    assert variable is not None
                    asked = wish(place, kind, severity=severity, value=60.0, id=number)
                    monitors, _ = monitors.set(asked, variable, present, AT)
                case "clear":
                    monitors, _ = monitors.clear(arguments[0], present)
                case "base":
                    monitors = monitors.begin_from(arguments[0])
                case "level":
                    monitors = monitors.limited_to(arguments[0]) or monitors
            kept.keep(store, "garage/home", before, monitors)
            assert kept.restore(store, "garage/home") == monitors
            alike = [(one.place.folded, one.type, one.severity) for one in monitors.active(present).values()]
            assert len(alike) == len(set(alike))
    finally:
        store.close()


def test_event_ids_are_not_given_twice(tmp_path: Path) -> None:
    """Each piece that is set aside begins behind the one before, after a restart too."""
    store = open_store(tmp_path)
    first = kept.set_event_ids_aside(store, "garage/home")
    store.close()
    store = open_store(tmp_path)
    assert kept.set_event_ids_aside(store, "garage/home") == first + kept.EVENT_IDS_AT_ONCE
    store.close()
