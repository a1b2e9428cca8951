"""What many stations want of the store at once is done together, and each gets what is its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bridge.errors import StoreError
from bridge.ports import Store
from bridge.store.desk import StoreThread
from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.transaction import TransactionPhase
from bridge.uplink.gathering import GatheringDesk, Joining
from bridge.uplink.told.outbox import Outbox
from bridge.uplink.told.outgoing import Outgoing
from tests.uplink.telling import AT, TERMS, session

T = TypeVar("T")
MANY = 120


class CountingDesk:
    """`bridge.ports.StoreDesk` that counts how often somebody comes."""

    def __init__(self, desk: StoreThread) -> None:
        self._desk = desk
        self.visits = 0

    async def run(self, work: Callable[[Store], T]) -> T:
        """Do it."""
        self.visits += 1
        return await self._desk.run(work)


@asynccontextmanager
async def a_desk(folder: Path) -> AsyncIterator[tuple[GatheringDesk, CountingDesk]]:
    """Open a real store behind it."""
    thread = StoreThread(open_store(folder))
    counting = CountingDesk(thread)
    try:
        yield GatheringDesk(counting), counting
    finally:
        await thread.aclose()


def fails(_: Store) -> None:
    """Fail."""
    raise StoreError("here", "the disk is full")


def test_many_go_together_in_the_order_given(tmp_path: Path) -> None:
    """Each gets its own result, and there are few ways to the store."""

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, counting):
            done: list[int] = []

            def work(number: int) -> Callable[[Store], int]:
                def note(_: Store) -> int:
                    done.append(number)
                    return number

                return note

            assert await asyncio.gather(*(desk.run(work(number)) for number in range(MANY))) == list(range(MANY))
            assert done == list(range(MANY))
            assert counting.visits < MANY / 10
            assert await desk.run(work(MANY)) == MANY

    asyncio.run(act())


def test_what_fails_takes_nothing_along(tmp_path: Path) -> None:
    """The error is raised where the work was given, and what came with it is done."""

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, _):
            results = await asyncio.gather(
                desk.run(lambda store: store.put_setting("before", "1")),
                desk.run(fails),
                desk.run(lambda store: store.put_setting("after", "2")),
                return_exceptions=True,
            )
            assert [type(result) for result in results] == [type(None), StoreError, type(None)]
            assert await desk.run(lambda store: (store.setting("before"), store.setting("after"))) == ("1", "2")

    asyncio.run(act())


def test_work_is_done_although_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    """What was given is worth keeping, and the others get theirs."""

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, _):
            gone = asyncio.ensure_future(desk.run(lambda store: store.put_setting("kept", "yes")))
            await asyncio.sleep(0)
            gone.cancel()
            assert await desk.run(lambda store: store.setting("kept")) == "yes"
            with pytest.raises(asyncio.CancelledError):
                await gone

    asyncio.run(act())


def test_a_desk_that_takes_nothing_is_told_to_all(tmp_path: Path) -> None:
    """Nobody waits for ever for a store that is closed."""

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, _):
            pass
        results = await asyncio.gather(desk.run(fails), desk.run(fails), return_exceptions=True)
        assert [type(result) for result in results] == [RuntimeError, RuntimeError]

    asyncio.run(act())


# --- one commit for many ------------------------------------------------------------------------------------------


def puts(key: str, value: str = "yes") -> Joining[None]:
    """Return work that keeps a setting as everything is kept that joins."""

    def put(store: Store) -> None:
        with store.transaction():
            store.put_setting(key, value)

    return Joining(put)


def fails_to_commit(store: Store) -> str:
    """Write what SQLite refuses at the commit and no earlier, and return as if all were well."""
    assert isinstance(store, SqliteStore)
    with store.transaction():
        store.database.change("INSERT INTO child VALUES (1)")
    return "all is well"


async def together(desk: GatheringDesk, *works: Callable[[Store], Any]) -> list[Any]:
    """Ask for all of it at once; return what each brought, or its error."""
    return await asyncio.gather(*(desk.run(work) for work in works), return_exceptions=True)


async def keeps(desk: GatheringDesk, *keys: str) -> list[str | None]:
    """Return what is kept of these settings."""
    return await desk.run(lambda store: [store.setting(key) for key in keys])


def allow_failing_commits(store: Store) -> None:
    """Make a table whose references are looked at by the commit."""
    assert isinstance(store, SqliteStore)
    store.database.execute("PRAGMA foreign_keys=ON")
    store.database.run_script(
        "BEGIN; CREATE TEMP TABLE parent (n INTEGER PRIMARY KEY);"
        "CREATE TEMP TABLE child (n REFERENCES parent DEFERRABLE INITIALLY DEFERRED); COMMIT;"
    )


def test_what_joins_is_committed_together(tmp_path: Path) -> None:
    """Nobody else sees a part of it before; what does not join sees all that was asked for before it committed."""

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, counting):
            with open_store(tmp_path, read_only=True) as other:

                def seen(_: Store) -> list[bool]:
                    return [other.setting(key) is not None for key in ("a", "b", "c")]

                asked: list[Callable[[Store], Any]] = [
                    puts("a"),
                    Joining(seen),
                    puts("b"),
                    seen,
                    puts("c"),
                    Joining(seen),
                ]
                results = await together(desk, *asked)
            assert [result for result in results if result is not None] == [
                [False, False, False],
                [True, True, False],
                [True, True, False],
            ]
            assert counting.visits == 1
            assert await keeps(desk, "a", "b", "c") == ["yes"] * 3

    asyncio.run(act())


@pytest.mark.parametrize("error", [StoreError("here", "the disk is full"), ValueError("a defect")])
def test_what_fails_among_what_joins_is_undone_by_itself(tmp_path: Path, error: Exception) -> None:
    """All that it wrote, however far it came; what came before it and after it is kept."""

    def half(store: Store) -> None:
        with store.transaction():
            store.put_setting("half", "yes")
            with store.transaction():
                store.put_setting("before", "overwritten")
            raise error

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, _):
            results = await together(desk, puts("before"), Joining(half), puts("after"))
            assert results == [None, error, None]
            assert await keeps(desk, "before", "half", "after") == ["yes", None, "yes"]

    asyncio.run(act())


def test_a_commit_that_fails_fails_for_all_that_joined(tmp_path: Path) -> None:
    """Each is told, nothing is kept, what failed by itself keeps its own error; then all can be done again."""

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, _):
            await desk.run(allow_failing_commits)
            defect = ValueError("a defect")

            def is_defect(_: Store) -> None:
                raise defect

            asked: list[Callable[[Store], Any]] = [puts("a"), Joining(is_defect), Joining(fails_to_commit), puts("b")]

            def by_itself(store: Store) -> None:
                store.put_setting("apart", "yes")

            results = await together(desk, *asked, by_itself)
            assert [type(result) for result in results] == [StoreError, ValueError, StoreError, StoreError, type(None)]
            assert results[1] is defect
            assert await keeps(desk, "a", "b", "apart") == [None, None, "yes"]
            await asyncio.gather(desk.run(puts("a")), desk.run(puts("b")))
            assert await keeps(desk, "a", "b") == ["yes", "yes"]

    asyncio.run(act())


def test_nothing_is_written_by_itself_once_sqlite_has_undone_the_whole(tmp_path: Path) -> None:
    """A full disk may end the transaction in the middle of one piece: those after it must not be kept unasked."""

    def ends_all(store: Store) -> None:
        assert isinstance(store, SqliteStore)
        with store.transaction():
            store.database.change("INSERT OR ROLLBACK INTO setting VALUES ('taken', 'again')")

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, _):
            await desk.run(puts("taken"))
            asked: list[Callable[[Store], Any]] = [
                puts("a"),
                Joining(ends_all),
                puts("b"),
                Joining(lambda store: store.put_setting("bare", "yes")),
            ]
            results = await together(desk, *asked)
            assert [type(result) for result in results] == [StoreError] * 4
            assert await keeps(desk, "a", "b", "bare", "taken") == [None, None, None, "yes"]
            await desk.run(puts("a"))
            assert await keeps(desk, "a") == ["yes"]

    asyncio.run(act())


def test_a_message_whose_commit_failed_is_found_again_as_it_was(tmp_path: Path) -> None:
    """Of every station that was in it: the same bytes, the same number, and one transaction each."""
    stations = [Outbox(f"charger{number}", "employer") for number in range(3)]

    def look(station: Outbox) -> Joining[Outgoing | None]:
        return Joining(lambda store: station.look(store, AT, TERMS).outgoing)

    def prepare(store: Store) -> None:
        for number, station in enumerate(stations):
            station.begin(store, AT, None)
            store.put_sessions(f"charger{number}", [session()], AT)
            station.take_news(store, AT)

    async def act() -> None:
        async with a_desk(tmp_path) as (desk, _):
            await desk.run(allow_failing_commits)
            await desk.run(prepare)
            asked: list[Callable[[Store], Any]] = [*map(look, stations), Joining(fails_to_commit)]
            failed = await together(desk, *asked)
            assert [type(result) for result in failed] == [StoreError] * 4
            phases = await desk.run(
                lambda store: [one.phase for each in stations for one in store.transactions(each.station)]
            )
            assert phases == [TransactionPhase.NEW] * 3
            found = await asyncio.gather(*(desk.run(look(station)) for station in stations))
            again = await asyncio.gather(*(desk.run(look(station)) for station in stations))
            assert all(one is not None for one in found)
            assert found == again

    asyncio.run(act())
