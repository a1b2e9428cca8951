"""A port of the central-system side, as the config names it."""

from __future__ import annotations

from typing import Final

from bridge.central.options import CentralOptions
from bridge.serving import Port

BACKLOG: Final = 256
"""hundreds of stations come back at once after a restart"""


def port_of(options: CentralOptions, key: str, number: int) -> Port:
    """Return the port that stands under this key."""
    where = f"central {options.host}:{number}"
    return Port(where, "central", key, options.host, number, "0.0.0.0, or to an address that is one")
