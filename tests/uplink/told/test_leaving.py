from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.types.words import ConnectorStatus
from bridge.uplink.told.connector_states import ConnectorNotice
from bridge.uplink.told.leaving import LONGEST, Leaving

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
_S = ConnectorStatus
FREE = ConnectorNotice(1, _S.AVAILABLE, NOW)


def left(before: ConnectorStatus | None = _S.CHARGING) -> Leaving:
    made = Leaving()
    made.take(1, before, _S.AVAILABLE, NOW)
    return made


def test_a_connector_that_was_just_left_is_finishing_while_its_transaction_runs() -> None:
    """Until the transaction is told to its end, or a minute is over; then it is told as it is, for good."""
    leaving = left()
    assert leaving.told(FREE, {1}, NOW).status is _S.FINISHING
    assert leaving.told(FREE, {1}, NOW + LONGEST - timedelta(seconds=1)).at == NOW
    assert leaving.told(FREE, set(), NOW + timedelta(seconds=2)) == FREE
    assert leaving.told(FREE, {1}, NOW + timedelta(seconds=3)) == FREE
    assert left().told(FREE, {1}, NOW + LONGEST) == FREE
    assert left().told(FREE, {1}, NOW - timedelta(seconds=1)) == FREE, "a clock that was set back holds nothing up"


@pytest.mark.parametrize("before", [None, _S.AVAILABLE, _S.PREPARING, _S.FAULTED, _S.UNAVAILABLE])
def test_one_that_was_not_in_use_is_told_as_it_is(before: ConnectorStatus | None) -> None:
    """Nobody has left it."""
    assert left(before).told(FREE, {1}, NOW) == FREE


def test_other_states_and_other_connectors_are_told_as_they_are() -> None:
    """A fault is told at once; the next vehicle ends the waiting."""
    leaving = left()
    fault = ConnectorNotice(1, _S.FAULTED, NOW)
    other = ConnectorNotice(2, _S.AVAILABLE, NOW)
    assert leaving.told(fault, {1}, NOW) == fault
    assert leaving.told(other, {1, 2}, NOW) == other
    leaving.take(1, _S.AVAILABLE, _S.PREPARING, NOW)
    assert not leaving
    assert leaving.told(FREE, {1}, NOW) == FREE
