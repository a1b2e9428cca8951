from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.errors import SinkError, SinkRejectedError
from bridge.ports import CursorPosition
from bridge.sinks.pump import LINES_PER_WRITE
from bridge.types.charger import ConnectorReading
from bridge.types.journal import EntryKind
from bridge.types.words import ConnectorStatus
from tests.sinks.line_parser import parse
from tests.sinks.scene import FakeSink, Scene, power_times, scene_in


def play(folder: Path, act: Callable[[Scene, FakeSink], Awaitable[None]]) -> None:
    async def scene() -> None:
        async with scene_in(folder) as stage:
            await act(stage, FakeSink(stage.clock))

    asyncio.run(scene())


def test_what_is_stored_is_delivered_and_the_cursor_follows(tmp_path: Path) -> None:
    """Rows that are in the store reach the sink once each, and the card and the cursor say so."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        await scene.put_power(0, 500)
        scene.start(sink)
        await scene.until_quiet()
        assert power_times(sink) == list(range(500))
        assert sum(map(len, sink.writes)) == 500
        card = scene.card(sink)
        assert (card.waiting, card.delivered_points, card.error) == (0, 500, None)
        assert card.last_delivered_at == scene.clock.now()
        assert (await scene.cursor(sink)).seq == await scene.do(lambda store: store.last_seq())

    play(tmp_path, act)


def test_waking_delivers_at_once_and_silence_within_ten_seconds(tmp_path: Path) -> None:
    """The recorder's call is served at once; what another process wrote is found by looking."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        scene.start(sink)
        await scene.until_quiet()
        await scene.put_power(0, 1)
        await scene.wake()
        assert power_times(sink) == [0]
        await scene.put_power(1, 1)
        await scene.pass_time(10, 10)
        assert power_times(sink) == [0, 1]

    play(tmp_path, act)


def test_overlapping_batches_are_sent_once(tmp_path: Path) -> None:
    """Rows that several journal entries name are read when they are sent, and sent once, in order."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        for first in range(50):
            await scene.put_power(first, 10)
        scene.start(sink)
        await scene.until_quiet()
        sent = [parse(line).at_s for lines in sink.writes for line in lines]
        assert len(sent) == 59
        assert sent == sorted(sent)

    play(tmp_path, act)


def test_a_year_goes_in_bounded_writes(tmp_path: Path) -> None:
    """A year in one journal entry is sent in pieces of some five thousand lines."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        await scene.put_power(0, 365 * 288)
        scene.start(sink)
        await scene.until_quiet()
        assert power_times(sink) == list(range(365 * 288))
        assert max(map(len, sink.writes)) <= LINES_PER_WRITE + 288
        assert scene.card(sink).delivered_points == 365 * 288

    play(tmp_path, act)


def test_every_kind_of_entry_arrives(tmp_path: Path) -> None:
    """States, readings, health and sessions become points; of readings the last per connector."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        at = scene.clock.now()
        body = {"connector_id": 1, "evse_id": 1, "status": "Charging", "previous": "Preparing", "raw": "CHG"}
        await scene.do(lambda store: store.append(EntryKind.STATUS, "garage", at - timedelta(seconds=99), body))
        readings = [
            (
                at + timedelta(seconds=10 * i),
                ConnectorReading(
                    evse_id=c, connector_id=c, status=ConnectorStatus.CHARGING, status_raw="CHG", power_w=float(i)
                ),
            )
            for i in range(30)
            for c in (1, 2)
        ]
        await scene.do(lambda store: store.put_readings("garage", readings, at))
        health = {"health": "communication_fault", "previous": "normal", "last_heard_us": None}
        await scene.do(lambda store: store.append(EntryKind.HEALTH, "garage", at, health))
        await scene.put_session("7", -7200)
        scene.start(sink)
        await scene.until_quiet()
        [lines] = sink.writes
        points = [parse(line) for line in lines]
        assert [(p.measurement, p.tags["connector"]) for p in points] == [
            ("charger_status", "1"),
            ("charger_status", "1"),
            ("charger_status", "2"),
            ("charger_status", "0"),
            ("charging_session", "1"),
        ]
        assert [p.fields.get("power_w") for p in points[1:3]] == [29.0, 29.0]

    play(tmp_path, act)


def test_sessions_of_the_same_second_do_not_overwrite_each_other(tmp_path: Path) -> None:
    """Two sessions of one connector that began in the same second are two points, whenever they came in."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        scene.start(sink)
        await scene.until_quiet()
        await scene.put_session("8", -7200.5)
        await scene.wake()
        await scene.put_session("7", -7200.6)
        await scene.wake()
        points = [parse(f"{series} {fields} {at}") for (series, at), (fields, _) in sink.points.items()]
        assert sorted((p.tags["twin"], p.fields["session_id"]) for p in points) == [("0", "7"), ("1", "8")]

    play(tmp_path, act)


