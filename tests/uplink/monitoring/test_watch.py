from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bridge.engine.board import UplinkState
from bridge.errors import StoreError
from bridge.types.ocpp.component_variable import Component, ComponentVariable, Variable
from bridge.types.ocpp.v2.monitoring import MonitorType
from bridge.types.ocpp.version import OcppVersion
from bridge.uplink.monitoring.monitors import Monitors
from bridge.uplink.monitoring.preconfigured import FIRST_CUSTOM_ID
from bridge.uplink.monitoring.watch import named
from tests.uplink.monitoring.models import AT, POWER, Around, model, wish, with_monitor


@asynccontextmanager
async def running(around: Around, monitors: Monitors | None = None) -> AsyncIterator[None]:
    await around.watch.restore()
    if monitors is not None:
        await around.watch.change(monitors)
    task = asyncio.create_task(around.watch.run())
    await around.clock.settle()
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def around(tmp_path: Path) -> Around:
    return Around(tmp_path)


def play(around: Around, scene: Callable[[], Awaitable[None]]) -> None:
    async def act() -> None:
        await scene()

    try:
        asyncio.run(act())
    finally:
        around.store.close()


def test_an_alert_is_told_at_the_poll_that_shows_it(around: Around) -> None:
    """With all that NotifyEvent wants, to the central system and as `event_data`."""

    async def scene() -> None:
        async with running(around, with_monitor()):
            await around.poll(power_w="6000")
            await around.poll(power_w="6100")
            await around.poll(power_w="100")

    play(around, scene)
    assert [message["seqNo"] for message in around.told] == [0, 0]
    first, second = around.events
    assert first == {
        "eventId": first["eventId"],
        "timestamp": "2026-03-10T12:00:10Z",
        "trigger": "Alerting",
        "actualValue": "6000",
        "eventNotificationType": "CustomMonitor",
        "variableMonitoringId": FIRST_CUSTOM_ID,
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Power"},
    }
    assert (second["cleared"], second["eventId"]) == (True, first["eventId"] + 1)
    assert [value["cleared"] for name, value in around.published if name == "event_data" and "cleared" in value] == [
        True
    ]


def test_polls_are_followed_only_where_they_may_show_something(around: Around) -> None:
    """Not for preconfigured monitors, not offline, not in 1.6, and not after the end."""

    async def scene() -> None:
        async with running(around):
            assert not around.pollers
            await around.watch.change(with_monitor())
            await around.clock.settle()
            assert len(around.pollers) == 1
            around.session.state = UplinkState.CONNECTING
            around.watch.wake()
            await around.clock.settle()
            assert not around.pollers
            around.session.state, around.version = UplinkState.ONLINE, OcppVersion.V16
            around.watch.wake()
            await around.clock.settle()
            assert not around.pollers
            around.version = OcppVersion.V21
            around.watch.wake()
            await around.clock.settle()
            assert len(around.pollers) == 1
        assert not around.pollers

    play(around, scene)


def test_what_is_true_when_the_line_is_back_is_told_then(around: Around) -> None:
    """Nothing of what came and went, and no period that went by."""

    async def scene() -> None:
        async with running(around, with_monitor()):
            around.session.state = UplinkState.CONNECTING
            for power_w in ("6000", "10", "7000"):
                await around.poll(power_w=power_w)
            assert not around.told
            around.session.state = UplinkState.ONLINE
            around.watch.wake()
            await around.clock.settle()
        assert [event["actualValue"] for event in around.events] == ["7000"]

    play(around, scene)


def test_a_line_that_breaks_before_the_answer_loses_nothing(around: Around) -> None:
    """What was sent and not answered is told again with an id of its own; what is refused is not."""

    async def scene() -> None:
        async with running(around, with_monitor()):

            def breaks() -> None:
                around.session.state = UplinkState.CONNECTING

            around.on_ask = breaks
            await around.poll(power_w="6000")
            assert not around.told
            assert not around.published
            around.on_ask = dict
            around.session.state = UplinkState.ONLINE
            around.watch.wake()
            await around.clock.settle()
            assert [event["actualValue"] for event in around.events] == ["6000"]
            asked = 0

            def refuses() -> None:
                nonlocal asked
                asked += 1

            around.on_ask = refuses
            for _ in range(3):
                await around.poll(power_w="10")
            assert asked == 1

    play(around, scene)


def test_without_room_it_waits(around: Around) -> None:
    """Where too much waits to be sent, it is tried again, and not at every turn of the loop."""

    async def scene() -> None:
        async with running(around, with_monitor()):
            around.session.room = 0
            await around.poll(power_w="6000")
            assert not around.told
            around.session.room = 100
            await around.clock.advance(5.0)
            assert len(around.told) == 1

    play(around, scene)


@pytest.mark.parametrize("kind", [MonitorType.PERIODIC, MonitorType.PERIODIC_CLOCK_ALIGNED])
def test_periods_are_told_at_their_moments(around: Around, kind: MonitorType) -> None:
    """By the time since it was set, or by the clock."""

    async def scene() -> None:
        async with running(around, with_monitor(kind=kind, value=300.0)):
            await around.clock.advance(1000.0)
        passed = [(at - AT).total_seconds() for at in around.asked_at]
        assert passed == ([300.0, 600.0, 900.0] if kind is MonitorType.PERIODIC else [290.0, 590.0, 890.0])

    play(around, scene)


