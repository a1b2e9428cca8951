from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bridge.engine.board import Board
from bridge.errors import (
    SinkBusyError,
    SinkRefusedError,
    SinkUnavailableError,
    StoreError,
)
from bridge.ports import Store
from bridge.sinks.pump import Pump
from tests.sinks.scene import FakeSink, Scene, power_times, scene_in

T = TypeVar("T")


def away(_: object) -> SinkUnavailableError:
    return SinkUnavailableError("sink fake (http://fake:8086)", "no connection", todo="Check the server")


def play(folder: Path, act: Callable[[Scene, FakeSink], Awaitable[None]]) -> None:
    async def scene() -> None:
        async with scene_in(folder) as stage:
            await act(stage, FakeSink(stage.clock))

    asyncio.run(scene())


def test_an_hour_without_the_server_loses_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Rows of an hour's outage arrive afterwards; the card explains, and the log has one line for each turn."""
    caplog.set_level(logging.INFO)

    async def act(scene: Scene, sink: FakeSink) -> None:
        await scene.put_power(0, 1)
        scene.start(sink)
        await scene.until_quiet()
        sink.answer = away
        for number in range(1, 13):
            await scene.put_power(number, 1)
            await scene.wake()
            await scene.pass_time(300, 30)
        card = scene.card(sink)
        assert card.waiting == 12
        assert card.error == (
            "sink fake (http://fake:8086): no connection. Check the server."
            " 12 journal entries wait in the store and are delivered in order once it takes them."
        )
        assert 60 <= len(sink.attempts) <= 75
        sink.answer = lambda _: None
        await scene.pass_time(60, 10)
        assert power_times(sink) == list(range(13))
        assert (card.waiting, scene.card(sink).error) == (0, None)
        down, up = [record.getMessage() for record in caplog.records]
        assert "no connection" in down
        assert "works again" in up

    play(tmp_path, act)


def test_the_wait_grows_to_a_minute_and_waking_does_not_shorten_it(tmp_path: Path) -> None:
    """The attempts at a dead server are 1, 2, 4 … 60 s apart at most, whatever is recorded meanwhile."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        sink.answer = away
        await scene.put_power(0, 1)
        pump = scene.start(sink)
        await scene.until_quiet()
        for _ in range(200):
            pump.wake()
            await scene.pass_time(1, 1)
        gaps = [b - a for a, b in zip(sink.attempts, sink.attempts[1:], strict=False)]
        assert gaps == [1, 2, 4, 8, 16, 32, 60, 60]

    play(tmp_path, act)


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(tmp_path: Path) -> None:
    """Retry-After is honoured, and what a busy server took before is not sent again."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        await scene.put_power(0, 1)
        scene.start(sink)
        await scene.until_quiet()
        sink.answer = lambda _: SinkBusyError("sink fake", "answered 429", retry_after_s=120)
        await scene.put_power(1, 1)
        await scene.wake()
        sink.answer = lambda _: None
        await scene.pass_time(119, 10)
        assert len(sink.attempts) == 2
        await scene.pass_time(2, 1)
        assert [len(lines) for lines in sink.writes] == [1, 1]
        assert power_times(sink) == [0, 1]

    play(tmp_path, act)


