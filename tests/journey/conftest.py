from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.etrel.simulator import SimulatorOptions
from tests.journey.simulated_charger import SimulatedCharger
from tests.journey.site import Site, avoid_interval_edge


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return an empty folder for a config, without chargers yet."""
    avoid_interval_edge()
    return Site(tmp_path)


@pytest.fixture
def charger() -> Iterator[SimulatedCharger]:
    """Return a charger with five days of history behind it and nothing plugged in."""
    with SimulatedCharger(SimulatorOptions(days=5, seed=11, autonomous=False)) as simulated:
        yield simulated
