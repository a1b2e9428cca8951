"""Python's search for reference cycles, made rare."""

from __future__ import annotations

import gc


def spare_the_collector() -> None:
    """Leave what was built at the start out of every later search, and search rarely.

    A poll makes some hundred short-lived objects and no cycle worth looking for; with 250 chargers the
    default thresholds cost a third of each poll.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
