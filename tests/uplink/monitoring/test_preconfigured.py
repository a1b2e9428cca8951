from __future__ import annotations

import pytest

from bridge.types.charger import ChargerIdentity
from bridge.types.ocpp.v2.monitoring import MonitoringBase
from bridge.uplink.configuration.configuration import Configuration
from bridge.uplink.device_model.device_model import DeviceModel, Present
from bridge.uplink.device_model.model_facts import EvseFacts, ModelFacts
from bridge.uplink.monitoring.preconfigured import FIRST_CUSTOM_ID, preconfigured
from tests.uplink.configuration.stations import READING
from tests.uplink.monitoring.models import AT


def present(evses: int) -> Present:
    identity = ChargerIdentity(vendor_name="Wall")
    facts = ModelFacts(now=AT, identity=identity, evses=tuple(EvseFacts(evse_id=1 + one) for one in range(evses)))
    return DeviceModel(lambda: Configuration(READING, {}), lambda: facts).present()


@pytest.mark.parametrize(
    ("base", "watched"),
    [
        (MonitoringBase.HARD_WIRED_ONLY, []),
        (
            MonitoringBase.FACTORY_DEFAULT,
            [(2, "ChargingStation.Problem", 4), (102, "EVSE/1.Problem", 4), (202, "EVSE/2.Problem", 4)],
        ),
        (
            MonitoringBase.ALL,
            [
                (1, "ChargingStation.AvailabilityState", 8),
                (2, "ChargingStation.Problem", 4),
                (101, "EVSE/1.AvailabilityState", 8),
                (102, "EVSE/1.Problem", 4),
                (111, "Connector/1/1.AvailabilityState", 8),
                (112, "Connector/1/1.Problem", 4),
                (201, "EVSE/2.AvailabilityState", 8),
                (202, "EVSE/2.Problem", 4),
                (211, "Connector/2/1.AvailabilityState", 8),
                (212, "Connector/2/1.Problem", 4),
            ],
        ),
    ],
)
def test_what_a_base_watches(base: MonitoringBase, watched: list[tuple[int, str, int]]) -> None:
    """The same ids at the same places, of the device model as it is built."""
    found = sorted((one.id, str(one.place), one.severity) for one in preconfigured(present(2), base))
    assert found == watched


def test_their_ids_are_not_those_of_others() -> None:
    """However many EVSEs there are, every id is another, and below those that are given away."""
    ids = [one.id for one in preconfigured(present(120), MonitoringBase.ALL)]
    assert len(ids) == len(set(ids))
    assert max(ids) < FIRST_CUSTOM_ID
