from __future__ import annotations

import pytest

from bridge.central.told.state import StationState
from bridge.types.ocpp.transaction import ChargingState
from bridge.types.ocpp.translate.words_v2 import ConnectorStatusEnumType
from bridge.types.words import ConnectorStatus

OCCUPIED = ConnectorStatusEnumType.OCCUPIED
KEPT = (
    ConnectorStatus.PREPARING,
    ConnectorStatus.CHARGING,
    ConnectorStatus.SUSPENDED_EV,
    ConnectorStatus.SUSPENDED_EVSE,
    ConnectorStatus.FINISHING,
)


def restored(status: ConnectorStatus) -> StationState:
    """Return the state after a restart of the bridge, with a station that says Occupied again."""
    state = StationState(60)
    state.restore(1, status, OCCUPIED.value)
    state.take_word(1, 1, OCCUPIED)
    return state


@pytest.mark.parametrize("status", KEPT)
def test_occupied_after_a_restart_means_what_it_meant(status: ConnectorStatus) -> None:
    """A station of 2.x does not tell again what its transaction does."""
    assert restored(status).status(1) is status


def test_what_is_told_after_a_restart_counts_more() -> None:
    """What was kept holds until the station says something else."""
    state = restored(ConnectorStatus.SUSPENDED_EV)
    state.take_charging_state(1, ChargingState.CHARGING, is_over=False)
    assert state.status(1) is ConnectorStatus.CHARGING
    state.take_word(1, 1, ConnectorStatusEnumType.AVAILABLE)
    state.take_word(1, 1, OCCUPIED)
    assert state.status(1) is ConnectorStatus.PREPARING