def test_a_period_of_the_clock_that_ends_without_a_line_is_lost(around: Around) -> None:
    """It is not told at the moment of the reconnect, which is none of the clock's."""

    async def scene() -> None:
        async with running(around, with_monitor(kind=MonitorType.PERIODIC_CLOCK_ALIGNED, value=300.0)):
            around.session.state = UplinkState.CONNECTING
            around.watch.wake()
            await around.clock.advance(400.0)
            around.session.state = UplinkState.ONLINE
            around.watch.wake()
            await around.clock.settle()
            assert not around.told
            await around.clock.advance(190.0)
            assert len(around.told) == 1

    play(around, scene)


def test_events_of_one_look_go_together_within_the_limit(around: Around) -> None:
    """Three events at two a message are two messages, one report."""

    async def scene() -> None:
        present, monitors = model(), with_monitor()
        for severity in (6, 7):
            variable = present.at(POWER)
            assert variable is not None
            monitors, _ = monitors.set(wish(severity=severity), variable, present, AT)
        async with running(around, monitors):
            await around.poll(power_w="6000")
        assert [(one["seqNo"], one.get("tbc"), len(one["eventData"])) for one in around.told] == [
            (0, True, 2),
            (1, None, 1),
        ]

    play(around, scene)


def test_after_a_restart_the_end_of_an_alert_is_told(around: Around) -> None:
    """And ids of events go on rising [spec: N07.FR.13 and 14]."""

    async def scene() -> None:
        async with running(around, with_monitor()):
            await around.poll(power_w="6000")
        around.again()
        around.present = model(power_w="10")
        async with running(around):
            pass
        first, second = around.events
        assert second["cleared"]
        assert second["eventId"] > first["eventId"]

    play(around, scene)


def test_alerts_are_kept_once_a_minute(around: Around) -> None:
    """A value that goes to and fro is told each time and written seldom."""

    async def scene() -> None:
        written = 0
        async with running(around, with_monitor()):
            run = around.desk.run

            async def counted(work):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
                nonlocal written
                written += 1
                return await run(work)

            around.desk.run = counted  # type: ignore[method-assign]
            for number in range(22):
                await around.poll(power_w="10" if number % 2 else "6000")
            assert len(around.events) == 22
            assert written == 2  # ids of events, and the first alert
            await around.clock.advance(61.0)
            assert written == 3

    play(around, scene)


def test_changes_are_published_for_who_asked(around: Around) -> None:
    """Whether or not there is a central system, and from a known value on; not what was not asked for."""
    odd = ComponentVariable(component=Component(name="Nowhere"), variable=Variable(name="Nothing"))

    async def scene() -> None:
        around.session.state = UplinkState.CONNECTING
        around.present = model(power_w=None)
        async with running(around):
            around.watch.publish_changes_of([named(POWER), odd])
            await around.clock.settle()
            for power_w in ("5", "5", "6", None, "6", "7"):
                await around.poll(power_w=power_w, state="Occupied")
        events = [value for name, value in around.published if name == "event_data"]
        assert [event["actual_value"] for event in events] == ["6", "7"]
        assert events[0]["component_variable"]["component"] == {"name": "EVSE", "evse": {"id": 1}}
        assert not around.told

    play(around, scene)


def test_what_cannot_be_kept_is_not_so(around: Around) -> None:
    """Monitors that the store refuses are not there."""

    async def scene() -> None:
        async with running(around):
            around.desk.failing = StoreError("the store", "the disk is full")
            with pytest.raises(StoreError):
                await around.watch.change(with_monitor())
            assert around.watch.monitors == Monitors()
            around.desk.failing = None

    play(around, scene)


def test_variables_are_read_only_when_one_that_is_watched_may_have_changed(around: Around) -> None:
    """Neither because time passes, nor because the journal has grown by something else."""

    async def scene() -> None:
        async with running(around):
            looks = around.looks
            for _ in range(3):
                around.watch.wake()
                await around.clock.advance(600.0)
            assert around.looks == looks
            around.present = model(problem="true")
            around.watch.wake()
            await around.clock.settle()
            assert around.looks == looks + 1
            assert [event["actualValue"] for event in around.events] == ["true"]
            around.present = model()
            around.session.state = UplinkState.CONNECTING
            around.watch.wake()
            around.session.state = UplinkState.ONLINE
            around.watch.wake()
            await around.clock.settle()
        assert [event["actualValue"] for event in around.events] == ["true", "false"]

    play(around, scene)


def test_in_1_6_nothing_is_read_until_somebody_wants_changes_published(around: Around) -> None:
    """Monitors wait for another version; changes are published in every version, with a look each minute at least."""

    async def scene() -> None:
        around.version = OcppVersion.V16
        async with running(around, with_monitor()):
            looks = around.looks
            around.watch.wake()
            await around.clock.advance(600.0)
            assert around.looks == looks
            around.watch.publish_changes_of([named(POWER)])
            await around.clock.settle()
            around.present = model(power_w="5")
            await around.clock.advance(60.0)
        assert [value["actual_value"] for name, value in around.published if name == "event_data"] == ["5"]

    play(around, scene)
