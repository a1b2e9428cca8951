"""What belongs together is kept together or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.errors import StoreError
from bridge.store.sqlite import SqliteStore
from bridge.types.journal import EntryKind
from tests.store.stores import AT, new_store


@contextmanager
def failing(store: SqliteStore, error: type[Exception]) -> Iterator[None]:
    """Expect that a transaction fails."""
    with pytest.raises(error), store.transaction():
        yield


class Defect(Exception):  # noqa: N818 -- whatever may go wrong
    """Something goes wrong."""


def test_what_is_nested_is_committed_with_the_outermost(tmp_path: Path) -> None:
    """However deep; and what fails outside takes along what was well inside."""
    with new_store(tmp_path) as store:
        with failing(store, Defect):
            with store.transaction(), store.transaction():
                store.put_setting("inner", "yes")
            raise Defect
        assert store.setting("inner") is None
        with store.transaction(), store.transaction(), store.transaction():
            store.put_setting("inner", "yes")
        assert store.setting("inner") == "yes"


def test_what_fails_inside_is_undone_by_itself(tmp_path: Path) -> None:
    """With all that is nested in it, for whoever catches it outside."""
    with new_store(tmp_path) as store:
        with store.transaction():
            store.put_setting("before", "yes")
            with failing(store, Defect):
                store.put_setting("within", "yes")
                with store.transaction():
                    store.put_setting("deeper", "yes")
                raise Defect
            with store.transaction():
                store.put_setting("after", "yes")
        assert [store.setting(key) for key in ("before", "within", "deeper", "after")] == ["yes", None, None, "yes"]


def test_a_charger_that_was_undone_is_made_again(tmp_path: Path) -> None:
    """Nothing is remembered of a row that is gone."""
    with new_store(tmp_path) as store:
        with store.transaction():
            with failing(store, Defect):
                store.append(EntryKind.HEALTH, "garage", AT, {})
                raise Defect
            store.append(EntryKind.HEALTH, "garage", AT, {})
        assert [entry.charger for entry in store.journal(0, 10)] == store.chargers() == ["garage"]


def test_after_sqlite_has_undone_the_whole_nothing_is_written(tmp_path: Path) -> None:
    """Each statement would be committed by itself, out of what belongs together."""
    with new_store(tmp_path) as store:
        store.put_setting("taken", "yes")
        with failing(store, StoreError):
            store.put_setting("before", "yes")
            with failing(store, StoreError):
                store.database.change("INSERT OR ROLLBACK INTO setting VALUES ('taken', 'again')")
            with pytest.raises(StoreError):
                store.put_setting("after", "yes")
            with pytest.raises(StoreError):
                store.append(EntryKind.HEALTH, "garage", AT, {})  # nests a transaction
        assert [store.setting(key) for key in ("taken", "before", "after")] == ["yes", None, None]
        assert store.journal(0, 10) == []
        store.put_setting("after", "yes")
        assert store.setting("after") == "yes"