def test_a_poison_line_is_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    """The one line that a server refuses is kept with the reason; every other line arrives."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        def answer(lines: Sequence[str]) -> SinkError | None:
            bad = [line for line in lines if "power_w=77.0" in line]
            return SinkRejectedError("sink fake", f"answered 400: bad {bad[0]}") if bad else None

        sink.answer = answer
        await scene.put_power(0, 1000)
        scene.start(sink)
        await scene.until_quiet()
        assert power_times(sink) == [i for i in range(1000) if i != 77]
        [aside] = await scene.do(lambda store: store.set_aside("fake"))
        assert "power_w=77.0" in aside.payload
        assert "answered 400" in aside.reason
        assert scene.card(sink).set_aside == 1
        assert scene.card(sink).delivered_points == 999
        assert len(sink.attempts) < 30
        await scene.put_power(1000, 1)
        await scene.wake()
        assert power_times(sink)[-1] == 1000

    play(tmp_path, act)


def test_a_server_that_takes_nothing_costs_a_bounded_effort(tmp_path: Path) -> None:
    """When all lines are refused they are set aside in few requests, and the journal goes on."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        sink.answer = lambda _: SinkRejectedError("sink fake", "answered 422: too old")
        await scene.put_power(0, 5000)
        scene.start(sink)
        await scene.until_quiet()
        assert await scene.do(lambda store: store.count_set_aside("fake")) == 5000
        assert len(sink.attempts) <= 2 * 34
        assert scene.card(sink).waiting == 0

    play(tmp_path, act)


def test_too_much_at_once_is_split_and_nothing_is_set_aside(tmp_path: Path) -> None:
    """A server with a small limit gets smaller writes, and keeps getting them."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        sink.answer = lambda lines: SinkRejectedError("sink fake", "answered 413") if len(lines) > 1500 else None
        await scene.put_power(0, LINES_PER_WRITE)
        scene.start(sink)
        await scene.until_quiet()
        assert power_times(sink) == list(range(LINES_PER_WRITE))
        assert scene.card(sink).set_aside == 0
        assert len(sink.attempts) - len(sink.writes) < 2 * math.log2(LINES_PER_WRITE)

    play(tmp_path, act)


def test_an_entry_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    """A journal entry that makes no sense is set aside with the reason, and its neighbours arrive."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        at = scene.clock.now()
        await scene.put_power(0, 1)
        body = {"connector_id": 1, "status": "Dancing"}
        await scene.do(lambda store: store.append(EntryKind.STATUS, "garage", at, body))
        await scene.put_power(1, 1)
        scene.start(sink)
        await scene.until_quiet()
        assert power_times(sink) == [0, 1]
        [aside] = await scene.do(lambda store: store.set_aside("fake"))
        assert "Dancing" in aside.reason

    play(tmp_path, act)


def test_a_trickle_costs_few_commits(tmp_path: Path) -> None:
    """The cursor is kept at most once an hour however often something small is delivered."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        scene.start(sink)
        await scene.until_quiet()
        positions: list[CursorPosition] = []
        for number in range(60):
            await scene.put_power(number, 1)
            await scene.wake()
            position = await scene.cursor(sink)
            if not positions or positions[-1] != position:
                positions.append(position)
            await scene.pass_time(1, 1)
        assert power_times(sink) == list(range(60))
        assert len(positions) == 1
        await scene.pass_time(3600, 10)
        assert (await scene.cursor(sink)).seq == await scene.do(lambda store: store.last_seq())

    play(tmp_path, act)


def test_a_new_pump_goes_on_where_the_last_one_settled(tmp_path: Path) -> None:
    """After a restart what had settled when the cursor was kept, once an hour, is left alone; all since comes again."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        scene.start(sink)
        for number in range(20):  # a row every five minutes: the cursor is kept again at the 12th or 13th
            await scene.put_power(number, 1)
            await scene.wake()
            await scene.pass_time(300)
        await scene.stop(sink)
        later = FakeSink(scene.clock)
        await scene.put_power(20, 1)
        scene.start(later)
        await scene.until_quiet()
        first = power_times(later)[0]
        assert 12 - 4 <= first <= 13 - 2
        assert power_times(later) == list(range(first, 21))

    play(tmp_path, act)


def test_the_pump_ends_when_cancelled(tmp_path: Path) -> None:
    """Cancelling ends the pump wherever it is, also in the middle of a write."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        began = asyncio.Event()

        class Endless(FakeSink):
            async def write(self, lines: Sequence[str]) -> bool:
                began.set()
                await asyncio.Event().wait()
                return await super().write(lines)

        endless = Endless(scene.clock, sink.name)
        await scene.put_power(0, 1)
        scene.start(endless)
        async with asyncio.timeout(5):
            await began.wait()
            await scene.stop(endless)
        assert scene.clock.parked == 0

    play(tmp_path, act)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_several_bad_lines_are_all_found(tmp_path: Path, count: int) -> None:
    """Each of several refused lines is set aside alone."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        bad = {f"power_w={n}.0 " for n in (0, 499, 998)[:count]}

        def answer(lines: Sequence[str]) -> SinkError | None:
            found = any(mark in line for line in lines for mark in bad)
            return SinkRejectedError("sink fake", "answered 400: bad") if found else None

        sink.answer = answer
        await scene.put_power(0, 1000)
        scene.start(sink)
        await scene.until_quiet()
        assert len(power_times(sink)) == 1000 - count
        assert await scene.do(lambda store: store.count_set_aside("fake")) == count

    play(tmp_path, act)
