"""CPU and memory of OCPP 2.0.1 stations in one process, as `ocpp` has them for 1.6."""

from __future__ import annotations

from bridge.types.ocpp.version import OcppVersion
from tests.bench.ocpp import measure
from tests.bench.rounds import show_all


def main() -> bool:
    """Run it; True when the first target was met."""
    return show_all(measure(version=OcppVersion.V201))