def test_a_wrong_token_is_told_once_and_tried_every_minute(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A refusal is an alarm for a person: on the card as long as it lasts, in the log once."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        sink.answer = lambda _: SinkRefusedError("sink fake", "answered 401", todo="Check the token")
        await scene.put_power(0, 1)
        scene.start(sink)
        await scene.until_quiet()
        await scene.pass_time(600)
        assert len(sink.attempts) == 11
        assert "Check the token" in str(scene.card(sink).error)
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        sink.answer = lambda _: None
        await scene.pass_time(60)
        assert power_times(sink) == [0]
        assert scene.card(sink).error is None

    play(tmp_path, act)


def test_what_a_crash_took_is_sent_again(tmp_path: Path) -> None:
    """A server that comes back without its last ten minutes gets them again, and all that came since."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        scene.start(sink)
        for number in range(20):
            await scene.put_power(number, 1)
            await scene.wake()
            await scene.pass_time(60)
        assert sink.forget(600) >= 9
        sink.answer = away
        await scene.put_power(20, 1)
        await scene.wake()
        await scene.pass_time(7200)
        sink.answer = lambda _: None
        await scene.pass_time(60)
        assert power_times(sink) == list(range(21))
        assert scene.card(sink).delivered_points == 21

    play(tmp_path, act)


def test_a_restart_between_two_writes_is_noticed_by_the_new_connection(tmp_path: Path) -> None:
    """A server that crashed and came back while nothing was sent also gets its last minutes again."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        scene.start(sink)
        for number in range(3):
            await scene.put_power(number, 1)
            await scene.wake()
            await scene.pass_time(60)
        assert sink.forget(200) == 3
        sink.fresh = True
        await scene.put_power(3, 1)
        await scene.wake()
        assert power_times(sink) == [0, 1, 2, 3]

    play(tmp_path, act)


def test_connections_that_never_last_cost_a_bounded_repetition(tmp_path: Path) -> None:
    """When every write needs a new connection, each row is sent a few times and not for ever."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        scene.start(sink)
        for number in range(60):
            sink.fresh = True
            await scene.put_power(number, 1)
            await scene.wake()
            await scene.pass_time(300, 300)
        assert power_times(sink) == list(range(60))
        assert sum(map(len, sink.writes)) <= 60 * 6

    play(tmp_path, act)


def test_a_server_that_fails_every_few_writes_is_served_to_the_end(tmp_path: Path) -> None:
    """A year in one journal entry gets through although every third write fails."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        await scene.put_power(0, 365 * 288)
        sink.answer = lambda _: away(None) if len(sink.attempts) % 3 == 0 else None
        scene.start(sink)
        await scene.until_quiet()
        while scene.card(sink).waiting > 0 and len(sink.attempts) < 200:
            await scene.pass_time(2)
        assert power_times(sink) == list(range(365 * 288))

    play(tmp_path, act)


def test_a_dead_sink_does_not_delay_another(tmp_path: Path) -> None:
    """Of two sinks one is away: the other has everything at once."""

    async def act(scene: Scene, sink: FakeSink) -> None:
        dead = FakeSink(scene.clock, "dead")
        dead.answer = away
        await scene.put_power(0, 10)
        scene.start(dead)
        scene.start(sink)
        await scene.until_quiet()
        assert power_times(sink) == list(range(10))
        assert power_times(dead) == []
        assert scene.card(sink).error is None
        assert scene.card(dead).waiting == 1

    play(tmp_path, act)


def test_a_store_that_fails_is_waited_out(tmp_path: Path) -> None:
    """A full disk stops the delivery for as long as it lasts, says so on the card, and loses nothing."""

    class Desk:
        """The desk of a store whose disk is full for a while."""

        def __init__(self, scene: Scene) -> None:
            self.scene = scene
            self.full = True

        async def run(self, work: Callable[[Store], T]) -> T:
            if self.full:
                raise StoreError("store", "the disk is full", todo="Make room")
            return await self.scene.desk.run(work)

    async def act(scene: Scene, sink: FakeSink) -> None:
        await scene.put_power(0, 5)
        desk = Desk(scene)
        board = Board(started_at=scene.clock.now(), site="home")
        task = asyncio.create_task(Pump(sink, desk, scene.clock, board).run())
        await scene.clock.until_parked()
        assert "the disk is full" in str(board.sinks["fake"].error)
        desk.full = False
        await scene.clock.advance(10)
        await scene.clock.until_parked()
        assert power_times(sink) == list(range(5))
        assert board.sinks["fake"].error is None
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    play(tmp_path, act)
