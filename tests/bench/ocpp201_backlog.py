"""Ten thousand messages of OCPP 2.0.1 that wait, as `ocpp-backlog` has them for 1.6."""

from __future__ import annotations

from bridge.types.ocpp.version import OcppVersion
from tests.bench.ocpp_backlog import measure
from tests.bench.rounds import show_all


def main() -> bool:
    """Run it; True, since there is no target."""
    return show_all(measure(version=OcppVersion.V201))
